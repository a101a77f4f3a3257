"""Where the code stands on a printed page: a spot near an edge that is blank on every page.

A stamp is the symbol, and the same digits beside it. It lies along the top or the bottom of the
page, or turned by a quarter along a side, where it reads from the bottom up. Corners are tried
first, the one that is stapled last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
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
CAP = 0.73  # height of a digit, of the size
TEXT_WIDTH = TEXT_LENGTH * 0.60205 * TEXT_SIZE  # DejaVu Sans Mono
_SYMBOL = SIDE * MODULE
_GAP = 8.0  # who scribbles over the symbol should not reach the text
TEXT_LEFT = QUIET + _SYMBOL + _GAP
WIDE, HIGH = TEXT_LEFT + TEXT_WIDTH + QUIET, 2 * QUIET + _SYMBOL
_ROUND = (2.0, 3.0)  # round the digits: across and down
SCALES = (1.0, 0.8)

_CLEAR = 5.0  # from print and from where people write
_INSETS = (20.0, 26.0, 32.0, 40.0, 50.0)  # from the edge: printers leave 6 mm white
_STEP, _STEPS = 12.0, 24  # along an edge, points and how many
_PIXEL = 2.0
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
        across, down = _ROUND
        high = CAP * TEXT_SIZE + 2 * down
        return self._part(TEXT_LEFT - across, (HIGH - high) / 2, TEXT_WIDTH + 2 * across, high)

    def _part(self, left: float, top: float, wide: float, high: float) -> Rect:
        x, y, width, height = self.rect
        left, wide, top, high = left / WIDE, wide / WIDE, top / HIGH, high / HIGH
        if self.turned:
            return (x + top * width, y + (1 - left - wide) * height, high * width, wide * height)
        return (x + left * width, y + top * height, wide * width, high * height)


class NoRoom(Exception):
    """No spot is blank on every page; the text says which pages are in the way."""


def find_place(pages: Iterable[Blank]) -> list[Stamp]:
    """Return the stamp of each page, near the same edge of all. Raises NoRoom, in words."""
    sheets = [_Sheet.of(page) for page in pages]
    for answers in (True, False):
        common = _merged(sheets, answers=answers)
        for spot in _spots():
            if all(sheet.is_free(spot) for sheet in common):
                return [spot.stamp(sheet.width, sheet.height) for sheet in sheets]
    raise NoRoom(_no_room(sheets))


class _Spot(NamedTuple):
    """A place near an edge, whatever the size of the page; `along` the edge from a corner."""

    scale: float
    turned: bool
    near_end: bool  # the top edge, or the right one
    from_end: bool  # counted from the right, or from the top
    inset: float
    along: float

    def on(self, width: float, height: float) -> Box:
        wide, high = WIDE * self.scale, HIGH * self.scale
        if self.turned:
            wide, high = high, wide
            x = width - self.inset - wide if self.near_end else self.inset
            y = self.along if self.from_end else height - self.along - high
        else:
            y = self.inset if self.near_end else height - self.inset - high
            x = width - self.along - wide if self.from_end else self.along
        return (x, y, wide, high)

    def stamp(self, width: float, height: float) -> Stamp:
        x, y, wide, high = self.on(width, height)
        return Stamp((x / width, y / height, wide / width, high / height), self.turned)


def _spots() -> Iterator[_Spot]:
    for scale in SCALES:
        for turned in (False, True):
            yield from _corners(scale, turned)
            for inset in _INSETS:
                for step in range(1, _STEPS):
                    for near in (True, False):
                        yield _Spot(scale, turned, near, True, inset, _INSETS[0] + step * _STEP)


def _corners(scale: float, turned: bool) -> Iterator[_Spot]:
    """Top right, bottom right, bottom left; papers are stapled at the top left."""
    for inset in _INSETS:
        for near, end in ((True, True), (False, True), (False, False), (True, False)):
            yield _Spot(scale, turned, near, end, inset, inset)


@dataclass(frozen=True)
class _Sheet:
    """Where a page is not blank, a pixel for each 2 points: by print, and where people write."""

    width: float
    height: float
    dark: NDArray[np.bool_]
    written: NDArray[np.bool_]

    @classmethod
    def of(cls, page: Blank) -> _Sheet:
        size = (max(1, round(page.width / _PIXEL)), max(1, round(page.height / _PIXEL)))
        print_ = np.where(page.picture < _INK, 255, 0).astype(np.uint8)
        dark = np.asarray(cv2.resize(print_, size, interpolation=cv2.INTER_AREA) > 0)
        written = np.zeros_like(dark)
        _fill(dark, page.names)
        _fill(written, page.answers)
        return cls(page.width, page.height, dark, written)

    def is_free(self, spot: _Spot) -> bool:
        x, y, wide, high = spot.on(self.width, self.height)
        if x < 0 or y < 0 or x + wide > self.width or y + high > self.height:
            return False
        left, top = max(0, int((x - _CLEAR) / _PIXEL)), max(0, int((y - _CLEAR) / _PIXEL))
        right, bottom = ceil((x + wide + _CLEAR) / _PIXEL), ceil((y + high + _CLEAR) / _PIXEL)
        return not self.dark[top:bottom, left:right].any()


def _merged(sheets: Sequence[_Sheet], *, answers: bool) -> list[_Sheet]:
    """One sheet for each size, dark where any of them is."""
    merged: dict[tuple[float, float], _Sheet] = {}
    for sheet in sheets:
        dark = sheet.dark | sheet.written if answers else sheet.dark
        key = (sheet.width, sheet.height)
        if key in merged:
            dark = dark | merged[key].dark
        merged[key] = _Sheet(*key, dark, sheet.written)
    return list(merged.values())


def _fill(mask: NDArray[np.bool_], rects: Iterable[Rect]) -> None:
    high, wide = mask.shape
    for x, y, width, height in rects:
        rows = slice(int(y * high), ceil((y + height) * high))
        mask[rows, int(x * wide) : ceil((x + width) * wide)] = True


def painted_out(picture: Picture, rects: Iterable[Rect], grey: int) -> Picture:
    """A copy of a grey picture with rectangles of it, in fractions, filled."""
    filled = picture.copy()
    high, wide = filled.shape[:2]
    for x, y, width, height in rects:
        left, top = max(0, round(x * wide) - 1), max(0, round(y * high) - 1)
        filled[top : round((y + height) * high) + 1, left : round((x + width) * wide) + 1] = grey
    return filled


def _no_room(sheets: Sequence[_Sheet]) -> str:
    """Say what is in the way in the corner that is free on most pages."""
    taken = min(
        (
            [number for number, sheet in enumerate(sheets, 1) if not sheet.is_free(spot)]
            for spot in _corners(SCALES[-1], turned=False)
        ),
        key=len,
    )
    size = f"{WIDE * SCALES[-1] / MM:.0f} × {HIGH * SCALES[-1] / MM:.0f} mm"
    if len(taken) == len(sheets):
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
