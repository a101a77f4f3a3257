from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from scoring import regrades
from scoring.models import Copy, Regrade
from tests.scoring.conftest import (  # noqa: F401  the released world of the scoring tests
    graded,
    released,
    scanned,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHY = "My second line is the solution's."
MATHS = "Is $x^2$ not\n$$\\frac{1}\n{2}$$? <b>Look</b> & say, for $5 and $6."
REPLY = "No: $$y^3$$, or <i>so</i>."


@pytest.fixture
def asked(released):  # noqa: F811
    return regrades.ask(released.copies["sam"], "1.1", WHY)


@pytest.fixture
def workspace(visit, asked):
    page = visit("gus", reverse("regrade", args=[asked.pk]))
    expect(page.locator("grading-page[data-ready]")).to_be_attached()
    return page


def test_a_student_asks_beside_the_part_and_reads_it_there(visit, released, assert_accessible):  # noqa: F811
    page = visit("sam", reverse("copy", args=[released.copies["sam"].pk]) + "#part-1-1")

    page.locator("#part-1-1").get_by_role("link", name="Ask for a regrade").click()
    page.get_by_label("Why should it be looked at again?").fill("Look again.")
    expect(page.get_by_text("11 of 2,000 characters.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Send the request").click()

    expect(page.locator("#part-1-1 .copy__regrade")).to_contain_text("It waits for an answer.")
    page.get_by_role("link", name="Withdraw it").click()
    page.get_by_role("button", name="Withdraw the request").click()
    expect(page.locator("#part-1-1").get_by_role("link", name="Ask for a regrade")).to_be_visible()


def test_a_click_moves_the_score_that_is_replied_with(workspace, asked, assert_accessible):
    slip = workspace.locator("answer-slip")
    expect(slip).to_contain_text("The student sees 1.5 / 2. It stands at 1.5 now.")
    expect(slip.get_by_role("button", name="Reply and show")).to_be_hidden()

    workspace.keyboard.press("1")
    workspace.keyboard.press("2")

    expect(slip).to_contain_text("It stands at 2 now.")
    slip.get_by_label("Reply to the student").fill("You are right. 2 it is.")
    assert_accessible(workspace)
    slip.get_by_role("button", name="Reply and show 2").click()

    expect(workspace.locator(".flash").first).to_contain_text("The student sees the new score.")
    asked.refresh_from_db()
    assert (asked.reply.before, asked.reply.after) == (150, 200)
    assert Copy.objects.get(pk=asked.copy_id).result["score"] == 800


def test_digits_typed_into_the_reply_click_nothing(workspace, asked):
    workspace.get_by_label("Reply to the student").press_sequentially("12 z")

    expect(workspace.locator("answer-slip")).to_contain_text("It stands at 1.5 now.")
    assert asked.answer.marks.count() == 1


def test_the_slip_stays_with_its_answer_and_keeps_what_was_typed(workspace):
    slip = workspace.locator("answer-slip")
    slip.get_by_label("Reply to the student").fill("Half a reply")

    workspace.keyboard.press("Escape")
    workspace.locator("answer-slip h2").click()
    workspace.locator("[data-do=following]").click()
    expect(workspace.locator("paper-line [data-code]").first).to_have_text("otter-7")
    expect(slip).to_be_hidden()
    workspace.locator("[data-do=previous]").click()

    expect(slip).to_be_visible()
    expect(slip.get_by_label("Reply to the student")).to_have_value("Half a reply")


def test_who_answered_meanwhile_is_told_beside_what_was_typed(workspace, asked, released):  # noqa: F811
    workspace.get_by_label("Reply to the student").fill("My words.")
    regrades.reply(asked, "It stays.", change=False, by=released.ines)

    workspace.get_by_role("button", name="Reply, change nothing").click()

    slip = workspace.locator("answer-slip")
    expect(slip.get_by_role("alert")).to_contain_text("Ines Instructor answered this request")
    expect(slip).to_contain_text("My words.")


@pytest.fixture
def written(released):  # noqa: F811
    """A student and a grader wrote formulas; the copy has one in a comment of part 2 besides."""
    asked = regrades.ask(released.copies["sam"], "2", MATHS)
    regrades.reply(asked, REPLY, change=False, by=released.gus)
    return asked


def assert_typeset(box, count):
    """The formulas of a text, all of them and nothing else, and the words as they were written."""
    expect(box.locator(".katex")).to_have_count(count)
    expect(box.locator("b, i")).to_have_count(0)
    expect(box).not_to_contain_text("$$")


def test_formulas_of_a_request_are_typeset_for_its_student(visit, written, assert_accessible):
    page = visit("sam", reverse("copy", args=[written.copy_id]))
    said = page.locator("#part-2 .copy__regrade .said")

    assert_typeset(said.nth(0), 2)
    expect(said.nth(0)).to_contain_text("<b>Look</b> & say, for $5 and $6.")
    assert_typeset(said.nth(1), 1)
    expect(page.locator("#part-2 .copy__comment .katex")).to_have_count(1)
    page.goto(reverse("copy_regrade", args=[written.copy_id, "2"]))
    assert_typeset(page.locator(".said").first, 2)
    assert_typeset(page.locator(".said").last, 1)
    assert_accessible(page)


def test_formulas_of_a_request_are_typeset_for_staff(visit, written, assert_accessible):
    page = visit("gus", reverse("regrade", args=[written.pk]))
    assert_typeset(page.locator("answer-slip .said").first, 2)
    assert_typeset(page.locator("answer-slip .said").last, 1)
    page.locator("answer-slip h2").click()
    page.keyboard.press("h")
    quote = page.locator("answer-history .said").filter(has_text="Look")
    assert_typeset(quote, 2)

    page.goto(reverse("regrades", args=[written.submission.exam_id]))
    assert_typeset(page.locator(".regrades__reason .said"), 2)
    assert_accessible(page)

    written.answer.delete()
    page.goto(reverse("regrade", args=[written.pk]))
    assert_typeset(page.locator(".said").first, 2)
    assert_accessible(page)


def test_no_formula_leaves_its_box(visit, released):  # noqa: F811
    """Graders' buttons stand beside it: what a student writes may lie over none of them."""
    pushed = r"$$\kern-39em\kern-39em\raisebox{30em}{Show 2}$$ $$\smash{\rule{39em}{39em}}$$"
    asked = regrades.ask(released.copies["sam"], "1.1", pushed)
    page = visit("gus", reverse("regrade", args=[asked.pk]))
    box = page.locator("answer-slip .said")
    expect(box.locator(".katex")).to_have_count(2)

    assert box.evaluate("(box) => getComputedStyle(box).contain") == "paint"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    covered = page.locator("answer-slip").evaluate(
        """(slip) => [...slip.querySelectorAll("button, a, textarea")].filter((one) => {
          one.scrollIntoView({ block: "center" });
          const { x, y, width, height } = one.getBoundingClientRect();
          const [left, top] = [x + width / 2, y + height / 2];
          return width && document.elementFromPoint(left, top)?.closest(".said");
        }).length"""
    )
    assert covered == 0


@pytest.mark.parametrize("name", ["regrades", "regrade_window"])
def test_the_staffs_pages_are_accessible_and_fit_a_phone(
    visit,
    browser_page,
    asked,
    released,  # noqa: F811
    name,
    assert_accessible,
):
    browser_page.set_viewport_size({"width": 390, "height": 844})
    page = visit("ines", reverse(name, args=[released.exam.pk]))

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert_accessible(page)
    assert Regrade.objects.open().count() == 1
