"""A ZIP that is sent while it is made: no file on disk, no more in memory than one piece."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.core.files.storage import default_storage
from django.utils import timezone

CHUNK = 1 << 18


class Sink:
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
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]  # only writes
        for name, stored, at in files:
            info = zipfile.ZipInfo(name, max(at.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
            info.external_attr = 0o644 << 16
            with default_storage.open(stored, "rb") as file, archive.open(info, "w") as entry:
                while piece := file.read(CHUNK):
                    entry.write(piece)
                    yield sink.take()
    yield sink.take()


def written(files: Iterable[tuple[str, Iterable[str | bytes]]]) -> Iterator[bytes]:
    """Yield a ZIP of files that are written while it is sent: each one's name and its pieces."""
    sink = Sink()
    now = timezone.localtime().timetuple()[:6]
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]  # only writes
        for name, pieces in files:
            info = zipfile.ZipInfo(name, now)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with archive.open(info, "w") as entry:
                for piece in pieces:
                    entry.write(piece.encode() if isinstance(piece, str) else piece)
                    yield sink.take()
    yield sink.take()
