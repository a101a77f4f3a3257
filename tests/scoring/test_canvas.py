from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from gradebook.models import Exam, Membership
from gradebook.tables import Unreadable
from rubrics.grading import apply
from scoring.exports.canvas_file import fill, read

# As Canvas writes it: a key behind each assignment, columns it only shows, rows of its own.
HEADER = (
    "Student,ID,SIS User ID,SIS Login ID,Root Account,Section,Homework (11),Midterm (12),Total\n"
)
OWN = ",,,,,,,Manual Posting,\n    Points Possible,,,,,,10,100,(read only)\n"
SAM = '"Student, Sam",901,s0000002,sam,uni,"A, B",7,3,50\n'
NIA = '"Neighbour, Nia",902,,NIA@example.edu,uni,A,8,4.5,60\n'
ZOE = '"Zwölf, Zoë",903,s0000099,zoe,uni,A,8,-1,60\n'
TEST = '"Student, Test",904,,f00,uni,A,,,\n'
FILE = HEADER + OWN + SAM + NIA + ZOE + TEST


def rows(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def filled(exam, text=FILE):
    return fill(exam, read(text.encode(), exam))


@pytest.fixture
def whole(graded):
    for number, place in (("1.2", 1), ("2", 0)):
        apply(graded.items[number][place], graded.answers[2, number], by=graded.ines)
    return graded


def test_totals_stand_in_canvas_s_own_rows_and_its_own_column(whole):
    assert rows(filled(whole.exam).text) == [
        *(
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Root Account", "Section", title]
            for title in ["Midterm (12)"]
        ),
        ["    Points Possible", "", "", "", "", "", "9.0"],
        ["Student, Sam", "901", "s0000002", "sam", "uni", "A, B", "7.5"],
        ["Neighbour, Nia", "902", "", "NIA@example.edu", "uni", "A", "8.5"],
        ["Zwölf, Zoë", "903", "s0000099", "zoe", "uni", "A", "-1"],
    ]


def test_a_row_of_nobody_is_named_and_keeps_what_stood_there(whole):
    found = filled(whole.exam)

    assert found.unmatched == ["Zwölf, Zoë"]
    assert (found.filled, found.absent, found.without_total) == (2, [], 0)


def test_who_has_no_total_keeps_what_stood_there(graded):
    found = filled(graded.exam)

    assert rows(found.text)[3][-1] == "4.5"
    assert (found.filled, found.without_total) == (1, 1)


def test_who_is_not_in_canvas_s_file_is_named(whole):
    assert filled(whole.exam, HEADER + OWN + SAM).absent == ["Nia Neighbour"]


def test_without_a_column_of_its_name_the_exam_gets_a_new_one(whole):
    found = filled(whole.exam, FILE.replace("Midterm (12)", "Midterm exam (12)"))

    assert rows(found.text)[0][-1] == "Midterm"
    assert rows(found.text)[4][-1] == ""


@pytest.mark.parametrize(
    ("sis", "login", "whose"),
    [
        ("s0000002", "x", "sam"),
        ("", "sam@example.edu", "sam"),
        ("", "SAM", "sam"),
        ("", "S0000002", "sam"),
        ("nia@example.edu", "", "nia"),
        # The student ID is surer than the login.
        ("s0000003", "sam@example.edu", "nia"),
        ("", "samuel", None),
        ("", "", None),
    ],
)
def test_a_row_is_known_by_its_surest_sign_and_never_by_a_name(whole, sis, login, whose):
    found = filled(whole.exam, f'{HEADER}"Student, Sam",9,{sis},{login},,,,,\n')

    score = {"sam": "7.5", "nia": "8.5", None: ""}[whose]
    assert rows(found.text)[2][-1] == score


def test_two_rows_that_could_be_one_student_s_are_given_to_neither(whole):
    found = filled(whole.exam, HEADER + SAM + SAM.replace("901", "905"))

    assert found.unmatched == ["Student, Sam", "Student, Sam"]
    assert found.filled == 0


def test_a_student_gets_one_row_alone(whole):
    other = SAM.replace("901", "905").replace("s0000002", "")

    found = filled(whole.exam, HEADER + SAM + other)

    assert (found.filled, len(found.unmatched)) == (1, 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "no column Student and no ID and no Section"),
        (HEADER.encode(), "names no student"),
        (b"%PDF-1.7", "no CSV file"),
        (b"x" * ((5 << 20) + 1), "larger than 5 MB"),
        (HEADER.encode() + b'"never closed\n' + b"x," * 80_000, "cannot be read"),
        ((HEADER + SAM * 20_001).encode(), "20,000"),
    ],
)
def test_a_file_that_is_none_of_canvas_s_is_refused_in_words(world, data, words):
    with pytest.raises(Unreadable, match=words):
        read(data, world.exam)


def test_no_cell_of_canvas_s_becomes_a_formula(whole):
    evil = SAM.replace("Student, Sam", "=1+1").replace(",7,3,", ",7,=2+2,")
    zoe = ZOE.replace(",-1,", ",@SUM(1),")

    cells = [cell for row in rows(filled(whole.exam, HEADER + evil + zoe).text) for cell in row]

    assert "'=1+1" in cells
    assert "'@SUM(1)" in cells


# The page


@pytest.fixture
def send(as_, whole):
    def post(text=FILE, **headers):
        file = SimpleUploadedFile("gradebook.csv", text.encode())
        url = reverse("canvas_gradebook", args=[whole.exam.pk])
        return as_("ines").post(url, {"file": file}, headers=headers)

    return post


def test_a_file_is_shown_first_and_then_given_back(send, client):
    draft = send()["Location"]

    shown = client.get(draft).text
    assert "2 of 3 rows filled in" in shown
    assert "Zwölf, Zoë" in shown
    assert "<q>Midterm (12)</q>" in shown
    answer = client.get(f"{draft}canvas.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="Midterm_canvas.csv"'
    assert rows(answer.text)[2][-1] == "7.5"


def test_a_bad_file_says_why_to_the_page_and_to_the_form(send):
    assert "no column Student" in send("a,b\n").text
    assert send("a,b\n").status_code == 422
    answer = send("a,b\n", accept="application/json")
    assert "no column Student" in json.loads(answer.text)["errors"]["file"][0]


def test_no_file_is_told_too(as_, world):
    answer = as_("ines").post(reverse("canvas_gradebook", args=[world.exam.pk]))

    assert answer.status_code == 422
    assert "empty" in answer.text


def test_a_draft_is_of_one_exam_and_one_person(send, as_, world, client):
    draft = send()["Location"]
    other = Exam.objects.create(course=world.course, name="Final")
    elsewhere = draft.replace(f"/exams/{world.exam.pk}/", f"/exams/{other.pk}/")

    assert client.get(elsewhere).status_code == 302
    assert client.get(f"{elsewhere}canvas.csv").status_code == 302
    Membership.objects.filter(user=world.gus).update(role="instructor")
    assert as_("gus").get(draft).status_code == 302


def test_a_name_in_the_file_is_text_on_the_page(send, client):
    draft = send(FILE.replace("Zwölf, Zoë", "<script>x</script>"))["Location"]

    assert "&lt;script&gt;" in client.get(draft).text


def test_the_api_answers_with_the_filled_file(as_, whole):
    url = f"/api/v1/exams/{whole.exam.pk}/exports/canvas/"
    client = as_("ines")

    answer = client.post(url, {"file": SimpleUploadedFile("g.csv", FILE.encode())})

    assert answer.json()["unmatched"] == ["Zwölf, Zoë"]
    assert rows(answer.json()["text"])[2][-1] == "7.5"
    bad = client.post(url, {"file": SimpleUploadedFile("g.csv", b"a,b\n")})
    assert (bad.status_code, list(bad.json())) == (400, ["file"])
    assert client.post(url).status_code == 400


def test_the_command_fills_a_file_and_names_who_is_left(whole, tmp_path, capsys):
    (tmp_path / "in.csv").write_text(FILE)
    given = ["--gradebook", str(tmp_path / "in.csv")]

    call_command("export", "Midterm", "canvas.csv", "-o", str(tmp_path / "out.csv"), *given)

    assert rows((tmp_path / "out.csv").read_text())[2][-1] == "7.5"
    assert "Rows of nobody here: Zwölf, Zoë." in capsys.readouterr().out
    (tmp_path / "in.csv").write_text("a,b\n")
    with pytest.raises(CommandError, match="no column Student"):
        call_command("export", "Midterm", "canvas.csv", "-o", str(tmp_path / "x.csv"), *given)
