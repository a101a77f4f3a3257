"""How an exam went, as people see it: legible on a phone, for everybody, from the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from rubrics import grading
from submissions.models import Answer, Submission

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def graded(world):
    """Twelve papers, wholly graded, and an outline with a long title."""
    type(world.group).objects.filter(pk=world.group.pk).update(title="Verylongword" * 12)
    for number in range(4, 13):
        paper = Submission.objects.create(
            exam=world.exam, number=number, code_name=f"wren-{number}"
        )
        for question in world.questions.values():
            world.answers[number, question.number] = Answer.objects.create(
                submission=paper, question=question, score=question.points or 0
            )
    for (paper, number), answer in world.answers.items():
        grading.apply(world.items[number][paper % 3], answer, by=world.gus)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page_of", ["review/", "review/{part}/", "submissions/"])
def test_the_pages_can_be_used_by_everybody(
    visit, world, graded, assert_accessible, theme, page_of
):
    path = page_of.format(part=world.questions["2"].pk)
    page = visit("ines", f"/exams/{world.exam.pk}/{path}")
    page.emulate_media(color_scheme=theme)
    for summary in page.locator("main summary").all():
        summary.click()
    if page_of == "review/":
        page.get_by_role("heading", name="By grader").wait_for()

    assert_accessible(page)


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("page_of", ["review/", "review/{part}/", "submissions/"])
def test_nothing_stands_out_of_the_window(visit, world, graded, width, page_of):
    path = page_of.format(part=world.group.pk)
    page = visit("ines", f"/exams/{world.exam.pk}/{path}")
    page.set_viewport_size({"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1440])
def test_what_is_written_in_a_plot_can_be_read(visit, world, graded, width):
    page = visit("ines", f"/exams/{world.exam.pk}/review/")
    page.set_viewport_size({"width": width, "height": 800})

    plot = page.locator(".plot:visible")
    expect(plot).to_have_count(1)
    heights = plot.locator("text").evaluate_all(
        "texts => texts.map(text => parseFloat(getComputedStyle(text).fontSize)"
        " * text.ownerSVGElement.getScreenCTM().a)"
    )
    assert min(heights) >= 10.5
    assert max(heights) <= 16


def test_a_phone_shows_each_papers_total_and_each_items_share(visit, world, graded):
    visit("ines", "/").set_viewport_size({"width": 390, "height": 844})

    page = visit("ines", f"/exams/{world.exam.pk}/submissions/")
    expect(page.locator("tbody strong").first).to_be_in_viewport(ratio=1)

    page = visit("ines", f"/exams/{world.exam.pk}/review/{world.questions['2'].pk}/")
    share = page.locator(".review__items tbody td").last
    share.scroll_into_view_if_needed()
    box = share.bounding_box()
    assert box["x"] + box["width"] <= 390


def test_the_table_sorts_from_the_keyboard(visit, world, graded):
    page = visit("ines", f"/exams/{world.exam.pk}/submissions/")
    head = page.get_by_role("link", name="Total")

    head.focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/submissions/?sort=-total")
    totals = page.locator("tbody tr td strong").all_inner_texts()
    assert totals == sorted(totals, key=float, reverse=True)
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
