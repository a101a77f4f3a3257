"""Find a page by features, however it is shifted, turned or scaled. Dear, so for misfits only.

AKAZE, with the ratio test and a similarity by RANSAC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions import correlation
from submissions.correlation import Map, Points
from submissions.imaging import Picture

_LEAST = 12  # matches that agree
_RATIO = 0.8
_POINTS = 600
_ASKEW_POINTS = 1500  # in photographs, where the table has its own
_MOST = 3  # template pages worth a closer look


@dataclass(frozen=True, slots=True)
class Features:
    """Where a page's strongest features lie, (n, 2) in pixels, and their marks, (n, 61) bytes."""

    points: NDArray[np.float64]
    marks: NDArray[np.uint8]


def describe(picture: Picture, most: int = _POINTS) -> Features:
    """About 100 ms of computing for a page at 100 dots an inch."""
    keys, marks = cv2.AKAZE.create(max_points=most).detectAndCompute(picture, None)
    points = np.array([key.pt for key in keys], dtype=np.float64).reshape(-1, 2)
    if marks is None:
        return Features(points[:0], np.zeros((0, 61), dtype=np.uint8))
    return Features(points, np.asarray(marks, dtype=np.uint8))


def locate(page: Picture, templates: Sequence[Features]) -> Iterator[tuple[int, int, Map]]:
    """Yield index of a template page, quarter turn in degrees, and the map, best first.

    The map leads from template pixels to pixels of the page turned clockwise so far.
    """
    seen = describe(page)
    rated: list[tuple[int, int, Map]] = []
    for index, template in enumerate(templates):
        found = _agreed(template, seen)
        if found is not None:
            rated.append((found[0], index, found[1]))
    rated.sort(key=lambda one: -one[0])
    for _, index, transform in rated[:_MOST]:
        yield index, *_upright(transform, page)


def bends(page: Picture, templates: Sequence[Features]) -> Iterator[tuple[int, Map]]:
    """Yield index of a template page and the perspective map, 3 x 3, onto the page, best first."""
    seen = describe(page, _ASKEW_POINTS)
    rated: list[tuple[int, int, Map]] = []
    for index, template in enumerate(templates):
        clear = _matches(template, seen)
        if clear is None:
            continue
        found, kept = cv2.findHomography(*clear, cv2.USAC_MAGSAC, 4.0, maxIters=2000)
        if int(kept.sum()) >= _LEAST:
            rated.append((int(kept.sum()), index, np.asarray(found, dtype=np.float64)))
    rated.sort(key=lambda one: -one[0])
    for _, index, bend in rated[:_MOST]:
        yield index, bend


def _agreed(template: Features, page: Features) -> tuple[int, Map] | None:
    """How many matches agree on one similarity, and that; None when too few do."""
    clear = _matches(template, page)
    if clear is None:
        return None
    found, kept = cv2.estimateAffinePartial2D(*clear, method=cv2.RANSAC, ransacReprojThreshold=3.0)
    if int(kept.sum()) < _LEAST:
        return None
    transform = np.asarray(found, dtype=np.float64)
    scale, _ = correlation.scale_and_angle(transform)
    return (int(kept.sum()), transform) if 0.4 <= scale <= 2.5 else None


def _matches(template: Features, page: Features) -> tuple[Points, Points] | None:
    """Points of the template and of the page that match clearly; None when they are too few."""
    if min(len(template.points), len(page.points)) < _LEAST:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(template.marks, page.marks, k=2)
    clear = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    if len(clear) < _LEAST:
        return None
    return (
        template.points[[match.queryIdx for match in clear]],
        page.points[[match.trainIdx for match in clear]],
    )


def _upright(transform: Map, page: Picture) -> tuple[int, Map]:
    """Split off the quarter turns: how far to turn the page, and the map onto it then."""
    _, angle = correlation.scale_and_angle(transform)
    quarters = round(angle / 90) % 4  # the page's print leans this far clockwise
    turn = -quarters % 4
    high, wide = page.shape[:2]
    turning = {
        0: np.array([[1.0, 0, 0], [0, 1, 0]]),
        1: np.array([[0, -1.0, high - 1], [1, 0, 0]]),
        2: np.array([[-1.0, 0, wide - 1], [0, -1, high - 1]]),
        3: np.array([[0, 1.0, 0], [-1, 0, wide - 1]]),
    }[turn]
    return turn * 90, correlation.compose(turning, transform)
