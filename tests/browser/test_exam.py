from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from rubrics import grading
from submissions.models import Answer, Page, Submission, Upload

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def graded(world):
    """Three papers wholly graded, the third of four not at all."""
    more = Submission.objects.create(exam=world.exam, number=4, code_name="wren-4")
    for number, question in world.questions.items():
        world.answers[4, number] = Answer.objects.create(
            submission=more, question=question, score=question.points
        )
    for (paper, number), answer in world.answers.items():
        if paper != 3:
            grading.apply(world.items[number][paper % 3], answer, by=world.gus)


def address(world):
    return f"/exams/{world.exam.pk}/"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_can_be_used_by_everybody(visit, world, graded, assert_accessible, theme):
    page = visit("ines", address(world))
    page.emulate_media(color_scheme=theme)
    page.locator("summary", has_text="How the parts worked").click()
    page.locator("summary", has_text="As a table").click()

    assert_accessible(page)


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_stands_out_of_the_window(visit, world, graded, width):
    type(world.group).objects.update(title="Verylongwordwithoutanybreak" * 4)
    page = visit("ines", address(world))
    page.set_viewport_size({"width": width, "height": 800})

    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide


def test_a_question_folds_by_keyboard(visit, world, graded):
    page = visit("gus", address(world))
    part = page.get_by_role("link", name="a · Add")
    summary = page.locator("summary", has_text="Warm-up")
    expect(part).to_be_visible()

    summary.focus()
    page.keyboard.press("Enter")

    part.wait_for(state="hidden")


def test_columns_of_questions_and_parts_stand_below_each_other(visit, world, graded):
    page = visit("gus", address(world))

    edges = page.locator(".parts progress").evaluate_all(
        "bars => bars.map(bar => Math.round(bar.getBoundingClientRect().left))"
    )
    assert len(edges) == 4
    assert max(edges) - min(edges) <= 1


def test_the_strip_follows_the_scans_without_a_reload(visit, world):
    upload = Upload.objects.create(
        exam=world.exam, name="morning.pdf", file="x", size=1, sha256="1" * 64
    )
    Page.objects.create(upload=upload, number=1)
    page = visit("ines", address(world))
    page.get_by_text("0 of 1 page read").wait_for()

    Page.objects.update(state="doubtful")
    Upload.objects.update(formed_at="2026-11-02T09:00Z")

    page.locator("#steps").get_by_text("1 page needs a look").wait_for()
    page.locator("#needs").get_by_text("morning.pdf, page 1").wait_for()
    expect(page.locator("#steps[hx-get]")).to_have_count(0)


def test_the_main_button_leads_to_an_answer(visit, world, graded):
    page = visit("gus", address(world))
    page.get_by_role("link", name="Grade 2").click()

    page.wait_for_url(re.compile(r"/answers/\d+/$"))
