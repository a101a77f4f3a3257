"""Whose paper is this?, with the hands on the keyboard."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from gradebook.models import Region
from jobs.models import Job
from submissions.models import Crop, Match, Reading, Submission
from tests.submissions.written import prepare, scan, student, write_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def exam(world):
    """Four papers that wait, least sure first: 1, 2, 3, 4; the best candidates in the order of
    `members`."""
    exam = world.exam
    prepare(exam)
    members = [
        world.members["sam"],
        world.members["nia"],
        student(exam, "Mei", "Sato", "s031742"),
        student(exam, "Zoe", "Quist", "s7777777"),
    ]
    Submission.objects.create(exam=exam, number=4, code_name="wren-4")
    for n, paper in enumerate(exam.submissions.all()):
        write_on(scan(paper), members[n].user.get_full_name(), members[n].sid)
        Reading.objects.create(
            submission=paper,
            name=members[n].user.get_full_name(),
            sid=members[n].sid,
            reason="Hard to tell.",
            candidates=[
                {"membership": members[n].pk, "certainty": 0.6 + n / 10, "name": 0.6, "sid": 0.6},
                {"membership": members[n - 1].pk, "certainty": 0.1, "name": 0.1, "sid": 0.1},
            ],
        )
    return exam


def press(page, key):
    """Press a key as soon as the paper on the screen is one to decide about."""
    expect(page.locator("match-keys")).not_to_have_attribute("aria-busy", "true")
    page.keyboard.press(key)


def matches():
    rows = Match.objects.order_by("submission__number")
    return dict(rows.values_list("submission__number", "membership__user__first_name"))


def title(page):
    return page.locator("#paper-title")


def test_the_keyboard_alone_confirms_three_papers(visit, exam, world):
    page = visit("ines", f"/exams/{exam.pk}/match/")
    expect(title(page)).to_contain_text("Paper 1")

    press(page, "Enter")
    expect(title(page)).to_contain_text("Paper 2")
    expect(title(page)).to_be_focused()
    press(page, "s")
    expect(title(page)).to_contain_text("Paper 3")
    press(page, "1")
    expect(title(page)).to_contain_text("Paper 4")
    press(page, "/")
    # Typed slowly it is sought twice, and what is found anew takes the focus away.
    page.keyboard.insert_text("quist")
    expect(page.locator("#found")).to_contain_text("Quist, Zoe")
    page.keyboard.press("Enter")
    expect(page.locator("#found button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(title(page)).to_contain_text("Paper 2")

    expect(page.locator("#match-count")).to_have_text("3 of 4 matched · 1 left")
    assert matches() == {1: "Sam", 3: "Mei", 4: "Zoe"}
    assert set(Match.objects.values_list("by", flat=True)) == {world.ines.pk}


@pytest.mark.parametrize("key", ["z", "Control+z"])
def test_z_takes_the_last_word_back(visit, exam, key):
    page = visit("ines", f"/exams/{exam.pk}/match/")

    press(page, "2")
    expect(page.locator(".match-said")).to_contain_text("Paper 1 is Zoe Quist’s.")
    press(page, key)

    expect(title(page)).to_contain_text("Paper 1")
    expect(page.locator("#match-count")).to_have_text("0 of 4 matched · 4 left")
    assert matches() == {}


def test_the_page_counts_the_names_being_read_and_then_shows_the_first_paper(visit, exam):
    said = Reading.objects.get(submission__number=1).candidates
    Reading.objects.update(candidates=[])
    job = Job.objects.filter(pk=Job.objects.ask("match.exam", exam=exam.pk).pk)
    until = timezone.now() + timedelta(hours=1)
    job.update(state="running", attempt=1, lease_until=until, done=1, total=4)
    page = visit("ines", f"/exams/{exam.pk}/match/")
    expect(page.get_by_text("Reading names: 1 of 4")).to_be_visible()
    expect(title(page)).to_have_count(0)

    job.update(done=3)
    expect(page.get_by_text("Reading names: 3 of 4")).to_be_visible()
    Reading.objects.filter(submission__number=1).update(candidates=said)
    Match.objects.create(
        exam=exam, submission=exam.submissions.get(number=4), membership_id=said[1]["membership"]
    )
    job.update(state="done", finished_at=timezone.now())

    expect(title(page)).to_contain_text("Paper 2")
    expect(page.locator("#match-count")).to_have_text("1 of 4 matched · 3 left")
    expect(page.get_by_text("Reading names")).to_have_count(0)


ENTER = "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, repeat: %s})"


def test_a_key_held_down_decides_nothing(visit, exam):
    page = visit("ines", f"/exams/{exam.pk}/match/")
    expect(title(page)).to_contain_text("Paper 1")

    page.evaluate(f"document.body.dispatchEvent({ENTER % 'true'})")
    page.wait_for_load_state("networkidle")

    assert matches() == {}


def test_a_key_pressed_as_the_next_paper_appears_is_not_for_that_paper(visit, exam):
    page = visit("ines", f"/exams/{exam.pk}/match/")
    expect(title(page)).to_contain_text("Paper 1")
    page.evaluate(
        f"""document.addEventListener("htmx:afterSettle", () => {{
            document.querySelector("#paper-title").dispatchEvent({ENTER % "false"});
        }}, {{ once: true }})"""
    )

    press(page, "Enter")
    expect(title(page)).to_contain_text("Paper 2")
    page.wait_for_load_state("networkidle")

    assert matches() == {1: "Sam"}


def test_a_refusal_is_said_where_one_looks(visit, exam, world):
    page = visit("ines", f"/exams/{exam.pk}/match/")
    expect(title(page)).to_contain_text("Paper 1")
    Match.objects.create(
        exam=exam,
        submission=exam.submissions.get(number=4),
        membership=world.members["sam"],
        confirmed_at=exam.created_at,
    )

    press(page, "Enter")

    expect(page.get_by_role("alert")).to_contain_text("Sam Student has paper 4 already")
    expect(title(page)).to_contain_text("Paper 1")


def test_it_can_be_done_without_scripts(browser, quiet_server, exam, world):
    from tests.browser.conftest import sign_in

    context = browser.new_context(base_url=quiet_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, world.ines)
    page.goto(f"/exams/{exam.pk}/match/")

    page.get_by_role("button", name="Student, Sam").click()
    expect(title(page)).to_contain_text("Paper 2")
    page.get_by_role("searchbox").fill("quist")
    page.get_by_role("button", name="Search").click()
    page.locator("#found button").click()
    page.get_by_role("button", name="Undo").click()

    expect(title(page)).to_contain_text("Paper 2")
    assert matches() == {1: "Sam"}
    context.close()


@pytest.mark.parametrize("path", ["match/", "match/papers/", "match/students/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(visit, exam, assert_accessible, path, scheme):
    page = visit("ines", f"/exams/{exam.pk}/{path}")
    page.emulate_media(color_scheme=scheme)

    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_handwriting_is_there_to_be_seen(visit, exam):
    page = visit("ines", f"/exams/{exam.pk}/match/")

    for picture in page.locator(".match-crops img").all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 900
    assert Crop.objects.filter(region__kind=Region.Kind.NAME).count() == 4
