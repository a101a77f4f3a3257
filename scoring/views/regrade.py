"""One request for a regrade, beside the answer it asks about, in the grading workspace."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gradebook.access import role_in, who
from gradebook.models import Role
from gradebook.points import hundredths
from gradebook.sent import number
from rubrics import assignments
from rubrics.views.grading import workspace_of
from scoring import regrades
from scoring.access import answered_regrade, may_answer, regrade_for
from scoring.models import Regrade
from scoring.models.regrade import LONGEST
from scoring.refreezing import differs, frozen_of
from scoring.regrade_thread import thread
from submissions.access import sees_names

SENT = {True: "Sent. The student sees the new score.", False: "Sent."}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def regrade(request: HttpRequest, pk: int) -> HttpResponse:
    """GET opens the answer with the request beside its rubric. POST replies, then leads on."""
    if request.method != "POST":
        return _page(request, regrade_for(request.user, pk))
    found = answered_regrade(request.user, pk)
    change = request.POST.get("change") == "yes"
    try:
        reply = regrades.reply(
            found,
            request.POST.get("text", ""),
            change=change,
            seen=_seen(request.POST.get("seen", "")),
            by=who(request),
        )
    except regrades.Refused as refused:
        status = 422 if isinstance(refused, regrades.Unsaid) else 409
        return _page(request, regrade_for(request.user, pk), str(refused), status)
    messages.success(request, SENT[reply.changed])
    onward = reverse("regrade_next", args=[found.submission.exam_id])
    return redirect(f"{onward}?after={found.pk}")


def _seen(text: str) -> int | None:
    """Return the score its person saw in hundredths; what cannot be one is no score at all."""
    try:
        return hundredths(text)
    except ValueError:
        return None


@require_POST
def regrade_grader(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a request to another grader, or to all who grade."""
    found = regrade_for(request.user, pk, Role.INSTRUCTOR)
    chosen = number(request.POST.get("grader"))
    staff = {user.pk: user for user in assignments.graders(found.submission.exam)}
    if chosen and chosen not in staff:
        messages.error(request, "That person does not grade in this course.")
        return redirect("regrade", pk)
    try:
        regrades.pass_on(found, staff.get(chosen or 0), by=who(request))
        messages.success(request, f"Put to {staff[chosen] if chosen else 'everybody who grades'}.")
    except regrades.Refused as refused:
        messages.error(request, str(refused))
    return redirect("regrade", pk)


def _page(
    request: HttpRequest, found: Regrade, problem: str = "", status: int = 200
) -> HttpResponse:
    exam = found.submission.exam
    said: dict[str, Any] = {
        "exam": exam,
        "regrade": found,
        "reply": getattr(found, "reply", None),
        "thread": thread(found, names=sees_names(request.user, exam)),
        "text": request.POST.get("text", ""),
        "problem": problem,
    }
    if found.answer is None:
        return render(request, "scoring/regrade_removed.html", said, status=status)
    frozen = frozen_of(found, hold=False)
    context: dict[str, Any] = {
        **workspace_of(request, found.answer),
        **said,
        "slip": "scoring/_regrade_slip.html",
        "frozen": frozen.part if frozen else None,
        "differs": bool(frozen and found.is_open and differs(frozen, found.answer)),
        "may_answer": may_answer(request.user, found),
        "instructor": role_in(request.user, exam.course_id) == Role.INSTRUCTOR,
        "graders": assignments.graders(exam),
        "longest": LONGEST,
    }
    return render(request, "scoring/regrade.html", context, status=status)
