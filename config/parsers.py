"""Bodies and page numbers that no honest program sends, answered with 400 and not 500."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

FARTHEST = 10_000_000


class SafeJSONParser(JSONParser):
    """JSON that can be stored: not nested without end, no halves of characters."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            _encodable(data)
        except RecursionError:
            raise ParseError("The JSON is nested too deep.") from None
        except UnicodeEncodeError:
            raise ParseError("The JSON holds half a character (a lone surrogate).") from None
        return data


def _encodable(data: Any) -> None:
    if isinstance(data, str):
        data.encode()
    elif isinstance(data, dict):
        for key, value in data.items():
            _encodable(key)
            _encodable(value)
    elif isinstance(data, list):
        for value in data:
            _encodable(value)


class Pages(LimitOffsetPagination):
    max_limit = 1000

    def get_offset(self, request: Request) -> int:
        # More than a database's whole numbers hold is beyond the last page all the same.
        return min(super().get_offset(request), FARTHEST)
