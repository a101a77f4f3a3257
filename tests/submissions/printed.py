"""Papers printed with codes, written on and scanned: for tests and for the bench.

`hands_of` writes on the quiz as the demo's students do; `sheets_of` draws a printed PDF's pages as
a printer would; `scribbled` and `torn` spoil a code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pdf2image import convert_from_path

from config.demo.pen import HEIGHT, WIDTH, Ink
from config.demo.people import STUDENTS, Person
from config.demo.scanner import bind, scan
from config.demo.small import _write
from submissions.code_places import Stamp
from submissions.imaging import Rect
from submissions.page_codes import Code, symbol

Sheet = NDArray[np.uint8]


def sheets_of(pdf: Path) -> list[Sheet]:
    """The printed pages at 200 dots an inch, grey."""
    drawn = convert_from_path(pdf, size=(WIDTH, HEIGHT), grayscale=True)
    return [np.asarray(page, np.uint8) for page in drawn]


def hands_of(index: int, person: Person = STUDENTS[0]) -> dict[int, Ink]:
    """What a student writes on the quiz: ink by page."""
    return _write(person, index, 230)[0]


def scan_to(path: Path, sheets: Sequence[Sheet], seed: int = 5) -> Path:
    """Put sheets through the demo's scanner, in this order, into one PDF."""
    random = np.random.default_rng(seed)
    bind(path, [scan(sheet, random) for sheet in sheets])
    return path


def scribbled(sheet: Sheet, rect: Rect) -> Sheet:
    """Gone over with a pen, back and forth, so that little can be seen below."""
    sheet = sheet.copy()
    x, y, w, h = (round(v * size) for v, size in zip(rect, (WIDTH, HEIGHT) * 2, strict=True))
    random = np.random.default_rng(3)
    for at in range(0, w, 7):
        top, bottom = (int(v) for v in random.integers((0, h - 12), (12, h)))
        cv2.line(sheet, (x + at, y + top), (x + at + 9, y + bottom), 40, 5, cv2.LINE_AA)
    return sheet


def torn(sheet: Sheet, rect: Rect) -> Sheet:
    """The corner with this rectangle is gone; the scanner's lid shows."""
    sheet = sheet.copy()
    x, y, w, h = rect
    right, low = x + w / 2 > 0.5, y + h / 2 > 0.5
    across, down = (1 - x if right else x + w) + 0.03, (1 - y if low else y + h) + 0.03
    corner = (WIDTH if right else 0, HEIGHT if low else 0)
    # A triangle that holds all of the rectangle.
    reach = (round(2 * across * WIDTH), round(2 * down * HEIGHT))
    ends = [
        corner,
        (corner[0] + (-reach[0] if right else reach[0]), corner[1]),
        (corner[0], corner[1] + (-reach[1] if low else reach[1])),
    ]
    cv2.fillPoly(sheet, [np.array(ends, np.int32)], 250)
    return sheet


def relabelled(sheet: Sheet, stamp: Stamp, code: Code) -> Sheet:
    """The sheet with another code in its place, as if it came from elsewhere."""
    sheet = sheet.copy()
    x, y, w, h = (round(v * size) for v, size in zip(stamp.rect, (WIDTH, HEIGHT) * 2, strict=True))
    sheet[y : y + h, x : x + w] = 255
    x, y, w, h = (
        round(v * size) for v, size in zip(stamp.symbol, (WIDTH, HEIGHT) * 2, strict=True)
    )
    black = np.where(symbol(code.digits), 0, 255).astype(np.uint8)
    sheet[y : y + h, x : x + w] = cv2.resize(black, (w, h), interpolation=cv2.INTER_NEAREST)
    return sheet
