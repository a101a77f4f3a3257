"""What all papers say about all people, as numbers: evidence, posteriors, and who gets whom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Chosen on other handwriting than was reported on: docs/decisions/0004-reading-names.md.
TEMPER = 0.6  # real hands are worse than the recogniser believes
SLIP = 0.03  # how often a field says something else than the roster: a nickname, a wrong number
STRANGER = 0.02  # how often a paper is from nobody on the roster


def odds(scores: Floats) -> Floats:
    """Scores as evidence: tempered, never worse than a slip, 0 where nothing was read."""
    known = np.nan_to_num(scores)
    slips = np.logaddexp(np.log1p(-SLIP) + TEMPER * known, np.log(SLIP))
    return np.where(np.isnan(scores), 0.0, slips)


def posteriors(evidence: Floats) -> Floats:
    """Papers x (people + 1): rows that sum to one, the last column for a stranger."""
    people = evidence.shape[1]
    stranger = np.full((len(evidence), 1), stranger_odds(people))
    whole = np.hstack([evidence, stranger])
    weights = np.exp(whole - whole.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def stranger_odds(people: int) -> float:
    """What evidence a person must bring to be likelier than a stranger."""
    return float(np.log(max(people, 1) * STRANGER / (1 - STRANGER)))


def settle(evidence: Floats, papers: Flags, people: Flags) -> list[int]:
    """The best giving of these papers to these people as a whole: per paper a column, or -1."""
    # Here, for it is 49 MB in every process, and few match papers.
    from scipy.optimize import linear_sum_assignment

    given = [-1] * len(evidence)
    rows, columns = np.flatnonzero(papers), np.flatnonzero(people)
    if not len(rows) or not len(columns):
        return given
    # Each paper may also stay with nobody, for what a stranger would bring.
    nobody = np.full((len(rows), len(rows)), -1e9)
    np.fill_diagonal(nobody, stranger_odds(evidence.shape[1]))
    worth = np.hstack([evidence[np.ix_(rows, columns)], nobody])
    for row, column in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
        if column < len(columns):
            given[rows[row]] = int(columns[column])
    return given


def lead(scores: Floats, one: int, other: int) -> float:
    """How far a field puts one person before another, tempered; 0 where it does not say."""
    ahead = float(scores[one] - scores[other])
    return 0.0 if np.isnan(ahead) else TEMPER * ahead
