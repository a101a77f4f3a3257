"""/api/v1/exams/<pk>/prints/, /prints/<pk>/: papers with codes, asked for and fetched."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, who
from gradebook.files import send
from gradebook.models import Role
from submissions.access import run_for
from submissions.page_codes import MOST_PAPERS
from submissions.print_runs import CannotPrint, Printed, ask_for_papers, listed, runs_of

ANSWERS: Any = {
    (200, "application/pdf"): OpenApiTypes.BINARY,
    202: OpenApiTypes.OBJECT,
    503: OpenApiTypes.OBJECT,
}


class PrintSerializer(serializers.Serializer[Any]):
    copies = serializers.IntegerField(min_value=0, max_value=MOST_PAPERS, default=0)
    roster = serializers.BooleanField(default=False)
    two_sided = serializers.BooleanField(default=False)


class PrintsView(APIView):
    """GET lists what was printed, the latest first; POST asks for papers.

    `copies` papers without a name and, with `roster`, one for each student. A job draws them.
    """

    serializer_class = PrintSerializer

    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        return Response([_told(one) for one in runs_of(exam)])

    def post(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        form = PrintSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            run = ask_for_papers(exam, **form.validated_data, by=who(request))
        except CannotPrint as error:
            raise ValidationError({"detail": str(error)}) from None
        return Response(_told(listed(run)), status=202, headers={"Retry-After": "1"})


class PrintView(APIView):
    """One print run, and how far it is."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_told(listed(run_for(request.user, pk))))


class PrintPdfView(APIView):
    """GET the PDF: 200, or 202 while it is drawn, or 503 if it could not be."""

    @extend_schema(responses=ANSWERS)
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        run = run_for(request.user, pk)
        if run.file:
            return send(request, str(run.file.name), filename=run.filename)
        told = listed(run)
        headers = {"Cache-Control": "no-store"}
        if told.problem:
            return Response({"detail": told.problem}, status=503, headers=headers)
        return Response(_told(told), status=202, headers=headers | {"Retry-After": "1"})


def _told(one: Printed) -> dict[str, Any]:
    run, progress = one.run, one.progress
    return {
        "id": run.pk,
        "code": run.code,
        "copies": run.copies,
        "named": one.named,
        "came_back": one.back,
        "two_sided": run.two_sided,
        "state": "failed" if one.problem else "done" if run.file else "working",
        "done": progress.done if progress else run.copies if run.file else 0,
        "problem": one.problem,
        "asked_at": run.asked_at,
    }
