"""All answers at a glance under a grader's hands, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from rubrics import grading
from rubrics.models import Mark

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def boxes(tab):
    return tab.locator("[name=answer]")


def url(world):
    return f"/questions/{world.questions['1.1'].pk}/answers/"


def having(item):
    return sorted(item.marks.values_list("answer__submission__number", flat=True))


def test_answers_are_chosen_and_marked_by_keys_alone(world, visit, assert_accessible):
    slip = world.items["1.1"][1]
    tab = visit("gus", url(world))
    assert_accessible(tab)
    expect(tab.locator("[data-chosen]")).to_have_text("Nothing chosen")
    boxes(tab).first.focus()

    tab.keyboard.press("Space")
    tab.keyboard.press("Shift+ArrowRight")
    expect(tab.locator("[data-chosen]")).to_have_text("2 answers chosen")
    tab.keyboard.press("2")

    expect(tab.get_by_text("Applied to 2 answers.")).to_be_visible()
    assert having(slip) == [1, 2]
    # They are still chosen, and as all of them have it now, the number lifts it.
    expect(tab.locator("[data-chosen]")).to_have_text("2 answers chosen")
    tab.keyboard.press("2")
    expect(tab.get_by_text("Lifted from 2 answers.")).to_be_visible()
    assert having(slip) == []


def test_a_click_with_shift_chooses_all_between(world, visit):
    tab = visit("gus", url(world))

    boxes(tab).nth(0).click()
    boxes(tab).nth(2).click(modifiers=["Shift"])

    expect(tab.locator("[data-chosen]")).to_have_text("3 answers chosen")
    tab.get_by_role("button", name="None").click()
    expect(tab.locator("[data-chosen]")).to_have_text("Nothing chosen")
    expect(tab.get_by_role("button", name="Apply Slip")).to_be_disabled()


def test_what_was_done_to_many_is_taken_back_by_one_button(world, visit):
    tab = visit("gus", url(world))
    tab.get_by_role("button", name="All here").click()
    tab.get_by_role("button", name="Apply Slip").click()
    expect(tab.get_by_text("Applied to 3 answers.")).to_be_visible()

    tab.get_by_role("button", name="Undo 3 × Applied “Slip”").click()

    expect(tab.get_by_text("Undone. 3 answers are as before.")).to_be_visible()
    assert not Mark.objects.exists()


def test_the_workspace_walks_what_was_filtered_and_keeps_it(world, visit, assert_accessible):
    for paper in (1, 3):
        grading.flag(world.answers[paper, "1.1"], by=world.gus)
    tab = visit("gus", url(world))
    tab.get_by_text("Filter", exact=True).click()
    tab.locator("[name=flag]").select_option("flagged")
    tab.get_by_role("button", name="Show").click()
    expect(boxes(tab)).to_have_count(2)

    tab.get_by_role("link", name="Open kestrel-41").click()
    expect(tab.locator("grading-page[data-ready]")).to_be_attached()
    expect(tab.get_by_text("Only flagged · 2 papers")).to_be_visible()
    assert_accessible(tab)
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("[data-code]").first).to_have_text("maple-12")
    assert tab.url.endswith(f"/answers/{world.answers[3, '1.1'].pk}/?flag=yes")
    expect(tab.get_by_role("button", name="Next →")).to_be_disabled()

    tab.reload()
    expect(tab.get_by_role("button", name="Next →")).to_be_disabled()
    tab.get_by_role("link", name="Walk all papers").click()
    expect(tab.locator("grading-page[data-ready]")).to_be_attached()
    tab.keyboard.press("ArrowLeft")
    expect(tab.locator("[data-code]").first).to_have_text("otter-7")


@pytest.mark.parametrize("width", [390, 768])
def test_narrow_windows_show_everything_without_scrolling_sideways(world, visit, width):
    tab = visit("gus", url(world))
    tab.set_viewport_size({"width": width, "height": 844})

    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    boxes(tab).first.click()
    expect(tab.get_by_role("button", name="Apply Slip")).to_be_in_viewport()


@pytest.mark.parametrize("key", ["ArrowRight", "ArrowDown"])
def test_arrows_work_on_arrival(world, visit, key):
    tab = visit("gus", url(world))

    tab.keyboard.press(key)

    expect(boxes(tab).first).to_be_focused()


def test_ctrl_a_chooses_all_on_arrival_but_not_from_a_field(world, visit):
    tab = visit("gus", url(world))
    tab.locator("details:has([name=text])").evaluate("(one) => { one.open = true; }")
    field = tab.get_by_label("Words in comment or note")
    field.focus()
    tab.keyboard.press("Control+a")
    expect(tab.locator("[data-chosen]")).to_have_text("Nothing chosen")
    field.blur()

    tab.keyboard.press("Control+a")

    expect(tab.locator("[data-chosen]")).to_have_text("3 answers chosen")
