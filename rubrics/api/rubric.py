"""/api/v1/questions/<pk>/, items/<pk>/, groups/<pk>/: the rubric.

Every verb that edits answers with `edits`, the lines of the history it wrote; sent to
questions/<pk>/rubric/undo/ they are taken back. With `?try=1` a verb that moves scores changes
nothing and answers with what it would do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import question_for, who
from gradebook.models import Question
from rubrics import item_groups, rubric, state, taking_back
from rubrics.access import edited_group, edited_item, edited_question
from rubrics.api.fields import Conflict, KeyField, PointsField, checked, is_key
from rubrics.edits import LONGEST_NOTE, LONGEST_TEXT, Overtaken, TooMany, effect_of
from rubrics.models import Group

T = TypeVar("T")


class SeenSerializer(serializers.Serializer[Any]):
    """`version`: the rubric's when this was read; 409 if it was changed since. None: unasked."""

    version = serializers.IntegerField(min_value=0, required=False)


class ItemSerializer(SeenSerializer):
    text = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, default="")
    points = PointsField(allow_null=True, default=None)
    group = KeyField(allow_null=True, default=None)
    note = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, default="")


def edited(question: Question, request: Request, edit: Callable[[], T]) -> tuple[T, list[int]]:
    """Do an edit; return what came of it, and the lines of the history that take it back."""
    before = taking_back.last_edit(question)
    try:
        made = edit()
    except (TooMany, Overtaken) as error:
        raise Conflict(str(error)) from None
    return made, taking_back.edits_since(question, before, who(request))


def effect(question: Question, change: Callable[[], object]) -> Response:
    """Answer with what a change would do, and do nothing."""
    found = effect_of(question, change)
    mean = None if found.mean_change is None else round(found.mean_change / 100, 4)
    return Response({"answers": found.answers, "mean_change": mean})


class RubricView(APIView):
    """A question's rubric. POST adds an item; PUT puts items, or groups, in order."""

    serializer_class = ItemSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(state.rubric(question_for(request.user, pk)))

    def post(self, request: Request, pk: int) -> Response:
        question = edited_question(request.user, pk)
        sent = checked(ItemSerializer, request)
        sent.pop("version", None)
        sent["group"] = _group(question, sent["group"])
        item, edits = edited(
            question, request, lambda: rubric.add_item(question, by=who(request), **sent)
        )
        return Response({**state.item_facts(item, 0), "edits": edits}, status=201)

    def put(self, request: Request, pk: int) -> Response:
        question = edited_question(request.user, pk)
        order, groups = _numbers(request, "order"), _numbers(request, "groups")
        if order is None and groups is None:
            raise ValidationError("“order” must be a list of item numbers.")

        @transaction.atomic
        def put_in_order() -> None:
            rubric.order_items(question, order or [], by=who(request))
            item_groups.order_groups(question, groups or [], by=who(request))

        _, edits = edited(question, request, put_in_order)
        return Response({**state.rubric(question), "edits": edits})


class UndoView(APIView):
    """POST takes edits of the rubric back; 409 once somebody edited the same thing since.

    Its own `edits` lead forth again.
    """

    def post(self, request: Request, pk: int) -> Response:
        question = edited_question(request.user, pk)
        edits = _numbers(request, "edits")
        if not edits:
            raise ValidationError("“edits” must be a list of edits’ numbers.")
        try:
            _, done = edited(
                question,
                request,
                lambda: taking_back.take_back(question, edits, by=who(request)),
            )
        except taking_back.Moved as error:
            raise Conflict(str(error)) from None
        return Response({**state.rubric(question), "edits": done})


class ItemView(APIView):
    """One item. PATCH edits it for every answer; DELETE removes it; PUT brings it back."""

    serializer_class = ItemSerializer

    def patch(self, request: Request, pk: int) -> Response:
        item = edited_item(request.user, pk)
        sent = checked(ItemSerializer, request, partial=True)
        seen = sent.pop("version", None)
        if "group" in sent:
            sent["group"] = _group(item.question, sent["group"])

        def change() -> object:
            return rubric.change_item(item, by=who(request), seen=seen, **sent)

        if "try" in request.query_params:
            return effect(item.question, change)
        _, edits = edited(item.question, request, change)
        return Response({**state.item_facts(item), "edits": edits})

    def delete(self, request: Request, pk: int) -> Response:
        item = edited_item(request.user, pk)
        if "try" in request.query_params:
            return effect(item.question, lambda: rubric.remove_item(item, by=who(request)))
        touched, edits = edited(
            item.question, request, lambda: rubric.remove_item(item, by=who(request))
        )
        return Response({"answers": len(touched), "edits": edits})

    def put(self, request: Request, pk: int) -> Response:
        item = edited_item(request.user, pk)
        touched, edits = edited(
            item.question, request, lambda: rubric.restore_item(item, by=who(request))
        )
        return Response({"answers": len(touched), "edits": edits})


class GroupSerializer(SeenSerializer):
    text = serializers.CharField(max_length=500)
    exclusive = serializers.BooleanField(default=True)


class GroupsView(APIView):
    """POST adds a group to a question's rubric."""

    serializer_class = GroupSerializer

    def post(self, request: Request, pk: int) -> Response:
        question = edited_question(request.user, pk)
        sent = checked(GroupSerializer, request)
        sent.pop("version", None)
        group, edits = edited(
            question, request, lambda: item_groups.add_group(question, by=who(request), **sent)
        )
        return Response({**_group_facts(group), "edits": edits}, status=201)


class GroupView(APIView):
    """One group. PUT changes it; DELETE dissolves it, its items stay."""

    serializer_class = GroupSerializer

    def put(self, request: Request, pk: int) -> Response:
        group = edited_group(request.user, pk)
        sent = checked(GroupSerializer, request)
        seen = sent.pop("version", None)

        def change() -> Group:
            return item_groups.change_group(group, by=who(request), seen=seen, **sent)

        if "try" in request.query_params:
            return effect(group.question, change)
        _, edits = edited(group.question, request, change)
        return Response({**_group_facts(group), "edits": edits})

    def delete(self, request: Request, pk: int) -> Response:
        group = edited_group(request.user, pk)
        _, edits = edited(
            group.question, request, lambda: item_groups.remove_group(group, by=who(request))
        )
        return Response({"edits": edits})


def _group_facts(group: Group) -> dict[str, Any]:
    return {"id": group.pk, "text": group.text, "exclusive": group.exclusive}


def _group(question: Question, pk: int | None) -> Group | None:
    return None if pk is None else get_object_or_404(question.groups.all(), pk=pk)


def _numbers(request: Request, name: str) -> list[int] | None:
    """Return a list of whole numbers that was sent, None if there is no such thing."""
    sent = request.data.get(name) if isinstance(request.data, dict) else None
    if sent is None:
        return None
    if not isinstance(sent, list) or not all(map(is_key, sent)):
        raise ValidationError(f"“{name}” must be a list of whole numbers.")
    return sent
