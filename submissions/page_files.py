"""The pictures made of a page: to look at, to look at without a name, and small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradebook.files import keep
from submissions import imaging
from submissions.covers import mark_of
from submissions.imaging import Picture, Rect
from submissions.pictures import laid_over

MARGIN = 0.012  # of the page: hands reach over the edge of a box
LOOSE = 0.05  # where a page was not laid onto the template, and may lie anywhere near


class Drawn(NamedTuple):
    """Stored names of a page's pictures; `width` and `height` of the preview, in pixels."""

    preview: str
    covered: str
    covers: str
    thumbnail: str
    width: int
    height: int


def over_page(rects: Sequence[Rect], affine: Sequence[float] | None) -> list[Rect]:
    """Return what to paint over on an upright page, in fractions of it.

    A page without a fit loses the whole band that its name may stand in.
    """
    if affine is None:
        return [_grown((0.0, y, 1.0, height), LOOSE) for _, y, _, height in rects]
    return [_grown(laid_over(list(affine), rect), MARGIN) for rect in rects]


def draw(page: Picture, hidden: Sequence[Rect], affine: Sequence[float] | None) -> Drawn:
    """Store pictures of an upright page. `hidden` are rectangles of the template, in fractions."""
    cover = imaging.painted(page, over_page(hidden, affine)) if hidden else page
    covered = keep("covered", imaging.encode(cover), ".jpg").name if hidden else ""
    return Drawn(
        preview=keep("previews", imaging.encode(page), ".jpg").name,
        covered=covered,
        covers=mark_of(hidden),
        # Small ones are shown beside each other on screens that others see too: never the name.
        thumbnail=keep("thumbnails", imaging.shrunk(cover), ".jpg").name,
        width=page.shape[1],
        height=page.shape[0],
    )


def _grown(rect: Rect, by: float) -> Rect:
    x, y, width, height = rect
    left, top = max(0.0, x - by), max(0.0, y - by)
    right, bottom = min(1.0, x + width + by), min(1.0, y + height + by)
    return (left, top, right - left, bottom - top)
