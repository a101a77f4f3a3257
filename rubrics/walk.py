"""The order in which a question's papers are walked: by paper number, or by lot.

A lot is drawn once for each answer and kept. So the order is the same for everybody and from day
to day, another one for each question, and tells nothing about the paper.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from gradebook.models import Exam
from submissions.models import Answer


def order(exam: Exam) -> tuple[str, str]:
    """Return the two fields that answers to one question are ordered by; the second parts ties."""
    return ("lot", "pk") if exam.random_order else ("submission__number", "pk")


def after(answers: QuerySet[Answer], start: Answer, exam: Exam) -> QuerySet[Answer]:
    """Return those of a question's answers that come after one, in order."""
    first, _ = fields = order(exam)
    place = _place(start, exam)
    later = Q(**{f"{first}__gt": place}) | Q(**{first: place, "pk__gt": start.pk})
    return answers.filter(later).order_by(*fields)


def before(answers: QuerySet[Answer], start: Answer, exam: Exam) -> QuerySet[Answer]:
    """Return those that come before one, the nearest first."""
    first, _ = fields = order(exam)
    place = _place(start, exam)
    earlier = Q(**{f"{first}__lt": place}) | Q(**{first: place, "pk__lt": start.pk})
    return answers.filter(earlier).order_by(*fields).reverse()


def _place(answer: Answer, exam: Exam) -> int:
    return answer.lot if exam.random_order else answer.submission.number
