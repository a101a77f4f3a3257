"""Find how a photographed page lies askew, so that it can be drawn upright as a scan is.

A lens sees a sheet as any four-cornered shape; what lies like that, no shift, turn and stretch
lays onto the template. The sheet's own outline against the table, or features of its print, say
roughly which shape it is; printed blocks then say it exactly. The gate is the scans' gate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions import correlation, features, outlines
from submissions.gate import SCORE
from submissions.imaging import Picture, upright
from submissions.laying import FINE_REACH
from submissions.registration import Fit, fit, lay
from submissions.template_print import PagePrint, TemplatePrint

Bend = NDArray[np.float64]  # 3 x 3, a perspective map of points (x, y, 1)

_SURE, _SURE_REACH = 0.8, 0.75  # fits below are looked at again
# So is a page with something round it whose blocks miss by more. Made-up scans fed well miss by up
# to 0.1 pixels, real ones by 0.5, photographs a hint askew by 0.13 or more.
_INSET, _LEVEL = 0.975, 0.12
_PLAINLY = 0.75  # where no other shape needs to be tried
_BETTER = 0.1  # mean correlation by which a page without an outline must fit better than it did
_WORTH = 1.5  # pixels a corner must move by, for the picture to be drawn anew
_SLACK = 1.5  # pixels at 100 dots an inch
_FAR = 2 * _SLACK  # beyond it, how far a block is off tells nothing more
_FIRM = 12.0  # pixels by which an outline may err at a corner, with the print's place on the paper
_FEWEST, _MOST_BLOCKS = 12, 0.5  # blocks that must agree on a shape, and their share
_COVERED = 0.75  # of the printed area, between the blocks that agree: beyond it all is guessed
_SMALLEST = 0.15  # share of the photograph that a page fills
_MOST_SLANT = 1.6  # one side of the page to the opposite one
_BEYOND = 0.15  # of the photograph, that a corner may lie outside of it


@dataclass(frozen=True, slots=True)
class Straight:
    """Template page `number` lies in the picture as `bend` says: its fraction (u, v) at the
    picture's fraction (x / w, y / w), where (x, y, w) = bend (u, v, 1)."""

    number: int
    bend: Bend


def is_doubted(found: Fit) -> bool:
    """Whether a page may lie askew in a way that no fit of a scan can follow."""
    return _is_poor(found) or (found.error_px > _LEVEL and _is_inset(found))


def _is_poor(found: Fit) -> bool:
    return found.affine is None or found.score < _SURE or found.reach < _SURE_REACH


def _is_inset(found: Fit) -> bool:
    """Whether the picture shows more than the page, as a photograph shows the table."""
    assert found.affine is not None
    a, b, _, d, e, _ = found.affine
    return max(abs(a) + abs(b), abs(d) + abs(e)) < _INSET


def straighten(
    page: Picture,
    template: TemplatePrint,
    expected: int,
    found: Fit | None = None,
    *,
    named: bool = False,
) -> Straight | None:
    """Look how a page lies in a photograph, about 1,300 dots wide, each as dark as its darkest
    colour. None where nothing passes the gate, or a scan's fit, `found`, does as well.

    `named`: a person says that it is page `expected`, so no other is thought of.
    """
    corners = outlines.outline(page)
    if corners is None and found is not None and not _is_poor(found):
        return None
    seen = _Seen(page, template, expected, found, named, corners)
    best: tuple[float, Straight] | None = None
    for number, rough, firm in chain(
        _by_outline(seen), _as_laid(page, template, found), _by_features(seen)
    ):
        bend = _closer(page, template.page(number), rough, firm=firm)
        if bend is None or not _is_a_sheet(bend, template.page(number), page):
            continue
        flat = _flat(page, bend, template.page(number).full.picture.shape)
        proof = seen.fit(flat, number)
        if proof.affine is None or proof.turn or (best and proof.score < best[0]):
            continue
        if not _beats(seen, number, bend, proof.score):
            continue
        best = (
            proof.score,
            Straight(proof.template_page or number, _in_fractions(bend, flat, page)),
        )
        if proof.score >= _PLAINLY:
            break
    return best[1] if best else None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A picture, what is known of it, and the sheet's `corners` if it lies on something darker."""

    page: Picture
    template: TemplatePrint
    expected: int
    found: Fit | None
    named: bool
    corners: outlines.Corners | None

    def fit(self, flat: Picture, number: int) -> Fit:
        """How a page drawn upright lies on the template, or on the page a person named."""
        return (lay if self.named else fit)(flat, self.template, number)


def _beats(seen: _Seen, number: int, bend: Bend, score: float) -> bool:
    """Whether a map is to be preferred to a scan's fit, if there is one.

    What lies on a table is a photograph: there the map wins that leaves the print nearer to its
    place. Elsewhere it may be a scan that was fed unevenly, and must come to fit much better.
    """
    found, plain = seen.found, next(_as_laid(seen.page, seen.template, seen.found), None)
    if found is None or plain is None:
        return seen.named or score >= SCORE
    if seen.corners is None or plain[0] != number:
        return score >= found.score + _BETTER
    print_ = seen.template.page(number)
    shape = print_.full.picture.shape
    moved = np.linalg.norm(_corners(np.linalg.inv(plain[1]) @ bend, shape) - _frame(shape), axis=1)
    nearer = _missed(seen.page, print_, bend) < _missed(seen.page, print_, plain[1])
    return bool(score >= min(SCORE, found.score) and moved.max() >= _WORTH and nearer)


def _missed(page: Picture, print_: PagePrint, bend: Bend) -> float:
    """By how many pixels blocks miss the places a map gives them, on average.

    Blocks that are not found, or far off, count as missing by so much and no more.
    """
    flat = _flat(page, bend, print_.full.picture.shape)
    source, target, fits = correlation.locate(flat, print_.full, 2 * FINE_REACH)
    off = np.linalg.norm(target - source, axis=1)
    return float(np.where(fits >= correlation.LEAST, np.minimum(off, _FAR), _FAR).mean())


def _as_laid(
    page: Picture, template: TemplatePrint, found: Fit | None
) -> Iterator[tuple[int, Bend, bool]]:
    """Where a scan's fit puts the page: near, if perspective is slight."""
    if found is None or found.affine is None:
        return
    number = found.template_page or found.alike[0]
    turned = upright(page, found.turn // 90)
    high, wide = turned.shape
    tall, broad = template.page(number).full.picture.shape
    fractions = np.vstack([np.reshape(found.affine, (2, 3)), [0, 0, 1]])
    bend = _scale(wide, high) @ fractions @ np.linalg.inv(_scale(broad, tall))
    yield number, _turning(found.turn, page) @ bend, False


def _by_outline(seen: _Seen) -> Iterator[tuple[int, Bend, bool]]:
    """The sheet as it lies on the table, then recognised like a scan."""
    page, template, expected, corners = seen.page, seen.template, seen.expected, seen.corners
    if corners is None:
        return
    tall, broad = template.page(expected).full.picture.shape
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    if (sides[0] + sides[2] > sides[1] + sides[3]) != (broad > tall):
        corners = np.roll(corners, -1, axis=0)
    frame = (_frame((tall, broad)) - 0.5).astype(np.float32)
    bend = np.asarray(
        cv2.getPerspectiveTransform(frame, corners.astype(np.float32)), dtype=np.float64
    )
    flat = _flat(page, bend, (tall, broad))
    found = seen.fit(flat, expected)
    for number, laid, _ in _as_laid(flat, template, found):
        yield number, bend @ laid, True


def _by_features(seen: _Seen) -> Iterator[tuple[int, Bend, bool]]:
    """Features of the print wherever they lie, when there is no outline or fit to go by."""
    if seen.found and seen.found.affine:
        return
    template = seen.template
    numbers = [seen.expected] if seen.named else range(1, len(template.pages) + 1)
    placeable = [number for number in numbers if template.page(number).placeable]
    marks = [template.features[number - 1] for number in placeable]
    for at, bend in features.bends(seen.page, marks):
        yield placeable[at], bend, False


def _closer(page: Picture, print_: PagePrint, rough: Bend, *, firm: bool) -> Bend | None:
    """Lay the printed blocks onto what a rough map shows; None if they agree on no shape.

    A firm map, of an outline, holds where there is too little print to say more.
    """
    shape = print_.full.picture.shape
    bend = rough
    for reach, slack in ((2 * FINE_REACH, 2 * _SLACK), (FINE_REACH, _SLACK)):
        places = correlation.locate(_flat(page, bend, shape), print_.full, reach)
        more = _agreed(places, slack, shape)
        if more is None:
            return rough if firm else None
        bend = bend @ more
    moved = np.linalg.norm(_corners(np.linalg.inv(rough) @ bend, shape) - _frame(shape), axis=1)
    return rough if firm and moved.max() > _FIRM else bend


def _agreed(places: correlation.Places, slack: float, shape: tuple[int, ...]) -> Bend | None:
    """The perspective map that most blocks agree on, if they lie far enough apart to hold one."""
    source, target, fits = places
    good = fits >= correlation.LEAST
    if good.sum() < _FEWEST:
        return None
    found, kept = cv2.findHomography(source[good], target[good], cv2.RANSAC, slack)
    if kept.sum() < max(_FEWEST, _MOST_BLOCKS * len(source)):
        return None
    agree = source[good][kept[:, 0] > 0]
    spread = correlation.is_spread(agree, (shape[1], shape[0]))
    if not spread or _area(agree) < _COVERED * _area(source):
        return None
    return np.asarray(found, dtype=np.float64)


def _frame(shape: tuple[int, ...]) -> correlation.Points:
    return np.array([[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]], dtype=np.float64)


def _corners(bend: Bend, shape: tuple[int, ...]) -> correlation.Points:
    """Where a map puts the corners of a page of this shape."""
    moved = cv2.perspectiveTransform(_frame(shape)[None], bend)[0]
    return np.asarray(moved, dtype=np.float64)


def _area(points: correlation.Points) -> float:
    return float(cv2.contourArea(cv2.convexHull(points.astype(np.float32))))


def _is_a_sheet(bend: Bend, print_: PagePrint, page: Picture) -> bool:
    """Whether a map makes of the page what a lens can: convex, not mirrored, not too slanting."""
    shape = print_.full.picture.shape
    high, wide = page.shape
    depth = _frame(shape) @ bend[2, :2] + bend[2, 2]
    if depth.min() * depth.max() <= 0:
        return False  # some of it lies behind the lens
    seen = _corners(bend, shape).astype(np.float32)
    if cv2.contourArea(seen, oriented=True) < _SMALLEST * high * wide:
        return False
    if not cv2.isContourConvex(seen):
        return False
    sides = np.linalg.norm(seen - np.roll(seen, -1, axis=0), axis=1)
    slant = max(sides[0] / sides[2], sides[2] / sides[0], sides[1] / sides[3], sides[3] / sides[1])
    size = np.array([wide, high])
    outside = np.maximum(-seen, seen - size) / size
    return bool(slant <= _MOST_SLANT and outside.max() <= _BEYOND)


def _flat(page: Picture, bend: Bend, shape: tuple[int, ...]) -> Picture:
    return np.asarray(
        cv2.warpPerspective(
            page,
            bend,
            (shape[1], shape[0]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=255,
        ),
        dtype=np.uint8,
    )


def _in_fractions(bend: Bend, flat: Picture, page: Picture) -> Bend:
    inside, outside = _scale(flat.shape[1], flat.shape[0]), _scale(page.shape[1], page.shape[0])
    return np.linalg.inv(outside) @ bend @ inside


def _scale(wide: int, high: int) -> Bend:
    """From fractions to pixels: those count from the edge, these from the first one's centre."""
    return np.array([[wide, 0, -0.5], [0, high, -0.5], [0, 0, 1]], dtype=np.float64)


def _turning(turn: int, page: Picture) -> Bend:
    """From pixels of the page turned clockwise to those of the page itself."""
    high, wide = page.shape
    back = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, 1, 0], [-1, 0, high - 1]],
        180: [[-1, 0, wide - 1], [0, -1, high - 1]],
        270: [[0, -1, wide - 1], [1, 0, 0]],
    }[turn]
    return np.array([*back, [0, 0, 1]], dtype=np.float64)
