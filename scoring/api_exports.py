"""/api/v1/: the files an exam can be taken away in."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from gradebook.access import exam_for
from gradebook.models import Role
from gradebook.tables import MOST_BYTES, Unreadable
from scoring.exports import canvas_file
from scoring.exports.kinds import KINDS
from scoring.views.exports import sent


class ExportsView(APIView):
    """The addresses of an exam's files, by what they are called."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        return Response(
            {word: reverse("api_export", args=[exam.pk, word], request=request) for word in KINDS}
        )


class ExportView(APIView):
    """One file, sent while it is made; `exports/` names them."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, kind: str) -> HttpResponseBase:
        return sent(exam_for(request.user, pk, Role.INSTRUCTOR), kind)


class CanvasView(APIView):
    """POST what Canvas exported as `file`; the answer holds it filled in, as `text`."""

    parser_classes = [MultiPartParser]

    @extend_schema(request=OpenApiTypes.BINARY, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        file = request.FILES.get("file")
        if file is None:
            raise ValidationError({"file": ["Send Canvas’s gradebook as “file”."]})
        try:
            found = canvas_file.read(file.read(MOST_BYTES + 1), exam)
        except Unreadable as error:
            raise ValidationError({"file": [str(error)]}) from None
        return Response(canvas_file.fill(exam, found)._asdict())
