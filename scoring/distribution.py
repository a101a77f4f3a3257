"""How the class did, as far as an exam lets its students know. Frozen with a release.

Papers that are wholly graded count, those of one release. Of fewer than `FEWEST` nothing is
said: a student who knows the others would know their scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradebook.models import DistributionShown
from gradebook.points import points_text
from scoring import statistics
from scoring.rounding import nearest

FEWEST = 5


def distribution(totals: Sequence[int], points: int, shown: str) -> dict[str, Any] | None:
    """Return what students see of these totals (hundredths, out of `points`), as JSON keeps it.

    `shown` is a DistributionShown; no more is in the answer than it allows.
    """
    if shown == DistributionShown.NONE or len(totals) < FEWEST:
        return None
    figures = statistics.describe(totals)
    assert figures is not None
    said: dict[str, Any] = {
        "papers": figures.count,
        "mean": nearest(figures.mean),
        "median": nearest(figures.median),
        "points": points,
    }
    if shown == DistributionShown.HISTOGRAM:
        bins = statistics.histogram(totals, points)
        said["bins"] = [[each.low, each.high, each.count] for each in bins]
    return said


def steady(
    said: Mapping[str, Any] | None, totals: Mapping[str, int], earlier: Iterable[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return what to show, so that nobody's total follows from two distributions side by side.

    Where fewer than `FEWEST` of the `totals`, by paper, came, went or moved since one of the
    `earlier` ones, latest first, the students go on seeing that one. What counted is kept with it.
    """
    if said is None:
        return None
    for kept in earlier:
        before: Mapping[str, int] = kept["of"]
        moved = sum(before.get(one) != totals.get(one) for one in before.keys() | totals.keys())
        if 0 < moved < FEWEST:
            return {key: kept[key] for key in kept if key != "bins" or key in said}
    return {**said, "of": dict(totals)}


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    count: int
    mark: bool  # the student's own score lies in it


@dataclass(frozen=True, slots=True)
class ClassShown:
    """A distribution in words; without `bars` only its figures are shown."""

    papers: int
    mean: str
    median: str
    bars: list[Bar]
    low: str
    middle: str
    high: str

    @property
    def peak(self) -> int:
        return max([1, *(bar.count for bar in self.bars)])


def show(kept: Mapping[str, Any] | None, own: int) -> ClassShown | None:
    """Return a kept distribution as a page shows it, the bin of the `own` score marked."""
    if kept is None:
        return None
    bins: list[list[int]] = kept.get("bins", [])
    last = len(bins) - 1
    bars = [
        Bar(
            label=f"{points_text(low)}–{points_text(high)}",
            count=count,
            mark=low <= own < high or (number == last and own == high),
        )
        for number, (low, high, count) in enumerate(bins)
    ]
    low, high = (bins[0][0], bins[-1][1]) if bins else (0, kept["points"])
    return ClassShown(
        papers=kept["papers"],
        mean=points_text(kept["mean"], 1),
        median=points_text(kept["median"], 1),
        bars=bars,
        low=points_text(low),
        middle=points_text((low + high) // 2),
        high=points_text(high),
    )
