"""What an exam can be taken away as: one page, and each file sent while it is made."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for
from gradebook.models import Exam, Role
from scoring.exports.gradebooks import left_out
from scoring.exports.kinds import KINDS, file_name
from scoring.exports.scores import unmatched
from scoring.models import Archiving
from submissions.models import Answer, Submission


@require_safe
@never_cache
def exports(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything there is to take away, and what is not in it yet."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    context: dict[str, Any] = {
        "exam": exam,
        "papers": Submission.objects.filter(exam=exam).count(),
        "ungraded": Answer.objects.filter(submission__exam=exam, graded=False).count(),
        "unmatched": unmatched(exam),
        "left": left_out(exam),
        "archived": Archiving.objects.filter(exam=exam).select_related("by").last(),
    }
    return render(request, "scoring/exports.html", context)


@require_safe
@never_cache
def export(request: HttpRequest, pk: int, kind: str) -> StreamingHttpResponse:
    """One file, sent while it is made; see docs/file-formats.md."""
    return sent(exam_for(request.user, pk, Role.INSTRUCTOR), kind)


def sent(exam: Exam, word: str) -> StreamingHttpResponse:
    if word not in KINDS:
        raise Http404
    kind = KINDS[word]
    response = StreamingHttpResponse(kind.pieces(exam), content_type=kind.content_type)
    name = content_disposition_header(True, file_name(exam, word))
    response["Content-Disposition"] = name or "attachment"
    return response
