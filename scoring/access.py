"""Who may see a released copy: the student it was released to, while the release stands.

And who may see and answer a request for a regrade: that student, and who grades the course.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404

from gradebook.access import require, require_exam, role_in
from gradebook.models import Exam, Role
from scoring.models import Copy, Deletion, Regrade
from scoring.regrades import question_of

NOT_YOURS = "This request is put to somebody else. Ask an instructor to put it to you."


def copies_of(user: Any) -> QuerySet[Copy]:
    """Return the copies a student may see, the latest release first.

    The paper must still be the student's: one matched to somebody else since its release is
    shown to neither of them. Who left the course sees nothing of it.
    """
    return (
        Copy.objects.standing()
        .filter(
            student__user=user.pk,
            student__left_at=None,
            submission__match__membership=F("student"),
            submission__exam__going_since=None,
        )
        .select_related("release", "submission__exam__course", "student__user")
        .order_by("-release__at")
    )


def taken_back_from(user: Any, exams: Iterable[int]) -> set[int]:
    """Return of which exams the last a student saw was taken back, of a paper still theirs.

    They were told of it once; that nothing of it shows now is all they learn.
    """
    mine = Copy.objects.filter(
        student__user=user.pk,
        student__left_at=None,
        submission__match__membership=F("student"),
        submission__exam__going_since=None,
        release__exam__in=exams,
    )
    rows = mine.order_by("release__at", "pk")
    # The latest of an exam comes last, and stays.
    last = dict(rows.values_list("release__exam", "release__taken_back_at"))
    return {exam for exam, taken_back in last.items() if taken_back}


def led_on(user: Any, pk: int) -> int | None:
    """Return the exam of a copy this student had, if its result's address still tells them of it.

    Addresses of copies change with every release, and stay in tabs and bookmarks.
    """
    had = Copy.objects.exclude(release=None).filter(pk=pk, student__user=user.pk)
    exam = had.values_list("release__exam", flat=True).first()
    if exam is None:
        return None
    told = copies_of(user).filter(release__exam=exam).exists() or taken_back_from(user, [exam])
    return exam if told else None


def copy_for(user: Any, pk: int) -> Copy:
    """Return a copy for its student; everybody else, staff too, gets 404."""
    copy = copies_of(user).filter(pk=pk).first() if user.is_authenticated else None
    if copy is None:
        raise Http404
    return copy


def regrade_of(copy: Copy, number: str) -> Regrade:
    """Return what the student of a copy asked about one of its parts, last."""
    assert copy.release is not None
    question = question_of(copy.release, number)
    asked = Regrade.objects.filter(submission=copy.submission_id, student=copy.student_id)
    if question is None:
        asked = asked.filter(answer=None, number=number)
    else:
        asked = asked.filter(answer__question=question)
    found = asked.filter(withdrawn_at=None).first() or asked.last()
    if found is None:
        raise Http404
    return found


def regrade_for(user: Any, pk: int, least: Role = Role.GRADER) -> Regrade:
    """Return a request for who grades the course; its student has it on their copy."""
    regrades = Regrade.objects.select_related(
        "answer__question__exam__course",
        "answer__submission",
        "submission__exam__course",
        "student__user",
        "grader",
        "reply",
    )
    found = regrades.filter(pk=pk).first()
    if found is None:
        raise Http404
    require_exam(user, found.submission.exam, least)
    return found


def exam_to_delete(user: Any, pk: int) -> Exam:
    """Return an exam, also one that is being deleted, for who may delete it."""
    found = Exam.objects.select_related("course").filter(pk=pk).first()
    if found is None:
        raise Http404
    require(user, found.course_id, Role.INSTRUCTOR)
    return found


def deletion_for(user: Any, pk: int) -> Deletion:
    """Return the record of a deletion, for who may delete in its course."""
    found = Deletion.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    require(user, found.course_id, Role.INSTRUCTOR)
    return found


def may_answer(user: Any, regrade: Regrade) -> bool:
    """Whom it is put to may, everybody who grades where that is nobody, and instructors.

    Nobody may who asked: students of last year grade this year.
    """
    if regrade.student.user_id == user.pk:
        return False
    role = role_in(user, regrade.submission.exam.course_id)
    if role is None or role.rank < Role.GRADER.rank:
        return False
    return role == Role.INSTRUCTOR or regrade.grader_id in (None, user.pk)


def answered_regrade(user: Any, pk: int) -> Regrade:
    """Return a request the person may answer."""
    found = regrade_for(user, pk)
    if not may_answer(user, found):
        raise PermissionDenied(NOT_YOURS)
    return found
