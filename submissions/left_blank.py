"""Answers that nobody wrote in, by the ink of their regions that the print does not explain.

Never an answer whose ink is unknown: a page of it is missing, or does not lie well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from gradebook.models import Exam, Question, Region, TemplatePage
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
    return _most(question.regions.filter(kind=Region.Kind.QUESTION), _sizes(question.exam_id))


def most_ink_by_question(exam: Exam) -> dict[int, float]:
    """Return `most_ink` of all questions that have one, by key."""
    found: dict[int, list[Region]] = defaultdict(list)
    for region in exam.regions.filter(kind=Region.Kind.QUESTION):
        if region.question_id:
            found[region.question_id].append(region)
    sizes = _sizes(exam.pk)
    known = {question: _most(regions, sizes) for question, regions in found.items()}
    return {question: most for question, most in known.items() if most is not None}


def _sizes(exam: int) -> dict[int, float]:
    """Return the template's pages in square centimetres, by number."""
    pages = TemplatePage.objects.filter(template__exam=exam)
    return {page.number: page.width * page.height * _CM_PER_POINT**2 for page in pages}


def _most(regions: Iterable[Region], sizes: Mapping[int, float]) -> float | None:
    known = list(regions)
    if not known or any(region.page not in sizes for region in known):
        return None
    return allowed(sum(one.width * one.height * sizes[one.page] for one in known))
