"""Tell two template pages apart that differ in little: a heading, a page number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.correlation import codes, peak
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
# The closer look, with parts of a pixel. On 2,258 numbers of other pages (nine typefaces, six ways
# to write a number, faded, dark, fat and 1-bit) the first was at most 0.15; on 640 of its own, 0.2
# or more on 99 %. Of numbers the template lacks, what strays sorts out all but 0.5 %, and 6 % of
# its own.
_TOWARDS = 0.2  # how far towards the first, of ±0.5
# Of a glyph's ink may be amiss in any: surely; and if it is no more than so often the middle one's.
_LITTLE, _STRAY, _UNEVEN = 0.14, 0.35, 2.2
_GLYPH = (9, 13)
_ROOM, _SHIFT = 6, 4


Box = tuple[int, int, int, int]  # x, y, width, height in pixels
Difference = tuple[Box, int]  # where two pages differ, and by how many dots


@dataclass(frozen=True, slots=True)
class Contest:
    """How much better a page fits the first than the second (-1..1), and how surely at all.

    `closely`: the lead is small, but a closer look at the largest difference settles it.
    """

    lead: float
    own: float
    closely: bool = False

    @property
    def won(self) -> bool:
        return self.closely or (self.lead >= _MARGIN and self.own >= _OWN)


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
    if not weight:
        return Contest(0.0, 0.0)
    contest = Contest(lead / weight, own)
    if contest.won or lead <= 0:
        return contest
    return replace(contest, closely=_is_closely(page, first, second, differences[0][0]))


def _is_closely(page: Picture, first: Picture, second: Picture, box: Box) -> bool:
    """Whether the dots in which two pages differ are those of the first, and no glyph strays.

    Two digits alike in most dots correlate alike. So the page is laid onto the print with parts of
    a pixel, and only what lies between the two is asked, as a linear discriminant does: +0.5 where
    it is the first, -0.5 where it is the second. A third digit lies anywhere; then it, or one
    beside it that both pages share, strays from the print by most of its ink.
    """
    x, y, w, h = _padded(box, _CONTEXT, _ROOM, first)
    one, other = (p[y : y + h, x : x + w].astype(np.float32) for p in (first, second))
    left, top = max(0, x - _SHIFT), max(0, y - _SHIFT)
    window = page[top : y + h + _SHIFT, left : x + w + _SHIFT].astype(np.float32)
    if window.shape[0] < h or window.shape[1] < w or min(one.std(), other.std()) < _BLANK:
        return False
    seen = _paper_and_ink(window, one, other)
    if seen is None:
        return False
    apart = one - other
    towards = ((seen - (one + other) / 2) * apart).sum() / (apart**2).sum()
    if towards < _TOWARDS:
        return False
    amiss, ink = (
        cv2.boxFilter(dots, -1, _GLYPH, normalize=False, borderType=cv2.BORDER_CONSTANT)
        for dots in ((seen - one) ** 2, (255 - one) ** 2)
    )
    usual = np.median(amiss[ink > 0.35 * ink.max()])
    most = max(_LITTLE * ink.max(), min(_STRAY * ink.max(), _UNEVEN * usual))
    return bool(amiss.max() <= most)


def _paper_and_ink(
    window: NDArray[np.float32], one: NDArray[np.float32], other: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """The part of a window that fits either print best, in that print's own grey levels."""
    fields = [cv2.matchTemplate(window, print_, cv2.TM_CCOEFF_NORMED) for print_ in (one, other)]
    field, print_ = max(zip(fields, (one, other), strict=True), key=lambda pair: pair[0].max())
    _, _, _, (at_x, at_y) = cv2.minMaxLoc(field)
    high, wide = print_.shape
    centre = (
        peak(field[at_y, :], at_x) + (wide - 1) / 2,
        peak(field[:, at_x], at_y) + (high - 1) / 2,
    )
    patch = cv2.getRectSubPix(window, (wide, high), centre)
    away = print_ - print_.mean()
    gain = float((away * (patch - patch.mean())).sum() / (away**2).sum())
    if gain <= 0:
        return None
    seen: NDArray[np.float32] = (patch - patch.mean()) / gain + print_.mean()
    return seen


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
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        joined, 8, cv2.CV_32S, cv2.CCL_GRANA
    )
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
