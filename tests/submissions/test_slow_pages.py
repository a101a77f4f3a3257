"""Files made to hold the workers for as long as may be."""

from __future__ import annotations

from typing import Any

import pikepdf
import pytest

from submissions import chunks, extraction
from submissions.models import Page, Upload
from tests.submissions import paper


@pytest.fixture
def slow(quiz, scans, take, monkeypatch):
    """An upload of six pages, of which all but the first take for ever to draw."""
    monkeypatch.setattr(extraction, "PAGE_SECONDS", 3)
    monkeypatch.setattr(chunks, "MOST_SLOW", 2)
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
    assert reasons[3:] == [(True, f"Page {n}: {chunks.LEFT_OUT}") for n in (4, 5, 6)]
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
