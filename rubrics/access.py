"""Who may reach answers and rubric items: the course's graders and instructors."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from gradebook.access import require
from gradebook.models import Role
from rubrics.models import Annotation, Group, Item, SecondLook
from submissions.models import Answer


def answer_for(user: Any, pk: int, least: Role = Role.GRADER) -> Answer:
    answers = Answer.objects.select_related("question__exam__course", "submission")
    answer = answers.filter(pk=pk).first()
    if answer is None:
        raise Http404
    require(user, answer.question.exam.course_id, least)
    return answer


def item_for(user: Any, pk: int, least: Role = Role.GRADER) -> Item:
    item = Item.objects.select_related("question__exam__course", "group").filter(pk=pk).first()
    if item is None:
        raise Http404
    require(user, item.question.exam.course_id, least)
    return item


def group_for(user: Any, pk: int, least: Role = Role.GRADER) -> Group:
    group = Group.objects.select_related("question__exam__course").filter(pk=pk).first()
    if group is None:
        raise Http404
    require(user, group.question.exam.course_id, least)
    return group


def annotation_for(answer: Answer, key: str) -> Annotation:
    annotation = Annotation.objects.filter(answer=answer, key=key).first()
    if annotation is None:
        raise Http404
    return annotation


def second_look_for(user: Any, pk: int) -> SecondLook:
    looks = SecondLook.objects.select_related(
        "answer__question__exam__course", "answer__submission"
    )
    look = looks.filter(pk=pk).first()
    if look is None:
        raise Http404
    require(user, look.answer.question.exam.course_id, Role.GRADER)
    return look
