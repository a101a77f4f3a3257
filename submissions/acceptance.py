"""Papers taken as they stand: after a look at the plan, all sure ones at once, the rest singly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from gradebook.counted import counted
from gradebook.models import Exam, User
from submissions import overview, repairs
from submissions.models import Acceptance, Page, Repair, Submission
from submissions.whose import hold


class Line(NamedTuple):
    """A paper in a list: whose it is, "" if unknown, and how many of the pages it has."""

    pk: int
    number: int
    code_name: str
    first: str
    last: str
    member: int | None
    accepted: int | None  # with so many pages missing; None: not looked at yet
    placed: int
    wanted: int

    @property
    def student(self) -> str:
        return ", ".join(filter(None, [self.last, self.first]))

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.placed)

    @property
    def is_open(self) -> bool:
        """More pages are missing than anybody has agreed to."""
        return self.missing > (self.accepted or 0)

    @property
    def is_sure(self) -> bool:
        """Complete, and nobody has said so yet."""
        return not self.missing and self.accepted is None


def lines(exam: Exam) -> list[Line]:
    """Return all papers of an exam in order, in one query."""
    wanted = overview.page_count(exam)
    rows = (
        exam.submissions.order_by("number")
        .annotate(placed=Count("pages", filter=Q(pages__state=Page.State.PLACED)))
        .values_list(
            "pk",
            "number",
            "code_name",
            "match__membership__user__first_name",
            "match__membership__user__last_name",
            "match__membership_id",
            "acceptance__missing",
            "placed",
        )
    )
    return [Line(*row, wanted) for row in rows]


def open_papers(exam: Exam) -> QuerySet[Submission]:
    """Return the papers that lack pages and that nobody has accepted like that."""
    placed = Count("pages", filter=Q(pages__state=Page.State.PLACED))
    return (
        exam.submissions.annotate(placed=placed)
        .filter(placed__lt=overview.page_count(exam) - Coalesce(F("acceptance__missing"), 0))
        .order_by("number")
    )


def accept(exam: Exam, papers: Sequence[int], *, by: User) -> int:
    """Take papers, by key, as they stand now; return how many had not been taken like that."""
    with transaction.atomic():
        hold(exam)
        there = {line.pk: line for line in lines(exam)}
        new = [there[pk] for pk in papers if pk in there and _is_new(there[pk])]
        keys = [line.pk for line in new]
        one = f"Paper {new[0].number} was accepted as it is." if len(new) == 1 else ""
        words = one or f"{counted(len(new), 'paper')} were accepted."
        with repairs.noted(exam, Repair.Kind.ACCEPT, by=by, words=words, accepted=keys):
            Acceptance.objects.bulk_create(
                [Acceptance(submission_id=line.pk, missing=line.missing, by=by) for line in new],
                update_conflicts=True,
                unique_fields=["submission"],
                update_fields=["missing", "by", "at"],
            )
    return len(new)


def _is_new(line: Line) -> bool:
    return line.accepted is None or line.is_open


def accept_sure(exam: Exam, *, by: User) -> int:
    """Take every paper that has all its pages; return how many were taken by that."""
    return accept(exam, [line.pk for line in lines(exam) if line.is_sure], by=by)
