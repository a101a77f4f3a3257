"""/api/v1/questions/<pk>/: what is left to grade, rules, comments used, items from elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, question_for, who
from gradebook.models import Scoring
from rubrics import claims, importing, parts, state
from rubrics.access import edited_question
from rubrics.api.fields import KeyField, checked, is_key
from rubrics.api.rubric import edited, effect
from rubrics.edits import MOST_ITEMS
from rubrics.filters import Filter
from rubrics.models import Item
from rubrics.rules import change_rules, rules_of
from submissions.access import sees_names


class OutlineProgressView(APIView):
    """The exam's questions with how many answers of each are graded."""

    def get(self, request: Request, pk: int) -> Response:
        return Response(parts.questions(exam_for(request.user, pk), who(request)))


class NextView(APIView):
    """POST claims the next ungraded answer nobody else holds, after paper `after`.

    `work` is what `GET answers/…/` says of it; `progress` the question's, also where none is left.
    """

    def post(self, request: Request, pk: int) -> Response:
        question = question_for(request.user, pk)
        after = request.data.get("after", 0) if isinstance(request.data, dict) else 0
        if not is_key(after):
            raise ValidationError("“after” must be the number of a paper.")
        names = sees_names(request.user, question.exam)
        only = Filter.read(request.query_params, question, names=names)
        user = who(request)
        answer = claims.next_ungraded(question, user, after, only)
        if answer is None:
            told = {"answer": None, "work": None, "progress": state.progress(question)}
            return Response(told)
        work = state.workspace(answer, user, names=names, only=only)
        return Response({"answer": answer.pk, "work": work, "progress": work["progress"]})


class CommentsView(APIView):
    """Comments used on the question's answers, most used first. By nobody, on nobody's paper."""

    def get(self, request: Request, pk: int) -> Response:
        return Response(state.comments(question_for(request.user, pk)))


class RulesSerializer(serializers.Serializer[Any]):
    scoring = serializers.ChoiceField(choices=Scoring.choices, allow_blank=True, default="")
    floor = serializers.BooleanField(allow_null=True, default=None)
    ceiling = serializers.BooleanField(allow_null=True, default=None)


class RulesView(APIView):
    """How one question is scored. PATCH changes it for all its answers; empty is as the exam."""

    serializer_class = RulesSerializer

    def patch(self, request: Request, pk: int) -> Response:
        question = edited_question(request.user, pk)
        if not question.is_leaf:
            raise Http404
        sent = checked(RulesSerializer, request, partial=True)

        def change() -> object:
            return change_rules(question, sent, by=who(request))

        if "try" in request.query_params:
            return effect(question, change)
        _, edits = edited(question, request, change)
        return Response({**rules_of(question), "edits": edits})


class ImportSerializer(serializers.Serializer[Any]):
    items = serializers.ListField(child=KeyField(), min_length=1, max_length=MOST_ITEMS)


class ImportView(APIView):
    """GET lists the rubrics one may take items from; POST `{items}` copies them here."""

    serializer_class = ImportSerializer

    def get(self, request: Request, pk: int) -> Response:
        question = edited_question(request.user, pk)
        return Response(importing.sources(question, who(request)))

    def post(self, request: Request, pk: int) -> Response:
        question = edited_question(request.user, pk)
        wanted = checked(ImportSerializer, request)["items"]
        courses = importing.graded_courses(who(request))
        there = Item.objects.offered().filter(question__exam__course__in=courses)
        found = there.select_related("group").in_bulk(wanted)
        if len(found) != len(set(wanted)):
            raise Http404
        items = [found[number] for number in dict.fromkeys(wanted)]
        made, edits = edited(
            question,
            request,
            lambda: importing.import_items(question, items, by=who(request)),
        )
        return Response({"items": [item.pk for item in made], "edits": edits}, status=201)
