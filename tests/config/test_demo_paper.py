"""The demo's paper world agrees with itself: pages, regions, answers, scans and grades."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from itertools import combinations, pairwise
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdf
import pytest
import simplejpeg

from config.demo import grading, handwriting, pen, people, scanner, small, strokes, template
from config.demo.people import ABSENT, AVERY, GRADERS, STUDENTS
from config.demo.template import Rect, exam_file, lay_out, leaves
from submissions import imaging
from submissions.page_files import draw
from submissions.registration import fit
from submissions.template_print import TemplatePrint

SEED = 230


@pytest.fixture(scope="module")
def quiz(tmp_path_factory):
    return small.make_small(tmp_path_factory.mktemp("quiz"), STUDENTS[:3], SEED)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Avery's paper and the three that something befell, in two batches."""
    who = [s for s in STUDENTS if s == AVERY or s.sid in scanner.FAULTS]
    return scanner.make_batches(tmp_path_factory.mktemp("batches"), who, SEED, processes=1)


def rects(exam):
    for part in leaves(exam):
        for region in part["regions"]:
            yield part["number"], Rect(**region)
    yield "name", Rect(**exam["name_region"])
    yield "id", Rect(**exam["id_region"])
    for region in exam["hidden_regions"]:
        yield "hidden", Rect(**region)


def jpegs(path):
    with pikepdf.open(path) as pdf:
        return [page.Resources.XObject.Im0.read_raw_bytes() for page in pdf.pages]


def test_the_exam_has_the_yardsticks_figures():
    exam = exam_file()
    parts = list(leaves(exam))

    assert len(parts) == 50
    assert sum(len(part["rubric"]) for part in parts) == 190
    assert sum(part["points"] for part in parts) == exam["points"] == 124
    assert exam["template"] == "template.pdf"


def test_the_template_has_as_many_pages_as_the_exam_says(tmp_path):
    drawn = template.draw_template(tmp_path)
    pdf = pypdf.PdfReader(tmp_path / "template.pdf")

    assert len(pdf.pages) == drawn.pages == exam_file()["pages"] == 27
    assert "Extra page" in pdf.pages[21].extract_text()
    assert "page 27 of 27" in pdf.pages[26].extract_text()


def test_the_template_is_the_same_bytes_in_another_process():
    code = (
        "import hashlib; from config.demo.template import lay_out;"
        "print(hashlib.sha256(lay_out('quiz').pdf).hexdigest())"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        for _ in range(2)
    ]

    assert runs[0] == runs[1]
    assert runs[0]


@pytest.mark.parametrize("make", [exam_file, small.quiz_file])
def test_every_part_has_a_region_inside_a_page(make):
    exam = make()

    assert all(part["regions"] for part in leaves(exam))
    for key, rect in rects(exam):
        assert 1 <= rect.page <= exam["pages"], key
        assert rect.x >= 0, key
        assert rect.y >= 0, key
        assert rect.x + rect.width <= 1, key
        assert rect.y + rect.height <= 1, key
        assert rect.width * rect.height > 0.005, key


@pytest.mark.parametrize("make", [exam_file, small.quiz_file])
def test_no_two_regions_overlap(make):
    for (left, a), (right, b) in combinations(rects(make()), 2):
        apart = (
            a.page != b.page
            or a.x + a.width <= b.x
            or b.x + b.width <= a.x
            or a.y + a.height <= b.y
            or b.y + b.height <= a.y
        )
        assert apart, (left, right)


def test_one_question_has_regions_on_two_pages():
    pages = {number: [r["page"] for r in part["regions"]] for number, part in numbered().items()}

    assert [number for number, found in pages.items() if len(set(found)) > 1] == ["3"]


def numbered():
    return {part["number"]: part for part in leaves(exam_file())}


def test_every_answer_has_words_and_a_place():
    laid = lay_out("midterm")
    for number in grading.parts():
        if number.startswith("1."):
            assert any(spot.startswith(f"{number}:") for spot in laid.spots), number
        else:
            texts = grading.answers()[number]
            assert len(texts) >= 2, number
            assert all(texts.values()), number
            assert number in laid.rooms


def test_every_sign_of_every_answer_can_be_written():
    signs = {sign for bank in grading.answers().values() for texts in bank.values()
             for text in texts for sign in text}  # fmt: skip
    signs |= {sign for texts in small.ANSWERS.values() for one in texts for sign in one.text}
    signs |= {sign for person in STUDENTS for sign in person.name}
    hands = [handwriting.hand_of(index, SEED) for index in range(len(handwriting._FACES))]
    for hand in hands:
        face = pen._face(hand.font, 40)
        lacking = bytes(face.getmask("\uffff"))
        for sign in signs - set(strokes.SIGNS) - set(" \n_^{}⟦⟧ŷ"):
            assert bytes(face.getmask(sign)) != lacking, (hand.font, sign)


def test_the_roster_is_24_students_and_their_staff():
    rows = list(csv.DictReader(io.StringIO(people.roster_csv())))
    students = [row for row in rows if row["Role"] == "student"]

    assert list(rows[0]) == ["First Name", "Last Name", "SID", "Email", "Role", "Section"]
    assert len(students) == len({row["SID"] for row in students}) == 24
    assert len({row["Email"] for row in rows}) == len(rows) == 24 + 1 + len(GRADERS)
    assert {row["Section"] for row in students} == set(people.SECTIONS)
    assert all(row["Email"].endswith("@example.edu") for row in rows)


def test_avery_earns_the_yardsticks_total():
    graded = {g["sid"]: g["questions"] for g in grading.grades(STUDENTS, SEED)["grades"]}[AVERY.sid]
    earned = {number: grading.earned(number, g["applied"]) for number, g in graded.items()}
    samples = {number: part["sample"] for number, part in grading.parts().items()}

    assert earned == {number: sample["score"] for number, sample in samples.items()}
    assert sum(earned.values()) == 101.5
    assert [n for n, g in graded.items() if "comment" in g] == ["2.10", "5.6"]
    assert all(g["adjustment"] == 0 for g in graded.values())


def test_grades_leave_work_for_a_grader_and_fit_the_rubric():
    graded = grading.grades(STUDENTS, SEED)
    counts = [len(g["questions"]) for g in graded["grades"]]

    assert len(counts) == 23
    assert ABSENT.sid not in {g["sid"] for g in graded["grades"]}
    assert max(counts) == 50
    assert min(counts) < 42
    for entry in graded["grades"]:
        for number, grade in entry["questions"].items():
            assert grade["applied"]
            assert max(grade["applied"]) < len(grading.parts()[number]["rubric"])
    assert json.dumps(graded) == json.dumps(grading.grades(STUDENTS, SEED))
    assert graded != grading.grades(STUDENTS, SEED + 1)


def test_totals_spread_like_a_real_exam():
    totals = [
        sum(grading.earned(number, applied) for number, applied in found.items())
        for found in grading.outcomes(STUDENTS, SEED).values()
    ]

    assert 75 < np.mean(totals) < 100
    assert np.std(totals) > 8
    assert max(totals) < 124


def test_what_is_circled_agrees_with_the_grade():
    laid = lay_out("midterm")
    writer = handwriting.Writer(laid, handwriting.hand_of(3, SEED), np.random.default_rng(1))
    handwriting._choose(writer, "1.4", (0, 2, 5, 7))
    cover = writer.pages[3].cover

    def circled(letter):
        x, y, _, height = handwriting.pixels(laid.spots[f"1.4:{letter}"])
        return bool(cover[int(y) - 25 : int(y + height) + 25, int(x) - 25 : int(x)].any())

    assert [circled(letter) for letter in ("i", "ii", "iv")] == [True, True, True]
    x, y, width, height = handwriting.pixels(laid.spots["1.4:iii"])
    assert not cover[int(y) : int(y + height), int(x) : int(x + width)].any()


def test_every_grade_has_an_answer_that_fits_it():
    for found in grading.outcomes(STUDENTS, SEED).values():
        for number, applied in found.items():
            if number == "3":
                assert applied == (0,) or set(applied) <= set(grading.TABLE)
            elif not number.startswith("1."):
                assert grading.answers()[number][",".join(map(str, applied))], number


def test_only_what_earns_nothing_is_left_blank():
    for number in grading.parts():
        for items, texts in grading.answers().get(number, {}).items():
            if "" in texts:
                assert grading.earned(number, [int(item) for item in items.split(",")]) == 0


def test_the_cells_of_the_table_are_as_wrong_as_the_grade_says():
    def wrong(*applied):
        cells = handwriting.table_cells(applied)
        return {cell: kind for cell, kind in cells.items() if kind != "right"}

    assert wrong(0) == {}
    assert wrong(5, 14) == {(2, "parameters"): "wrong", (4, "volume"): "wrong"}
    assert len(wrong(1)) == len(wrong(6)) == 5
    assert set(wrong(13).values()) == {"channels"}
    for found in grading.outcomes(STUDENTS, SEED).values():
        for (row, column), kind in handwriting.table_cells(found["3"]).items():
            assert grading.answers()[f"3:{row}:{column}"][kind]


def test_comments_fit_the_grade():
    said = {text: level for level, texts in grading._COMMENTS.items() for text in texts}
    for entry in grading.grades(STUDENTS, SEED)["grades"]:
        for number, grade in entry["questions"].items():
            full, score = (
                grading.parts()[number]["points"],
                grading.earned(number, grade["applied"]),
            )
            level = "right" if score == full else "half" if score else "wrong"
            assert said.get(grade.get("comment", ""), level) == level
            assert not grade["adjustment"] or level == "half"


QUIZ_POINTS: dict[str, dict[str, float]] = {
    "1": {"4 × 2": 2, "A is 4×3, B is 3×2  → 4 × 2": 2, "2 × 4": 1, "": 0},
    "2": {"m = ⟦8 − 2|3 − 1⟧": 3, "slope = 3": 2, "m = ⟦3 − 1|8 − 2⟧": 0},
    "3": {"outer": 4, "f'(x) = 3(x^2 + 1)^2 · 2x": 3.5, "f'(x) = 3(x^2 + 1)^2": 2},
    "4": {"Near x = 0.5": 3, "x is about 0.5": 1.5, "at x = 3.3": 0, "": 0},
}


def test_the_quiz_is_graded_as_it_is_written():
    rubrics = {part["number"]: part["rubric"] for part in leaves(small.quiz_file())}
    for number, written in small.ANSWERS.items():
        for one in written:
            beginning = max((b for b in QUIZ_POINTS[number] if one.text.startswith(b)), key=len)
            points = sum(rubrics[number][item]["points"] for item in one.applied)
            assert points == QUIZ_POINTS[number][beginning], one.text


def test_a_quiz_answer_has_ink_unless_it_was_left_blank(quiz):
    rooms = lay_out("quiz").rooms
    for index, person in enumerate(STUDENTS[:8]):
        pages, written, _ = small._write(person, index, SEED)
        for number, one in written.items():
            x, y, width, height = (round(v) for v in handwriting.pixels(rooms[number][0]))
            page = pages.get(rooms[number][0].page)
            ink = page and page.cover[y : y + height, x : x + width].any()
            assert bool(ink) == bool(one.text), (person.name, number)
        if index < 3:
            grade = quiz.grades[index]["questions"]
            assert {n: tuple(g["applied"]) for n, g in grade.items()} == {
                n: one.applied for n, one in written.items()
            }


def test_answers_stay_inside_their_regions():
    exam = exam_file()
    found = grading.outcomes(STUDENTS, SEED)
    for index in (3, 0, 15):
        student = STUDENTS[index]
        ink = handwriting.write_paper(lay_out("midterm"), student, index, found[student.sid], SEED)
        for page, layer in ink.items():
            if page > 21:
                continue
            outside = layer.cover.copy()
            for _, rect in rects(exam):
                if rect.page == page:
                    x, y, width, height = (round(v) for v in handwriting.pixels(rect))
                    outside[y : y + height, x : x + width] = 0
            if page == 1:
                outside[800:1000, 1100:] = 0  # the date belongs to no region
            assert (outside > 60).sum() < 300, (student.name, page)


@pytest.mark.parametrize("index", [3, 14, 15])
def test_a_covered_cover_page_holds_nothing_of_who_wrote_it(index):
    """Scanned alike, a page that is signed and one that is not give the same bytes."""
    exam, laid, blank = exam_file(), lay_out("midterm"), scanner.rasters("midterm")[0]
    writer = handwriting.Writer(
        laid, handwriting.hand_of(index, SEED), np.random.default_rng([SEED, index, 4])
    )
    handwriting.sign_cover(writer, STUDENTS[index])
    signed = writer.ink(1).on(blank)
    date = int(handwriting.pixels(laid.spots["date"])[0])
    nameless = np.hstack([blank[:, :date], signed[:, date:]])
    scans = [
        imaging.decoded(scanner.scan(page, np.random.default_rng(index), 0.4), 0)
        for page in (signed, nameless)
    ]
    print_ = TemplatePrint.prepare([imaging.narrowed(blank, 850)[0]])
    found = fit(imaging.narrowed(scans[0], 850)[0], print_)
    places = [
        (rect.x, rect.y, rect.width, rect.height)
        for key, rect in rects(exam)
        if rect.page == 1 and key in ("name", "id", "hidden")
    ]

    with_name, without = (draw(imaging.to_look_at(scan), places, found.affine) for scan in scans)

    assert with_name.preview != without.preview
    assert with_name.covered == without.covered != ""
    assert with_name.thumbnail == without.thumbnail


def test_hands_differ():
    hands = [handwriting.hand_of(index, SEED) for index in range(len(STUDENTS))]

    assert len(set(hands)) == len(STUDENTS)
    assert all(a.font != b.font for a, b in pairwise(hands))


def test_each_fault_happens_once_and_the_truth_says_where(faulty):
    pages: dict[str, list[int | None]] = {}
    for sheet in faulty.truth:
        pages.setdefault(sheet.sid, []).append(sheet.page)
    whole = list(range(1, 28))
    by_fault = {fault: sid for sid, fault in scanner.FAULTS.items()}

    assert pages[AVERY.sid] == pages[by_fault["upside down"]] == whole
    assert pages[by_fault["missing"]] == [page for page in whole if page != 14]
    assert pages[by_fault["foreign"]] == [*whole[:16], None, *whole[16:]]
    turned = [(s.sid, s.page) for s in faulty.truth if s.turned]
    assert turned == [(by_fault["upside down"], 9)]


def test_a_batch_holds_one_untouched_jpeg_a_page(faulty):
    assert [path.name for path in faulty.paths] == ["morning-batch.pdf", "afternoon-batch.pdf"]
    for path in faulty.paths:
        count = sum(sheet.batch == path.name for sheet in faulty.truth)
        found = jpegs(path)
        assert len(found) == count
        for jpeg in found:
            height, width, *_ = simplejpeg.decode_jpeg_header(jpeg)
            assert (width, height) == (1700, 2200)
            assert 100_000 < len(jpeg) < 400_000
            assert jpeg[-2:] == b"\xff\xd9"


def test_bind_keeps_the_bytes_it_was_given(tmp_path):
    grey = np.full((220, 170, 1), 200, np.uint8)
    given = [simplejpeg.encode_jpeg(grey + step, 75, "GRAY", "Gray") for step in range(3)]
    scanner.bind(tmp_path / "a.pdf", given)

    assert jpegs(tmp_path / "a.pdf") == given


def test_scans_look_like_their_template_page(faulty):
    blank = [cv2.resize(page, (170, 220), interpolation=cv2.INTER_AREA)
             for page in scanner.rasters("midterm")]  # fmt: skip
    found = jpegs(faulty.paths[0])
    for number in (4, 12, 19):
        seen = simplejpeg.decode_jpeg(found[number - 1], "GRAY")[:, :, 0]
        seen = cv2.resize(seen, (170, 220), interpolation=cv2.INTER_AREA)
        likeness = [
            cv2.matchTemplate(seen, page[8:-8, 8:-8], cv2.TM_CCOEFF_NORMED).max()
            for page in blank[:21]
        ]
        assert int(np.argmax(likeness)) + 1 == number


def test_the_quiz_is_whole_and_quick(tmp_path, quiz):
    begun = time.process_time()
    again = small.make_small(tmp_path, STUDENTS[:3], SEED)
    spent = time.process_time() - begun

    assert [(s.sid, s.page) for s in again.truth] == [
        (s.sid, page) for s in STUDENTS[:3] for page in (1, 2, 3)
    ]
    assert quiz.exam_file["scoring"] == "positive"
    parts = list(leaves(quiz.exam_file))
    assert [sum(max(i["points"], 0) for i in p["rubric"]) >= p["points"] for p in parts] == [
        True
    ] * 4
    assert sum(part["points"] for part in parts) == quiz.exam_file["points"] == 12
    # Half a second of its own time on a quiet machine; drawn at the scanner's size it was many.
    assert spent < 6
    assert again.batch.read_bytes() == quiz.batch.read_bytes()
    assert Path(again.template).read_bytes() == quiz.template.read_bytes()


def test_other_processes_write_the_same_bytes(tmp_path, faulty):
    first = [s for s in STUDENTS if s == AVERY or s.sid in scanner.FAULTS][:1]
    alone = scanner.make_batches(tmp_path, first, SEED, processes=2)

    assert alone.truth == faulty.truth[:27]
    assert jpegs(alone.paths[0]) == jpegs(faulty.paths[0])[:27]
