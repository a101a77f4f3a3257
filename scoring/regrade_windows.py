"""When students may ask for regrades, of which questions, and whom their requests go to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NamedTuple

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.utils import timezone

from gradebook.models import Exam, Question, User
from rubrics import assignments
from rubrics.judges import last_judges
from rubrics.models import Entry
from scoring.models import RegradeTerms, RegradeWindow
from submissions.models import Answer

YEARS = "Give a year from 2000 to 2199."
# At the ends of time a moment has no clock in other zones.
WITHIN = (
    MinValueValidator(datetime(2000, 1, 2, tzinfo=UTC), YEARS),
    MaxValueValidator(datetime(2199, 12, 31, tzinfo=UTC), YEARS),
)


class Asking(Enum):
    """Whether students may ask now."""

    NEVER = "never"  # nobody said from when until when
    LATER = "later"
    NOW = "now"
    OVER = "over"


class Terms(NamedTuple):
    """What is said of one question: `grader` by key, None for who graded the answer."""

    closed: bool = False
    grader: int | None = None


def asking(window: RegradeWindow | None, at: datetime) -> Asking:
    """Return where a moment lies: the window is open from its first instant until its last."""
    if window is None:
        return Asking.NEVER
    if at < window.opens_at:
        return Asking.LATER
    return Asking.NOW if at < window.closes_at else Asking.OVER


def window_of(exam: Exam) -> RegradeWindow | None:
    return RegradeWindow.objects.filter(exam=exam).first()


def times_of(window: RegradeWindow | None) -> dict[str, datetime] | None:
    return {"opens_at": window.opens_at, "closes_at": window.closes_at} if window else None


def words(exam: Exam, window: RegradeWindow | None, at: datetime | None = None) -> str:
    """Say to students when they may ask, in the course's time; "" where nobody may.

    A deadline names its zone: students are not always where the course is.
    """
    if window is None:
        return ""
    course = exam.course
    opens = course.moment(window.opens_at)
    closes = f"{course.moment(window.closes_at)} ({course.local(window.closes_at):%Z})"
    return {
        Asking.LATER: f"You can ask for regrades from {opens} until {closes}.",
        Asking.NOW: f"You can ask for regrades until {closes}.",
        Asking.OVER: f"Regrade requests closed on {closes}.",
    }[asking(window, at or timezone.now())]


def set_window(exam: Exam, opens: datetime, closes: datetime, *, by: User | None) -> None:
    """Let students ask between two moments, the second after the first."""
    _set(exam, {"opens_at": opens, "closes_at": closes}, by)


def shut(exam: Exam, *, by: User | None) -> None:
    """Let nobody ask any more; what was asked stays to be answered."""
    _set(exam, None, by)


def _set(exam: Exam, times: dict[str, datetime] | None, by: User | None) -> None:
    with transaction.atomic():
        Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)
        stands = RegradeWindow.objects.filter(exam=exam).first()
        before = times_of(stands)
        if before == times:
            return
        if times is None:
            RegradeWindow.objects.filter(exam=exam).delete()
        else:
            said = {**times, "by": by, "at": timezone.now()}
            RegradeWindow.objects.update_or_create(exam=exam, defaults=said)
        _note(exam, by, {"window": _iso(before)}, {"window": _iso(times)})


def _iso(times: dict[str, datetime] | None) -> dict[str, str] | None:
    return {name: at.isoformat() for name, at in times.items()} if times else None


def terms_of(exam: Exam) -> dict[int, Terms]:
    """Return what is said of the exam's questions, by their keys."""
    rows = RegradeTerms.objects.filter(question__exam=exam)
    return {
        question: Terms(closed, grader)
        for question, closed, grader in rows.values_list("question", "closed", "grader")
    }


def set_terms(exam: Exam, wanted: Mapping[int, Terms], *, by: User | None) -> int:
    """Say what holds for some of the exam's questions; return of how many that was new.

    Questions of other exams, and graders who do not grade here, are left out.
    """
    leaves = set(exam.questions.leaves().values_list("pk", flat=True))
    staff = {user.pk for user in assignments.graders(exam)}
    with transaction.atomic():
        Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)
        stand = terms_of(exam)
        changed = 0
        for question, said in wanted.items():
            known = said.grader is None or said.grader in staff
            before = stand.get(question, Terms())
            if question in leaves and known and said != before:
                _write(exam, question, before, said, by)
                changed += 1
    return changed


def _write(exam: Exam, question: int, before: Terms, said: Terms, by: User | None) -> None:
    row = {"closed": said.closed, "grader_id": said.grader, "by": by, "at": timezone.now()}
    RegradeTerms.objects.update_or_create(question_id=question, defaults=row)
    facts: list[dict[str, Any]] = [
        {"question": question, **one._asdict()} for one in (before, said)
    ]
    _note(exam, by, *facts)


def _note(exam: Exam, by: User | None, before: dict[str, Any], after: dict[str, Any]) -> None:
    Entry.objects.create(exam=exam, verb=Entry.Verb.SET_REGRADES, by=by, before=before, after=after)


def is_closed(question: Question) -> bool:
    return RegradeTerms.objects.filter(question=question, closed=True).exists()


def put_to(answer: Answer) -> User | None:
    """Return whom a request about an answer goes to: whom the instructors named, else its grader.

    None where that is nobody who grades in the course today: it is then put to all of them.
    """
    staff = {user.pk: user for user in assignments.graders(answer.question.exam)}
    terms = RegradeTerms.objects.filter(question=answer.question_id).first()
    if terms and terms.grader_id in staff:
        return staff[terms.grader_id]
    judge = last_judges(Answer.objects.filter(pk=answer.pk)).get(answer.pk)
    return staff.get(judge.by) if judge else None
