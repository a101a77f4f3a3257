"""A whole exam as a file, for its instructors."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for, who
from gradebook.models import Role
from scoring.archive.writing import taken
from scoring.copies.names import plain


@require_safe
@never_cache
def archive_zip(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The exam's archive, sent while it is made; see docs/archive.md."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    response = StreamingHttpResponse(taken(exam, by=who(request)), content_type="application/zip")
    name = f"{plain(exam.name) or 'exam'}_archive.zip"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
