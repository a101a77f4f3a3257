"""What a class's scores say. Plain numbers in, plain numbers out; definitions: docs/statistics.md.

Scores are integers of hundredths, and so are means, medians and deviations, as floats. What
cannot be said, such as the deviation of a single paper, is None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

# Papers x parts, in hundredths.
Scores = NDArray[np.int64]

MOST_BINS = 16
# Fewer papers than this tell nothing of how reliable an exam is, nor what a part tells apart.
TELLING = 10
# Fewer papers than this are no class, unless there are no more.
CLASS = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """`sd` is the sample's (n − 1), None for one score; quartiles are Hyndman and Fan's type 7."""

    count: int
    mean: float
    median: float
    sd: float | None
    low: int
    high: int
    quartiles: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores from `low` up to, but not with, `high`; the last bin holds its upper edge too."""

    low: int
    high: int
    count: int


def telling(count: int, of: int) -> bool:
    """Say whether so many papers of so many may be told as a class; a single one never is."""
    return count > 1 and count >= min(CLASS, of)


def describe(values: Sequence[int] | NDArray[np.int64]) -> Figures | None:
    """Return the figures of some scores, None of no scores."""
    scores = np.asarray(values, dtype=np.int64)
    if not scores.size:
        return None
    lower, median, upper = quantiles(scores, (25, 50, 75))
    return Figures(
        count=int(scores.size),
        mean=int(scores.sum()) / int(scores.size),
        median=median,
        sd=float(scores.std(ddof=1)) if scores.size > 1 else None,
        low=int(scores.min()),
        high=int(scores.max()),
        quartiles=(lower, upper),
    )


def quantiles(
    values: Sequence[int] | NDArray[np.int64], percents: Sequence[int]
) -> tuple[float, ...]:
    """Return the scores below which so many per cent lie, by Hyndman and Fan's type 7.

    Whole numbers up to the one division, so that what is shown does not drift; of no scores
    there are none.
    """
    ordered = np.sort(np.asarray(values, dtype=np.int64)).tolist()
    if not ordered:
        return ()
    found = []
    for percent in percents:
        place, rest = divmod((len(ordered) - 1) * percent, 100)
        low, high = ordered[place], ordered[min(place + 1, len(ordered) - 1)]
        found.append((low * 100 + (high - low) * rest) / 100)
    return tuple(found)


def histogram(values: Sequence[int] | NDArray[np.int64], points: int) -> list[Bin]:
    """Count scores in bins of one round width, from 0 (or the lowest below it) to `points`.

    The last bin ends at `points`, or at the highest score where one lies above, and may be
    narrower than the others.
    """
    scores = np.asarray(values, dtype=np.int64)
    low = min(0, int(scores.min())) if scores.size else 0
    high = max(points, int(scores.max())) if scores.size else points
    if high <= low:
        return [Bin(low, high, int(scores.size))]
    width = bin_width(high - low)
    low = low // width * width
    edges = [*range(low, high, width), high]
    counts, _ = np.histogram(scores, bins=edges)
    return [Bin(edges[n], edges[n + 1], int(count)) for n, count in enumerate(counts)]


def bin_width(span: int) -> int:
    """Return the narrowest round width of which no more than `MOST_BINS` cover the span."""
    return next(width for width in _round_numbers() if span <= MOST_BINS * width)


def _round_numbers() -> Iterator[int]:
    """Yield 1, 2, 5, 10, 20, 25, 50, 100, …: what people count in."""
    yield from (1, 2, 5)
    ten = 10
    while True:
        yield from (ten, 2 * ten, 5 * ten // 2, 5 * ten)
        ten *= 10


def alpha(scores: Scores) -> float | None:
    """Return Cronbach's alpha (1951), how far the parts measure the same thing.

    None for fewer than two papers or parts, and where all totals are equal.
    """
    papers, parts = scores.shape
    totals = scores.sum(axis=1)
    if papers < 2 or parts < 2 or not np.ptp(totals):
        return None
    within, whole = float(scores.var(axis=0, ddof=1).sum()), float(totals.var(ddof=1))
    return float(parts / (parts - 1) * (1 - within / whole))


def enough(scores: Scores) -> bool:
    """Say whether correlations of so many papers tell anything."""
    return len(scores) >= TELLING


def too_few(scores: Scores, reliability: float | None) -> bool:
    """Say whether a reliability, though it can be reckoned, tells nothing."""
    return reliability is not None and (reliability < 0 or not enough(scores))


def alphas_without(scores: Scores) -> list[float | None]:
    """Return for each part Cronbach's alpha of all others; None where `alpha` knows none."""
    papers, parts = scores.shape
    if papers < 2 or parts < 3:
        return [None] * parts
    rest = scores.sum(axis=1, keepdims=True) - scores
    variances = scores.var(axis=0, ddof=1)
    within, whole = variances.sum() - variances, rest.var(axis=0, ddof=1)
    left = parts - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        found = left / (left - 1) * (1 - within / whole)
    varies = np.ptp(rest, axis=0) > 0
    return [float(each) if ok else None for each, ok in zip(found, varies, strict=True)]


def standard_error(sd: float | None, reliability: float | None) -> float | None:
    """Return the standard error of measurement, the deviation times the root of 1 − reliability.

    In hundredths, as the deviation is. None where either is unknown.
    """
    if sd is None or reliability is None:
        return None
    return sd * sqrt(max(0.0, 1 - reliability))


def difficulty(mean: float | None, points: int) -> float | None:
    """Return the share of its points a part brought on average: 1 is easy, 0 is hard."""
    return None if mean is None or points <= 0 else mean / points


def discriminations(scores: Scores) -> list[float | None]:
    """Return each part's correlation with the total of all other parts (corrected item-total).

    Pearson's r; None where the part or the rest does not vary.
    """
    papers, parts = scores.shape
    if papers < 2 or parts < 2:
        return [None] * parts
    rest = scores.sum(axis=1, keepdims=True) - scores
    varies = (np.ptp(scores, axis=0) > 0) & (np.ptp(rest, axis=0) > 0)
    x, y = scores - scores.mean(axis=0), rest - rest.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (x * y).sum(axis=0) / np.sqrt((x * x).sum(axis=0) * (y * y).sum(axis=0))
    return [float(np.clip(each, -1, 1)) if ok else None for each, ok in zip(r, varies, strict=True)]


def discrimination(scores: Scores, columns: Sequence[int]) -> float | None:
    """Return the same of some parts taken together, a question with all its parts."""
    own = scores[:, list(columns)].sum(axis=1)
    rest = scores.sum(axis=1) - own
    if len(scores) < 2 or len(columns) == scores.shape[1]:
        return None
    return discriminations(np.stack([own, rest], axis=1))[0]
