"""What the API's views share: points as texts, checked bodies, conflicts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from gradebook.points import hundredths
from rubrics import state


class Conflict(APIException):
    status_code = 409
    default_detail = "Somebody changed this a moment ago."


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
