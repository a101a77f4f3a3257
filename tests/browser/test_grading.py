"""The grading workspace under a grader's hands, in a real browser."""

from __future__ import annotations

import io
import random
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from gradebook.files import keep
from gradebook.models import Question, Region, Scoring
from gradebook.models.question import Rule
from rubrics import grading, state
from rubrics.models import Annotation, Comment, Group, Item, Mark, Note
from rubrics.points import score as points_score
from submissions.covers import hidden_rects, mark_of
from submissions.models import Answer, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def saved(tab: Tab) -> None:
    expect(tab.locator("save-state")).to_have_attribute("data-state", "saved")


def item(tab: Tab, words: str) -> Any:
    return tab.get_by_role("button", name=words, exact=False).and_(tab.locator(".item__toggle"))


def score(tab: Tab) -> Any:
    return tab.locator("[data-score]")


def test_three_answers_are_graded_by_keys_alone(scanned, grade):
    tab = grade()
    for key, paper in (("1", 1), ("2", 2), ("3", 3)):
        expect(tab.locator("[data-code]").first).to_have_text(scanned.papers[paper - 1].code_name)
        tab.keyboard.press(key)
        if paper < 3:
            tab.keyboard.press("z")
    tab.keyboard.press("a")
    tab.keyboard.type("+0.5")
    tab.keyboard.press("Enter")
    saved(tab)
    tab.keyboard.press("z")
    expect(tab.get_by_text("Every paper is graded for 1.1 a.")).to_be_visible()

    scores = [scanned.answers[paper, "1.1"] for paper in (1, 2, 3)]
    for answer in scores:
        answer.refresh_from_db()
    assert [(answer.score, answer.graded) for answer in scores] == [
        (200, True),
        (150, True),
        (50, True),
    ]
    assert set(Mark.objects.values_list("by__email", flat=True)) == {"gus@example.edu"}


def test_a_page_without_a_small_picture_says_that_it_is_hidden(scanned, grade, assert_accessible):
    """Page 1 shows the name: graders get it covered, and no thumbnail of it."""
    Region.objects.create(
        exam=scanned.exam, kind="hidden", page=1, x=0.1, y=0.7, width=0.5, height=0.05
    )
    page = Page.objects.get(submission=scanned.papers[0], template_page=1)
    Page.objects.filter(pk=page.pk).update(
        covered=page.preview.name, covers=mark_of(hidden_rects(scanned.exam.pk)[1])
    )

    tab = grade(number="1.2")
    tile = tab.get_by_role("button", name="Page 1, hidden")
    expect(tile).to_have_text("hidden1")
    expect(
        tab.get_by_role("button", name="Page 2, with this answer").locator("img")
    ).to_be_visible()
    assert_accessible(tab)

    tile.click()
    expect(tab.get_by_role("img", name="Page 1 of")).to_be_visible()


def test_small_pictures_that_do_not_come_leave_calm_tiles_until_there_is_a_connection(
    scanned, grade, context
):
    context.route("**/thumbnails/**", lambda route: route.abort("internetdisconnected"))
    tab = grade()
    pictures = tab.locator(".page-thumb img")
    expect(tab.locator(".page-thumb img[hidden]")).to_have_count(3)

    context.unroute("**/thumbnails/**")
    context.set_offline(True)
    context.set_offline(False)

    expect(pictures.first).to_be_visible()
    expect(tab.locator(".page-thumb img[hidden]")).to_have_count(0)


def test_one_point_is_one_point(scanned, grade):
    Question.objects.filter(pk=scanned.questions["2"].pk).update(points=100)
    scanned.answers[1, "2"].save()

    tab = grade(number="2")

    expect(tab.locator(".score [data-of]")).to_have_text("/ 1 point")
    expect(tab.locator("save-state [role=status]")).to_contain_text("of 1 point, not graded")


def test_papers_change_without_a_page_load_and_back_leads_back(scanned, grade):
    tab = grade()
    tab.evaluate("window.here = true")

    tab.keyboard.press("ArrowRight")
    expect(tab.locator("[data-code]").first).to_have_text("otter-7")
    expect(tab).to_have_url(re.compile(f"/answers/{scanned.answers[2, '1.1'].pk}/$"))
    tab.keyboard.press(".")
    expect(tab.locator(".topbar [data-question]")).to_have_text("1.2 b · Multiply")
    expect(tab.locator(".stage img")).to_have_attribute(
        "alt", "Page 2 of otter-7, the answer to 1.2 b lit"
    )
    # The address follows once it is painted.
    expect(tab).to_have_url(re.compile(f"/answers/{scanned.answers[2, '1.2'].pk}/$"))
    tab.go_back()
    expect(tab).to_have_url(re.compile(f"/answers/{scanned.answers[2, '1.1'].pk}/$"))
    tab.go_back()

    expect(tab.locator("[data-code]").first).to_have_text("kestrel-41")
    assert tab.evaluate("window.here")


def test_a_paper_is_let_go_only_once_its_clicks_are_saved(scanned, grade, context):
    """Free any sooner, a slow server would give it to a colleague as ungraded."""
    held: list[Any] = []
    sent: list[str] = []
    context.route("**/marks/**", lambda route: held.append(route))
    tab = grade()
    context.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    first = scanned.answers[1, "1.1"].pk
    claim = f"/api/v1/answers/{first}/claim/"

    tab.wait_for_load_state("networkidle")
    with tab.expect_response("**/next/"):
        tab.keyboard.press("1")
        tab.keyboard.press("z")
    # The last that the page asks for on arriving has come: a paper let go early is let go by now.
    for _ in range(5):
        tab.evaluate("fetch('/healthz').then((answer) => answer.text())")
    assert not [one for one in sent if one.startswith("DELETE")]

    with tab.expect_response(
        lambda answer: answer.request.method == "DELETE" and claim in answer.url
    ):
        held[0].continue_()
    assert Mark.objects.filter(answer=first).exists()


def test_a_comment_is_shown_as_the_student_will_see_it(scanned, grade, assert_accessible):
    grading.comment(scanned.answers[2, "1.1"], "1. *First*", version=0, by=scanned.ines)
    tab = grade()
    seen = tab.locator("answer-note [data-preview]")
    expect(seen).to_be_hidden()

    tab.keyboard.press("c")
    tab.keyboard.type("Plain words")
    expect(seen).to_be_hidden()
    tab.keyboard.type(" and **bold** ones, $$x^2$$")
    expect(seen.locator("strong")).to_have_text("bold")
    expect(seen.locator(".katex")).to_be_attached()
    assert_accessible(tab)
    tab.keyboard.press("Escape")
    saved(tab)
    expect(seen.locator("strong")).to_have_text("bold")

    tab.keyboard.press("ArrowRight")
    expect(seen.locator("strong")).to_have_count(0)
    expect(seen.locator("ol em")).to_have_text("First")
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("[data-code]").first).not_to_have_text("otter-7")
    expect(seen).to_be_hidden()


def test_the_next_paper_on_its_way_is_waited_for_and_no_click_is(scanned, grade, context):
    """Who presses Z before the server said what comes next goes there when it says so."""
    asked: list[Any] = []
    context.route("**/marks/**", lambda route: None)
    context.route("**/next/", lambda route: route.continue_() if asked else asked.append(route))
    with context.expect_event("request", lambda request: request.url.endswith("/next/")):
        tab = grade()
    code = tab.locator("[data-code]").first

    tab.keyboard.press("1")
    tab.keyboard.press("z")
    expect(tab.locator("save-state")).to_have_attribute("data-state", "saving")
    expect(code).to_have_text("kestrel-41")
    asked[0].continue_()
    expect(code).to_have_text("otter-7")


def test_a_paper_whose_click_was_not_saved_when_the_next_was_asked_for_is_not_next(
    scanned, grade, context
):
    """Until it was saved, the server took the paper for ungraded, and gave it once more."""
    held: list[Any] = []
    second, third = (scanned.answers[paper, "1.1"].pk for paper in (2, 3))
    context.route(f"**/answers/{second}/marks/**", lambda route: held.append(route))
    tab = grade()
    code = tab.locator("[data-code]").first
    tab.keyboard.press("1")
    saved(tab)
    with tab.expect_request("**/next/"):  # what comes after the second
        tab.keyboard.press("z")
    expect(code).to_have_text("otter-7")

    def given(told):
        return told.url.endswith("/next/") and told.json()["answer"] == second

    with tab.expect_response(given):
        tab.keyboard.press("2")
        tab.keyboard.press("z")
        expect(code).to_have_text("maple-12")
    held[0].continue_()
    tab.keyboard.press("3")
    tab.keyboard.press("z")

    expect(tab.get_by_text("Every paper is graded for 1.1 a.")).to_be_visible()
    assert Answer.objects.filter(pk__in=[second, third], graded=True).count() == 2


def test_counts_are_right_also_for_who_grades_faster_than_it_saves(scanned, grade, context):
    """The next paper was read before the click on the last one was saved."""
    held: list[Any] = []
    for tells in ("**/pulse/", "**/claim/"):
        context.route(tells, lambda route: route.abort())
    context.route("**/marks/**", lambda route: held.append(route))
    first = scanned.answers[1, "1.1"].pk
    tab = grade()
    tab.wait_for_load_state("networkidle")
    correct = tab.locator("[data-items] [data-count]").first
    graded = tab.locator(".grading-progress [data-progress]")

    tab.keyboard.press("1")
    tab.keyboard.press("z")
    expect(tab.locator("[data-code]").first).to_have_text("otter-7")
    expect(correct).to_have_text("1")
    tab.keyboard.press("1")
    expect(correct).to_have_text("2")
    expect(graded).to_have_text("2 of 3 graded")

    with tab.expect_response(lambda answer: f"/answers/{first}/marks/" in answer.url):
        held[0].continue_()
    expect(tab.locator("save-state")).to_have_attribute("data-state", "saving")
    expect(correct).to_have_text("2")
    held[1].continue_()
    saved(tab)
    expect(correct).to_have_text("2")
    expect(graded).to_have_text("2 of 3 graded")
    # Back on the first, which was read before anything was said of the second.
    tab.keyboard.press("ArrowLeft")
    expect(correct).to_have_text("2")


def test_a_click_lifts_the_others_of_a_group_to_pick_one_from(scanned, grade):
    group = Group.objects.create(question=scanned.questions["1.1"], text="Why")
    Item.objects.filter(pk__in=[i.pk for i in scanned.items["1.1"][1:]]).update(group=group)
    tab = grade()
    tab.wait_for_load_state("networkidle")
    # Out of the server's reach the page alone answers for what it shows.
    tab.context.set_offline(True)

    item(tab, "Slip").click()
    item(tab, "Wrong").click()

    expect(item(tab, "Wrong")).to_have_attribute("aria-pressed", "true")
    expect(item(tab, "Slip")).to_have_attribute("aria-pressed", "false")
    expect(score(tab)).to_have_text("0")
    tab.context.set_offline(False)
    saved(tab)
    assert [mark.item for mark in Mark.objects.all()] == [scanned.items["1.1"][2]]


def test_undo_and_redo_go_back_and_forth_over_marks(scanned, grade):
    tab = grade()
    tab.keyboard.press("2")
    expect(score(tab)).to_have_text("1.5")

    tab.keyboard.press("Control+z")
    expect(score(tab)).to_have_text("2")
    saved(tab)
    assert not Mark.objects.exists()

    tab.keyboard.press("Control+Shift+Z")
    expect(score(tab)).to_have_text("1.5")
    saved(tab)
    assert Mark.objects.count() == 1


def test_editing_an_items_points_says_what_it_does_and_moves_every_score(scanned, grade):
    slip = scanned.items["1.1"][1]
    for paper in (1, 2):
        grading.apply(slip, scanned.answers[paper, "1.1"], by=scanned.gus)
    tab = grade("ines")
    expect(score(tab)).to_have_text("1.5")

    tab.get_by_role("button", name="Edit item 2").click()
    tab.get_by_label("Points", exact=True).fill("-1")
    tab.get_by_role("button", name="Save").click()
    expect(
        tab.get_by_text("This changes 2 answers’ scores. The mean moves by −0.5.")
    ).to_be_visible()
    tab.get_by_role("button", name="Save anyway").click()

    expect(score(tab)).to_have_text("1")
    assert set(Answer.objects.filter(marks__item=slip).values_list("score", flat=True)) == {100}


def test_an_item_is_added_removed_and_brought_back_in_place(scanned, grade):
    tab = grade("ines")
    tab.get_by_role("button", name="+ Add item").click()
    tab.get_by_label("Points", exact=True).fill("−0.25")
    tab.get_by_label("What it says").fill("Sloppy")
    tab.get_by_role("button", name="Save").click()
    item(tab, "Sloppy").click()
    expect(score(tab)).to_have_text("1.75")
    saved(tab)

    tab.get_by_role("button", name="Edit item 4: Sloppy").click()
    tab.get_by_role("button", name="Remove").click()
    tab.get_by_role("button", name="Remove anyway").click()
    expect(item(tab, "Sloppy")).to_have_count(0)
    expect(score(tab)).to_have_text("2")
    tab.get_by_role("button", name="Undo").last.click()

    expect(item(tab, "Sloppy")).to_have_attribute("aria-pressed", "true")
    expect(score(tab)).to_have_text("1.75")


def test_a_click_without_connection_is_kept_through_a_reload_and_sent(scanned, grade):
    tab = grade()
    tab.wait_for_load_state("networkidle")
    # Pages load, the API does not answer: the server's side of a lost connection.
    tab.context.route("**/api/v1/**", lambda route: route.abort())

    tab.keyboard.press("2")
    expect(tab.locator("save-state")).to_contain_text("1 not saved yet")
    expect(score(tab)).to_have_text("1.5")
    tab.reload()
    expect(score(tab)).to_have_text("1.5")
    assert not Mark.objects.exists()

    tab.context.unroute("**/api/v1/**")
    tab.context.set_offline(True)
    tab.context.set_offline(False)
    saved(tab)
    assert Mark.objects.get().item == scanned.items["1.1"][1]


def test_clicks_made_offline_go_out_in_their_order(scanned, grade):
    tab = grade()
    tab.wait_for_load_state("networkidle")
    tab.context.set_offline(True)
    for key in ("2", "3", "2"):
        tab.keyboard.press(key)
    expect(tab.locator("save-state")).to_contain_text("3 not saved yet")
    tab.context.set_offline(False)

    saved(tab)
    assert [mark.item for mark in Mark.objects.all()] == [scanned.items["1.1"][2]]


@pytest.fixture
def second(browser: Browser, quiet_server: Any, scanned: SimpleNamespace) -> Any:
    """Another profile, where Ines is signed in."""
    client = Client()
    client.force_login(scanned.ines)
    context = browser.new_context(base_url=quiet_server.url)
    cookie = client.cookies["sessionid"].value
    context.add_cookies(
        [{"name": "sessionid", "value": cookie, "domain": "localhost", "path": "/"}]
    )
    yield context.new_page()
    context.close()


def test_two_graders_on_one_answer_come_to_see_the_same(scanned, grade, second):
    tab = grade()
    second.goto(f"/answers/{scanned.answers[1, '1.1'].pk}/")
    expect(second.locator("[data-held]")).to_contain_text("GG is looking at it too")

    tab.keyboard.press("2")
    saved(tab)
    second.keyboard.press("1")
    expect(item(second, "Slip")).to_have_attribute("aria-pressed", "true")
    second.locator("save-state[data-state=saved]").wait_for()
    tab.keyboard.press("3")
    expect(item(tab, "Correct")).to_have_attribute("aria-pressed", "true")
    saved(tab)

    assert Mark.objects.count() == 3


def test_a_comment_that_met_another_shows_both_and_lets_one_choose(scanned, grade):
    answer = scanned.answers[1, "1.1"]
    tab = grade()
    tab.keyboard.press("c")
    tab.keyboard.type("Mine")
    grading.comment(answer, "Theirs", version=0, by=scanned.ines)
    tab.keyboard.press("Escape")

    expect(tab.locator("[data-theirs]")).to_have_text("Theirs")
    expect(tab.locator("[data-mine]")).to_have_text("Mine")
    assert Comment.objects.get().text == "Theirs"
    tab.get_by_role("button", name="Join both").click()

    expect(tab.locator("[data-conflict]")).to_be_hidden()
    expect(tab.get_by_label("Comment for this student")).to_have_value("Theirs\n\nMine")
    saved(tab)
    assert Comment.objects.get().text == "Theirs\n\nMine"


def test_who_types_on_while_the_words_before_are_saved_meets_nobody(scanned, grade, context):
    first: list[Any] = []

    def once(route):
        if first:
            route.continue_()
        else:
            first.append(route)

    context.route("**/comment/", once)
    tab = grade()
    words = tab.get_by_label("Comment for this student")
    words.fill("Check")
    words.blur()
    expect(tab.locator("save-state")).to_have_attribute("data-state", "saving")
    words.focus()
    words.press("End")
    words.press_sequentially(" the units")

    first[0].continue_()
    saved(tab)
    words.blur()

    saved(tab)
    expect(tab.locator("[data-conflict]")).to_be_hidden()
    assert Comment.objects.get().text == "Check the units"


def test_a_comment_left_by_going_on_stays_with_its_paper(scanned, grade):
    tab = grade()
    tab.get_by_label("Comment for this student").fill("For kestrel")
    tab.get_by_role("button", name="Next →").click()
    expect(tab.locator("[data-code]").first).to_have_text("otter-7")

    expect(tab.get_by_label("Comment for this student")).to_have_value("")
    saved(tab)
    assert Comment.objects.get().answer == scanned.answers[1, "1.1"]


def test_zooming_in_shows_the_scan_itself_and_upright(scanned, grade):
    lying, out = Image.new("L", (2200, 1700), 240), io.BytesIO()
    lying.save(out, "JPEG")
    kept = keep("images", out.getvalue(), ".jpg").name
    pages = Page.objects.filter(submission=scanned.papers[0])
    pages.update(image=kept, turn=90, width=1275, height=1650)
    tab = grade()
    shown = tab.locator(".sheet > img")
    expect(shown).to_have_attribute("src", re.compile("/preview/"))

    for _ in range(3):
        tab.keyboard.press("+")

    expect(shown).to_have_attribute("src", re.compile(r"/image/.*turn=90"))
    assert shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [1700, 2200]
    # What lies over it lies where it did.
    sheet, picture = (tab.locator(one).bounding_box() for one in (".sheet svg", ".sheet > img"))
    assert picture == pytest.approx(sheet, abs=2)


def test_ink_is_drawn_undone_and_erased(scanned, grade):
    tab = grade()
    tab.keyboard.press("b")
    box = tab.locator(".sheet > svg").bounding_box()
    tab.mouse.move(box["x"] + 100, box["y"] + 300)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 240, box["y"] + 380, steps=4)
    tab.mouse.up()
    expect(tab.locator(".ink--box")).to_have_count(1)
    saved(tab)
    ink = Annotation.objects.get()
    assert ink.kind == "box"
    assert ink.points[0][0] == pytest.approx(100 / box["width"], abs=0.01)

    tab.keyboard.press("Control+z")
    saved(tab)
    expect(tab.locator(".ink--box")).to_have_count(0)
    assert not Annotation.objects.exists()
    tab.keyboard.press("Control+Shift+Z")
    saved(tab)
    tab.keyboard.press("x")
    tab.mouse.click(box["x"] + 170, box["y"] + 340)
    expect(tab.locator(".ink--box")).to_have_count(0)
    saved(tab)
    assert not Annotation.objects.exists()


def test_a_page_that_may_show_a_name_is_hidden_until_an_instructor_looked(
    scanned, grade, visit, assert_accessible
):
    Page.objects.filter(submission=scanned.papers[0], template_page=1).update(affine=None)
    tab = grade()
    why = tab.get_by_text("Hidden until an instructor has looked: it may show a name.")
    expect(why).to_be_visible()
    expect(tab.locator(".stage img")).to_have_count(0)
    assert_accessible(tab)
    tab.keyboard.press("]")
    expect(why).to_have_count(0)
    expect(tab.locator(".stage img")).to_be_visible()

    tab = visit("ines", f"/exams/{scanned.exam.pk}/scans/")
    expect(tab.get_by_role("heading", name="1 page hidden from graders")).to_be_visible()
    assert_accessible(tab)
    tab.get_by_role("button", name="It shows no name").click()
    expect(tab.get_by_text("Graders see it now.")).to_be_visible()

    tab = grade()
    expect(tab.locator(".stage img")).to_be_visible()
    expect(why).to_have_count(0)


def test_ink_drawn_on_a_page_that_was_turned_meanwhile_keeps_its_place(scanned, grade):
    tab = grade()
    tab.keyboard.press("b")
    Page.objects.update(turn=180)
    box = tab.locator(".sheet > svg").bounding_box()
    tab.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 300)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 380, steps=4)
    tab.mouse.up()
    saved(tab)

    (ink,) = state.workspace(scanned.answers[1, "1.1"], scanned.gus, names=True)["annotations"]
    assert Annotation.objects.get().turn == 0
    assert [x for x, _ in ink["points"]] == pytest.approx([0.8, 0.6], abs=0.01)


def test_single_keys_can_be_switched_off(scanned, grade):
    tab = grade()
    tab.keyboard.press("?")
    tab.get_by_role("checkbox", name="Single keys work here").uncheck()
    tab.keyboard.press("Escape")

    tab.keyboard.press("2")

    expect(item(tab, "Slip")).to_have_attribute("aria-pressed", "false")
    item(tab, "Slip").click()
    expect(item(tab, "Slip")).to_have_attribute("aria-pressed", "true")


def test_a_picture_that_did_not_come_comes_with_the_connection(scanned, grade, context):
    context.route("**/preview/**", lambda route: route.abort())
    tab = grade()
    picture = tab.locator(".sheet img")
    loaded = "image => image.complete && image.naturalWidth > 0"
    expect(picture).to_have_count(1)
    # Until the page knows that it did not come, no connection is waited for.
    picture.evaluate(
        """image => new Promise((then) => {
          if (image.complete) setTimeout(then);
          else image.addEventListener("error", then);
        })"""
    )
    assert not picture.evaluate(loaded)

    context.unroute("**/preview/**")
    with tab.expect_response("**/preview/**"):
        tab.evaluate("dispatchEvent(new Event('online'))")
    picture.evaluate("image => image.decode()")

    assert picture.evaluate(loaded)


def test_single_keys_stay_off_on_another_machine(scanned, grade, context):
    tab = grade()
    tab.keyboard.press("?")
    switch = tab.get_by_role("checkbox", name="Single keys work here")
    switch.uncheck()
    expect(tab.get_by_text("Single keys are off, on every machine.")).to_be_visible()
    context.clear_cookies()
    tab.evaluate("localStorage.clear()")

    tab = grade()
    tab.keyboard.press("2")
    tab.get_by_role("button", name="? Keys").click()
    expect(switch).not_to_be_checked()
    context.set_offline(True)
    switch.check()
    expect(tab.get_by_text("Single keys work on this page alone. No connection.")).to_be_visible()
    context.set_offline(False)
    switch.uncheck()
    switch.check()
    expect(tab.get_by_text("Single keys are on, on every machine.")).to_be_visible()
    assert not Mark.objects.exists()

    tab = grade()
    tab.keyboard.press("2")
    expect(item(tab, "Slip")).to_have_attribute("aria-pressed", "true")


def test_single_keys_switched_off_and_on_again_in_a_hurry_are_on(scanned, grade, context):
    held: list[Any] = []

    def slow_to_switch_off(route):
        if route.request.method == "DELETE":
            return held.append(route)
        return route.continue_()

    context.route("**/single-keys/", slow_to_switch_off)
    tab = grade()
    tab.keyboard.press("?")
    switch = tab.get_by_role("checkbox", name="Single keys work here")
    with tab.expect_request("**/single-keys/"):
        switch.uncheck()
        switch.check()
    tab.evaluate("fetch('/healthz').then((answer) => answer.text())")

    with tab.expect_response(lambda told: told.request.method == "DELETE"):
        held[0].continue_()
    expect(tab.get_by_text("Single keys are on, on every machine.")).to_be_visible()
    scanned.gus.refresh_from_db()
    assert scanned.gus.single_keys


def test_digits_typed_into_a_comment_mark_nothing(scanned, grade):
    tab = grade()
    tab.keyboard.press("c")
    tab.keyboard.type("2 of 3")
    tab.keyboard.press("Escape")

    saved(tab)
    assert Comment.objects.get().text == "2 of 3"
    assert not Mark.objects.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(scanned, grade, assert_accessible, scheme):
    tab = grade()
    tab.emulate_media(color_scheme=scheme)
    tab.keyboard.press("2")
    assert_accessible(tab)

    tab.get_by_role("button", name="Edit item 2").click()
    assert_accessible(tab)
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    assert_accessible(tab)


@pytest.mark.parametrize("width", [720, 768, 390])
def test_nothing_sticks_out_of_a_narrow_window(scanned, grade, width):
    tab = grade()
    tab.set_viewport_size({"width": width, "height": 900})

    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    expect(score(tab)).to_be_visible()


def test_the_page_counts_points_as_the_server_does(scanned, grade):
    dice = random.Random(230)
    cases = []
    for _ in range(400):
        rule = Rule(
            points=dice.choice([0, 25, 200, 450]),
            scoring=dice.choice(list(Scoring)),
            floor=dice.random() < 0.5,
            ceiling=dice.random() < 0.5,
        )
        applied = [dice.choice([None, dice.randint(-500, 500)]) for _ in range(dice.randint(0, 4))]
        cases.append((rule, applied, dice.choice([0, -75, 5, 1000])))
    tab = grade()

    counted = tab.evaluate(
        """async (cases) => {
          const { decimal, score } = await import("/static/js/grading/points.js");
          return cases.map((said) => decimal(score(...said)));
        }""",
        [
            (
                {**rule._asdict(), "points": state.decimal(rule.points)},
                [state.decimal(points) for points in applied],
                state.decimal(adjustment),
            )
            for rule, applied, adjustment in cases
        ],
    )

    assert counted == [state.decimal(points_score(*case)) for case in cases]


def test_a_flag_and_a_note_are_kept_without_a_connection_and_sent_later(scanned, grade):
    tab = grade()
    tab.wait_for_load_state("networkidle")
    tab.context.set_offline(True)

    tab.keyboard.press("g")
    expect(tab.get_by_role("button", name="Flagged by GG")).to_have_attribute(
        "aria-pressed", "true"
    )
    tab.keyboard.press("n")
    tab.keyboard.type("Is this his hand?")
    tab.keyboard.press("Escape")
    expect(tab.locator("save-state")).to_have_attribute("data-state", "waiting")

    tab.context.set_offline(False)
    saved(tab)
    answer = scanned.answers[1, "1.1"]
    assert answer.note.text == "Is this his hand?"
    assert answer.flag.by == scanned.gus
    tab.keyboard.press("Control+z")
    expect(tab.get_by_label("Note for graders")).to_have_value("")
    tab.keyboard.press("Control+z")
    expect(tab.get_by_role("button", name="Flag", exact=False)).to_have_attribute(
        "aria-pressed", "false"
    )


def test_two_notes_at_once_are_both_shown(scanned, grade):
    tab = grade()
    tab.keyboard.press("n")
    tab.keyboard.type("Mine")
    grading.write_note(scanned.answers[1, "1.1"], "Hers", version=0, by=scanned.ines)
    tab.keyboard.press("Escape")

    expect(tab.locator("[data-theirs]")).to_have_text("Hers")
    expect(tab.locator("[data-mine]")).to_have_text("Mine")
    tab.get_by_role("button", name="Join both").click()
    saved(tab)
    assert Note.objects.get().text == "Hers\n\nMine"


def test_the_history_is_read_and_undone_by_keys_alone(scanned, grade, assert_accessible):
    answer = scanned.answers[1, "1.1"]
    grading.comment(answer, "Hers", version=0, by=scanned.ines)
    tab = grade()
    tab.keyboard.press("2")
    expect(score(tab)).to_have_text("1.5")
    tab.keyboard.press("h")
    lines = tab.locator("answer-history li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Gus Grader applied “Slip”")
    assert_accessible(tab)

    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(lines).to_have_count(3)
    expect(lines.first).to_contain_text("Gus Grader lifted “Slip”")
    expect(score(tab)).to_have_text("2")
    tab.keyboard.press("Tab")
    expect(lines.nth(2).get_by_role("button")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(lines.first).to_contain_text("took the comment for the student away")
    tab.keyboard.press("Escape")

    expect(tab.get_by_label("Comment for this student")).to_have_value("")
    assert not Comment.objects.exists()
    assert not Mark.objects.exists()


def test_a_history_closes_with_its_paper_and_undoes_nothing_of_another(scanned, grade):
    for number in (1, 2):
        grading.apply(scanned.items["1.1"][1], scanned.answers[number, "1.1"], by=scanned.ines)
    tab = grade()
    code = tab.locator("[data-code]").first
    expect(code).to_have_text(scanned.papers[0].code_name)
    tab.keyboard.press("ArrowRight")
    expect(code).to_have_text(scanned.papers[1].code_name)
    expect(tab).to_have_url(re.compile(f"/answers/{scanned.answers[2, '1.1'].pk}/$"))
    tab.keyboard.press("h")
    expect(tab.locator("answer-history li")).to_have_count(1)

    tab.go_back()
    expect(code).to_have_text(scanned.papers[0].code_name)
    expect(tab.locator("answer-history dialog")).to_be_hidden()
    tab.locator("answer-history [data-undo]").dispatch_event("click")
    tab.keyboard.press("h")
    expect(tab.locator("answer-history li")).to_have_count(1)

    assert Mark.objects.count() == 2


def test_next_says_what_is_so_when_it_leads_nowhere(scanned, grade):
    for paper in (2, 3):
        grading.say_graded(scanned.answers[paper, "1.1"], by=scanned.ines)
    tab = grade()

    tab.keyboard.press("z")
    expect(tab.get_by_text("Only this paper is left for 1.1 a.")).to_be_visible()

    # Graded by a colleague meanwhile: what this page knows of how many are is old.
    grading.say_graded(scanned.answers[1, "1.1"], by=scanned.ines)
    tab.keyboard.press("z")
    expect(tab.get_by_text("Every paper is graded for 1.1 a.")).to_be_visible()


def test_next_without_a_connection_says_so_and_nothing_of_other_papers(scanned, grade, context):
    tab = grade("ines")
    tab.wait_for_load_state("networkidle")
    # An edit of the rubric: what was fetched ahead is old.
    tab.get_by_role("button", name="Edit item 2").click()
    tab.get_by_label("Points", exact=True).fill("-1")
    tab.get_by_role("button", name="Save").click()
    expect(item(tab, "Slip")).to_contain_text("−1")
    tab.wait_for_load_state("networkidle")
    context.set_offline(True)

    tab.keyboard.press("z")

    expect(tab.get_by_text("No connection").first).to_be_visible()
    expect(tab.get_by_text("No other paper waits")).to_have_count(0)
    context.set_offline(False)


def test_words_typed_on_the_page_stay_when_escape_ends_them(scanned, grade):
    tab = grade()
    tab.keyboard.press("t")
    tab.locator(".sheet svg").click(position={"x": 60, "y": 60})
    tab.get_by_label("Text on the page").fill("Units?")

    tab.keyboard.press("Escape")

    saved(tab)
    assert Annotation.objects.get().text == "Units?"


def test_with_the_pin_in_hand_a_number_says_what_is_pinned(scanned, grade):
    tab = grade()
    tab.keyboard.press("m")

    tab.keyboard.press("2")
    tab.locator(".sheet svg").click(position={"x": 60, "y": 60})

    saved(tab)
    assert Annotation.objects.get().item == scanned.items["1.1"][1]
    assert not Mark.objects.exists()
