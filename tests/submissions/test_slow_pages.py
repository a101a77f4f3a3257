"""Files made to hold the workers for as long as may be."""

from __future__ import annotations

from typing import Any

import pikepdf
import pytest

from jobs.models import Job
from submissions import chunks, extraction, intake, slow_files
from submissions.models import Page, Upload
from tests.submissions import paper


@pytest.fixture
def slow(quiz, scans, take, monkeypatch):
    """An upload of six pages, of which all but the first take for ever to draw."""
    monkeypatch.setattr(extraction, "PAGE_SECONDS", 3)
    monkeypatch.setattr(slow_files, "MOST_SLOW", 2)
    path = scans(*range(6))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for number in range(2, 7):
            paper.take_for_ever(pdf, number)
        pdf.save(path)
    return take(quiz, path)


def test_a_file_that_takes_too_long_page_after_page_is_given_up(slow, work):
    work()

    pages = Page.objects.filter(upload=slow).order_by("number")
    reasons = [(page.state == Page.State.ERROR, page.reason) for page in pages]
    assert not reasons[0][0]
    assert reasons[1:3] == [(True, f"Page {n}: {extraction.SLOW}") for n in (2, 3)]
    assert reasons[3:] == [(True, f"Page {n}: {slow_files.LEFT_OUT}") for n in (4, 5, 6)]
    slow.refresh_from_db()
    assert slow.formed_at is not None


def test_no_page_is_read_of_an_upload_that_was_deleted_meanwhile(slow, work, monkeypatch):
    read: list[int] = []
    told = chunks._write

    def write(pk: int, *more: Any) -> None:
        told(pk, *more)
        read.append(pk)
        Upload.objects.all().delete()

    monkeypatch.setattr(chunks, "_write", write)
    work()

    assert len(read) == 1


@pytest.fixture
def heavy(quiz, scans, take, monkeypatch):
    """An upload of six pages in two chunks, of which some take long to draw, and are drawn."""
    monkeypatch.setattr(intake, "CHUNK", 3)

    def make(*numbers: int, deep: int) -> Upload:
        path = scans(*range(6))
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            for number in numbers:
                paper.take_long(pdf, number, deep)
            pdf.save(path)
        return take(quiz, path)

    return make


def set_limits(monkeypatch, page, turn, most):
    monkeypatch.setattr(slow_files, "SLOW_PAGE", page)
    monkeypatch.setattr(slow_files, "TURN_SECONDS", turn)
    monkeypatch.setattr(slow_files, "MOST_SECONDS", most)


def test_other_peoples_files_go_first_once_a_files_pages_are_slow(
    heavy, quiz, scans, take, work, monkeypatch
):
    # Seconds: the one page takes 2 to 5, an ordinary one 0.05, and ten times that under load.
    set_limits(monkeypatch, 1.0, 1.0, 600)
    slow = heavy(1, deep=5)
    other = take(quiz, scans(0, 1, 2, name="other.pdf"))
    work()

    chunks_ = Job.objects.filter(kind="intake.chunk").order_by("finished_at")
    assert [job.args["upload"] for job in chunks_] == [other.pk, slow.pk, slow.pk]
    assert set(Job.objects.values_list("state", "attempt")) == {("done", 1)}
    assert not Page.objects.filter(state=Page.State.WAITING).exists()


def test_a_file_that_has_had_its_share_of_the_workers_is_left_at_that(heavy, work, monkeypatch):
    set_limits(monkeypatch, 0.2, 600, 0.3)
    upload = heavy(*range(1, 7), deep=4)
    work()

    pages = Page.objects.filter(upload=upload).order_by("number")
    read = [page.number for page in pages if page.state != Page.State.ERROR]
    assert read == [1, 2][: len(read)]
    assert read
    assert {page.reason for page in pages[len(read) :]} == {
        f"Page {n}: {slow_files.LEFT_OUT}" for n in range(len(read) + 1, 7)
    }
    upload.refresh_from_db()
    assert upload.formed_at is not None


def test_pages_that_are_quick_take_no_share(heavy, work, monkeypatch):
    set_limits(monkeypatch, 60, 0, 0)
    heavy(1, deep=4)
    work()

    assert not Page.objects.filter(state=Page.State.ERROR).exists()
