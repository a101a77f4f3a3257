"""Find and read the printed code on a scan: the symbol, or the text beside it.

glance    before the page is recognised: the few places where the symbol may be
look      on a recognised page: exactly where it is, the symbol, then its text
search    all over a page that could not be recognised
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import Literal, NamedTuple

import cv2
import numpy as np
import zxingcpp
from PIL import Image

from submissions.code_places import Stamp
from submissions.imaging import Affine, Picture, Rect, crop, upright
from submissions.page_codes import Code, parse

By = Literal["symbol", "text"]
Corners = tuple[tuple[float, float], ...]

_SLACK = 0.06  # of the shorter side: as far as print is looked for, and a little more
_SYMBOL_PIXELS, _TEXT_PIXELS = 190, 480  # across, when looked at closely
_MARGIN = 0.15  # of the symbol, round it
_BARE = 9.0  # standard deviation of grey levels where nothing is printed
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_TEXT_SECONDS, _PADDING = 10, 16
_TEXT = "--psm 7 -c tessedit_char_whitelist=0123456789-"
# Tesseract's threads only get in each other's way on one line of text.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")


class Sighting(NamedTuple):
    """A code that was read. Turned `turn` degrees clockwise the page stands upright.

    `corners` are the symbol's, clockwise from its own top left, in fractions of the page so turned;
    none when its text was read.
    """

    code: Code
    by: By
    turn: int = 0
    corners: Corners = ()


def glance(page: Picture, stamps: Iterable[Stamp], *, lying: bool = False) -> Sighting | None:
    """Look for the symbol about where it should be, the page being either way up.

    `page` has at least 100 dots an inch; `lying` says that it is turned by a quarter.
    """
    places = list(stamps)
    for turn in (90, 270) if lying else (0, 180):
        for stamp in places:
            found = _seen(page, _window(page, _as_it_lies(stamp.symbol, turn)), stamp)
            if found is not None:
                return found
    return None


def look(page: Picture, affine: Affine, stamp: Stamp) -> Sighting | None:
    """Read the code of an upright page that lies on its template page."""
    if _grey(crop(page, affine, stamp.rect, 120)).std() < _BARE:
        return None
    symbol = _grey(crop(page, affine, _grown(stamp.symbol, _MARGIN), _SYMBOL_PIXELS))
    for picture in (symbol, cv2.GaussianBlur(symbol, (0, 0), 1.5)):
        for barcode in _barcodes(np.asarray(picture, dtype=np.uint8)):
            if code := parse(barcode.text):
                return Sighting(code, "symbol")
    code = _text_of(_grey(crop(page, affine, stamp.text, _text_pixels(stamp))), stamp)
    return Sighting(code, "text") if code else None


def search(page: Picture, stamps: Iterable[Stamp]) -> Sighting | None:
    """Look for the symbol everywhere on a page, at 100 dots an inch."""
    high, wide = page.shape[:2]
    stamp = next(iter(stamps), None)
    return _seen(page, (0, 0, wide, high), stamp) if stamp else None


def affine_of(
    corners: Corners, stamp: Stamp, page: tuple[int, ...], template: tuple[int, ...]
) -> Affine | None:
    """Lay an upright page onto the template by nothing but its symbol's corners.

    Good to some 2 mm at the far end of a letter page. `page` and `template` are shapes, height
    first, each in dots of its own.
    """
    x, y, w, h = stamp.symbol
    ends = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
    # A stamp along a side was turned to the left: its own top left corner is the lower one there.
    source = ends[3:] + ends[:3] if stamp.turned else ends
    (high, wide), (tall, broad) = page[:2], template[:2]
    found, _ = cv2.estimateAffinePartial2D(
        np.array(source) * (broad, tall), np.array(corners) * (wide, high)
    )
    if found is None:
        return None
    (a, b, c), (d, e, f) = found.tolist()
    return (
        a * broad / wide, b * tall / wide, c / wide,
        d * broad / high, e * tall / high, f / high,
    )  # fmt: skip


Window = tuple[int, int, int, int]  # left, top, right, bottom in pixels


def _window(page: Picture, rect: Rect) -> Window:
    high, wide = page.shape[:2]
    x, y, w, h = rect
    slack = _SLACK * min(wide, high)
    right, bottom = min(wide, int((x + w) * wide + slack)), min(high, int((y + h) * high + slack))
    return max(0, int(x * wide - slack)), max(0, int(y * high - slack)), right, bottom


def _as_it_lies(rect: Rect, turn: int) -> Rect:
    """Where a rectangle of an upright page lies on one that must be turned `turn` clockwise."""
    x, y, w, h = rect
    return {
        0: (x, y, w, h),
        90: (y, 1 - x - w, h, w),
        180: (1 - x - w, 1 - y - h, w, h),
        270: (1 - y - h, x, h, w),
    }[turn]


def _seen(page: Picture, window: Window, stamp: Stamp) -> Sighting | None:
    left, top, right, bottom = window
    if right - left < 20 or bottom - top < 20:
        return None
    high, wide = page.shape[:2]
    for barcode in _barcodes(_grey(page[top:bottom, left:right])):
        if code := parse(barcode.text):
            at = barcode.position
            ends = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
            places = [((left + end.x) / wide, (top + end.y) / high) for end in ends]
            turn = _turn(ends[0], ends[1], stamp)
            return Sighting(code, "symbol", turn, tuple(_upright(one, turn) for one in places))
    return None


def _turn(start: zxingcpp.Point, end: zxingcpp.Point, stamp: Stamp) -> int:
    """How far a page must be turned clockwise, by how the symbol's upper edge runs."""
    angle = math.degrees(math.atan2(end.y - start.y, end.x - start.x))
    wanted = -90 if stamp.turned else 0
    return round((wanted - angle) / 90) % 4 * 90


def _upright(point: tuple[float, float], turn: int) -> tuple[float, float]:
    x, y = point
    return {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[turn]


def _barcodes(picture: Picture) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(
        picture,
        formats=_QR,
        try_rotate=False,  # its corners are found at any angle
        try_downscale=False,
        try_invert=False,
    )


def _text_of(line: Picture, stamp: Stamp) -> Code | None:
    if stamp.turned:
        line = upright(line, 1)
    if line.std() < _BARE:
        return None
    for size in (1.0, 1.4):
        larger = cv2.resize(line, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
        padded = cv2.copyMakeBorder(larger, *(_PADDING,) * 4, cv2.BORDER_REPLICATE)
        if code := parse(_said(np.asarray(padded, dtype=np.uint8))):
            return code
    return None


def _said(line: Picture) -> str:
    """What Tesseract reads; nothing where it takes too long or is not installed."""
    import pytesseract  # here, for it takes pandas along wherever that is installed

    try:
        said: str = pytesseract.image_to_string(
            Image.fromarray(line), config=_TEXT, timeout=_TEXT_SECONDS
        )
    except (RuntimeError, OSError, pytesseract.TesseractError):
        return ""
    return said


def _text_pixels(stamp: Stamp) -> int:
    """How wide to draw the text, so that a line of it is `_TEXT_PIXELS` long."""
    _, _, w, h = stamp.text
    return max(1, round(_TEXT_PIXELS * w / h)) if stamp.turned else _TEXT_PIXELS


def _grown(rect: Rect, by: float) -> Rect:
    x, y, w, h = rect
    return (x - by * w, y - by * h, w * (1 + 2 * by), h * (1 + 2 * by))


def _grey(picture: Picture) -> Picture:
    flat = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    return np.ascontiguousarray(flat, dtype=np.uint8)
