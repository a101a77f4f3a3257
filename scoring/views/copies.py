"""All graded copies of an exam, for its instructors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook.access import exam_for, who
from gradebook.models import Exam, Role
from jobs.models import Job
from jobs.views import answer_progress
from scoring.asking import ask_for_copies, latest_job
from scoring.copies.names import plain
from scoring.copies.zip import zipped
from scoring.folder import Named, named_copies
from scoring.models import Copy
from scoring.versions import version_with_people
from submissions.models import Submission

NOT_YET = "Some copies are not drawn yet. Ask for them first."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def copies(request: HttpRequest, pk: int) -> HttpResponse:
    """How many copies are there, and POST to have all of them drawn as the numbers stand."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method == "POST":
        ask_for_copies(exam, by=who(request))
        return redirect("copies", exam.pk)
    papers, drawn = Submission.objects.filter(exam=exam).count(), named_copies(exam).count()
    job = latest_job("copies.exam", exam=exam.pk)
    context: dict[str, Any] = {
        "exam": exam,
        "papers": papers,
        "drawn": drawn,
        "whole": papers > 0 and papers == drawn,
        "job": job,
        "progress": job.progress() if job else None,
        "stale": bool(job and job.args.get("made_of") != version_with_people(exam)),
        "release": exam.releases.standing().first(),
        "released": _released(exam),
    }
    return render(request, "scoring/copies.html", context)


def _released(exam: Exam) -> dict[str, int]:
    """Return how many copies students see, and how many of these are drawn."""
    stands = Copy.objects.standing().filter(release__exam=exam)
    return stands.aggregate(count=Count("pk"), drawn=Count("pk", filter=~Q(file="")))


@require_safe
def copies_progress(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    """How far the drawing is, for every instructor of the exam."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    releases = list(exam.releases.values_list("pk", flat=True))
    found = Job.objects.filter(pk=job, kind__in=["copies.exam", "copies.release"]).first()
    if found is None or (
        found.args.get("exam") != exam.pk and found.args.get("release") not in releases
    ):
        raise Http404
    return answer_progress(request, found)


@require_safe
@never_cache
def copies_zip(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All working copies as one ZIP, sent while it is made."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    named = named_copies(exam)
    if not named or named.count() < Submission.objects.filter(exam=exam).count():
        messages.info(request, NOT_YET)
        return redirect("copies", exam.pk)
    response = StreamingHttpResponse(_zip(named), content_type="application/zip")
    filename = f"{plain(exam.name) or 'exam'}_copies.zip"
    response["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    return response


def _zip(named: Named) -> Iterator[bytes]:
    return zipped((one.name, one.file, one.at) for one in named)
