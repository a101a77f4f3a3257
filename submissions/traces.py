"""What a pen left at the options of a question, the template's print taken away.

Two looks that make up for each other. Darkness inside an option is summed and held against what
its print alone would give: right even where print and ink lie on each other, for a sum does not
mind where in it they lie. Ink beside all print shows shapes: what runs around, what runs across.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.blanks import DPI, depth, near_print
from submissions.imaging import Affine, Picture, Rect, crop

_MM = 25.4 / DPI  # a pixel
_AROUND = 8.0  # millimetres that are looked at beyond the options
_REACH = 5.0  # how far from its option a circle may run
_OVER = 0.5  # what is drawn inside reaches so far over its edge
_BESIDE = 3.0  # where the bare paper is looked for
_MIDDLE = 0.35  # of an option's sides, from its middle: its core
_RAYS, _STEP = 32, 0.5
_SPREAD = 2  # pixels by which print may bleed
_SHIFT = 3  # pixels by which a page may lie beside its fit here
_FAINT, _FULL = 16, 46  # grey levels below the paper: no ink yet; all ink
_SEEN = 0.35  # share of full ink that counts as a line
_FITS = 0.5  # correlation below which the print here is hidden by ink
_LEAST, _MOST = 0.7, 1.25  # how dark print may come out, where nothing beside tells it
_TELLS = 8.0  # square millimetres of print that do

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Trace:
    """What a pen left at one option; ink in square millimetres of full darkness."""

    inside: float  # in it and just over its edge
    core: float  # well inside
    ring: float  # share of directions in which ink is met around it
    around: float  # ink that is nearer to it than to another
    across: float  # millimetres by which ink runs out on two opposite sides, or far at the left


def traces(
    page: Picture, template: Picture, affine: Affine, options: Sequence[Rect]
) -> tuple[list[Trace], bool]:
    """Return what is at each option, and whether heavy print may be taken for marks there.

    For the arguments see `bubbles.read`.
    """
    spots, doubt = _spots(page, template, affine, options)
    return [_trace(spot) for spot in spots], doubt


class _Spot(NamedTuple):
    """One option, and what lies about it as pixels of a window.

    `excess` is how much darker it is than paper and print, of 1; `ink` the share of full ink of
    what lies beside all print; `dark` how dark that is; `away` millimetres from the option,
    `others` from the nearest other one.
    """

    box: Box
    excess: Floats
    ink: Floats
    dark: Floats
    away: Floats
    others: Floats


def _spots(
    page: Picture, template: Picture, affine: Affine, options: Sequence[Rect]
) -> tuple[list[_Spot], bool]:
    high, wide = template.shape[:2]
    left, top, right, bottom = window = _window(options, wide, high)
    print_ = template[top:bottom, left:right]
    deep, floor = depth(_aligned(page, template, affine, window))
    middle = float(np.median(deep))
    dark = np.maximum(deep.astype(np.float32) - middle, 0) / np.float32(255)
    near = near_print(template, left, top, right, bottom, _SPREAD)
    ink = _inked(dark, near, max(_FAINT, floor - middle))
    boxes = [(x * wide - left, y * high - top, w * wide, h * high) for x, y, w, h in options]
    away = [_away(box, ink.shape) for box in boxes]
    # As soft as `depth` makes the scan.
    plain = (255 - cv2.GaussianBlur(print_, (3, 3), 0).astype(np.float32)) / np.float32(255)
    blackness, doubt = _blackness(dark, plain, away, ink)
    bare = ~near & (ink == 0)
    spots = []
    for k, box in enumerate(boxes):
        excess = dark - _paper(dark, away[k], bare) - blackness * plain
        spots.append(_Spot(box, excess, ink, dark, away[k], _nearest(away, k)))
    return spots, doubt


def _inked(dark: Floats, near: Mask, faint: float) -> Floats:
    shares = np.clip((dark * 255 - faint) / (_FULL - _FAINT), 0, 1)
    return np.where(near, 0, shares).astype(np.float32)


def _paper(dark: Floats, away: Floats, bare: Mask) -> np.float32:
    """How dark the bare paper beside an option is: light falls unevenly."""
    beside = dark[(away > _OVER) & (away < _BESIDE) & bare]
    return np.float32(np.median(beside) if len(beside) else 0)


def _window(options: Sequence[Rect], wide: int, high: int) -> tuple[int, int, int, int]:
    room = _AROUND / _MM
    left = max(0, math.floor(min(x for x, _, _, _ in options) * wide - room))
    top = max(0, math.floor(min(y for _, y, _, _ in options) * high - room))
    right = min(wide, math.ceil(max(x + w for x, _, w, _ in options) * wide + room))
    bottom = min(high, math.ceil(max(y + h for _, y, _, h in options) * high + room))
    return left, top, right, bottom


def _aligned(
    page: Picture, template: Picture, affine: Affine, window: tuple[int, int, int, int]
) -> Picture:
    """Cut a window of the template out of the page, the print exactly where it belongs."""
    left, top, right, bottom = window
    print_ = template[top:bottom, left:right]
    patch = _cut(page, template, affine, left, top, print_)
    room = cv2.copyMakeBorder(patch, *(_SHIFT,) * 4, cv2.BORDER_REPLICATE)
    fits = cv2.matchTemplate(room, print_, cv2.TM_CCOEFF_NORMED)
    _, best, _, (across, down) = cv2.minMaxLoc(fits)
    if best < _FITS:
        return patch
    dx = across - _SHIFT + _between(fits[down].tolist(), across)
    dy = down - _SHIFT + _between(fits[:, across].tolist(), down)
    return _cut(page, template, affine, left + dx, top + dy, print_)


def _cut(
    page: Picture, template: Picture, affine: Affine, left: float, top: float, print_: Picture
) -> Picture:
    high, wide = template.shape[:2]
    rect = (left / wide, top / high, print_.shape[1] / wide, print_.shape[0] / high)
    patch = crop(page, affine, rect, print_.shape[1], extended=True)
    if patch.shape != print_.shape:
        patch = np.asarray(cv2.resize(patch, print_.shape[::-1]), dtype=np.uint8)
    return patch


def _between(fits: Sequence[float], at: int) -> float:
    """Where between the pixels the best fit lies: the top of a parabola through three."""
    if not 0 < at < len(fits) - 1:
        return 0.0
    bend = fits[at - 1] - 2 * fits[at] + fits[at + 1]
    return 0.5 * (fits[at - 1] - fits[at + 1]) / bend if bend < 0 else 0.0


def _away(box: Box, shape: tuple[int, ...]) -> Floats:
    """Millimetres from the box, 0 inside."""
    x, y, w, h = box
    rows, columns = (np.arange(side) + 0.5 for side in shape)
    across = np.maximum(np.maximum(x - columns, columns - x - w), 0)
    down = np.maximum(np.maximum(y - rows, rows - y - h), 0)[:, None]
    return np.asarray(np.hypot(across, down) * _MM, dtype=np.float32)


def _nearest(away: Sequence[Floats], but: int) -> Floats:
    others = [each for k, each in enumerate(away) if k != but]
    return np.minimum.reduce(others) if others else np.full_like(away[but], np.inf)


def _blackness(
    dark: Floats, plain: Floats, away: Sequence[Floats], ink: Floats
) -> tuple[float, bool]:
    """How dark print comes out on this page, against the template's; and whether that is unclear.

    The option that is darkened least tells it best, for all are printed alike; what stands beside
    them says how far to believe that.
    """
    own = [
        float(dark[inside].sum() / plain[inside].sum())
        for inside in (each <= _OVER for each in away)
        if plain[inside].sum() * _MM**2 > 0.5
    ]
    written = cv2.dilate((ink > _SEEN).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    beside = (np.minimum.reduce(list(away)) > 2 * _OVER) & ~written
    amount = float(plain[beside].sum())
    least, most = _LEAST, _MOST
    if amount * _MM**2 > _TELLS:
        there = float(dark[beside].sum()) / amount
        least, most = 0.85 * there, 1.2 * there
    found = min(own, default=1.0)
    return min(most, max(least, found)), found > most


# What is at one option


def _trace(spot: _Spot) -> Trace:
    x, y, w, h = spot.box
    rows, columns = (np.arange(side) + 0.5 for side in spot.ink.shape)
    core = (abs(columns - x - w / 2) < _MIDDLE * w) & (abs(rows - y - h / 2) < _MIDDLE * h)[:, None]
    mine = (spot.away <= _REACH) & (spot.away <= spot.others)
    return Trace(
        inside=float(spot.excess[spot.away <= _OVER].sum()) * _MM**2,
        core=float(spot.excess[core].sum()) * _MM**2,
        ring=_ring(spot),
        around=float((spot.ink * spot.dark)[mine].sum()) * _MM**2,
        across=_across(spot.box, mine & (spot.ink > _SEEN)),
    )


def _ring(spot: _Spot) -> float:
    x, y, w, h = spot.box
    high, wide = spot.ink.shape
    far = math.hypot(w, h) / 2 + _REACH / _MM
    angles = (np.arange(_RAYS) + 0.5) * 2 * math.pi / _RAYS
    steps = np.arange(0, far, _STEP)
    columns = (x + w / 2 + np.outer(np.cos(angles), steps)).astype(int)
    rows = (y + h / 2 + np.outer(np.sin(angles), steps)).astype(int)
    there = (columns >= 0) & (columns < wide) & (rows >= 0) & (rows < high)
    columns, rows = np.clip(columns, 0, wide - 1), np.clip(rows, 0, high - 1)
    away = spot.away[rows, columns]
    # A large circle runs a little into what is nearer to its neighbour.
    own = (away > 0) & (away <= _REACH) & (away <= spot.others[rows, columns] + 0.8)
    met = there & own & (spot.ink[rows, columns] > _SEEN)
    return float(met.any(axis=1).mean())


def _across(box: Box, inked: Mask) -> float:
    x, y, w, h = box
    room = 1 / _MM
    along = np.flatnonzero(_band(inked, y - room, y + h + room).sum(axis=0) > 1) + 0.5
    down = np.flatnonzero(_band(inked.T, x - room, x + w + room).sum(axis=0) > 1) + 0.5
    left, right = (x - along.min(), along.max() - x - w) if len(along) else (0.0, 0.0)
    above, below = (y - down.min(), down.max() - y - h) if len(down) else (0.0, 0.0)
    # Words are printed at the right, where ink is not seen; no tick begins far at the left.
    reach = max(min(left, right), min(above, below), left - 0.5 / _MM)
    return float(max(0.0, reach)) * _MM


def _band(mask: Mask, low: float, high: float) -> Mask:
    return mask[max(0, math.floor(low)) : max(0, math.ceil(high))]
