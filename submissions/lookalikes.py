"""Tell two template pages apart that differ in little: a heading, a page number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.correlation import codes
from submissions.imaging import Picture

_DIFFERS = 48  # grey levels, after a slight blur
_PATCHES = 8
_LARGEST = (160, 60)  # pixels at 100 dpi: more of a large difference tells no more
_PAD = 4
# How far to look, across and down. Feeding stretches down; across, a digit more is 6 pixels.
_FAR, _NEAR = (3, 14), (1, 2)
_CONTEXT = 30
_MARGIN = 0.16
_OWN = 0.64  # numbers the template lacks were seen up to 0.58, its own from 0.68
_ENOUGH, _CLEAR = 2, 0.4  # the largest differences, and a lead that the small ones cannot undo
_CODE = 40  # pixels: 10 mm
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
    for count, (box, dots) in enumerate(differences, 1):
        (mine, near), (other, _) = (_likeness(page, one, box) for one in (first, second))
        share = dots**0.5
        lead += share * (mine - other)
        weight += share
        if mine - other >= _MARGIN:
            own = max(own, min(mine, near))
        if count >= _ENOUGH and lead / weight >= _CLEAR and own >= _OWN:
            break
    return Contest(lead / weight, own) if weight else Contest(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Side:
    """A template page ready to be held against others: softened, and where it has a code."""

    soft: Picture
    coded: NDArray[np.bool_]

    @classmethod
    def of(cls, page: Picture) -> Side:
        soft = np.asarray(cv2.GaussianBlur(page, (3, 3), 0), dtype=np.uint8)
        return cls(soft, codes(page, _CODE))


def differences(first: Side, second: Side) -> tuple[Difference, ...]:
    """Where two template pages differ, the largest differences first."""
    high, wide = (min(pair) for pair in zip(first.soft.shape, second.soft.shape, strict=True))
    apart = cv2.absdiff(first.soft[:high, :wide], second.soft[:high, :wide])
    mask = (apart > _DIFFERS).astype(np.uint8)
    # Where both have a code, it differs between all papers and tells nothing about the page.
    mask[first.coded[:high, :wide] & second.coded[:high, :wide]] = 0
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


def _likeness(page: Picture, print_: Picture, box: Box) -> tuple[float, float]:
    """Correlation of the page with the print in a box, and with what is printed beside it too.

    What stands beside says where to look, for a page may be stretched there. It also says more
    than the box alone: "Page 12" ends like "Page 2", but begins elsewhere.
    """
    wide = _padded(box, _PAD + _CONTEXT, _PAD, print_)
    near, shift = _best(page, print_, wide, _FAR, (0, 0))
    if near < _OWN:
        shift = (0, 0)
    tight = _padded(box, _PAD, _PAD, print_)
    mine, _ = _best(page, print_, tight, _NEAR, shift)
    return mine, near


def _padded(box: Box, across: int, down: int, picture: Picture) -> Box:
    x, y, w, h = box
    left, top = max(0, x - across), max(0, y - down)
    right, bottom = min(picture.shape[1], x + w + across), min(picture.shape[0], y + h + down)
    return left, top, right - left, bottom - top


def _best(
    page: Picture, print_: Picture, box: Box, reach: tuple[int, int], shift: tuple[int, int]
) -> tuple[float, tuple[int, int]]:
    """The best correlation within `reach` of `shift`, and the shift there."""
    x, y, w, h = box
    wanted = print_[y : y + h, x : x + w]
    left, top = max(0, x + shift[0] - reach[0]), max(0, y + shift[1] - reach[1])
    window = page[top : y + shift[1] + h + reach[1], left : x + shift[0] + w + reach[0]]
    if w < 4 or h < 4 or window.shape[0] < h or window.shape[1] < w:
        return 0.0, (0, 0)
    if wanted.std() < _BLANK:
        # Bare paper wanted. Bare paper found speaks for it; ink may be handwriting.
        return (0.9 if window.std() < _BLANK else 0.3), shift
    _, best, _, (at_x, at_y) = cv2.minMaxLoc(
        cv2.matchTemplate(window, wanted, cv2.TM_CCOEFF_NORMED)
    )
    return max(0.0, best), (left + at_x - x, top + at_y - y)
