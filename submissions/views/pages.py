"""Pictures of pages and crops, for staff."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from gradebook.files import read, send
from submissions import jpegs
from submissions.access import crop_for, page_for, sees_names
from submissions.models import Page
from submissions.pictures import file_of, stem_of

KINDS = {"preview", "thumbnail", "image", "covered"}


@require_safe
def page_image(request: HttpRequest, pk: int, kind: str, sha: str) -> HttpResponseBase:
    """A page's picture under the name that its content gives it; another name is 404."""
    page = page_for(request.user, pk)
    if kind not in KINDS:
        raise Http404
    name = file_of(page, kind, names=sees_names(request.user, page.upload.exam))
    if kind == "image" and page.turn:
        return _turned(page, name, sha)
    return _send(request, name, sha)


def _turned(page: Page, name: str, sha: str) -> HttpResponseBase:
    """The scan itself, never re-encoded, with a note that sets it upright."""
    if stem_of(name) != sha:
        raise Http404
    response = HttpResponse(jpegs.with_turn(read(name), page.turn), content_type="image/jpeg")
    # A page may be turned on: its address says how far, so this may stay as it is.
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@require_safe
def crop(request: HttpRequest, pk: int, sha: str) -> HttpResponseBase:
    """A region cut out of a page."""
    return _send(request, str(crop_for(request.user, pk).image.name), sha)


def _send(request: HttpRequest, name: str, sha: str) -> HttpResponseBase:
    if stem_of(name) != sha:
        raise Http404
    return send(request, name)
