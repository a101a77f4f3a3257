"""Pictures of pages and crops, for staff."""

from __future__ import annotations

import base64

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from gradebook.files import read, send
from submissions import jpegs, pictures
from submissions.access import crop_for, page_for, sees_names, submission_for
from submissions.models import Page
from submissions.pictures import file_of, stem_of

KINDS = {"preview", "thumbnail", "image", "covered"}
FOR_EVER = "private, max-age=31536000, immutable"


@require_safe
def page_image(request: HttpRequest, pk: int, kind: str, sha: str) -> HttpResponseBase:
    """A page's picture under the name that its content gives it; another name is 404."""
    page = page_for(request.user, pk)
    if kind not in KINDS:
        raise Http404
    names = sees_names(request.user, page.upload.exam)
    name = file_of(page, kind, names=names)
    if kind == "image" and (page.turn or not names):
        return _scan(page, name, sha, names=names)
    return _send(request, name, sha)


def _scan(page: Page, name: str, sha: str, *, names: bool) -> HttpResponseBase:
    """The scan itself, never re-encoded, with a note that sets it upright.

    Other notes in the file may say who wrote it: who must not see names gets none of them.
    """
    if stem_of(name) != sha:
        raise Http404
    scan = read(name) if names else jpegs.bare(read(name))
    shown = jpegs.with_turn(scan, page.turn) if page.turn else scan
    response = HttpResponse(shown, content_type="image/jpeg")
    # A page may be turned on: its address says how far, so this may stay as it is.
    response["Cache-Control"] = FOR_EVER
    return response


@require_safe
def thumbnails(request: HttpRequest, pk: int, sha: str) -> HttpResponseBase:
    """The small pictures of a paper's pages, {page: data URL}; when one changes, all are 404.

    One answer instead of one for each of thirty pages: who may see them costs more to find out
    than they do to send.
    """
    paper = submission_for(request.user, pk)
    small = pictures.thumbnails(paper, names=sees_names(request.user, paper.exam))
    if pictures.hash_of(small) != sha:
        raise Http404
    try:
        response = JsonResponse({page: _data_url(read(name)) for page, name in small.items()})
    except FileNotFoundError:
        raise Http404 from None
    response["Cache-Control"] = FOR_EVER
    return response


def _data_url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


@require_safe
def crop(request: HttpRequest, pk: int, sha: str) -> HttpResponseBase:
    """A region cut out of a page."""
    return _send(request, str(crop_for(request.user, pk).image.name), sha)


def _send(request: HttpRequest, name: str, sha: str) -> HttpResponseBase:
    if stem_of(name) != sha:
        raise Http404
    return send(request, name)
