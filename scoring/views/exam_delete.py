"""An exam deleted for good: what goes, after its name is typed; and the record of what went."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gradebook.access import course_for, who
from gradebook.models import Course, Role
from jobs.models import Job
from jobs.views import jobs_seen_by
from scoring.access import deletion_for, exam_to_delete
from scoring.erasure import deleting, exams
from scoring.forms import TypedForm
from scoring.models import Archiving, Deletion


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def exam_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes with an exam; POST its name, and it goes."""
    exam = exam_to_delete(request.user, pk)
    if exam.going_since is not None:
        return redirect("deletions", exam.course_id)
    form = TypedForm(request.POST or None, wanted=exam.name, what="the exam’s name")
    if form.is_valid():
        exams.ask(exam, by=who(request))
        return redirect("deletions", exam.course_id)
    context: dict[str, Any] = {
        "exam": exam,
        "form": form,
        "goes": [(f"{word}s".capitalize(), n) for n, word in exams.what_goes(exam) if n],
        "size": exams.size_of(exam),
        "archived": Archiving.objects.filter(exam=exam).select_related("by").last(),
        "released": exam.releases.filter(taken_back_at=None).exists(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "scoring/exam_delete.html", context, status=status)


@require_safe
@never_cache
def deletions(request: HttpRequest, pk: int) -> HttpResponse:
    """What was deleted for good in a course, by whom and when; how far it is with the rest."""
    course = course_for(request.user, pk, Role.INSTRUCTOR)
    done = list(Deletion.objects.filter(course=course).select_related("by"))
    context = {
        "course": course,
        "deletions": done,
        "stopped": deleting.stopped(done),
        "jobs": _at_work(request, course, done),
    }
    return render(request, "scoring/deletions.html", context)


@require_POST
def deletion_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more for a deletion that stopped before its end."""
    deletion = deletion_for(request.user, pk)
    if deletion.done_at is None:
        deleting.ask(deletion, by=who(request))
    return redirect("deletions", deletion.course_id)


def _at_work(request: HttpRequest, course: Course, done: list[Deletion]) -> list[Job]:
    """Return the jobs, of those this person may see, that still delete something here."""
    left = [one.pk for one in done if one.done_at is None]
    return list(jobs_seen_by(request.user).filter(args__deletion__in=left)) if left else []
