"""One graded copy as a PDF. Drawing it is a worker's: who comes before it waits on a page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from gradebook.access import who
from gradebook.files import send
from gradebook.models import Role
from scoring.access import copy_for
from scoring.asking import Wanted, wanted
from scoring.drawing import working_copies
from scoring.folder import name_of
from submissions.access import submission_for


@require_http_methods(["GET", "HEAD", "POST"])
def copy_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The student's released copy; POST tries once more after it could not be drawn."""
    found = wanted(copy_for(request.user, pk), by=who(request), again=request.method == "POST")
    return _answer(request, found, reverse("copy", args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def submission_copy(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A paper's copy with the numbers as they stand; POST tries once more."""
    submission = submission_for(request.user, pk, Role.INSTRUCTOR)
    (copy,) = working_copies(submission.exam, [submission])
    found = wanted(copy, by=who(request), again=request.method == "POST")
    return _answer(request, found, reverse("submission", args=[pk]), staff=True)


def _answer(
    request: HttpRequest, found: Wanted, back: str, *, staff: bool = False
) -> HttpResponseBase:
    if request.method == "POST":
        return redirect(request.path)
    if request.headers.get("HX-Request") == "true":
        return _still(request, found, back, staff)
    if found.job is None:
        name = name_of(found.copy)
        return send(
            request, str(found.copy.file), filename=name, immutable=False, revocable=not staff
        )
    status = 503 if found.failed else 202
    return _page(request, "copy_making.html", found, back, staff, status)


def _still(request: HttpRequest, found: Wanted, back: str, staff: bool) -> HttpResponse:
    """Answer the page that asks each second: nothing new, the end of it, or a failure."""
    if found.failed:
        return _page(request, "_copy_making.html", found, back, staff, 200)
    response = HttpResponse(status=204)
    if found.job is None:
        # The page's own address is the file's from now on.
        response = HttpResponse(headers={"HX-Refresh": "true"})
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(
    request: HttpRequest, name: str, found: Wanted, back: str, staff: bool, status: int
) -> HttpResponse:
    context: dict[str, Any] = {"wanted": found, "url": request.path, "back": back, "staff": staff}
    response = render(request, f"scoring/{name}", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
