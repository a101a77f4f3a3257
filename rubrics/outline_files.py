"""A file that an outline is loaded from: an exam file, or a graded copy as text or PDF."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from gradebook.outline import OutlineError, parse, parse_text
from gradebook.plans import ExamPlan
from rubrics.graded_copy import MOST_TEXT, read_text
from submissions.pdf_words import words_of
from submissions.read_at_once import read_at_once
from submissions.sandbox import SandboxError
from submissions.sources import BadUpload

MOST_BYTES = 200 << 20
CHUNK = 1 << 20
TOO_LARGE = "The file is larger than 200 MB. Copy its text into a file instead."
UNREADABLE = "This PDF cannot be read. Copy its text into a file instead."


class Readable(Protocol):
    """What can be read in pieces: an open file, or what a request sends."""

    def read(self, size: int, /) -> bytes: ...


def read_outline(file: Readable, *, pages: int | None = None) -> ExamPlan:
    """Read a file of any of these kinds, told by how it begins. Raises OutlineError."""
    head = file.read(CHUNK)
    if head.lstrip()[:5] == b"%PDF-":
        return parse(read_text(_text_of_pdf(head, file)), pages=pages)
    data = head + file.read(4 * MOST_TEXT)
    begins = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if begins in {b"{", b"["} or not begins:
        return parse_text(data.removeprefix(b"\xef\xbb\xbf"), pages=pages)
    return parse(copied(data), pages=pages)


def copied(data: bytes) -> dict[str, Any]:
    """Read the text of a graded copy as an exam file's content. Raises OutlineError."""
    try:
        return read_text(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise OutlineError(
            ["This is neither an exam file (JSON) nor the text of a graded copy in UTF-8."]
        ) from None


def _text_of_pdf(head: bytes, file: Readable) -> str:
    """Return what is written in a PDF; it is opened by a process that may die."""
    with NamedTemporaryFile(suffix=".pdf") as kept:
        size = kept.write(head)
        while piece := file.read(CHUNK):
            size += kept.write(piece)
            if size > MOST_BYTES:
                raise OutlineError([TOO_LARGE])
        kept.flush()
        try:
            text = read_at_once("this PDF", words_of, Path(kept.name), 4 * MOST_TEXT)
        except SandboxError as error:
            raise OutlineError([UNREADABLE]) from error
        except BadUpload as error:
            raise OutlineError([str(error)]) from error
    return text[: MOST_TEXT + 1]
