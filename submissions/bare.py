"""Dark parts of a scan that are no ink: the scanner's bed beside the paper, and holes in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.imaging import Picture

Mask = NDArray[np.bool_]

# Pixels at 100 dots an inch.
_DARK = 0.3  # of the paper's grey: few shadows are as dark; ink of a pen is, but never so thick
_THICK = 11  # 2.8 mm
_BAND = 16  # close to the bed all is darker than the paper near it
_DEEP = 36  # as far into the bed as paper outside bears on what `blanks` takes for paper
_CORNER = 100  # staples go into corners, within an inch of both edges
_STAPLE = 11  # one leg's hole, torn a little
_SIDE, _PUNCH = 90, (18, 34)  # a punch's holes near one edge: 6 mm, a little torn or blurred
_ROUND = 0.6  # the share of its box that a disc fills; a ring of a pen fills less


def bed(page: Picture, dpi: int = 100) -> tuple[Mask, Mask]:
    """Where the scanner's dark bed is seen at the edge of the picture, and close to it.

    Second, where it is seen well away from paper: anything there shows that it is a deep shadow.
    """
    thickness, band, far = (max(3, size * dpi // 100) for size in (_THICK, _BAND, _DEEP))
    paper = float(np.quantile(page[::4, ::4], 0.9))
    dark = (page < _DARK * paper).astype(np.uint8)
    thick = cv2.morphologyEx(
        cv2.copyMakeBorder(dark, *(thickness,) * 4, cv2.BORDER_REPLICATE),
        cv2.MORPH_OPEN,
        np.ones((thickness, thickness), np.uint8),
    )[thickness:-thickness, thickness:-thickness]
    if not thick.any():
        nothing = np.zeros(page.shape, dtype=bool)
        return nothing, nothing
    count, labels = cv2.connectedComponents(thick)
    outside = np.zeros(count, dtype=np.uint8)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        outside[side] = 1
    outside[0] = 0
    found = outside[labels]
    near = cv2.dilate(found, np.ones((2 * band + 1,) * 2, np.uint8)) > 0
    return near, cv2.erode(found, np.ones((2 * far + 1,) * 2, np.uint8)) > 0


def are_holes(spots: NDArray[np.int32], size: tuple[int, int]) -> Mask:
    """Which spots staples and punches left: small ones in a corner, round ones near an edge.

    A spot is left, top, width, height and area, in pixels of a page of (width, height).
    """
    x, y, w, h, area = spots.T.astype(np.int64)
    aside = np.minimum(x + w // 2, size[0] - x - w // 2)
    above = np.minimum(y + h // 2, size[1] - y - h // 2)
    largest = np.maximum(w, h)
    staple = (largest <= _STAPLE) & (aside <= _CORNER) & (above <= _CORNER)
    near = np.minimum(aside, above) <= _SIDE
    disc = (area >= _ROUND * w * h) & (np.abs(w - h) <= 0.25 * largest)
    punch = near & disc & (largest >= _PUNCH[0]) & (largest <= _PUNCH[1])
    return np.asarray(staple | punch)
