"""A page put right by hand. Each act may be sent twice."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from submissions import corrections, name_checks
from submissions.access import may_correct, page_for
from submissions.models import Page, Submission

UNSEEN = "Graders see it once you have said that it shows no name."
NOT_YOURS = "Graders of an anonymous exam do not see pages that may hold a name. Ask an instructor."


class PlaceForm(forms.Form):
    paper = forms.IntegerField(
        min_value=1, required=False, error_messages={"invalid": "A paper has a number, like 85."}
    )
    page = forms.IntegerField(
        min_value=1, required=False, error_messages={"invalid": "A page has a number, like 12."}
    )


@require_POST
def page_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the page at `page` of `paper`."""
    page = _page(request, pk)

    def act(paper: Submission, number: int) -> str:
        corrections.place(page, paper, number)
        return f"It is page {number} of {paper} now."

    return _done(request, page, lambda: act(_paper(request, page), _number(request)))


@require_POST
def page_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a new paper with the page, at `page`."""
    page = _page(request, pk)

    def act() -> str:
        number = _number(request)
        return f"It is page {number} of {corrections.start_paper(page, number)} now."

    return _done(request, page, act)


@require_POST
def page_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add the page to `paper` as one the template does not have."""
    page = _page(request, pk)

    def act() -> str:
        paper = _paper(request, page)
        corrections.add_to(page, paper)
        return f"It is an extra page of {paper} now."

    return _done(request, page, act)


@require_POST
def page_discard(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)

    def act() -> str:
        corrections.discard(page)
        return "The page is set aside. You find it below, and can bring it back."

    return _done(request, page, act)


@require_POST
def page_restore(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)

    def act() -> str:
        corrections.restore(page)
        return "The page is back."

    return _done(request, page, act)


@require_POST
def page_turn(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn the page `by` degrees clockwise from `turn`, which is how it stood."""
    page = _page(request, pk)

    def act() -> str:
        by = request.POST.get("by", "180")
        if by not in {"90", "180", "270"}:
            raise corrections.Refused("A page turns by 90, 180 or 270 degrees.")
        # The form says how it stood: sent twice, it turns once.
        if request.POST.get("turn", str(page.turn)) == str(page.turn):
            corrections.turn(page, int(by))
        return "The page is turned."

    return _done(request, page, act)


def _page(request: HttpRequest, pk: int) -> Page:
    page = page_for(request.user, pk)
    if not may_correct(request.user, page.upload.exam):
        raise PermissionDenied(NOT_YOURS)
    return page


def _paper(request: HttpRequest, page: Page) -> Submission:
    number = _whole(request, "paper")
    paper = page.upload.exam.submissions.filter(number=number).first() if number else None
    if paper is None:
        last = page.upload.exam.submissions.count()
        raise corrections.Refused(f"Say which paper: they are numbered 1 to {last}.")
    return paper


def _number(request: HttpRequest) -> int:
    number = _whole(request, "page")
    if number is None:
        raise corrections.Refused("Say which page of the template it is.")
    return number


def _whole(request: HttpRequest, name: str) -> int | None:
    form = PlaceForm(request.POST)
    if not form.is_valid() and name in form.errors:
        raise corrections.Refused(str(form.errors[name][0]))
    value: int | None = form.cleaned_data.get(name)
    return value


def _done(request: HttpRequest, page: Page, act: Callable[[], str]) -> HttpResponse:
    """Do the act; say what it did, or why not; go back to where the person came from."""
    try:
        messages.success(request, f"{act()} {_unseen(page)}".strip())
    except corrections.Refused as refusal:
        messages.error(request, str(refusal))
    exam = page.upload.exam_id
    back = request.POST.get("back", "")
    if back.isdecimal():
        return redirect("paper", exam, int(back))
    return redirect(reverse("scans", args=[exam]) + "#look")


def _unseen(page: Page) -> str:
    """Remind that graders do not see a page yet."""
    exam = page.upload.exam
    waits = exam.anonymous and name_checks.waiting(exam).filter(pk=page.pk).exists()
    return UNSEEN if waits else ""
