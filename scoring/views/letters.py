"""The e-mail that tells students of a release: how each letter went, and sending once more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gradebook.access import exam_for, who
from gradebook.counted import counted
from gradebook.models import Exam, Role
from scoring import letters as verbs
from scoring.asking import ask_for_letters, latest_job, stranded
from scoring.audience import seen_copies
from scoring.models import Letter, Release

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def letters(request: HttpRequest, pk: int) -> HttpResponse:
    """The letters of one release; POST writes to who has none, or sends what is stuck or waits."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    release = _release(request, exam)
    if request.method == "POST":
        return _send(request, exam, release)
    if release is None:
        return render(request, "scoring/letters.html", {"exam": exam})
    return render(request, "scoring/letters.html", _context(request, exam, release))


def _release(request: HttpRequest, exam: Exam) -> Release | None:
    """Return the release asked for, the latest that stands, or the latest of those gone."""
    named = request.POST.get("release") or request.GET.get("release", "")
    if not named:
        return exam.releases.standing().first() or _written(exam).first() or exam.releases.first()
    found = exam.releases.filter(pk=named).first() if _is_key(named) else None
    if found is None:
        raise Http404
    return found


def _written(exam: Exam) -> QuerySet[Release]:
    """Return the releases that wrote to anybody, be they gone: letters stay out in the world."""
    return exam.releases.filter(Exists(Letter.objects.filter(copy__release=OuterRef("pk"))))


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


def _send(request: HttpRequest, exam: Exam, release: Release | None) -> HttpResponse:
    if release is None:
        return redirect("letters", exam.pk)
    count = _queue(request, release)
    # What an earlier job left waiting when it failed goes as well.
    if count := max(count, stranded(release).count()):
        ask_for_letters(release, by=who(request))
        messages.success(request, f"{counted(count, 'e-mail')} will be sent.")
    return redirect(f"{reverse('letters', args=[exam.pk])}?release={release.pk}")


def _queue(request: HttpRequest, release: Release) -> int:
    """Let the letters asked for wait to be sent; return how many are new among those that do."""
    if "write" in request.POST:
        return verbs.write_letters(_untold(release))
    if "waiting" in request.POST:
        return 0
    again = Letter.objects.filter(copy__release=release)
    one = request.POST.get("letter", "")
    return verbs.send_again(again.filter(pk=one) if _is_key(one) else again)


def _untold(release: Release) -> Any:
    """Return the copies their students see, and nobody wrote to them of."""
    return seen_copies().filter(release=release, letter=None, student__left_at=None)


def _context(request: HttpRequest, exam: Exam, release: Release) -> dict[str, Any]:
    rows = Letter.objects.filter(copy__release=release)
    return listed(request, rows, "copy__student__user") | {
        "exam": exam,
        "release": release,
        "here": f"?release={release.pk}&",
        "replies": verbs.of_replies(exam).count(),
        "stands": exam.releases.standing().filter(pk=release.pk).exists(),
        "releases": (exam.releases.standing() | _written(exam))
        .exclude(pk=release.pk)
        .prefetch_related("sections"),
        "waiting": stranded(release).count(),
        "untold": _untold(release).count(),
        "job": latest_job("letters.release", release=release.pk),
    }


def listed(request: HttpRequest, letters: QuerySet[Letter], student: str) -> dict[str, Any]:
    """Return what a list of letters needs; `student` is the look-up to whom they go to."""
    found = verbs.counts(letters)
    state = request.GET.get("state", "")
    rows = letters.filter(state=state) if state in Letter.State.values else letters
    names = (f"{student}__last_name", f"{student}__first_name", "pk")
    rows = rows.select_related(student).order_by(*names)
    return {
        "total": sum(found.values()),
        "states": [(value, label, found.get(value, 0)) for value, label in Letter.State.choices],
        "state": state,
        "stuck": verbs.stuck(letters).count(),
        "page": Paginator(rows, SHOWN).get_page(request.GET.get("page")),
    }
