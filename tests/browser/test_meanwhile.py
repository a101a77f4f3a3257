"""What other hands do to an answer meanwhile: a colleague's, or one's own in another window."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from rubrics.models import Claim
from rubrics.scores import mismatches

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def saved(tab):
    expect(tab.locator("save-state")).to_have_attribute("data-state", "saved")


@pytest.mark.parametrize("goes_on", [False, True])
def test_both_gradings_count_and_both_are_told(scanned, grade, context, colleague, goes_on):
    answer = scanned.answers[1, "1.1"]
    mine = grade()
    # Both papers are at hand.
    for key, paper in (("ArrowRight", "otter-7"), ("ArrowLeft", "kestrel-41")):
        # A claim still on its way would hold the answer beyond what is set below.
        with mine.expect_response("**/claim/"):
            mine.keyboard.press(key)
        expect(mine.locator("[data-code]").first).to_have_text(paper)
    context.set_offline(True)
    mine.keyboard.press("2")
    mine.keyboard.press("c")
    mine.keyboard.type("Mind the sign")
    mine.keyboard.press("Escape")
    expect(mine.locator("save-state")).to_contain_text("2 not saved yet")
    if goes_on:
        mine.keyboard.press("ArrowRight")
        expect(mine.locator("[data-code]").first).to_have_text("otter-7")

    # A minute and a half later the answer is anybody's.
    Claim.objects.filter(answer=answer).update(until=timezone.now() - timedelta(seconds=1))
    colleague.goto(f"/questions/{answer.question_id}/grade/")
    expect(colleague).to_have_url(re.compile(f"/answers/{answer.pk}/$"))
    colleague.keyboard.press("3")
    saved(colleague)
    assert Claim.objects.get(answer=answer).by == scanned.ines

    context.set_offline(False)
    # What she is told fades; what he is told holds something to do, and stays.
    expect(
        colleague.get_by_text("A colleague graded this answer too. It stands at 0 of 2 points.")
    ).to_be_visible()
    saved(mine)
    told = mine.get_by_role("status").locator(".flash", has_text="graded kestrel-41 while your")
    expect(told).to_contain_text("Ines Instructor graded")
    expect(told).to_contain_text("Both count: it stands at 0 of 2 points.")
    expect(colleague.get_by_label("Comment for this student")).to_have_value("Mind the sign")

    told.get_by_role("button", name="Look").click()
    history = mine.get_by_role("dialog")
    expect(history.get_by_text("Ines Instructor")).to_be_visible()
    expect(mine).to_have_url(re.compile(f"/answers/{answer.pk}/$"))
    answer.refresh_from_db()
    assert set(answer.marks.values_list("item", "by")) == {
        (scanned.items["1.1"][1].pk, scanned.gus.pk),
        (scanned.items["1.1"][2].pk, scanned.ines.pk),
    }
    assert (answer.score, answer.comment.text, mismatches()) == (0, "Mind the sign", [])


def test_nobody_is_told_of_what_stood_there_before(scanned, grade, context, colleague):
    """Ines graded it, Gus saw that, and only then was without a connection."""
    colleague.goto(f"/answers/{scanned.answers[1, '1.1'].pk}/")
    colleague.keyboard.press("3")
    saved(colleague)
    mine = grade()
    context.set_offline(True)
    mine.keyboard.press("2")
    expect(mine.locator("save-state")).to_contain_text("1 not saved yet")

    with mine.expect_response("**/history/"):
        context.set_offline(False)
    saved(mine)
    expect(mine.locator(".flash")).to_have_count(0)


def test_ones_own_other_window_is_no_colleague(scanned, grade, context):
    mine = grade()
    other = context.new_page()
    other.goto(f"/answers/{scanned.answers[1, '1.1'].pk}/")
    expect(other.locator("grading-page[data-ready]")).to_be_attached()

    other.keyboard.press("3")

    expect(mine.locator("[data-score]")).to_have_text("0")
    told = mine.get_by_role("status").locator(".flash")
    expect(told).to_contain_text("Changed in another window of yours. It stands at 0 of 2 points.")
    expect(mine.get_by_text("A colleague graded")).to_have_count(0)
