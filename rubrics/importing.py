"""Taking items over from another question, of this exam or one the person may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q

from gradebook.access import courses_of
from gradebook.models import Exam, Question, Role, User
from rubrics.edits import held
from rubrics.item_groups import put_group
from rubrics.models import Group, Item
from rubrics.rubric import put_item

NEWEST = 50  # exams offered


def sources(question: Question, user: User) -> list[dict[str, Any]]:
    """Return the exams whose rubrics the person may read, this one first, with their questions.

    Each question comes with how many items it has; those without any are left out.
    """
    exams = Exam.objects.standing().filter(course__in=graded_courses(user)).select_related("course")
    own = [exam for exam in exams if exam.pk == question.exam_id]
    listed = own + [exam for exam in exams[:NEWEST] if exam.pk != question.exam_id]
    leaves: Any = (
        Question.objects.filter(exam__in=[exam.pk for exam in listed])
        .exclude(pk=question.pk)
        .annotate(count=Count("items", filter=Q(items__removed_at=None)))
        .filter(count__gt=0)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for leaf in leaves:
        facts = {"id": leaf.pk, "name": leaf.name, "title": leaf.title, "items": leaf.count}
        found.setdefault(leaf.exam_id, []).append(facts)
    return [
        {"id": exam.pk, "name": exam.name, "course": str(exam.course), "questions": found[exam.pk]}
        for exam in listed
        if exam.pk in found
    ]


def graded_courses(user: User) -> Any:
    """Return the courses whose rubrics the person may read."""
    if user.is_superuser:
        return courses_of(user)
    roles = [role for role in Role if role.rank >= Role.GRADER.rank]
    return courses_of(user).filter(
        memberships__user=user, memberships__left_at=None, memberships__role__in=roles
    )


def import_items(question: Question, items: Sequence[Item], *, by: User | None) -> list[Item]:
    """Add copies of the items at the end, each in a group named and ruled like its own."""
    with held(question):
        groups = {(group.text, group.exclusive): group for group in question.groups.all()}
        return [_copy(question, item, groups, by) for item in items]


def _copy(
    question: Question, item: Item, groups: dict[tuple[str, bool], Group], by: User | None
) -> Item:
    group = None
    if item.group is not None:
        key = (item.group.text, item.group.exclusive)
        group = groups.get(key) or put_group(question, text=key[0], exclusive=key[1], by=by)
        groups[key] = group
    return put_item(
        question, text=item.text, points=item.points, note=item.note, group=group, by=by
    )
