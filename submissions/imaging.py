"""Pictures of pages: decoded small, turned upright, cropped along the template.

JPEG decoders can make a half, a quarter or an eighth while they decode. They know other eighths
too, but those take half as long again as the whole page does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from submissions.sheet import MAX_PIXELS

# Two workers share a machine; threads inside each only get in the way.
cv2.setNumThreads(1)

Picture = NDArray[np.uint8]  # (height, width) grey or (height, width, 3) RGB
Rect = tuple[float, float, float, float]  # x, y, width, height in fractions, origin top left
Affine = tuple[float, float, float, float, float, float]

PREVIEW_WIDTH = 1275
THUMBNAIL_WIDTH = 160
_AS_LARGE = 1.1
PREVIEW_QUALITY = 80


class TooLarge(ValueError):
    """A JPEG that claims more dots than may be decoded."""


def grey(jpeg: bytes, width: int, turn: int = 0) -> Picture:
    """Decode to grey, turned `turn` degrees clockwise, exactly `width` pixels wide then."""
    return _to_width(_decode(jpeg, width, turn, colour=False), width)


def inked(jpeg: bytes, width: int, turn: int = 0) -> Picture:
    """As `grey`, but each dot as dark as its darkest colour: a yellow pen is light, yet ink."""
    return darkest(_decode(jpeg, width, turn, colour=True), width)


def narrowed(page: Picture, width: int) -> tuple[Picture, Picture]:
    """A decoded picture `width` pixels wide: in grey, and as dark as the darkest colour is."""
    narrow = _to_width(page, width)
    if narrow.ndim == 2:
        return narrow, narrow
    return _picture(cv2.cvtColor(narrow, cv2.COLOR_RGB2GRAY)), _picture(narrow.min(axis=2))


def darkest(page: Picture, width: int) -> Picture:
    """A decoded picture `width` pixels wide, each dot as dark as its darkest colour."""
    return narrowed(page, width)[1]


def upright(picture: Picture, quarter_turns: int) -> Picture:
    """Turn by quarters clockwise."""
    return np.ascontiguousarray(np.rot90(picture, -quarter_turns % 4))


def decoded(jpeg: bytes, turn: int, width: int = PREVIEW_WIDTH) -> Picture:
    """A page, `turn` degrees clockwise, at least `width` pixels wide where it can be.

    Less than twice as wide, unless all of it is wanted. Grey when the page holds no colour.
    """
    return _grey_if_grey(_decode(jpeg, width, turn, colour=True))


def to_look_at(page: Picture, width: int = PREVIEW_WIDTH) -> Picture:
    """A decoded page no wider than `width` pixels."""
    return _to_width(page, width) if page.shape[1] > width else page


def picture(jpeg: bytes, turn: int, width: int = PREVIEW_WIDTH) -> Picture:
    """A page to look at, `turn` degrees clockwise, `width` pixels wide where it can be."""
    return to_look_at(decoded(jpeg, turn, width), width)


def preview(jpeg: bytes, turn: int, width: int = PREVIEW_WIDTH) -> bytes:
    """`picture` as a JPEG."""
    return _encode(picture(jpeg, turn, width), PREVIEW_QUALITY)


def thumbnail(jpeg: bytes, turn: int, width: int = THUMBNAIL_WIDTH) -> bytes:
    """A small JPEG, `turn` degrees clockwise, `width` pixels wide."""
    return shrunk(_decode(jpeg, width, turn, colour=True), width)


def shrunk(page: Picture, width: int = THUMBNAIL_WIDTH) -> bytes:
    """A small JPEG of a picture, `width` pixels wide."""
    while page.shape[1] >= 2 * width:
        page = _halved(page)
    return _encode(_grey_if_grey(_to_width(page, width)), 75)


def covered(jpeg: bytes, rects: Sequence[Rect]) -> bytes:
    """The JPEG with opaque rectangles painted over: what lies under them is gone from the bytes."""
    page = painted(_decode(jpeg, 1 << 30, 0, colour=True), rects)
    return _encode(_grey_if_grey(page), PREVIEW_QUALITY)


def painted(page: Picture, rects: Sequence[Rect]) -> Picture:
    """A copy of a picture with opaque rectangles painted over."""
    page = page.copy()
    height, width = page.shape[:2]
    for x, y, w, h in rects:
        left, top = math.floor(x * width), math.floor(y * height)
        right, bottom = math.ceil((x + w) * width), math.ceil((y + h) * height)
        page[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 226
    return page


def crop(
    picture: Picture, affine: Affine, rect: Rect, width: int, *, extended: bool = False
) -> Picture:
    """Warp a rectangle of the template out of an upright page, `width` pixels wide.

    `affine` (a, b, c, d, e, f) puts the template's fraction (u, v) at the page's fraction
    (a u + b v + c, d u + e v + f). Beyond the page's edge there is white, or, `extended`, the
    paper goes on as it is there.
    """
    matrix = _rect_to_pixels(picture, affine, rect)
    across = math.hypot(matrix[0, 0], matrix[1, 0])
    down = math.hypot(matrix[0, 1], matrix[1, 1])
    height = max(1, round(width * down / across))
    # Warp at the page's own scale, then average: warping alone would skip dots. Of a page that
    # was scanned a percent too large it skips none.
    shrink = across / width if across > _AS_LARGE * width else 1.0
    wide, high = max(1, round(width * shrink)), max(1, round(height * shrink))
    steps = matrix @ np.diag([1 / wide, 1 / high, 1])
    # Pixel centres: output pixel i shows the fraction (i + 0.5) / wide.
    steps[:, 2] += steps[:, 0] * 0.5 + steps[:, 1] * 0.5 - 0.5
    warped = cv2.warpAffine(
        picture,
        steps,
        (wide, high),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if extended else cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    if shrink > 1:
        warped = cv2.resize(warped, (width, height), interpolation=cv2.INTER_AREA)
    return _picture(warped)


def corners(affine: Affine, rect: Rect) -> tuple[tuple[float, float], ...]:
    """Where the corners of a template rectangle lie on the page, clockwise from top left."""
    x, y, w, h = rect
    a, b, c, d, e, f = affine
    points = ((x, y), (x + w, y), (x + w, y + h), (x, y + h))
    return tuple((a * u + b * v + c, d * u + e * v + f) for u, v in points)


def encode(picture: Picture, quality: int = PREVIEW_QUALITY) -> bytes:
    """A JPEG of a grey or RGB picture."""
    return _encode(picture, quality)


def _rect_to_pixels(picture: Picture, affine: Affine, rect: Rect) -> NDArray[np.float64]:
    """2 x 3: from fractions of the rectangle to pixels of the page."""
    high, wide = picture.shape[:2]
    a, b, c, d, e, f = affine
    x, y, w, h = rect
    page = np.array([[a * wide, b * wide, c * wide], [d * high, e * high, f * high]])
    mapped: NDArray[np.float64] = page @ np.array([[w, 0, x], [0, h, y], [0, 0, 1.0]])
    return mapped


def _decode(jpeg: bytes, width: int, turn: int, *, colour: bool) -> Picture:
    """The whole, or the smallest of its halves at least `width` wide, turned. Raises TooLarge."""
    high, wide, space, _ = simplejpeg.decode_jpeg_header(jpeg)
    if high * wide > MAX_PIXELS:
        raise TooLarge(f"{wide} × {high} dots")
    sideways = turn % 180 == 90
    across = high if sideways else wide
    parts = next((part for part in (8, 4, 2) if -(-across // part) >= width), 1)
    least = -(-across // parts)
    wanted = "RGB" if colour and space != "Gray" else "GRAY"
    picture = simplejpeg.decode_jpeg(
        jpeg,
        colorspace=wanted,
        fastdct=True,
        fastupsample=True,
        min_height=least if sideways else 0,
        min_width=0 if sideways else least,
    )
    flat = picture[:, :, 0] if wanted == "GRAY" else picture
    return upright(flat, turn // 90) if turn % 360 else np.ascontiguousarray(flat)


def _to_width(picture: Picture, width: int) -> Picture:
    high, wide = picture.shape[:2]
    # Halves are averaged many times faster than other shares; below two, a straight line
    # between neighbours leaves out no dot.
    while wide >= 2 * width and not (wide % 2 or high % 2):
        picture, (high, wide) = _halved(picture), (high // 2, wide // 2)
    if wide == width:
        return picture
    size = (width, max(1, round(high * width / wide)))
    method = cv2.INTER_AREA if wide > 2 * width else cv2.INTER_LINEAR
    return _picture(cv2.resize(picture, size, interpolation=method))


def _halved(picture: Picture) -> Picture:
    """Half as wide and high; an odd last row or column is left out."""
    high, wide = picture.shape[0] // 2, picture.shape[1] // 2
    even = picture[: 2 * high, : 2 * wide]
    return _picture(cv2.resize(even, (wide, high), interpolation=cv2.INTER_AREA))


def _grey_if_grey(picture: Picture) -> Picture:
    """One channel where the three hardly differ: a black pen scanned in colour."""
    if picture.ndim == 2:
        return picture
    few = picture[::3, ::3].astype(np.int16)
    if np.percentile(few.max(axis=2) - few.min(axis=2), 99.95) > 24:
        return picture
    return _picture(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def _encode(picture: Picture, quality: int) -> bytes:
    if picture.ndim == 2:
        flat = np.ascontiguousarray(picture)[:, :, None]
        return bytes(simplejpeg.encode_jpeg(flat, quality, "GRAY", "Gray", True))
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(picture), quality, "RGB", "420", True))


def _picture(array: Any) -> Picture:
    return np.asarray(array, dtype=np.uint8)
