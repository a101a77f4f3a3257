"""Who is asked to grade which question. It guides people; it forbids nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db import transaction

from gradebook.models import Exam, Membership, Role, User
from rubrics.models import Assignment

Pair = tuple[int, int]  # question, grader


def assigned(exam: Exam) -> dict[int, list[User]]:
    """Return who is asked to grade each question, by name."""
    rows = Assignment.objects.filter(question__exam=exam).select_related("grader")
    found: dict[int, list[User]] = defaultdict(list)
    for row in rows.order_by("grader__last_name", "grader__first_name", "pk"):
        found[row.question_id].append(row.grader)
    return dict(found)


def of(exam: Exam, user: User) -> frozenset[int]:
    """Return the questions of an exam that somebody is asked to grade."""
    rows = Assignment.objects.filter(question__exam=exam, grader=user)
    return frozenset(rows.values_list("question_id", flat=True))


def graders(exam: Exam) -> list[User]:
    """Return who may be asked: the course's graders and instructors, by name."""
    present = Membership.objects.present().filter(
        course=exam.course_id, role__in=[Role.GRADER, Role.INSTRUCTOR]
    )
    return [member.user for member in present.select_related("user").by_name()]


def assign(exam: Exam, before: Collection[Pair], after: Collection[Pair], *, by: User) -> int:
    """Change the assignments as somebody did who saw those before; return how many came or went.

    What a colleague changed meanwhile stays. Pairs of other exams' questions, or of who does not
    grade here, are left out. An assignment that stays keeps who made it and when.
    """
    leaves = set(exam.questions.leaves().values_list("pk", flat=True))
    staff = {user.pk for user in graders(exam)}
    wanted = {(question, one) for question, one in after if question in leaves and one in staff}
    with transaction.atomic():
        rows = Assignment.objects.select_for_update().filter(question__exam=exam).order_by("pk")
        there = {(row.question_id, row.grader_id): row.pk for row in rows}
        gone = [there[pair] for pair in set(before) - set(after) if pair in there]
        new = sorted(wanted - set(before) - there.keys())
        Assignment.objects.filter(pk__in=gone).delete()
        Assignment.objects.bulk_create(
            [Assignment(question_id=pair[0], grader_id=pair[1], by=by) for pair in new],
            ignore_conflicts=True,
        )
    return len(gone) + len(new)
