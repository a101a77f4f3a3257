"""What a phone shows: nothing cut off, nothing laid over what one came to see."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from gradebook.files import keep
from submissions.models import Page, Upload

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def long_paper(world):
    """A paper of 27 pages, the answer to 2 on its third."""
    out = io.BytesIO()
    Image.new("L", (340, 440), 250).save(out, "JPEG")
    kept = keep("pages", out.getvalue(), ".jpg").name
    upload = Upload.objects.create(
        exam=world.exam, name="batch.pdf", file="x.pdf", size=1, sha256="0" * 64, page_count=27
    )
    for number in range(1, 28):
        Page.objects.create(
            upload=upload,
            number=number,
            state=Page.State.PLACED,
            submission=world.papers[0],
            template_page=number,
            position=number,
            preview=kept,
            thumbnail=kept,
            width=340,
            height=440,
            affine=[1, 0, 0, 0, 1, 0],
        )
    return world.answers[1, "2"]


def open_answer(visit, answer, width, height):
    visit("gus", "/").set_viewport_size({"width": width, "height": height})
    page = visit("gus", f"/answers/{answer.pk}/")
    expect(page.locator("grading-page[data-ready]")).to_be_attached()
    return page


def test_a_phone_shows_the_answer_and_the_rubric_of_a_long_paper(
    visit, long_paper, assert_accessible
):
    page = open_answer(visit, long_paper, **PHONE)

    sheet = page.locator(".stage .sheet")
    assert sheet.bounding_box()["width"] > 340
    expect(page.locator(".sheet .lit")).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".page-thumb[aria-current]")).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".score")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    item = page.locator(".item__toggle", has_text="Slip")
    item.click()
    expect(item).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Page 27", exact=True).click()
    expect(page.locator(".stage img")).to_have_attribute(
        "alt", "Page 27 of kestrel-41, the answer to 2 lit"
    )
    assert_accessible(page)


@pytest.mark.parametrize(
    ("width", "height"), [(390, 844), (768, 1024), (1024, 768), (1440, 900), (1920, 1080)]
)
def test_small_pages_never_lie_on_the_large_one(visit, long_paper, width, height):
    page = open_answer(visit, long_paper, width, height)

    stage, small = (page.locator(name).bounding_box() for name in (".stage", ".pages"))
    beside = small["x"] + small["width"] <= stage["x"]
    above = small["y"] + small["height"] <= stage["y"]
    assert beside or above
    assert page.locator(".stage .sheet").bounding_box()["width"] > stage["width"] / 2


def test_the_small_page_in_front_is_brought_into_sight(visit, long_paper):
    page = open_answer(visit, long_paper, 1440, 900)
    for _ in range(20):
        page.keyboard.press("]")

    current = page.locator(".page-thumb[aria-current]")
    expect(current).to_have_accessible_name("Page 23")
    expect(current).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize(
    "address", ["/exams/{exam}/match/students/", "/courses/{course}/people/?role=left"]
)
def test_the_tab_one_is_on_is_seen_whole_on_a_phone(visit, world, address):
    where = address.format(exam=world.exam.pk, course=world.course.pk)
    visit("ines", "/").set_viewport_size(PHONE)

    page = visit("ines", where)

    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=1)
    for tab in page.locator(".tabs a").all():
        expect(tab).to_be_in_viewport(ratio=1)
