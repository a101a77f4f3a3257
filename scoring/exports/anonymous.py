"""Scores and evaluations for research: nobody is named, and nobody can be found again by a name.

Every student, paper, answer and grader gets a pseudonym, the same in all files of one export. It
is an HMAC (RFC 2104) under a random key that is forgotten with the export, so nobody can compute
it again, whoever knows the roster. Rows stand in the order of the pseudonyms, not of the roster.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256

from gradebook.models import Exam
from scoring.copies.names import plain
from scoring.exports import evaluations
from scoring.exports.cells import as_text, number
from scoring.exports.scores import BATCH, column, max_points, papers_of, roster, scores_of
from submissions.models import Match, Submission

FIXED = ("Student", "Submission ID", "Total Score", "Max Points", "Status")


class Pseudonyms:
    """Names of one export: a letter, so that no spreadsheet takes it for a number, and 64 bits."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def __call__(self, letter: str, pk: int) -> str:
        digest = hmac.new(self._key, f"{letter}{pk}".encode(), sha256)
        return f"{letter}{digest.hexdigest()[:16]}"


def files(exam: Exam, *, comments: bool = False) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the files' names and pieces; comments, which may hold names, only if asked for."""
    names = Pseudonyms()
    yield f"{plain(exam.name) or 'exam'}/scores.csv", scores(exam, names)
    yield from evaluations.files(exam, _named(exam, names, comments=comments))


def scores(exam: Exam, names: Pseudonyms) -> Iterator[str]:
    leaves = list(exam.questions.leaves())
    full, empty = number(max_points(exam)), [""] * len(leaves)
    yield as_text([[*FIXED, *map(column, leaves)]])
    students = sorted((names("s", pk), pk) for pk in roster(exam).values_list("pk", flat=True))
    for start in range(0, len(students), BATCH):
        batch = students[start : start + BATCH]
        papers = papers_of(exam, [pk for _, pk in batch])
        parts = scores_of(paper.pk for paper in papers.values())
        rows = []
        for student, pk in batch:
            if paper := papers.get(pk):
                rows.append(
                    [student, names("p", paper.pk), *_standing(parts.get(paper.pk, []), full)]
                )
            else:
                rows.append([student, "", "", full, "Missing", *empty])
        yield as_text(rows)


def _standing(parts: list[int | None], full: str) -> list[str]:
    graded = [part for part in parts if part is not None]
    whole = bool(graded) and len(graded) == len(parts)
    return [
        number(sum(graded)) if whole else "",
        full,
        "Graded" if whole else "Ungraded",
        *("" if part is None else number(part) for part in parts),
    ]


def _named(exam: Exam, names: Pseudonyms, *, comments: bool) -> evaluations.Named:
    students = dict(Match.objects.filter(exam=exam).values_list("submission", "membership"))
    papers = sorted(
        (names("p", pk), pk)
        for pk in Submission.objects.filter(exam=exam).values_list("pk", flat=True)
    )
    rows = [
        evaluations.Paper(pk, (names("s", students[pk]) if pk in students else "",), "")
        for _, pk in papers
    ]
    return evaluations.Named(
        columns=("Student",),
        papers=rows,
        paper=partial(names, "p"),
        answer=partial(names, "a"),
        grader=partial(names, "g"),
        times=False,
        comments=comments,
    )
