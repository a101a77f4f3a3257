"""Where files lie: a folder by default, S3-compatible storage when STORAGE_URL says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Static files under names that hold their hash, modules' imports included.

    Without the flag a module's `import` keeps the plain name, silently: a browser would go
    on with an old module after an update.
    """

    support_js_module_import_aggregation = True

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """Leave bare names in scripts alone: one of django-htmx's comments holds such an import."""
        convert = super().url_converter(name, hashed_files, template)

        def converter(match: re.Match[str]) -> str:
            bare = name.endswith(".js") and "." not in match["url"].rsplit("/", 1)[-1]
            return match["matched"] if bare else str(convert(match))

        return converter


def storages(url: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Return Django's STORAGES for `file:///folder` or `s3://key:secret@host/bucket?region=…`."""
    return {
        "default": _files(url, folder),
        "staticfiles": {"BACKEND": "config.storage.StaticFiles"},
    }


def _files(url: str, folder: Path) -> dict[str, Any]:
    parts = urlsplit(url or f"file://{folder}")
    if parts.scheme == "file":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            # No public address: every file is served by a view that checks who asks.
            "OPTIONS": {"location": unquote(parts.path), "base_url": None},
        }
    if parts.scheme == "s3":
        query = parse_qs(parts.query)
        options: dict[str, Any] = {
            "access_key": unquote(parts.username or ""),
            "secret_key": unquote(parts.password or ""),
            "bucket_name": parts.path.strip("/"),
            "region_name": query.get("region", [None])[-1],
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": True,
        }
        if parts.hostname:
            scheme = "http" if query.get("insecure") else "https"
            port = f":{parts.port}" if parts.port else ""
            options["endpoint_url"] = f"{scheme}://{parts.hostname}{port}"
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    raise ImproperlyConfigured(
        f"STORAGE_URL must begin with file:// or s3://, not {parts.scheme}://."
    )
