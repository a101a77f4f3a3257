"""Release: the check list, the one act, and taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gradebook.access import exam_for, who
from gradebook.models import Exam, Role
from rubrics.models import Entry
from scoring import release as verbs
from scoring.asking import latest_job
from scoring.models import Release
from scoring.release_checks import Ready, ready

CHANGED = "Something changed since you opened this page. Look again, then release."
AGREE = "Some things are open. Settle them, or tick the box to release all the same."


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
@never_cache
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """POST releases, or with `take_back` takes back, as DELETE does."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method == "DELETE" or "take_back" in request.POST:
        return _take_back(request, exam)
    found = ready(exam)
    if request.method != "POST":
        return _page(request, exam, found)
    if problem := _problem(request, found):
        messages.error(request, problem)
        return _page(request, exam, found, status=422)
    try:
        verbs.release(exam, by=who(request))
    except verbs.NotReleased as refusal:
        messages.error(request, str(refusal))
        return _page(request, exam, found, status=409)
    messages.success(request, "Released. The students can see their results now.")
    return redirect("release", exam.pk)


def _take_back(request: HttpRequest, exam: Exam) -> HttpResponse:
    if verbs.take_back(exam, by=who(request)):
        messages.success(request, "Taken back. Students see nothing of it any more.")
    response = redirect("release", exam.pk)
    if request.method == "DELETE":
        # A browser would repeat a DELETE at the address it is sent to.
        response.status_code = 303
    return response


def _problem(request: HttpRequest, found: Ready) -> str:
    if request.POST.get("seen") != seen(found):
        return CHANGED
    return AGREE if found.open and "agreed" not in request.POST else ""


def seen(found: Ready) -> str:
    """Return what the form carries: the counts its person looked at."""
    return "-".join(str(n) for n in (found.matched, *(check.count for check in found.checks)))


def _page(request: HttpRequest, exam: Exam, found: Ready, status: int = 200) -> HttpResponse:
    stands = verbs.standing(exam)
    context: dict[str, Any] = {
        "exam": exam,
        "ready": found,
        "seen": seen(found),
        "release": stands,
        "changed": bool(stands and _changed(stands)),
        "released": stands.copies.count() if stands else 0,
        "job": latest_job("copies.release", release=stands.pk) if stands else None,
        "before": exam.releases.exclude(taken_back_at=None).select_related("by")[:5],
    }
    return render(request, "scoring/release.html", context, status=status)


def _changed(stands: Release) -> bool:
    """Whether anything was said in the exam since."""
    own = (Entry.Verb.RELEASED, Entry.Verb.TOOK_BACK)
    later = Entry.objects.filter(exam=stands.exam_id, at__gt=stands.at).exclude(verb__in=own)
    return later.exists()
