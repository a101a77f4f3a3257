"""A ZIP of evaluations: taken in, shown as what it would do; once confirmed, a worker takes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_hex
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook import drafts
from gradebook.access import exam_for, who
from gradebook.files import keep_file
from gradebook.models import Exam, Role
from jobs import folders
from jobs.models import Job
from jobs.views import answer_progress
from rubrics.evaluations import files, tables
from rubrics.evaluations.plans import Plan, plan, words

SLOT = "evaluations"
WORK = "evaluations.take"
A_DAY = timedelta(days=1)
OLD = "This file is too old, or another one took its place. Upload it again."
BUSY = "Another file is being taken over. Confirm this one once that is through."
READING = "Other files are being read just now. Try again in a moment."
MOST = 2
SHOWN = 30


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def evaluations(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a ZIP in, and lead to what it would do; nothing is written yet."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    wants_json = "application/json" in request.headers.get("Accept", "")
    problem = ""
    if request.method == "POST":
        try:
            word = _taken_in(request, exam, request.FILES.get("file"))
        except tables.BadFile as error:
            problem = str(error)
        else:
            url = reverse("evaluations_draft", args=[pk, word])
            return JsonResponse({"next": url}) if wants_json else redirect(url)
    if problem and wants_json:
        return JsonResponse({"errors": {"file": [problem]}}, status=400)
    return _page(request, exam, problem)


def _page(request: HttpRequest, exam: Exam, problem: str = "") -> HttpResponse:
    job = _latest(exam)
    context = {
        "exam": exam,
        "problem": problem,
        "job": job,
        "progress": job.progress() if job else None,
    }
    return render(request, "rubrics/evaluations.html", context, status=422 if problem else 200)


def _taken_in(request: HttpRequest, exam: Exam, file: UploadedFile[bytes] | None) -> str:
    """Keep a file that can be read, for an hour. Raises BadFile."""
    if file is None:
        raise tables.BadFile("No file came along. Choose the ZIP of evaluations.")
    if (file.size or 0) > tables.MOST_BYTES:
        raise tables.BadFile(f"The file is larger than {tables.MOST_BYTES >> 20} MB.")
    assert file.file is not None
    with _reading() as watch:
        files.read(file.file, watch)
    _delete_earlier(request)
    # A name of its own: who deletes it deletes no other one's.
    kept = keep_file("evaluations", file.file, f"-{token_hex(8)}.zip")
    return drafts.keep_data(
        request, SLOT, {"exam": exam.pk, "file": kept.name, "name": file.name or ""}
    )


@contextmanager
def _reading() -> Iterator[tables.Watch]:
    """Allow so much work on a file somebody waits for. Raises BadFile if too many wait already."""
    with folders.one_of(MOST, "evaluations") as free:
        if not free:
            raise tables.BadFile(READING)
        yield tables.Watch()


def _delete_earlier(request: HttpRequest) -> None:
    """Delete the file of a draft that another one replaces: it names people."""
    there = request.session.get(SLOT)
    if there and (name := drafts.kept_data(request, SLOT, there["word"]).get("file")):
        default_storage.delete(name)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def evaluations_draft(request: HttpRequest, pk: int, word: str) -> HttpResponse:
    """GET shows what would be made and what fits nobody; POST has it done."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    try:
        kept = drafts.kept_data(request, SLOT, word)
        if kept.get("exam") != exam.pk:
            raise Http404
        with default_storage.open(kept["file"], "rb") as file, _reading() as watch:
            planned = plan(exam, files.read(file, watch), watch)
    except (Http404, FileNotFoundError):
        messages.error(request, OLD)
        return redirect("evaluations", pk)
    except tables.BadFile as error:
        # Here, not there: the same address once more is another try.
        return _page(request, exam, str(error))
    if request.method != "POST":
        return _preview(request, exam, kept["name"], planned)
    if planned.problems:
        return _preview(request, exam, kept["name"], planned, status=422)
    job = Job.objects.ask(
        WORK,
        by=who(request),
        key=f"evaluations:{exam.pk}",
        exam=exam.pk,
        file=kept["file"],
        name=kept["name"],
        replace="replace" in request.POST,
    )
    if job.args["file"] != kept["file"]:
        messages.error(request, BUSY)
        return redirect("evaluations_draft", pk, word)
    drafts.drop(request, SLOT)
    return redirect("evaluations", pk)


@require_safe
def evaluations_progress(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    """How far the taking over is, for every instructor of the exam."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    found = get_object_or_404(_jobs(exam), pk=job)
    return answer_progress(request, found, back=reverse("evaluations", args=[pk]))


def _jobs(exam: Exam) -> QuerySet[Job]:
    return Job.objects.filter(kind=WORK, args__exam=exam.pk)


def _latest(exam: Exam) -> Job | None:
    """Return the taking over that runs, or ended within a day: its end is still of interest."""
    job = _jobs(exam).order_by("-pk").first()
    over = job and job.finished_at and job.finished_at < now() - A_DAY
    return None if over else job


def _preview(
    request: HttpRequest,
    exam: Exam,
    name: str,
    planned: Plan,
    *,
    status: int = 200,
) -> HttpResponse:
    differing = [(each.part.number, one) for each in planned.parts for one in each.differences]
    context: dict[str, Any] = {
        "exam": exam,
        "name": name,
        "plan": planned,
        "guessed": [each.part.number for each in planned.parts if each.part.guessed],
        "differing": [f"{number} · {words(one)}" for number, one in differing[:SHOWN]],
        "differences": len(differing),
        "problems": planned.problems,
        "shown": SHOWN,
    }
    return render(request, "rubrics/evaluations_draft.html", context, status=status)
