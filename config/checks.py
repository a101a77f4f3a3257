"""System checks: what is missing on this machine, before somebody finds out the hard way.

`manage.py check` runs them; `manage.py check --deploy` adds those that ask other machines or
only matter on a real host.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
)
# The beginning of a font file's name, and the Debian package that brings it.
FONTS = {
    "Inter": "fonts-inter",
    "NotoSans-Regular": "fonts-noto-core",
    "NotoColorEmoji": "fonts-noto-color-emoji",
    "DroidSansFallback": "fonts-droid-fallback",
}
HERE = {None, "", "localhost", "127.0.0.1", "::1"}


@register
def programs_are_installed(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not shutil.which("pdftoppm"):
        found.append(
            Warning(
                "poppler is missing: PDF pages that are not one plain image cannot be drawn.",
                hint="apt-get install poppler-utils",
                id="marginalia.W001",
            )
        )
    if not shutil.which("tesseract"):
        found.append(
            Warning(
                "tesseract is missing: print on pages cannot be read.",
                hint="apt-get install tesseract-ocr",
                id="marginalia.W002",
            )
        )
    return found


@register
def fonts_are_installed(**_: Any) -> list[CheckMessage]:
    packages = missing_fonts(FONT_FOLDERS)
    if not packages:
        return []
    return [
        Warning(
            "Fonts are missing: some letters of graded copies would come out as empty boxes.",
            hint=f"apt-get install {' '.join(packages)}",
            id="marginalia.W003",
        )
    ]


def missing_fonts(folders: Iterable[str]) -> list[str]:
    """Return the Debian packages of the fonts that lie in none of the folders, or below."""
    wanted = dict(FONTS)
    for name in _files_below(folders):
        for start in [start for start in wanted if name.startswith(start)]:
            del wanted[start]
        if not wanted:
            break
    return list(wanted.values())


def _files_below(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        for _, _, names in os.walk(Path(folder).expanduser(), followlinks=True):
            yield from names


@register
def files_can_be_written(**_: Any) -> list[CheckMessage]:
    folders = [Path(settings.DATA_DIR)]
    if location := _file_folder():
        folders.append(location)
    return [
        Error(
            f"Marginalia may not write in {folder}.",
            hint="Give the folder to the user it runs as, or set DATA_DIR to another one.",
            id="marginalia.E001",
        )
        for folder in folders
        if not is_writable(folder)
    ]


def is_writable(folder: Path) -> bool:
    """Return whether files can be made in the folder, or the folder where it is to be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _file_folder() -> Path | None:
    """Return where uploads and page images lie, None when that is no folder of this machine."""
    storage = settings.STORAGES["default"]
    if storage["BACKEND"].endswith("FileSystemStorage"):
        return Path(storage["OPTIONS"]["location"])
    return None


@register
def storage_is_installed(**_: Any) -> list[CheckMessage]:
    if _file_folder() is not None or find_spec("storages"):
        return []
    return [
        Error(
            "STORAGE_URL asks for S3, but the package for it is not installed.",
            hint='pip install "django-storages[s3]"',
            id="marginalia.E002",
        )
    ]


@register
def database_suits_the_hosts(**_: Any) -> list[CheckMessage]:
    sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    redis_elsewhere = urlsplit(settings.REDIS_URL).hostname not in HERE
    if not sqlite or not (redis_elsewhere or _file_folder() is None):
        return []
    return [
        Warning(
            "SQLite serves one machine, but files or Redis are on another: "
            "a second host would not see this one's grades.",
            hint="Set DATABASE_URL to a PostgreSQL database that all hosts reach.",
            id="marginalia.W004",
        )
    ]


@register(deploy=True)
def redis_answers(**_: Any) -> list[CheckMessage]:
    if not settings.REDIS_URL:
        return []
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return [
            Warning(
                f"Redis does not answer: {error}. Long work would start late, by the sweep alone.",
                hint="Start Redis, or correct REDIS_URL.",
                id="marginalia.W005",
            )
        ]
    return []


@register(deploy=True)
def proxy_is_known(**_: Any) -> list[CheckMessage]:
    if not settings.HTTPS or settings.SECURE_PROXY_SSL_HEADER:
        return []
    return [
        Warning(
            "HTTPS is on, but no proxy is trusted: behind one, every page would redirect for ever.",
            hint="Set PROXIES to the number of proxies in front, usually 1.",
            id="marginalia.W006",
        )
    ]


@register(deploy=True)
def letters_lead_here(**_: Any) -> list[CheckMessage]:
    if not settings.EMAIL_HOST or urlsplit(settings.SITE_URL).hostname not in HERE:
        return []
    return [
        Warning(
            f"Letters would lead students to {settings.SITE_URL}, their own machine.",
            hint="Set SITE_URL to the address people type, such as https://exams.example.edu.",
            id="marginalia.W008",
        )
    ]


@register(deploy=True)
def mail_is_sent(**_: Any) -> list[CheckMessage]:
    if not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return []
    return [
        Warning(
            "E-mail is written to the log, not sent: students would not hear of a release.",
            hint="Set EMAIL_BACKEND and EMAIL_HOST.",
            id="marginalia.W007",
        )
    ]
