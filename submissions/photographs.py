"""A photographed page, drawn upright as a scanner would have seen it.

From there on it is a page like any other: what is shown, cut out, measured and copied is the
straightened picture. The file that came in is kept whole.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions import imaging
from submissions.image_sheets import wrapped
from submissions.imaging import Picture
from submissions.sheet import MAX_RENDER_WIDTH, Sheet
from submissions.straightening import Straight
from submissions.template_print import DPI, TemplatePrint

_QUALITY = 90


def straightened(sheet: Sheet, straight: Straight, template: TemplatePrint) -> Sheet:
    """The sheet with the page alone in place of its photograph, at about the camera's dots.

    Some 0.2 s of computing for 8 megapixels.
    """
    page = imaging.decoded(sheet.image, sheet.rotate, MAX_RENDER_WIDTH)
    tall, broad = template.page(straight.number).full.picture.shape
    seen = _corners(straight) * page.shape[1::-1]
    across = max(np.linalg.norm(seen[1] - seen[0]), np.linalg.norm(seen[2] - seen[3]))
    width = min(MAX_RENDER_WIDTH, round(float(across)))
    height = round(width * tall / broad)
    picture = _drawn(page, straight, (width, height))
    jpeg = imaging.encode(picture, _QUALITY)
    grey = picture.ndim == 2
    dpi = width / broad * DPI
    colour = "/DeviceGray" if grey else "/DeviceRGB"
    return replace(
        sheet,
        pdf=wrapped(jpeg, "/DCTDecode", (width, height), (8, colour), dpi, 0),
        image=jpeg,
        width=width,
        height=height,
        rotate=0,
        lossless=False,
        grey=grey,
        dpi=dpi,
        straightened=True,
    )


def _corners(straight: Straight) -> NDArray[np.float64]:
    unit = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], dtype=np.float64)
    return np.asarray(cv2.perspectiveTransform(unit, straight.bend)[0], dtype=np.float64)


def _drawn(page: Picture, straight: Straight, size: tuple[int, int]) -> Picture:
    high, wide = page.shape[:2]
    # Fractions count from the edge, pixels from the centre of the first.
    inside = np.array([[1 / size[0], 0, 0.5 / size[0]], [0, 1 / size[1], 0.5 / size[1]], [0, 0, 1]])
    outside = np.array([[wide, 0, -0.5], [0, high, -0.5], [0, 0, 1]])
    drawn = cv2.warpPerspective(
        page,
        outside @ straight.bend @ inside,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    return np.asarray(drawn, dtype=np.uint8)
