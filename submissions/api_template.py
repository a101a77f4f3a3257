"""/api/v1/exams/<pk>/template/: the blank exam, sent and then drawn by a job."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, who
from gradebook.models import Exam, Role
from submissions.sources import BadUpload
from submissions.template import Coming, ask_for_template, coming_template, forget_coming


class TemplateSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=255)


class TemplateView(APIView):
    """GET says what stands and what is on its way; PUT sends another PDF as multipart `file`.

    A PUT is answered with 202: the pages are drawn by a job, and what stands is used until all
    of them are. DELETE lets what is on its way go, or a failure be forgotten.
    """

    serializer_class = TemplateSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(_told(exam_for(request.user, pk, Role.INSTRUCTOR)))

    def put(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        form = TemplateSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        try:
            ask_for_template(exam, file, file.name, who(request))
        except BadUpload as error:
            raise ValidationError({"detail": str(error)}) from None
        return Response(_told(exam), status=202)

    def delete(self, request: Request, pk: int) -> Response:
        forget_coming(exam_for(request.user, pk, Role.INSTRUCTOR))
        return Response(status=204)


def _told(exam: Exam) -> dict[str, Any]:
    stands, coming = getattr(exam, "template", None), coming_template(exam)
    return {
        "pages": stands.page_count if stands else None,
        "uploaded_at": stands.uploaded_at if stands else None,
        "coming": _coming(coming) if coming else None,
    }


def _coming(coming: Coming) -> dict[str, Any]:
    state = coming.progress.state if coming.progress else ""
    return {
        "name": coming.upload.name,
        "state": "failed" if coming.problem else state,
        "done": coming.progress.done if coming.progress else 0,
        "pages": coming.upload.page_count,
        "problem": coming.problem,
        "uploaded_at": coming.upload.uploaded_at,
    }
