"""One paper's result as the staff see it: the numbers as they stand, in the student's layout."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import role_in
from gradebook.models import Role
from scoring.collect import collect
from scoring.results import PageSheet
from scoring.showing import Picture, show
from submissions.access import sees_names, submission_for
from submissions.models import Page
from submissions.pictures import picture


@require_safe
@never_cache
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper as its student would see it now; graders of an anonymous exam see no name."""
    found = submission_for(request.user, pk)
    names = sees_names(request.user, found.exam)
    (result,) = collect(found.exam, [found], names=names)
    instructor = role_in(request.user, found.exam.course_id) == Role.INSTRUCTOR
    context = {
        "exam": found.exam,
        "paper": found,
        "result": result,
        "shown": show(result, _pictures(result.pages, names=names)),
        "pdf": reverse("submission_copy", args=[found.pk]) if instructor else "",
        "staff": True,
    }
    return render(request, "scoring/copy.html", context)


def _pictures(sheets: Sequence[PageSheet], *, names: bool) -> list[Picture]:
    rows = Page.objects.select_related("name_check", "upload")
    pages = rows.in_bulk([sheet.page for sheet in sheets])
    return [_picture(pages[sheet.page], names=names) for sheet in sheets]


def _picture(page: Page, *, names: bool) -> Picture:
    shown = picture(page, names=names)
    return Picture(shown.url, shown.width, shown.height, shown.hidden)
