"""How the grading goes, in a real browser, on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from rubrics import assignments, grading

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 390])
def test_ones_own_part_stands_first_and_leads_to_its_next_answer(
    world, visit, assert_accessible, width
):
    assignments.assign(world.exam, set(), {(world.questions["2"].pk, world.gus.pk)}, by=world.ines)
    grading.flag(world.answers[1, "1.1"], by=world.ines)
    tab = visit("gus", f"/exams/{world.exam.pk}/grading/")
    tab.set_viewport_size({"width": width, "height": 844})

    assert_accessible(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.get_by_role("region", name="Yours").get_by_role("link", name="2 · Prove").click()

    expect(tab.locator("grading-page[data-ready]")).to_be_attached()
    expect(tab.locator("question-list h2").first).to_have_text("Yours")


def test_who_grades_what_is_ticked_by_keys_and_kept(world, visit, assert_accessible):
    tab = visit("ines", f"/exams/{world.exam.pk}/assignment/")
    assert_accessible(tab)

    tab.get_by_role("checkbox", name="Gus Grader grades 1.1 a").press("Space")
    tab.get_by_role("button", name="Save").press("Enter")

    expect(tab.get_by_text("Saved. 1 assignment changed.")).to_be_visible()
    row = tab.get_by_role("row", name="1.1 a · Add")
    expect(row.get_by_role("img", name="Gus Grader")).to_be_visible()
