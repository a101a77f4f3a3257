"""The repair desk, with the hands on the keyboard; and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from rubrics import grading
from submissions import corrections
from submissions.models import Acceptance, LookAgain, Page, Repair
from tests.submissions.conftest import (
    blank,
    foreign,
    paper_quiz,
    quiz,
    scans,
    take,
    upside_down,
    work,
)
from tests.submissions.test_repair import at, taken

__all__ = [
    "blank",
    "foreign",
    "paper_quiz",
    "quiz",
    "scans",
    "take",
    "taken",
    "upside_down",
    "work",
]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

State = Page.State


def press(page, *keys):
    """Press keys, each as soon as the page on the screen is one to act on."""
    for key in keys:
        expect(page.locator("repair-keys")).not_to_have_attribute("aria-busy", "true")
        page.keyboard.press(key)


def title(page):
    return page.locator("#page-title")


def said(page):
    return page.locator(".repair-bar__said")


def test_the_keyboard_alone_empties_the_queue(visit, quiz, taken, work):
    page = visit("ines", f"/exams/{quiz.pk}/repair/")
    expect(title(page)).to_contain_text("Page 4 foreign")

    # A foreign page is set aside; the next doubt is a page that came twice.
    press(page, "d")
    expect(title(page)).to_contain_text("Page 7 doubtful")
    expect(title(page)).to_be_focused()
    expect(said(page)).to_contain_text("set aside")
    press(page, "ArrowRight", "ArrowRight")
    expect(title(page)).to_contain_text("Page 2 of paper 2")
    # The worse one of the two goes, and the other takes its place.
    press(page, "d")
    expect(title(page)).to_contain_text("Page 2 of paper 2 missing")
    press(page, "ArrowLeft")
    expect(title(page)).to_contain_text("Page 1 of paper 2")
    press(page, "ArrowRight")
    expect(title(page)).to_contain_text("Page 2 of paper 2 missing")
    press(page, "Enter")
    expect(title(page)).to_have_text("Page 2 of paper 2")
    # Another paper lacks a page: it is taken as it is.
    press(page, "z")
    expect(title(page)).to_contain_text("Page 2 of paper 3 missing")
    press(page, "a")

    expect(page.locator("#repair-head")).to_contain_text("nothing needs a look")
    expect(page.get_by_role("link", name="Next: whose papers are they?")).to_be_visible()
    assert at(quiz, 2, 2).number == 7
    assert Acceptance.objects.get().submission.number == 3
    assert [act.kind for act in Repair.objects.all()] == ["discard", "discard", "move", "accept"]


def test_every_act_has_its_key_and_its_way_back(visit, quiz, taken, work):
    page = visit("ines", f"/exams/{quiz.pk}/repair/?at={at(quiz, 2, 2).pk}")
    expect(title(page)).to_contain_text("Page 2 of paper 2")

    press(page, "m")
    fields = page.locator("details[open]")
    expect(fields.get_by_role("spinbutton", name="Paper")).to_be_focused()
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(title(page)).to_contain_text("Page 2 of paper 3")
    press(page, "Control+z")
    expect(title(page)).to_contain_text("Page 2 of paper 2")
    press(page, "Control+Shift+Z")
    expect(title(page)).to_contain_text("Page 2 of paper 3")

    press(page, "i")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(title(page)).to_contain_text("Extra sheet of paper 1")
    press(page, "r")
    expect(said(page)).to_contain_text("The page is turned.")
    press(page, "Control+z", "Control+z", "Control+z")
    expect(title(page)).to_contain_text("Page 2 of paper 2")

    press(page, "s")
    expect(title(page)).to_contain_text("Page 2 of paper 4")
    press(page, "j", "1")
    expect(said(page)).to_contain_text("Both are paper 2 now.")
    press(page, "Control+z")
    expect(said(page)).to_contain_text("Undone: Paper 4 was joined to paper 2.")
    press(page, "Control+z")
    expect(said(page)).to_contain_text("Undone: Page 2 of paper 2 and what follows became paper 4.")
    assert at(quiz, 2, 3).submission.number == 2


def test_undo_and_redo_pressed_while_an_act_runs_wait_for_it(visit, quiz, taken, work):
    page = visit("ines", f"/exams/{quiz.pk}/repair/?at={at(quiz, 2, 2).pk}")

    for key in ("r", "Control+z", "Control+Shift+Z", "Control+z"):
        page.keyboard.press(key)

    expect(said(page)).to_contain_text("Undone: Page 2 of paper 2 was turned.")
    expect(page.get_by_role("button", name="Redo")).to_be_visible()
    expect(page.get_by_role("button", name="Undo", exact=True)).to_have_count(0)
    with page.expect_response("**/repair/undo/"):
        page.keyboard.press("Control+Shift+Z")
        page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Redo")).to_be_visible()
    assert [act.undone_at is None for act in Repair.objects.all()] == [False]


def test_undo_pressed_while_an_act_is_refused_takes_back_nothing_older(visit, quiz, taken, work):
    page = visit("ines", f"/exams/{quiz.pk}/repair/?at={at(quiz, 2, 2).pk}")
    press(page, "r")
    expect(said(page)).to_contain_text("The page is turned.")

    press(page, "m")
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+z")
    expect(said(page)).to_contain_text("Say which paper: they are numbered 1 to 3.")
    press(page, "ArrowRight")
    expect(title(page)).to_have_text("Page 3 of paper 2")
    assert [act.undone_at for act in Repair.objects.all()] == [None]


def test_a_chosen_scan_is_sent_by_enter_and_the_keys_go_on(visit, quiz, taken, scans, work):
    page = visit("ines", f"/exams/{quiz.pk}/repair/?at={at(quiz, 2, 2).pk}")

    press(page, "u")
    field = page.locator("details[open] input[type=file]")
    expect(field).to_be_focused()
    field.set_input_files(scans(4))
    expect(page.locator("details[open]").get_by_role("button", name="Send")).to_be_focused()
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("scan")
    press(page, "ArrowRight")
    expect(title(page)).to_have_text("Page 3 of paper 2")


def test_a_letter_typed_into_a_number_is_a_key_of_the_open_act(visit, quiz, taken, work):
    page = visit("ines", f"/exams/{quiz.pk}/repair/?at={at(quiz, 2, 2).pk}")

    press(page, "m")
    expect(page.locator("details[open]").get_by_role("spinbutton", name="Paper")).to_be_focused()
    press(page, "d", "n")
    expect(title(page)).to_have_text("Page 2 of paper 4")
    press(page, "Control+z")
    expect(title(page)).to_have_text("Page 2 of paper 2")
    assert [act.kind for act in Repair.objects.all()] == ["start"]


def test_the_sure_papers_are_taken_by_a_key_and_given_back(visit, quiz, taken):
    page = visit("ines", f"/exams/{quiz.pk}/repair/")

    press(page, "Shift+A")
    expect(said(page)).to_contain_text("2 papers accepted.")
    assert Acceptance.objects.count() == 2
    press(page, "Control+z")
    expect(said(page)).to_contain_text("Undone: 2 papers were accepted.")
    assert not Acceptance.objects.exists()


def test_on_a_phone_the_pages_of_a_paper_are_one_strip(visit, quiz, taken):
    visit("ines", "/").set_viewport_size({"width": 320, "height": 700})
    page = visit("ines", f"/exams/{quiz.pk}/repair/?paper=1&show=all")

    pages = page.locator(".repair-thumbs").last.locator(".thumb").all()
    tops = {round(one.bounding_box()["y"]) for one in pages}
    assert (len(pages), len(tops)) == (3, 1)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_step_goes_before_the_pictures_of_what_one_leaves(visit, quiz, taken):
    page = visit("ines", "/")
    slow = []
    page.route("**/thumbnail/**", lambda route: slow.append(route))
    visit("ines", f"/exams/{quiz.pk}/repair/?paper=1&show=all")
    expect(title(page)).to_have_text("Page 1 of paper 1")

    # A step that fails leaves the pictures on their way.
    page.route("**/repair/?at=*", lambda route: route.abort())
    press(page, "ArrowRight")
    expect(page.locator("repair-keys")).not_to_have_attribute("aria-busy", "true")
    assert page.locator(".repair-thumbs img:not([src])").count() == 0
    page.unroute("**/repair/?at=*")

    with page.expect_event("requestfailed", lambda request: "/thumbnail/" in request.url):
        press(page, "ArrowRight")
    expect(title(page)).to_have_text("Page 2 of paper 1")
    page.unroute_all(behavior="ignoreErrors")


def test_arrows_walk_papers_and_the_search_finds_one(visit, quiz, taken):
    for number, name in enumerate(("kestrel-41", "otter-7", "maple-12"), start=1):
        quiz.submissions.filter(number=number).update(code_name=name)
    page = visit("ines", f"/exams/{quiz.pk}/repair/?paper=1&show=all")
    expect(page.locator("#stage-title")).to_contain_text("Paper 1")

    press(page, "ArrowDown")
    expect(page.locator("#stage-title")).to_contain_text("Paper 2")
    press(page, "ArrowUp")
    expect(page.locator("#stage-title")).to_contain_text("Paper 1")
    press(page, "/")
    page.keyboard.type("3")
    expect(page.locator("#repair-papers a")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#stage-title")).to_contain_text("Paper 3")


def test_escape_closes_an_act_and_other_keys_rest_while_it_is_open(visit, quiz, taken):
    page = visit("ines", f"/exams/{quiz.pk}/repair/?at={at(quiz, 2, 2).pk}")
    press(page, "u")
    expect(page.locator("details[open]")).to_contain_text("The old scan is kept")

    page.keyboard.press("d")
    page.keyboard.press("Escape")

    expect(page.locator("details[open]")).to_have_count(0)
    expect(page.locator("summary", has_text="Replace by a new scan")).to_be_focused()
    assert not Repair.objects.exists()


HELD = "new KeyboardEvent('keydown', {key: 'd', bubbles: true, repeat: true})"


def test_a_key_held_down_discards_nothing(visit, quiz, taken):
    page = visit("ines", f"/exams/{quiz.pk}/repair/")
    expect(title(page)).to_contain_text("Page 4")

    page.evaluate(f"document.body.dispatchEvent({HELD})")
    page.wait_for_load_state("networkidle")

    assert not Repair.objects.exists()


def test_a_refusal_is_said_at_the_foot(visit, quiz, taken):
    page = visit("ines", f"/exams/{quiz.pk}/repair/?at={at(quiz, 2, 2).pk}")
    expect(title(page)).to_contain_text("Page 2 of paper 2")
    corrections.discard(at(quiz, 2, 2))

    press(page, "s")

    expect(said(page)).to_contain_text("Somebody changed this page a moment ago.")


def test_a_new_scan_shows_up_by_itself(visit, quiz, taken, scans, work):
    page = visit("ines", f"/exams/{quiz.pk}/repair/?paper=3")
    expect(title(page)).to_contain_text("Page 2 of paper 3 missing")
    press(page, "u")
    page.set_input_files("input[type=file]", scans(7, name="lost.pdf"))

    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("lost.pdf is being read.")).to_be_visible()
    work()

    expect(title(page)).to_have_text("Page 2 of paper 3")
    expect(page.locator(".repair-panel__page img")).to_be_visible()


def test_it_can_be_done_without_scripts(browser, quiet_server, quiz, taken, world):
    from tests.browser.conftest import sign_in

    context = browser.new_context(base_url=quiet_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, world.ines)
    page.goto(f"/exams/{quiz.pk}/repair/?at={at(quiz, 2, 2).pk}")

    page.get_by_text("Move to another place").click()
    panel = page.locator(".repair-panel details[open]")
    panel.get_by_label("Paper").fill("3")
    panel.get_by_label("Page").fill("2")
    panel.get_by_role("button", name="Move", exact=True).click()
    expect(title(page)).to_contain_text("Page 2 of paper 3")
    page.get_by_role("button", name="Discard").click()
    expect(title(page)).to_contain_text("missing")
    page.locator(".desk__bar").get_by_role("button", name="Undo").click()
    expect(title(page)).to_contain_text("Page 2 of paper 3")
    page.get_by_role("searchbox").fill("1")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("#repair-papers a")).to_contain_text(["1 ·"])
    assert [act.kind for act in Repair.objects.all()] == ["move", "discard"]
    context.close()


@pytest.mark.parametrize("query", ["", "?paper=3", "?group=blank", "?show=all&paper=1"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(visit, quiz, taken, assert_accessible, query, scheme):
    corrections.turn(at(quiz, 1, 2), 90)
    page = visit("ines", f"/exams/{quiz.pk}/repair/{query}")
    page.emulate_media(color_scheme=scheme)

    assert_accessible(page)
    page.locator(".repair-side__acts > summary").click()
    for act in page.locator(".repair-act > summary").all()[:2]:
        act.click()
        assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_grader_sees_what_to_look_at_again_and_says_so_by_a_key(visit, quiz, taken, world):
    answers = []
    for number in (1, 2):
        page = at(quiz, number, 3)
        answer = page.submission.answers.filter(question__regions__page=3).first()
        grading.say_graded(answer, by=world.gus)
        corrections.turn(page, by=world.ines)
        answers.append(answer)
    tab = visit("gus", f"/answers/{answers[0].pk}/")
    note = tab.locator("[data-again]").filter(has_text="Look again:")
    row = tab.locator("question-list [aria-current] [data-again]")
    expect(note).to_contain_text("Page 3 was turned. Since ")
    expect(row).to_have_text("To look at again: 2")

    tab.keyboard.press("l")
    expect(note).to_be_hidden()
    expect(row).to_have_text("To look at again: 1")
    tab.goto(f"/answers/{answers[0].pk}/")
    expect(note).to_be_hidden()
    tab.goto(f"/exams/{quiz.pk}/look-again/")
    expect(note).to_be_visible()
    tab.keyboard.press("1")
    expect(note).to_be_hidden()
    expect(row).to_have_count(0)

    looked = LookAgain.objects.values_list("looked_by", flat=True)
    assert list(looked) == [world.gus.pk, world.gus.pk]
