"""/api/v1/keys/: the keys a person gave to the grading page's acts; /api/v1/preview/: Markdown."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import who
from rubrics.api.fields import Conflict, checked
from rubrics.models import Key
from rubrics.models.key import ACTS, keys_of
from rubrics.words import fresh_html

TAKEN = "This key does something else already. Give that another one first."


class KeysView(APIView):
    """Your own keys where they differ from the defaults. DELETE goes back to those."""

    def get(self, request: Request) -> Response:
        return Response(keys_of(who(request)))

    def delete(self, request: Request) -> Response:
        Key.objects.filter(person=who(request)).delete()
        return Response(status=204)


class KeySerializer(serializers.Serializer[Any]):
    # A space is a key, too.
    key = serializers.CharField(max_length=40, allow_blank=True, trim_whitespace=False)


class KeyView(APIView):
    """PUT `{key}` gives an act a key, "" switches it off; DELETE gives it its default again."""

    serializer_class = KeySerializer

    def put(self, request: Request, act: str) -> Response:
        key = checked(KeySerializer, request)["key"]
        if act not in ACTS:
            raise Http404
        own = Key.objects.filter(person=who(request))
        try:
            with transaction.atomic():
                own.update_or_create(act=act, defaults={"person": who(request), "key": key})
        except IntegrityError:
            raise Conflict(TAKEN) from None
        return Response(keys_of(who(request)))

    def delete(self, request: Request, act: str) -> Response:
        Key.objects.filter(person=who(request), act=act).delete()
        return Response(keys_of(who(request)))


class SingleKeysView(APIView):
    """PUT lets single keys act on your pages, DELETE keeps them quiet, on every machine."""

    def put(self, request: Request) -> Response:
        return _switched(request, on=True)

    def delete(self, request: Request) -> Response:
        return _switched(request, on=False)


def _switched(request: Request, *, on: bool) -> Response:
    person = who(request)
    person.single_keys = on
    person.save(update_fields=["single_keys"])
    return Response(status=204)


class PreviewSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=10_000, allow_blank=True)


class PreviewView(APIView):
    """POST `{text}` answers with the HTML students would see, its maths left to typeset."""

    serializer_class = PreviewSerializer

    def post(self, request: Request) -> Response:
        return Response({"html": fresh_html(checked(PreviewSerializer, request)["text"])})
