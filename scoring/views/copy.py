"""What a student sees: the released result, frozen, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import who
from gradebook.files import read, send
from scoring.access import copy_for
from scoring.models import Copy, Viewing
from scoring.results import PageSheet, from_json
from scoring.showing import Picture, show
from submissions import imaging
from submissions.models import Page


@require_safe
@never_cache
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The student's own result."""
    found = copy_for(request.user, pk)
    if request.method == "GET":
        Viewing.objects.create(copy=found, by=who(request))
    result = from_json(found.result)
    context = {
        "exam": found.submission.exam,
        "result": result,
        "shown": show(result, _pictures(found, result.pages)),
        "pdf": reverse("copy_pdf", args=[found.pk]),
        "released_at": found.release.at if found.release else None,
    }
    return render(request, "scoring/copy.html", context)


@require_safe
def copy_page(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """The picture of the n-th page, as it was released."""
    pages = from_json(copy_for(request.user, pk).result).pages
    if not 1 <= number <= len(pages):
        raise Http404
    there = _rows(pages[number - 1 : number])
    if not there or not there[0].preview:
        raise Http404
    if by := _turned_since(there[0], pages[number - 1]):
        return _turned_back(there[0], by)
    return send(request, str(there[0].preview.name), immutable=False)


def _rows(sheets: Sequence[PageSheet]) -> list[Page]:
    """Return the stored pages, each only if it is still the scan that was released."""
    rows = Page.objects.in_bulk([sheet.page for sheet in sheets])
    found = [(rows.get(sheet.page), sheet.sha) for sheet in sheets]
    return [page for page, sha in found if page and page.sha256 == sha]


def _turned_since(page: Page, sheet: PageSheet) -> int:
    """Return by how many degrees clockwise a page was turned after it was released."""
    return (page.sheet_turn - sheet.turn) % 360


def _turned_back(page: Page, by: int) -> HttpResponse:
    """The picture as it stood when it was released: what was drawn on it is frozen so."""
    try:
        picture = imaging.preview(read(str(page.image.name)), (page.turn - by) % 360)
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(picture, content_type="image/jpeg")
    response["Cache-Control"] = "private, no-cache"
    return response


def _pictures(copy: Copy, sheets: Sequence[PageSheet]) -> list[Picture]:
    there = {page.pk: page for page in _rows(sheets)}
    return [
        _picture(copy, number, sheet, page)
        if (page := there.get(sheet.page)) and page.preview
        else Picture("", 0, 0)
        for number, sheet in enumerate(sheets, start=1)
    ]


def _picture(copy: Copy, number: int, sheet: PageSheet, page: Page) -> Picture:
    size = page.width, page.height
    lying = _turned_since(page, sheet) % 180 == 90
    width, height = reversed(size) if lying else size
    return Picture(reverse("copy_page", args=[copy.pk, number]), width, height)
