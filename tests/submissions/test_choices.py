from __future__ import annotations

import cv2
import numpy as np
import pytest
import simplejpeg

from config.demo.scanner import bind
from gradebook.models import Exam
from gradebook.outline import parse
from jobs.models import Job
from rubrics.outline import dump, identified, save_outline
from submissions import choices, corrections, crops
from submissions.blank_exam import Drawn
from submissions.bubbles import SURE
from submissions.models import Choice, Page
from submissions.prints import print_of
from tests.submissions import ticked
from tests.submissions.conftest import make_template

BLANK = ticked.blank_page()
MARKS = {1: {"box": [1]}, 2: {"box": [0], "column": [2, 4]}, 3: {}}


def jpeg(page):
    return bytes(simplejpeg.encode_jpeg(page[:, :, None], 85, "GRAY", "Gray"))


@pytest.fixture(scope="module")
def papers():
    """Three sheets: ticked as MARKS says."""
    chance = np.random.default_rng(11)
    sheets = []
    for rows in MARKS.values():
        page = BLANK.copy()
        for kind, which in rows.items():
            for k in which:
                ticked.mark(page, ticked.rows()[kind][k], "cross", ticked.BALLPOINT, chance)
        sheets.append(ticked.scan(page, chance))
    return sheets


def part(kind, y, height):
    """A part of multiple choice whose options are a row of the sheet."""
    return {
        "title": kind,
        "points": 1,
        "regions": [{"page": 1, "x": 0.05, "y": y, "width": 0.9, "height": height}],
        "options": [
            {"label": label, "page": 1, "x": x, "y": y, "width": w, "height": h}
            for label, (x, y, w, h) in zip(ticked.LABELS, ticked.options(kind), strict=True)
        ],
    }


@pytest.fixture
def sheet(world):
    """An exam of one page with two questions of multiple choice."""
    exam = Exam.objects.create(course=world.course, name="Choices")
    make_template(exam, [Drawn(jpeg(BLANK), 612.0, 792.0)])
    data = {"questions": [part("box", 0.42, 0.08), part("column", 0.68, 0.17)]}
    save_outline(exam, parse(data), by=world.ines)
    return exam


@pytest.fixture
def taken(sheet, papers, take, work, tmp_path):
    bind(tmp_path / "sheets.pdf", [jpeg(paper) for paper in papers])
    take(sheet, tmp_path / "sheets.pdf")
    work()
    return sheet


def read_of(exam, title):
    """What was read by paper: labels, and whether it is sure."""
    options, found = choices.of_question(exam.questions.get(title=title))
    labels = {option.pk: option.label for option in options}
    numbers = dict(exam.submissions.values_list("pk", "number"))
    return {
        numbers[paper]: ("".join(labels[pk] for pk in choice.marked), choice.certainty >= SURE)
        for paper, choice in found.items()
    }


def test_choices_are_read_as_pages_come_in(taken):
    assert read_of(taken, "box") == {1: ("B", True), 2: ("A", True), 3: ("", True)}
    assert read_of(taken, "column") == {1: ("", True), 2: ("CE", True), 3: ("", True)}


def test_nothing_is_graded_by_it(taken):
    for question in taken.questions.all():
        assert not question.answers.filter(graded=True).exists()


def test_a_page_that_does_not_lie_well_is_not_read(taken):
    page = Page.objects.get(upload__exam=taken, submission__number=1)
    page.error_px = 1.9
    page.save()
    regions = crops.regions_by_page(taken)

    crops.renew(page, regions, {}, print_of(taken.template))

    assert not page.choices.exists()
    assert crops.ask_for(taken) == 0


def test_moved_options_are_read_anew_without_a_scan(taken, world, work):
    plan = dump(taken)
    plan["questions"][0]["options"].reverse()
    save_outline(taken, identified(parse(plan), taken), by=world.ines)
    assert read_of(taken, "box") == {}

    crops.ask_for(taken)
    work()

    assert read_of(taken, "box") == {1: ("B", True), 2: ("A", True), 3: ("", True)}
    assert crops.ask_for(taken) == 0


def test_options_drawn_while_others_are_read_are_asked_for_too(taken, world):
    plan = dump(taken)
    keys = set()
    for title in ("box", "column"):
        index = 0 if title == "box" else 1
        plan["questions"][index]["options"].pop()
        save_outline(taken, identified(parse(plan), taken), by=world.ines)
        crops.ask_for(taken)
        keys |= set(Job.objects.filter(kind="crops.cut").values_list("key", flat=True))

    assert len(keys) == 2


def test_options_that_are_gone_leave_no_reading(taken, world):
    plan = dump(taken)
    plan["questions"][0]["options"] = []
    save_outline(taken, identified(parse(plan), taken), by=world.ines)

    assert read_of(taken, "box") == {}
    assert read_of(taken, "column")[2] == ("CE", True)


def test_a_page_moved_to_another_paper_takes_its_reading_along(taken, world):
    first = Page.objects.get(upload__exam=taken, submission__number=1)
    corrections.discard(first, by=world.ines)
    assert 1 not in read_of(taken, "box")

    corrections.restore(first, by=world.ines)

    assert read_of(taken, "box")[1] == ("B", True)


def test_a_page_turned_by_hand_is_read_as_it_lies_then(taken, world):
    page = Page.objects.get(upload__exam=taken, submission__number=2)
    corrections.turn(page, by=world.ines)
    assert not Choice.objects.filter(page=page).exists()

    corrections.turn(Page.objects.get(pk=page.pk), by=world.ines)

    assert read_of(taken, "box")[2] == ("A", True)


def test_nothing_is_sure_in_black_and_white(sheet, papers, take, work, tmp_path):
    page = np.where(cv2.GaussianBlur(papers[1], (3, 3), 0) < 170, 0, 255).astype(np.uint8)
    ok, png = cv2.imencode(".png", page, [cv2.IMWRITE_PNG_BILEVEL, 1])
    assert ok
    (tmp_path / "fax.png").write_bytes(png.tobytes())
    take(sheet, tmp_path / "fax.png")
    work()

    assert Page.objects.get().bilevel
    assert {sure for _, sure in read_of(sheet, "box").values()} == {False}
