"""The files an exam can be taken away in, by the word that stands in addresses and commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from gradebook.models import Exam
from scoring.archive.anonymous import anonymous as anonymous_archive
from scoring.copies.names import plain
from scoring.copies.zip import written
from scoring.exports import anonymous, evaluations, gradebooks, scores, workbook

CSV, ZIP = "text/csv; charset=utf-8", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Kind(NamedTuple):
    """One file: what it is, and its pieces, made while they are sent."""

    content_type: str
    pieces: Callable[[Exam], Iterator[str] | Iterator[bytes]]


def _anonymous(exam: Exam, *, comments: bool) -> Iterator[bytes]:
    return written(anonymous.files(exam, comments=comments))


KINDS = {
    "scores.csv": Kind(CSV, scores.lines),
    "scores.xlsx": Kind(XLSX, workbook.pieces),
    "evaluations.zip": Kind(ZIP, lambda exam: written(evaluations.files(exam))),
    "canvas.csv": Kind(CSV, gradebooks.canvas),
    "moodle.csv": Kind(CSV, gradebooks.moodle),
    "brightspace.csv": Kind(CSV, gradebooks.brightspace),
    "anonymous.zip": Kind(ZIP, partial(_anonymous, comments=False)),
    "anonymous-comments.zip": Kind(ZIP, partial(_anonymous, comments=True)),
    "anonymous-archive.zip": Kind(ZIP, anonymous_archive),
}


def file_name(exam: Exam, word: str) -> str:
    """Return "Midterm_scores.csv"."""
    return f"{plain(exam.name) or 'exam'}_{word}"
