"""Find printed blocks of one picture in another, and the map that carries them there.

Normalised cross-correlation of small blocks, then a map agreed on by RANSAC: what a student wrote
over some blocks leaves the others as they are. A map is a 2 x 3 matrix from template pixels to page
pixels at the same dots an inch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.imaging import Picture

Map = NDArray[np.float64]
Points = NDArray[np.float64]  # (n, 2), x and y in pixels
# Where blocks' centres stand in the template, where on the page, and how well each fits there.
Places = tuple[Points, Points, NDArray[np.float64]]


LEAST = 0.3  # correlation below which a block was not found


@dataclass(frozen=True, slots=True)
class Level:
    """One page of print at one scale, and the corners (n, 2) of its blocks, strongest first."""

    picture: Picture
    blocks: NDArray[np.int64]
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """A map and how good it is: the mean correlation of all blocks (0 for those that disagree), how
    many agree, by how many pixels those miss (root mean square), and over what share of the
    print's height and width, whichever is less, they reach."""

    map: Map
    score: float
    agreeing: int
    error: float
    reach: float


def choose_blocks(picture: Picture, size: int, count: int) -> NDArray[np.int64]:
    """Corners of up to `count` blocks that can be found again, spread over the page.

    A block on a straight line slides along it; the smaller eigenvalue of the gradients tells.
    """
    strength = cv2.boxFilter(
        np.sqrt(np.maximum(cv2.cornerMinEigenVal(cv2.GaussianBlur(picture, (3, 3), 0), 5), 0)),
        -1,
        (size, size),
    )
    plain = strength * ~codes(picture, size)
    if (plain > 0.06 * float(strength.max())).mean() > 0.01:
        strength = plain
    half, edge = size // 2, size // 2 + 2
    inner = np.zeros_like(strength)
    inner[edge:-edge, edge:-edge] = strength[edge:-edge, edge:-edge]
    floor = max(1e-4, 0.06 * float(inner.max()))
    chosen: list[tuple[int, int]] = []
    # First the best of each cell, so that dense text does not take all; then the best left.
    for spread in (True, False):
        chosen += _peaks(inner, size, count - len(chosen), floor, spread=spread)
    return np.array([(x - half, y - half) for x, y in chosen], dtype=np.int64).reshape(-1, 2)


def codes(picture: Picture, size: int) -> NDArray[np.bool_]:
    """Where there is a printed code: black and white in equal parts, which text never is.

    Codes are full of corners, and another on every paper. `size` is 10 mm in pixels.
    """
    black = cv2.boxFilter((picture < 128).astype(np.float32), -1, (size, size))
    mixed = ((black > 0.34) & (black < 0.66)).astype(np.uint8)
    return cv2.dilate(mixed, np.ones((2 * size, 2 * size), np.uint8)) > 0


def _peaks(
    strength: NDArray[Any], size: int, count: int, floor: float, *, spread: bool
) -> list[tuple[int, int]]:
    """Take maxima one by one, and clear round each what is too near to be of use."""
    left = strength.copy() if spread else strength
    high, wide = strength.shape
    reach_x, reach_y = (wide // 12, high // 16) if spread else (size // 2, size // 2)
    reach_x, reach_y = max(reach_x, size // 2), max(reach_y, size // 2)
    taken: list[tuple[int, int]] = []
    while len(taken) < count:
        _, best, _, (x, y) = cv2.minMaxLoc(left)
        if best < floor:
            break
        taken.append((x, y))
        left[max(0, y - reach_y) : y + reach_y + 1, max(0, x - reach_x) : x + reach_x + 1] = 0
        near = size // 2
        strength[max(0, y - near) : y + near + 1, max(0, x - near) : x + near + 1] = 0
    return taken


def locate(page: Picture, level: Level, reach: int) -> Places:
    """Where each block's centre stands in the template and on the page, and how well it fits.

    Blocks are looked for within `reach` pixels of where they stand in the template.
    """
    size, count = level.size, len(level.blocks)
    padded = cv2.copyMakeBorder(
        page, reach, reach + size, reach, reach + size, cv2.BORDER_CONSTANT, value=255
    )
    source = level.blocks + (size - 1) / 2
    target, fit = source.astype(np.float64), np.zeros(count)
    for k, (x, y) in enumerate(level.blocks.tolist()):
        window = padded[y : y + size + 2 * reach, x : x + size + 2 * reach]
        if min(window.shape) < size + 2 * reach:
            continue
        field = cv2.matchTemplate(
            window, level.picture[y : y + size, x : x + size], cv2.TM_CCOEFF_NORMED
        )
        _, best, _, (px, py) = cv2.minMaxLoc(field)
        fit[k] = min(best, 1.0)
        target[k] += (peak(field[py, :], px) - reach, peak(field[:, px], py) - reach)
    return source.astype(np.float64), target, fit


def peak(row: NDArray[Any], at: int) -> float:
    """The top of the parabola through three values: the maximum between pixels."""
    if not 0 < at < len(row) - 1:
        return float(at)
    left, top, right = float(row[at - 1]), float(row[at]), float(row[at + 1])
    bend = left - 2 * top + right
    return at + (0.5 * (left - right) / bend if bend < -1e-9 else 0.0)


def similarity(
    source: Points, target: Points, fit: NDArray[np.float64], slack: float
) -> Found | None:
    """Shift, turn and scale that most blocks agree on within `slack` pixels."""
    good = fit >= LEAST
    if good.sum() < 3:
        return None
    found, kept = cv2.estimateAffinePartial2D(
        source[good], target[good], method=cv2.RANSAC, ransacReprojThreshold=slack, maxIters=400
    )
    return _judged(found, kept, source, target, fit, good)


def affinity(
    source: Points, target: Points, fit: NDArray[np.float64], slack: float
) -> Found | None:
    """The affine map most blocks agree on: paper feeds stretch a page in one direction."""
    good = fit >= LEAST
    if good.sum() < 3:
        return None
    found, kept = cv2.estimateAffine2D(
        source[good], target[good], method=cv2.RANSAC, ransacReprojThreshold=slack, maxIters=400
    )
    return _judged(found, kept, source, target, fit, good)


def _judged(
    found: Any,
    kept: Any,
    source: Points,
    target: Points,
    fit: NDArray[np.float64],
    good: NDArray[np.bool_],
) -> Found | None:
    if found is None:
        return None
    agree = np.zeros(len(fit), dtype=bool)
    agree[good] = kept[:, 0] > 0
    miss = np.linalg.norm(apply(found, source[agree]) - target[agree], axis=1)
    reach = float((np.ptp(source[agree], axis=0) / np.maximum(1, np.ptp(source, axis=0))).min())
    error = float(np.sqrt(np.mean(miss**2))) if len(miss) else math.inf
    return Found(found, float(fit[agree].sum()) / len(fit), int(agree.sum()), error, reach)


def is_spread(points: Points, size: tuple[int, int]) -> bool:
    """Whether points reach over a (width, height) far enough to hold an affine map."""
    return len(points) >= 10 and bool((points.std(axis=0) > 0.14 * np.array(size)).all())


def apply(transform: Map, points: Points) -> Points:
    moved: Points = points @ transform[:, :2].T + transform[:, 2]
    return moved


def compose(outer: Map, inner: Map) -> Map:
    """The map that does `inner` first."""
    both: Map = outer @ np.vstack([inner, [0, 0, 1]])
    return both


def scaled(transform: Map, factor: float) -> Map:
    """The same map for pictures `factor` times as large, pixel centres minded."""
    linear = transform[:, :2]
    centre = np.array([(factor - 1) / 2, (factor - 1) / 2])
    shift = transform[:, 2] * factor + centre - linear @ centre
    return np.column_stack([linear, shift])


def onto_template(page: Picture, transform: Map, template: Picture) -> Picture:
    """The page as it looks in the template's frame; white beyond its edge."""
    high, wide = template.shape[:2]
    warped = cv2.warpAffine(
        page,
        transform,
        (wide, high),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )
    return np.asarray(warped, dtype=np.uint8)


def scale_and_angle(transform: Map) -> tuple[float, float]:
    """Geometric mean scale, and degrees."""
    linear = transform[:, :2]
    scale = math.sqrt(abs(float(np.linalg.det(linear))))
    return scale, math.degrees(math.atan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1]))
