"""Who tries to sign in, and from where: wrong passwords are counted for that pair (django-axes)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

LONGEST_NAME = 255  # as axes stores it
ONE_LINE = 64  # bits of an IPv6 address that its owner is given; the rest they choose, RFC 6177


def person(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """Return the name somebody signs in by, the same for all spellings that reach one account."""
    name = str((credentials or request.POST).get("username") or "").strip()
    # Databases compare upper case, where a dotless ı is an I: lower case alone tells them apart.
    return name.upper().lower()[:LONGEST_NAME]


def client_address(request: HttpRequest) -> str | None:
    """Return the address the outermost trusted proxy saw, or who is connected; None on a socket.

    Every proxy adds the address it saw at the right of `X-Forwarded-For`. What stands left of
    those the trusted ones added is the sender's own word. Of an IPv6 address the first half counts
    and the rest is zero; an IPv4 address written as one of IPv6 is that IPv4 address.
    """
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-settings.PROXIES :]
    for text in (seen[0] if settings.PROXIES else "", request.META.get("REMOTE_ADDR", "")):
        try:
            return _counted(text.strip().partition("%")[0])
        except ValueError:
            continue
    return None


def _counted(text: str) -> str:
    """Return the address that tries from this one are counted for. Raises ValueError."""
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, ONE_LINE), strict=False).network_address)
