"""Who grades what, how fast, and what is left, as the history and the claims tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Q
from django.utils import timezone

from gradebook.models import Exam, User
from rubrics import assignments, groups
from rubrics.judges import given_in
from rubrics.models import Claim, Flag
from rubrics.pace import Said, pace, pace_by_person, said_lately
from scoring import progress
from scoring.progress import Row
from scoring.steps import duration


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the outline as the dashboard shows it."""

    row: Row
    flagged: int
    alike: int  # ungraded answers that look like another one
    asked: Sequence[User]  # who is asked to grade it
    at_it: Sequence[User]  # who has an answer of it open

    @property
    def left_text(self) -> str:
        return "–" if self.row.left is None or not self.row.waiting else duration(self.row.left)


@dataclass(frozen=True, slots=True)
class Grader:
    """A person and their work here; seconds are medians per answer, None while too few tell."""

    person: User
    answers: int = 0
    today: int = 0
    seconds: float | None = None
    seconds_today: float | None = None
    at: str = ""  # the part they are at now

    @property
    def seconds_text(self) -> str:
        return "–" if self.seconds is None else f"{round(self.seconds)} s"

    @property
    def pace_text(self) -> str:
        if self.seconds_today is None:
            return "–"
        return f"{round(3600 / self.seconds_today):,} an hour"


@dataclass(frozen=True, slots=True)
class Dashboard:
    yours: Sequence[Part]
    others: Sequence[Part]
    graders: Sequence[Grader]
    answers: int
    graded: int
    flagged: int
    left: float | None

    @property
    def left_text(self) -> str:
        return "" if self.left is None or self.graded == self.answers else duration(self.left)


def dashboard(exam: Exam, user: User) -> Dashboard:
    """Read it in a constant number of queries."""
    lines = said_lately(exam)
    asked = assignments.assigned(exam)
    yours = {pk for pk, people in asked.items() if user in people}
    questions, done = list(exam.questions.all()), progress.counts(exam)
    known = progress.graders(exam)
    rows = progress.outline(questions, done, pace(lines), known, yours)
    flags, alike = _flags(exam), groups.alike(exam)
    parts = [
        Part(
            row,
            flags.get(row.question.pk, 0),
            alike.get(row.question.pk, 0),
            asked.get(row.question.pk, ()),
            [person for person in row.people if person.pk in row.here],
        )
        for row in rows
        if row.question.is_leaf
    ]
    return Dashboard(
        yours=[part for part in parts if part.row.yours],
        others=[part for part in parts if not part.row.yours],
        graders=_graders(exam, lines),
        answers=sum(part.row.answers for part in parts),
        graded=sum(part.row.graded for part in parts),
        flagged=sum(flags.values()),
        left=progress.total(part.row.left for part in parts),
    )


def _flags(exam: Exam) -> dict[int, int]:
    rows = Flag.objects.filter(answer__question__exam=exam).values_list("answer__question")
    return dict(rows.annotate(count=Count("pk")))


def _graders(exam: Exam, lines: Sequence[Said]) -> list[Grader]:
    """Return who graded here or may, the busiest today first."""
    today = _midnight(exam)
    counted = (
        given_in(exam)
        .order_by()
        .values_list("by")
        .annotate(
            all=Count("answer_id", distinct=True),
            today=Count("answer_id", distinct=True, filter=Q(at__gte=today)),
        )
    )
    told = {by: (everything, now) for by, everything, now in counted}
    ever, now = pace_by_person(lines), pace_by_person([one for one in lines if one.at >= today])
    at = _at(exam)
    people = {person.pk: person for person in assignments.graders(exam)}
    people |= User.objects.in_bulk([pk for pk in told if pk not in people])
    graders = [
        Grader(person, *told.get(pk, (0, 0)), ever.get(pk), now.get(pk), at.get(pk, ""))
        for pk, person in people.items()
    ]
    return sorted(graders, key=lambda one: (-one.today, -one.answers))


def _midnight(exam: Exam) -> datetime:
    """Return when today began by the course's clocks."""
    local = exam.course.local(timezone.now())
    return datetime.combine(local.date(), time(), local.tzinfo)


def _at(exam: Exam) -> Mapping[int, str]:
    """Return by person the part they looked at last, of those who have an answer open now."""
    claims = Claim.objects.filter(answer__question__exam=exam, until__gte=timezone.now())
    rows = claims.select_related("answer__question").order_by("at")
    return {claim.by_id: claim.answer.question.name for claim in rows if claim.by_id}
