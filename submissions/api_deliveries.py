"""/api/v1/: large files in parts, for the scans page and for scripts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import IO, Any, cast

from django.urls import reverse
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, who
from submissions import deliveries
from submissions.access import delivery_for
from submissions.models import Delivery, Upload
from submissions.sources import BadUpload, HereAlready

LONGEST_TIME = 2**53  # what JavaScript counts to


class DeliverySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=1)
    modified = serializers.IntegerField(default=0, min_value=-LONGEST_TIME, max_value=LONGEST_TIME)
    again = serializers.BooleanField(default=False)


class AgainSerializer(serializers.Serializer[Any]):
    again = serializers.BooleanField(default=False)


class BytesParser(BaseParser):
    """The body as it comes, unread: the view says how much of it may."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, *args: Any, **kwargs: Any) -> Any:
        return stream


def refused(*errors: BadUpload, taken: Sequence[Upload] = ()) -> Response:
    """The answer to files that are not taken, and to those that came with them and are."""
    told, status = refusal(errors, taken)
    return Response(told, status=status)


def refusal(errors: Sequence[BadUpload], taken: Sequence[Upload]) -> tuple[dict[str, Any], int]:
    """Return what is told of a refusal, and the status.

    `ids` are the uploads that were taken all the same. `again`: sent so, all would be taken; it
    is not offered once some are, for those would be taken twice.
    """
    here = all(isinstance(error, HereAlready) for error in errors)
    told: dict[str, Any] = {"detail": " ".join(map(str, errors))}
    told["ids"] = [upload.pk for upload in taken]
    told["again"] = here and not taken
    return told, 409 if here else 400


class DeliveriesView(APIView):
    """POST says which file is to come in parts, and is told which of them are missing."""

    serializer_class = DeliverySerializer

    def post(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk)
        form = DeliverySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            delivery = deliveries.begin(exam, who(request), **form.validated_data)
        except BadUpload as error:
            return refused(error)
        return Response(_told(delivery), status=201)


class DeliveryView(APIView):
    """GET says which parts are missing; DELETE lets all of them go, or answers 409 while an
    earlier request takes the file in."""

    serializer_class = DeliverySerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(_told(delivery_for(request.user, pk)))

    def delete(self, request: Request, pk: int) -> Response:
        try:
            deliveries.discard(delivery_for(request.user, pk))
        except deliveries.Busy as error:
            return Response({"detail": str(error)}, status=409, headers={"Retry-After": "2"})
        return Response(status=204)


class PartView(APIView):
    """PUT brings one part, as bytes; brought twice, it is kept once."""

    parser_classes = (BytesParser,)
    serializer_class = AgainSerializer

    def put(self, request: Request, pk: int, number: int) -> Response:
        delivery = delivery_for(request.user, pk)
        # Without a length there is no stream, and nothing is parsed.
        body = request.data if request.stream else io.BytesIO()
        try:
            deliveries.put(delivery, number, cast("IO[bytes]", body))
        except deliveries.WrongPart as error:
            raise ValidationError({"detail": str(error)}) from None
        except deliveries.Gone as error:
            raise NotFound(str(error)) from None
        return Response(status=204)


class DeliveredView(APIView):
    """POST says that all parts are here; the answer is the upload. Sent twice, it is one: while
    an earlier request still takes it in, the answer is 202."""

    serializer_class = AgainSerializer

    def post(self, request: Request, pk: int) -> Response:
        delivery = delivery_for(request.user, pk)
        form = AgainSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            upload = deliveries.finish(delivery, again=form.validated_data["again"])
        except deliveries.WrongPart as error:
            told = {"detail": str(error), "missing": deliveries.missing(delivery)}
            return Response(told, status=400)
        except deliveries.Busy as error:
            waits = {"detail": str(error), "upload": None}
            return Response(waits, status=202, headers={"Retry-After": "2"})
        except deliveries.Gone as error:
            raise NotFound(str(error)) from None
        except BadUpload as error:
            return refused(error)
        return Response({"upload": upload.pk}, status=201)


def _told(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.pk,
        "name": delivery.name,
        "size": delivery.size,
        "part_bytes": deliveries.PART_BYTES,
        "missing": deliveries.missing(delivery) if delivery.upload_id is None else [],
        "upload": delivery.upload_id,
        "url": reverse("api_delivery", args=[delivery.pk]),
    }
