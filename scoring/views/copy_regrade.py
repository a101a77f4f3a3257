"""A student asks for a regrade of one part of their copy, and takes that back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scoring import regrades
from scoring.access import copy_for, regrade_of
from scoring.copy_pictures import answer_of
from scoring.grafting import leaf
from scoring.models import Copy
from scoring.models.regrade import LONGEST
from scoring.regrades_shown import questions_of, regrades_of
from scoring.results import from_json
from scoring.showing import anchor_of, show_part

SENT = "Sent. The answer will show here."
TAKEN_BACK = "Your request is withdrawn."


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
@never_cache
def copy_regrade(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """GET shows the part and the form, or what was asked. POST asks, DELETE withdraws."""
    found = copy_for(request.user, pk)
    if leaf(from_json(found.result), number) is None:
        raise Http404
    if request.method == "DELETE" or "withdraw" in request.POST:
        return _withdraw(request, found, number)
    if request.method != "POST":
        return _page(request, found, number)
    try:
        regrades.ask(found, number, request.POST.get("reason", ""))
    except regrades.Refused as refused:
        status = 422 if isinstance(refused, regrades.Unsaid) else 409
        return _page(request, found, number, str(refused), status)
    messages.success(request, SENT)
    return _back(found, number)


def _withdraw(request: HttpRequest, found: Copy, number: str) -> HttpResponse:
    try:
        regrades.withdraw(regrade_of(found, number))
        messages.success(request, TAKEN_BACK)
    except regrades.Refused as refused:
        messages.error(request, str(refused))
    response = _back(found, number)
    # A browser would repeat a DELETE at the address it is sent to.
    response.status_code = 303
    return response


def _back(found: Copy, number: str) -> HttpResponse:
    return redirect(f"{reverse('copy', args=[found.pk])}#{anchor_of(number)}")


def _page(
    request: HttpRequest, found: Copy, number: str, problem: str = "", status: int = 200
) -> HttpResponse:
    result = from_json(found.result)
    told = regrades_of(found, result)
    context = {
        "exam": found.submission.exam,
        "part": show_part(result, number, told.parts),
        "answer": answer_of(found, result, questions_of(found, result).get(number)),
        "back": _back(found, number)["Location"],
        "told": told.words,
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "longest": LONGEST,
    }
    return render(request, "scoring/copy_regrade.html", context, status=status)
