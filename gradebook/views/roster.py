"""A roster file: read, shown as what it would change, and taken over once confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gradebook import drafts
from gradebook.access import course_for
from gradebook.enrolment import Plan, Refused, carry_out, plan
from gradebook.forms import RosterForm
from gradebook.models import Course, Role
from gradebook.roster import Roster, read_roster
from gradebook.tables import MOST_BYTES

SHOWN = 100
OLD = "This preview is too old, or another one took its place. Upload the file again."


@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file in and lead to its preview; nothing is written yet."""
    course = course_for(request.user, pk, Role.INSTRUCTOR)
    form = RosterForm(request.POST or None, request.FILES or None)
    wants_json = "application/json" in request.headers.get("Accept", "")
    if not form.is_valid():
        if wants_json and form.is_bound:
            return JsonResponse({"errors": {"file": list(form.errors["file"])}}, status=400)
        ctx = {"form": form, "course": course}
        status = 422 if form.is_bound else 200
        return render(request, "gradebook/roster.html", ctx, status=status)
    file = form.cleaned_data["file"]
    word = drafts.keep(request, course, file.name, _read(file))
    url = reverse("roster_draft", args=[pk, word])
    return JsonResponse({"next": url}) if wants_json else redirect(url)


def _read(file: UploadedFile[bytes]) -> Roster:
    # One byte more than fits, so that the reader can say it is too large.
    return read_roster(file.read(MOST_BYTES + 1))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def roster_draft(request: HttpRequest, pk: int, word: str) -> HttpResponse:
    """GET shows who would join, change and leave; POST takes the roster over."""
    course = course_for(request.user, pk, Role.INSTRUCTOR)
    try:
        draft = drafts.kept(request, course, word)
    except Http404:
        messages.error(request, OLD)
        return redirect("roster", pk)
    if request.method != "POST":
        return _preview(request, course, draft)
    if draft.roster.problems:
        return _preview(request, course, draft, status=422)
    try:
        done = carry_out(course, draft.roster.rows, leave="leave" in request.POST)
    except Refused:
        return _preview(request, course, draft, status=422)
    drafts.drop(request)
    messages.success(request, _told(done))
    return redirect("people", pk)


def _preview(
    request: HttpRequest, course: Course, draft: drafts.Draft, *, status: int = 200
) -> HttpResponse:
    planned = plan(course, draft.roster.rows, leave=True)
    # The problems of a file that cannot be used come alone: what follows from it is noise.
    problems = draft.roster.problems or planned.problems
    ctx: dict[str, Any] = {
        "course": course,
        "name": draft.name,
        "plan": planned,
        "count": len(draft.roster.rows),
        "problems": problems,
        "passed_over": draft.roster.passed_over,
        "notes": draft.roster.notes,
        "shown": SHOWN,
    }
    return render(request, "gradebook/roster_draft.html", ctx, status=status)


def _told(done: Plan) -> str:
    counts = [
        (len(done.joins), "joined"),
        (len(done.changes), "changed"),
        (len(done.leaves), "left"),
    ]
    said = [f"{count:,} {word}" for count, word in counts if count]
    return f"{', '.join(said)}." if said else "Everyone was here already; nothing changed."
