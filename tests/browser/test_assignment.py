"""Who grades what, in a real browser: all parts and names in sight, or seen to go on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gradebook.models import Membership, Role
from tests.conftest import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def many_parts(world):
    """A question of forty parts."""
    exam = world.exam
    for number in range(40):
        exam.questions.create(
            number=str(100 + number), title=f"Part {number}", points=100, order=100 + number
        )
    return world


# The page's policy lets no predicate be waited for that comes as a text.
SCROLLED = """() => new Promise((then) => {
    const look = () => (scrollY > 500 ? then() : requestAnimationFrame(look));
    look();
})"""


def test_names_stand_over_their_ticks_and_the_page_scrolls_not_a_box(many_parts, visit):
    page = visit("ines", f"/exams/{many_parts.exam.pk}/assignment/")

    heads = page.locator(".assignment thead th")
    expect(heads.filter(has_text="Gus Grader")).to_be_visible()
    box = page.locator(".table-scroll")
    assert box.evaluate("(one) => one.scrollHeight <= one.clientHeight + 1")
    assert page.evaluate("document.documentElement.scrollHeight > 2 * innerHeight")

    page.mouse.wheel(0, 600)
    page.evaluate(SCROLLED)
    # The names stay under the top bar, and Save at the foot.
    expect(heads.filter(has_text="Gus Grader")).to_be_in_viewport(ratio=1)
    bar = page.locator(".topbar").bounding_box()
    assert heads.first.bounding_box()["y"] >= bar["y"] + bar["height"] - 1
    expect(page.get_by_role("button", name="Save")).to_be_in_viewport(ratio=1)


def test_with_too_many_names_the_box_shows_that_more_follows(many_parts, visit):
    for number in range(12):
        grader = person(f"grader{number}@example.edu", f"Grader{number}", "Longname")
        Membership.objects.create(course=many_parts.course, user=grader, role=Role.GRADER)
    page = visit("ines", f"/exams/{many_parts.exam.pk}/assignment/")

    box = page.locator(".table-scroll")
    assert box.evaluate("(one) => one.scrollHeight > one.clientHeight")
    fade = "(one) => getComputedStyle(one, '::after').backgroundImage"
    assert "gradient" in box.evaluate(fade)
    # At its end nothing of the last line is covered.
    box.evaluate("(one) => one.scrollTo(0, one.scrollHeight)")
    room = """(one) => one.getBoundingClientRect().bottom
        - one.querySelector("tbody tr:last-child").getBoundingClientRect().bottom"""
    assert box.evaluate(room) >= 16
