"""Answers that nobody wrote in, by the ink of their regions that the print does not explain.

Never an answer whose ink is unknown: a page of it is missing, or does not lie well.
"""

from __future__ import annotations

from django.db.models import QuerySet

from gradebook.models import Question, Region, TemplatePage
from submissions.blanks import allowed
from submissions.models import Answer

_CM_PER_POINT = 2.54 / 72


def left_blank(question: Question) -> QuerySet[Answer]:
    """Return a question's answers that look blank, graded or not."""
    most = most_ink(question)
    if most is None:
        return question.answers.none()
    return question.answers.filter(ink__lt=most)


def looks_blank(question: Question, ink: float | None) -> bool:
    most = most_ink(question)
    return ink is not None and most is not None and ink < most


def most_ink(question: Question) -> float | None:
    """Square millimetres below which an answer is blank; None where nothing is measured."""
    regions = list(question.regions.filter(kind=Region.Kind.QUESTION))
    pages = TemplatePage.objects.filter(template__exam=question.exam_id)
    sizes = {page.number: page.width * page.height * _CM_PER_POINT**2 for page in pages}
    if not regions or any(region.page not in sizes for region in regions):
        return None
    return allowed(sum(one.width * one.height * sizes[one.page] for one in regions))
