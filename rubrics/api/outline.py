"""/api/v1/exams/<pk>/outline/: the exam file of an exam, read and replaced as a whole."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, who
from gradebook.models import Role
from gradebook.outline import OutlineError, parse
from rubrics.api.fields import Conflict, checked
from rubrics.outline import Stale, WouldLose, dump, identified, save_outline, version_of


class OutlineSerializer(serializers.Serializer[Any]):
    outline = serializers.DictField()
    version = serializers.CharField(required=False)
    losing = serializers.IntegerField(required=False, min_value=0)


class OutlineView(APIView):
    """GET the exam file and its version; PUT another one (see docs/exam-file.md).

    A PUT with the version of an outline that changed meanwhile gets 409; so does one that would
    take graded parts away, or parts students asked about, unless `losing` says how many answers
    and open requests go.
    """

    serializer_class = OutlineSerializer

    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        return Response({"outline": dump(exam), "version": version_of(exam)})

    def put(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        sent = checked(OutlineSerializer, request)
        template = getattr(exam, "template", None)
        try:
            plan = parse(sent.pop("outline"), pages=template.page_count if template else None)
            saved = save_outline(exam, identified(plan, exam), by=who(request), **sent)
        except OutlineError as error:
            raise ValidationError({"outline": list(error.problems)}) from None
        except (Stale, WouldLose) as error:
            raise Conflict(str(error)) from None
        return Response({**saved._asdict(), "version": version_of(exam)})
