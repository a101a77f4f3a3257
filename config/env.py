"""Settings from the environment. A bad value stops the start with a sentence that names it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Return the value of `name`, or what the file named by `NAME_FILE` holds (for secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").lower()
    if value in {"", "0", "1", "true", "false", "yes", "no", "on", "off"}:
        return default if value == "" else value in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")


def number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def site_url(origins: list[str], hosts: list[str], *, https: bool) -> str:
    """Return the address people type, as far as the other settings tell it, without a "/" last."""
    named = [origin for origin in origins if "*" not in origin]
    if named:
        return named[0].rstrip("/")
    host = next((host for host in hosts if not host.startswith((".", "*"))), "localhost")
    here = host in {"localhost", "127.0.0.1", "[::1]"}
    port = f":{os.environ.get('PORT') or 8000}" if here else ""
    return f"{'https' if https and not here else 'http'}://{host}{port}"


def database(url: str, sqlite: Path) -> dict[str, Any]:
    """Return Django's database settings for a `postgres://` or `sqlite:///` address.

    SQLite runs in WAL with immediate transactions: with Django's defaults a write that
    follows a read in one transaction fails at once when another process has written.
    """
    parts = urlsplit(url or f"sqlite:///{sqlite}")
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {key: values[-1] for key, values in parse_qs(parts.query).items()},
        }
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path) if url else str(sqlite),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                    "PRAGMA mmap_size=134217728;PRAGMA journal_size_limit=27103364;"
                    "PRAGMA cache_size=-20000;"
                ),
            },
        }
    raise ImproperlyConfigured(
        f"DATABASE_URL must begin with postgres:// or sqlite:///, not {parts.scheme}://."
    )
