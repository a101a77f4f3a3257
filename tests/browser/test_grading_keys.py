"""Groups on keys, the search, and keys of one's own, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from rubrics import grading
from rubrics.item_groups import add_group
from rubrics.models import Comment, Item, Key, Mark
from tests.browser.test_grading import item, saved, score

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DOCS = Path(__file__).resolve().parents[2] / "docs" / "grading.md"


@pytest.fixture
def grouped(scanned: Any) -> Any:
    """1.1 with three single items and two groups: Why, to pick one from, and Style."""
    question = scanned.questions["1.1"]
    for name, exclusive, texts in (
        ("Why", True, ("No reason", "Half a reason")),
        ("Style", False, ("Untidy", "No units")),
    ):
        group = add_group(question, text=name, exclusive=exclusive, by=scanned.ines)
        for text in texts:
            Item.objects.create(question=question, text=text, points=-25, group=group, position=9)
    return scanned


def test_a_number_opens_a_group_letters_choose_and_escape_leaves(grouped, grade):
    tab = grade()
    why = tab.locator("section[data-group]", has_text="Why")

    tab.keyboard.press("4")
    expect(why).to_have_attribute("data-open", "")
    tab.keyboard.press("q")
    tab.keyboard.press("w")
    expect(item(tab, "No reason")).to_have_attribute("aria-pressed", "false")
    expect(item(tab, "Half a reason")).to_have_attribute("aria-pressed", "true")
    tab.keyboard.press("5")
    tab.keyboard.press("q")
    tab.keyboard.press("w")
    expect(score(tab)).to_have_text("1.25")
    tab.keyboard.press("t")
    expect(tab.locator("paper-view")).to_have_attribute("data-tool", "pan")
    tab.keyboard.press("Escape")
    tab.keyboard.press("t")
    expect(tab.locator("paper-view")).to_have_attribute("data-tool", "text")

    saved(tab)
    assert set(Mark.objects.values_list("item__text", flat=True)) == {
        *("Half a reason", "Untidy", "No units")
    }


def test_a_group_folds_and_says_what_is_chosen_in_it(grouped, grade):
    tab = grade()
    item(tab, "Untidy").click()

    head = tab.get_by_role("button", name="5 Style")
    head.click()
    expect(item(tab, "Untidy")).to_be_hidden()
    expect(head).to_contain_text("1 chosen")
    expect(head).to_have_attribute("aria-expanded", "false")
    tab.keyboard.press("5")

    expect(item(tab, "Untidy")).to_be_visible()


def test_the_search_finds_items_and_comments_used_before(grouped, grade, assert_accessible):
    for paper, text in ((2, "Show your work."), (3, "Show your work.")):
        grading.comment(grouped.answers[paper, "1.1"], text, version=0, by=grouped.ines)
    tab = grade()

    tab.keyboard.press("/")
    box = tab.get_by_role("combobox", name="Find an item, or a comment used before")
    expect(box).to_be_focused()
    expect(tab.get_by_role("option")).to_have_count(8)
    assert_accessible(tab)
    box.fill("reason half")
    expect(tab.get_by_role("option")).to_have_text([re.compile(r"4\s*W\s*−0.25\s*Half a reason")])
    tab.keyboard.press("Enter")
    expect(item(tab, "Half a reason")).to_have_attribute("aria-pressed", "true")
    expect(box).to_be_hidden()

    tab.keyboard.press("/")
    expect(tab.get_by_role("option", name="Show your work.")).to_be_visible()
    tab.keyboard.press("ArrowUp")
    chosen = tab.get_by_role("option", selected=True)
    expect(chosen).to_contain_text("Show your work.")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    tab.keyboard.press("Enter")

    saved(tab)
    mine = Comment.objects.get(answer=grouped.answers[1, "1.1"])
    assert (mine.text, mine.by) == ("Show your work.", grouped.gus)


def test_an_item_beyond_the_tenth_key_is_reached_by_the_search(scanned, grade):
    Item.objects.bulk_create(
        Item(question=scanned.questions["1.1"], text=f"Case {n}", points=-25, position=n)
        for n in range(4, 30)
    )
    tab = grade()

    tab.keyboard.press("/")
    tab.keyboard.type("case 27")
    tab.keyboard.press("Enter")

    expect(item(tab, "Case 27")).to_have_attribute("aria-pressed", "true")
    saved(tab)
    assert Mark.objects.get().item.text == "Case 27"


def rebind(tab: Tab, words: str, key: str) -> None:
    tab.get_by_role("button", name=f"change the key for {words}", exact=False).first.click()
    tab.keyboard.press(key)


def test_a_key_is_rebound_for_the_person_and_shown_wherever_it_stands(grouped, grade):
    tab = grade()
    tab.keyboard.press("?")
    rebind(tab, "next ungraded paper", "j")
    expect(tab.locator("[data-said]")).to_have_text("next ungraded paper: J.")
    tab.keyboard.press("Escape")

    expect(tab.locator("[data-do=next] kbd")).to_have_text("J")
    expect(tab.locator("[data-do=next]")).to_have_attribute("aria-keyshortcuts", "j")
    tab.keyboard.press("z")
    expect(tab.locator("[data-code]").first).to_have_text("kestrel-41")
    tab.keyboard.press("j")
    expect(tab.locator("[data-code]").first).to_have_text("otter-7")
    tab.reload()
    expect(tab.locator("[data-do=next] kbd")).to_have_text("J")

    assert list(Key.objects.values_list("person", "act", "key")) == [(grouped.gus.pk, "next", "j")]


def test_a_key_that_does_something_else_is_refused_in_words_and_all_can_go_back(
    grouped, grade, assert_accessible
):
    tab = grade()
    tab.keyboard.press("?")
    rebind(tab, "next ungraded paper", "p")
    expect(tab.locator("[data-said]")).to_have_text("P is “pen”. Give that another key first.")
    assert not Key.objects.exists()

    tab.get_by_role("button", name="Switch off: pen").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("[data-said]")).to_have_text("pen: switched off.")
    rebind(tab, "next ungraded paper", "p")
    expect(tab.locator("[data-said]")).to_have_text("next ungraded paper: P.")
    assert_accessible(tab)
    tab.get_by_role("button", name="All keys as they were").click()
    expect(tab.locator("[data-said]")).to_have_text("All keys are the defaults again.")
    tab.keyboard.press("Escape")

    expect(tab.locator("[data-do=next] kbd")).to_have_text("Z")
    assert not Key.objects.exists()


def test_the_documented_keys_are_the_ones_the_page_has(scanned, grade):
    tab = grade()
    acts = tab.evaluate(
        """async () => {
          const { ACTS } = await import("/static/js/grading/acts.js");
          const { keyWords } = await import("/static/js/grading/keymap.js");
          return ACTS.map((one) => [one.act, keyWords(one.key)]);
        }"""
    )
    rows = re.findall(r"^\| (`.+?`) \| (.+?) \| (.+) \|$", DOCS.read_text(), re.MULTILINE)
    told = dict(pair for keys, _, names in rows for pair in _told(keys, names))

    assert told == dict(acts)


def _told(keys: str, names: str) -> list[tuple[str, str]]:
    """The acts a row of the table names, each with its key; `1` … `0` are ten in a row."""
    shown = re.findall(r"`([^`]+)`", keys)
    acts = re.findall(r"`([^`]+)`", names)
    if "…" in keys:
        row = "1234567890" if shown[0] == "1" else "QWERTYUIOP"
        return [(f"{acts[0]}-{index}", key) for index, key in enumerate(row, 1)]
    return list(
        zip(acts, [key.replace("+", " ") if len(key) > 1 else key for key in shown], strict=True)
    )


def test_backspace_switches_a_number_off_and_its_old_key_brings_the_default_back(grouped, grade):
    tab = grade()
    tab.keyboard.press("?")
    rebind(tab, "item 2, or open that group", "Backspace")
    expect(tab.locator("[data-said]")).to_have_text("item 2, or open that group: switched off.")
    tab.keyboard.press("Escape")
    tab.keyboard.press("2")
    expect(item(tab, "Slip")).to_have_attribute("aria-pressed", "false")

    tab.keyboard.press("?")
    rebind(tab, "item 2, or open that group", "2")
    expect(tab.locator("[data-said]")).to_have_text("item 2, or open that group: 2.")
    assert not Key.objects.exists()
