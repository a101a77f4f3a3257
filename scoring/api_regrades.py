"""/api/v1/: regrades, for the student who asks and for those who answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, question_for, who
from gradebook.models import Exam, Role, User
from rubrics import assignments
from rubrics.api.fields import Conflict, KeyField, PointsField, checked
from rubrics.state import decimal
from scoring import regrade_windows as windows
from scoring import regrades
from scoring.access import answered_regrade, copy_for, regrade_for, regrade_of
from scoring.grafting import leaf
from scoring.models import Copy, Regrade
from scoring.regrade_list import Chosen, requests
from scoring.regrade_thread import thread
from scoring.regrade_windows import WITHIN, Terms
from scoring.regrades_shown import regrades_of
from scoring.results import from_json
from submissions.access import sees_names


@contextmanager
def _told() -> Iterator[None]:
    """Answer refusals: 400 for words that cannot be taken, 409 for what cannot be done now."""
    try:
        yield
    except regrades.Unsaid as refused:
        raise ValidationError(str(refused)) from None
    except regrades.Refused as refused:
        raise Conflict(str(refused)) from None


# The student's own


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(allow_blank=True, trim_whitespace=False)


@method_decorator(never_cache, "dispatch")
class CopyRegradesView(APIView):
    """Where the student of a copy may ask for a regrade, has asked, or has an answer."""

    def get(self, request: Request, pk: int) -> Response:
        found = copy_for(request.user, pk)
        return Response({"window": _times(found.submission.exam), "parts": _parts(found)})


@method_decorator(never_cache, "dispatch")
class CopyRegradeView(APIView):
    """PUT asks about a part, DELETE withdraws. Both repeat safely."""

    serializer_class = ReasonSerializer

    def put(self, request: Request, pk: int, number: str) -> Response:
        found = copy_for(request.user, pk)
        if leaf(from_json(found.result), number) is None:
            raise Http404
        sent = checked(ReasonSerializer, request)
        with _told():
            regrades.ask(found, number, sent["reason"])
        return Response(next(part for part in _parts(found) if part["part"] == number))

    def delete(self, request: Request, pk: int, number: str) -> Response:
        asked = regrade_of(copy_for(request.user, pk), number)
        with _told():
            regrades.withdraw(asked)
        return Response(status=204)


def _times(exam: Exam) -> dict[str, datetime] | None:
    return windows.times_of(windows.window_of(exam))


def _parts(copy: Copy) -> list[dict[str, Any]]:
    told = regrades_of(copy, from_json(copy.result))
    return [
        {
            "part": number,
            "may_ask": shown.may_ask,
            "reason": shown.reason,
            "asked_at": shown.asked_at,
            "reply": shown.reply,
            "answered_at": shown.answered_at,
        }
        for number, shown in told.parts.items()
    ]


# Those who answer


class RegradesView(GenericAPIView[Any]):
    """The exam's requests, open ones first; without names for graders of an anonymous exam."""

    filter_backends: list[Any] = []

    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk)
        names = sees_names(request.user, exam)
        rows = Chosen.read(request.query_params.dict()).of(requests(exam), who(request))
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([_facts(row, names=names) for row in page])


class RegradeView(APIView):
    """One request, and all that was said and done about it."""

    def get(self, request: Request, pk: int) -> Response:
        found = regrade_for(request.user, pk)
        names = sees_names(request.user, found.submission.exam)
        lines = [
            {"by": one.by, "words": one.words, "text": one.text, "at": one.at}
            for one in thread(found, names=names)
        ]
        return Response({**_facts(found, names=names), "thread": lines})


class ReplySerializer(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True, trim_whitespace=False)
    change = serializers.BooleanField(default=False)
    seen = PointsField(allow_null=True, default=None)


class RegradeReplyView(APIView):
    """PUT answers; with `change` the student sees the grading as it stands, if you `seen` it."""

    serializer_class = ReplySerializer

    def put(self, request: Request, pk: int) -> Response:
        found = answered_regrade(request.user, pk)
        sent = checked(ReplySerializer, request)
        with _told():
            regrades.reply(found, **sent, by=who(request))
        names = sees_names(request.user, found.submission.exam)
        return Response(_facts(regrade_for(request.user, pk), names=names))


class GraderSerializer(serializers.Serializer[Any]):
    grader = KeyField(allow_null=True)


class RegradeGraderView(APIView):
    """PUT puts a request to somebody who grades the course, or with null to all of them."""

    serializer_class = GraderSerializer

    def put(self, request: Request, pk: int) -> Response:
        found = regrade_for(request.user, pk, Role.INSTRUCTOR)
        exam = found.submission.exam
        grader = _grader(checked(GraderSerializer, request)["grader"], assignments.graders(exam))
        with _told():
            regrades.pass_on(found, grader, by=who(request))
        return Response(_facts(regrade_for(request.user, pk), names=True))


def _grader(key: int | None, staff: list[User]) -> User | None:
    if key is None:
        return None
    found = next((user for user in staff if user.pk == key), None)
    if found is None:
        raise ValidationError({"grader": ["That person does not grade in this course."]})
    return found


def _facts(regrade: Regrade, *, names: bool) -> dict[str, Any]:
    reply = getattr(regrade, "reply", None)
    return {
        "id": regrade.pk,
        "question": regrade.answer.question_id if regrade.answer else None,
        "answer": regrade.answer_id,
        "part": regrade.answer.question.number if regrade.answer else regrade.number,
        "paper": regrade.submission.code_name,
        "student": str(regrade.student.user) if names else None,
        "reason": regrade.reason,
        "at": regrade.at,
        "grader": regrade.grader_id,
        "withdrawn_at": regrade.withdrawn_at,
        "reply": reply
        and {
            "text": reply.text,
            "changed": reply.changed,
            "before": decimal(reply.before),
            "after": decimal(reply.after),
            "at": reply.at,
        },
    }


# When, and to whom


class WindowSerializer(serializers.Serializer[Any]):
    opens_at = serializers.DateTimeField(validators=WITHIN)
    closes_at = serializers.DateTimeField(validators=WITHIN)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["closes_at"] <= attrs["opens_at"]:
            raise ValidationError({"closes_at": ["It has to close after it opens."]})
        return attrs


class RegradeWindowView(APIView):
    """PUT lets students ask between two moments, DELETE lets nobody. Both repeat safely."""

    serializer_class = WindowSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response({"window": _times(exam_for(request.user, pk, Role.INSTRUCTOR))})

    def put(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        with exam.course.clocks():
            # A time without an offset is the course's.
            sent = checked(WindowSerializer, request)
        windows.set_window(exam, sent["opens_at"], sent["closes_at"], by=who(request))
        return Response({"window": sent})

    def delete(self, request: Request, pk: int) -> Response:
        windows.shut(exam_for(request.user, pk, Role.INSTRUCTOR), by=who(request))
        return Response(status=204)


class TermsSerializer(serializers.Serializer[Any]):
    closed = serializers.BooleanField(default=False)
    grader = KeyField(allow_null=True, default=None)


class RegradeTermsView(APIView):
    """PUT says whether a part is closed to requests, and whom they go to (null: its grader)."""

    serializer_class = TermsSerializer

    def get(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk, Role.INSTRUCTOR)
        return Response(windows.terms_of(question.exam).get(question.pk, Terms())._asdict())

    def put(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk, Role.INSTRUCTOR)
        if not question.is_leaf:
            raise Http404
        sent = checked(TermsSerializer, request)
        _grader(sent["grader"], assignments.graders(question.exam))
        windows.set_terms(question.exam, {question.pk: Terms(**sent)}, by=who(request))
        return Response(sent)
