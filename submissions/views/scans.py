"""Scans of an exam: what came in, how far it is, what needs a look, and the papers."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from gradebook.access import exam_for, role_in, who
from gradebook.models import Exam, Role
from submissions import acceptance, name_checks, overview
from submissions.access import may_check_names, may_correct, sees_names
from submissions.covers import Hidden, hidden_rects
from submissions.deliveries import unfinished_rows
from submissions.models import Page
from submissions.page_facts import facts
from submissions.pictures import for_graders, lies_surely, name_check, picture, url_of
from submissions.under_way import under_way

PAPERS, LOOKS, ASIDE = 50, 12, 60


@require_safe
def scans(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; its sections are fetched again when something came in."""
    exam = exam_for(request.user, pk)
    ctx = _uploads(request, exam) | _looks(request, exam) | _papers(request, exam)
    ctx |= _hidden(request, exam) | {
        "figures": overview.figures(exam),
        "lacking": acceptance.open_papers(exam).count(),
        "unfinished": unfinished_rows(exam, who(request)),
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
    elif request.GET.get("busy") and not ctx["working"]:
        response.headers["HX-Trigger"] = "names-read"
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def paper(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One paper, its pages beside each other and the places of those it lacks."""
    exam = exam_for(request.user, pk)
    names = sees_names(request.user, exam)
    found = get_object_or_404(overview.papers_of(exam), number=number)
    around = exam.submissions.order_by("number")
    places = overview.places_of(exam, found, names=names)
    ctx = {
        "exam": exam,
        "row": overview.paper_rows(exam, [found], names=names)[0],
        "places": places,
        "chosen": _chosen(request, exam, places),
        "before": around.filter(number__lt=number).last(),
        "after": around.filter(number__gt=number).first(),
        "names": names,
        "may_correct": may_correct(request.user, exam),
        "pages_each": overview.page_count(exam),
    }
    return render(request, "submissions/paper.html", ctx)


def _chosen(
    request: HttpRequest, exam: Exam, places: list[overview.Place]
) -> dict[str, Any] | None:
    """The page that `?at=` names, as a card."""
    at = request.GET.get("at", "")
    for place in places:
        if place.page is not None and str(place.page.pk) == at:
            page, picture_ = place.page, place.picture
            paper = page.submission.number if page.submission else None
            size = overview.page_sizes(exam).get(page.template_page or 1)
            where = f"Page {place.number}" if place.number else "An extra page"
            return {
                "title": f"{where} of {page.submission}",
                "page": page,
                "file": place.file,
                "picture": picture_,
                "facts": facts(page, size),
                "paper": paper,
                "number": page.template_page or "",
                "unread": False,
                "names": _names(page) if may_check_names(request.user, exam) else None,
            }
    return None


def _names(page: Page) -> dict[str, Any] | None:
    """What graders would see of a page that nothing covers surely, and what was said of it."""
    if lies_surely(page) or not page.preview:
        return None
    return {
        "page": page,
        "stored": for_graders(page),
        "url": url_of(page, "covered" if page.covered else "preview", names=True),
        "said": name_check(page),
    }


def _hidden(request: HttpRequest, exam: Exam) -> dict[str, Any]:
    """Pages that graders do not see until somebody said whether they show a name."""
    if not may_check_names(request.user, exam):
        return {}
    hidden = _paged(name_checks.waiting(exam), LOOKS, request, "hidden")
    return {
        "hidden": hidden,
        "hidden_cards": [_names(page) for page in hidden.object_list],
    }


def _uploads(request: HttpRequest, exam: Exam) -> dict[str, Any]:
    # Asked first: once nothing is at work, what is read after it is how things stay.
    at_work = under_way(exam)
    rows = overview.uploads_of(exam, names=sees_names(request.user, exam))
    return {
        "exam": exam,
        "uploads": rows,
        "working": any(at_work) or any(row.state == "working" for row in rows),
        "at_work": at_work,
        "seen": sum(row.state != "working" for row in rows),
        "may_delete": role_in(request.user, exam.course_id) == Role.INSTRUCTOR,
    }


def _looks(request: HttpRequest, exam: Exam) -> dict[str, Any]:
    names = sees_names(request.user, exam)
    sizes = overview.page_sizes(exam)
    hidden: Hidden = {} if names else hidden_rects(exam.pk)
    look = _paged(overview.pages_to_look_at(exam), LOOKS, request, "look")
    aside = _paged(overview.pages_set_aside(exam), ASIDE, request, "aside")
    called = overview.labels(exam, names=names)
    waiting = list(look.object_list)
    before = [getattr(page, "paper_before", None) for page in waiting]
    free = overview.free_places(exam, filter(None, before))
    return {
        "look": look,
        "cards": [_card(page, called, names, hidden, sizes, free) for page in waiting],
        "aside": aside,
        "aside_cards": [
            _card(page, called, names, hidden, sizes, {}) for page in aside.object_list
        ],
        "may_correct": may_correct(request.user, exam),
    }


def _card(
    page: Page,
    called: dict[int, str],
    names: bool,
    hidden: Hidden,
    sizes: dict[int, tuple[float, float]],
    free: dict[int, list[int]],
) -> dict[str, Any]:
    """A page with its picture, its evidence, and where it most likely belongs."""
    may_be = [page.template_page] if page.template_page else page.alike
    paper = getattr(page, "paper_before", None)
    return {
        "page": page,
        "file": called.get(page.upload_id, ""),
        "picture": picture(page, names=names, hidden=hidden),
        "facts": facts(page, sizes.get(may_be[0] if may_be else 1)),
        "after": paper,
        "paper": paper,
        "number": overview.likely_place(
            free.get(paper or 0, []), may_be, getattr(page, "page_before", None) or 0
        )
        or "",
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
