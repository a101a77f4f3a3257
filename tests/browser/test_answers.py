"""All answers at a glance under a grader's hands, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from gradebook.models import Option
from rubrics import grading
from rubrics.models import Mark
from tests.rubrics.grouped import make_groups

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
    last = world.answers[3, "1.1"].pk
    expect(tab).to_have_url(re.compile(rf"/answers/{last}/\?flag=yes$"))
    expect(tab.get_by_role("button", name="Next →")).to_be_disabled()

    tab.reload()
    expect(tab.get_by_role("button", name="Next →")).to_be_disabled()
    tab.get_by_role("link", name="Walk all papers").click()
    expect(tab).to_have_url(re.compile(r"/answers/\d+/$"))
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
    field.fill("units")
    tab.keyboard.press("Control+a")
    assert field.evaluate("(one) => one.selectionEnd - one.selectionStart") == len("units")
    expect(tab.locator("[data-chosen]")).to_have_text("Nothing chosen")
    field.blur()

    tab.keyboard.press("Control+a")

    expect(tab.locator("[data-chosen]")).to_have_text("3 answers chosen")


@pytest.mark.parametrize(("role", "name"), [("link", "Open otter-7"), ("button", "All here")])
def test_ctrl_a_chooses_all_wherever_the_focus_is(world, visit, role, name):
    tab = visit("gus", url(world))
    place = tab.get_by_role(role, name=name)
    place.focus()

    tab.keyboard.press("Control+a")

    expect(tab.locator("[data-chosen]")).to_have_text("3 answers chosen")
    expect(place).to_be_focused()


def test_a_column_of_options_fills_its_card(world, visit):
    make_groups(world)
    options = list(world.options.values())
    for place, option in enumerate(options):
        Option.objects.filter(pk=option.pk).update(x=0.2, y=0.25 + 0.06 * place)
    grading.apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)
    tab = visit("gus", url(world))

    card = tab.locator(".answers__card").first
    picture = card.locator("picture-part").bounding_box()
    words = card.get_by_text("Slip").bounding_box()
    assert picture["height"] > picture["width"]
    # What applies stands beside the picture, and nothing below it.
    assert words["x"] >= picture["x"] + picture["width"]
    assert words["y"] < picture["y"] + picture["height"]
    whole = card.bounding_box()
    assert whole["height"] < picture["height"] + 60
    # The picture chooses the answer as its name does.
    card.locator("picture-part").click()
    expect(boxes(tab).first).to_be_checked()
