from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from gradebook.models import Section
from jobs.runner import work_through
from scoring.models import Copy
from scoring.release import release
from tests.scoring.conftest import graded, scanned  # noqa: F401  the graded world of the scoring tests

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(graded):  # noqa: F811
    made = release(graded.exam, by=graded.ines)
    return f"/copies/{Copy.objects.get(release=made, submission=graded.papers[0]).pk}/"


def test_choosing_a_part_opens_it_and_lights_its_score_on_the_page(
    visit, address, assert_accessible
):
    page = visit("sam", address)
    expect(page.locator("#part-1-2 .copy__items")).to_be_hidden()

    page.locator("#part-1-2 summary").click()

    expect(page.locator("#part-1-2 .copy__items")).to_be_visible()
    expect(page.locator(".tag--chosen")).to_have_text("1.2 b 4 / 4")
    expect(page.locator(".tag--chosen")).to_be_in_viewport()
    assert_accessible(page)


def test_what_lost_points_stands_open_and_lights_nothing_by_itself(visit, address):
    page = visit("sam", address)

    expect(page.locator("#part-1-1 .copy__item--applied")).to_contain_text("Slip")
    expect(page.locator("#part-2 .copy__items")).to_be_visible()
    expect(page.locator("#part-1-2 .copy__items")).to_be_hidden()
    expect(page.locator(".copy__all")).to_be_visible()
    expect(page.locator(".tag--chosen")).to_have_count(0)


def test_all_parts_open_and_close_at_once_and_nothing_is_remembered(visit, address):
    page = visit("sam", address)
    bodies = page.locator(".copy__part .copy__body")
    expect(bodies).to_have_count(3)

    page.get_by_role("button", name="Open all").click()
    expect(bodies.locator("visible=true")).to_have_count(3)
    expect(page.locator(".tag--chosen")).to_have_count(0)

    page.get_by_role("button", name="Close all").click()
    expect(bodies.locator("visible=true")).to_have_count(0)

    page.reload()
    expect(page.locator("#part-1-1 .copy__items")).to_be_visible()


def test_choosing_a_score_on_the_page_opens_its_part(visit, address):
    page = visit("sam", address)

    page.locator(".tag", has_text="1.2 b").click()

    expect(page.locator("#part-1-2 .copy__items")).to_be_visible()
    expect(page.locator("#part-1-2 summary")).to_be_focused()
    expect(page).to_have_url(re.compile("#part-1-2$"))


def test_rows_that_open_say_so_and_open_by_keyboard(visit, address):
    page = visit("sam", address)
    page.emulate_media(reduced_motion="reduce")
    row = page.locator("#part-1-1 summary")
    colour = row.evaluate("row => getComputedStyle(row, '::before').borderRightColor")
    assert colour == row.evaluate("row => getComputedStyle(row.lastElementChild).color")

    page.locator("summary.copy__head").first.focus()
    page.keyboard.press("Tab")
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#part-1-1 .copy__items")).to_be_hidden()
    page.keyboard.press("Enter")

    expect(page.locator("#part-1-1 .copy__items")).to_be_visible()
    expect(page.locator("#part-1-1 details")).to_have_attribute("open", "")


def test_a_row_with_nothing_below_it_is_no_button(visit, address):
    copy = Copy.objects.get(pk=address.split("/")[2])
    copy.result["questions"][0]["parts"][0]["items"] = []
    copy.result["pages"] = []
    copy.save()
    page = visit("sam", address + "#part-1-1")

    expect(page.locator("#part-1-1")).to_contain_text("1.1 a · Add")
    expect(page.locator("#part-1-1 summary")).to_have_count(0)
    expect(page.locator("#part-1-2 summary")).to_have_count(1)


def test_scores_stand_where_their_regions_begin(visit, address):
    page = visit("sam", address)
    expect(page.locator("#page-1 .copy__tags--placed")).to_be_attached()
    picture = page.locator("#page-1").bounding_box()
    tag = page.locator("#page-1 .tag").bounding_box()

    assert tag["y"] - picture["y"] == pytest.approx(0.2 * picture["height"], abs=2)


def test_on_a_phone_scores_cover_no_print(visit, address, browser_page):
    browser_page.set_viewport_size({"width": 390, "height": 844})
    page = visit("sam", address)
    picture = page.locator("#page-1").bounding_box()
    tag = page.locator("#page-1 .tag").bounding_box()

    assert picture["width"] > 340
    assert tag["x"] - picture["x"] > 0.94 * picture["width"]
    assert tag["height"] >= 24
    assert tag["x"] + tag["width"] <= 390


def test_an_address_with_a_part_opens_it(visit, address):
    page = visit("sam", address + "#part-2")

    expect(page.locator("#part-2 .copy__items")).to_be_visible()


def test_maths_in_a_comment_is_typeset(visit, address):
    page = visit("sam", address)

    expect(page.locator(".copy__comment .katex").first).to_be_attached()


def test_both_kinds_of_maths_are_typeset_and_prices_are_none(visit, address):
    page = visit("sam", address)
    page.evaluate(
        """() => { const text = document.createElement("math-text");
           text.id = "both"; text.textContent = "Is $x^2$ or $$y^3$$, or $5 and $6?";
           document.querySelector("main").append(text); }"""
    )

    both = page.locator("#both")
    expect(both.locator(".katex")).to_have_count(2)
    expect(both).to_contain_text(", or $5 and $6?")


def test_a_phone_shows_the_score_first_and_nothing_too_wide(
    visit, address, browser_page, assert_accessible
):
    browser_page.set_viewport_size({"width": 390, "height": 844})
    page = visit("sam", address)

    expect(page.locator(".score strong")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#part-1-2 summary").click()
    page.locator("#part-1-2 .copy__jump").click()
    expect(page.locator(".tag--chosen")).to_be_in_viewport()
    assert_accessible(page)


def test_choosing_a_section_shows_what_is_open_there(visit, graded):  # noqa: F811
    section = Section.objects.create(course=graded.course, name="A")
    graded.members["sam"].sections.add(section)
    page = visit("ines", reverse("release", args=[graded.exam.pk]))
    expect(page.locator("#release-checks")).to_contain_text("5 answers are not graded yet")
    expect(page.locator("#agreed")).to_have_count(1)

    page.get_by_label("Some sections").check()
    page.locator(f"[name=sections][value='{section.pk}']").check()

    expect(page.locator("#release-checks")).to_contain_text("Every part of every paper is graded")
    expect(page.locator("#agreed")).to_have_count(0)


@pytest.mark.parametrize("name", ["release", "copies"])
def test_the_instructors_pages_are_accessible(visit, graded, name, assert_accessible):  # noqa: F811
    assert_accessible(visit("ines", reverse(name, args=[graded.exam.pk])))


def test_the_pdf_opens_by_itself_when_it_is_made(visit, address, assert_accessible):
    page = visit("sam", address)
    page.get_by_role("link", name="Download PDF").click()
    expect(page.get_by_role("heading", name="Your copy is being made")).to_be_visible()
    assert_accessible(page)

    with page.expect_response(lambda said: said.headers.get("content-type") == "application/pdf"):
        work_through("test", until_idle=True, most=9, stop=lambda: False)
