"""What the grading workspace says around the page: what is left, who is there, whose paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from gradebook.models import Membership, Role
from rubrics import claims
from rubrics.models import Claim, Entry
from rubrics.pace import ENOUGH
from submissions.models import Answer
from tests.conftest import person
from tests.jobs.test_processes import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# All in one moment: whoever leafs so fast asks for nothing on the way.
PRESS = """(keys) => keys.forEach(
  (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })),
)"""
# What a screen reader would say from now on.
READ_OUT = """() => {
  window.readOut = [];
  const hear = (changes) => window.readOut.push(...changes.map((one) => one.target.textContent));
  const all = { childList: true, characterData: true, subtree: true };
  for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
    new MutationObserver(hear).observe(region, all);
  }
}"""


@pytest.fixture
def timed(scanned):
    """Ines graded 1.1 on papers of her own, a minute each."""
    question, begun = scanned.questions["1.1"], timezone.now() - timedelta(hours=1)
    for number in range(ENOUGH + 1):
        paper = scanned.exam.submissions.create(number=4 + number, code_name=f"lynx-{number}")
        answer = Answer.objects.create(submission=paper, question=question, graded=True)
        Entry.objects.create(
            exam=scanned.exam,
            question_id=question.pk,
            answer_id=answer.pk,
            verb=Entry.Verb.GRADED,
            by=scanned.ines,
            at=begun + timedelta(minutes=number),
        )
    return scanned


def test_the_head_says_how_long_the_rest_takes_and_counts_down(timed, grade):
    tab = grade()
    head = tab.locator(".grading-progress")
    expect(head).to_contain_text("6 of 9 graded · about 3 min left")

    tab.keyboard.press("1")

    expect(head).to_contain_text("7 of 9 graded · about 2 min left")


def test_of_a_question_whose_pace_nobody_knows_the_head_says_no_time(scanned, grade):
    tab = grade()

    expect(tab.locator(".grading-progress")).to_contain_text("0 of 3 graded")
    expect(tab.locator(".grading-progress")).not_to_contain_text("left")


def test_colleagues_come_and_go_in_the_head_while_one_grades(scanned, grade, assert_accessible):
    tab = grade()
    here = tab.get_by_role("group", name="On this question now")
    expect(here).to_be_hidden()
    expect(tab.locator("save-state [role=status]")).not_to_be_empty()
    tab.evaluate(READ_OUT)

    claims.claim(scanned.answers[3, "1.1"], scanned.ines)
    badge = here.get_by_role("img", name="Ines Instructor is on this question too")
    expect(badge).to_have_text("II")
    expect(badge).to_have_attribute("title", "Ines Instructor is on this question too")
    assert_accessible(tab)

    claims.release(scanned.answers[3, "1.1"], scanned.ines)
    expect(here).to_be_hidden()
    assert tab.evaluate("window.readOut") == []


@pytest.mark.parametrize("keys", [["."], ["ArrowRight", "."]])
def test_who_went_on_to_another_question_is_gone_before_the_claim_ends(
    scanned, grade, context, colleague, keys
):
    """Also from what would have come next, and what was leafed over. A claim lasts 90 seconds."""
    with context.expect_event("response", lambda told: told.url.endswith("/next/")):
        tab = grade()
    colleague.goto(f"/answers/{scanned.answers[3, '1.1'].pk}/")
    here = colleague.get_by_role("group", name="On this question now")
    expect(here.get_by_role("img", name="Gus Grader is on this question too")).to_be_visible()

    tab.wait_for_load_state("networkidle")
    tab.evaluate(PRESS, keys)
    expect(tab.locator(".topbar [data-question]")).to_have_text("1.2 b · Multiply")

    expect(here).to_be_hidden()


def test_what_would_have_come_next_is_let_go_also_when_it_is_told_late(scanned, grade, context):
    """The grader was at another question by then."""
    late: list[Any] = []
    context.route("**/next/", lambda route: route.continue_() if late else late.append(route))
    tab = grade()
    with tab.expect_response("**/next/"):
        tab.keyboard.press(".")
    expect(tab.locator(".topbar [data-question]")).to_have_text("1.2 b · Multiply")
    left = f"/api/v1/answers/{scanned.answers[2, '1.1'].pk}/claim/"

    with tab.expect_response(lambda told: told.request.method == "DELETE" and left in told.url):
        late[0].continue_()
    mine = Claim.objects.filter(by=scanned.gus).values_list("answer", flat=True)
    here = {scanned.answers[paper, "1.2"].pk for paper in (1, 2)}
    until(lambda: set(mine.all()) <= here)


@pytest.mark.parametrize("left", ["closed", "expired"])
def test_who_left_the_answer_is_gone_before_the_claim_ends(scanned, grade, colleague, left):
    answer = scanned.answers[1, "1.1"]
    tab = grade()
    colleague.goto(f"/answers/{answer.pk}/")
    held = colleague.locator("[data-held]")
    expect(held).to_have_text("GG is looking at it too")

    if left == "closed":
        tab.goto("/")
    else:
        tab.context.set_offline(True)
        Claim.objects.update(until=timezone.now() - timedelta(seconds=1))

    expect(held).to_be_hidden()


def test_of_many_colleagues_two_have_a_badge_and_the_rest_a_number(scanned, grade):
    question = scanned.questions["1.1"]
    for number in range(4):
        hand = person(f"hand{number}@example.edu", f"Hand{number}", "Helper")
        Membership.objects.create(course=scanned.course, user=hand, role=Role.GRADER)
        paper = scanned.exam.submissions.create(number=10 + number, code_name=f"lynx-{number}")
        claims.claim(Answer.objects.create(submission=paper, question=question), hand)

    badges = grade().get_by_role("group", name="On this question now").get_by_role("img")

    expect(badges).to_have_text(["HH", "HH", "+2"])
    expect(badges.last).to_have_attribute(
        "aria-label", "Hand2 Helper, Hand3 Helper are on this question too"
    )


def test_the_foot_says_whose_paper_it_is_or_why_not(scanned, grade):
    scanned.exam.matches.create(submission=scanned.papers[0], membership=scanned.members["sam"])

    foot = grade("ines").locator(".desk__bar")
    expect(foot).to_contain_text("kestrel-41 · Sam Student")
    foot.get_by_role("button", name="Next →").click()
    expect(foot).to_contain_text("otter-7 · no student yet")

    for paper in (1, 2):
        expect(grade("gus", paper).locator(".desk__bar")).to_contain_text("· names hidden")
