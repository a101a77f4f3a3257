"""Deleting for good, as a person does it: read, take away, type, see the record."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from gradebook.files import keep
from gradebook.models import Exam, Membership
from jobs.runner import work_through
from scoring.models import Deletion
from submissions.models import Upload
from tests.scoring.conftest import (  # noqa: F401  the released world of the scoring tests
    graded,
    released,
    scanned,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_files"),
]
LONG = "The retaken midterm of everybody who was ill in the first week of November, room by room"


def work():
    work_through("worker", until_idle=True, most=50, stop=lambda: False)


def addresses(world):
    return {
        "exam": reverse("exam_delete", args=[world.exam.pk]),
        "student": reverse("student_delete", args=[world.members["sam"].pk]),
        "record": reverse("deletions", args=[world.course.pk]),
        "settings": reverse("settings", args=[world.exam.pk]),
        "person": reverse("person", args=[world.members["sam"].pk]),
        "course": reverse("course_settings", args=[world.course.pk]),
        "exports": reverse("exports", args=[world.exam.pk]),
    }


@pytest.fixture
def recorded(released):  # noqa: F811
    """Two hundred lines of what was deleted, long names among them, one still under way."""
    Deletion.objects.bulk_create(
        Deletion(
            course=released.course,
            kind="exam" if number % 3 else "student",
            name=(LONG if number == 1 else f"Exam {number}") if number % 3 else "",
            by=released.ines if number % 2 else None,
            papers=number * 31,
            pages=number * 837,
            files=number * 3001,
            bytes=number * 81_234_567,
            done_at=timezone.now() if number else None,
        )
        for number in range(200)
    )
    return released


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["exam", "student", "record", "settings", "person", "course", "exports"]
)
def test_everybody_can_use_it_on_a_phone_too(recorded, visit, assert_accessible, name, scheme):
    Exam.objects.filter(pk=recorded.exam.pk).update(name=LONG)
    visit("ines", "/").emulate_media(color_scheme=scheme)
    page = visit("ines", addresses(recorded)[name])
    _look(page, f"{name}-{scheme}-1440")
    assert_accessible(page)

    page.set_viewport_size({"width": 390, "height": 844})
    _look(page, f"{name}-{scheme}-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def _look(page, name):
    if folder := os.environ.get("KEEP_LOOK"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page="record" not in name)


def test_an_exam_goes_after_its_name_is_typed_and_by_keys_alone(
    released,  # noqa: F811
    visit,
    assert_accessible,
):
    kept = keep("uploads", b"%PDF-1.7 scans", ".pdf").name
    Upload.objects.filter(exam=released.exam).update(file=kept)
    page = visit("ines", reverse("settings", args=[released.exam.pk]))
    page.get_by_role("link", name="Delete this exam for good").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the archive").click()
    assert download.value.path()
    page.reload()
    expect(page.get_by_text("Last taken by Ines Instructor on")).to_be_visible()

    field = page.get_by_label("Type the exam’s name to confirm: Midterm")
    field.fill("Final")
    field.press("Enter")
    expect(page.get_by_text("This is not the exam’s name. Nothing was deleted.")).to_be_visible()
    _look(page, "exam-wrong-1440")
    assert_accessible(page)
    field = page.get_by_label("Type the exam’s name to confirm: Midterm")
    field.fill("Midterm")
    field.press("Enter")

    expect(page.get_by_text("being deleted")).to_be_visible()
    _look(page, "record-under-way-1440")
    work()
    expect(page.get_by_text("The exam is deleted for good.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("being deleted")).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="Midterm")).to_be_visible()
    assert not Exam.objects.exists()


def test_a_student_goes_and_the_record_has_no_name(released, visit):  # noqa: F811
    page = visit("ines", reverse("person", args=[released.members["sam"].pk]))
    page.get_by_role("link", name="Delete this student’s data for good").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download their data").click()
    assert download.value.suggested_filename == "Sam_Student_data.zip"

    page.get_by_label("Type the student’s name to confirm: Sam Student").fill("Sam Student")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("being deleted")).to_be_visible()
    work()

    expect(page.get_by_text("The data are deleted for good.")).to_be_visible()
    expect(page.get_by_text("Sam Student")).to_have_count(0)
    assert not Membership.objects.filter(user__email="sam@example.edu").exists()
