"""Files taken away and brought in, as a person does it: drop, look, download."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from jobs.runner import work_through
from rubrics.grading import apply
from rubrics.models import Mark
from submissions.models import Match
from tests.rubrics.test_evaluations import ONE, zip_of
from tests.scoring.test_canvas import FILE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def matched(world):
    """Sam's paper graded whole, Nia's not at all."""
    for paper, name in zip(world.papers, ("sam", "nia"), strict=False):
        Match.objects.create(exam=world.exam, submission=paper, membership=world.members[name])
    for number in ("1.1", "1.2", "2"):
        apply(world.items[number][0], world.answers[1, number], by=world.gus)
    return world


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["exports/", "exports/canvas/", "evaluations/"])
def test_everybody_can_use_it_on_a_phone_too(matched, visit, assert_accessible, path, scheme):
    visit("ines", "/").emulate_media(color_scheme=scheme)
    page = visit("ines", f"/exams/{matched.exam.pk}/{path}")
    assert_accessible(page)

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_canvas_s_file_is_dropped_looked_at_and_taken_away(
    matched, visit, assert_accessible, tmp_path
):
    (tmp_path / "gradebook.csv").write_text(FILE)
    page = visit("ines", f"/exams/{matched.exam.pk}/exports/")
    page.get_by_role("link", name="Fill in Canvas’s own…").click()
    expect(page.locator("file-drop[ready]")).to_be_attached()

    page.set_input_files("input[type=file]", tmp_path / "gradebook.csv")

    expect(page.get_by_text("1 of 3 rows filled in")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Zwölf, Zoë")).to_be_visible()
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    rows = list(csv.reader(Path(download.value.path()).read_text().splitlines()))
    assert rows[2][-1] == "9.0"


def test_evaluations_are_dropped_looked_at_and_taken_over(
    matched, visit, assert_accessible, tmp_path
):
    (tmp_path / "evaluations.zip").write_bytes(zip_of({"1.1_Add": ONE}).read())
    page = visit("ines", f"/exams/{matched.exam.pk}/exports/")
    page.get_by_role("link", name="Bring evaluations in").click()
    expect(page.locator("file-drop[ready]")).to_be_attached()

    page.set_input_files("input[type=file]", tmp_path / "evaluations.zip")

    expect(page.get_by_role("listitem").filter(has_text="Zoë Zwölf")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Replace what 1 answer here is graded with").check()
    page.get_by_role("button", name="Take over").click()
    expect(page.get_by_text("Waiting to start.")).to_be_visible()
    assert_accessible(page)
    with page.expect_response("**/evaluations/jobs/**"):
        pass
    with page.expect_response("**/evaluations/jobs/**"):
        expect(page.get_by_text("Waiting to start.")).to_be_visible()
    work_through("test", until_idle=True, most=9, stop=lambda: False)
    expect(page.get_by_text("2 answers to 1 part taken over.")).to_be_visible()
    marks = Mark.objects.filter(answer__question=matched.questions["1.1"])
    assert sorted(mark.item.text for mark in marks.select_related("item")) == ["No reason", "Slip"]


def test_a_file_that_cannot_be_used_says_why_where_it_was_dropped(matched, visit, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n")
    page = visit("ines", f"/exams/{matched.exam.pk}/exports/canvas/")

    page.set_input_files("input[type=file]", tmp_path / "x.csv")

    expect(page.get_by_text("This is not Canvas’s gradebook")).to_be_visible()
