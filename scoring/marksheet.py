"""Papers x parts: the scores of an exam as one table, read by one statement of plain numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from gradebook.models import Exam
from scoring.statistics import Scores
from submissions.models import Answer, Submission


@dataclass(frozen=True, slots=True)
class Marksheet:
    """`scores` in hundredths, 0 where nobody graded; `graded` says where somebody did.

    Rows are `papers`, columns `leaves`, both by key; leaves stand as the outline has them.
    """

    papers: NDArray[np.int64]
    leaves: tuple[int, ...]
    scores: Scores
    graded: NDArray[np.bool_]

    @property
    def whole(self) -> Scores:
        """The scores of the papers of which every part is graded."""
        return self.scores[self.is_whole]

    @property
    def is_whole(self) -> NDArray[np.bool_]:
        """Say of each paper whether every part of it is graded."""
        if not self.leaves:
            return np.zeros(len(self.papers), dtype=np.bool_)
        return np.asarray(self.graded.all(axis=1))

    def part(self, column: int) -> NDArray[np.int64]:
        """Return the scores of a part's graded answers, on whichever paper."""
        return np.asarray(self.scores[self.graded[:, column], column])

    def of(self, papers: Collection[int]) -> Marksheet:
        """Return the same of some papers; those without an answer here are left out."""
        rows = np.isin(self.papers, np.fromiter(papers, dtype=np.int64, count=len(papers)))
        return Marksheet(self.papers[rows], self.leaves, self.scores[rows], self.graded[rows])


def read(exam: Exam, leaves: Sequence[int]) -> Marksheet:
    """Return an exam's marksheet, its columns `leaves`. 100,000 answers pass in 50 ms."""
    papers = Submission.objects.filter(exam=exam).order_by("pk").values_list("pk", flat=True)
    return lay_out(list(papers), leaves, _graded(exam))


def read_some(papers: Collection[int], leaves: Sequence[int]) -> Marksheet:
    """Return the marksheet of a few papers: a page of a list."""
    answers = Answer.objects.filter(submission__in=list(papers), graded=True)
    rows = list(answers.order_by().values_list("submission", "question", "score"))
    return lay_out(sorted(papers), leaves, np.array(rows, dtype=np.int64).reshape(-1, 3))


def whole_papers(exam: Exam, leaves: Sequence[int]) -> Scores:
    """Return the scores of the wholly graded papers alone: papers x leaves."""
    graded = _graded(exam)
    return lay_out(np.unique(graded[:, 0]).tolist(), leaves, graded).whole


def lay_out(papers: Sequence[int], leaves: Sequence[int], graded: NDArray[np.int64]) -> Marksheet:
    """Put (paper, leaf, score) of graded answers into a table; `papers` are in order.

    What belongs to no leaf is left out.
    """
    rows, columns = np.array(papers, dtype=np.int64), np.array(leaves, dtype=np.int64)
    scores = np.zeros((len(rows), len(columns)), dtype=np.int64)
    known = np.zeros(scores.shape, dtype=np.bool_)
    graded = graded[np.isin(graded[:, 1], columns) & np.isin(graded[:, 0], rows)]
    if len(graded):
        order = np.argsort(columns)
        row = np.searchsorted(rows, graded[:, 0])
        column = order[np.searchsorted(columns, graded[:, 1], sorter=order)]
        scores[row, column], known[row, column] = graded[:, 2], True
    return Marksheet(rows, tuple(leaves), scores, known)


def _graded(exam: Exam) -> NDArray[np.int64]:
    """Return paper, question and score of every graded answer.

    Through the papers, not the questions: so a database reads them as they lie, twice as fast.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.submission_id, a.question_id, a.score"
            " FROM submissions_answer a JOIN submissions_submission s ON s.id = a.submission_id"
            " WHERE s.exam_id = %s AND a.graded",
            [exam.pk],
        )
        rows = cursor.fetchall()
    return np.array(rows, dtype=np.int64).reshape(-1, 3)
