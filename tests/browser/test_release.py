from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from gradebook.models import Section
from rubrics import grading
from scoring import regrades
from scoring.models import Letter, Release
from scoring.regrade_windows import set_window
from scoring.release import release
from tests.browser.conftest import sign_in
from tests.scoring.conftest import graded, scanned  # noqa: F401  the graded world of the scoring tests

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 800, 390])
def test_a_preview_says_above_all_that_it_is_one(
    visit,
    browser_page,
    graded,  # noqa: F811
    assert_accessible,
    width,
):
    browser_page.set_viewport_size({"width": width, "height": 900})
    page = visit("ines", reverse("preview_paper", args=[graded.papers[1].pk]))

    note = page.get_by_text("Preview, not released.")
    expect(note).to_be_in_viewport()
    assert note.bounding_box()["y"] < page.locator(".copy__page").first.bounding_box()["y"]
    assert note.bounding_box()["y"] < page.locator(".copy__total").bounding_box()["y"]
    assert_accessible(page)
    page.get_by_role("link", name="Next").click()
    expect(note).to_be_visible()
    preview = reverse("preview_paper", args=[graded.papers[0].pk])
    expect(page).to_have_url(re.compile(f"{preview}$"))


def test_a_section_is_released_and_taken_back_by_keyboard_alone(
    visit,
    as_,
    graded,  # noqa: F811
    assert_accessible,
):
    section = Section.objects.create(course=graded.course, name="A")
    graded.members["nia"].sections.add(section)
    url = reverse("release", args=[graded.exam.pk])
    theirs = as_("ines").get(url, {"to": "sections", "sections": section.pk}).context["ready"]
    page = visit("ines", url)
    page.get_by_label("Everyone").focus()
    page.keyboard.press("ArrowDown")
    page.locator("input[name=sections]").focus()
    page.keyboard.press("Space")
    # The box comes anew with the list of whom it is for.
    expect(page.locator("#agreed")).to_have_attribute("value", theirs.key)
    page.locator("#agreed").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Release", exact=True).focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("1 of 2 students")).to_be_visible()
    assert_accessible(page)
    assert Release.objects.standing().get().audience == "A"

    page.get_by_role("button", name="Take back…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Take this release back?")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Taken back. Students see nothing of it any more.")).to_be_visible()
    assert not Release.objects.standing().exists()


@pytest.mark.parametrize("name", ["changes", "letters", "preview"])
def test_the_pages_beside_it_are_accessible_and_fit_a_phone(
    visit,
    browser_page,
    graded,  # noqa: F811
    assert_accessible,
    name,
):
    release(graded.exam, by=graded.ines, mail=True)
    browser_page.set_viewport_size({"width": 390, "height": 844})
    page = visit("ines", reverse(name, args=[graded.exam.pk]))

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert_accessible(page)


def test_writing_to_students_later_asks_first(
    visit,
    graded,  # noqa: F811
    assert_accessible,
):
    release(graded.exam, by=graded.ines)
    page = visit("ines", reverse("letters", args=[graded.exam.pk]))
    page.get_by_role("link", name="Write to 2 students…").focus()
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="Write to 2 students?")
    expect(question.get_by_role("button", name="Not now")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    assert not Letter.objects.exists()

    page.get_by_role("link", name="Write to 2 students…").click()
    question.get_by_role("button", name="Write to 2 students").click()
    expect(page.get_by_text("2 e-mails will be sent.")).to_be_visible()
    assert Letter.objects.count() == 2


def test_without_scripts_writing_later_asks_in_the_page(
    browser,
    quiet_server,
    graded,  # noqa: F811
):
    release(graded.exam, by=graded.ines)
    context = browser.new_context(base_url=quiet_server.url, java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, graded.ines)
    plain.goto(reverse("letters", args=[graded.exam.pk]))
    write = plain.get_by_role("button", name="Write to 2 students")
    expect(write).to_be_hidden()
    plain.get_by_role("link", name="Write to 2 students…").click()

    write.click()

    expect(plain.get_by_text("2 e-mails will be sent.")).to_be_visible()
    assert Letter.objects.count() == 2
    context.close()


@pytest.mark.parametrize("name", ["letters", "reply_letters"])
def test_letters_are_read_on_a_phone_without_sliding_them(
    visit,
    browser_page,
    graded,  # noqa: F811
    assert_accessible,
    name,
):
    made = release(graded.exam, by=graded.ines, mail=True)
    set_window(graded.exam, made.at, made.at + timedelta(days=1), by=graded.ines)
    asked = regrades.ask(made.copies.get(submission=graded.papers[0]), "1.1", "Look again.")
    regrades.reply(asked, "No, sorry.", change=False, by=graded.gus)
    said = "The mail server said: 550 " + "mailbox_unavailable_" * 6
    Letter.objects.update(state="failed", reason=said, address=f"{'long' * 14}@example.edu")
    browser_page.set_viewport_size({"width": 390, "height": 844})
    page = visit("ines", reverse(name, args=[graded.exam.pk]))

    table = page.locator("table")
    expect(table.get_by_role("button", name="Send again").first).to_be_in_viewport(ratio=1)
    assert table.evaluate("table => table.parentElement.scrollWidth") <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert_accessible(page)


def test_without_scripts_a_list_nobody_saw_is_shown_before_it_is_released(
    browser,
    quiet_server,
    graded,  # noqa: F811
):
    """The page cannot follow the choice, so the box was ticked beside the list of the others."""
    for name in ("sam", "nia"):
        section = Section.objects.create(course=graded.course, name=name)
        graded.members[name].sections.add(section)
    release(graded.exam, by=graded.ines, to="sections", sections=[section])
    grading.flag(graded.answers[1, "1.1"], by=graded.gus)
    context = browser.new_context(base_url=quiet_server.url, java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, graded.ines)
    plain.goto(reverse("release", args=[graded.exam.pk]))
    expect(plain.locator("#release-checks")).not_to_contain_text("2 answers are not graded yet")
    plain.get_by_label("Everyone, also those who see a result").check()
    plain.locator("#agreed").check()
    plain.get_by_role("button", name="Release", exact=True).click()

    expect(plain.get_by_text("You ticked the box beside another list.")).to_be_visible()
    expect(plain.locator("#release-checks")).to_contain_text("5 answers are not graded yet")
    expect(plain.get_by_label("Everyone, also those who see a result")).to_be_checked()
    expect(plain.locator("#agreed")).not_to_be_checked()
    plain.locator("#agreed").check()
    plain.get_by_role("button", name="Release", exact=True).click()
    expect(plain.get_by_text("Released. 2 students can see their results now.")).to_be_visible()
    context.close()
