"""The scores CSV of a large course."""

from __future__ import annotations

from collections.abc import Callable

from bench import world
from scoring.exports.scores import lines


def time_scores_csv(papers: int = 10_000) -> Callable[[], object]:
    """Write the whole file: 10,000 papers x 52 parts."""
    exam = world.make(papers).exam
    return lambda: sum(len(piece) for piece in lines(exam))
