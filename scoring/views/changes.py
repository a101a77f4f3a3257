"""What another release would change of what students see."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for
from gradebook.models import Role
from scoring.changes import tally
from scoring.differences import differences, named

SHOWN = 100


@require_safe
@never_cache
def changes(request: HttpRequest, pk: int) -> HttpResponse:
    """Every student whose result differs from the one they see, before and after."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    found = differences(exam)
    own = [one for one in found if one.change.own]
    page = Paginator(own, SHOWN).get_page(request.GET.get("page"))
    context = {
        "exam": exam,
        "tally": tally(one.change for one in found),
        "page": page,
        "rows": named(list(page.object_list)),
        "released": exam.releases.standing().exists(),
    }
    return render(request, "scoring/changes.html", context)
