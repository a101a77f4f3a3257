"""Take the pages of an upload apart. One bad page never stops the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import local
from time import monotonic

import pikepdf

from submissions import image_sheets, pdf_sheets, stacks
from submissions.sandbox import Sandbox, SandboxError
from submissions.sheet import BadPage, Sheet, Unreadable, check_shape
from submissions.sources import Kind, is_damaged

__all__ = ["BadPage", "Sheet", "sheets"]

# The source is opened anew after so much: while it is open, all it copied stays in memory.
OPEN_PAGES = 20
OPEN_BYTES = 32 << 20
KEPT_PAGES = 400  # after so many a fresh helper reads on, whatever the one before has gathered
PAGE_SECONDS = 25
SLOW_SECONDS = 10  # a page that failed after so long would take as long again

SLOW = "it takes too long to draw. Print it to a new PDF, or scan it again, and upload that."
ANEW = "Print or scan it anew."


def sheets(
    path: Path, kind: Kind, numbers: Iterable[int]
) -> Generator[Sheet | BadPage, None, None]:
    """Yield each numbered page (from 1) in the order asked, as a Sheet or as a BadPage.

    `kind` is "pdf", "image" or "pictures", as of an Upload. All reading happens in the sandbox,
    page by page: whatever one of them does to it, those before are out already.
    """
    with _reader(path) as reader:
        for number in numbers:
            started = monotonic()
            reader.pages += 1
            box = reader.box
            page = _careful(box, path, kind, number)
            if isinstance(page, BadPage) and monotonic() - started >= SLOW_SECONDS:
                page = BadPage(number, f"Page {number}: {SLOW}", slow=True)
            yield page


@dataclass(slots=True)
class _Reader:
    """A helper that reads one file, and how many pages it was asked for."""

    file: tuple[Path, int, int]  # its size and time of change tell it from another of its name
    box: Sandbox
    pages: int = 0


# To start a helper takes as long as to read three pages, so this thread keeps the one it used
# last. It ends when another file is read, when it was idle for a while, or with this process.
_kept = local()
os.register_at_fork(after_in_child=lambda: _kept.__dict__.clear())


@contextmanager
def _reader(path: Path) -> Iterator[_Reader]:
    """The kept helper if it reads this file, else a new one; kept on if no page troubled it."""
    reader: _Reader | None = getattr(_kept, "reader", None)
    _kept.reader = None
    facts = path.stat()
    file = (path, facts.st_size, facts.st_mtime_ns)
    if reader and (reader.file != file or reader.pages >= KEPT_PAGES):
        reader.box.close()
        reader = None
    reader = reader or _Reader(file, Sandbox())
    reader.box.seconds = PAGE_SECONDS
    try:
        yield reader
    except BaseException:
        reader.box.close()
        raise
    if reader.box.broke:
        reader.box.close()
    else:
        _kept.reader = reader


def _careful(box: Sandbox, path: Path, kind: Kind, number: int) -> Sheet | BadPage:
    try:
        try:
            return box.call(_page, path, kind, number)
        except SandboxError as error:
            if error.reason == "time":
                raise
            # It may have died of what the pages before had left behind: once more, in a new one.
            return box.call(_page, path, kind, number)
    except SandboxError as error:
        why = {"time": SLOW, "memory": f"it needs too much memory. {ANEW}"}
        said = why.get(error.reason, f"reading it fails. {ANEW}")
        return BadPage(number, f"Page {number}: {said}", slow=error.reason == "time")


# In the sandbox


def _page(path: Path, kind: Kind, number: int) -> Sheet | BadPage:
    if kind == "image":
        return _one(partial(image_sheets.take, path, number), number)
    if kind == "pictures":
        return _one(partial(stacks.take, path, number), number)
    source = _opened(path)
    page = _one(partial(pdf_sheets.take, source.pdf, number, damaged=source.damaged), number)
    source.pages += 1
    source.weight += len(page.pdf) + len(page.image) if isinstance(page, Sheet) else 0
    if source.pages >= OPEN_PAGES or source.weight > OPEN_BYTES:
        _opened.cache_clear()
        source.pdf.close()
    return page


@dataclass(slots=True)
class _Source:
    """An open PDF, and how much was taken out of it."""

    pdf: pikepdf.Pdf
    damaged: bool
    pages: int = 0
    weight: int = 0  # bytes


@lru_cache(maxsize=1)
def _opened(path: Path) -> _Source:
    pdf = pikepdf.open(path)
    return _Source(pdf, damaged=is_damaged(pdf))


def _one(take: Callable[[], Sheet], number: int) -> Sheet | BadPage:
    try:
        return check_shape(take())
    except Unreadable as error:
        return BadPage(number, f"Page {number}: {error}")
    except MemoryError:
        return BadPage(number, f"Page {number}: it needs too much memory. {ANEW}")
    except Exception:  # the readers raise whatever a stranger's bytes lead them to
        return BadPage(number, f"Page {number}: it is damaged and cannot be read. Scan it again.")
