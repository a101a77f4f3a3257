"""The requests for regrades of an exam: some of them, in order, and what came of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When

from gradebook.access import role_in
from gradebook.models import Exam, Role, User
from gradebook.points import signed_text
from gradebook.sent import number
from scoring.models import Regrade

OPEN = Q(withdrawn_at=None, reply=None, answer__isnull=False)
STATES = {
    "open": OPEN,
    "changed": Q(reply__changed=True),
    "kept": Q(reply__changed=False),
    "withdrawn": Q(withdrawn_at__isnull=False),
    "removed": Q(withdrawn_at=None, reply=None, answer=None),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which requests are listed. None or empty: it does not matter."""

    mine: bool = False
    state: str = ""
    question: int | None = None
    grader: int | None = None

    @classmethod
    def read(cls, told: Mapping[str, str]) -> Chosen:
        """Return what an address asks for; what cannot be meant is left out."""
        state = told.get("state", "")
        return cls(
            mine=told.get("mine") == "yes",
            state=state if state in STATES else "",
            question=number(told.get("question")),
            grader=number(told.get("grader")),
        )

    def of(self, regrades: QuerySet[Regrade], user: User) -> QuerySet[Regrade]:
        if self.mine:
            regrades = regrades.filter(waits_for(user))
        if self.state:
            regrades = regrades.filter(STATES[self.state])
        if self.question:
            regrades = regrades.filter(answer__question=self.question)
        if self.grader:
            regrades = regrades.filter(grader=self.grader)
        return regrades

    @property
    def query(self) -> str:
        """Return it as an address holds it, "" for all requests."""
        told = {
            "mine": "yes" if self.mine else "",
            "state": self.state,
            "question": self.question,
            "grader": self.grader,
        }
        return urlencode({name: value for name, value in told.items() if value})

    def __bool__(self) -> bool:
        return bool(self.query)


def waits_for(user: User) -> Q:
    """Say of requests that they are put to this person, or to everybody, and not their own."""
    return (Q(grader=user.pk) | Q(grader=None)) & ~Q(student__user=user.pk)


def requests(exam: Exam) -> QuerySet[Regrade]:
    """Return the exam's requests with what a list shows of them: open ones first, oldest first."""
    rank = Case(When(OPEN, then=Value(0)), default=Value(1))
    return (
        Regrade.objects.filter(submission__exam=exam)
        .select_related("answer__question", "submission", "student__user", "grader", "reply")
        .annotate(rank=rank)
        .order_by("rank", "at", "pk")
    )


def figures(exam: Exam) -> list[tuple[str, str]]:
    """Return names and values: how many asked, what came of it, how many points moved."""
    moved = F("reply__after") - F("reply__before")
    found = Regrade.objects.filter(submission__exam=exam).aggregate(
        asked=Count("pk", filter=Q(withdrawn_at=None)),
        points=Sum(moved, filter=Q(reply__changed=True)),
        **{name: Count("pk", filter=state) for name, state in STATES.items()},
    )
    removed = [("Part removed", f"{found['removed']:,}")] if found["removed"] else []
    return [
        ("Asked", f"{found['asked']:,}"),
        ("Open", f"{found['open']:,}"),
        ("Changed", f"{found['changed']:,}"),
        ("Not changed", f"{found['kept']:,}"),
        ("Withdrawn", f"{found['withdrawn']:,}"),
        *removed,
        ("Points moved", signed_text(found["points"]) if found["points"] else "0"),
    ]


def open_requests(exam: Exam, user: User) -> tuple[int, int]:
    """Return how many requests are open, and how many of them wait for this person."""
    rows = Regrade.objects.open().filter(submission__exam=exam)
    found = rows.aggregate(all=Count("pk"), mine=Count("pk", filter=waits_for(user)))
    return found["all"], found["mine"]


def next_open(exam: Exam, user: User, after: int | None) -> Regrade | None:
    """Return the open request to answer next: of the person's own, else of any; going round.

    Instructors, who may answer all, come to those put to others last.
    """
    waiting = requests(exam).filter(OPEN).exclude(pk=after or 0).exclude(student__user=user.pk)
    others = waiting if role_in(user, exam.course_id) == Role.INSTRUCTOR else waiting.none()
    for rows in (waiting.filter(grader=user.pk), waiting.filter(grader=None), others):
        if found := list(rows):
            return next((one for one in found if after and one.pk > after), found[0])
    return None
