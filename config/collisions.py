"""Two writers in each other's way: PostgreSQL lets one of them go, and its person is told.

Not tried again here: a view may have done a first thing in a transaction of its own, and would
take the second run for a form that was sent twice. The grading page sends its clicks again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from gradebook.locks import came_second

WORDS = (
    "Somebody else changed the same at this very moment, and this was not done. "
    "Look at what stands, then try again."
)

logger = logging.getLogger(__name__)


def told(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Say in words, of pages and API, that PostgreSQL let a request's transaction go."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DatabaseError) or not came_second(error):
            return None
        logger.warning("In the way of another writer", exc_info=error)
        return _answer(request)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]  # where Django looks
    return middleware


def _answer(request: HttpRequest) -> HttpResponse:
    accepts = request.headers.get("Accept", "")
    if request.path.startswith("/api/") or "application/json" in accepts:
        # No 409: that is the answer to a request which would be refused again.
        return JsonResponse({"detail": WORDS}, status=503, headers={"Retry-After": "1"})
    return render(request, "409.html", {"words": WORDS}, status=409)
