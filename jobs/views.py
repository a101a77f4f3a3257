from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from jobs.models import Job

STOP_POLLING = 286  # htmx swaps the answer in and asks no more


def jobs_seen_by(user: object) -> QuerySet[Job]:
    """A job is shown to the person who asked for it, and to superusers."""
    if getattr(user, "is_superuser", False):
        return Job.objects.all()
    return Job.objects.filter(asked_by=getattr(user, "pk", None) or 0)


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a job is: a fragment for htmx, a page for everybody else."""
    return answer_progress(request, get_object_or_404(jobs_seen_by(request.user), pk=pk))


def answer_progress(request: HttpRequest, job: Job, *, back: str = "") -> HttpResponse:
    """Answer with the progress of a job whose access the caller has checked.

    For views of other apps that show a job to more people than asked for it; the fragment
    polls the address it came from. The page leads `back` to where the work is asked for.
    """
    told = job.progress()
    context = {"job": job, "progress": told, "url": request.path, "back": back}
    if request.headers.get("HX-Request") != "true":
        return render(request, "jobs/progress.html", context)
    response = render(request, "jobs/_progress.html", context)
    if told.finished:
        response.status_code = STOP_POLLING
        # A list beside it may listen: hx-trigger="job-finished from:body".
        response.headers["HX-Trigger"] = "job-finished"
    response.headers["Cache-Control"] = "no-store"
    return response
