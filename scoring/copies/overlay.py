"""What is drawn over the scanned pages, and where it must land on a page of any turn and box.

Ink and captions come in fractions of the upright page. They are typeset on upright transparent
pages, text and vectors alike, and laid on the scan by a matrix that undoes what a viewer will do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradebook.points import points_text
from scoring.copies.summary import language
from scoring.copies.texts import formulae, inline, one_line
from scoring.copies.typesetting import pictures, typeset
from scoring.results import Caption, Ink, PageSheet, Result

# The longer side of a drawing. Captions so have one size on paper, whatever the scan's units.
LONG_SIDE = 792.0
_CAPTION = 12.0
_GAP = 1.5
# Text near the right edge still gets this share of the page to wrap in.
_NARROWEST = 0.15
_OFF_PAGE = 0.5

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a page that is shown, in the PDF's units, and its clockwise turn on screen."""

    left: float
    bottom: float
    width: float
    height: float
    turn: int = 0

    @property
    def upright(self) -> tuple[float, float]:
        """Width and height as one sees them."""
        lying = self.turn % 180 == 90
        return (self.height, self.width) if lying else (self.width, self.height)

    @property
    def scale(self) -> float:
        """The PDF's units in one unit of the drawing."""
        return max(self.width, self.height) / LONG_SIDE

    @property
    def drawing(self) -> tuple[float, float]:
        """Width and height of the drawing to lay over it."""
        width, height = self.upright
        return width / self.scale, height / self.scale

    @property
    def matrix(self) -> Matrix:
        """From the drawing (origin bottom left, upright) to the page's own space."""
        s, right, top = self.scale, self.left + self.width, self.bottom + self.height
        return {
            0: (s, 0.0, 0.0, s, self.left, self.bottom),
            90: (0.0, s, -s, 0.0, right, self.bottom),
            180: (-s, 0.0, 0.0, -s, right, top),
            270: (0.0, -s, s, 0.0, self.left, top),
        }[self.turn % 360]


def draw_overlays(result: Result, frames: Sequence[Frame]) -> tuple[bytes, list[int | None]]:
    """One PDF of drawings, and for each scanned page which of its pages lies over it, if any.

    `frames` are in the order of ``result.pages``. Nothing to draw at all: no bytes.
    """
    pairs = list(zip(result.pages, frames, strict=True))
    written = [(sheet, frame) for sheet, frame in pairs if sheet.captions or sheet.annotations]
    if not written:
        return b"", [None] * len(pairs)
    sheets = [view(sheet, frame.drawing) for sheet, frame in written]
    texts = [mark["text"] for sheet in sheets for mark in sheet["marks"] if "text" in mark]
    data = {
        "lang": language(result.language)[0],
        "sheets": sheets,
        "formulae": pictures(formulae(texts)),
    }
    numbers = iter(range(len(written)))
    places = [next(numbers) if page.captions or page.annotations else None for page, _ in pairs]
    return typeset("overlay.typ", data, accessible=False), places


def view(sheet: PageSheet, size: tuple[float, float]) -> dict[str, Any]:
    """What the template draws on one page of `size`, in points."""
    marks = [_mark(ink, size) for ink in sheet.annotations]
    return {
        "width": size[0],
        "height": size[1],
        "marks": [mark for mark in marks if mark is not None],
        "captions": place_captions(sheet.captions, size),
    }


def place_captions(captions: Sequence[Caption], size: tuple[float, float]) -> list[dict[str, Any]]:
    """Each caption's right end and top, from the top down; none covers another.

    A caption stands on its region's top edge; where one stands already, it goes below that.
    """
    placed: list[dict[str, Any]] = []
    for caption in sorted(captions, key=lambda one: (_inside(one.y), _inside(one.x))):
        name = one_line(f"{caption.part} {caption.label}")
        right = min(max(_inside(caption.x), 0.2), 1.0) * size[0]
        top = max(_inside(caption.y) * size[1] - _CAPTION - _GAP, 2.0)
        for other in placed:
            if abs(other["x"] - right) < _reach(other, name) and abs(other["y"] - top) < _CAPTION:
                top = other["y"] + _CAPTION + _GAP
        score = None if caption.score is None else points_text(caption.score)
        points = points_text(caption.points)
        placed.append({"x": right, "y": top, "name": name, "score": score, "points": points})
    return placed


def _reach(other: dict[str, Any], name: str) -> float:
    """About how wide the wider of two captions is, in points."""
    return 5.0 * (max(len(other["name"]), len(name)) + 16)


def _inside(fraction: float) -> float:
    """A fraction of the page, kept near the page; a broken number is its top left edge."""
    return min(max(fraction, -_OFF_PAGE), 1 + _OFF_PAGE) if math.isfinite(fraction) else 0.0


def _mark(ink: Ink, size: tuple[float, float]) -> dict[str, Any] | None:
    """An annotation in points of a page of `size`; None when it has no place."""
    width, height = size
    # A hundredth of a point is finer than any screen, and its digits are what ink costs in bytes.
    points = [(round(_inside(x) * width, 2), round(_inside(y) * height, 2)) for x, y in ink.points]
    if not points:
        return None
    thickness = ink.size if math.isfinite(ink.size) else 0.0
    mark: dict[str, Any] = {"kind": ink.kind, "colour": ink.colour}
    if ink.kind == "pen":
        # A dot is a line that ends where it began.
        ends = points * 2 if len(points) == 1 else points
        return mark | {"size": min(max(thickness, 0.0005), 0.1) * width, "points": ends}
    (left, top), (right, bottom) = points[0], points[-1]
    if ink.kind == "box":
        left, right, top, bottom = (
            min(left, right),
            max(left, right),
            min(top, bottom),
            max(top, bottom),
        )
        place = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        return mark | place | {"size": min(max(thickness, 0.0005), 0.02) * width}
    room = max(width - left - 4.0, _NARROWEST * width)
    text = {"x": left, "y": top, "width": room, "text": inline(ink.text)}
    return mark | text | {"size": min(max(thickness, 0.006), 0.2) * width}
