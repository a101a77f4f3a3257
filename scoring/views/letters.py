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
from gradebook.sent import number
from scoring import letters as verbs
from scoring.asking import ask_for_letter, ask_for_letters, latest_job, left_waiting, stranded
from scoring.audience import seen_copies
from scoring.models import Letter, Release

SHOWN = 100
NOT_HERE = "There is no such e-mail on this page. Nothing was sent."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def letters(request: HttpRequest, pk: int) -> HttpResponse:
    """The letters of one release; POST writes to who has none, or sends what is stuck or waits.

    With a `letter` it sends that one alone.
    """
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    release = _release(request, exam)
    found = True
    if "letter" in request.POST:
        found = send_one(request, _letters(release))
    elif request.method == "POST" and release is not None:
        _send(request, release)
    if request.method == "POST" and found:
        query = {"release": release.pk} if release else None
        return redirect(reverse("letters", args=[exam.pk], query=query))
    context = _context(request, exam, release) if release else {"exam": exam}
    return render(request, "scoring/letters.html", context, status=200 if found else 404)


def _release(request: HttpRequest, exam: Exam) -> Release | None:
    """Return the release asked for, the latest that stands, or the latest of those gone."""
    named = request.POST.get("release") or request.GET.get("release", "")
    if not named:
        return exam.releases.standing().first() or _written(exam).first() or exam.releases.first()
    found = exam.releases.filter(pk=number(named) or 0).first()
    if found is None:
        raise Http404
    return found


def _written(exam: Exam) -> QuerySet[Release]:
    """Return the releases that wrote to anybody, be they gone: letters stay out in the world."""
    return exam.releases.filter(Exists(Letter.objects.filter(copy__release=OuterRef("pk"))))


def _letters(release: Release | None) -> QuerySet[Letter]:
    letters = Letter.objects.all()
    return letters.filter(copy__release=release) if release else letters.none()


def send_one(request: HttpRequest, letters: QuerySet[Letter]) -> bool:
    """Send the one letter a person names, and say so; False if it is not among these."""
    one = letters.filter(pk=number(request.POST["letter"]) or 0)
    letter = one.first()
    if letter is None:
        messages.error(request, NOT_HERE)
        return False
    # Where it went wrong its batch may go on still, and will not come back to it.
    if verbs.send_again(one) or left_waiting(one).exists():
        ask_for_letter(letter, by=who(request))
        messages.success(request, "1 e-mail will be sent.")
    return True


def _send(request: HttpRequest, release: Release) -> None:
    count = 0
    if "write" in request.POST:
        count = verbs.write_letters(_untold(release))
    elif "waiting" not in request.POST:
        count = verbs.send_again(_letters(release))
    # What an earlier job left waiting when it failed goes as well.
    if count := max(count, stranded(release).count()):
        ask_for_letters(release, by=who(request))
        messages.success(request, f"{counted(count, 'e-mail')} will be sent.")


def _untold(release: Release) -> Any:
    """Return the copies their students see, and nobody wrote to them of."""
    return seen_copies().filter(release=release, letter=None, student__left_at=None)


def _context(request: HttpRequest, exam: Exam, release: Release) -> dict[str, Any]:
    rows, job = _letters(release), latest_job("letters.release", release=release.pk)
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
        "progress": job.progress() if job else None,
        "asks": "write" in request.GET,
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
