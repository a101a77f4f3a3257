"""How an exam went: all of it, part by part, and section by section.

Folding a marksheet into lines is plain code; what is read from the database is below. Scores and
their means are in hundredths. Whose scores count, and what each figure is: docs/statistics.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from django.db.models import Count

from gradebook.models import Exam, Question, Section
from gradebook.points import points_text
from rubrics.models import Item, Mark
from scoring import statistics
from scoring.agreement import difference
from scoring.collect import full_marks, out_of
from scoring.marksheet import Marksheet, read
from scoring.plots import span, spark
from scoring.rounding import TOO_FEW, coefficient, percent, signed_difference, two_decimals
from scoring.statistics import Bin, Figures, Scores, describe
from submissions.models import Submission

PERCENTILES = (5, 10, 25, 50, 75, 90, 95)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Scores that may be told as a class: their figures, bins, and what a page says of them.

    `of` is how many papers there are, graded or not.
    """

    figures: Figures
    bins: list[Bin]
    of: int

    @property
    def facts(self) -> list[tuple[str, str]]:
        said = self.figures
        return [
            ("Mean", two_decimals(said.mean)),
            ("Median", two_decimals(said.median)),
            ("Std dev", two_decimals(said.sd)),
            ("Lowest", points_text(said.low)),
            ("Highest", points_text(said.high)),
            ("Lower quartile", two_decimals(said.quartiles[0])),
            ("Upper quartile", two_decimals(said.quartiles[1])),
        ]

    @property
    def rows(self) -> list[tuple[str, int, str, int, str]]:
        """Each bin's points, papers and share, and how many and what share lie up to there."""
        found, below, all_of_them = [], 0, self.figures.count
        for one in self.bins:
            below += one.count
            share, so_far = percent(one.count, all_of_them), percent(below, all_of_them)
            found.append((span(one), one.count, share, below, so_far))
        return found


def distribution(values: Sequence[int] | Scores, points: int, of: int) -> Distribution | None:
    """Return how scores lie, None of too few to be a class."""
    figures = describe(values)
    if figures is None or not statistics.telling(figures.count, of):
        return None
    return Distribution(figures, statistics.histogram(values, points), of)


@dataclass(frozen=True, slots=True)
class Line:
    """A question or a part: the scores of those papers on which all of it is graded.

    `apart` is its discrimination, `without` the reliability of all other parts. What cannot be
    told is None.
    """

    question: Question
    depth: int
    points: int
    count: int
    told: Distribution | None
    difficulty: float | None
    apart: float | None
    without: float | None

    @property
    def name(self) -> str:
        words = [self.question.name, self.question.title]
        return " · ".join(filter(None, words))

    @property
    def odd(self) -> bool:
        """Whether those who did well elsewhere did worse here."""
        return self.apart is not None and self.apart < 0

    @property
    def spark(self) -> str:
        return spark(self.told.bins) if self.told else ""

    @property
    def texts(self) -> dict[str, str]:
        said = self.told.figures if self.told else None
        return {
            "mean": two_decimals(said.mean if said else None),
            "median": two_decimals(said.median if said else None),
            "sd": two_decimals(said.sd if said else None),
            "low": points_text(said.low if said else None),
            "high": points_text(said.high if said else None),
            "difficulty": coefficient(self.difficulty),
            "apart": coefficient(self.apart),
            "without": coefficient(self.without),
        }


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A section's wholly graded papers; `beside`: its mean less that of all others, ± `error`."""

    name: str
    key: int | None
    papers: int
    count: int
    figures: Figures | None
    beside: float | None = None
    error: float | None = None

    @property
    def texts(self) -> dict[str, str]:
        said = self.figures
        return {
            "mean": two_decimals(said.mean if said else None),
            "median": two_decimals(said.median if said else None),
            "sd": two_decimals(said.sd if said else None),
            "beside": "–" if self.beside is None else signed_difference(self.beside),
            "error": two_decimals(self.error),
        }


@dataclass(frozen=True)
class Review:
    """An exam's marksheet, or that of one section's papers, with its outline."""

    exam: Exam
    questions: Sequence[Question]
    sheet: Marksheet
    section: Section | None = None

    @property
    def papers(self) -> int:
        return len(self.sheet.papers)

    @cached_property
    def whole(self) -> Scores:
        return self.sheet.whole

    @cached_property
    def points(self) -> int:
        return out_of(self.questions, on_top=self.exam.bonus_on_top)

    @cached_property
    def told(self) -> Distribution | None:
        """How the totals of wholly graded papers lie."""
        return distribution(self.whole.sum(axis=1), self.points, self.papers)

    @property
    def enough(self) -> bool:
        """Whether there are papers enough to say how parts tell them apart."""
        return statistics.enough(self.whole)

    @property
    def reliability(self) -> list[tuple[str, str]]:
        """Cronbach's alpha and the standard error of measurement, or why there is none."""
        alpha = statistics.alpha(self.whole)
        if self.told is None or statistics.too_few(self.whole, alpha):
            return [("Reliability", TOO_FEW)]
        error = statistics.standard_error(self.told.figures.sd, alpha)
        return [("Reliability", coefficient(alpha)), ("Standard error", two_decimals(error))]

    @property
    def percentiles(self) -> list[tuple[int, str]]:
        found = statistics.quantiles(self.whole.sum(axis=1), PERCENTILES)
        return list(zip(PERCENTILES, map(two_decimals, found), strict=True)) if self.told else []

    @cached_property
    def lines(self) -> list[Line]:
        """The outline's lines as they are read."""
        full = full_marks(self.questions, on_top=self.exam.bonus_on_top)
        apart = statistics.discriminations(self.whole)
        without = statistics.alphas_without(self.whole)
        tell = not statistics.too_few(self.whole, statistics.alpha(self.whole))
        depths: dict[int | None, int] = {None: -1}
        found = []
        for question in self.questions:
            depths[question.pk] = depths[question.parent_id] + 1
            columns = self.columns[question.pk]
            line = self._line(question, depths[question.pk], full[question.pk], columns)
            if self.enough and question.is_leaf:
                (at,) = columns
                line = replace(line, apart=apart[at], without=without[at] if tell else None)
            elif self.enough:
                line = replace(line, apart=statistics.discrimination(self.whole, columns))
            found.append(line)
        return found

    def _line(self, question: Question, depth: int, points: int, columns: Sequence[int]) -> Line:
        graded = self.sheet.graded[:, columns].all(axis=1) & bool(columns)
        scores = self.sheet.scores[:, columns][graded].sum(axis=1)
        told = distribution(scores, points, self.papers)
        mean = told.figures.mean if told else None
        hard = statistics.difficulty(mean, points)
        return Line(question, depth, points, len(scores), told, hard, None, None)

    @cached_property
    def columns(self) -> dict[int, list[int]]:
        """The columns of the marksheet that make up each question."""
        parents = {question.pk: question.parent_id for question in self.questions}
        found: dict[int, list[int]] = {question.pk: [] for question in self.questions}
        for column, leaf in enumerate(self.sheet.leaves):
            at: int | None = leaf
            while at is not None:
                found[at].append(column)
                at = parents[at]
        return found


def sections(review: Review, members: Mapping[int, set[int]]) -> list[SectionLine]:
    """Return each section's line; `members` are their papers by the section's key, 0 for none."""
    names = dict(Section.objects.filter(pk__in=members).values_list("pk", "name"))
    totals = review.whole.sum(axis=1)
    whole = review.sheet.papers[review.sheet.is_whole]
    found = []
    for key, papers in members.items():
        here = np.isin(whole, list(papers))
        mine, others = totals[here], totals[~here]
        name, told = names.get(key, "No section"), statistics.telling(len(mine), len(papers))
        figures = describe(mine) if told else None
        line = SectionLine(name, key or None, len(papers), len(mine), figures)
        apart = difference([(mine.tolist(), others.tolist())])
        if told and apart and statistics.telling(len(others), review.papers - len(papers)):
            line = replace(line, beside=apart.mean, error=apart.error)
        found.append(line)
    return sorted(found, key=lambda line: (line.key is None, line.name))


# Read


def review_of(exam: Exam, section: Section | None = None) -> Review:
    """Return an exam's review, of one section's papers if it is given."""
    questions = list(exam.questions.order_by("order"))
    sheet = read(exam, [question.pk for question in questions if question.is_leaf])
    if section:
        papers = exam.submissions.filter(match__membership__sections=section)
        sheet = sheet.of(papers.values_list("pk", flat=True))
    return Review(exam, questions, sheet, section)


def papers_by_section(exam: Exam) -> dict[int, set[int]]:
    """Return the papers of each section that has any, and below 0 those of none."""
    rows = Submission.objects.filter(exam=exam).values_list("pk", "match__membership__sections")
    found: dict[int, set[int]] = defaultdict(set)
    for paper, section in rows:
        found[section or 0].add(paper)
    return dict(found)


@dataclass(frozen=True, slots=True)
class ItemLine:
    item: Item
    count: int
    of: int

    @property
    def share(self) -> str:
        return percent(self.count, self.of)


def items(review: Review, leaves: Sequence[int]) -> list[ItemLine]:
    """Return the items of some parts with how many graded answers have each."""
    offered = Item.objects.offered().filter(question__in=leaves).select_related("question", "group")
    marks = Mark.objects.filter(item__question__in=leaves)
    if review.section:
        marks = marks.filter(answer__submission__match__membership__sections=review.section)
    counts = dict(marks.order_by().values_list("item").annotate(count=Count("pk")))
    graded = dict(zip(review.sheet.leaves, review.sheet.graded.sum(axis=0).tolist(), strict=True))
    return [
        ItemLine(item, counts.get(item.pk, 0), graded[item.question_id])
        for item in offered.order_by("question__order", "position", "pk")
    ]
