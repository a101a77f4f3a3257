"""The rows of the scores CSV as data, some of the roster at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gradebook.models import Exam
from scoring.exports.scores import Person, max_points, papers_of, roster, scores_of


class StandingPaper(NamedTuple):
    """A student and what their paper got: hundredths, None where nobody graded."""

    first_name: str
    last_name: str
    sid: str
    email: str
    status: str
    submission: int | None
    score: int | None
    points: int
    parts: dict[str, int | None]


def standings(exam: Exam, choose: Callable[[Any], Sequence[Any]]) -> list[StandingPaper]:
    """Return the students that `choose` picks from the roster, in the roster's order."""
    people = [Person(*row) for row in choose(roster(exam))]
    papers = papers_of(exam, [person.pk for person in people])
    scores = scores_of(paper.pk for paper in papers.values())
    numbers = list(exam.questions.leaves().values_list("number", flat=True))
    full = max_points(exam)
    found = []
    for person in people:
        paper = papers.get(person.pk)
        parts: list[int | None] = scores.get(paper.pk, []) if paper else [None] * len(numbers)
        graded = [score for score in parts if score is not None]
        whole = bool(graded) and len(graded) == len(parts)
        status = "Missing" if paper is None else "Graded" if whole else "Ungraded"
        found.append(
            StandingPaper(
                first_name=person.first,
                last_name=person.last,
                sid=person.sid,
                email=person.email,
                status=status,
                submission=paper.pk if paper else None,
                score=sum(graded) if whole else None,
                points=full,
                parts=dict(zip(numbers, parts, strict=False)),
            )
        )
    return found
