"""How long an answer takes to grade, by what the history tells of the last ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from gradebook.models import Exam
from rubrics.judges import given_in

# So many of the exam's last lines of history tell the pace; older ones tell an older pace.
RECENT = 3000
# A longer pause is a break; a shorter one was a file or a script, not a person.
LONGEST, SHORTEST = 600.0, 0.5
# Fewer answers than this tell no pace.
ENOUGH = 5


class Said(NamedTuple):
    """Somebody graded an answer, as the history tells it."""

    by: int
    question: int
    answer: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """Median seconds for an answer: by question, and of all where that is not known."""

    by_question: Mapping[int, float] = field(default_factory=dict)
    of_all: float | None = None

    def seconds(self, question: int) -> float | None:
        return self.by_question.get(question, self.of_all)


def said_lately(exam: Exam) -> list[Said]:
    """Return the exam's last lines of history that graded something, the oldest first."""
    rows = (
        given_in(exam)
        .order_by("-pk")
        .values_list("by_id", "question_id", "answer_id", "at")[:RECENT]
    )
    return [
        Said(by, question, answer, at)
        for by, question, answer, at in reversed(rows)
        if by and question and answer
    ]


def pace(lines: Iterable[Said]) -> Pace:
    """Return the median seconds between one graded answer and the next of the same person.

    Several lines about one answer in a row are one answer, timed at the last of them. Breaks
    and what no hand can have done are left out.
    """
    took: dict[int, list[float]] = defaultdict(list)
    for line, seconds in _timed(lines):
        took[line.question].append(seconds)
    everything = [seconds for each in took.values() for seconds in each]
    return Pace(
        {question: median(each) for question, each in took.items() if len(each) >= ENOUGH},
        median(everything) if len(everything) >= ENOUGH else None,
    )


def pace_by_person(lines: Iterable[Said]) -> dict[int, float]:
    """Return each person's median seconds for an answer, of whom enough answers tell one."""
    took: dict[int, list[float]] = defaultdict(list)
    for line, seconds in _timed(lines):
        took[line.by].append(seconds)
    return {by: median(each) for by, each in took.items() if len(each) >= ENOUGH}


def _timed(lines: Iterable[Said]) -> Iterator[tuple[Said, float]]:
    """Yield each answer's last line with the seconds it took, breaks left out."""
    for mine in _by_person(lines).values():
        ends = [
            line
            for line, after in zip(mine, [*mine[1:], None], strict=True)
            if after is None or after.answer != line.answer
        ]
        for before, line in pairwise(ends):
            seconds = (line.at - before.at).total_seconds()
            if SHORTEST <= seconds <= LONGEST:
                yield line, seconds


def _by_person(lines: Iterable[Said]) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = defaultdict(list)
    for line in lines:
        found[line.by].append(line)
    return found
