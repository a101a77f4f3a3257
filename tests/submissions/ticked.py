"""A page of multiple choice, and pens that choose on it: ticks, crosses, fills, circles, slips.

Rows of options are printed in four ways. `mark` draws like a hand does: askew, of uneven size, a
little beside. Everything is drawn at 200 dots an inch and seen at 100, as the intake sees it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from submissions.imaging import Rect
from tests.submissions.paper import HEIGHT, WIDTH, Picture, template_page

DOTS = 200 / 25.4  # a millimetre
LABELS = "ABCDE"
KINDS = ("box", "bubble", "letter", "column")


@dataclass(frozen=True)
class Pen:
    """Width in millimetres; how dark its ink is, of 255."""

    width: float = 0.45
    dark: int = 190


BALLPOINT, FELT, PENCIL, FAINT = Pen(0.4, 185), Pen(0.8, 220), Pen(0.5, 110), Pen(0.4, 55)


def rows() -> dict[str, list[Rect]]:
    """Where the options of each row lie, in millimetres: five of each kind."""
    return {
        "box": [(30 + 28 * k, 125, 4, 4) for k in range(5)],
        "bubble": [(30 + 12 * k, 150, 5.2, 5.2) for k in range(5)],
        "letter": [(30 + 28 * k, 175, 5, 4) for k in range(5)],
        "column": [(30, 195 + 8 * k, 4, 4) for k in range(5)],
    }


def options(kind: str) -> list[Rect]:
    """The options of a row as the outline has them: fractions of the page."""
    page = (WIDTH / 100 * 25.4, HEIGHT / 100 * 25.4)
    return [(x / page[0], y / page[1], w / page[0], h / page[1]) for x, y, w, h in rows()[kind]]


def blank_page() -> Picture:
    """The template's page at 200 dots an inch."""
    large = cv2.resize(template_page(1, lines=4), (2 * WIDTH, 2 * HEIGHT))
    image = Image.fromarray(np.asarray(large, np.uint8))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 110 * DOTS, 2 * WIDTH, 245 * DOTS), fill=255)
    for kind, boxes in rows().items():
        for label, box in zip(LABELS, boxes, strict=True):
            _print(draw, kind, label, box)
    return np.array(image, dtype=np.uint8)


def _print(draw: ImageDraw.ImageDraw, kind: str, label: str, box: Rect) -> None:
    x, y, w, h = (side * DOTS for side in box)
    font = ImageFont.load_default(30)
    if kind in ("box", "column"):
        draw.rectangle((x, y, x + w, y + h), outline=0, width=3)
        words = f"{label}  sigma" if kind == "box" else f"{label}  the gradient vanishes here"
        draw.text((x + w + 12, y - 3), words, font=font, fill=0)
    elif kind == "bubble":
        draw.ellipse((x, y, x + w, y + h), outline=0, width=3)
        draw.text((x + w / 2, y + h / 2), label, font=font, fill=0, anchor="mm")
    else:
        draw.text((x + w / 2, y + h / 2), f"({label})", font=font, fill=0, anchor="mm")
        draw.text((x + w + 24, y + h / 2), "padding", font=font, fill=0, anchor="lm")


def seen(page: Picture) -> Picture:
    """A page at 100 dots an inch."""
    return np.asarray(cv2.resize(page, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def mark(page: Picture, box: Rect, how: str, pen: Pen, chance: np.random.Generator) -> None:
    """Choose the option at `box`, in millimetres, or undo that: tick, cross, fill, …"""
    for line in _LINES[how](box, chance):
        _draw(page, line, pen)


def _draw(page: Picture, line: NDArray[np.float64], pen: Pen) -> None:
    cover = np.zeros_like(page)
    path = np.round(line * DOTS * 16).astype(np.int32)
    cv2.polylines(cover, [path], False, pen.dark, max(1, round(pen.width * DOTS)), cv2.LINE_AA, 4)
    page[:] = np.minimum(page, 255 - cover)


def _wobbly(points: list[tuple[float, float]], chance: np.random.Generator) -> NDArray[np.float64]:
    """A line through the points, in millimetres, drawn by a hand."""
    ends = np.array(points, dtype=np.float64)
    steps = np.linspace(0, len(ends) - 1, 12 * (len(ends) - 1) + 1)
    line = np.stack([np.interp(steps, range(len(ends)), ends[:, k]) for k in (0, 1)], axis=1)
    sway = np.sin(np.linspace(0, 3, len(line)) + chance.uniform(0, 6))[:, None]
    return line + 0.15 * sway * chance.normal(0, 1, 2) + chance.normal(0, 0.03, line.shape)


def _tick(box: Rect, chance: np.random.Generator) -> list[NDArray[np.float64]]:
    x, y, w, h = box
    size = chance.uniform(0.8, 1.7)
    low = (x + w * chance.uniform(0.3, 0.55), y + h * chance.uniform(0.7, 1.05))
    begin = (low[0] - size * w * 0.35, low[1] - size * h * 0.4)
    end = (low[0] + size * w * 0.7, low[1] - size * h * chance.uniform(0.8, 1.3))
    return [_wobbly([begin, low, end], chance)]


def _cross(box: Rect, chance: np.random.Generator) -> list[NDArray[np.float64]]:
    x, y, w, h = box
    cx, cy = x + w / 2 + chance.normal(0, 0.3), y + h / 2 + chance.normal(0, 0.3)
    a, b = w / 2 * chance.uniform(0.7, 1.5), h / 2 * chance.uniform(0.7, 1.5)
    return [
        _wobbly([(cx - a, cy - b), (cx + a, cy + b)], chance),
        _wobbly([(cx - a, cy + b), (cx + a, cy - b)], chance),
    ]


def _fill(box: Rect, chance: np.random.Generator) -> list[NDArray[np.float64]]:
    x, y, w, h = box
    count = int(chance.integers(6, 12))
    points = [
        (
            x + w * (0.1 + 0.8 * k / count) + chance.normal(0, 0.1),
            y + h * (chance.uniform(0.0, 0.2) if k % 2 else chance.uniform(0.8, 1.0)),
        )
        for k in range(count + 1)
    ]
    return [_wobbly(points, chance)]


def _circle(box: Rect, chance: np.random.Generator) -> list[NDArray[np.float64]]:
    x, y, w, h = box
    begin = chance.uniform(-2.4, -1.4)
    turn = np.linspace(0, 2 * math.pi * chance.uniform(0.93, 1.15), 60)
    grow = 1 + np.linspace(-0.06, 0.08, 60)
    room = chance.uniform(0.8, 2.2, 2)
    across = x + w / 2 + chance.normal(0, 0.4) + (w / 2 + room[0]) * grow * np.cos(begin + turn)
    down = y + h / 2 + chance.normal(0, 0.3) + (h / 2 + room[1]) * grow * np.sin(begin + turn)
    return [np.stack([across, down], axis=1)]


def _strike(box: Rect, chance: np.random.Generator) -> list[NDArray[np.float64]]:
    """Lines through what was marked: it is not meant any more."""
    x, y, w, h = box
    lines = []
    for _ in range(int(chance.integers(2, 4))):
        at = y + h / 2 + chance.normal(0, 0.5)
        lines.append(_wobbly([(x - 2.5, at + 1), (x + w + 2.5, at - 1)], chance))
    return lines


_LINES = {"tick": _tick, "cross": _cross, "fill": _fill, "circle": _circle, "strike": _strike}


def scanned(page: Picture, chance: np.random.Generator) -> Picture:
    """A page after a scanner, at 100 dots an inch: a little askew, shaded, grainy."""
    return seen(scan(page, chance))


def scan(page: Picture, chance: np.random.Generator) -> Picture:
    """The same at 200."""
    middle = (WIDTH, HEIGHT)
    turn = cv2.getRotationMatrix2D(middle, chance.normal(0, 0.4), 1 + chance.normal(0, 0.003))
    turn[:, 2] += chance.normal(0, 8, 2)
    moved = cv2.warpAffine(page, turn, (2 * WIDTH, 2 * HEIGHT), borderValue=(255,))
    paper = (244 - 12 * np.linspace(0, 1, 2 * WIDTH, dtype=np.float32))[None, :]
    down, across = chance.integers(0, 64, 2)
    grain = _grain()[down : down + 2 * HEIGHT, across : across + 2 * WIDTH]
    seen_so = cv2.GaussianBlur(moved, (3, 3), 0.7) * paper / 255 + grain
    return np.clip(seen_so, 0, 255).astype(np.uint8)


@lru_cache(maxsize=1)
def _grain() -> NDArray[np.float32]:
    """Noise of a scanner, larger than a page so that each page shows another piece."""
    noise = np.random.default_rng(7).normal(0, 4, (2 * HEIGHT + 64, 2 * WIDTH + 64))
    return np.asarray(cv2.GaussianBlur(noise.astype(np.float32), (3, 3), 0), dtype=np.float32)


@dataclass(frozen=True)
class Story:
    """What was done to a row: the options that are meant, and whether it was done in one go."""

    meant: tuple[int, ...]
    plain: bool
    how: str
    pen: Pen


def story(page: Picture, kind: str, chance: np.random.Generator) -> Story:
    """Choose in a row as chance has it: six times in ten plainly, else with second thoughts."""
    boxes = rows()[kind]
    how = ("tick", "cross", "fill", "circle")[int(chance.integers(4))]
    pen = (BALLPOINT, FELT, PENCIL, FAINT)[int(chance.integers(4))]
    told = int(chance.integers(10))
    first, second, *rest = chance.permutation(5).tolist()
    if told < 6:
        count = int(chance.choice([0, 1, 1, 1, 1, 2, 2, 3]))
        meant = sorted([first, second, *rest][:count])
        for which in meant:
            mark(page, boxes[which], how, pen, chance)
        return Story(tuple(meant), True, how, pen)
    x, y, w, h = boxes[second]
    if told == 6:  # rubbed out
        mark(page, boxes[second], how, Pen(0.7, int(pen.dark * chance.uniform(0.1, 0.3))), chance)
    else:
        mark(page, boxes[second], how, pen, chance)
    if told == 7:  # scribbled over
        for _ in range(2):
            mark(page, (x - 1, y - 1, w + 2, h + 2), "fill", pen, chance)
    elif told > 7:
        mark(page, boxes[second], "strike", pen, chance)
    if told == 9:  # and nothing in its place
        return Story((), False, how, pen)
    mark(page, boxes[first], how, pen, chance)
    return Story((first,), False, how, pen)
