"""/api/v1/: an exam, or a student's data, deleted for good; and the record of what went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import course_for, exam_for, member_for, who
from gradebook.models import Membership, Role
from rubrics.api.fields import Conflict
from scoring.access import exam_to_delete
from scoring.erasure import exams, students
from scoring.forms import TypedForm
from scoring.models import Deletion


class TypedSerializer(serializers.Serializer[Any]):
    typed = serializers.CharField(max_length=300)


class DeletionsView(GenericAPIView[Any]):
    """What was deleted for good in a course, latest first; `done_at` is null while it goes on."""

    filter_backends: list[Any] = []

    def get(self, request: Request, pk: int) -> Response:
        course = course_for(request.user, pk, Role.INSTRUCTOR)
        page = self.paginate_queryset(Deletion.objects.filter(course=course)) or []
        return self.get_paginated_response([_facts(one) for one in page])


class ExamDeletionView(APIView):
    """GET what goes with an exam; POST its name as `typed`, and a worker deletes it for good."""

    serializer_class = TypedSerializer

    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        return Response({"goes": _goes(exams.what_goes(exam)), "bytes": exams.size_of(exam)})

    def post(self, request: Request, pk: int) -> Response:
        # Asked twice it is one: the answer is the record of it.
        exam = exam_to_delete(request.user, pk)
        _confirmed(request, exam.name, "the exam’s name")
        return Response(_facts(exams.ask(exam, by=who(request))), status=202)


class StudentDeletionView(APIView):
    """GET what goes with a student's data; POST their name as `typed`, and a worker deletes it."""

    serializer_class = TypedSerializer

    def get(self, request: Request, pk: int) -> Response:
        student = _student(request, pk)
        goes, files = students.what_goes(student), students.shared_files(student)
        return Response({"goes": _goes(goes), "shared_files": files})

    def post(self, request: Request, pk: int) -> Response:
        student = _student(request, pk)
        _confirmed(request, str(student.user), "the student’s name")
        if why := students.why_not(student):
            raise Conflict(why)
        return Response(_facts(students.ask(student, by=who(request))), status=202)


def _student(request: Request, pk: int) -> Membership:
    student = member_for(request.user, pk)
    if student.role != Role.STUDENT:
        raise PermissionDenied(students.ONLY_STUDENTS)
    return student


def _confirmed(request: Request, wanted: str, what: str) -> None:
    """Let nothing go whose name is not typed, as on its page."""
    sent = request.data.get("typed") if isinstance(request.data, dict) else None
    form = TypedForm({"typed": sent if isinstance(sent, str) else ""}, wanted=wanted, what=what)
    if not form.is_valid():
        raise ValidationError({"typed": [str(said) for said in form.errors["typed"]]})


def _goes(counts: Sequence[tuple[int, str]]) -> dict[str, int]:
    return {word: count for count, word in counts}


def _facts(deletion: Deletion) -> dict[str, Any]:
    return {
        "id": deletion.pk,
        "kind": deletion.kind,
        "name": deletion.name,
        "by": deletion.by_id,
        "asked_at": deletion.asked_at,
        "done_at": deletion.done_at,
        "papers": deletion.papers,
        "pages": deletion.pages,
        "files": deletion.files,
        "bytes": deletion.bytes,
    }
