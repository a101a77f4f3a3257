"""The outline of a sheet of paper that lies on something darker: its four corners.

Sheets that fill the picture, as scans do, have none; finding that out takes some milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.imaging import Picture

Corners = NDArray[np.float64]  # (4, 2): x and y in pixels, clockwise

_LOOKED_AT = 480  # pixels along the longer side
_SMALLEST = 0.2  # share of the picture a sheet fills
_SAMPLES = 60  # along each side
_REACH = 9  # pixels to both sides of a rough side in which its edge is looked for
_STEP = 8.0  # levels by which the paper is lighter than what it lies on
_SUPPORT = 0.55  # share of a side's samples that must show such an edge; a thumb hides some
_SLACK = 1.5  # pixels from a straight line


def outline(picture: Picture) -> Corners | None:
    """The sheet's corners in a picture, each dot as dark as its darkest colour; None if unseen."""
    factor = _LOOKED_AT / max(picture.shape)
    small = np.asarray(
        cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
    )
    soft = np.asarray(cv2.medianBlur(small, 5), np.uint8)
    best: tuple[float, Corners] | None = None
    for rough in _shapes(soft):
        found = _sharpened(soft, rough)
        if found is not None and (best is None or found[0] > best[0] + 0.02):
            best = found
    if best is None:
        return None
    corners: Corners = (best[1] + 0.5) / factor - 0.5
    return corners


def _shapes(soft: Picture) -> Iterator[Corners]:
    """Four-cornered shapes that light areas of some size have, at several levels of light."""
    otsu, _ = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    for level in (otsu, 0.8 * otsu, 1.2 * otsu, 0.6 * otsu):
        yield from _fours(np.where(soft > level, 255, 0).astype(np.uint8))
    # Under uneven light no level parts paper from table; the edge between them does.
    edges = cv2.dilate(cv2.Canny(soft, 15, 45), np.ones((3, 3), np.uint8))
    edges[[0, -1]] = edges[:, [0, -1]] = 255
    yield from _fours(np.asarray(255 - edges, np.uint8))


def _fours(light: Picture) -> Iterator[Corners]:
    closed = cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    found, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(found, key=cv2.contourArea, reverse=True)[:2]:
        hull = cv2.convexHull(contour)
        if cv2.contourArea(hull) < _SMALLEST * light.size:
            return
        around = cv2.arcLength(hull, closed=True)
        for share in (0.02, 0.04, 0.06, 0.09):
            few = cv2.approxPolyDP(hull, share * around, closed=True)
            if len(few) == 4:
                yield few[:, 0, :].astype(np.float64)
                break


def _sharpened(soft: Picture, rough: Corners) -> tuple[float, Corners] | None:
    """Lay straight lines through the edges near a rough shape's sides, and let them meet.

    Also the least share of a side along which there is an edge. None when a side has too little.
    """
    if cv2.contourArea(rough.astype(np.float32), oriented=True) < 0:
        rough = rough[::-1]  # clockwise on the screen
    lines, shares = [], []
    for k in range(4):
        start, end = rough[k], rough[(k + 1) % 4]
        points, share = _edge(soft, start, end)
        if share < _SUPPORT:
            return None
        lines.append(_line(points))
        shares.append(share)
    corners = np.array([_meeting(lines[k - 1], lines[k]) for k in range(4)])
    if not np.isfinite(corners).all() or np.abs(corners - rough).max() > 4 * _REACH:
        return None
    return min(shares), corners


def _edge(soft: Picture, start: Corners, end: Corners) -> tuple[Corners, float]:
    """Where paper ends along a side, and for how much of the side."""
    along = end - start
    inward = np.array([-along[1], along[0]]) / max(1.0, float(np.linalg.norm(along)))
    at = start + np.linspace(0.04, 0.96, _SAMPLES)[:, None] * along
    off = np.arange(-_REACH, _REACH + 1)
    spots = at[:, None, :] + off[None, :, None] * inward
    x, y = spots[..., 0].astype(np.float32), spots[..., 1].astype(np.float32)
    seen = cv2.remap(soft, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rise = seen[:, 2:].astype(np.float64) - seen[:, :-2]
    best = rise.argmax(axis=1)
    there = rise[np.arange(_SAMPLES), best] >= _STEP
    shift = best + 1 - _REACH
    points = at + shift[:, None] * inward
    near = _on_a_line(points[there], along) if there.sum() >= 6 else points[:0]
    return near, len(near) / _SAMPLES


def _on_a_line(points: Corners, along: Corners) -> Corners:
    """Those of the points that most of them are in line with: no thumb, no writing."""
    vx, vy, x0, y0 = cv2.fitLine(points.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
    for _ in range(2):
        miss = np.abs((points[:, 0] - x0) * vy - (points[:, 1] - y0) * vx)
        near = points[miss <= max(_SLACK, float(np.median(miss)))]
        if len(near) < 6:
            return points[:0]
        vx, vy, x0, y0 = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
    miss = np.abs((points[:, 0] - x0) * vy - (points[:, 1] - y0) * vx)
    return points[miss <= _SLACK]


def _line(points: Corners) -> NDArray[np.float64]:
    """(a, b, c) of the line a x + b y = c nearest to all of the points."""
    vx, vy, x, y = cv2.fitLine(points.astype(np.float32), cv2.DIST_L2, 0, 0.01, 0.01).ravel()
    return np.array([-vy, vx, -vy * x + vx * y], dtype=np.float64)


def _meeting(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    both = np.array([one[:2], other[:2]])
    if abs(float(np.linalg.det(both))) < 1e-3:
        return np.array([np.nan, np.nan])
    return np.asarray(np.linalg.solve(both, np.array([one[2], other[2]])))
