"""Papers asked for in the browser, drawn by a worker, and taken away as a PDF."""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace

import pikepdf
import pytest
from django.conf import settings
from playwright.sync_api import expect

from gradebook.files import keep
from gradebook.models import Template
from tests.jobs.test_processes import started
from tests.submissions.conftest import paper_quiz, quiz

__all__ = ["paper_quiz", "quiz"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def exam(quiz, paper_quiz: SimpleNamespace):
    """The quiz, with the PDF of its blank pages."""
    kept = keep("templates", paper_quiz.small.template.read_bytes(), ".pdf")
    Template.objects.filter(exam=quiz).update(file=kept.name, sha256=kept.sha256)
    return quiz


@pytest.fixture
def runner():
    """A worker as a process of its own, on the test's database and files."""
    with started(
        "manage.py",
        "runjobs",
        "--processes=1",
        DJANGO_SETTINGS_MODULE="config.settings_test",
        DATA_DIR=str(settings.DATA_DIR),
        SECRET_KEY=os.environ.get("SECRET_KEY", "x"),
    ) as process:
        yield process


def test_an_instructor_prints_papers_for_all_students_and_some_without_a_name(
    visit, exam, runner, assert_accessible
):
    page = visit("ines", f"/exams/{exam.pk}/scans/")
    page.get_by_role("link", name="Print papers").click()

    page.get_by_label("A paper for each of the 2 students").check()
    page.get_by_label("Papers without a name").fill("3")
    page.get_by_label("For printing on both sides").check()
    assert_accessible(page)
    page.get_by_role("button", name="Draw the PDF").click()

    runs = page.locator("#print-runs")
    expect(runs.get_by_text("5 papers", exact=True)).to_be_visible()
    expect(runs.get_by_text("2 with a name · both sides")).to_be_visible()
    fetch = runs.get_by_role("link", name="Download")
    expect(fetch).to_be_visible(timeout=60_000)
    assert_accessible(page)
    with page.expect_download() as download:
        fetch.click()
    assert download.value.suggested_filename.startswith("quiz-papers-")
    data = Path(download.value.path()).read_bytes()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 5 * 4


def test_no_papers_at_all_is_refused_where_it_was_asked(visit, exam, assert_accessible):
    page = visit("ines", f"/exams/{exam.pk}/print/")

    page.get_by_role("button", name="Draw the PDF").click()

    expect(page.get_by_text("Say how many papers to print")).to_be_visible()
    assert_accessible(page)


def test_what_was_asked_for_fits_on_a_phone(visit, exam):
    page = visit("ines", f"/exams/{exam.pk}/print/")
    page.set_viewport_size({"width": 390, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
