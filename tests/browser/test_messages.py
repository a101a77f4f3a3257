"""Messages in the grading workspace: in nobody's way, gone once read, closed by a key."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORKED_WITH = (
    ".tools, .stage, .pages, .judging, .desk__bar, question-list, .topbar summary, .topbar__brand"
)
COVERED = """([message, places]) => {
  const { left, right, top, bottom } = document.querySelector(message).getBoundingClientRect();
  return [...document.querySelectorAll(places)].filter((place) => {
    const box = place.getBoundingClientRect();
    const beside = left >= box.right || right <= box.left || top >= box.bottom || bottom <= box.top;
    return box.width && !beside;
  }).map((place) => place.className || place.localName);
}"""
LONG = "Every word of this sentence belongs to an item of the rubric, and some more words do"


def change_words(tab: Tab, words: str) -> None:
    tab.get_by_role("button", name="Edit item 2").click()
    tab.get_by_label("What it says").fill(words)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("item-form")).to_have_count(0)


def message(tab: Tab, words: str) -> Any:
    return tab.get_by_role("status").locator(".flash", has_text=words)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (820, 1180)])
def test_a_message_covers_nothing_one_works_with(scanned, grade, width, height):
    scanned.items["1.1"][1].text = LONG
    scanned.items["1.1"][1].save()
    tab = grade()
    tab.set_viewport_size({"width": width, "height": height})
    tab.keyboard.press("2")
    tab.keyboard.press("Control+z")

    expect(message(tab, "Undone: “Every word")).to_be_visible()
    assert tab.evaluate(COVERED, [".flash", WORKED_WITH]) == []


def test_what_is_only_told_goes_once_it_was_read_and_what_can_be_done_stays(
    scanned, grade, browser_page
):
    browser_page.clock.install()
    tab = grade()
    change_words(tab, "Sign lost")
    expect(message(tab, "Item changed.")).to_be_visible()
    tab.clock.run_for(60_000)
    expect(message(tab, "Item changed.")).to_be_visible()

    # The newest is seen, the others wait for it.
    tab.keyboard.press("2")
    tab.keyboard.press("Control+z")
    expect(message(tab, "Undone")).to_be_visible()
    expect(message(tab, "Item changed.")).to_be_hidden()
    tab.clock.run_for(7_000)

    expect(message(tab, "Undone")).to_have_count(0)
    expect(message(tab, "Item changed.").get_by_role("button", name="Undo")).to_be_visible()
    # On another paper it is out of date, though Ctrl+Z still takes it back.
    tab.keyboard.press("ArrowRight")
    expect(message(tab, "Item changed.")).to_have_count(0)


def test_an_error_waits_until_somebody_was_there(scanned, grade, browser_page):
    browser_page.clock.install()
    tab = grade()
    tab.context.route("**/api/v1/**", lambda route: route.abort())
    tab.clock.run_for(1_000)
    tab.keyboard.press(".")
    error = tab.locator(".flash--error")
    expect(error).to_be_visible()
    tab.clock.run_for(60_000)
    expect(error).to_be_visible()

    tab.keyboard.press("Shift")
    tab.clock.run_for(30_000)
    expect(error).to_have_count(0)


def test_escape_puts_the_tool_down_and_then_closes_the_message(scanned, grade):
    tab = grade()
    change_words(tab, "Sign lost")
    tab.keyboard.press("p")

    tab.keyboard.press("Escape")
    expect(tab.get_by_role("button", name="Pan")).to_have_attribute("aria-pressed", "true")
    expect(message(tab, "Item changed.")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(message(tab, "Item changed.")).to_have_count(0)
