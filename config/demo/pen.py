"""A pen on a page: one person's way of writing words, formulas and simple shapes.

`Ink` is a page's layer of ink at 200 dpi. Text knows a little markup: `_` and `^` set the next
sign or `{group}` low or high, `⟦above|below⟧` is a fraction, `\\n` a new line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from config.demo.strokes import HAT, SIGNS, Stroke

Array = NDArray[np.uint8]
FONTS = Path(__file__).parent / "fonts"
WIDTH, HEIGHT = 1700, 2200  # US letter at 200 dpi
_WORDS = re.compile(r"(?:⟦[^⟧]*⟧|[^ ⟦])+")  # a fraction may hold spaces
VARIANTS = 3  # how many drawings of each sign a person has


@dataclass(frozen=True)
class Hand:
    """How somebody writes. Sizes in pixels at 200 dpi; `slant` is a shear, `pen` a line width."""

    font: str
    size: int
    slant: float = 0.0
    wobble: float = 1.5
    drift: float = 0.0
    spread: float = 1.0
    bold: float = 0.0
    pen: int = 3
    colour: tuple[int, int, int] = (40, 44, 60)

    @property
    def line(self) -> float:
        """From one baseline to the next."""
        return self.size * 1.28


@lru_cache(maxsize=64)
def _face(font: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / font / f"{font}-latin-400-normal.woff2", size)


@lru_cache(maxsize=20_000)
def _drawing(hand: Hand, sign: str, size: int, variant: int) -> tuple[Array, int, int]:
    """One drawing of a sign: its coverage, and where its pen origin lies in it."""
    pad = size
    box = (size * 3, size * 3)
    image = Image.new("L", box)
    draw = ImageDraw.Draw(image)
    if sign in SIGNS:
        for stroke in SIGNS[sign][1]:
            points = [(pad + x * size, 2 * size - y * size) for x, y in _smooth(stroke)]
            draw.line(points, 255, max(2, round(hand.pen * size / hand.size)), "curve")
        image = Image.fromarray(cv2.GaussianBlur(np.asarray(image), (3, 3), 0.7))
    else:
        draw.text((pad, 2 * size), sign, 255, _face(hand.font, size), "ls", stroke_width=hand.bold)
    turn = math.radians((variant - 1) * 1.6)
    stretch = 1 + (variant - 1) * 0.03
    shear = hand.slant + turn
    # Maps each pixel of the result back: a shear and a small turn about the pen's origin.
    rows = (1 / stretch, shear, pad - pad / stretch - shear * 2 * size)
    lean = (-turn * 0.6, 1.0, turn * 0.6 * pad)
    image = image.transform(box, Image.Transform.AFFINE, (*rows, *lean), Image.Resampling.BILINEAR)
    left, top, right, bottom = image.getbbox() or (pad, 2 * size, pad + 1, 2 * size + 1)
    return np.asarray(image.crop((left, top, right, bottom))), left - pad, top - 2 * size


def _smooth(stroke: Stroke) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through the points; two points stay a straight line."""
    if len(stroke) < 3:
        return list(stroke)
    points = np.array([stroke[0], *stroke, stroke[-1]])
    steps = np.linspace(0, 1, 7)[:, None]
    curve = [
        0.5
        * (
            2 * b
            + (c - a) * steps
            + (2 * a - 5 * b + 4 * c - d) * steps**2
            + (3 * b - 3 * c + d - a) * steps**3
        )
        for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False)
    ]
    return [(float(x), float(y)) for x, y in np.concatenate(curve)]


@lru_cache(maxsize=20_000)
def _advance(hand: Hand, sign: str, size: int) -> float:
    if sign in SIGNS:
        return SIGNS[sign][0] * size
    return _face(hand.font, size).getlength(sign) * hand.spread


@dataclass
class Ink:
    """The ink one hand leaves on one page: coverage 0 to 255, (2200, 1700)."""

    hand: Hand
    random: np.random.Generator
    cover: Array = field(default_factory=lambda: np.zeros((HEIGHT, WIDTH), np.uint8))

    def write(self, text: str, x: float, y: float, width: float, size: int | None = None) -> float:
        """Write lines from the baseline y downwards, wrapped at the width; the last baseline."""
        size = size or self.hand.size
        pitch = self.hand.line * size / self.hand.size
        for number, line in enumerate(text.split("\n")):
            if number:
                y += pitch
            if "⟦" in line:
                y += pitch * 0.35 if number else pitch * 0.2
            y = self._line(line, x, y, width, size, pitch)
            if "⟦" in line:
                y += pitch * 0.45
        return y

    def _line(
        self, line: str, left: float, y: float, width: float, size: int, pitch: float
    ) -> float:
        x = left + self.random.normal(0, 4)
        slope = self.hand.drift + self.random.normal(0, 0.002)
        phase = self.random.uniform(0, 6.28)
        start = x
        gap = max(0.27 * size, 1.1 * _advance(self.hand, " ", size))
        for word in _WORDS.findall(line):
            length = self.length(word, size)
            if x + length > left + width and x > start:
                x, y = left + self.random.normal(0, 4), y + pitch
            bend = self.hand.wobble * math.sin(phase + x / 130) + slope * (x - left)
            self.run(word, x, y + bend, size)
            x += length + gap * self.random.uniform(0.92, 1.2)
        return y

    def length(self, text: str, size: int) -> float:
        """How far the pen moves for the text, without drawing it."""
        return sum(self._width(atom, size) for atom in _atoms(text))

    def _width(self, atom: tuple[str, str], size: int) -> float:
        kind, body = atom
        if kind == "sign":
            return 0.0 if body in "\u0302" else _advance(self.hand, body, size)
        if kind == "over":
            above, below = body.split("|", 1)
            return max(self.length(above, size), self.length(below, size)) + size * 0.15
        return self.length(body, round(size * 0.66))

    def run(self, text: str, x: float, y: float, size: int) -> None:
        """Write a text without spaces at the baseline y."""
        last = x
        for atom in _atoms(text):
            kind, body = atom
            width = self._width(atom, size)
            if kind == "over":
                self._fraction(body, x, y, width, size)
            elif kind in "_^":
                rise = size * (0.2 if kind == "_" else -0.3)
                self.run(body, x, y + rise, round(size * 0.66))
            elif body == "\u0302":
                self.stroke([(last + a * size, y - b * size) for a, b in _smooth(HAT)])
            else:
                self._sign(body, x, y, size)
            last, x = x, x + width

    def _sign(self, sign: str, x: float, y: float, size: int) -> None:
        variant = int(self.random.integers(VARIANTS))
        mask, dx, dy = _drawing(self.hand, sign, size, variant)
        jitter = size * 0.012
        left = round(x + dx + self.random.normal(0, jitter))
        top = round(y + dy + self.random.normal(0, jitter * 1.5))
        self._lay(mask, left, top)

    def _lay(self, mask: Array, left: int, top: int) -> None:
        cut_x, cut_y = max(0, -left), max(0, -top)
        mask = mask[cut_y : max(cut_y, HEIGHT - top), cut_x : max(cut_x, WIDTH - left)]
        height, width = mask.shape
        if height and width:
            place = self.cover[top + cut_y :, left + cut_x :][:height, :width]
            np.maximum(place, mask, out=place)

    def _fraction(self, body: str, x: float, y: float, width: float, size: int) -> None:
        above, below = body.split("|", 1)
        bar = y - size * 0.26
        drop = 0.86 if "ŷ" in below else 0.77
        for text, base in ((above, bar - size * 0.2), (below, bar + size * drop)):
            self.run(text, x + (width - self.length(text, size)) / 2, base, size)
        self.stroke([(x - 1, bar), (x + width - size * 0.06, bar + self.random.normal(0, 1.5))])

    def stroke(self, points: list[tuple[float, float]], pen: int | None = None) -> None:
        """Draw a line through the points, in pixels."""
        path = np.round(np.array(points) * 16).astype(np.int32)
        cv2.polylines(self.cover, [path], False, 245, pen or self.hand.pen, cv2.LINE_AA, 4)

    def circle(self, x: float, y: float, width: float, height: float) -> None:
        """Circle what stands in the rectangle, a little past one full turn."""
        begin = self.random.uniform(-2.4, -1.4)
        turn = np.linspace(0, 2 * math.pi * self.random.uniform(1.02, 1.14), 60)
        grow = 1 + np.linspace(-0.05, 0.06, 60) + 0.03 * np.sin(2 * turn + begin)
        across = (width / 2 + 15) * grow * np.cos(begin + turn)
        down = (height / 2 + 15) * grow * np.sin(begin + turn)
        centre = x + width / 2 + self.random.normal(0, 3), y + height / 2 + self.random.normal(0, 3)
        self.stroke([(centre[0] + a, centre[1] + b) for a, b in zip(across, down, strict=True)])

    def cross_out(self, x: float, y: float, width: float, size: float) -> None:
        """Strike through a line of writing whose baseline is y, twice and not quite straight."""
        for height in (0.36, 0.14):
            wave = [
                (x + t * width, y - size * height + self.random.normal(0, 2.0))
                for t in np.linspace(-0.02, 1.02, 9)
            ]
            self.stroke(_smooth(tuple(wave)), max(2, self.hand.pen - 1))

    def on(self, paper: Array) -> Array:
        """The paper, (2200, 1700) grey, with the ink on it."""
        return self._inked(paper, round(sum(self.hand.colour) / 3))

    def on_in_colour(self, paper: Array) -> Array:
        """The paper with the ink in the pen's own colour: (2200, 1700, 3) RGB."""
        return np.dstack([self._inked(paper, level) for level in self.hand.colour])

    def _inked(self, paper: Array, level: int) -> Array:
        through = cv2.convertScaleAbs(self.cover, alpha=-(255 - level) / 255, beta=255)
        return np.asarray(cv2.multiply(paper, through, scale=1 / 255), np.uint8)


def _atoms(text: str) -> Iterator[tuple[str, str]]:
    """Single signs, and the markup that groups them: (kind, body)."""
    text = text.replace("ŷ", "y\u0302")
    at = 0
    while at < len(text):
        sign = text[at]
        if sign == "⟦":
            end = text.index("⟧", at)
            yield "over", text[at + 1 : end]
        elif sign in "_^" and at + 1 < len(text):
            braced = text[at + 1] == "{"
            end = text.index("}", at) if braced else at + 1
            yield sign, text[at + 2 : end] if braced else text[at + 1]
        else:
            end = at
            yield "sign", sign
        at = end + 1
