"""Scans of an exam: what came in, how far it is, what needs a look, and the papers."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from gradebook.access import exam_for, role_in
from gradebook.models import Exam, Role
from jobs.models import Job
from submissions import overview
from submissions.access import may_correct, sees_names
from submissions.models import Page
from submissions.page_facts import facts
from submissions.pictures import picture

PAPERS, LOOKS, ASIDE = 50, 12, 60


@require_safe
def scans(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; its sections are fetched again when something came in."""
    exam = exam_for(request.user, pk)
    ctx = _uploads(request, exam) | _looks(request, exam) | _papers(request, exam)
    ctx |= {
        "figures": overview.figures(exam),
        "has_template": overview.page_count(exam) > 0,
        "may_match": role_in(request.user, exam.course_id) == Role.INSTRUCTOR,
    }
    return render(request, "submissions/scans.html", ctx)


@require_safe
def scans_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of uploads alone, for the page to poll while anything is at work."""
    exam = exam_for(request.user, pk)
    ctx = _uploads(request, exam)
    response = render(request, "submissions/_uploads.html", ctx)
    if request.GET.get("seen") != str(ctx["seen"]):
        # A file was formed, or failed, since the page asked last: its lists are old.
        response.headers["HX-Trigger"] = "scans-changed"
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def paper(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One paper, its pages beside each other and the places of those it lacks."""
    exam = exam_for(request.user, pk)
    names = sees_names(request.user, exam)
    papers = overview.papers_of(exam).filter(number=number)
    found = get_object_or_404(papers)
    around = exam.submissions.order_by("number")
    ctx = {
        "exam": exam,
        "row": overview.paper_rows(exam, [found], names=names)[0],
        "places": overview.places_of(exam, found, names=names),
        "before": around.filter(number__lt=number).last(),
        "after": around.filter(number__gt=number).first(),
        "names": names,
        "may_correct": may_correct(request.user, exam),
        "has_template": overview.page_count(exam) > 0,
    }
    return render(request, "submissions/paper.html", ctx)


def _uploads(request: HttpRequest, exam: Exam) -> dict[str, Any]:
    rows = overview.uploads_of(exam, names=sees_names(request.user, exam))
    cutting = Job.objects.unfinished().filter(key__startswith=f"crops.cut:{exam.pk}:").exists()
    return {
        "exam": exam,
        "uploads": rows,
        "working": cutting or any(row.state == "working" for row in rows),
        "cutting": cutting,
        "seen": sum(row.state != "working" for row in rows),
        "may_delete": role_in(request.user, exam.course_id) == Role.INSTRUCTOR,
    }


def _looks(request: HttpRequest, exam: Exam) -> dict[str, Any]:
    names = sees_names(request.user, exam)
    sizes = overview.page_sizes(exam)
    page = _paged(overview.pages_to_look_at(exam), LOOKS, request, "look")
    aside = _paged(overview.pages_set_aside(exam), ASIDE, request, "aside")
    called = overview.labels(exam, names=names)
    return {
        "look": page,
        "cards": [_card(each, called, names, sizes) for each in page.object_list],
        "aside": aside,
        "aside_cards": [_card(each, called, names, {}) for each in aside.object_list],
        "may_correct": may_correct(request.user, exam),
    }


def _card(
    page: Page, called: dict[int, str], names: bool, sizes: dict[int, tuple[float, float]]
) -> dict[str, Any]:
    """A page with its picture, its evidence, and where it most likely belongs."""
    numbers = [page.template_page] if page.template_page else page.alike
    before, at = getattr(page, "paper_before", None), getattr(page, "page_before", None)
    return {
        "page": page,
        "file": called.get(page.upload_id, ""),
        "picture": picture(page, names=names),
        "facts": facts(page, sizes.get(numbers[0] if numbers else 1)),
        "paper": before,
        "number": numbers[0] if len(numbers) == 1 else (at or 0) % max(1, len(sizes)) + 1,
        "unread": page.state == Page.State.ERROR,
    }


def _papers(request: HttpRequest, exam: Exam) -> dict[str, Any]:
    names = sees_names(request.user, exam)
    missing_only = request.GET.get("papers") == "incomplete"
    page = _paged(overview.papers_of(exam, missing_only=missing_only), PAPERS, request, "page")
    return {
        "papers": page,
        "paper_rows": overview.paper_rows(exam, page.object_list, names=names),
        "names": names,
        "pages_each": overview.page_count(exam),
        "missing_only": missing_only,
    }


def _paged(rows: Any, size: int, request: HttpRequest, word: str) -> Any:
    return Paginator(rows, size).get_page(request.GET.get(word))
