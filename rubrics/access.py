"""Who may reach answers and rubric items: the course's graders and instructors."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from gradebook.access import question_for, require_exam, role_in
from gradebook.models import Exam, Question, Role
from gradebook.models.exam import RubricEditors
from rubrics.models import Annotation, Group, Item, SecondLook
from submissions.models import Answer

NOT_EDITOR = "Only instructors edit the rubrics of this exam. Tell one of them what is missing."


def answer_for(user: Any, pk: int, least: Role = Role.GRADER) -> Answer:
    answers = Answer.objects.select_related("question__exam__course", "submission")
    answer = answers.filter(pk=pk).first()
    if answer is None:
        raise Http404
    require_exam(user, answer.question.exam, least)
    return answer


def may_edit_rubrics(user: Any, exam: Exam) -> bool:
    """Whether the person may edit the exam's rubrics: the exam chooses who of those who grade."""
    return _edits(role_in(user, exam.course_id), exam)


def _edits(role: Role | None, exam: Exam) -> bool:
    if role is None or role.rank < Role.GRADER.rank:
        return False
    return role == Role.INSTRUCTOR or exam.rubric_editors == RubricEditors.GRADERS


def _require_editor(user: Any, exam: Exam) -> None:
    if not _edits(require_exam(user, exam, Role.GRADER), exam):
        raise PermissionDenied(NOT_EDITOR)


def edited_question(user: Any, pk: int) -> Question:
    """Return a question whose rubric the person may edit."""
    question = question_for(user, pk)
    _require_editor(user, question.exam)
    return question


def edited_item(user: Any, pk: int) -> Item:
    """Return an item the person may edit."""
    item = Item.objects.select_related("question__exam__course", "group").filter(pk=pk).first()
    if item is None:
        raise Http404
    _require_editor(user, item.question.exam)
    return item


def edited_group(user: Any, pk: int) -> Group:
    """Return a group the person may edit."""
    group = Group.objects.select_related("question__exam__course").filter(pk=pk).first()
    if group is None:
        raise Http404
    _require_editor(user, group.question.exam)
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
    require_exam(user, look.answer.question.exam, Role.GRADER)
    return look
