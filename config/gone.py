"""What was reached and went before it was used: not found, as it would be a moment later.

Access functions find a row without holding it, so that whoever may see it waits for nobody; a
verb that holds it afterwards may find it gone, and raises its DoesNotExist.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import exception_handler

FOREIGN_KEY_VIOLATION = "23503"
WORDS = "This went a moment ago. Reload to see what is there."

logger = logging.getLogger(__name__)


def api_answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an API request's error, as the REST framework's own function does."""
    return exception_handler(NotFound(WORDS) if _went(error) else error, context)


def not_found(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer a page's request with 404 where a row went meanwhile."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> None:
        if _went(error):
            raise Http404 from error

    middleware.process_exception = process_exception  # type: ignore[attr-defined]  # where Django looks
    return middleware


def _went(error: Exception) -> bool:
    # A related row that was never there (`exam.template`) is an AttributeError too, and a mistake.
    went = isinstance(error, ObjectDoesNotExist) and not isinstance(error, AttributeError)
    if went or _named_what_went(error):
        logger.warning("Gone before it was used", exc_info=error)
        return True
    return False


def _named_what_went(error: Exception) -> bool:
    """Whether a row was to name one that went: PostgreSQL looks when the transaction ends."""
    missing = getattr(error.__cause__, "pgcode", "") == FOREIGN_KEY_VIOLATION
    return isinstance(error, IntegrityError) and missing
