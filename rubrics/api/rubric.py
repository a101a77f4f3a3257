"""/api/v1/questions/<pk>/, items/<pk>/, groups/<pk>/: the rubric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, question_for, who
from gradebook.models import Question
from rubrics import claims, rubric, state
from rubrics.access import group_for, item_for
from rubrics.api.fields import Conflict, PointsField, checked
from rubrics.models import Group, Item


class OutlineProgressView(APIView):
    """The exam's questions with how many answers of each are graded."""

    def get(self, request: Request, pk: int) -> Response:
        return Response(state.questions(exam_for(request.user, pk)))


class NextView(APIView):
    """POST claims the next ungraded answer nobody else holds, after paper `after`."""

    def post(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk)
        after = request.data.get("after", 0) if isinstance(request.data, dict) else 0
        if not isinstance(after, int):
            raise ValidationError("“after” must be the number of a paper.")
        answer = claims.next_ungraded(question, who(request), after)
        return Response({"answer": answer.pk if answer else None})


class ItemSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=rubric.LONGEST_TEXT, allow_blank=True, default="")
    points = PointsField(allow_null=True, default=None)
    group = serializers.IntegerField(allow_null=True, default=None)


class RubricView(APIView):
    """A question's rubric. POST adds an item; PUT puts the items in order."""

    serializer_class = ItemSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(state.rubric(question_for(request.user, pk)))

    def post(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk)
        sent = checked(ItemSerializer, request)
        sent["group"] = _group(question, sent["group"])
        try:
            item = rubric.add_item(question, by=who(request), **sent)
        except rubric.TooMany as error:
            raise Conflict(str(error)) from None
        return Response(state.item_facts(item, 0), status=201)

    def put(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk)
        order = request.data.get("order") if isinstance(request.data, dict) else None
        if not isinstance(order, list) or not all(isinstance(item, int) for item in order):
            raise ValidationError("“order” must be a list of item numbers.")
        rubric.order_items(question, order, by=who(request))
        return Response(state.rubric(question))


class ItemView(APIView):
    """One item. PATCH edits it for every answer; DELETE removes it; PUT brings it back.

    With `?try=1` a PATCH or DELETE changes nothing and answers with what it would do.
    """

    serializer_class = ItemSerializer

    def patch(self, request: Request, pk: int) -> Response:
        item = item_for(request.user, pk)
        sent = checked(ItemSerializer, request, partial=True)
        if "group" in sent:
            sent["group"] = _group(item.question, sent["group"])
        if "try" in request.query_params:
            return self._effect(item, lambda: rubric.change_item(item, by=who(request), **sent))
        return Response(state.item_facts(rubric.change_item(item, by=who(request), **sent)))

    def delete(self, request: Request, pk: int) -> Response:
        item = item_for(request.user, pk)
        if "try" in request.query_params:
            return self._effect(item, lambda: rubric.remove_item(item, by=who(request)))
        return Response({"answers": len(rubric.remove_item(item, by=who(request)))})

    def put(self, request: Request, pk: int) -> Response:
        item = item_for(request.user, pk)
        return Response({"answers": len(rubric.restore_item(item, by=who(request)))})

    def _effect(self, item: Item, change: Callable[[], object]) -> Response:
        effect = rubric.effect_of(item.question, change)
        mean = None if effect.mean_change is None else round(effect.mean_change / 100, 4)
        return Response({"answers": effect.answers, "mean_change": mean})


class GroupSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=500)
    exclusive = serializers.BooleanField(default=True)


class GroupsView(APIView):
    """POST adds a group to a question's rubric."""

    serializer_class = GroupSerializer

    def post(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk)
        sent = checked(GroupSerializer, request)
        group = rubric.add_group(question, by=who(request), **sent)
        return Response(_group_facts(group), status=201)


class GroupView(APIView):
    """One group. PUT changes it; DELETE dissolves it, its items stay."""

    serializer_class = GroupSerializer

    def put(self, request: Request, pk: int) -> Response:
        group = group_for(request.user, pk)
        sent = checked(GroupSerializer, request)
        return Response(_group_facts(rubric.change_group(group, by=who(request), **sent)))

    def delete(self, request: Request, pk: int) -> Response:
        rubric.remove_group(group_for(request.user, pk), by=who(request))
        return Response(status=204)


def _group_facts(group: Group) -> dict[str, Any]:
    return {"id": group.pk, "text": group.text, "exclusive": group.exclusive}


def _group(question: Question, pk: int | None) -> Group | None:
    return None if pk is None else get_object_or_404(question.groups.all(), pk=pk)
