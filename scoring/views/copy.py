"""What a student sees: the released result, frozen, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import who
from gradebook.files import NOWHERE, read, send
from gradebook.models import Exam
from scoring import distribution, solutions
from scoring.access import copies_of, copy_for, led_on, taken_back_from
from scoring.collect_rows import scans_of
from scoring.copy_pictures import pictures_of, turned_since
from scoring.models import Copy, Viewing
from scoring.regrades_shown import regrades_of
from scoring.results import Result, from_json
from scoring.showing import show
from submissions import imaging
from submissions.models import Page


@require_safe
@never_cache
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The student's own result; where another took its place, or none, on to what there is."""
    found = copies_of(request.user).filter(pk=pk).first()
    if found is None:
        if exam := led_on(request.user, pk):
            return redirect("result", exam)
        raise Http404
    if request.method == "GET":
        Viewing.objects.create(copy=found, by=who(request))
    result, release = from_json(found.result), found.release
    assert release is not None
    context = as_shown(found.submission.exam, result, release.distribution)
    regrades = regrades_of(found, result)
    context |= {
        "shown": show(
            result, pictures_of(found, result.pages), regrades.parts, _solutions(found, result)
        ),
        "regrades": regrades.words,
        "pdf": reverse("copy_pdf", args=[found.pk]),
        "released_at": release.at,
    }
    return render(request, "scoring/copy.html", context)


def as_shown(exam: Exam, result: Result, kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the page of a result needs, for its student and for a preview alike.

    `kept` is the class's distribution. The pages' pictures are for who asks to add.
    """
    return {"exam": exam, "result": result, "class": distribution.show(kept, result.score)}


@require_safe
@never_cache
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the student's own result of an exam: the address that letters carry."""
    found = copies_of(request.user).filter(release__exam=pk).first()
    if found is None and taken_back_from(request.user, [pk]):
        return render(request, "scoring/taken_back.html", status=404)
    if found is None:
        raise Http404
    return redirect("copy", found.pk)


@require_safe
def copy_page(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """The picture of the n-th page, as it was released."""
    found = copy_for(request.user, pk)
    pages = from_json(found.result).pages
    if not 1 <= number <= len(pages):
        raise Http404
    sheet = pages[number - 1]
    page = scans_of(found.submission, [sheet.sha]).get(sheet.sha)
    if page is None or not page.preview:
        raise Http404
    if by := turned_since(page, sheet):
        return _turned_back(page, by)
    return send(request, str(page.preview.name), revocable=True)


def _turned_back(page: Page, by: int) -> HttpResponse:
    """The picture as it stood when it was released: what was drawn on it is frozen so."""
    try:
        picture = imaging.preview(read(str(page.image.name)), (page.turn - by) % 360)
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(picture, content_type="image/jpeg")
    response["Cache-Control"] = NOWHERE
    return response


@require_safe
def copy_solution(request: HttpRequest, pk: int, number: str) -> HttpResponseBase:
    """The PDF of a part's solution, as it was released with the copy."""
    found = copy_for(request.user, pk)
    sha = solutions.shas_of(from_json(found.result)).get(number, "")
    name = solutions.files(found.submission.exam_id, [sha]).get(sha) if sha else None
    if name is None:
        raise Http404
    return send(request, name, filename=f"solution_{number}.pdf", revocable=True)


def _solutions(copy: Copy, result: Result) -> dict[str, str]:
    return {
        number: reverse("copy_solution", args=[copy.pk, number])
        for number in solutions.shas_of(result)
    }
