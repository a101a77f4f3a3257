"""How far graders agree: second looks held against the first, and each grader against the rest.

Plain numbers in, plain numbers out; reading is below. Scores and differences are hundredths.
Definitions and their sources: docs/statistics.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np

from gradebook.models import Exam, User
from rubrics.judges import last_judges
from rubrics.models import SecondGrade
from submissions.models import Answer

# Fewer answers than this say nothing about a person.
TELLING = 10
# A difference is told when it is so many standard errors, and so large a share of the points.
ERRORS, SHARE = 2.5, 0.02
# Fewer second looks than this say nothing about a rubric.
ENOUGH = 5
# From this kappa on graders agree; below the other they read the rubric in two ways.
AGREE, DISAGREE = 0.8, 0.6


class Pair(NamedTuple):
    """An answer graded twice; items by their keys, of those the rubric offered then."""

    question: int
    first_by: int | None
    first: int
    second: int
    first_items: frozenset[int]
    second_items: frozenset[int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What pairs say. `same`, `same_items`: shares; `mean`: second less first; `apart`: mean
    absolute difference; `kappa`: Cohen's over all items, None where chance alone would agree."""

    count: int
    same: float
    same_items: float
    mean: float
    apart: float
    kappa: float | None


def in_words(said: Agreement | None) -> str:
    """Return what agreement means, as a sentence; where scores never differ, items matter less."""
    if said is None:
        return "No second look given yet."
    if said.count < ENOUGH:
        return "Too few to tell."
    alike = said.same if said.kappa is None else said.kappa
    if said.same == 1 or alike >= AGREE:
        return "Graders agree."
    if alike >= DISAGREE:
        return "Mostly agree."
    return "The rubric is read in two ways."


def agreement(pairs: Sequence[Pair], rubrics: Mapping[int, Collection[int]]) -> Agreement | None:
    """Return what pairs say, None of no pairs; `rubrics` are each question's items by key."""
    if not pairs:
        return None
    differences = [pair.second - pair.first for pair in pairs]
    count = len(pairs)
    return Agreement(
        count=count,
        same=sum(not each for each in differences) / count,
        same_items=sum(pair.first_items == pair.second_items for pair in pairs) / count,
        mean=sum(differences) / count,
        apart=sum(map(abs, differences)) / count,
        kappa=kappa(
            (item in pair.first_items, item in pair.second_items)
            for pair in pairs
            for item in rubrics.get(pair.question, ())
        ),
    )


def kappa(judgements: Iterable[tuple[bool, bool]]) -> float | None:
    """Return Cohen's kappa (1960) of two yes-or-no judgements: 1 agrees, 0 is chance.

    None without judgements, and where both say the same of everything by chance alone.
    """
    said = np.array(list(judgements), dtype=bool).reshape(-1, 2)
    if not len(said):
        return None
    observed = float((said[:, 0] == said[:, 1]).mean())
    first, second = (float(share) for share in said.mean(axis=0))
    chance = first * second + (1 - first) * (1 - second)
    return None if chance >= 1 else (observed - chance) / (1 - chance)


class Given(NamedTuple):
    """A graded answer, in the order of grading; `share` is its score over its points."""

    by: int
    question: int
    share: float


@dataclass(frozen=True, slots=True)
class Leaning:
    """How a grader's shares lie against others', and the later half of them against the earlier.

    Both in shares of the points, each question compared with itself; None where nothing can be
    compared. `told`: larger than chance makes it.
    """

    by: int
    count: int
    beside: float | None
    beside_told: bool
    later: float | None
    later_told: bool

    @property
    def told(self) -> bool:
        return self.beside_told or self.later_told


def leanings(given: Sequence[Given]) -> list[Leaning]:
    """Return each grader's leaning, the furthest from the others first."""
    of: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for by, question, share in given:
        of[question][by].append(share)
    found = []
    for by in {one.by for one in given}:
        mine = {question: by_grader[by] for question, by_grader in of.items() if by in by_grader}
        others = {
            question: [x for other, xs in of[question].items() if other != by for x in xs]
            for question in mine
        }
        beside = difference([(mine[question], others[question]) for question in mine])
        halves = [(xs[len(xs) // 2 :], xs[: len(xs) // 2]) for xs in mine.values()]
        later = difference(halves)
        count = sum(map(len, mine.values()))
        found.append(Leaning(by, count, *_telling(beside), *_telling(later)))
    return sorted(found, key=lambda one: -abs(one.beside or 0))


@dataclass(frozen=True, slots=True)
class Share:
    """How many answers stand by a grader's word; `mean` of their shares, None of too few."""

    by: int
    count: int
    mean: float | None


def shares(given: Sequence[Given]) -> list[Share]:
    """Return each grader's answers and the mean share of the points they gave, busiest first."""
    of: dict[int, list[float]] = defaultdict(list)
    for one in given:
        of[one.by].append(one.share)
    found = [
        Share(by, len(mine), float(np.mean(mine)) if len(mine) >= TELLING else None)
        for by, mine in of.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.by))


class Difference(NamedTuple):
    """A mean difference with its standard error, over `values` of the first side."""

    mean: float
    error: float
    values: int


def difference(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Difference | None:
    """Return by how much the first sides lie above the second, question by question.

    The mean of the questions' differences with the weights of Cochran, Mantel and Haenszel,
    n₁n₂ / (n₁ + n₂); its error from Welch's variances, the question's own for a single value.
    """
    weights, means, errors, count = [], [], [], 0
    for first, second in pairs:
        if len(first) + len(second) < 3 or not first or not second:
            continue
        weight = len(first) * len(second) / (len(first) + len(second))
        pooled = float(np.var([*first, *second], ddof=1))
        spread = sum(
            (float(np.var(side, ddof=1)) if len(side) > 1 else pooled) / len(side)
            for side in (first, second)
        )
        weights.append(weight)
        means.append(float(np.mean(first) - np.mean(second)))
        errors.append(spread)
        count += len(first)
    if not weights:
        return None
    total = sum(weights)
    mean = sum(w * m for w, m in zip(weights, means, strict=True)) / total
    error = sqrt(sum(w * w * e for w, e in zip(weights, errors, strict=True))) / total
    return Difference(mean, error, count)


def _telling(found: Difference | None) -> tuple[float | None, bool]:
    if found is None or found.values < TELLING:
        return None, False
    return found.mean, abs(found.mean) >= max(SHARE, ERRORS * found.error)


# Read


def pairs_of(exam: Exam) -> list[Pair]:
    """Return an exam's answers that were graded twice."""
    grades = (
        SecondGrade.objects.filter(look__answer__question__exam=exam)
        .select_related("look__answer")
        .prefetch_related("items", "first_items")
        .order_by("pk")
    )
    return [
        Pair(
            grade.look.answer.question_id,
            grade.first_by_id,
            grade.first_score,
            grade.score,
            frozenset(item.pk for item in grade.first_items.all() if not item.removed_at),
            frozenset(item.pk for item in grade.items.all() if not item.removed_at),
        )
        for grade in grades
    ]


def given_in(exam: Exam) -> list[Given]:
    """Return the exam's graded answers in the order they were graded last, worth anything."""
    graded = Answer.objects.filter(question__exam=exam, graded=True, question__points__gt=0)
    last = last_judges(graded)
    found = [
        (last[pk].line, Given(last[pk].by, question, score / points))
        for pk, question, score, points in graded.values_list(
            "pk", "question_id", "score", "question__points"
        )
        if pk in last and points
    ]
    return [given for _, given in sorted(found)]


def people(keys: Iterable[int]) -> dict[int, User]:
    return User.objects.in_bulk(list(keys))
