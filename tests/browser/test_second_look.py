"""Second looks, and what they tell, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from gradebook.models import Membership, Role
from rubrics.claims import release
from rubrics.grading import apply
from rubrics.item_groups import add_group
from rubrics.models import Annotation, Claim, Key, SecondGrade, SecondLook
from rubrics.rubric import add_item, change_item
from rubrics.seconds import next_for
from tests.conftest import person
from tests.jobs.test_processes import until

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
    second_look(tab)
    expect(tab.get_by_role("heading", name="1.1 a · Add")).to_be_visible()
    assert_accessible(tab)

    tab.keyboard.press("3")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("1 waiting for you")).to_be_visible()
    second_look(tab)
    tab.keyboard.press("2")
    tab.keyboard.press("Enter")

    expect(tab.get_by_text("No second look waits for you")).to_be_visible()
    assert sorted(SecondGrade.objects.values_list("score", flat=True)) == [0, 150]

    looks.items["1.1"][1].text = "Slip: $$x^2$$"
    looks.items["1.1"][1].save()
    tab = visit("ines", f"/exams/{looks.exam.pk}/agreement/")
    expect(tab.get_by_label("To settle").locator(".katex")).to_have_count(1)
    assert_accessible(tab)
    tab.get_by_role("button", name="Take the second").click()

    expect(tab.get_by_text("Settled.")).to_be_visible()
    assert sorted(looks.questions["1.1"].answers.values_list("score", flat=True)) == [0, 150, 200]


@pytest.fixture
def on_pages(looks, scanned):
    """The same, and the papers have pages, with ink of the first grader on one."""
    page = scanned.papers[0].pages.get(template_page=1)
    Annotation.objects.create(
        answer=looks.answers[1, "1.1"],
        page=page,
        key="8d7b2c1e-0000-4000-8000-000000000001",
        kind=Annotation.Kind.TEXT,
        points=[[0.3, 0.3]],
        text="Slip here",
        size=0.02,
        by=looks.gus,
    )
    return looks


def second_look(tab):
    expect(tab.locator("second-look[data-ready]")).to_be_attached()
    return tab


def test_the_page_is_seen_as_in_the_workspace_without_the_first_graders_ink(on_pages, visit):
    tab = second_look(visit("hana", f"/exams/{on_pages.exam.pk}/second/"))
    sheet = tab.locator(".stage .sheet")
    expect(tab.get_by_role("img", name="the answer to 1.1 a lit")).to_be_visible()
    expect(tab.locator(".lit")).to_have_count(1)
    assert sheet.bounding_box()["x"] < tab.locator(".second__form").bounding_box()["x"]
    assert "Slip here" not in tab.content()

    wide = sheet.bounding_box()["width"]
    tab.keyboard.press("+")
    expect(tab.locator("[data-percent]")).to_have_text("125 %")
    assert sheet.bounding_box()["width"] > wide
    tab.keyboard.press("f")
    expect(tab.locator("[data-percent]")).to_have_text("100 %")
    tab.keyboard.press("]")
    expect(tab.locator(".lit")).to_have_count(0)
    tab.get_by_role("button", name=", with this answer").click()
    expect(tab.locator(".lit")).to_have_count(1)
    # Nothing draws here.
    expect(tab.locator("[data-tool=pen]")).to_have_count(0)


def test_ones_own_keys_hold_here_and_question_mark_tells_them(on_pages, visit, assert_accessible):
    Key.objects.create(person=on_pages.hana, act="item-3", key="w")
    tab = second_look(visit("hana", f"/exams/{on_pages.exam.pk}/second/"))
    expect(tab.locator("kbd[data-key=item-3]")).to_have_text("W")

    tab.keyboard.press("?")
    keys = tab.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys.get_by_text("fit the width").first).to_be_visible()
    expect(keys.get_by_text("next ungraded paper")).to_have_count(0)
    expect(keys.get_by_text("inside a group")).to_have_count(0)
    assert_accessible(tab)
    tab.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    tab.keyboard.press("w")
    expect(tab.get_by_role("checkbox").nth(2)).to_be_checked()
    tab.keyboard.press("a")
    tab.keyboard.type("+0.5")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("1 waiting for you")).to_be_visible()
    assert SecondGrade.objects.get().score == 50


@pytest.fixture
def grouped(looks):
    """1.1 has a group to pick one from, with two items, and one of two more."""
    question = looks.questions["1.1"]
    pick = add_group(question, text="Method", exclusive=True, by=looks.ines)
    some = add_group(question, text="Slips", exclusive=False, by=looks.ines)
    for group, text in ((pick, "Direct"), (pick, "Detour"), (some, "Sign"), (some, "Units")):
        change_item(add_item(question, text=text, points=-25, by=None), group=group, by=None)
    return looks


def test_a_number_opens_a_group_and_letters_choose_in_it(grouped, visit, assert_accessible):
    tab = second_look(visit("hana", f"/exams/{grouped.exam.pk}/second/"))
    method, slips = (
        tab.get_by_role("region", name="Method"),
        tab.get_by_role("region", name="Slips"),
    )
    expect(method.locator("kbd")).to_have_text(["4", "Q", "W"])

    tab.keyboard.press("q")
    expect(method.get_by_role("checkbox", name="Direct")).not_to_be_checked()
    tab.keyboard.press("4")
    said = tab.get_by_text("Method is open: letters choose, Escape leaves.")
    expect(said).to_be_attached()
    expect(method).to_have_attribute("data-open", "")
    assert_accessible(tab)
    tab.keyboard.press("q")
    tab.keyboard.press("w")
    # Of these one applies.
    expect(method.get_by_role("checkbox", name="Direct")).not_to_be_checked()
    expect(method.get_by_role("checkbox", name="Detour")).to_be_checked()

    tab.keyboard.press("5")
    tab.keyboard.press("q")
    tab.keyboard.press("w")
    expect(slips.get_by_role("checkbox", name="Sign")).to_be_checked()
    expect(slips.get_by_role("checkbox", name="Units")).to_be_checked()
    tab.keyboard.press("Escape")
    expect(slips).not_to_have_attribute("data-open", "")
    tab.keyboard.press("q")
    expect(slips.get_by_role("checkbox", name="Sign")).to_be_checked()
    tab.keyboard.press("Enter")

    expect(tab.get_by_text("1 waiting for you")).to_be_visible()
    chosen = SecondGrade.objects.get().items.values_list("text", flat=True)
    assert set(chosen) == {"Detour", "Sign", "Units"}


def test_a_group_folds_and_says_what_is_chosen_in_it(grouped, visit):
    Key.objects.create(person=grouped.hana, act="choice-1", key="x")
    tab = second_look(visit("hana", f"/exams/{grouped.exam.pk}/second/"))
    head = tab.get_by_role("button", name="Method")

    # X is this person's key inside groups, and “As it stands” outside.
    tab.keyboard.press("4")
    tab.keyboard.press("x")
    expect(tab.get_by_role("checkbox", name="Direct")).to_be_checked()
    expect(tab.get_by_role("checkbox", name="As it stands")).not_to_be_checked()
    head.press("Enter")
    expect(tab.get_by_role("checkbox", name="Direct")).to_be_hidden()
    expect(head).to_contain_text("1 chosen")
    expect(head).to_have_attribute("aria-expanded", "false")
    # Folded, it is open no more; its number opens it again.
    tab.keyboard.press("x")
    expect(tab.get_by_role("checkbox", name="As it stands")).to_be_checked()
    tab.keyboard.press("4")
    expect(tab.get_by_role("checkbox", name="Direct")).to_be_visible()
    # The number of an item leaves the group.
    tab.keyboard.press("1")
    expect(tab.get_by_role("region", name="Method")).not_to_have_attribute("data-open", "")
    tab.keyboard.press("?")
    keys = tab.get_by_role("dialog", name="Keys")
    expect(keys.get_by_text("inside a group")).to_be_visible()


def test_without_an_item_nothing_is_given(looks, visit):
    tab = visit("hana", f"/exams/{looks.exam.pk}/second/")

    tab.keyboard.press("Enter")

    expect(tab.get_by_text("Choose what applies")).to_be_visible()
    assert not SecondGrade.objects.exists()


def test_a_second_look_stays_ones_own_while_it_is_open(looks, visit, browser_page):
    def claimed(told):
        return told.request.method == "PUT" and told.status == 200

    browser_page.clock.install()
    # It claims once when it is shown, and is not to be taken for the next time.
    with browser_page.expect_response(claimed):
        tab = visit("hana", f"/exams/{looks.exam.pk}/second/")
    expect(tab.get_by_role("heading", name="1.1 a · Add")).to_be_visible()
    answer = looks.answers[1, "1.1"]
    first = Claim.objects.get(answer=answer).until

    with tab.expect_response(claimed):
        tab.clock.run_for(21_000)
    assert Claim.objects.get(answer=answer).until > first
    other = next_for(looks.exam, looks.ines)
    assert other.answer == looks.answers[2, "1.1"]
    release(other.answer, looks.ines)

    # Who leaves it lets go: a colleague is led there at once.
    tab.goto(f"/exams/{looks.exam.pk}/")
    until(lambda: not Claim.objects.filter(answer=answer).exists())
    tab = visit("ines", f"/exams/{looks.exam.pk}/second/")
    expect(tab).to_have_url(re.compile(rf"/seconds/{answer.second_look.pk}/$"))
