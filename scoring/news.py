"""What a letter about a result has to say that its student does not know yet.

A result was shown when its student could see it, be it that they never looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scoring.changes import alike, alike_but_for_solutions, solutions_of
from scoring.models import Copy, Letter
from scoring.results import Result, from_json

# Nobody knows of an unclear letter that it did not arrive.
WRITTEN = (Letter.State.SENT, Letter.State.UNKNOWN)


class Earlier(NamedTuple):
    """A result a student was shown before: were they written to of it, was it taken from them."""

    result: Result
    written: bool
    taken_back: bool


def news_of(copy: Copy) -> str:
    """Return how the letter about a copy goes on after "your result of the exam"."""
    mine = Copy.objects.filter(student=copy.student_id, release__exam=copy.submission.exam_id)
    rows = mine.filter(release__lt=copy.release_id).order_by("release_id", "pk")
    earlier = [
        # What a later release had replaced was not there any more to be taken from them.
        Earlier(from_json(result), state in WRITTEN, taken_back == gone)
        for result, state, taken_back, gone in rows.values_list(
            "result", "letter__state", "release__taken_back_at", "withdrawn_at"
        )
    ]
    return news(earlier, from_json(copy.result))


def news(earlier: Sequence[Earlier], now: Result) -> str:
    """Say what is new, held against all they were shown since they were last written to."""
    known = _since_written(earlier)
    results = [one.result for one in known]
    if not all(alike_but_for_solutions(one, now) for one in results):
        return "has changed"
    there = "is there again" if any(one.taken_back for one in known) else "is there"
    return f"{there}{_solutions(results, now)}"


def _since_written(earlier: Sequence[Earlier]) -> Sequence[Earlier]:
    """Return them from the last the student was written to of; all where that is none."""
    written = [place for place, one in enumerate(earlier) if one.written]
    return earlier[written[-1] :] if written else earlier


def _solutions(earlier: Iterable[Result], now: Result) -> str:
    unlike = [one for one in earlier if not alike(one, now)]
    if not unlike:
        return ""
    had = solutions_of(unlike[-1])
    if had.items() <= solutions_of(now).items():
        return ", and a solution was added"
    return ", and its solutions have changed"
