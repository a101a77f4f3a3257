"""Where a name or a number is printed in its region: on the bare line, or a letter to a box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.imaging import Picture, Rect
from submissions.print_pdf import Word

SIZE = 13.0  # points, where there is room
SMALLEST = 6.0
_PAD = 2.0  # points from print
_INK = 225
_BOXES = 4  # so many alike beside each other are boxes for letters
_BOX_SIDES = (9.0, 45.0)
_ALIKE = 0.2

Size = Callable[[str], tuple[float, float]]  # of a text at 12 points, in points


class Room(NamedTuple):
    """A region of a template page: its part of the picture, and where it lies, in points.

    `left` and `bottom` count from the page's lower left corner, `scale` is pixels in a point.
    """

    picture: Picture
    left: float
    bottom: float
    scale: float


def room(page: Picture, region: Rect, width: float, height: float) -> Room:
    """Cut a region out of a grey template page of `width` by `height` points."""
    high, wide = page.shape[:2]
    x, y, w, h = region
    left, top = int(x * wide), int(y * high)
    right, bottom = max(left + 1, int((x + w) * wide)), max(top + 1, int((y + h) * high))
    scale = wide / width
    return Room(page[top:bottom, left:right], left / scale, height - bottom / scale, scale)


def write(text: str, at: Room, size: Size) -> list[Word]:
    """Return the words that print `text`, which may have lines, in a region; none if no room."""
    lines = text.split("\n")
    bare = (at.picture >= _INK).astype(np.uint8)
    boxes = _boxes(bare, at.scale)
    if len(boxes) >= _BOXES:
        if len(lines) > 1 or len(boxes) < len(text):
            return []
        return [_in_box(char, box, at, size) for char, box in zip(text, boxes, strict=False)]
    sizes = [size(line) for line in lines]
    box, scale = _best(bare, at.scale, max(wide for wide, _ in sizes), sum(h for _, h in sizes))
    if scale < SMALLEST / 12:
        return []
    left, _, _, bottom = box
    x = at.left + left / at.scale + _PAD
    y = at.bottom + (len(bare) - bottom) / at.scale + _PAD
    words = []
    for line, (_, high) in reversed(list(zip(lines, sizes, strict=True))):
        words.append(Word(line, x, y, scale))
        y += high * scale
    return words[::-1]


def write_name(name: str, at: Room, size: Size) -> list[Word]:
    """Return the words of the fullest form of a name that has room; none if not even the last."""
    return next(filter(None, (write(form, at, size) for form in forms(name))), [])


def forms(name: str) -> list[str]:
    """A name as it may be printed, the fullest first: whole, on two lines, with initials."""
    every = [name, *_broken(name)]
    short = _shortened(name)
    return every if short == name else [*every, short, *_broken(short)]


def _broken(name: str) -> list[str]:
    """The name on two lines that are about as long, at a space; none if it has no space."""
    words = name.split()
    ways = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    return ["\n".join(min(ways, key=lambda way: max(map(len, way))))] if ways else []


def _shortened(name: str) -> str:
    """Return "Maximilian A. Hohenberger-C." for Maximilian Alexander Hohenberger-Castellanos."""
    first, *middle = name.split()
    last = middle.pop() if middle else ""
    head, *more = last.split("-")
    tail = "-".join([head, *(f"{part[:1]}." for part in more if part)])
    return " ".join(filter(None, [first, *(f"{word[0]}." for word in middle), tail]))


Pixels = tuple[int, int, int, int]  # left, top, right, bottom


def _boxes(bare: NDArray[np.uint8], scale: float) -> list[Pixels]:
    """Bare boxes of one size that stand in a row, from the left."""
    least, most = (side * scale for side in _BOX_SIDES)
    count, _, stats, _ = cv2.connectedComponentsWithStats(bare, connectivity=4)
    found = []
    for x, y, w, h, area in stats[1:count].tolist():
        if least <= w <= most and least <= h <= most and area >= 0.9 * w * h:
            found.append((x, y, x + w, y + h))
    if not found:
        return []
    wide = float(np.median([box[2] - box[0] for box in found]))
    middle = float(np.median([box[1] + box[3] for box in found])) / 2
    row = [
        box
        for box in found
        if abs(box[2] - box[0] - wide) <= _ALIKE * wide and box[1] < middle < box[3]
    ]
    return sorted(row)


def _in_box(char: str, box: Pixels, at: Room, size: Size) -> Word:
    left, top, right, bottom = (edge / at.scale for edge in box)
    wide, high = size(char)
    scale = min(SIZE / 12, (right - left - 2) / max(wide, 1), (bottom - top - 1) / high)
    x = (left + right - wide * scale) / 2
    y = len(at.picture) / at.scale - (top + bottom + high * scale) / 2
    return Word(char, at.left + x, at.bottom + y, scale)


def _best(bare: NDArray[np.uint8], scale: float, wide: float, high: float) -> tuple[Pixels, float]:
    """The bare rectangle in which the text stands largest, and how large.

    Among equals one that stands on a line, then the lowest, then the one furthest left.
    """
    best: tuple[float, bool, int, int] = (0.0, False, 0, 0)
    found: Pixels = (0, 0, 0, 0)
    heights = np.zeros(bare.shape[1], dtype=np.int64)
    for row, line in enumerate(bare):
        heights = np.where(line > 0, heights + 1, 0)
        for left, right, tall in _under(heights.tolist()):
            across = (right - left) / scale - 2 * _PAD
            down = tall / scale - 2 * _PAD
            fits = round(min(SIZE / 12, across / wide, down / high), 6)
            below = bare[row + 1 : row + 2, left:right]
            rated = (fits, bool(below.size and below.mean() < 0.5), row, -left)
            if rated > best:
                best, found = rated, (left, row + 1 - tall, right, row + 1)
    return found, best[0]


def _under(heights: Sequence[int]) -> list[tuple[int, int, int]]:
    """All rectangles under a skyline that cannot grow: left, right, height."""
    found: list[tuple[int, int, int]] = []
    open_: list[tuple[int, int]] = []  # where it begins, its height
    for x, height in enumerate([*heights, 0]):
        start = x
        while open_ and open_[-1][1] >= height:
            start, tall = open_.pop()
            if tall:
                found.append((start, x, tall))
        open_.append((start, height))
    return found
