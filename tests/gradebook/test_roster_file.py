from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradebook.canvas import sentence
from gradebook.models import Role
from gradebook.roster import Row, read_roster
from gradebook.tables import MOST_ROWS

HEADER = "First Name,Last Name,SID,Email,Role,Section\n"
ZOE = "Zoë,Müller,s01,zoe@example.edu,Student,A\n"
SEEN = Row(2, "Zoë", "Müller", "s01", "zoe@example.edu", Role.STUDENT, ("A",))
FILES = {
    "utf-8": (HEADER + ZOE).encode(),
    "byte order mark": (HEADER + ZOE).encode("utf-8-sig"),
    "Excel, western": (HEADER + ZOE).encode("cp1252"),
    "Excel, an old Mac": (HEADER + ZOE).encode("mac_roman"),
    "Excel, Unicode text": (HEADER + ZOE).replace(",", "\t").encode("utf-16"),
    "UTF-16 without a mark": (HEADER + ZOE).encode("utf-16-le"),
    "UTF-16, the other way round": (HEADER + ZOE).encode("utf-16-be"),
    "semicolons": (HEADER + ZOE).replace(",", ";").encode(),
    "windows lines": (HEADER + ZOE).replace("\n", "\r\n").encode(),
    "header case": (HEADER.upper() + ZOE).encode(),
    "other words": b"Given Name,Surname,Student ID,E-mail,Role,Section\n" + ZOE.encode(),
    "one name": b"Name,SID,Email,Section\n" + "Zoë Müller,s01,zoe@example.edu,A\n".encode(),
    "last name first": b"Name,SID,Email,Section\n"
    + '"Müller, Zoë",s01,zoe@example.edu,A\n'.encode(),
    "other order": b"Email,Section,Last Name,First Name,SID\n"
    + "zoe@example.edu,A,Müller,Zoë,s01\n".encode(),
    "a column more": b"First Name,Last Name,SID,Email,Role,Section,Shoe Size\n"
    + ZOE.strip().encode()
    + b",42\n",
    "empty lines": (HEADER + ZOE + "\n,,,,,\n\n").encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_roster_reads_the_same_whoever_wrote_it(name):
    roster = read_roster(FILES[name])

    assert roster.problems == ()
    assert roster.rows == (SEEN,)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_names_of_either_old_encoding_are_read(encoding):
    names = ["Zoé,Lefèvre", "Ana,Núñez", "Jürgen,Ångström"]
    lines = "".join(f"{name},,{n}@example.edu,,\n" for n, name in enumerate(names))
    rows = read_roster((HEADER + lines).encode(encoding)).rows

    assert [f"{row.first},{row.last}" for row in rows] == names


def test_carons_of_windows_stay_carons():
    rows = read_roster((HEADER + "Dušan,Žižek,,d@example.edu,,\n").encode("cp1252")).rows

    assert (rows[0].first, rows[0].last) == ("Dušan", "Žižek")


ROLES = {"TA": Role.GRADER, "reader": Role.GRADER, "Instructor": Role.INSTRUCTOR, "": Role.STUDENT}


@pytest.mark.parametrize("said", ROLES)
def test_roles_go_by_the_words_people_use(said):
    row = read_roster((HEADER + f"A,B,,a@example.edu,{said},\n").encode()).rows[0]

    assert row.role == ROLES[said]


def test_several_sections_are_split():
    row = read_roster((HEADER + 'A,B,,a@example.edu,,"A; B"\n').encode()).rows[0]

    assert row.sections == ("A", "B")


PROBLEMS = [
    (b"", "0 bytes"),
    (b"PK\x03\x04xlsx", "CSV UTF-8"),
    (b"a\0b", "no text file"),
    (b"First Name,Last Name,SID\nA,B,1\n", "A column is missing: Email"),
    (b"Email\na@example.edu\n", "First Name and Last Name"),
    (HEADER.encode(), "names nobody"),
    (HEADER.encode() + b"A,B,,,,\n", "Line 2: the e-mail address is missing."),
    (HEADER.encode() + b"A,B,,nobody,,\n", "Line 2: “nobody” is not an e-mail address."),
    (HEADER.encode() + b",,,a@example.edu,,\n", "Line 2: the name is missing."),
    (HEADER.encode() + b"A,B,,a@example.edu,king,\n", "Line 2: “king” is not a role."),
    (HEADER.encode() + b"A,B,,a@x.edu,,\nC,D,,A@x.edu,,\n", "Lines 2 and 3 have the same e-mail"),
    (
        HEADER.encode() + b"A,B,7,a@x.edu,,\nC,D,7,c@x.edu,,\n",
        "Lines 2 and 3 have the same student",
    ),
    (HEADER.encode() + b"A" * 151 + b",B,,a@example.edu,,\n", "longer than 150"),
    (b"x" * (6 << 20), "larger than 5 MB"),
    (b'Name,Email\n"' + b"x" * 200_000 + b"\n", "cannot be read"),
]


@pytest.mark.parametrize(("data", "words"), PROBLEMS)
def test_what_is_wrong_is_said_with_its_line(data, words):
    problems = read_roster(data).problems

    assert any(words in problem for problem in problems), problems


def test_a_roster_beyond_measure_is_refused():
    data = (HEADER + ZOE * (MOST_ROWS + 1)).encode()

    assert "20,000 people at most" in read_roster(data).problems[0]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_break_it(data):
    roster = read_roster(data)

    assert roster.rows or roster.problems


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Midterm (77),Final Score\n"
    ",,,,,Manual Posting,\n"
    "    Points Possible,,,,,100,(read only)\n"
    '"Müller, Zoë",4711,s01,zoe@example.edu,A,93,\n'
    '"Student, Test",4712,,5f2b8a1c9d,A,,\n'
)
MOODLE = (
    "First name,{last},ID number,Institution,Department,Email address,Quiz (Real)\n"
    "Zoë,Müller,s01,Uni,Physics,zoe@example.edu,-\n"
)
GRADESCOPE = (
    "First Name,Last Name,SID,Email,Role,Section\nZoë,Müller,s01,zoe@example.edu,Student,A\n"
)


def test_canvas_s_gradebook_is_a_roster_without_its_own_rows():
    roster = read_roster(CANVAS.encode("utf-8-sig"))

    assert roster.problems == ()
    (row,) = roster.rows
    assert (row.first, row.last, row.sid, row.email) == ("Zoë", "Müller", "s01", "zoe@example.edu")
    assert row.sections == ("A",)
    assert roster.passed_over == (
        "the row “Points Possible”",
        "Canvas’s test student",
        "the columns “ID”, “Midterm (77)”, “Final Score”",
    )


def in_sections(*cells):
    people = "".join(
        f'"P, {n}",{n},s{n},p{n}@example.edu,"{cell}",,\n' for n, cell in enumerate(cells)
    )
    return read_roster((CANVAS.splitlines(keepends=True)[0] + people).encode())


def test_of_a_student_in_several_sections_canvas_s_and_parts_them():
    roster = in_sections("A", "B", "A and B", "Lab 1, A, and B", "Lab 1")

    found = [row.sections for row in roster.rows]
    assert found == [("A",), ("B",), ("A", "B"), ("Lab 1", "A", "B"), ("Lab 1",)]
    assert roster.notes == (
        "Who is in “A and B” is taken as in the sections A and B.",
        "Who is in “Lab 1, A, and B” is taken as in the sections Lab 1, A and B.",
    )


def test_a_section_with_an_and_in_its_name_stays_one():
    roster = in_sections("Mon and Tue", "Mon", "Rock and Roll")

    found = [row.sections for row in roster.rows]
    assert found == [("Mon and Tue",), ("Mon",), ("Rock and Roll",)]
    assert "“Mon and Tue” is taken as one section" in roster.notes[0]


def test_of_other_programs_an_and_is_part_of_the_name():
    file = (
        "Name,Email,Section\nA B,a@example.edu,A\nC D,c@example.edu,B\nE F,e@example.edu,A and B\n"
    )
    roster = read_roster(file.encode())

    assert roster.rows[2].sections == ("A and B",)
    assert roster.notes == ()


@pytest.mark.parametrize(
    ("sections", "back"),
    [
        (["A"], ["A"]),
        (["A", "B"], ["A", "B"]),
        (["A", "B", "C"], ["A", "B", "C"]),
        (["Mon and Tue"], ["Mon and Tue"]),
        (["A", "B", "Mon and Tue"], ["A", "B", "Mon and Tue"]),
        # Nothing tells which of the two parts and which belongs to a name.
        (["A", "Mon and Tue"], ["A and Mon and Tue"]),
    ],
)
def test_sections_come_back_from_a_gradebook_of_canvas_as_they_went_there(sections, back):
    roster = in_sections("A", "B", "C", "Mon and Tue", sentence(sections))

    assert roster.rows[-1].sections == tuple(back)


def test_a_person_called_test_student_with_an_id_is_a_person():
    roster = read_roster(CANVAS.replace("4712,,5f2b8a1c9d", "4712,s9,test@example.edu").encode())

    assert [row.sid for row in roster.rows] == ["s01", "s9"]


def test_logins_that_are_no_addresses_are_told_once_not_by_the_hundred():
    roster = read_roster(CANVAS.replace("zoe@example.edu", "zmueller").encode())

    (problem,) = roster.problems
    assert "“zmueller”" in problem
    assert "Add a column Email" in problem


@pytest.mark.parametrize("last", ["Surname", "Last name"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "mac_roman", "cp1252"])
def test_moodle_s_file_is_a_roster(last, encoding):
    roster = read_roster(MOODLE.format(last=last).encode(encoding))

    assert roster.problems == ()
    assert roster.rows == (Row(2, "Zoë", "Müller", "s01", "zoe@example.edu", Role.STUDENT),)
    assert roster.passed_over == ("the columns “Institution”, “Department”, “Quiz (Real)”",)


def test_gradescope_s_file_is_a_roster_of_which_nothing_is_passed_over():
    roster = read_roster(GRADESCOPE.encode())

    assert roster.rows == (SEEN,)
    assert roster.passed_over == ()


def test_many_columns_that_say_nothing_are_counted():
    header = "Name,Email," + ",".join(f"Quiz {n}" for n in range(9)) + "," + "x" * 400
    roster = read_roster(f"{header}\nZoë Müller,zoe@example.edu\n".encode())

    assert roster.passed_over == (
        "the columns “Quiz 0”, “Quiz 1”, “Quiz 2”, “Quiz 3”, “Quiz 4” and 5 more",
    )
