"""Photographs of sheets on a table, as phones take them, with where the sheet truly lies.

A photograph is a pure function of a grey picture and a seeded generator.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.submissions.page_damage import Picture, Random

SIZE = (2448, 3264)  # width and height of the camera's picture, upright: 8 megapixels
FARTHEST = 0.08  # of the page's sides that a corner is moved by perspective
_TURNS = {1: 0, 6: 90, 3: 180, 8: 270}  # EXIF notes, and the turn clockwise each asks for
_WOODS = [(150, 105, 66), (92, 64, 44), (190, 160, 125), (58, 60, 66), (120, 128, 140)]
_SKIN = (205, 158, 132)


@dataclass(frozen=True)
class Photo:
    """A JPEG, and the 3 x 3 map of the page's fractions to those of the upright photograph."""

    jpeg: bytes
    true: NDArray[np.float64]


def photographed(
    page: Picture,
    random: Random,
    *,
    farthest: float = FARTHEST,
    size: tuple[int, int] = SIZE,
) -> Photo:
    """The page on a table, from where somebody stood: askew, shaded, a little blurred."""
    corners = _corners(page, random, farthest, size)
    seen = _on_table(page, corners, random, size)
    if random.random() < 0.3:
        _thumb(seen, corners, random)
    note = int(random.choice(list(_TURNS)))
    lying = np.ascontiguousarray(np.rot90(_lit(seen, random), _TURNS[note] // 90))
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)
    true = cv2.getPerspectiveTransform(unit, (corners / size).astype(np.float32))
    return Photo(_jpeg(lying, note, random), np.asarray(true, dtype=np.float64))


def _corners(
    page: Picture, random: Random, farthest: float, size: tuple[int, int]
) -> NDArray[np.float64]:
    """Where the page's corners lie, clockwise from its top left: as much of the frame as goes."""
    high, wide = page.shape
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64)
    moved = (unit + random.uniform(-farthest, farthest, (4, 2))) * (wide, high)
    angle = math.radians(float(np.clip(random.normal(0, 3), -8, 8)))
    turning = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned = moved @ turning.T
    span = np.ptp(turned, axis=0)
    scale = random.uniform(0.84, 0.97) * float(np.min(np.array(size) / span))
    room = np.array(size) - span * scale
    placed: NDArray[np.float64] = (turned - turned.min(axis=0)) * scale
    return placed + room * random.uniform(0.3, 0.7, 2)


def _on_table(
    page: Picture, corners: NDArray[np.float64], random: Random, size: tuple[int, int]
) -> NDArray[np.float64]:
    """The page on a table of wood, cloth or plastic, with the shadow that its edge throws."""
    wide, high = size
    colour = np.array(_WOODS[int(random.integers(len(_WOODS)))], dtype=np.float64)
    streaks = cv2.resize(random.normal(0, 1, (high // 8, 12)), size, interpolation=cv2.INTER_CUBIC)
    table = colour + 9 * streaks[:, :, None] + random.normal(0, 3, (high, wide, 1))
    mask = np.zeros((high, wide), np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    drop = cv2.GaussianBlur(np.roll(mask, (high // 220, wide // 260), (0, 1)), (0, 0), wide / 260)
    table *= 1 - 0.45 * (drop / 255.0)[:, :, None]
    sides = np.array([[0, 0], [page.shape[1], 0], page.shape[::-1], [0, page.shape[0]]])
    place = cv2.getPerspectiveTransform(
        (sides - 0.5).astype(np.float32), (corners - 0.5).astype(np.float32)
    )
    sheet = cv2.warpPerspective(page, place, size, flags=cv2.INTER_AREA, borderValue=250)
    share = (mask / 255.0)[:, :, None]
    paper = sheet[:, :, None] * np.array([0.97, 0.965, 0.94])
    return np.asarray(table * (1 - share) + paper * share)


def _thumb(seen: NDArray[np.float64], corners: NDArray[np.float64], random: Random) -> None:
    """A thumb holds the paper at one of its sides."""
    side = int(random.integers(4))
    start, end = corners[side], corners[(side + 1) % 4]
    at = start + (end - start) * random.uniform(0.2, 0.8)
    middle = corners.mean(axis=0)
    angle = math.degrees(math.atan2(*(middle - at)[::-1]))
    across = seen.shape[1]
    cv2.ellipse(
        seen,
        (int(at[0]), int(at[1])),
        (round(0.05 * across), round(0.028 * across)),
        angle,
        0,
        360,
        _SKIN,
        -1,
        cv2.LINE_AA,
    )


def _lit(seen: NDArray[np.float64], random: Random) -> NDArray[np.uint8]:
    """A lamp from one side, the shadow of whoever holds the phone, blur and grain."""
    high, wide = seen.shape[:2]
    down, across = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    angle = random.uniform(0, 2 * math.pi)
    far = (across - 0.5) * math.cos(angle) + (down - 0.5) * math.sin(angle)
    light = random.uniform(0.78, 1.0) + random.uniform(0, 0.3) * far
    if random.random() < 0.5:
        edge, width = random.uniform(-0.2, 0.4), random.uniform(0.05, 0.3)
        light *= 1 - random.uniform(0.15, 0.5) / (1 + np.exp(-(far - edge) / (width / 4)))
    cast = 1 + random.uniform(-0.06, 0.06, 3)
    seen = cv2.GaussianBlur(seen * light[:, :, None] * cast, (0, 0), random.uniform(0.5, 1.6))
    grain: Any = random.normal(0, random.uniform(1, 5), (high, wide, 1))
    return np.clip(seen + grain, 0, 255).astype(np.uint8)


def _jpeg(picture: NDArray[np.uint8], note: int, random: Random) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = note
    quality = int(random.integers(75, 93))
    Image.fromarray(picture).save(out, "JPEG", quality=quality, exif=exif.tobytes())
    return out.getvalue()
