"""An instructor changes what holds for the exam while a grader has one of its papers open."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gradebook.models import Exam, Region, RubricEditors, Scoring
from rubrics.rubric import add_item
from rubrics.settings import change_settings
from submissions.covers import hidden_rects, mark_of, rects_on
from submissions.models import Page
from submissions.pictures import stem_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def settle(scanned):
    """Change settings of the exam as Ines."""
    return lambda **values: change_settings(
        Exam.objects.get(pk=scanned.exam.pk), values, by=scanned.ines
    )


def test_points_and_their_limits_arrive_within_seconds(scanned, grade, settle):
    for points in (-150, 450):
        add_item(scanned.questions["1.1"], text="", points=points, by=scanned.ines)
    tab = grade()
    score = tab.locator("[data-score]")
    for key in ("3", "4"):  # 2 − 2 − 1.5
        tab.keyboard.press(key)
    expect(score).to_have_text("0")

    settle(floor=False)
    expect(score).to_have_text("−1.5")
    tab.keyboard.press("5")
    expect(score).to_have_text("2")
    settle(ceiling=False)
    expect(score).to_have_text("3")
    settle(scoring=Scoring.POSITIVE)
    expect(score).to_have_text("1")

    # The next paper was fetched ahead, under the old rules.
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("[data-code]").first).to_have_text("otter-7")
    expect(score).to_have_text("0")
    tab.keyboard.press("3")
    expect(score).to_have_text("−2")


def test_names_are_hidden_at_once_and_the_picture_is_covered(scanned, grade, settle):
    scanned.exam.matches.create(submission=scanned.papers[0], membership=scanned.members["sam"])
    Region.objects.create(
        exam=scanned.exam, kind="name", page=1, x=0.1, y=0.05, width=0.5, height=0.05
    )
    covered = scanned.papers[1].pages.get(template_page=1).preview.name
    shown = scanned.papers[0].pages.get(template_page=1)
    mark = mark_of(rects_on({1}, hidden_rects(scanned.exam.pk)))
    Page.objects.filter(pk=shown.pk).update(covered=covered, covers=mark)
    settle(anonymous=False)
    tab = grade()
    expect(tab.locator(".desk__bar")).to_contain_text("Sam Student")
    picture = f".sheet img[src*='/pages/{shown.pk}/preview/{{}}.jpg']"
    expect(tab.locator(picture.format(stem_of(shown.preview.name)))).to_be_visible()

    settle(anonymous=True)

    expect(tab.locator(".desk__bar")).to_contain_text("names hidden")
    expect(tab.locator(picture.format(stem_of(covered)))).to_be_visible()
    expect(tab.locator(".sheet img")).to_have_count(1)
    assert "Sam Student" not in tab.locator("grading-page").inner_html()


def test_who_edits_rubrics_arrives_too(scanned, grade, settle):
    tab = grade()
    add = tab.get_by_role("button", name="Add item")
    expect(add).to_be_visible()

    settle(rubric_editors=RubricEditors.INSTRUCTORS)

    expect(add).to_be_hidden()
    expect(tab.get_by_text("Instructors edit this rubric")).to_be_visible()
