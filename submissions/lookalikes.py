"""Tell two template pages apart that differ in little: a heading, a page number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from submissions.imaging import Picture

_DIFFERS = 48  # grey levels, after a slight blur
_PATCHES = 8
_LARGEST = (160, 60)  # pixels at 100 dpi: more of a large difference tells no more
_PAD, _SHIFT = 4, 3
_CONTEXT = 30
_MARGIN = 0.12
_OWN = 0.5
_BLANK = 10  # standard deviation of grey levels on bare paper


Box = tuple[int, int, int, int]  # x, y, width, height in pixels
Difference = tuple[Box, int]  # where two pages differ, and by how many dots


@dataclass(frozen=True, slots=True)
class Contest:
    """How much better a page fits the first than the second (-1..1), and how surely at all."""

    lead: float
    own: float

    @property
    def won(self) -> bool:
        return self.lead >= _MARGIN and self.own >= _OWN


def compare(
    page: Picture, first: Picture, second: Picture, differences: Sequence[Difference]
) -> Contest:
    """Compare a page, warped into the template's frame, where two template pages differ.

    `own` is the best the page does on the first anywhere it also beats the second there.
    """
    lead = own = weight = 0.0
    for box, dots in differences:
        mine, other = _likeness(page, first, box), _likeness(page, second, box)
        share = dots**0.5
        lead += share * (mine - other)
        weight += share
        if mine - other >= _MARGIN:
            own = max(own, min(mine, _in_context(page, first, box)))
    return Contest(lead / weight, own) if weight else Contest(0.0, 0.0)


def differences(first: Picture, second: Picture) -> tuple[Difference, ...]:
    """Where two template pages differ, the largest differences first."""
    high, wide = (min(pair) for pair in zip(first.shape, second.shape, strict=True))
    first, second = first[:high, :wide], second[:high, :wide]
    apart = cv2.absdiff(cv2.GaussianBlur(first, (3, 3), 0), cv2.GaussianBlur(second, (3, 3), 0))
    mask = (apart > _DIFFERS).astype(np.uint8)
    joined = cv2.dilate(mask, np.ones((5, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    found = []
    for k in range(1, count):
        x, y, w, h = (int(value) for value in stats[k, :4])
        dots = int(mask[y : y + h, x : x + w][labels[y : y + h, x : x + w] == k].sum())
        if dots >= 6:
            found.append((_trimmed(x, y, w, h), dots))
    return tuple(sorted(found, key=lambda one: -one[1])[:_PATCHES])


def _trimmed(x: int, y: int, w: int, h: int) -> Box:
    wide, high = min(w, _LARGEST[0]), min(h, _LARGEST[1])
    return x + (w - wide) // 2, y + (h - high) // 2, wide, high


def _likeness(page: Picture, print_: Picture, box: Box, pad: tuple[int, int] = (0, 0)) -> float:
    """Correlation of the page with the print in a box, the best within a small shift."""
    x, y, w, h = box
    left, top = max(_SHIFT, x - _PAD - pad[0]), max(_SHIFT, y - _PAD - pad[1])
    right = min(print_.shape[1] - _SHIFT, x + w + _PAD + pad[0])
    bottom = min(print_.shape[0] - _SHIFT, y + h + _PAD + pad[1])
    if right - left < 4 or bottom - top < 4:
        return 0.0
    wanted = print_[top:bottom, left:right]
    window = page[top - _SHIFT : bottom + _SHIFT, left - _SHIFT : right + _SHIFT]
    if wanted.std() < _BLANK:
        # Bare paper wanted. Bare paper found speaks for it; ink may be handwriting.
        return 0.9 if window.std() < _BLANK else 0.3
    field = cv2.matchTemplate(window, wanted, cv2.TM_CCOEFF_NORMED)
    return max(0.0, float(field.max()))


def _in_context(page: Picture, print_: Picture, box: Box) -> float:
    """The same with what is printed beside: "Page 12" ends like "Page 2", but begins elsewhere."""
    return _likeness(page, print_, box, pad=(_CONTEXT, 0))
