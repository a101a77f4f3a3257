"""The scores of an exam as a file."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for
from gradebook.models import Role
from scoring.copies.names import plain
from scoring.exports.scores import lines


@require_safe
@never_cache
def scores_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The scores CSV, sent while it is written; see docs/file-formats.md."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    response = StreamingHttpResponse(lines(exam), content_type="text/csv; charset=utf-8")
    name = f"{plain(exam.name) or 'exam'}_scores.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
