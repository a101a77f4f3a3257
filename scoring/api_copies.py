"""/api/v1/: graded copies as PDF. One that is not drawn yet is asked for and answered with 202."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import who
from gradebook.files import send
from gradebook.models import Role
from scoring.access import copy_for
from scoring.asking import Wanted, wanted
from scoring.drawing import working_copies
from scoring.folder import name_of
from scoring.models import Copy
from submissions.access import submission_for

ANSWERS: Any = {
    (200, "application/pdf"): OpenApiTypes.BINARY,
    202: OpenApiTypes.OBJECT,
    503: OpenApiTypes.OBJECT,
}


class _PdfView(APIView):
    """GET the PDF: 200, or 202 with its job while it is drawn, or 503 if it could not be.

    POST tries once more after that.
    """

    def copy(self, request: Request, pk: int) -> Copy:
        raise NotImplementedError

    @extend_schema(responses=ANSWERS)
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        found = wanted(self.copy(request, pk), by=who(request))
        if found.job is None:
            return send(
                request,
                str(found.copy.file),
                filename=name_of(found.copy),
                immutable=False,
                revocable=found.copy.release_id is not None,
            )
        return _told(found)

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, pk: int) -> Response:
        return _told(wanted(self.copy(request, pk), by=who(request), again=True))


class CopyPdfView(_PdfView):
    """The PDF of a released result of your own."""

    def copy(self, request: Request, pk: int) -> Copy:
        return copy_for(request.user, pk)


class SubmissionPdfView(_PdfView):
    """The PDF of a paper with the numbers as they stand, for instructors."""

    def copy(self, request: Request, pk: int) -> Copy:
        submission = submission_for(request.user, pk, Role.INSTRUCTOR)
        return working_copies(submission.exam, [submission])[0]


def _told(found: Wanted) -> Response:
    headers = {"Cache-Control": "no-store"}
    if found.job is None:
        return Response({"job": None}, headers=headers)
    if found.failed:
        detail = "This PDF could not be made. POST here to try once more."
        return Response({"detail": detail, "job": _job(found)}, status=503, headers=headers)
    return Response({"job": _job(found)}, status=202, headers=headers | {"Retry-After": "1"})


def _job(found: Wanted) -> dict[str, Any]:
    assert found.job is not None
    return {"id": found.job.pk, "state": found.job.state}
