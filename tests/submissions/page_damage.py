"""What goes wrong with a sheet of paper and in the scanner, done on purpose.

A damage is a pure function of a grey picture, at any dots an inch, and a seeded generator.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Random = np.random.Generator
PageDamage = Callable[[Picture, Random], Picture]

PAPER = 250  # how light paper is in pictures that no scanner has shaded yet
_FAX_DPI = 200


def _dots(page: Picture, inches: float) -> float:
    """So many pixels, on a letter page of whatever resolution."""
    return inches * page.shape[1] / 8.5


def _bed(random: Random) -> int:
    """What the scanner shows beside the paper: its dark backing or its white one."""
    return int(random.integers(18, 70)) if random.random() < 0.5 else 254


def _uint8(picture: Any) -> Picture:
    return np.clip(picture, 0, 255).astype(np.uint8)


# Damages of a page


def torn(page: Picture, random: Random) -> Picture:
    """A corner is gone, along a ragged tear; the scanner's bed shows."""
    high, wide = page.shape
    across, down = (_dots(page, random.uniform(0.7, 2.6)) for _ in "xy")
    steps = np.linspace(0, 1, 24)
    rag = np.cumsum(random.normal(0, _dots(page, 0.03), len(steps)))
    rag -= np.linspace(0, rag[-1], len(steps))
    line = np.column_stack([across * (1 - steps) + rag, down * steps + rag])
    corner = np.vstack([line, [[-2 * wide, down], [-2 * wide, -2 * high], [across, -2 * high]]])
    right, below = random.random(2) < 0.5
    flipped = page[:: -1 if below else 1, :: -1 if right else 1].copy()
    edge = np.round(16 * line).astype(np.int32)
    cv2.polylines(flipped, [edge], False, 228, max(1, round(_dots(page, 0.025))), cv2.LINE_AA, 4)
    cv2.fillPoly(flipped, [np.round(16 * corner).astype(np.int32)], _bed(random), cv2.LINE_AA, 4)
    return np.ascontiguousarray(flipped[:: -1 if below else 1, :: -1 if right else 1])


def folded(page: Picture, random: Random) -> Picture:
    """A crease right across, bright or dark; what lies beyond it is a little out of place."""
    high, wide = page.shape
    angle = random.normal(0, 0.1) + (0 if random.random() < 0.7 else math.pi / 2)
    along = np.array([math.cos(angle), math.sin(angle)])
    normal = np.array([-along[1], along[0]])
    through = np.array([wide, high]) * random.uniform(0.25, 0.75, 2)
    down, across = np.mgrid[:high, :wide]
    off = (across - through[0]) * normal[0] + (down - through[1]) * normal[1]
    turn = math.radians(random.normal(0, 0.12))
    shear = cv2.getRotationMatrix2D(tuple(through), math.degrees(turn), 1)
    slip = along * random.normal(0, 0.012) - normal * random.uniform(0, 0.03)
    shear[:, 2] += _dots(page, 1) * slip
    beyond = cv2.warpAffine(page, shear, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    bent = np.where(off > 0, beyond, page)
    crease = np.exp(-((off / _dots(page, random.uniform(0.008, 0.03))) ** 2))
    lit = np.where(off > 0, random.uniform(0.9, 1), 1)  # the other half leans to the light
    return _uint8(bent * lit + crease * random.choice([-1, 1]) * random.uniform(30, 110))


def shadowed(page: Picture, random: Random) -> Picture:
    """A soft shadow from one side or corner, as an open lid or a hand throws it."""
    high, wide = page.shape
    down, across = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    angle = random.uniform(0, 2 * math.pi)
    far = (across - 0.5) * math.cos(angle) + (down - 0.5) * math.sin(angle)
    edge, width = random.uniform(-0.3, 0.3), random.uniform(0.08, 0.4)
    share = 1 / (1 + np.exp(-(far - edge) / (width / 4)))
    return _uint8(page * (1 - random.uniform(0.25, 0.68) * share))


def skewed(page: Picture, random: Random) -> Picture:
    """Fed askew by 2 to 10 degrees; the bed shows in the corners, and corners are cut off."""
    angle = random.uniform(2, 10) * random.choice([-1, 1])
    shift = [_dots(page, inches) for inches in random.normal(0, 0.08, 2)]
    return _laid(page, angle, 1.0, shift, random)


def shrunk(page: Picture, random: Random) -> Picture:
    """Copied smaller, to 85 to 97 %, somewhere on the sheet."""
    scale = random.uniform(0.85, 0.97)
    room = (1 - scale) / 2 * np.array(page.shape[::-1])
    return _laid(page, random.normal(0, 0.3), scale, list(room * random.uniform(-1, 1, 2)), random)


def shifted(page: Picture, random: Random) -> Picture:
    """Taken up too early or too late: up to an inch out of place, and cut off there."""
    angle = random.uniform(0, 2 * math.pi)
    far = _dots(page, random.uniform(0.3, 1.0))
    shift = [far * math.cos(angle), far * math.sin(angle)]
    return _laid(page, random.normal(0, 0.4), 1.0, shift, random)


def _laid(
    page: Picture, angle: float, scale: float, shift: Sequence[float], random: Random
) -> Picture:
    high, wide = page.shape
    place = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, scale)
    place[:, 2] += shift
    moved = cv2.warpAffine(
        page, place, (wide, high), flags=cv2.INTER_AREA, borderValue=_bed(random)
    )
    return _uint8(moved)


def faxed(page: Picture, random: Random) -> Picture:
    """One bit a dot at 200 dots an inch: too dark or too light, with speckle; grey levels go."""
    high, wide = page.shape
    size = (round(_FAX_DPI * 8.5), round(_FAX_DPI * 8.5 * high / wide))
    fine = cv2.resize(page, size, interpolation=cv2.INTER_LINEAR)
    level = random.uniform(125, 195)
    seen = cv2.GaussianBlur(fine, (3, 3), 0.7) + random.normal(0, 9, fine.shape)
    bits = np.where(seen > level, 255, 0).astype(np.uint8)
    count = int(random.integers(0, 3000))
    ys, xs = random.integers(0, size[1], count), random.integers(0, size[0], count)
    bits[ys, xs] = np.where(random.random(count) < 0.7, 0, 255)
    return _uint8(cv2.resize(bits, (wide, high), interpolation=cv2.INTER_AREA))


def scribbled(page: Picture, random: Random) -> Picture:
    """A pen has gone over the margin where a page's number, head or code stands."""
    spots = ((0.5, 0.955), (0.14, 0.05), (0.86, 0.05), (0.86, 0.955), (0.14, 0.955))
    for at in random.permutation(len(spots))[: random.integers(1, 4)]:
        page = scribbled_at(page, spots[0 if random.random() < 0.4 else at], random)
    return page


def scribbled_at(page: Picture, centre: tuple[float, float], random: Random) -> Picture:
    """A pen has gone over one place, in fractions of the page."""
    page = page.copy()
    x, y = centre
    _scribble(page, (x * page.shape[1], y * page.shape[0]), random)
    return page


def _scribble(page: Picture, centre: tuple[float, float], random: Random) -> None:
    """Loops of a pen round a place, so dense that little below can be read."""
    turns = np.linspace(0, 2 * math.pi * random.integers(9, 22), 400)
    wander = np.cumsum(random.normal(0, 0.05, (len(turns), 2)), axis=0)
    reach = np.array([_dots(page, random.uniform(0.35, 0.8)), _dots(page, 0.16)])
    loops = np.column_stack([np.cos(turns), np.sin(turns * 1.07)]) * 0.8 + 0.3 * wander
    points = np.round(16 * (np.array(centre) + reach * loops)).astype(np.int32)
    pen = max(1, round(_dots(page, random.uniform(0.012, 0.03))))
    cv2.polylines(page, [points], False, int(random.integers(20, 110)), pen, cv2.LINE_AA, 4)


def stapled(page: Picture, random: Random) -> Picture:
    """Holes of staples in a corner, torn open a little, and perhaps of a punch along the side."""
    page = page.copy()
    for _ in range(int(random.integers(1, 4))):
        x, y = (_dots(page, inches) for inches in random.uniform(0.15, 0.7, 2))
        reach = _dots(page, 0.23)
        angle = random.uniform(0, math.pi)
        for side in (-1, 1):
            hole = (x + side * reach * math.cos(angle), y + side * reach * math.sin(angle))
            _dot(page, hole, _dots(page, random.uniform(0.015, 0.045)), int(random.integers(5, 90)))
    if random.random() < 0.5:
        high = page.shape[0]
        bed = _bed(random)
        for share in (0.25, 0.5, 0.75) if random.random() < 0.5 else (0.36, 0.64):
            _dot(page, (_dots(page, 0.5), share * high), _dots(page, 0.13), bed)
    return page


def _dot(page: Picture, centre: tuple[float, float], radius: float, level: int) -> None:
    at = (round(16 * centre[0]), round(16 * centre[1]))
    cv2.circle(page, at, max(12, round(16 * radius)), level, -1, cv2.LINE_AA, 4)


def stained(page: Picture, random: Random) -> Picture:
    """The ring of a coffee cup, and drops; print can be read through it."""
    high, wide = page.shape
    down, across = np.mgrid[:high, :wide]
    veil = np.ones(page.shape)
    for nth in range(int(random.integers(1, 5))):
        x, y = random.uniform(0, wide), random.uniform(0, high)
        radius = _dots(page, random.uniform(1.2, 1.7) if nth == 0 else random.uniform(0.05, 0.5))
        far = np.hypot(across - x, down - y) - radius
        rim = np.exp(-((far / _dots(page, 0.05)) ** 2)) * random.uniform(0.15, 0.5)
        veil *= 1 - rim - random.uniform(0.02, 0.15) * (far < 0)
    return _uint8(page * veil)


def faded(page: Picture, random: Random) -> Picture:
    """Printed with the last of the toner, or scanned too light."""
    return _uint8(PAPER - (PAPER - page.astype(np.float64)) * random.uniform(0.18, 0.5))


def streaked(page: Picture, random: Random) -> Picture:
    """Dust on the glass draws lines along the feed."""
    page = page.copy()
    for _ in range(int(random.integers(1, 5))):
        x = int(random.uniform(0, page.shape[1]))
        thick = max(1, round(_dots(page, random.uniform(0.005, 0.03))))
        page[:, x : x + thick] = _uint8(page[:, x : x + thick] * random.uniform(0.2, 0.85))
    return page


PAGE_DAMAGES: dict[str, PageDamage] = {
    damage.__name__: damage
    for damage in (
        torn,
        folded,
        shadowed,
        skewed,
        shrunk,
        shifted,
        faxed,
        scribbled,
        stapled,
        stained,
        faded,
        streaked,
    )
}


def scanned(page: Picture, random: Random, lean: float = 0.0) -> Picture:
    """The page as a feeder's scanner sees it on a good day: a little askew, shaded, grainy."""
    high, wide = page.shape
    angle = float(np.clip(lean + random.normal(0, 0.25), -1, 1))
    scale = 1 + float(np.clip(random.normal(0, 0.003), -0.007, 0.007))
    place = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, scale)
    place[:, 2] += _dots(page, 1) * np.clip(random.normal(0, 0.035, 2), -0.1, 0.1)
    seen = cv2.warpAffine(page, place, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.GaussianBlur(seen, (3, 3), _dots(page, 0.0035))
    tilt = np.linspace(0, random.uniform(-10, 4), wide)[None] + np.zeros((high, 1))
    light = random.uniform(240, 252) + tilt
    # Grain is finer than a dot at 100 an inch, where four of the scanner's are averaged.
    grain = random.normal(0, 2.6 if wide > 1200 else 1.5, (high, wide))
    return _uint8(seen * (light / 255) + grain)
