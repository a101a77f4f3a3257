from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gradebook.guarded import as_meant, safe
from gradebook.models import Membership, Question, Section
from gradebook.sent import storable
from rubrics.grading import adjust, apply, comment, say_graded
from rubrics.item_groups import add_group
from rubrics.models import Item
from scoring.exports import anonymous, evaluations, gradebooks, workbook
from scoring.exports.kinds import KINDS
from scoring.exports.scores import lines as scores_lines

SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n"]
# A byte order mark, blanks of no width and of some, a filler, a selector, a wide sign.
UNSEEN = [
    "\ufeff=",
    "\u200b+",
    "\u00a0-",
    " @",
    "\u2060\u3000=",
    "\u3164=",
    "\ufe0f-",
    "\x00=",
    "\uff1d",
]
BEGINNINGS = [*SIGNS, *UNSEEN]


def table(pieces):
    text = "".join(piece if isinstance(piece, str) else piece.decode() for piece in pieces)
    return list(csv.reader(io.StringIO(text, newline="")))


def zipped(pieces):
    """Each file of a ZIP as a table, by its name."""
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        return {name: table([archive.read(name)]) for name in archive.namelist()}


def evaluated(exam):
    return zipped(KINDS["evaluations.zip"].pieces(exam))


def dicts(rows):
    return [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]


@pytest.fixture
def whole(graded):
    """Nia's paper graded whole too, and a section each."""
    for number, place in (("1.2", 1), ("2", 0)):
        apply(graded.items[number][place], graded.answers[2, number], by=graded.ines)
    for name, section in (("sam", "A"), ("nia", "B")):
        made = Section.objects.create(course=graded.course, name=section)
        graded.members[name].sections.add(made)
    return graded


# Evaluations


def test_the_zip_holds_a_folder_with_a_file_for_each_part(graded):
    assert list(evaluated(graded.exam)) == [
        "Midterm/1.1_Add.csv",
        "Midterm/1.2_Multiply.csv",
        "Midterm/2_Prove.csv",
    ]


def test_a_title_no_file_system_trips_over_names_the_file(graded):
    Question.objects.filter(number="2").update(
        title="../Sums: a/b \\ «c» \N{RIGHT-TO-LEFT OVERRIDE}x"
    )
    Question.objects.filter(number="1.1").update(title="")

    names = list(evaluated(graded.exam))

    assert names == ["Midterm/1.1_.csv", "Midterm/1.2_Multiply.csv", "Midterm/2_Sums_a_b_c_x.csv"]


def test_a_part_s_columns_are_those_scripts_expect(graded):
    header = evaluated(graded.exam)["Midterm/2_Prove.csv"][0]

    assert ",".join(header) == (
        "Assignment Submission ID,Question Submission ID,First Name,Last Name,SID,Email,Sections,"
        "Score,Submission Time,Correct,Slip,Wrong,Adjustment,Comments,Grader,Tags"
    )


def test_a_row_says_what_applies_to_a_paper(graded):
    sam, nia, nobody = evaluated(graded.exam)["Midterm/2_Prove.csv"][1:4]

    answer = graded.answers[1, "2"]
    assert sam[:2] == [str(graded.papers[0].pk), str(answer.pk)]
    assert sam[2:8] == ["Sam", "Student", "s0000002", "sam@example.edu", "", "2.0"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}", sam[8])
    assert sam[9:] == [
        *("false", "true", "false", "-0.5", "💡 Say *why* $x > 0$.", "Gus Grader", "")
    ]
    assert nia[7] == ""
    assert nia[9:] == ["false", "false", "false", "", "", "", ""]
    assert nobody[2:8] == [""] * 6


def test_four_rows_close_a_file_and_say_what_its_columns_are(graded):
    pick = add_group(graded.questions["2"], text="Ending", exclusive=True, by=None)
    Item.objects.filter(pk=graded.items["2"][2].pk).update(group=pick, points=None)

    legend = evaluated(graded.exam)["Midterm/2_Prove.csv"][-4:]

    assert [row[0] for row in legend] == list(evaluations.LEGEND)
    assert legend[0][9:] == ["1", "2", "3"]
    assert legend[1][9:] == ["0.0", "-0.5", ""]
    assert legend[2][9:] == ["Item", "Item", "Pick one: Ending"]
    assert legend[3][1:] == ["negative", "floor ceiling", "3.0", "Prove"]


def test_the_grader_is_who_spoke_last(graded):
    adjust(graded.answers[1, "2"], -25, version=1, by=graded.ines)
    say_graded(graded.answers[3, "2"], by=graded.gus)

    rows = dicts(evaluated(graded.exam)["Midterm/2_Prove.csv"])

    assert [row["Grader"] for row in rows[:3]] == ["Ines Instructor", "", "Gus Grader"]
    assert rows[2]["Score"] == "3.0"


def test_two_items_of_one_text_and_one_of_several_lines_keep_their_columns(graded):
    Item.objects.filter(pk=graded.items["2"][0].pk).update(text="Slip")
    Item.objects.filter(pk=graded.items["2"][2].pk).update(text='Two\nlines, "quoted"')

    rows = evaluated(graded.exam)["Midterm/2_Prove.csv"]

    assert rows[0][9:12] == ["Slip", "Slip", 'Two\nlines, "quoted"']
    assert rows[1][9:12] == ["false", "true", "false"]


def test_scores_in_the_evaluations_are_those_of_the_scores_file(whole):
    scores = dicts(table(scores_lines(whole.exam)))
    by_email = {row["Email"]: row for row in scores}

    for name, rows in evaluated(whole.exam).items():
        number = name.split("/")[1].split("_")[0]
        for row in dicts(rows):
            if row.get("Email"):
                (column,) = [c for c in by_email[row["Email"]] if c.startswith(f"{number}: ")]
                assert row["Score"] == by_email[row["Email"]][column]


def test_the_queries_of_evaluations_do_not_grow_with_papers(graded, django_assert_max_num_queries):
    # Seven for each of three parts, a few for the people.
    with django_assert_max_num_queries(28):
        evaluated(graded.exam)


# Formulas


# No database keeps a NUL.
@pytest.mark.parametrize("begin", [begin for begin in BEGINNINGS if storable(begin)])
def test_no_text_of_a_person_becomes_a_formula_in_any_file(whole, begin):
    evil = f"{begin}SUM(A1)"
    type(whole.sam).objects.filter(pk=whole.sam.pk).update(first_name=evil, last_name=evil)
    type(whole.gus).objects.filter(pk=whole.gus.pk).update(first_name=evil)
    Membership.objects.filter(pk=whole.members["sam"].pk).update(sid=evil)
    Section.objects.filter(name="A").update(name=evil)
    Item.objects.filter(pk=whole.items["2"][0].pk).update(text=evil)
    comment(whole.answers[1, "2"], evil, version=1, by=whole.gus)
    type(whole.exam).objects.update(name=evil, floor=False)
    adjust(whole.answers[1, "2"], -900, version=1, by=whole.gus)
    whole.exam.refresh_from_db()

    for word, kind in KINDS.items():
        if word not in ("scores.xlsx", "anonymous-archive.zip"):  # no tables for a spreadsheet
            pieces = list(kind.pieces(whole.exam))
            tables = zipped(pieces).values() if word.endswith("zip") else [table(pieces)]
            cells = [cell for rows in tables for row in rows for cell in row]
            spoiled = [cell for cell in cells if cell.startswith(tuple(BEGINNINGS))]
            assert all(re.fullmatch(r"-\d+\.\d+", cell) for cell in spoiled), (word, spoiled)


@given(st.text(alphabet="'=+-@\t\r\nab1 \ufeff\u200b\u00a0\u3164"))
def test_a_guarded_text_is_read_back_as_it_was(text):
    cell = safe(text)

    assert as_meant(cell) == text
    assert not cell.startswith(tuple(BEGINNINGS))


@pytest.mark.parametrize("begin", UNSEEN)
def test_a_sign_is_seen_behind_what_nobody_sees(begin):
    assert safe(f"{begin}SUM(A1)") == f"'{begin}SUM(A1)"
    assert as_meant(safe(f"'{begin}1")) == f"'{begin}1"


@pytest.mark.parametrize(
    "text",
    ["Ana-María", "\u2212 1 pt", "\ufeffAna", "", "\u200b", "a =1", "e\u0301=", "\u2764\ufe0f="],
)
def test_what_no_spreadsheet_runs_is_left_as_it_is(text):
    assert safe(text) == text


# Excel


def sheet(exam):
    """What the workbook's XML holds: for each cell its type, its value and its style."""
    data = io.BytesIO()
    workbook.write(exam, data)
    with zipfile.ZipFile(data) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert "<f>" not in xml
    return xml, styles


def test_the_workbook_has_numbers_as_numbers_and_texts_as_texts(whole):
    type(whole.sam).objects.filter(pk=whole.sam.pk).update(first_name="=1+1")

    xml, styles = sheet(whole.exam)

    assert re.search(r't="inlineStr"><is><t>=1\+1</t>', xml)
    assert "quotePrefix" in styles
    assert "<v>7.5</v>" in xml
    assert re.search(r't="inlineStr"><is><t>s0000002</t>', xml)


def test_a_name_with_a_sign_behind_nothing_seen_is_marked_as_text_in_the_workbook(whole):
    type(whole.sam).objects.filter(pk=whole.sam.pk).update(first_name="\ufeff=1+1")

    xml, _ = sheet(whole.exam)

    cell = re.search(r'<c r="[A-Z]+\d+"([^>]*)><is><t[^>]*>\ufeff=1\+1</t>', xml)
    assert cell
    assert " s=" in cell[1]


def test_the_workbook_has_the_rows_and_columns_of_the_csv(whole):
    expected = table(scores_lines(whole.exam))
    xml, _ = sheet(whole.exam)

    found = []
    for row in re.findall(r"<row .*?</row>", xml, re.DOTALL):
        cells = dict.fromkeys(range(len(expected[0])), "")
        for letter, text, value in re.findall(
            r'<c r="([A-Z]+)\d+"[^>]*>(?:<is><t[^>]*>(.*?)</t></is>|<v>(.*?)</v>)</c>',
            row,
            re.DOTALL,
        ):
            cells[ord(letter) - ord("A")] = text or value
        found.append([*cells.values()])
    assert len(found) == len(expected) == 3
    for ours, theirs in itertools.product(range(3), range(len(expected[0]))):
        assert same(found[ours][theirs], expected[ours][theirs])


def same(one, other):
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other


# Gradebooks


def test_canvas_s_columns_and_points_possible_are_as_it_documents_them(whole):
    rows = table(gradebooks.canvas(whole.exam))

    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Midterm"]
    assert [cell.strip() for cell in rows[1]] == ["Points Possible", "", "", "", "", "9.0"]
    assert rows[2:] == [
        ["Neighbour, Nia", "", "s0000003", "nia@example.edu", "B", "8.5"],
        ["Student, Sam", "", "s0000002", "sam@example.edu", "A", "7.5"],
    ]


@pytest.mark.parametrize(
    ("more", "cell"),
    [(["B"], "A and B"), (["Mon and Tue", "B"], "A, B, and Mon and Tue")],
)
def test_who_is_in_several_sections_is_so_for_canvas_in_its_words(whole, more, cell):
    for name in more:
        section, _ = Section.objects.get_or_create(course=whole.course, name=name)
        whole.members["sam"].sections.add(section)

    assert table(gradebooks.canvas(whole.exam))[-1][4] == cell
    assert dicts(table(scores_lines(whole.exam)))[-1]["Sections"] == ", ".join(sorted(["A", *more]))


def test_an_exam_called_like_one_of_canvas_s_keys_is_not_taken_for_it(whole):
    type(whole.exam).objects.update(name="Midterm (2024)")
    whole.exam.refresh_from_db()

    assert table(gradebooks.canvas(whole.exam))[0][-1] == "Midterm [2024]"


def test_moodle_finds_students_by_address_or_number(whole):
    assert table(gradebooks.moodle(whole.exam)) == [
        ["First name", "Last name", "ID number", "Email address", "Midterm"],
        ["Nia", "Neighbour", "s0000003", "nia@example.edu", "8.5"],
        ["Sam", "Student", "s0000002", "sam@example.edu", "7.5"],
    ]


def test_brightspace_s_file_ends_each_line_with_its_sign(whole):
    assert table(gradebooks.brightspace(whole.exam)) == [
        ["OrgDefinedId", "Midterm Points Grade <Numeric MaxPoints:9>", "End-of-Line Indicator"],
        ["s0000003", "8.5", "#"],
        ["s0000002", "7.5", "#"],
    ]


def test_brightspace_s_points_are_exact_and_its_name_has_no_brackets(whole):
    Question.objects.filter(number="2").update(points=375)
    type(whole.exam).objects.update(name="Mid <b>term</b>")
    whole.exam.refresh_from_db()

    header = table(gradebooks.brightspace(whole.exam))[0]

    assert header[1] == "Mid b term /b Points Grade <Numeric MaxPoints:9.75>"


@pytest.mark.parametrize("word", ["canvas.csv", "moodle.csv", "brightspace.csv"])
def test_who_has_no_total_is_left_out_so_that_nothing_is_wiped(graded, word):
    rows = table(KINDS[word].pieces(graded.exam))

    assert "s0000002" in str(rows)
    assert "s0000003" not in str(rows)
    assert gradebooks.left_out(graded.exam) == (1, 0)


def test_who_has_a_paper_and_is_no_student_any_more_is_in_the_files(whole):
    Membership.objects.filter(pk=whole.members["sam"].pk).update(role="grader")

    for word in ("scores.csv", "canvas.csv", "moodle.csv", "brightspace.csv"):
        assert "s0000002" in str(table(KINDS[word].pieces(whole.exam))), word
    assert gradebooks.left_out(whole.exam) == (0, 0)


def test_who_has_no_id_is_counted_for_brightspace(whole):
    Membership.objects.filter(pk=whole.members["sam"].pk).update(sid="")

    assert gradebooks.left_out(whole.exam) == (0, 1)
    assert len(table(gradebooks.brightspace(whole.exam))) == 2


# Without names


def test_the_anonymous_files_name_nobody(whole):
    files = zipped(KINDS["anonymous.zip"].pieces(whole.exam))

    text = str(files).lower()
    for word in ("sam", "nia", "gus", "ines", "s000000", "example.edu", "neighbour", "say *why*"):
        assert word not in text, word
    assert "2026-" not in text
    numbers = {str(row.pk) for row in (*whole.papers, *whole.answers.values())}
    for rows in files.values():
        for row in rows[1:]:
            assert not numbers & set(row[:2])


def test_a_student_has_one_pseudonym_in_all_files_of_an_export_and_another_in_the_next(whole):
    first, second = (zipped(KINDS["anonymous.zip"].pieces(whole.exam)) for _ in range(2))

    def students(files):
        return [
            {row["Student"] for row in dicts(rows) if row.get("Student", "").startswith("s")}
            for rows in files.values()
        ]

    assert all(found == students(first)[0] for found in students(first))
    assert len(students(first)[0]) == 2
    assert not students(first)[0] & students(second)[0]


def test_pseudonyms_stand_in_their_own_order_and_are_no_numbers(whole):
    rows = dicts(zipped(KINDS["anonymous.zip"].pieces(whole.exam))["Midterm/scores.csv"])

    assert [row["Student"] for row in rows] == sorted(row["Student"] for row in rows)
    assert all(re.fullmatch(r"s[0-9a-f]{16}", row["Student"]) for row in rows)
    assert sorted(row["Total Score"] for row in rows) == ["7.5", "8.5"]


def test_a_pseudonym_hangs_on_a_key_that_is_not_kept():
    assert anonymous.Pseudonyms()("s", 1) != anonymous.Pseudonyms()("s", 1)


def test_comments_go_along_only_when_asked_for(whole):
    files = zipped(KINDS["anonymous-comments.zip"].pieces(whole.exam))

    assert "Say *why*" in str(files)
    assert "Sam" not in str(files)


# The page, the API, the command


@pytest.mark.parametrize("word", KINDS)
def test_every_file_is_a_link_of_the_page_and_downloads_under_the_exam_s_name(as_, whole, word):
    client = as_("ines")
    address = reverse("export", args=[whole.exam.pk, word])

    assert f'href="{address}"' in client.get(reverse("exports", args=[whole.exam.pk])).text
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="Midterm_{word}"'
    assert "no-cache" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content)


def test_a_file_nobody_knows_is_not_there(as_, whole):
    assert as_("ines").get(f"/exams/{whole.exam.pk}/exports/scores.doc").status_code == 404
    assert as_("ines").get(f"/api/v1/exams/{whole.exam.pk}/exports/x").status_code == 404


def test_the_api_names_the_files_and_sends_them(as_, whole):
    client = as_("ines")

    found = client.get(f"/api/v1/exams/{whole.exam.pk}/exports/").json()

    assert list(found) == list(KINDS)
    answer = client.get(found["brightspace.csv"])
    assert table(answer.streaming_content)[1] == ["s0000003", "8.5", "#"]


def test_the_page_says_what_is_in_no_file_yet(as_, graded):
    text = as_("ines").get(reverse("exports", args=[graded.exam.pk])).text

    assert "5 answers are not graded yet" in text
    assert "1 paper has no student" in text
    assert "1 student has no total yet" in text


def test_without_papers_the_page_says_where_to_begin(as_, world):
    world.exam.submissions.all().delete()

    assert "No papers yet" in as_("ines").get(reverse("exports", args=[world.exam.pk])).text


def test_the_page_s_queries_are_few(as_, whole, django_assert_max_num_queries):
    client = as_("ines")
    with django_assert_max_num_queries(12):
        client.get(reverse("exports", args=[whole.exam.pk]))


def test_the_command_writes_any_of_them(whole, tmp_path, capsys):
    file = tmp_path / "evaluations.zip"

    call_command("export", "Midterm", "evaluations.zip", "-o", str(file))

    assert len(zipped([file.read_bytes()])) == 3
    assert "1 paper without a student" in capsys.readouterr().out
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export", "Midterm", "scores.xlsx", "-o", str(tmp_path / "no" / "x"))
