"""The few pages that belong to no stage."""

from __future__ import annotations

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authtoken.models import Token
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import who
from gradebook.models import User
from jobs.models import DISK_FULL
from jobs.runner import is_disk_full

BROKEN = (
    "Something broke on our side. What was saved before is still there. Try once more in a minute;"
    " if it stays, tell whoever runs this site."
)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer for what a view did not expect; a full disk is told, for a person can mend it."""
    error = sys.exc_info()[1]
    if error is None or not is_disk_full(error):
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": BROKEN}, status=500)
        return defaults.server_error(request)
    if "text/html" in request.headers.get("Accept", "") or not request.accepts("application/json"):
        return render(request, "500.html", {"said": DISK_FULL}, status=507)
    return JsonResponse({"detail": DISK_FULL}, status=507)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Say "ok" while the database answers: for load balancers and compose."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


class TokenView(APIView):
    """The signed-in person's API token: POST makes a new one, DELETE withdraws it."""

    def post(self, request: Request) -> Response:
        user = who(request)
        with transaction.atomic():
            # One after the other: of two that are asked for at once the later one stands.
            User.objects.select_for_update().get(pk=user.pk)
            Token.objects.filter(user=user).delete()
            token = Token.objects.create(user=user)
        return Response({"token": token.key}, status=201)

    def delete(self, request: Request) -> Response:
        Token.objects.filter(user=who(request)).delete()
        return Response(status=204)


class SchemaView(SpectacularAPIView):
    """The API's description: of one version, in one language, whatever the address asks for."""

    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        response: Response = self._get_schema_response(request)  # type: ignore[no-untyped-call]
        return response

    def _get_version_parameter(self, request: Request) -> None:
        return None
