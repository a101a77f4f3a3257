"""Second looks, and what they tell, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gradebook.models import Membership, Role
from rubrics.grading import apply
from rubrics.models import SecondGrade, SecondLook
from tests.conftest import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def looks(world):
    """Gus graded 1.1 on two papers; Hana is asked to look again."""
    world.hana = person("hana@example.edu", "Hana", "Second")
    Membership.objects.create(course=world.course, user=world.hana, role=Role.GRADER)
    for number in (1, 2):
        apply(world.items["1.1"][1], world.answers[number, "1.1"], by=world.gus)
        SecondLook.objects.create(answer=world.answers[number, "1.1"], by=world.ines)
    return world


def test_second_looks_are_given_by_keys_alone_and_settled(looks, visit, assert_accessible):
    tab = visit("hana", f"/exams/{looks.exam.pk}/")
    tab.get_by_role("link", name="Give one").click()
    expect(tab.get_by_role("heading", name="1.1 a · Add")).to_be_visible()
    assert_accessible(tab)

    tab.keyboard.press("3")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("1 waiting for you")).to_be_visible()
    tab.keyboard.press("2")
    tab.keyboard.press("Enter")

    expect(tab.get_by_text("No second look waits for you")).to_be_visible()
    assert sorted(SecondGrade.objects.values_list("score", flat=True)) == [0, 150]

    tab = visit("ines", f"/exams/{looks.exam.pk}/agreement/")
    assert_accessible(tab)
    tab.get_by_role("button", name="Take the second").click()

    expect(tab.get_by_text("Settled.")).to_be_visible()
    assert sorted(looks.questions["1.1"].answers.values_list("score", flat=True)) == [0, 150, 200]


def test_without_an_item_nothing_is_given(looks, visit):
    tab = visit("hana", f"/exams/{looks.exam.pk}/second/")

    tab.keyboard.press("Enter")

    expect(tab.get_by_text("Choose what applies")).to_be_visible()
    assert not SecondGrade.objects.exists()
