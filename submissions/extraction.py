"""Take the pages of an upload apart. One bad page never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from time import monotonic

import pikepdf

from submissions import image_sheets, pdf_sheets, stacks
from submissions.sandbox import Sandbox, SandboxError
from submissions.sheet import BadPage, Sheet, Unreadable, check_shape
from submissions.sources import Kind

__all__ = ["BadPage", "Sheet", "sheets"]

# The source is opened anew after so much: while it is open, all it copied stays in memory.
OPEN_PAGES = 20
OPEN_BYTES = 32 << 20
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
    with Sandbox(seconds=PAGE_SECONDS) as box:
        for number in numbers:
            started = monotonic()
            page = _careful(box, path, kind, number)
            if isinstance(page, BadPage) and monotonic() - started >= SLOW_SECONDS:
                page = BadPage(number, f"Page {number}: {SLOW}", slow=True)
            yield page


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
    return _Source(pdf, damaged=bool(pdf.get_warnings()))


def _one(take: Callable[[], Sheet], number: int) -> Sheet | BadPage:
    try:
        return check_shape(take())
    except Unreadable as error:
        return BadPage(number, f"Page {number}: {error}")
    except MemoryError:
        return BadPage(number, f"Page {number}: it needs too much memory. {ANEW}")
    except Exception:  # the readers raise whatever a stranger's bytes lead them to
        return BadPage(number, f"Page {number}: it is damaged and cannot be read. Scan it again.")
