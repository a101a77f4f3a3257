"""The API's description of itself, at /api/v1/schema/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes


class Schema(AutoSchema):
    """Views name the body they take (`serializer_class`); answers are documented in docs/api.md.

    Answers are read-made dictionaries, so a view without a serializer takes nothing and answers
    with an object; the default would warn about every one of them.
    """

    def get_request_serializer(self) -> Any:
        return getattr(self.view, "serializer_class", None)

    def get_response_serializers(self) -> Any:
        return OpenApiTypes.NONE if self.method == "DELETE" else OpenApiTypes.OBJECT

    def get_tags(self) -> list[str]:
        """Group by the first word of the path after the version: answers, exams, …"""
        return [self.path.removeprefix("/api/v1/").split("/", 1)[0]]

    def get_operation_id(self) -> str:
        """Name an act by its method and path: get_copies, get_copies_id."""
        words = self.path.removeprefix("/api/v1/").replace("{", "").replace("}", "").split("/")
        return "_".join([self.method.lower(), *filter(None, words)])
