"""/api/v1/: the solutions of an exam's questions, and whether students get them."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, question_for, who
from gradebook.files import send
from gradebook.models import Exam, Role
from rubrics.api.fields import Conflict, checked
from scoring import solutions as verbs
from scoring.models import Solution, SolutionsShown
from scoring.models.solution import LONGEST
from submissions.sources import BadUpload

NOTHING = "Send how it is solved as “text”, a PDF as “file”, or both."


class ShownSerializer(serializers.Serializer[Any]):
    shown = serializers.BooleanField()


class SolutionsView(APIView):
    """GET the exam's solutions; PUT `{shown}` says whether students get them with a release."""

    serializer_class = ShownSerializer

    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        rows = Solution.objects.standing().filter(exam=exam, question__isnull=False)
        told = [_facts(row) for row in rows.order_by("question__order", "pk")]
        return Response({"shown": _shown(exam), "solutions": told})

    def put(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        if checked(ShownSerializer, request)["shown"]:
            verbs.show(exam, by=who(request))
        else:
            verbs.hide(exam)
        return Response({"shown": _shown(exam)})


class SolutionSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST)
    file = serializers.FileField(required=False, max_length=255)
    without = serializers.BooleanField(default=False)


class SolutionView(APIView):
    """One question's solution. What a PUT does not send stays; `without` takes the PDF away.

    A PDF comes as multipart `file`. DELETE lets the question have none; it repeats safely.
    """

    serializer_class = SolutionSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(_facts(_standing(request, pk)))

    def put(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk, Role.INSTRUCTOR)
        stands, sent = verbs.solution_of(question), checked(SolutionSerializer, request)
        text = sent.get("text", stands.text if stands else "")
        try:
            pdf = _pdf(sent, stands)
            if not text and not pdf.file:
                raise ValidationError({"text": [NOTHING]})
            seen = stands.pk if stands else 0
            made = verbs.put(question, text, pdf, by=who(request), seen=seen)
        except BadUpload as error:
            raise ValidationError({"file": [str(error)]}) from None
        except verbs.Meanwhile as error:
            raise Conflict(str(error)) from None
        assert made is not None
        return Response(_facts(made))

    def delete(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk, Role.INSTRUCTOR)
        verbs.put(question, "", verbs.Sent(), by=who(request))
        return Response(status=204)


class SolutionPdfView(APIView):
    """The PDF of one question's solution."""

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        found = _standing(request, pk)
        if not found.file:
            raise Http404
        return send(request, str(found.file.name), filename="solution.pdf", immutable=False)


def _standing(request: Request, pk: int) -> Solution:
    found = verbs.solution_of(question_for(request.user, pk, Role.INSTRUCTOR))
    if found is None:
        raise Http404
    return found


def _pdf(sent: dict[str, Any], stands: Solution | None) -> verbs.Sent:
    if file := sent.get("file"):
        return verbs.take(file, file.name)
    return verbs.Sent() if sent["without"] else verbs.file_of(stands)


def _shown(exam: Exam) -> bool:
    return SolutionsShown.objects.filter(exam=exam).exists()


def _facts(solution: Solution) -> dict[str, Any]:
    return {
        "question": solution.question_id,
        "text": solution.text,
        "file": solution.name,
        "pages": solution.page_count,
        "sha256": solution.sha256,
    }
