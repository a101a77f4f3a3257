"""What requests open themselves: in seconds, and few at a time."""

from __future__ import annotations

import io
import zlib
from contextlib import ExitStack

import pytest

from gradebook.outline import OutlineError
from jobs import folders
from rubrics.outline_files import UNREADABLE, read_outline
from scoring import solution_pdf
from submissions import blank_exam, read_at_once
from submissions.sources import BadUpload

OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
)


def bomb() -> bytes:
    """A PDF of 2 kB whose page is 400 MB of drawing: deflated twice."""
    packed = zlib.compress(zlib.compress(b"0 0 m " * (70 << 20), 9), 9)
    head = b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(packed)
    out = b"%PDF-1.7\n"
    for number, body in enumerate((*OBJECTS, head + packed + b"\nendstream"), 1):
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    return out + b"trailer<</Size 5/Root 1 0 R>>\n%%EOF"


def test_an_outline_that_takes_long_to_read_is_refused_within_seconds(monkeypatch):
    monkeypatch.setattr(read_at_once, "SECONDS", 1.0)

    with pytest.raises(OutlineError) as refused:
        read_outline(io.BytesIO(bomb()))

    assert refused.value.problems == [UNREADABLE]


@pytest.mark.parametrize(
    "read",
    [
        lambda path: read_outline(path.open("rb")),
        lambda path: blank_exam.look(path, "it.pdf", at_once=True),
        lambda path: solution_pdf.take(path, "it.pdf"),
    ],
    ids=["outline", "template", "solution"],
)
def test_many_at_once_are_refused_in_words(read, tmp_path):
    path = tmp_path / "it.pdf"
    path.write_bytes(bomb()[:600])
    with ExitStack() as others:
        for _ in range(read_at_once.MOST):
            assert others.enter_context(folders.one_of(read_at_once.MOST, "reading"))

        with pytest.raises((OutlineError, BadUpload), match="Other files are being read just now"):
            read(path)


def test_a_place_is_free_again_and_a_sweep_leaves_it():
    with folders.one_of(1, "test"), folders.one_of(1, "test") as second:
        folders.sweep()
        assert second is False
    with folders.one_of(1, "test") as third:
        assert third is True


def test_what_goes_wrong_in_a_place_is_told_as_it_is():
    with pytest.raises(BlockingIOError), folders.one_of(2, "test"):
        raise BlockingIOError
