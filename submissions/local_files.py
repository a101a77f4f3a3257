"""A stored file as a path: readers of PDFs want one, and a far storage has none.

From a far storage a file is fetched once per machine, whole, and serves all chunks of its upload.
Files are named by their content, so a copy never grows stale.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from django.core.files.storage import default_storage

from jobs import folders

PURPOSE = "files"
KEEP_SECONDS = 12 * 3600


def local_path(name: str) -> Path:
    """Return where a stored file lies on this machine, fetched first if it lies elsewhere."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return _fetched(name)


def forget(name: str) -> None:
    """Drop the fetched copy of a stored file, and copies nobody asked for in half a day."""
    try:
        default_storage.path(name)
    except NotImplementedError:
        _copy_of(name).unlink(missing_ok=True)
        for copy in folders.own(PURPOSE).iterdir():
            # Another worker may tidy up at the same time.
            with suppress(FileNotFoundError):
                if time.time() - copy.stat().st_mtime > KEEP_SECONDS:
                    copy.unlink()


def _fetched(name: str) -> Path:
    copy = _copy_of(name)
    if copy.exists():
        os.utime(copy)
        return copy
    # Two workers may fetch at once; each moves a whole file into the same place.
    with (
        default_storage.open(name, "rb") as source,
        tempfile.NamedTemporaryFile(dir=folders.own(PURPOSE), delete=False) as part,
    ):
        shutil.copyfileobj(source, part, 1 << 20)
    os.replace(part.name, copy)
    return copy


def _copy_of(name: str) -> Path:
    return folders.own(PURPOSE) / name.replace("/", "-")
