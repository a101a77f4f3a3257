"""Ink stays where it was drawn on the paper, whichever way up the page is shown now."""

from __future__ import annotations

from collections.abc import Iterable

from rubrics.models import Annotation
from submissions.models import Page

# When a page is turned so many degrees clockwise, (x, y) goes to (a x + b y + c, d x + e y + f).
_QUARTERS = {
    90: (0, -1, 1, 1, 0, 0),
    180: (-1, 0, 1, 0, -1, 1),
    270: (0, 1, 0, -1, 0, 1),
}
_DIGITS = 6  # of a fraction: finer than any screen


def on_page(one: Annotation, page: Page) -> tuple[list[tuple[float, float]], float]:
    """Return an annotation's points and size in fractions of the page as it is upright now."""
    by = (page.turn - one.turn) % 360
    size = one.size
    if by % 180 and page.width:
        # A fraction of the width, which was what is now the height.
        size = size * page.height / page.width
    return turned(one.points, by), size


def turned(points: Iterable[Iterable[float]], by: int) -> list[tuple[float, float]]:
    """Return points, in fractions of a page, after the page was turned clockwise by quarters."""
    if not by:
        return [(float(x), float(y)) for x, y in points]
    a, b, c, d, e, f = _QUARTERS[by]
    moved = ((a * x + b * y + c, d * x + e * y + f) for x, y in points)
    return [(round(x, _DIGITS), round(y, _DIGITS)) for x, y in moved]
