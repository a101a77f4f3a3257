"""The rubric edited where it stands, colleagues' edits arriving, and pins, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from gradebook.models import Exam
from rubrics import grading
from rubrics.item_groups import add_group
from rubrics.models import Annotation, Group, Item, Mark
from rubrics.rubric import add_item, change_item, remove_item
from rubrics.scores import mismatches
from tests.browser.test_grading import item, saved, score
from tests.jobs.test_processes import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# The page asks every three seconds who else is there. Here that time never comes.
NO_BEATS = """
const later = window.setTimeout;
window.setTimeout = (act, ms, ...rest) => later(act, ms < 3000 ? ms : 2 ** 30, ...rest);
"""


def texts(question):
    return list(question.items.offered().values_list("text", flat=True))


def undo(tab):
    tab.get_by_role("button", name="Undo").last.click()


def test_what_students_will_see_is_shown_while_typing(scanned, grade, assert_accessible):
    tab = grade()
    tab.keyboard.press("i")
    tab.get_by_label("What it says").fill("**Chain rule**: $$\\delta_2 W$$")

    shown = tab.locator("[data-shown]")
    expect(shown.locator("strong")).to_have_text("Chain rule")
    expect(shown.locator(".katex")).to_be_visible()
    assert_accessible(tab)


def test_a_note_stands_under_its_item_for_graders(scanned, grade):
    tab = grade()
    tab.get_by_role("button", name="Edit item 2").click()
    tab.get_by_label("Note for graders only").fill("Half of it for a typo")
    tab.get_by_role("button", name="Save").click()

    expect(tab.get_by_text("For graders: Half of it for a typo")).to_be_visible()
    assert scanned.items["1.1"][1].question.items.get(text="Slip").note == "Half of it for a typo"


def test_keys_move_an_item_through_its_group_and_over_the_edge(scanned, grade):
    question = scanned.questions["1.1"]
    group = add_group(question, text="Why", exclusive=False, by=scanned.ines)
    add_item(question, text="No reason", points=-25, group=group, by=scanned.ines)
    tab = grade()
    item(tab, "Slip").focus()

    tab.keyboard.press("Alt+ArrowDown")
    expect(tab.locator("[data-items] .item__text")).to_have_text(
        ["Correct", "Wrong", "Slip", "No reason"]
    )
    expect(item(tab, "Slip")).to_be_focused()
    tab.keyboard.press("Alt+ArrowDown")
    expect(tab.locator("section[data-group] .item__text")).to_have_text(["Slip", "No reason"])
    expect(item(tab, "Slip")).to_be_focused()
    assert Item.objects.get(question=question, text="Slip").group == group

    undo(tab)
    expect(tab.locator("section[data-group] .item__text")).to_have_text(["No reason"])
    assert texts(question) == ["Correct", "Wrong", "Slip", "No reason"]


def test_an_item_is_dragged_into_a_group_to_pick_one_from_after_a_question(scanned, grade):
    question = scanned.questions["1.1"]
    group = add_group(question, text="Why", exclusive=True, by=scanned.ines)
    other = add_item(question, text="No reason", points=-100, group=group, by=scanned.ines)
    for one in (scanned.items["1.1"][1], other):
        grading.apply(one, scanned.answers[1, "1.1"], by=scanned.gus)
    tab = grade()
    row = tab.locator("li.item", has_text="Slip")
    row.hover()
    grip, to = row.locator("[data-grip]").bounding_box(), item(tab, "No reason").bounding_box()

    tab.mouse.move(grip["x"] + 5, grip["y"] + 10)
    tab.mouse.down()
    tab.mouse.move(to["x"] + 60, to["y"] + to["height"] - 4, steps=4)
    expect(tab.locator(".drop-line")).to_be_visible()
    tab.mouse.up()
    expect(tab.get_by_text("This changes 1 answer’s score.")).to_be_visible()
    tab.get_by_role("button", name="Move it").click()

    expect(tab.locator("section[data-group] .item__text")).to_have_text(["No reason", "Slip"])
    assert [mark.item for mark in Mark.objects.all()] == [other]
    undo(tab)
    expect(tab.locator("section[data-group] .item__text")).to_have_text(["No reason"])
    expect(item(tab, "Slip")).to_have_attribute("aria-pressed", "true")
    assert mismatches() == []


def test_a_group_is_made_renamed_and_dissolved(scanned, grade, assert_accessible):
    tab = grade()
    tab.get_by_text("More", exact=True).click()
    tab.get_by_role("button", name="New group …").click()
    tab.get_by_label("Name").fill("Style")
    assert_accessible(tab)
    tab.get_by_role("button", name="Save").click()
    tab.get_by_role("button", name="Edit group Style").click()
    tab.get_by_label("Name").fill("Form")
    tab.get_by_label("Pick one").uncheck()
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("button", name="Edit group Form")).to_be_attached()
    assert not Group.objects.get().exclusive

    tab.get_by_role("button", name="Edit group Form").click()
    tab.get_by_role("button", name="Dissolve, keep its items").click()
    expect(tab.get_by_role("button", name="Edit group Form")).to_have_count(0)
    undo(tab)
    expect(tab.get_by_role("button", name="Edit group Form")).to_be_attached()


def test_items_of_another_question_are_chosen_and_taken_over(scanned, grade, assert_accessible):
    tab = grade()
    tab.get_by_text("More", exact=True).click()
    tab.get_by_role("button", name="Items of another question …").click()
    tab.get_by_label("From").select_option(label="2 · Prove (3 items)")
    tab.get_by_role("checkbox", name="Correct").uncheck()
    assert_accessible(tab)
    tab.get_by_role("button", name="Take over 2").click()

    expect(tab.locator("[data-items] .item__text")).to_have_text(
        ["Correct", "Slip", "Wrong", "Slip", "Wrong"]
    )
    undo(tab)
    expect(tab.locator("[data-items] .item__text")).to_have_count(3)


def test_the_scoring_of_a_question_changes_after_it_said_how(scanned, grade):
    grading.apply(scanned.items["1.1"][1], scanned.answers[1, "1.1"], by=scanned.gus)
    tab = grade()
    tab.get_by_text("More", exact=True).click()
    tab.get_by_role("button", name="Scoring of this question …").click()
    tab.get_by_role("combobox", name="Points", exact=True).select_option(label="Start from zero")
    tab.get_by_role("button", name="Save").click()
    expect(
        tab.get_by_text("This changes 1 answer’s score. The mean moves by −1.5.")
    ).to_be_visible()
    tab.get_by_role("button", name="Save anyway").click()

    expect(score(tab)).to_have_text("0")
    undo(tab)
    expect(score(tab)).to_have_text("1.5")


def test_where_instructors_edit_alone_a_grader_is_offered_no_edit(scanned, grade):
    Exam.objects.update(rubric_editors="instructors")
    tab = grade()

    expect(tab.get_by_text("Instructors edit this rubric")).to_be_visible()
    expect(tab.get_by_role("button", name="Edit item 2")).to_have_count(0)
    tab.keyboard.press("i")
    expect(tab.locator("item-form")).to_have_count(0)
    tab.keyboard.press("2")
    expect(score(tab)).to_have_text("1.5")


def test_a_colleagues_edit_arrives_under_what_one_types(scanned, grade):
    correct, slip, _ = scanned.items["1.1"]
    tab = grade()
    tab.get_by_role("button", name="Edit item 2").click()
    field = tab.get_by_label("What it says")
    field.fill("A slip of the p")

    add_item(slip.question, text="New by Ines", points=-25, by=scanned.ines)
    change_item(slip, points=-75, by=scanned.ines)
    change_item(correct, text="All right", by=scanned.ines)
    expect(item(tab, "New by Ines")).to_be_visible()
    expect(item(tab, "All right")).to_be_visible()
    expect(field).to_be_focused()
    tab.keyboard.type("en")
    expect(field).to_have_value("A slip of the pen")
    tab.get_by_role("button", name="Save").click()

    expect(item(tab, "A slip of the pen")).to_be_visible()
    slip.refresh_from_db()
    assert (slip.text, slip.points) == ("A slip of the pen", -75)


def test_an_item_taken_away_under_ones_hands_keeps_the_text_and_can_be_added(scanned, grade):
    slip = scanned.items["1.1"][1]
    tab = grade()
    tab.get_by_role("button", name="Edit item 2").click()
    tab.get_by_label("What it says").fill("A slip of the pen")
    remove_item(slip, by=scanned.ines)
    expect(tab.get_by_text("A colleague removed this item meanwhile.")).to_be_visible()

    tab.get_by_role("button", name="Save").click()

    expect(item(tab, "A slip of the pen")).to_be_visible()
    assert texts(slip.question) == ["Correct", "Wrong", "A slip of the pen"]


def test_how_many_have_an_item_and_a_colleagues_mark_are_seen_within_seconds(scanned, grade):
    slip = scanned.items["1.1"][1]
    tab = grade()
    count = item(tab, "Slip").locator("[data-count]")
    expect(count).to_have_text("0")

    grading.apply(slip, scanned.answers[2, "1.1"], by=scanned.ines)
    expect(count).to_have_text("1")
    grading.apply(slip, scanned.answers[1, "1.1"], by=scanned.ines)

    expect(item(tab, "Slip")).to_have_attribute("aria-pressed", "true")


def test_an_item_is_pinned_to_a_place_in_a_colour_and_says_what_it_says_now(scanned, grade):
    slip = scanned.items["1.1"][1]
    tab = grade()
    tab.keyboard.press("2")
    tab.keyboard.press("k")
    expect(tab.get_by_role("button", name="Blue")).to_have_attribute("aria-pressed", "true")
    tab.keyboard.press("m")
    box = tab.locator(".sheet > svg").bounding_box()
    tab.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 300)
    expect(tab.locator(".pin")).to_have_text("Slip")
    saved(tab)

    ink = Annotation.objects.get()
    assert (ink.kind, ink.item, ink.colour) == ("item", slip, "blue")
    assert ink.points[0][0] == pytest.approx(0.5, abs=0.01)
    change_item(slip, text="A *slip* of the pen", by=scanned.ines)
    tab.reload()
    expect(tab.locator(".pin")).to_have_text("A slip of the pen")
    tab.keyboard.press("x")
    pin = tab.locator(".pin").bounding_box()
    tab.mouse.click(pin["x"] + 20, pin["y"] + 10)
    saved(tab)
    assert not Annotation.objects.exists()


def test_the_keyboard_alone_pins_the_comment_beside_the_answer(scanned, grade):
    grading.comment(scanned.answers[1, "1.1"], "See page 2", version=0, by=scanned.gus)
    tab = grade()
    tab.keyboard.press("m")
    tab.get_by_label("Click where to pin").select_option(label="Comment: See page 2")
    tab.get_by_role("button", name="Beside the answer").press("Enter")

    expect(tab.locator(".pin")).to_have_text("See page 2")
    saved(tab)
    assert Annotation.objects.get().text == "See page 2"


FINGER = """(svg, [kind, id, moves]) => {
  const send = (type, [x, y]) => svg.dispatchEvent(new PointerEvent(type, {
    pointerType: kind, pointerId: id, clientX: x, clientY: y, bubbles: true, cancelable: true,
    button: type === "pointermove" ? -1 : 0, buttons: type === "pointerup" ? 0 : 1, isPrimary: true,
  }));
  svg.setPointerCapture = () => {};
  send("pointerdown", moves[0]);
  for (const at of moves.slice(1)) send("pointermove", at);
  send("pointerup", moves.at(-1));
}"""


def test_once_a_pen_draws_a_finger_only_moves_the_page(scanned, grade):
    tab = grade()
    tab.keyboard.press("p")
    drawing = tab.locator(".sheet > svg")
    line = [[500, 300], [560, 330], [600, 310]]

    drawing.evaluate(FINGER, ["touch", 1, line])
    expect(tab.locator(".ink--pen")).to_have_count(1)
    drawing.evaluate(FINGER, ["pen", 2, line])
    expect(tab.locator(".ink--pen")).to_have_count(2)
    stage = tab.locator(".stage")
    before = stage.evaluate("stage => stage.scrollTop")
    drawing.evaluate(FINGER, ["touch", 3, [[500, 400], [500, 340], [500, 300]]])

    expect(tab.locator(".ink--pen")).to_have_count(2)
    assert stage.evaluate("stage => stage.scrollTop") == before + 100
    saved(tab)
    assert Annotation.objects.count() == 2


def test_an_edit_goes_to_the_question_it_was_made_for(scanned, grade):
    """The grader goes on to the next question while an earlier click is still on its way."""
    held: list[Any] = []
    tab = grade()
    tab.route("**/marks/**", lambda route: held.append(route))
    tab.keyboard.press("2")
    tab.keyboard.press("i")
    tab.get_by_label("What it says").fill("Sign lost")
    tab.get_by_role("button", name="Save").click()
    tab.locator("[data-code]").first.click()
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press(".")
    expect(tab.locator("[data-items] .item__text").nth(2)).to_be_visible()
    expect(tab).to_have_title(re.compile(r"^1\.2 b"))
    held.pop().continue_()

    expect(tab.get_by_text("Item added.")).to_be_visible()
    assert texts(scanned.questions["1.1"])[-1] == "Sign lost"
    assert "Sign lost" not in texts(scanned.questions["1.2"])


def test_a_new_group_is_made_once_though_its_item_is_refused(scanned, grade):
    tab = grade()
    refused: list[Any] = []
    rubric = f"**/questions/{scanned.questions['1.1'].pk}/rubric/"

    def refuse_once(route):
        if route.request.method != "POST" or refused:
            return route.continue_()
        refused.append(route)
        return route.fulfill(status=409, json={"detail": "Full."})

    tab.route(rubric, refuse_once)
    tab.keyboard.press("i")
    tab.get_by_label("What it says").fill("No reason")
    tab.locator("item-form [name=group]").select_option("new")
    tab.get_by_label("New group’s name").fill("Why")
    tab.get_by_role("button", name="Save").click()
    expect(tab.locator("item-form [data-error]")).to_have_text("Full.")
    tab.get_by_role("button", name="Save").click()
    expect(tab.locator("section[data-group] .item__text")).to_have_text(["No reason"])

    assert list(Group.objects.values_list("text", flat=True)) == ["Why"]


def test_words_a_colleague_replaced_meanwhile_are_shown_before_ours(scanned, grade):
    tab, slip = grade(), scanned.items["1.1"][1]
    tab.get_by_role("button", name="Edit item 2").click()
    tab.get_by_label("What it says").fill("Mine")
    change_item(slip, text="Hers", by=scanned.ines)

    tab.get_by_role("button", name="Save").click()
    expect(tab.locator("item-form [data-error]")).to_contain_text("it says “Hers”")
    expect(tab.get_by_label("What it says")).to_have_value("Mine")
    tab.get_by_role("button", name="Save").click()

    expect(item(tab, "Mine")).to_be_visible()
    slip.refresh_from_db()
    assert slip.text == "Mine"


def above(one, other):
    """Whether a thing ends where another begins, or higher."""
    upper, lower = one.bounding_box(), other.bounding_box()
    return upper["y"] + upper["height"] <= lower["y"] + 0.5


@pytest.mark.parametrize("height", [900, 620])
def test_the_form_of_an_item_keeps_save_in_sight_however_it_grows(scanned, grade, height):
    tab = grade()
    tab.set_viewport_size({"width": 1440, "height": height})
    for number in range(9):
        add_item(scanned.questions["1.1"], text=f"Slip {number}", points=-25, by=scanned.ines)
    expect(item(tab, "Slip 8")).to_be_attached()
    tab.keyboard.press("i")
    tab.keyboard.type("-0.25")
    tab.keyboard.press("Tab")
    tab.keyboard.type("$$\\frac{a}{b}$$")
    expect(tab.locator("[data-shown] .katex")).to_be_visible()

    save = tab.locator("item-form").get_by_role("button", name="Save")
    expect(save).to_be_in_viewport(ratio=1)
    until(lambda: above(save, tab.locator("answer-note")))
    tab.get_by_label("Points").fill("1x1")
    tab.keyboard.press("Control+Enter")
    said = tab.get_by_text("Points must be a number")
    expect(said).to_be_in_viewport(ratio=1)
    until(lambda: above(save, tab.locator("answer-note")))
    until(lambda: above(said, save))

    tab.get_by_label("Points").fill("-1")
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("item-form")).to_have_count(0)
    assert scanned.questions["1.1"].items.filter(text="$$\\frac{a}{b}$$", points=-100).exists()


def test_words_typed_where_points_belong_go_where_words_belong(scanned, grade):
    tab = grade()
    tab.keyboard.press("i")
    tab.keyboard.type("Sign lost")
    tab.keyboard.press("Enter")

    expect(tab.get_by_label("What it says")).to_have_value("Sign lost")
    expect(tab.get_by_label("Points")).to_have_value("−1")
    assert "Sign lost" not in texts(scanned.questions["1.1"])
    tab.keyboard.press("Control+Enter")
    expect(item(tab, "Sign lost")).to_be_visible()


@pytest.mark.parametrize("height", [900, 480])
def test_the_menu_of_the_rubric_is_whole_over_the_comment(scanned, grade, height):
    tab = grade()
    tab.set_viewport_size({"width": 1440, "height": height})
    tab.get_by_text("More", exact=True).click()

    for name in ("New group …", "Scoring of this question …"):
        entry = tab.get_by_role("button", name=name)
        expect(entry).to_be_in_viewport(ratio=1)
        entry.click(trial=True)


def test_who_arrives_at_another_paper_asks_at_once_who_else_is_there(scanned, grade, browser_page):
    browser_page.add_init_script(NO_BEATS)
    tab = grade()
    tab.wait_for_load_state("networkidle")
    there = f"**/answers/{scanned.answers[2, '1.1'].pk}/claim/"

    with tab.expect_request(there):
        tab.get_by_role("button", name="Next →").click()
