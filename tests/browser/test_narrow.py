"""What a phone shows: nothing cut off, nothing laid over what one came to see."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from gradebook.files import keep
from gradebook.models import Membership, Role, User
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


@pytest.mark.parametrize(("width", "height"), [(768, 1024), (820, 1180), (1024, 768), (1100, 800)])
def test_a_tablet_keeps_its_bars_in_their_lines(visit, long_paper, width, height):
    page = open_answer(visit, long_paper, width, height)

    bar, tools = page.locator(".desk__bar"), page.locator(".tools")
    lines = """(bar) => new Set([...bar.querySelectorAll("button, summary, a")]
        .filter((one) => one.checkVisibility())
        .map((one) => Math.round(one.getBoundingClientRect().bottom))).size"""
    assert (bar.evaluate(lines), tools.evaluate(lines)) == (1, 2)
    assert tools.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    # What the bar has no room for lies in its menu, once.
    page.get_by_label("More: flag, history").click()
    menu = bar.locator(".menu__list")
    expect(menu.get_by_role("button", name="Flag")).to_have_count(0)
    menu.get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog")).to_be_visible()


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


def test_a_phone_shows_the_first_items_and_folds_what_is_not_wanted(visit, long_paper):
    page = open_answer(visit, long_paper, **PHONE)
    bar = page.locator(".desk__bar")
    first = page.locator(".item__toggle").first

    assert page.locator("paper-view").bounding_box()["height"] <= 0.4 * PHONE["height"] + 1
    expect(first).to_be_in_viewport(ratio=1)
    assert first.bounding_box()["y"] + 40 < bar.bounding_box()["y"]
    assert bar.bounding_box()["height"] < 64
    expect(page.locator(".tools")).to_be_hidden()

    page.get_by_role("button", name="Tools").click()
    expect(page.locator(".tools")).to_be_in_viewport(ratio=0.9)
    assert page.locator(".tools").bounding_box()["height"] < 64
    page.get_by_role("button", name="Pen").click()
    page.get_by_role("button", name="Tools").click()
    expect(page.locator("paper-view")).to_have_attribute("data-tool", "pan")

    page.locator(".desk__more summary").click()
    page.locator(".desk__more").get_by_role("button", name="Flag").click()
    expect(page.locator(".desk__more")).to_contain_text("Flagged by GG")
    page.locator(".desk__more").get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_four_graders_and_more_stand_beside_their_parts_on_a_phone(world, visit):
    for number in range(6):
        person = User.objects.create_user(f"grader{number}@example.edu", "long enough to stay")
        Membership.objects.create(course=world.course, user=person, role=Role.GRADER)
    page = visit("ines", "/")
    page.set_viewport_size(PHONE)
    page.goto(f"/exams/{world.exam.pk}/assignment/")

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    head = page.locator(".assignment thead th")
    expect(head.nth(4)).to_be_in_viewport(ratio=1)
    page.locator(".table-scroll").evaluate("(one) => one.scrollTo(9999, 0)")
    expect(head.last).to_be_in_viewport(ratio=1)
    expect(head.first).to_be_in_viewport(ratio=1)
