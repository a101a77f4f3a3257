"""Files under names that hold their content's hash: written once, never changed, safe to cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
)
from django.utils.http import content_disposition_header
from django.utils.timezone import now

CHUNK = 1 << 20
FRESH_SECONDS = 12 * 3600  # in a far storage: half of the age at which leftovers go
NOWHERE = "private, no-store"  # Cache-Control of what may be taken back
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".pdf": "application/pdf"}


class Kept(NamedTuple):
    name: str  # in the default storage
    sha256: str


def keep(folder: str, data: bytes, suffix: str) -> Kept:
    """Store bytes as `folder/ab/abcdef….suffix`; the same bytes are stored once."""
    return _keep(folder, hashlib.sha256(data).hexdigest(), ContentFile(data), suffix)


def keep_file(folder: str, file: IO[bytes], suffix: str) -> Kept:
    """Store an open file like `keep`, reading it in pieces."""
    digest = sha256(file)
    file.seek(0)
    return _keep(folder, digest, File(file), suffix)


def sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in _chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _keep(folder: str, digest: str, content: File, suffix: str) -> Kept:  # type: ignore[type-arg]  # generic in the stubs alone
    name = f"{folder}/{digest[:2]}/{digest}{suffix}"
    if not refresh(name):
        if isinstance(default_storage, FileSystemStorage):
            _put_whole(Path(default_storage.path(name)), content)
        elif (saved := default_storage.save(name, content)) != name:
            # Another process stored the same bytes in between; theirs serve as well.
            default_storage.delete(saved)
    return Kept(name, digest)


def refresh(name: str) -> bool:
    """Let a stored file count as just written; False if it has to be stored (again) for that.

    Whoever is about to name a file in a row calls this: until the row is written, only the
    file's age keeps it from being taken for a leftover.
    """
    if isinstance(default_storage, FileSystemStorage):
        try:
            os.utime(default_storage.path(name))
        except OSError:
            return False
        return True
    if not default_storage.exists(name):
        return False
    return now() - default_storage.get_modified_time(name) < timedelta(seconds=FRESH_SECONDS)


def _put_whole(path: Path, content: File) -> None:  # type: ignore[type-arg]  # generic in the stubs alone
    """Write a file under its name only once it is whole: a killed worker leaves no half of one."""
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        try:
            for chunk in content.chunks():
                part.write(chunk)
            part.flush()
            os.fchmod(part.fileno(), 0o644)
            os.replace(part.name, path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def read(name: str) -> bytes:
    with default_storage.open(name, "rb") as file:
        return bytes(file.read())


def send(
    request: HttpRequest,
    name: str,
    *,
    filename: str = "",
    immutable: bool = True,
    revocable: bool = False,
) -> HttpResponse | FileResponse:
    """Answer with a stored file after the caller has checked who asks.

    `immutable` files may be cached by that person's browser for a year, never by anything
    between; `revocable` ones are kept nowhere, because a browser shows what it kept without
    asking, for the back button for one. With SENDFILE_PREFIX the proxy in front sends the bytes
    (X-Accel-Redirect). A file that is gone from the storage is 404, as it is there.
    """
    tag = f'"{name.rsplit("/", 1)[-1]}"'
    caching = "private, max-age=31536000, immutable" if immutable else "private, no-cache"
    if revocable:
        caching = NOWHERE
    suffix = "." + name.rsplit(".", 1)[-1]
    response: HttpResponse | FileResponse
    if request.headers.get("If-None-Match") == tag and not revocable:
        response = HttpResponseNotModified()
    elif settings.SENDFILE_PREFIX:
        response = HttpResponse(content_type=TYPES.get(suffix, "application/octet-stream"))
        response["X-Accel-Redirect"] = settings.SENDFILE_PREFIX + name
    else:
        response = FileResponse(
            _opened(name), content_type=TYPES.get(suffix, "application/octet-stream")
        )
    response["Cache-Control"] = caching
    if not revocable:
        response["ETag"] = tag
    if filename:
        header = content_disposition_header(suffix not in TYPES, filename)
        response["Content-Disposition"] = header or "attachment"
    return response


def _opened(name: str) -> File[bytes]:
    try:
        return default_storage.open(name, "rb")
    except FileNotFoundError:
        raise Http404 from None
