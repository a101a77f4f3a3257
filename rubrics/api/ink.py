"""/api/v1/answers/<pk>/annotations/<key>/: ink on a page."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import who
from rubrics import grading, state
from rubrics.access import annotation_for, answer_for
from rubrics.api.fields import Conflict, checked
from rubrics.models import Annotation, Item
from submissions.models import Page


class AnnotationSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Annotation.Kind.choices)
    points = serializers.ListField(
        child=serializers.ListField(
            child=serializers.FloatField(min_value=0, max_value=1), min_length=2, max_length=2
        ),
        min_length=1,
        max_length=5000,
    )
    text = serializers.CharField(max_length=2000, allow_blank=True, default="")
    item = serializers.IntegerField(allow_null=True, default=None)
    colour = serializers.ChoiceField(choices=["red", "blue", "green", "black"], default="red")
    size = serializers.FloatField(min_value=0.0005, max_value=0.1, default=0.004)
    # Which way up the page was shown. It may have been turned since it was sent to the browser.
    turn = serializers.ChoiceField(choices=[0, 90, 180, 270], required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        least = {"pen": 2, "box": 2}.get(attrs["kind"], 1)
        if len(attrs["points"]) < least:
            raise ValidationError(f"A {attrs['kind']} needs {least} points at least.")
        return attrs


class AnnotationView(APIView):
    """Ink on a page, under a key the browser made: PUT draws it once, DELETE takes it off."""

    serializer_class = AnnotationSerializer

    def put(self, request: Request, pk: int, key: str) -> Response:
        answer = answer_for(request.user, pk)
        sent = checked(AnnotationSerializer, request)
        pages = Page.objects.filter(submission=answer.submission_id)
        page = get_object_or_404(pages, pk=sent.pop("page"))
        items = Item.objects.filter(question=answer.question_id)
        pinned = sent.pop("item")
        item = get_object_or_404(items, pk=pinned) if pinned is not None else None
        ink = grading.annotate(answer, by=who(request), key=str(key), page=page, item=item, **sent)
        if ink.answer_id != answer.pk:
            raise Conflict("This key is used for another answer’s ink.")
        return Response(state.annotation_facts(ink))

    def delete(self, request: Request, pk: int, key: str) -> Response:
        answer = answer_for(request.user, pk)
        if Annotation.objects.filter(answer=answer, key=key).exists():
            grading.erase(annotation_for(answer, str(key)), by=who(request))
        return Response(status=204)
