"""Whether anybody has worked on a paper: apps further right refer to its answers and pages."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from gradebook.locks import hold_questions
from gradebook.models import Exam
from submissions.models import Answer, Page, Submission, Upload

# Rows that say somebody is looking, not that they did anything.
PASSING = {"claim"}
# Rows of which only those are work that name this too: other copies are drawn to look at, and anew.
ONLY_WITH = {"copy": "release"}


def keep_graders_off(exam: Exam) -> None:
    """Let no grader say anything until this transaction ends.

    Call it before asking whether papers may go: else somebody grades between question and act.
    """
    hold_questions(exam.questions.values_list("pk", flat=True))


def said_about(papers: list[int], upload: Upload | None = None) -> int:
    """Count the answers of papers, or on an upload's pages, that somebody has worked on."""
    count = Answer.objects.filter(_work(), submission__in=papers).distinct().count()
    if upload is not None and not count:
        count = sum(
            Page.objects.filter(upload=upload, **{f"{name}__isnull": False}).count()
            for name in _written_by_others(Page)
        )
    if not count:
        count = sum(
            Submission.objects.filter(pk__in=papers, **{f"{name}__isnull": False}).count()
            for name in _written_by_others(Submission)
        )
    return count


def worked_on(papers: Iterable[int]) -> set[int]:
    """Return those of the papers that hold a grade, or anything else somebody said."""
    wanted = list(papers)
    answers = Answer.objects.filter(_work(), submission__in=wanted)
    found = set(answers.values_list("submission_id", flat=True).distinct())
    for name in _written_by_others(Submission):
        others = Submission.objects.filter(pk__in=wanted, **{f"{name}__isnull": False})
        found |= set(others.values_list("pk", flat=True))
    return found


def is_drawn_on(page: Page) -> bool:
    """Whether somebody's ink, or anything else, refers to the page as it is seen."""
    by_others = [Q(**{f"{name}__isnull": False}) for name in _written_by_others(Page)]
    return any(Page.objects.filter(said, pk=page.pk).exists() for said in by_others)


def _work() -> Q:
    work = Q(graded=True)
    for name in _written_by_others(Answer):
        work |= Q(**{f"{name}__isnull": False})
    return work


def _written_by_others(model: type[Answer | Page | Submission]) -> list[str]:
    """Relations by which apps further right refer to a row: marks, comments, ink, copies."""
    found = []
    for relation in model._meta.related_objects:
        by = relation.related_model._meta
        if by.app_label != "submissions" and by.model_name not in PASSING:
            also = ONLY_WITH.get(by.model_name or "")
            found.append(f"{relation.name}__{also}" if also else str(relation.name))
    return found
