"""What the API's views share: points as texts, checked bodies, conflicts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from gradebook.points import hundredths
from rubrics import state

BIGGEST = 2**63 - 1


class Conflict(APIException):
    status_code = 409
    default_detail = "Somebody changed this a moment ago."


class KeyField(serializers.IntegerField):
    """The number of something kept; what no database holds as one is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=BIGGEST, **kwargs)


def is_key(sent: object) -> bool:
    """Whether a value of JSON is a whole number that can be a key."""
    return type(sent) is int and 0 <= sent <= BIGGEST


@extend_schema_field({"type": "string", "example": "-0.5"})
class PointsField(serializers.Field[int, Any, str | None, Any]):
    """Points as a decimal text or number; hundredths inside."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            raise ValidationError("Points must be a number like 1.5.")
        try:
            return hundredths(data)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def to_representation(self, value: int | None) -> str | None:
        return state.decimal(value)


def checked(
    serializer: type[serializers.Serializer[Any]], request: Request, *, partial: bool = False
) -> dict[str, Any]:
    form = serializer(data=request.data, partial=partial)
    form.is_valid(raise_exception=True)
    if partial:
        # Defaults are for what is new: an edit touches only what was sent.
        return {name: form.validated_data[name] for name in request.data if name in form.fields}
    return dict(form.validated_data)
