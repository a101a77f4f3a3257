"""Where the code stands on a printed page: a spot near an edge that is blank on every page.

A stamp is the symbol, and the same digits beside it. It lies along the top or the bottom of the
page, or turned by a quarter along a side, where it reads from the bottom up. Corners are tried
first, the one that is stapled last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.imaging import Picture, Rect
from submissions.page_codes import SIDE, TEXT_LENGTH

MM = 72 / 25.4
# In points, at full size.
MODULE = 0.45 * MM
QUIET = 2 * MODULE  # bare paper round the symbol; more lies about, see _CLEAR
TEXT_SIZE = 9.0
TEXT_WIDTH = TEXT_LENGTH * 0.60205 * TEXT_SIZE  # DejaVu Sans Mono
_SYMBOL = SIDE * MODULE
_GAP = 5.0
WIDE, HIGH = 2 * QUIET + _SYMBOL + _GAP + TEXT_WIDTH, 2 * QUIET + _SYMBOL
SCALES = (1.0, 0.8)

_CLEAR = 5.0  # from print and from where people write
_INSETS = (20.0, 26.0, 32.0, 40.0, 50.0)  # from the edge: printers leave 6 mm white
_STEP = 12.0
_INK = 225  # grey levels of the template below which there is print

Box = tuple[float, float, float, float]  # x, y, width, height in points from the top left


class Blank(NamedTuple):
    """A template page: its picture, its size in points, and where people write, in fractions.

    `names` are never written over. `answers` are, when there is no other room.
    """

    picture: Picture
    width: float
    height: float
    names: Sequence[Rect] = ()
    answers: Sequence[Rect] = ()


@dataclass(frozen=True)
class Stamp:
    """Where the code stands on one page: in fractions of it, and whether turned by a quarter."""

    rect: Rect
    turned: bool = False

    @property
    def symbol(self) -> Rect:
        return self._part(QUIET, QUIET, _SYMBOL, _SYMBOL)

    @property
    def text(self) -> Rect:
        return self._part(QUIET + _SYMBOL + _GAP / 2, 0, _GAP + TEXT_WIDTH, HIGH)

    def _part(self, left: float, top: float, wide: float, high: float) -> Rect:
        x, y, width, height = self.rect
        left, wide, top, high = left / WIDE, wide / WIDE, top / HIGH, high / HIGH
        if self.turned:
            return (x + top * width, y + (1 - left - wide) * height, high * width, wide * height)
        return (x + left * width, y + top * height, wide * width, high * height)


class NoRoom(Exception):
    """No spot is blank on every page; the text says which pages are in the way."""


def find_place(pages: Sequence[Blank]) -> list[Stamp]:
    """Return the stamp of each page, near the same edge of all. Raises NoRoom, in words."""
    nearly: tuple[int, list[int]] = (len(pages) + 1, [])
    for answers in (True, False):
        dirt = [_Dirt(page, answers=answers) for page in pages]
        for scale in SCALES:
            for spot in _spots(scale):
                boxes = [spot.on(page) for page in pages]
                there = zip(dirt, boxes, strict=True)
                taken = [n for n, (page, box) in enumerate(there, 1) if not page.is_free(box)]
                if not taken:
                    return [spot.stamp(page) for page in pages]
                nearly = min(nearly, (len(taken), taken))
    raise NoRoom(_no_room(nearly[1], len(pages)))


class _Spot(NamedTuple):
    """A place near an edge, whatever the size of the page. `along` counts from a corner."""

    scale: float
    turned: bool
    near_end: bool  # the top, or the right side
    from_end: bool  # counted from the right, or from the top
    inset: float
    along: float

    def on(self, page: Blank) -> Box:
        wide, high = WIDE * self.scale, HIGH * self.scale
        if self.turned:
            wide, high = high, wide
            x = page.width - self.inset - wide if self.near_end else self.inset
            y = self.along if self.from_end else page.height - self.along - high
        else:
            y = self.inset if self.near_end else page.height - self.inset - high
            x = page.width - self.along - wide if self.from_end else self.along
        return (x, y, wide, high)

    def stamp(self, page: Blank) -> Stamp:
        x, y, wide, high = self.on(page)
        rect = (x / page.width, y / page.height, wide / page.width, high / page.height)
        return Stamp(rect, self.turned)


def _spots(scale: float) -> Iterator[_Spot]:
    for turned in (False, True):
        # Top right, bottom right, bottom left; papers are stapled at the top left.
        corners = [(True, True), (False, True), (False, False), (True, False)]
        for inset in _INSETS:
            for near, end in corners:
                yield _Spot(scale, turned, near, end, inset, inset)
        for inset in _INSETS:
            for step in range(1, 24):
                for near in (True, False):
                    yield _Spot(scale, turned, near, True, inset, _INSETS[0] + step * _STEP)


class _Dirt:
    """Where a page is not blank, as sums over every rectangle from its corner."""

    def __init__(self, page: Blank, *, answers: bool) -> None:
        high, wide = page.picture.shape[:2]
        self.scale = (wide / page.width, high / page.height)
        dark = (page.picture < _INK).astype(np.uint8)
        for rect in [*page.names, *(page.answers if answers else ())]:
            _fill(dark, rect)
        self.sums: NDArray[np.int32] = cv2.integral(dark)

    def is_free(self, box: Box) -> bool:
        high, wide = (size - 1 for size in self.sums.shape)
        x, y, width, height = box
        if x < 0 or y < 0 or (x + width) * self.scale[0] > wide + 1:
            return False
        if (y + height) * self.scale[1] > high + 1:
            return False
        left, right = self._pixels(x - _CLEAR, x + width + _CLEAR, 0, wide)
        top, bottom = self._pixels(y - _CLEAR, y + height + _CLEAR, 1, high)
        s = self.sums
        return bool(s[bottom, right] - s[top, right] - s[bottom, left] + s[top, left] == 0)

    def _pixels(self, start: float, end: float, axis: int, most: int) -> tuple[int, int]:
        scale = self.scale[axis]
        return max(0, int(start * scale)), min(most, int(np.ceil(end * scale)))


def _fill(dark: NDArray[np.uint8], rect: Rect) -> None:
    high, wide = dark.shape
    x, y, width, height = rect
    dark[
        int(y * high) : int(np.ceil((y + height) * high)),
        int(x * wide) : int(np.ceil((x + width) * wide)),
    ] = 1


def painted_out(picture: Picture, rects: Iterable[Rect], grey: int) -> Picture:
    """A copy of a grey picture with rectangles of it, in fractions, filled."""
    filled = picture.copy()
    high, wide = filled.shape[:2]
    for x, y, width, height in rects:
        left, top = max(0, round(x * wide) - 1), max(0, round(y * high) - 1)
        filled[top : round((y + height) * high) + 1, left : round((x + width) * wide) + 1] = grey
    return filled


def _no_room(taken: Sequence[int], count: int) -> str:
    size = f"{WIDE * SCALES[-1] / MM:.0f} × {HIGH * SCALES[-1] / MM:.0f} mm"
    if len(taken) == count:
        where = "no page has one"
    elif len(taken) == 1:
        where = f"one is free on every page but page {taken[0]}"
    else:
        some = ", ".join(map(str, taken[:8])) + (" and more" if len(taken) > 8 else "")
        where = f"the best one is taken on pages {some}"
    return (
        f"The code needs a blank spot of {size} near an edge, the same on every page, and {where}. "
        "Leave a margin free at the top or the bottom of the blank exam and upload it again."
    )
