"""/api/v1/answers/<pk>/: what a grader says about one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import who
from rubrics import claims, grading, state
from rubrics.access import answer_for
from rubrics.api.fields import Conflict, PointsField, checked
from rubrics.filters import Filter
from rubrics.history import history
from rubrics.models import Item
from rubrics.pulse import pulse
from submissions import look_again
from submissions.access import sees_names
from submissions.models import Answer


class AnswerView(APIView):
    """Everything the workspace shows of one answer; a filter narrows which are beside it."""

    def get(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        names = sees_names(request.user, answer.question.exam)
        only = Filter.read(request.query_params, answer.question, names=names)
        return Response(state.workspace(answer, who(request), names=names, only=only))


class MarkView(APIView):
    """An item applied to an answer: PUT applies it, DELETE lifts it."""

    def put(self, request: Request, pk: int, item: int) -> Response:
        answer, found = self._reach(request, pk, item)
        if found.removed_at is not None:
            raise Conflict("This rubric item was removed a moment ago.")
        grading.apply(found, answer, by=who(request))
        return Response(state.said(answer))

    def delete(self, request: Request, pk: int, item: int) -> Response:
        answer, found = self._reach(request, pk, item)
        grading.lift(found, answer, by=who(request))
        return Response(state.said(answer))

    def _reach(self, request: Request, pk: int, item: int) -> tuple[Answer, Item]:
        answer = answer_for(request.user, pk)
        items = Item.objects.select_related("group").filter(question=answer.question_id)
        return answer, get_object_or_404(items, pk=item)


class AdjustmentSerializer(serializers.Serializer[Any]):
    points = PointsField()
    version = serializers.IntegerField(min_value=0, default=0)


class AdjustmentView(APIView):
    """Points beside the rubric. `version` is the one you saw, 0 for none; a stale one gets 409."""

    serializer_class = AdjustmentSerializer

    def put(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        sent = checked(AdjustmentSerializer, request)
        return _versioned(
            answer,
            lambda: grading.adjust(
                answer, sent["points"], version=sent["version"], by=who(request)
            ),
        )

    def delete(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        version = _version(request)
        return _versioned(
            answer, lambda: grading.adjust(answer, None, version=version, by=who(request))
        )


class WordsSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=grading.LONGEST_COMMENT, allow_blank=True)
    version = serializers.IntegerField(min_value=0, default=0)


class _WordsView(APIView):
    serializer_class = WordsSerializer
    write: Callable[..., None]

    def put(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        sent = checked(WordsSerializer, request)
        return self._write(request, answer, sent["text"], sent["version"])

    def delete(self, request: Request, pk: int) -> Response:
        return self._write(request, answer_for(request.user, pk), "", _version(request))

    def _write(self, request: Request, answer: Answer, text: str, version: int) -> Response:
        by = who(request)
        return _versioned(answer, lambda: self.write(answer, text, version=version, by=by))


class CommentView(_WordsView):
    """What the student is told about one answer. Versions as for the adjustment."""

    write = staticmethod(grading.comment)


class NoteView(_WordsView):
    """What graders tell each other about one answer. Versions as for the adjustment."""

    write = staticmethod(grading.write_note)


class FlagView(APIView):
    """PUT asks for another look at the answer; DELETE takes the flag down."""

    def put(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        grading.flag(answer, by=who(request))
        return Response(state.said(answer))

    def delete(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        grading.unflag(answer, by=who(request))
        return Response(state.said(answer))


class GradingView(APIView):
    """PUT says the answer is graded as it stands; DELETE takes that back."""

    def put(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        grading.say_graded(answer, by=who(request))
        return Response(state.said(answer))

    def delete(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        grading.unsay_graded(answer, by=who(request))
        return Response(state.said(answer))


class LookedView(APIView):
    """PUT says that somebody looked again, after pages of the graded answer had changed."""

    def put(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        look_again.looked(answer, by=who(request))
        return Response(state.said(answer))


class ClaimView(APIView):
    """PUT claims or renews (409 while somebody else holds the answer); DELETE lets go.

    Who claims is told what others may have moved, as by `pulse/`.
    """

    def put(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        user = who(request)
        if not claims.claim(answer, user):
            raise Conflict("A colleague is grading this answer now.")
        names = sees_names(user, answer.question.exam)
        return Response(pulse(answer, user, names=names))

    def delete(self, request: Request, pk: int) -> Response:
        claims.release(answer_for(request.user, pk), who(request))
        return Response(status=204)


class PulseView(APIView):
    """What others may have moved: rules, the rubric's and the answer's version, who is here."""

    def get(self, request: Request, pk: int) -> Response:
        answer = answer_for(request.user, pk)
        names = sees_names(request.user, answer.question.exam)
        return Response(pulse(answer, who(request), names=names))


class HistoryView(APIView):
    """Who did what to the answer, latest first, and the click that takes it back."""

    def get(self, request: Request, pk: int) -> Response:
        return Response(history(answer_for(request.user, pk)))


def _version(request: Request) -> int:
    try:
        return int(request.query_params.get("version", 0))
    except ValueError:
        raise ValidationError("“version” must be a whole number.") from None


def _versioned(answer: Answer, change: Callable[[], None]) -> Response:
    try:
        with transaction.atomic():
            change()
    except grading.Stale as stale:
        current = Answer.objects.select_related("question", "submission").get(pk=answer.pk)
        return Response({"detail": str(stale), "current": state.said(current)}, status=409)
    fresh = Answer.objects.select_related("question", "submission").get(pk=answer.pk)
    return Response(state.said(fresh))
