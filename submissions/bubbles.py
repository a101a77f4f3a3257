"""Which options of a multiple-choice question are marked: ticked, crossed, filled or circled.

Nothing need be known of how. What counts is darkness inside an option that its own print does not
explain, and ink that runs around it. What looks like a second thought lowers the certainty: an
option between marked and not, marks of two kinds or of two strengths, a line across a mark.

The figures were chosen on pages drawn for that; the rates in docs/intake.md are of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from submissions.imaging import Affine, Picture, Rect
from submissions.traces import Trace, traces

SURE = 0.8  # what is less certain is offered apart from the rest

# In square millimetres of full darkness, as in a Trace.
_LITTLE, _ENOUGH = 0.25, 0.75  # inside: untouched; marked
_THIN = 1.6  # around: a faint circle
_STRAY = 0.3  # around options of which none is marked
_CORE = (0.15, 0.4)  # across a circle: a faint line, any line
_OPEN, _CLOSED = 0.5, 0.8  # share of directions in which ink is met: not circled; circled
_OUT = (1.2, 2.0)  # millimetres by which a mark runs out on either side: large; struck through


class Read(NamedTuple):
    """Which options are marked, counted from 0; how certain that is, 0 to 1; the ink of each.

    Ink is in square millimetres of full darkness that the print does not explain.
    """

    marked: tuple[int, ...]
    certainty: float
    ink: tuple[float, ...]


def read(page: Picture, template: Picture, affine: Affine, options: Sequence[Rect]) -> Read:
    """Read the options of one question; they are rectangles of the template, in fractions.

    `page` is upright, from `imaging.inked`, `template` its template page at 100 dots an inch; see
    `registration.Fit` for `affine`. Meaningful only where the page lies well.
    """
    found, heavy = traces(page, template, affine, options)
    said = judged(found)
    return said._replace(certainty=min(said.certainty, SURE / 2)) if heavy else said


def judged(found: Sequence[Trace]) -> Read:
    """Decide from what was found at each option."""
    inside = [_share(trace.inside, _LITTLE, _ENOUGH) for trace in found]
    circled = [
        _share(trace.ring, _OPEN, _CLOSED) * _share(trace.around, _THIN / 2, _THIN)
        for trace in found
    ]
    marks = [max(pair) for pair in zip(inside, circled, strict=True)]
    marked = [k for k, mark in enumerate(marks) if mark >= 0.5]
    rings = {k for k in marked if circled[k] >= 0.5}
    certainty = min((abs(2 * mark - 1) for mark in marks), default=0.0)
    certainty *= _agreement(found, marked, rings) * _lead(found, marked, rings)
    for k in marked:
        certainty *= 1 - _struck(found[k], ring=k in rings)
    ink = tuple(round(max(trace.inside, trace.around), 2) for trace in found)
    return Read(tuple(marked), round(certainty, 3), ink)


def _agreement(found: Sequence[Trace], marked: Sequence[int], rings: set[int]) -> float:
    """How alike the marks are: who takes one back marks twice, and more heavily."""
    if len(marked) < 2:
        return 1.0
    if rings and len(rings) < len(marked):
        return 0.3
    strengths = [_strength(found[k], ring=k in rings) for k in marked]
    return _share(min(strengths) / max(strengths), 0.45, 0.75)


def _lead(found: Sequence[Trace], marked: Sequence[int], rings: set[int]) -> float:
    """How far the weakest mark stands above the strongest trace of a pen on the others."""
    others = [trace for k, trace in enumerate(found) if k not in marked]
    inside = max((other.inside for other in others), default=0.0)
    around = max((other.around for other in others), default=0.0)
    if not marked:
        return 1 - _share(around, _STRAY, 3 * _STRAY)
    weakest = min(_strength(found[k], ring=k in rings) for k in marked)
    largest = max(max(found[k].around, found[k].inside) for k in marked)
    return 1 - max(_share(inside / weakest, 0.25, 0.6), _share(around / largest, 0.5, 0.9))


def _strength(trace: Trace, *, ring: bool) -> float:
    return trace.around if ring else trace.inside


def _struck(trace: Trace, *, ring: bool) -> float:
    """How much it looks as if the mark was taken back, 0 to 1: a line runs across it."""
    if not ring:
        return _share(trace.across, *_OUT)
    some = min(_CORE[1], max(_CORE[0], 0.05 * trace.around))
    return _share(trace.core, some, 3 * some)


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
