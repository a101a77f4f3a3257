"""A ZIP that is sent while it is made: no file on disk, no more in memory than one piece."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.core.files.storage import default_storage

CHUNK = 1 << 18


class _Sink:
    """What the ZIP is written to; it cannot seek, so sizes follow each file's content."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(files: Iterable[tuple[str, str, datetime]]) -> Iterator[bytes]:
    """Yield a ZIP of stored files: its name in the ZIP, its name in the storage, its time.

    Not compressed: scans are JPEG already.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]  # only writes
        for name, stored, at in files:
            info = zipfile.ZipInfo(name, max(at.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
            info.external_attr = 0o644 << 16
            with default_storage.open(stored, "rb") as file, archive.open(info, "w") as entry:
                while piece := file.read(CHUNK):
                    entry.write(piece)
                    yield sink.take()
    yield sink.take()
