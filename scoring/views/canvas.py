"""Canvas's own gradebook: taken in, shown with what was filled in, given back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook import drafts
from gradebook.access import exam_for
from gradebook.models import Exam, Role
from gradebook.tables import MOST_BYTES, Unreadable
from scoring.exports.canvas_file import CanvasFile, Row, fill, read
from scoring.exports.kinds import file_name

SLOT = "canvas"
OLD = "This file is too old, or another one took its place. Upload it again."
SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def canvas_gradebook(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in what Canvas exported, and lead to what can be filled in."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    wants_json = "application/json" in request.headers.get("Accept", "")
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            found = read(file.read(MOST_BYTES + 1) if file else b"", exam)
        except Unreadable as error:
            problem = str(error)
        else:
            url = reverse("canvas_draft", args=[pk, _keep(request, exam, found)])
            return JsonResponse({"next": url}) if wants_json else redirect(url)
    if problem and wants_json:
        return JsonResponse({"errors": {"file": [problem]}}, status=400)
    context = {"exam": exam, "problem": problem}
    return render(request, "scoring/canvas.html", context, status=422 if problem else 200)


@require_safe
@never_cache
def canvas_draft(request: HttpRequest, pk: int, word: str) -> HttpResponse:
    """What was filled in and what was not, before the file is taken away."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if (found := _kept(request, exam, word)) is None:
        messages.error(request, OLD)
        return redirect("canvas_gradebook", pk)
    context: dict[str, Any] = {
        "exam": exam,
        "word": word,
        "file": found,
        "filled": fill(exam, found),
        "shown": SHOWN,
    }
    return render(request, "scoring/canvas_draft.html", context)


@require_safe
@never_cache
def canvas_filled(request: HttpRequest, pk: int, word: str) -> HttpResponse:
    """Canvas's gradebook with the totals as they stand now."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if (found := _kept(request, exam, word)) is None:
        messages.error(request, OLD)
        return redirect("canvas_gradebook", pk)
    name = content_disposition_header(True, file_name(exam, "canvas.csv")) or "attachment"
    return HttpResponse(
        fill(exam, found).text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name},
    )


def _keep(request: HttpRequest, exam: Exam, file: CanvasFile) -> str:
    rows = [[row.line, list(row.cells), row.was] for row in file.rows]
    data = {
        "exam": exam.pk,
        "columns": list(file.columns),
        "heading": file.heading,
        "rows": rows,
    }
    return drafts.keep_data(request, SLOT, data)


def _kept(request: HttpRequest, exam: Exam, word: str) -> CanvasFile | None:
    try:
        kept = drafts.kept_data(request, SLOT, word)
    except Http404:
        return None
    if kept.get("exam") != exam.pk:
        return None
    return CanvasFile(kept["columns"], kept["heading"], [Row(*row) for row in kept["rows"]])
