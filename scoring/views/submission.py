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
from scoring.collect_rows import pages_of
from scoring.differences import difference
from scoring.results import PageSheet
from scoring.showing import Picture, show
from scoring.views.solutions import staff_solutions
from submissions.access import sees_names, submission_for
from submissions.models import Page, Submission
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
        "shown": show(
            result,
            pictures_of(found, result.pages, names=names),
            solutions=staff_solutions(found.exam_id, result),
        ),
        "difference": difference(found) if instructor else None,
        "pdf": reverse("submission_copy", args=[found.pk]) if instructor else "",
        "staff": True,
    }
    return render(request, "scoring/copy.html", context)


def pictures_of(paper: Submission, sheets: Sequence[PageSheet], *, names: bool) -> list[Picture]:
    pages = list(pages_of([paper.pk]).select_related("name_check", "upload"))
    if [page.sha256 for page in pages] != [sheet.sha for sheet in sheets]:
        # A page was moved between the two looks; nothing is better than another one's picture.
        return [Picture("", 0, 0) for _ in sheets]
    return [_picture(page, names=names) for page in pages]


def _picture(page: Page, *, names: bool) -> Picture:
    shown = picture(page, names=names)
    return Picture(shown.url, shown.width, shown.height, shown.hidden)
