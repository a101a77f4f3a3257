"""Histograms as drawings: bins in, places on the picture out. Templates write them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gradebook.points import points_text
from scoring.statistics import Bin

# Letters of a 12 px font are about so wide; labels keep so far from each other.
LETTER, APART = 6.8, 10
# Room for the label of a mark above, for the ticks and the axis' name below; the sides.
TOP, BOTTOM, SIDE = 34, 38, 16
# As wide as a phone's panel, and as a desk's: text keeps its size in both.
NARROW, WIDE = 320, 680
# A small picture in a line of a table.
SPARK_WIDTH, SPARK_HEIGHT = 96, 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A bin's bar; `said` is its count where it fits above the bar, "" otherwise."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str
    count: int
    said: str


class Tick(NamedTuple):
    x: float
    text: str


class Mark(NamedTuple):
    """A line across the bars, such as the mean; its label lies towards the middle."""

    x: float
    text: str
    anchor: str
    at: float


@dataclass(frozen=True, slots=True)
class Plot:
    width: int
    height: int
    floor: int
    bars: list[Bar]
    ticks: list[Tick]
    marks: list[Mark]

    @property
    def middle(self) -> float:
        return self.width / 2


def histogram_plot(
    bins: Sequence[Bin], width: int, marks: Sequence[tuple[float, str]] = (), height: int = 240
) -> Plot:
    """Lay out bins, each as wide as the points it spans; `marks` are (hundredths, label)."""
    scale = _Scale(bins, width)
    floor = height - BOTTOM
    peak = max(1, *(each.count for each in bins))
    return Plot(
        width=width,
        height=height,
        floor=floor,
        bars=[_bar(each, scale, floor, (floor - TOP) / peak) for each in bins],
        ticks=_ticks(bins, scale),
        marks=[_mark(scale.at(value), text, width) for value, text in marks],
    )


class _Scale:
    """Where a score lies from left to right; a single bin without width takes all there is."""

    def __init__(self, bins: Sequence[Bin], width: int) -> None:
        self.low, self.high = bins[0].low, bins[-1].high
        self.room = width - 2 * SIDE

    def at(self, value: float) -> float:
        span = self.high - self.low
        return SIDE + (self.room * (value - self.low) / span if span else 0)

    def end(self, one: Bin) -> float:
        return self.at(one.high) if one.high > one.low else SIDE + self.room


def _bar(one: Bin, scale: _Scale, floor: int, each: float) -> Bar:
    start, end = scale.at(one.low), scale.end(one)
    count = f"{one.count:,}" if one.count else ""
    return Bar(
        x=round(start + 1, 1),
        y=round(floor - one.count * each, 1),
        width=round(max(end - start - 2, 1), 1),
        height=round(one.count * each, 1),
        middle=round((start + end) / 2, 1),
        label=span(one),
        count=one.count,
        said=count if len(count) * LETTER <= max(end - start, LETTER) else "",
    )


def _ticks(bins: Sequence[Bin], scale: _Scale) -> list[Tick]:
    """Return the edges, as many of them as labels fit; the two ends stay."""
    values = [*(each.low for each in bins), bins[-1].high]
    if values[0] == values[-1]:
        return [Tick(round(scale.at(values[0]), 1), points_text(values[0]))]
    room = max(len(points_text(value)) for value in values) * LETTER + APART
    each = scale.at(bins[0].high) - scale.at(bins[0].low)
    step = next(n for n in range(1, len(values) + 1) if n * each >= room or n == len(values))
    shown = values[:-1:step]
    while len(shown) > 1 and scale.at(values[-1]) - scale.at(shown[-1]) < room:
        shown.pop()
    return [Tick(round(scale.at(value), 1), points_text(value)) for value in [*shown, values[-1]]]


def _mark(x: float, text: str, width: int) -> Mark:
    left = x < width / 2
    return Mark(round(x, 1), text, "start" if left else "end", round(x + (5 if left else -5), 1))


def spark(bins: Sequence[Bin]) -> str:
    """Return the outline of all bars as one path, for a line of a table."""
    peak = max(1, *(each.count for each in bins))
    each = SPARK_WIDTH / len(bins)
    steps = []
    for n, one in enumerate(bins):
        if one.count:
            height = max(1, SPARK_HEIGHT * one.count / peak)
            steps.append(
                f"M{n * each:.1f} {SPARK_HEIGHT}v{-height:.1f}h{max(each - 1, 1):.1f}v{height:.1f}z"
            )
    return "".join(steps)


def span(one: Bin) -> str:
    """Return what a bin holds: "10 to 20"."""
    if one.low == one.high:
        return points_text(one.low)
    return f"{points_text(one.low)} to {points_text(one.high)}"
