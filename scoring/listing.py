"""All papers of an exam as a list: who, how far graded, what score; some of them, in some order.

What is read is plain values by sets, as many statements for five papers as for ten thousand.
Choosing and ordering is plain code, alike on every database. Scores are in hundredths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Count, QuerySet, Sum

from gradebook.models import Exam, Membership, Question
from gradebook.people import plain
from rubrics.models import Flag
from scoring.audience import seen_copies
from scoring.collect import full_marks
from scoring.marksheet import read_some
from submissions.models import Answer, Submission


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper and whose it is, "" and 0 where nobody knows; `score` sums its graded parts."""

    pk: int
    number: int
    code: str
    member: int = 0
    first: str = ""
    last: str = ""
    email: str = ""
    sid: str = ""
    sections: Mapping[int, str] = field(default_factory=dict)
    parts: int = 0
    graded: int = 0
    score: int = 0
    flags: int = 0
    released: bool = False

    @property
    def student(self) -> str:
        """The name as lists have it: "Rhodes, Avery"; the address of who has none."""
        return ", ".join(filter(None, (self.last, self.first))) or self.email

    @property
    def section(self) -> str:
        return ", ".join(sorted(self.sections.values()))

    @property
    def whole(self) -> bool:
        return 0 < self.parts == self.graded

    @property
    def total(self) -> int | None:
        """The score, once all of it is known."""
        return self.score if self.whole else None


class Column(NamedTuple):
    """A question or part of the table, and the leaves that make it up; `key` sorts by it."""

    key: str
    question: Question
    points: int
    leaves: list[int]


STATUS: dict[str, tuple[str, Callable[[Paper], bool]]] = {
    "graded": ("wholly graded", lambda paper: paper.whole),
    "partly": ("partly graded", lambda paper: bool(paper.graded) and not paper.whole),
    "ungraded": ("not begun", lambda paper: not paper.graded),
    "flagged": ("with a flag", lambda paper: bool(paper.flags)),
    "nobody": ("without a student", lambda paper: not paper.member),
    "unreleased": ("not released", lambda paper: not paper.released),
}

# What a list may be sorted by, beside its columns; None sorts last, whichever way.
ORDERS: dict[str, Callable[[Paper], Any]] = {
    "paper": lambda paper: paper.number,
    "code": lambda paper: paper.code,
    "student": lambda paper: (plain(paper.last), plain(paper.first)) if paper.member else None,
    "section": lambda paper: plain(paper.section) or None,
    "graded": lambda paper: paper.graded,
    "total": lambda paper: paper.total,
    "flags": lambda paper: paper.flags,
    "released": lambda paper: paper.released,
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which papers are shown and in what order; `sort` is a key, "-" before it turns it."""

    words: str = ""
    section: int | None = None
    status: str = ""
    sort: str = "paper"

    def __bool__(self) -> bool:
        return bool(self.words or self.section or self.status)

    @property
    def by(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def falling(self) -> bool:
        return self.sort.startswith("-")

    def of(self, papers: Sequence[Paper]) -> list[Paper]:
        """Return those of the papers that are meant."""
        found = list(papers)
        if self.status in STATUS:
            found = [paper for paper in found if STATUS[self.status][1](paper)]
        if self.section:
            found = [paper for paper in found if self.section in paper.sections]
        wanted = plain(self.words).split()
        return [paper for paper in found if _has(paper, wanted)] if wanted else found


def _has(paper: Paper, wanted: Sequence[str]) -> bool:
    told = (paper.last, paper.first, paper.email, paper.sid, paper.code)
    texts = [plain(text) for text in told]
    return all(word == str(paper.number) or any(word in text for text in texts) for word in wanted)


def in_order(
    papers: Sequence[Paper], value: Callable[[Paper], Any], *, falling: bool
) -> list[Paper]:
    """Return papers by a value, equal ones as they came; what is not known stands last."""
    known = [(value(paper), paper) for paper in papers]
    ordered = sorted(
        (pair for pair in known if pair[0] is not None), key=lambda pair: pair[0], reverse=falling
    )
    return [paper for _, paper in ordered] + [paper for told, paper in known if told is None]


def columns(exam: Exam, questions: Sequence[Question], *, parts: bool) -> list[Column]:
    """Return the questions of an exam as columns, or with `parts` all its leaves."""
    full = full_marks(questions, on_top=exam.bonus_on_top)
    leaves: dict[int, list[int]] = {question.pk: [] for question in questions}
    parents = {question.pk: question.parent_id for question in questions}
    for question in questions:
        at: int | None = question.pk if question.is_leaf else None
        while at is not None:
            leaves[at].append(question.pk)
            at = parents[at]
    return [
        Column(f"q{question.pk}", question, full[question.pk], leaves[question.pk])
        for question in questions
        if (question.is_leaf if parts else question.parent_id is None)
    ]


def cells(papers: Sequence[Paper], shown: Sequence[Column]) -> dict[int, list[int | None]]:
    """Return each paper's score in each column, None where it is not all graded."""
    leaves = sorted({leaf for column in shown for leaf in column.leaves})
    place = {leaf: at for at, leaf in enumerate(leaves)}
    sheet = read_some([paper.pk for paper in papers], leaves)
    down: list[list[int | None]] = []
    for column in shown:
        mine = [place[leaf] for leaf in column.leaves]
        known = np.asarray(sheet.graded[:, mine].all(axis=1))
        sums = sheet.scores[:, mine].sum(axis=1).tolist()
        down.append([score if ok else None for score, ok in zip(sums, known.tolist(), strict=True)])
    return {pk: [one[row] for one in down] for row, pk in enumerate(sheet.papers.tolist())}


# Read


def papers_of(exam: Exam, parts: int) -> list[Paper]:
    """Return all papers of an exam of so many parts, by number."""
    score, flags = _scores(Answer.objects.filter(submission__exam=exam)), _flags(exam)
    released, sections = _released(exam), _sections(exam)
    rows = Submission.objects.filter(exam=exam).order_by("number")
    found = []
    for pk, number, code, member, first, last, email, sid in rows.values_list(
        "pk",
        "number",
        "code_name",
        "match__membership",
        "match__membership__user__first_name",
        "match__membership__user__last_name",
        "match__membership__user__email",
        "match__membership__sid",
    ):
        who = (member or 0, first or "", last or "", email or "", sid or "")
        graded, total = score.get(pk, (0, 0))
        state = (parts, graded, total, flags.get(pk, 0), pk in released)
        found.append(Paper(pk, number, code, *who, sections.get(member or 0, {}), *state))
    return found


def column_scores(column: Column) -> dict[int, int]:
    """Return by paper the score in a column, of those on which all of it is graded."""
    answers = _scores(Answer.objects.filter(question__in=column.leaves))
    whole = len(column.leaves)
    return {paper: score for paper, (graded, score) in answers.items() if graded == whole}


def _scores(answers: QuerySet[Answer]) -> dict[int, tuple[int, int]]:
    """Return by paper how many of the answers are graded, and the sum of their scores."""
    graded = answers.filter(graded=True, question__points__isnull=False).order_by()
    rows = graded.values_list("submission").annotate(count=Count("pk"), sum=Sum("score"))
    return {paper: (count, score) for paper, count, score in rows}


def _flags(exam: Exam) -> dict[int, int]:
    flags = Flag.objects.filter(answer__submission__exam=exam).order_by()
    return dict(flags.values_list("answer__submission").annotate(count=Count("pk")))


def _released(exam: Exam) -> set[int]:
    """Return the papers whose student may see them: those still matched as at the release."""
    copies = seen_copies().filter(release__exam=exam)
    return set(copies.values_list("submission_id", flat=True))


def _sections(exam: Exam) -> dict[int, dict[int, str]]:
    rows = Membership.objects.filter(course=exam.course_id, sections__isnull=False).values_list(
        "pk", "sections__pk", "sections__name"
    )
    found: dict[int, dict[int, str]] = {}
    for member, key, name in rows:
        found.setdefault(member, {})[key] = name
    return found
