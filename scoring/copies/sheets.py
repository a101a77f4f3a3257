"""A page from elsewhere as part of a copy: what it shows, and nothing that acts or lingers."""

from __future__ import annotations

import pikepdf
from pikepdf import Array, Pdf

_SHORT_CONTENT = 4096
# What a page may carry beside what it shows: scripts, links into a document left behind, its tags.
_LEFT_BEHIND = (
    "/AA",
    "/Annots",
    "/B",
    "/Dur",
    "/Metadata",
    "/PieceInfo",
    "/StructParents",
    "/Tabs",
    "/Thumb",
    "/Trans",
)


def add(pdf: Pdf, page: pikepdf.Page) -> pikepdf.Page:
    """Put a page at the end of `pdf`, without what it carries beside what it shows."""
    pdf.pages.append(page)
    added = pdf.pages[-1]
    for key in _LEFT_BEHIND:
        if key in added.obj:
            del added.obj[key]
    return added


def close(page: pikepdf.Page) -> None:
    """Let the page's own content leave no state behind to what is drawn after it."""
    before, after = _balance(page)
    page.contents_add(b"q\n" * (1 + before), prepend=True)
    page.contents_add(b"\nQ" * (1 + after) + b"\n")


def _balance(page: pikepdf.Page) -> tuple[int, int]:
    """How many `q` and `Q` a page's content lacks, before it and after it.

    Only short content is read, such as stands around an image: the long comes from programs that
    keep their balance, and may be a bomb.
    """
    contents = page.obj.get("/Contents", Array())
    streams = list(contents.as_list()) if isinstance(contents, Array) else [contents]
    if any(isinstance(one.get("/Filter"), Array) and len(one.Filter) > 1 for one in streams):
        return 0, 0
    if sum(len(one.read_raw_bytes()) for one in streams) > _SHORT_CONTENT:
        return 0, 0
    depth = lowest = 0
    try:
        for step in pikepdf.parse_content_stream(page, operators="q Q"):
            depth += 1 if str(step.operator) == "q" else -1
            lowest = min(lowest, depth)
    except pikepdf.PdfError:
        return 0, 0
    return -lowest, depth - lowest
