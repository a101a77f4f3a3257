"""All papers with whose they are, students without one, and students who seem to have two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from gradebook.models import Exam, Membership, Role
from submissions.match_desk import queue
from submissions.models import Match, Reading, Submission
from submissions.readings import Written, crops_of

SHOW = {
    "waiting": Q(match=None),
    "machine": Q(match__isnull=False, match__confirmed_at=None),
    "confirmed": Q(match__confirmed_at__isnull=False),
}
# A waiting paper seems to be somebody's from this posterior on.
SEEMS, MAYBE = 0.5, 0.1


class Counts(NamedTuple):
    """How many papers there are, by how they stand."""

    all: int
    waiting: int
    machine: int
    confirmed: int


class PaperRow(NamedTuple):
    paper: Submission
    crops: Written
    read: Reading | None
    match: Match | None


class Double(NamedTuple):
    """A student whom more than one paper seems to belong to."""

    member: Membership
    papers: Sequence[Submission]


class Lacking(NamedTuple):
    """A student without a paper, and the waiting papers that may be theirs."""

    member: Membership
    papers: Sequence[tuple[int, int]]  # key and number


def counts(exam: Exam) -> Counts:
    kinds = {kind: Count("pk", filter=which) for kind, which in SHOW.items()}
    return Counts(**Submission.objects.filter(exam=exam).aggregate(all=Count("pk"), **kinds))


def papers(exam: Exam, show: str) -> QuerySet[Submission]:
    """Return the exam's papers in order; `show` is a key of SHOW or "" for all."""
    found = Submission.objects.filter(exam=exam)
    found = found.filter(SHOW[show]) if show in SHOW else found
    return found.select_related("reading", "match__membership__user", "match__by").order_by(
        "number"
    )


def rows(shown: Sequence[Submission]) -> list[PaperRow]:
    """Return these papers with what was written on them, in a query more."""
    crops = crops_of([paper.pk for paper in shown])
    return [
        PaperRow(paper, crops[paper.pk], getattr(paper, "reading", None), _match(paper))
        for paper in shown
    ]


def doubles(exam: Exam) -> list[Double]:
    """Return the students whom more than one paper seems to belong to, by name."""
    claims: dict[int, list[Submission]] = defaultdict(list)
    for paper in Submission.objects.filter(exam=exam).select_related("reading", "match"):
        match, read = _match(paper), getattr(paper, "reading", None)
        if match:
            claims[match.membership_id].append(paper)
        elif read and read.candidates and read.candidates[0]["certainty"] >= SEEMS:
            claims[int(read.candidates[0]["membership"])].append(paper)
    several = {member: claimed for member, claimed in claims.items() if len(claimed) > 1}
    members = exam.course.memberships.filter(pk__in=several).select_related("user")
    return [Double(member, several[member.pk]) for member in members.by_name()]


def lacking(exam: Exam) -> list[Lacking]:
    """Return the students without a paper, by name, with the papers that may be theirs."""
    maybe: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for paper in queue(exam):
        for candidate in paper.candidates:
            if candidate["certainty"] >= MAYBE:
                maybe[int(candidate["membership"])].append((paper.pk, paper.number))
    students = exam.course.memberships.students().exclude(matches__exam=exam)
    return [
        Lacking(member, sorted(maybe[member.pk], key=lambda one: one[1]))
        for member in students.select_related("user").by_name()
    ]


def roster_changed(exam: Exam, since: datetime) -> bool:
    """Return whether students joined or left after that moment."""
    students = exam.course.memberships.filter(role=Role.STUDENT)
    return students.filter(Q(joined_at__gt=since) | Q(left_at__gt=since)).exists()


def _match(paper: Submission) -> Match | None:
    found: Match | None = getattr(paper, "match", None)
    return found
