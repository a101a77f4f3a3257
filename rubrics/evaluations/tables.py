"""The CSV files of a ZIP, read a row at a time: a small file may unpack to more than fits."""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, NamedTuple

MOST_FILES = 500
MOST_BYTES = 20 << 20  # of the ZIP
MOST_UNPACKED = 20 << 20  # of all files together
MOST_LINES = 400_000  # of all files together
MOST_ROWS = 20_000  # of one file
MOST_COLUMNS = 400
LONGEST_ROW = 1 << 20  # bytes
LONGEST_LIST = 1 << 20  # bytes that name the ZIP's members: some ten thousand of them
SECONDS = 15.0  # of work on what somebody waits for
TOO_LONG = "The ZIP takes too long to read. Send it as several, a few questions each."
NAME = re.compile(r"(?P<number>[0-9]{1,4}(?:\.[0-9]{1,4}){0,4})_(?P<title>.*)\.csv$", re.IGNORECASE)


class BadFile(Exception):
    """The ZIP cannot be used; the message says why, to a person."""


class Watch:
    """How long a request may work on a file. What a busy machine does meanwhile does not count."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.end = time.thread_time() + seconds

    def look(self) -> None:
        """Raises BadFile once it is over."""
        if time.thread_time() > self.end:
            raise BadFile(TOO_LONG)


class Listed:
    """A file whose list of members is read only if it is short: zipfile makes objects of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > LONGEST_LIST:
            raise BadFile("The ZIP holds too many files. Only each question’s CSV belongs in it.")
        return self.file.read(size)


class Table(NamedTuple):
    """One file: what its name says, and its rows, blank ones left out, with their line."""

    number: str
    title: str
    rows: Iterator[tuple[int, list[str]]]


@dataclass
class _Left:
    """What may still be read."""

    bytes: int
    lines: int
    watch: Watch | None


def tables(archive: zipfile.ZipFile, watch: Watch | None = None) -> Iterator[Table]:
    """Yield the files that are named like evaluations; each is read before the next is asked for.

    Raises BadFile, while rows are read as well, and what zipfile raises.
    """
    entries = [(entry, match) for entry in archive.infolist() if (match := _named(entry))]
    if len(entries) > MOST_FILES:
        raise BadFile(f"The ZIP holds {len(entries):,} CSV files; {MOST_FILES} fit.")
    left = _Left(MOST_UNPACKED, MOST_LINES, watch)
    for entry, match in entries:
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise BadFile("The ZIP is packed in an unusual way. Pack it as an ordinary ZIP.")
        with archive.open(entry) as opened:
            title = match["title"].replace("_", " ").strip()
            yield Table(match["number"], title, _rows(opened, match["number"], left))


def _named(entry: zipfile.ZipInfo) -> re.Match[str] | None:
    path = PurePosixPath(entry.filename)
    hidden = any(piece.startswith((".", "__MACOSX")) for piece in path.parts)
    return None if hidden or entry.is_dir() else NAME.match(path.name)


def _rows(opened: IO[bytes], number: str, left: _Left) -> Iterator[tuple[int, list[str]]]:
    """Yield each row and the line it ends on. Raises BadFile."""
    lines = _Lines(opened, number, left)
    reader = csv.reader(lines, strict=True)
    try:
        for count, cells in enumerate(reader, start=1):
            lines.room = LONGEST_ROW
            if count > MOST_ROWS:
                raise BadFile(f"The file of question {number} has more than {MOST_ROWS:,} rows.")
            if len(cells) > MOST_COLUMNS:
                raise BadFile(
                    f"The file of question {number} has {len(cells):,} columns; {MOST_COLUMNS} fit."
                )
            if any(cells):
                yield reader.line_num, cells
    except (UnicodeDecodeError, csv.Error):
        raise BadFile(f"The file of question {number} cannot be read as CSV in UTF-8.") from None


class _Lines:
    """The lines of a file. `room` is how many bytes its row may still have; who reads sets it."""

    def __init__(self, opened: IO[bytes], number: str, left: _Left) -> None:
        self.opened = io.BufferedReader(opened)  # type: ignore[type-var]  # reads in pieces
        self.number, self.left, self.room = number, left, LONGEST_ROW
        self.encoding = "utf-8-sig"

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        data = self.opened.readline(min(self.room, self.left.bytes) + 1)
        if not data:
            raise StopIteration
        self.room -= len(data)
        self.left.bytes -= len(data)
        self.left.lines -= 1
        if self.left.bytes < 0:
            raise BadFile(f"The files in the ZIP are larger than {MOST_UNPACKED >> 20} MB.")
        if self.room < 0:
            raise BadFile(f"A row in the file of question {self.number} is longer than 1 MB.")
        if self.left.lines < 0:
            raise BadFile(f"The files in the ZIP have more than {MOST_LINES:,} lines.")
        if self.left.watch:
            self.left.watch.look()
        text = data.decode(self.encoding)
        self.encoding = "utf-8"
        return text
