"""The files of a large course that leave: 10,000 papers x 52 parts."""

from __future__ import annotations

from collections.abc import Callable

from bench import world
from scoring.exports.kinds import KINDS


def time_scores_csv(papers: int = 10_000) -> Callable[[], object]:
    """Write the whole file."""
    return _whole("scores.csv", papers)


def time_scores_xlsx(papers: int = 10_000) -> Callable[[], object]:
    """Write the whole workbook."""
    return _whole("scores.xlsx", papers)


def time_evaluations(papers: int = 10_000) -> Callable[[], object]:
    """Write the whole ZIP: a file for each part, every answer with an item."""
    return _whole("evaluations.zip", papers)


def time_canvas(papers: int = 10_000) -> Callable[[], object]:
    """Write every student's total for a gradebook."""
    return _whole("canvas.csv", papers)


def _whole(word: str, papers: int) -> Callable[[], object]:
    exam = world.make(papers).exam
    return lambda: sum(len(piece) for piece in KINDS[word].pieces(exam))
