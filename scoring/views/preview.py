"""What a student would see if the exam were released now, for its instructors."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for
from gradebook.models import Exam, Role
from gradebook.people import find
from scoring import marksheet
from scoring.audience import seen_copies
from scoring.collect import collect
from scoring.distribution import distribution, steady
from scoring.release import told_before
from scoring.showing import show
from scoring.views.copy import as_shown
from scoring.views.solutions import staff_solutions
from scoring.views.submission import pictures_of
from submissions.access import submission_for
from submissions.models import Match, Submission

SHOWN = 50


@require_safe
@never_cache
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The exam's students with a paper, to choose one of."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    words = request.GET.get("words", "")[:200]
    page = Paginator(_in_order(exam, words), SHOWN).get_page(request.GET.get("page"))
    matches = Match.objects.filter(exam=exam, membership__in=list(page.object_list))
    rows = {one.membership_id: one for one in matches.select_related("membership__user")}
    context = {
        "exam": exam,
        "words": words,
        "page": page,
        "matches": [rows[member] for member in page.object_list if member in rows],
    }
    return render(request, "scoring/preview.html", context)


@require_safe
@never_cache
def preview_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper's result, as its student would see it."""
    paper = submission_for(request.user, pk, Role.INSTRUCTOR)
    (result,) = collect(paper.exam, [paper])
    context = as_shown(paper.exam, result, _distribution(paper.exam, result.points))
    context |= {
        "shown": show(
            result,
            pictures_of(paper, result.pages, names=True),
            solutions=staff_solutions(paper.exam_id, result),
        ),
        "preview": True,
        "seen": seen_copies().filter(submission=paper).select_related("release").first(),
        **_beside(paper),
    }
    return render(request, "scoring/copy.html", context)


def _in_order(exam: Exam, words: str = "") -> list[int]:
    """Return the memberships with a paper, by name, of those who have the words somewhere."""
    with_paper = set(Match.objects.filter(exam=exam).values_list("membership_id", flat=True))
    return [pk for pk in find(exam.course, words=words) if pk in with_paper]


def _beside(paper: Submission) -> dict[str, Any]:
    """Return whose paper it is, and the papers of the students before and after, by name."""
    papers = dict(Match.objects.filter(exam=paper.exam).values_list("membership", "submission"))
    order = [papers[member] for member in _in_order(paper.exam)]
    if paper.pk not in order:
        return {"place": 0, "places": len(order)}
    at = order.index(paper.pk)
    return {
        "previous": order[at - 1] if at else None,
        "next": order[at + 1] if at + 1 < len(order) else None,
        "place": at + 1,
        "places": len(order),
    }


def _distribution(exam: Exam, points: int) -> dict[str, Any] | None:
    """Return what a release to everyone would freeze of the class."""
    leaves = list(exam.questions.leaves().values_list("pk", flat=True))
    matches = Match.objects.filter(exam=exam)
    numbers = dict(matches.values_list("submission", "submission__number"))
    sheet = marksheet.read(exam, leaves).of(list(numbers))
    papers = [str(numbers[pk]) for pk in sheet.papers[sheet.is_whole].tolist()]
    totals = dict(zip(papers, sheet.whole.sum(axis=1).tolist(), strict=True))
    said = distribution(list(totals.values()), points, exam.distribution_shown)
    return steady(said, totals, told_before(exam))
