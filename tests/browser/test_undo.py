"""Ctrl+Z in the grading workspace: everything a person did there, last first, and said in words."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from rubrics import grading
from rubrics.models import Comment, Item, Mark
from rubrics.rubric import change_item
from rubrics.scores import mismatches

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def saved(tab: Tab) -> None:
    expect(tab.locator("save-state")).to_have_attribute("data-state", "saved")


def told(tab: Tab, words: str) -> None:
    expect(tab.locator(".flash__text", has_text=words)).to_be_visible()


def adjust(tab: Tab, points: str) -> None:
    tab.keyboard.press("a")
    tab.keyboard.type(points)
    tab.keyboard.press("Enter")


def change_words(tab: Tab, number: int, words: str) -> None:
    tab.get_by_role("button", name=f"Edit item {number}").click()
    tab.get_by_label("What it says").fill(words)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("item-form")).to_have_count(0)


def test_all_of_ones_own_is_taken_back_in_order_and_done_again(scanned, grade):
    slip = scanned.items["1.1"][1]
    tab = grade()
    items = tab.locator("[data-items] .item__text")
    tab.keyboard.press("2")
    adjust(tab, "+0.25")
    tab.keyboard.press("c")
    tab.keyboard.type("See page 2")
    tab.keyboard.press("Escape")
    saved(tab)
    change_words(tab, 2, "Sign lost")
    expect(items).to_have_text(["Correct", "Sign lost", "Wrong"])
    tab.locator("[data-items] .item__toggle").nth(2).focus()
    tab.keyboard.press("Alt+ArrowUp")
    expect(items).to_have_text(["Correct", "Wrong", "Sign lost"])

    steps = ["item moved.", "item changed.", "the comment.", "the adjustment.", "“Slip”."]
    for words in steps:
        tab.keyboard.press("Control+z")
        told(tab, f"Undone: {words}")
    saved(tab)
    expect(items).to_have_text(["Correct", "Slip", "Wrong"])
    expect(tab.get_by_label("Comment for this student")).to_have_value("")
    expect(tab.locator("[data-score]")).to_have_text("2")
    assert not Mark.objects.exists()
    assert not Comment.objects.exists()
    tab.keyboard.press("Control+z")  # nothing is left

    for words in reversed(steps):
        tab.keyboard.press("Control+Shift+Z")
        told(tab, f"Done again: {words}")
    saved(tab)
    expect(items).to_have_text(["Correct", "Wrong", "Sign lost"])
    answer = scanned.answers[1, "1.1"]
    answer.refresh_from_db()
    assert (answer.score, answer.comment.text, answer.marks.get().item) == (175, "See page 2", slip)
    assert mismatches() == []


def test_a_removed_item_comes_back_with_its_marks(scanned, grade):
    for paper in (2, 3):
        grading.apply(scanned.items["1.1"][1], scanned.answers[paper, "1.1"], by=scanned.ines)
    tab = grade()
    items = tab.locator("[data-items] .item__text")
    tab.get_by_role("button", name="Edit item 2").click()
    tab.locator("item-form [data-remove]").click()
    tab.locator("item-form [data-remove]").click()
    expect(items).to_have_text(["Correct", "Wrong"])

    # In front of another paper of the question, too.
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Control+z")

    told(tab, "Undone: item removed.")
    expect(tab.locator(".flash__button", has_text="Undo")).to_have_count(0)
    expect(items).to_have_text(["Correct", "Slip", "Wrong"])
    assert Mark.objects.count() == 2


def test_what_a_colleague_built_on_since_is_not_undone(scanned, grade):
    slip, answer = scanned.items["1.1"][1], scanned.answers[1, "1.1"]
    tab = grade()
    comment = tab.get_by_label("Comment for this student")
    comment.fill("Mine")
    comment.blur()
    saved(tab)
    change_words(tab, 2, "Sign lost")
    version = Comment.objects.get().version
    grading.comment(answer, "Hers", version=version, by=scanned.ines)
    change_item(slip, text="Sign or factor lost", by=scanned.ines)
    expect(comment).to_have_value("Hers")

    tab.keyboard.press("Control+z")
    told(tab, "Somebody edited this since.")
    tab.keyboard.press("Control+z")
    told(tab, "Somebody changed the comment since. It stays as it is.")

    assert Comment.objects.get().text == "Hers"
    assert Item.objects.get(pk=slip.pk).text == "Sign or factor lost"


def test_without_connection_an_edit_waits_to_be_undone_and_words_are_undone_at_once(
    scanned, grade, context
):
    tab = grade()
    change_words(tab, 2, "Sign lost")
    told(tab, "Item changed.")
    context.set_offline(True)
    tab.keyboard.press("Control+z")
    told(tab, "No connection.")
    adjust(tab, "-1")
    tab.keyboard.press("Control+z")
    told(tab, "Undone: the adjustment.")
    expect(tab.locator("[data-score]")).to_have_text("2")

    context.set_offline(False)
    saved(tab)
    tab.keyboard.press("Control+z")

    told(tab, "Undone: item changed.")
    assert Item.objects.get(pk=scanned.items["1.1"][1].pk).text == "Slip"
