"""What LibreOffice and pandas make of the files that leave: the same cells, and no formula run."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree

import pandas as pd
import pytest

from rubrics.grading import adjust, apply, comment
from scoring.exports import evaluations
from scoring.exports.kinds import KINDS
from scoring.exports.scores import lines

EVIL = ["=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://x")', "\t=1+1", "\r=1+1"]


@pytest.fixture
def evil(graded):
    """Names, IDs, sections, items and comments that look like formulas; a score below zero."""
    for number, place in (("1.2", 1), ("2", 0)):
        apply(graded.items[number][place], graded.answers[2, number], by=graded.ines)
    type(graded.sam).objects.filter(pk=graded.sam.pk).update(first_name=EVIL[0], last_name=EVIL[4])
    type(graded.nia).objects.filter(pk=graded.nia.pk).update(first_name=EVIL[2], last_name=EVIL[5])
    for name, sid in (("sam", EVIL[1]), ("nia", EVIL[3])):
        member = graded.members[name]
        type(member).objects.filter(pk=member.pk).update(sid=sid)
    type(graded.items["2"][0]).objects.filter(pk=graded.items["2"][0].pk).update(text=EVIL[2])
    comment(graded.answers[1, "2"], EVIL[6], version=1, by=graded.gus)
    type(graded.exam).objects.update(floor=False)
    adjust(graded.answers[1, "2"], -900, version=1, by=graded.gus)
    graded.exam.refresh_from_db()
    return graded


def as_a_person_opens_it(folder, name, data):
    """The cells that LibreOffice shows, by way of its own CSV."""
    (folder / name).write_bytes(data)
    # Commas, quotes, UTF-8, from line 1, numbers found by themselves, on a clock of 24 hours.
    reading = ["--infilter=CSV:44,34,76,1,,2057"] if name.endswith("csv") else []
    command = [
        shutil.which("soffice"), "--headless", f"-env:UserInstallation=file://{folder}/profile",
        *reading, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir",
        str(folder / "out"), str(folder / name),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (made,) = (folder / "out").glob("*.csv")
    return rows_of(made.read_bytes())


def rows_of(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def same(one, other):
    """The same text, number or truth: an office shows 2.0 as 2, and true as TRUE."""
    try:
        return float(one) == float(other)
    except ValueError:
        if one in {"true", "false"}:
            return other == one.upper()
        return one.replace("\r", "\n") == other.replace("\r", "\n")


def assert_same(found, expected):
    for line, (ours, theirs) in enumerate(zip(expected, found, strict=True)):
        for one, other in zip(ours, [*theirs, *[""] * (len(ours) - len(theirs))], strict=False):
            assert same(one, other), (line, one, other)


@pytest.mark.services
def test_libreoffice_changes_no_cell_of_the_scores_csv(evil, tmp_path):
    data = "".join(lines(evil.exam)).encode()

    assert_same(as_a_person_opens_it(tmp_path, "scores.csv", data), rows_of(data))


@pytest.mark.services
def test_libreoffice_changes_no_cell_of_an_evaluations_csv(evil, tmp_path):
    named = evaluations.openly(evil.exam)
    data = "".join(evaluations.lines(evil.exam, evil.questions["2"], named)).encode()

    assert_same(as_a_person_opens_it(tmp_path, "2_Prove.csv", data), rows_of(data))


@pytest.mark.services
def test_libreoffice_finds_in_the_workbook_what_the_csv_holds(evil, tmp_path):
    data = b"".join(KINDS["scores.xlsx"].pieces(evil.exam))

    found = as_a_person_opens_it(tmp_path, "scores.xlsx", data)

    # Texts need no guard there: they are texts by their type.
    expected = [
        [cell.removeprefix("'") for cell in row]
        for row in rows_of("".join(lines(evil.exam)).encode())
    ]
    assert_same(found, expected)


@pytest.mark.parametrize(
    "name",
    [
        "<r>Tom & Jerry</r>",
        '<r><t>A</t></r></is></c><c r="Z9"><f>1+1</f></c><c r="A9" t="inlineStr"><is><r></r>',
    ],
)
def test_a_name_that_looks_like_a_workbook_s_own_words_is_a_name(graded, name):
    type(graded.sam).objects.filter(pk=graded.sam.pk).update(first_name=name)

    data = b"".join(KINDS["scores.xlsx"].pieces(graded.exam))

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert sheet.find(f".//{space}f") is None
    cells = {"".join(cell.itertext()) for cell in sheet.iter(f"{space}c")}
    assert name in cells


def test_pandas_reads_the_scores_as_numbers_and_nothing_else(evil):
    table = pd.read_csv(io.StringIO("".join(lines(evil.exam))), dtype={"SID": str})

    by_email = table.set_index("Email")
    assert by_email.loc["nia@example.edu", "Total Score"] == 8.5
    assert by_email.loc["sam@example.edu", "2: Prove (3.0 pts)"] == -6.5
    assert by_email.loc["sam@example.edu", "SID"] == "'+1+1"
    assert table["Max Points"].tolist() == [9.0, 9.0]


def test_pandas_reads_the_evaluations_as_true_and_false(evil):
    with zipfile.ZipFile(io.BytesIO(b"".join(KINDS["evaluations.zip"].pieces(evil.exam)))) as file:
        data = file.read("Midterm/1.1_Add.csv")

    table = pd.read_csv(io.BytesIO(data), skipfooter=4, engine="python")

    assert table["Slip"].tolist() == [True, False, False]
    assert table["Score"].tolist()[:2] == [1.5, 2.0]


@pytest.mark.parametrize("word", ["canvas.csv", "moodle.csv", "brightspace.csv"])
def test_pandas_reads_a_gradebook_s_file(evil, word):
    table = pd.read_csv(io.StringIO("".join(KINDS[word].pieces(evil.exam))))

    (column,) = [name for name in table.columns if name.startswith("Midterm")]
    assert sorted(table[column].tolist()[-2:]) == [-1.0, 8.5]
