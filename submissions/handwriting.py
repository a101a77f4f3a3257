"""Handwriting cut free: the ink a person put into a region, without the print that was there.

Pure NumPy and OpenCV: a crop in, lines of ink out. Lengths are fractions of the crop's height
or of a line's, so that the dpi does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]

SLACK = 4  # pixels the template's crop may lie off
SMALLEST = 8  # pixels; nobody writes in less
DARK = 208  # of 255, the paper's tone: fainter than this is never ink
EMPTY = 6e-4  # of the crop's area: less ink than this is nobody's handwriting


def lines(crop: Grey, template_crop: Grey | None, gap: float) -> list[Grey]:
    """The handwritten lines in `crop`, top to bottom, black on white, trimmed to their ink.

    Gaps between letters wider than `gap` of the line's height are closed up to that. An empty
    list says that nobody wrote here.
    """
    if min(crop.shape[:2]) < SMALLEST:
        return []
    flat = _flattened(crop)
    ink = _inked(flat)
    printed = _rules(ink) if template_crop is None else _print_under(ink, template_crop)
    ink = _without_specks(_without_print(ink, printed))
    if ink.sum() < EMPTY * ink.size:
        return []
    clean = np.where(cv2.dilate(ink.astype(np.uint8), np.ones((3, 3))) > 0, flat, 255)
    bands = _bands(ink)
    return [_trimmed(clean[top:end], ink[top:end], gap) for top, end in bands]


def _flattened(crop: Grey) -> Grey:
    """Grey with the paper at 255: shadows and tinted paper gone, coloured ink dark."""
    grey = crop if crop.ndim == 2 else np.ascontiguousarray(crop[..., :3].min(axis=2))
    size = max(15, grey.shape[0] // 3) | 1
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    paper = cv2.blur(paper, (size, size)).astype(np.float32)
    return np.clip(grey * (255 / np.maximum(paper, 1)), 0, 255).astype(np.uint8)


def _inked(flat: Grey) -> Mask:
    """Where it is darker than the paper's own grain explains, pencil included."""
    paper = float(np.median(flat))
    grain = 1.5 * float(np.median(np.abs(flat - paper)))
    return np.asarray(flat < min(DARK, paper - 6 * grain))


def _print_under(ink: Mask, template_crop: Grey) -> Mask:
    """Where the template's print lies in the crop, a little fattened, moved to fit best."""
    height, width = ink.shape
    blank = cv2.resize(template_crop, (width, height), interpolation=cv2.INTER_AREA).astype(
        np.uint8
    )
    printed = _inked(_flattened(blank)).astype(np.float32)
    if not printed.any():
        return np.zeros_like(ink)
    room = np.pad(ink.astype(np.float32), SLACK)
    _, _, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(room, printed, cv2.TM_CCORR))
    shift = np.array([[1, 0, x - SLACK], [0, 1, y - SLACK]], dtype=np.float32)
    moved = cv2.warpAffine(printed, shift, (width, height))
    fat = max(3, height // 30) | 1
    return np.asarray(cv2.dilate(moved, np.ones((fat, fat))) > 0)


def _rules(ink: Mask) -> Mask:
    """Straight printed lines: long ones across, and between two of those the boxes' sides."""
    height, width = ink.shape
    whole = ink.astype(np.uint8)
    across = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((1, max(40, width // 4)), np.uint8))
    rows = np.flatnonzero(across.any(axis=1))
    found = across > 0
    if len(rows) and rows[-1] - rows[0] > height / 4:
        side = np.ones((int(0.85 * (rows[-1] - rows[0])), 1), np.uint8)
        found = found | (cv2.morphologyEx(whole, cv2.MORPH_OPEN, side) > 0)
    return np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _without_print(ink: Mask, printed: Mask) -> Mask:
    """The ink outside the print, and where a stroke crosses the print, the crossing too."""
    free = ink & ~printed
    size = max(5, ink.shape[0] // 12) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    bridged = cv2.morphologyEx(free.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0
    return np.asarray(free | (bridged & ink & printed))


def _without_specks(ink: Mask) -> Mask:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    least = max(6, 2e-4 * ink.shape[0] ** 2)
    keep = stats[:, cv2.CC_STAT_AREA] >= least
    keep[0] = False
    return np.asarray(keep[labels])


def _bands(ink: Mask) -> Iterator[tuple[int, int]]:
    """(first row, row after the last) of each line. Dots and accents stay with their line."""
    rows = np.asarray(ink.any(axis=1))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]])))
    runs = [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
    tallest = max(b - a for a, b in runs)
    weight = ink.sum(axis=1)
    whole = [
        (a, b)
        for a, b in runs
        if b - a >= 0.5 * tallest and weight[a:b].sum() >= 0.2 * weight.sum()
    ]
    for nth, (_, end) in enumerate(whole):
        above = 0 if nth == 0 else (whole[nth - 1][1] + whole[nth][0]) // 2
        below = len(rows) if nth == len(whole) - 1 else (end + whole[nth + 1][0]) // 2
        inside = above + np.flatnonzero(rows[above:below])
        yield int(inside[0]), int(inside[-1]) + 1


def _trimmed(line: Grey, ink: Mask, gap: float) -> Grey:
    """The line without its margins and wide gaps, a narrow white frame around it."""
    height = line.shape[0]
    widest = max(2, round(gap * height))
    column = np.asarray(ink.any(axis=0))
    inside = np.flatnonzero(column)
    # How far each column is from the last inked one on its left.
    last = np.maximum.accumulate(np.where(column, np.arange(len(column)), -1))
    near = (np.arange(len(column)) - last) <= widest
    near[: inside[0]] = near[inside[-1] + 1 :] = False
    margin = max(2, round(0.1 * height))
    return np.pad(line[:, near], margin, constant_values=255)
