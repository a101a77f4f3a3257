from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradebook.models import Role
from gradebook.roster import MOST_ROWS, Row, read_roster

HEADER = "First Name,Last Name,SID,Email,Role,Section\n"
ZOE = "Zoë,Müller,s01,zoe@example.edu,Student,A\n"
SEEN = Row(2, "Zoë", "Müller", "s01", "zoe@example.edu", Role.STUDENT, ("A",))
FILES = {
    "utf-8": (HEADER + ZOE).encode(),
    "byte order mark": (HEADER + ZOE).encode("utf-8-sig"),
    "Excel, western": (HEADER + ZOE).encode("cp1252"),
    "Excel, an old Mac": (HEADER + ZOE).encode("mac_roman"),
    "Excel, Unicode text": (HEADER + ZOE).replace(",", "\t").encode("utf-16"),
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
