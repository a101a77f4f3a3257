"""A ZIP taken apart, and ZIPs in it, within bounds. Names in it never become paths."""

from __future__ import annotations

import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from submissions.sandbox import Sandbox, SandboxError
from submissions.sources import HEAD, BadUpload, is_called_picture, office

HIDDEN = (".", "__MACOSX")  # how names of clutter begin
MAX_DEPTH = 3  # ZIPs inside ZIPs
MAX_ENTRIES = 5_000
MAX_EXPANDED_BYTES = 4 << 30
# Scans hardly shrink; uncompressed pictures of clean pages do, some fifty times.
MAX_RATIO, FREE_BYTES = 100, 64 << 20  # of unpacked to packed, beyond so much in all
MOST_NAMED = 10
LONGEST_NAME = 255

BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,  # what is not implemented, too
    EOFError,
    ValueError,
)


class Unpacked(NamedTuple):
    """Each file's name and where it lies; and what could not be unpacked, in sentences."""

    files: list[tuple[str, Path]]
    left_out: list[str]


def expand(path: Path, folder: Path, name: str = "") -> Unpacked:
    """Unpack a ZIP, and ZIPs in it, into `folder`, but for what in it cannot be unpacked.

    `name` is what its sender calls the ZIP, if not as `path` does.

    Names keep their folders ("room 2/scan.pdf") and stand in reading order, 2 before 10. They
    never become paths: files in `folder` are numbered. Raises BadUpload for a ZIP that is broken
    as a whole or beyond the bounds.
    """
    try:
        with Sandbox(seconds=300) as box:
            return box.call(_expand, path, folder, name or path.name)
    except SandboxError as error:
        raise BadUpload(
            f"{name or path.name} could not be unpacked within bounds ({error.reason}). "
            "Unpack it and upload the files."
        ) from error


class _Unpacking:
    """What may still be taken out of one upload, over all its nested ZIPs."""

    def __init__(self, name: str, folder: Path, packed: int) -> None:
        self.name = name
        self.folder = folder
        self.bytes_left = MAX_EXPANDED_BYTES
        self.likely_left = max(FREE_BYTES, MAX_RATIO * packed)
        self.entries_left = MAX_ENTRIES
        self.made = 0
        self.unnamed = 0
        self.left_out: list[str] = []

    def files(self, path: Path, above: str, depth: int) -> Iterator[tuple[str, Path]]:
        if depth > MAX_DEPTH:
            raise BadUpload(
                f"{self.name} holds ZIPs inside ZIPs, more than {MAX_DEPTH} deep. "
                "Unpack it and upload the files."
            )
        with zipfile.ZipFile(path) as archive:
            for entry in entries(archive):
                name = above + shown(entry.filename)
                taken = self._take(archive, entry, name)
                if taken is None:
                    continue
                with taken.open("rb") as file:
                    head = file.read(HEAD)
                if head[:4] == b"PK\x03\x04" and not office(head):
                    yield from self._inner(taken, name, depth + 1)
                    taken.unlink()
                else:
                    yield name, taken

    def _inner(self, path: Path, name: str, depth: int) -> Iterator[tuple[str, Path]]:
        try:
            yield from self.files(path, f"{name}/", depth)
        except BROKEN_ZIP:
            self._leave_out(name, "is damaged and cannot be unpacked. Pack it again.")

    def _take(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Path | None:
        self.entries_left -= 1
        if self.entries_left < 0:
            raise BadUpload(
                f"{self.name} holds more than {MAX_ENTRIES:,} files. Upload it in parts."
            )
        if entry.flag_bits & 0x1:
            self._leave_out(name, "needs a password. Pack it without one and upload that.")
            return None
        self.made += 1
        target = self.folder / f"{self.made:05d}"
        try:
            with archive.open(entry) as source, target.open("wb") as out:
                self._copy(source, out)
        except (*BROKEN_ZIP, MemoryError):
            if not is_called_picture(name):
                self._leave_out(name, "is damaged and cannot be unpacked. Upload it by itself.")
                target.unlink(missing_ok=True)
                return None
            # The pictures round it are sound, and its own page will say that it is not.
            target.write_bytes(b"")
        return target

    def _copy(self, source: IO[bytes], out: IO[bytes]) -> None:
        # Count what really comes out: the size an entry declares may lie.
        while piece := _read(source):
            self.bytes_left -= len(piece)
            self.likely_left -= len(piece)
            if self.bytes_left < 0:
                raise BadUpload(
                    f"{self.name} unpacks to more than {MAX_EXPANDED_BYTES >> 30} GB. "
                    "Upload it in parts."
                )
            if self.likely_left < 0:
                raise BadUpload(
                    f"{self.name} unpacks to more than {MAX_RATIO} times its size, which scans "
                    "never do. Look at what is in it, and upload those files themselves."
                )
            out.write(piece)

    def _leave_out(self, name: str, why: str) -> None:
        if len(self.left_out) < MOST_NAMED:
            self.left_out.append(f"{name[-LONGEST_NAME:]} {why}")
        else:
            self.unnamed += 1

    def told(self) -> list[str]:
        more = f"{self.unnamed:,} more could not be unpacked either."
        return self.left_out + [more] * (self.unnamed > 0)


def _read(source: IO[bytes]) -> bytes:
    try:
        return source.read(1 << 20)
    except OSError as error:
        # So says bzip2 of what is none; trouble with the disk has a number.
        if error.errno is None:
            raise zipfile.BadZipFile from error
        raise


def _expand(path: Path, folder: Path, name: str) -> Unpacked:
    unpacking = _Unpacking(name, folder, path.stat().st_size)
    try:
        return Unpacked(list(unpacking.files(path, "", 1)), unpacking.told())
    except BROKEN_ZIP:
        raise BadUpload(
            f"{name} is damaged and cannot be unpacked. Pack it again, or upload the files."
        ) from None


def entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return a ZIP's files without clutter, in reading order."""
    return sorted(_wanted(archive), key=lambda entry: natural(entry.filename))


def _wanted(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for entry in archive.infolist():
        parts = [part for part in Path(entry.filename).parts if part not in (".", "..")]
        hidden = any(part.startswith(HIDDEN) for part in parts)
        link = stat.S_ISLNK(entry.external_attr >> 16)
        if not entry.is_dir() and not hidden and not link:
            yield entry


def shown(name: str) -> str:
    """The entry's name as it may be shown: no drive, no root, no way up."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    kept = [part for part in parts if part not in ("/", "..") and not part.endswith(":")]
    return "/".join(kept) or os.path.basename(name)


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts names as people do: 2 before 10, capitals like small letters."""
    return [
        _number(piece) if piece.isdigit() else (1, 0, piece.lower())
        for piece in re.findall(r"[0-9]+|[^0-9]+", name)
    ]


def _number(digits: str) -> tuple[int, int, str]:
    # By length, then as text: Python refuses to read a number of thousands of digits.
    digits = digits.lstrip("0")
    return 0, len(digits), digits
