"""Take the pages of an upload apart. One bad page never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pikepdf

from submissions import image_sheets, pdf_sheets, stacks
from submissions.sandbox import Sandbox, SandboxError
from submissions.sheet import BadPage, Sheet, Unreadable, check_shape
from submissions.sources import Kind

__all__ = ["BadPage", "Sheet", "sheets"]

# The source is opened anew for each chunk: while it is open, all it copied stays in memory.
CHUNK_PAGES = 20
CHUNK_BYTES = 32 << 20
CHUNK_SECONDS = 60
PAGE_SECONDS = 25


def sheets(path: Path, kind: Kind, numbers: Sequence[int]) -> Iterator[Sheet | BadPage]:
    """Yield each numbered page (from 1) in the order asked, as a Sheet or as a BadPage.

    `kind` is "pdf", "image" or "pictures", as of an Upload. All reading happens in the sandbox.
    """
    with Sandbox(seconds=CHUNK_SECONDS) as box:
        left = list(numbers)
        while left:
            taken = _careful(box, path, kind, left[:CHUNK_PAGES])
            yield from taken
            del left[: len(taken)]


def _careful(box: Sandbox, path: Path, kind: Kind, numbers: list[int]) -> list[Sheet | BadPage]:
    """A chunk at once; when the helper dies of it, its first page alone, under a tighter limit."""
    if len(numbers) > 1:
        box.seconds = CHUNK_SECONDS
        try:
            return box.call(_chunk, path, kind, numbers)
        except SandboxError:
            numbers = numbers[:1]
    box.seconds = PAGE_SECONDS
    try:
        return box.call(_chunk, path, kind, numbers)
    except SandboxError as error:
        why = {"time": "it takes too long", "memory": "it needs too much memory"}
        said = why.get(error.reason, "reading it fails")
        return [BadPage(numbers[0], f"Page {numbers[0]}: {said}. Print or scan it anew.")]


def _chunk(path: Path, kind: Kind, numbers: list[int]) -> list[Sheet | BadPage]:
    """At least the first of the pages, and more until they weigh CHUNK_BYTES."""
    if kind == "image":
        return [_one(partial(image_sheets.take, path, numbers[0]), numbers[0])]
    if kind == "pictures":
        return [_one(partial(stacks.take, path, numbers[0]), numbers[0])]
    with pikepdf.open(path) as pdf:
        damaged = bool(pdf.get_warnings())
        taken: list[Sheet | BadPage] = []
        weight = 0
        for number in numbers:
            page = _one(partial(pdf_sheets.take, pdf, number, damaged=damaged), number)
            taken.append(page)
            weight += len(page.pdf) + len(page.image) if isinstance(page, Sheet) else 0
            if weight > CHUNK_BYTES:
                break
    return taken


def _one(take: Callable[[], Sheet], number: int) -> Sheet | BadPage:
    try:
        return check_shape(take())
    except Unreadable as error:
        return BadPage(number, f"Page {number}: {error}")
    except MemoryError:
        return BadPage(number, f"Page {number}: it needs too much memory. Print or scan it anew.")
    except Exception:  # the readers raise whatever a stranger's bytes lead them to
        return BadPage(number, f"Page {number}: it is damaged and cannot be read. Scan it again.")
