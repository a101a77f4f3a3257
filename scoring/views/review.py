"""How an exam went, for its instructors: all of it, one part of it, and who graded how much."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for
from gradebook.models import Role, Section
from gradebook.sent import number
from scoring import agreement, statistics
from scoring.plots import NARROW, WIDE, Plot, histogram_plot
from scoring.review import (
    Distribution,
    Line,
    Review,
    items,
    papers_by_section,
    review_of,
    sections,
)
from scoring.rounding import percent, two_decimals


@require_safe
@never_cache
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures of an exam; `?section=` those of one section."""
    found = reached(request, pk)
    members = papers_by_section(found.exam)
    told = found.told
    context = {
        **_common(found, members),
        "whole": len(found.whole),
        "told": told,
        "plots": _plots(told) if told else [],
        "percentiles": found.percentiles,
        "reliability": found.reliability,
        "graded": bool(found.sheet.graded.any()),
        "lines": found.lines if any(line.told for line in found.lines) else [],
        "by_section": sections(found, members) if _apart(found, members) else [],
        "tell_from": statistics.CLASS,
    }
    return render(request, "scoring/review.html", context)


@require_safe
@never_cache
def review_part(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """The figures of one question or part, and how many answers have each of its items."""
    found = reached(request, pk)
    line = line_of(found, part)
    leaves = [found.sheet.leaves[column] for column in found.columns[part]]
    beside = [one for one in found.lines if one.question.is_leaf == line.question.is_leaf]
    at = beside.index(line)
    context = {
        **_common(found, papers_by_section(found.exam)),
        "line": line,
        "told": line.told,
        "plots": _plots(line.told) if line.told else [],
        "items": items(found, leaves),
        "before": beside[at - 1] if at else None,
        "after": beside[at + 1] if at + 1 < len(beside) else None,
        "tell_from": statistics.CLASS,
    }
    return render(request, "scoring/review_part.html", context)


@require_safe
@never_cache
def review_graders(request: HttpRequest, pk: int) -> HttpResponse:
    """How many answers each grader gave the last word on, and the mean share of the points."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    shares = agreement.shares(agreement.given_in(exam))
    people = agreement.people(one.by for one in shares)
    graders = [
        (people[one.by], one.count, "–" if one.mean is None else percent_of(one.mean))
        for one in shares
        if one.by in people
    ]
    context = {"exam": exam, "graders": graders, "tell_from": agreement.TELLING}
    return render(request, "scoring/review_graders.html", context)


def percent_of(share: float) -> str:
    return percent(round(share * 10_000), 10_000)


def reached(request: HttpRequest, pk: int) -> Review:
    """Return the review of the exam, and of the section, that a request asks for."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    key = number(request.GET.get("section"))
    sections = Section.objects.filter(course=exam.course_id, pk=key or 0)
    return review_of(exam, sections.first())


def line_of(review: Review, part: int) -> Line:
    """Return the line of a question of this exam."""
    line = next((line for line in review.lines if line.question.pk == part), None)
    if line is None:
        raise Http404
    return line


def plot_of(told: Distribution, width: int) -> Plot:
    mean = told.figures.mean
    height = 200 if width == NARROW else 260
    return histogram_plot(told.bins, width, [(mean, f"mean {two_decimals(mean)}")], height)


def _plots(told: Distribution) -> list[Plot]:
    """Return the picture for a phone and the one for a desk: text keeps its size in both."""
    return [plot_of(told, NARROW), plot_of(told, WIDE)]


def _apart(review: Review, members: dict[int, set[int]]) -> bool:
    """Whether there are sections to hold beside each other."""
    return review.section is None and review.told is not None and len(members) > 1


def _common(review: Review, members: dict[int, set[int]]) -> dict[str, Any]:
    named = Section.objects.filter(pk__in=members)
    return {
        "exam": review.exam,
        "review": review,
        "sections": named if len(named) > 1 or review.section else [],
        "query": f"?section={review.section.pk}" if review.section else "",
    }
