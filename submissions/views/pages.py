"""Pictures of pages and crops, for staff."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from gradebook.files import send
from submissions.access import crop_for, page_for, sees_names
from submissions.pictures import file_of

KINDS = {"preview", "thumbnail", "image", "covered"}


@require_safe
def page_image(request: HttpRequest, pk: int, kind: str, sha: str) -> HttpResponseBase:
    """A page's picture under the name that its content gives it; another name is 404."""
    page = page_for(request.user, pk)
    if kind not in KINDS:
        raise Http404
    name = file_of(page, kind, names=sees_names(request.user, page.upload.exam))
    return _send(request, name, sha)


@require_safe
def crop(request: HttpRequest, pk: int, sha: str) -> HttpResponseBase:
    """A region cut out of a page."""
    return _send(request, str(crop_for(request.user, pk).image.name), sha)


def _send(request: HttpRequest, name: str, sha: str) -> HttpResponseBase:
    if not name or name.rsplit("/", 1)[-1].rsplit(".", 1)[0] != sha:
        raise Http404
    return send(request, name)
