"""Who tries to sign in, and from where: wrong passwords are counted for that pair (django-axes)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

LONGEST_NAME = 255  # as axes stores it


def person(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """Return the name somebody signs in by, the same for all spellings that reach one account."""
    name = str((credentials or request.POST).get("username") or "").strip()
    # Databases compare upper case, where a dotless ı is an I: lower case alone tells them apart.
    return name.upper().lower()[:LONGEST_NAME]


def client_address(request: HttpRequest) -> str | None:
    """Return the address the outermost trusted proxy saw, or who is connected; None on a socket.

    Every proxy adds the address it saw at the right of `X-Forwarded-For`. What stands left of
    those the trusted ones added is the sender's own word.
    """
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-settings.PROXIES :]
    for text in (seen[0] if settings.PROXIES else "", request.META.get("REMOTE_ADDR", "")):
        try:
            return str(ip_address(text.strip().partition("%")[0]))
        except ValueError:
            continue
    return None
