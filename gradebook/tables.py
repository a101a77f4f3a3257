"""A table that came as a CSV file, whatever program wrote it: bytes in, numbered rows out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

MOST_BYTES = 5 << 20
MOST_ROWS = 20_000
EMPTY = "The file is empty (0 bytes). Export the {what} again and upload that."


class Unreadable(Exception):
    """The file cannot be used at all; the message says why and what to do."""


def rows(data: bytes, what: str) -> list[tuple[int, list[str]]]:
    """Return line numbers and cells, the header first; empty lines are left out.

    `what` is the file in words ("roster"). Raises Unreadable.
    """
    return list(_lines(_text(data, what), what))


def _text(data: bytes, what: str) -> str:
    if not data:
        raise Unreadable(EMPTY.format(what=what))
    if len(data) > MOST_BYTES:
        raise Unreadable(f"The file is larger than 5 MB, too large for a {what}.")
    if data[:4] in {b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0"}:
        raise Unreadable("This is no CSV file. In Excel choose “Save as”, then “CSV UTF-8”.")
    if guess := _without_a_mark(data):
        return _clean(data.decode(guess, "replace"), what)
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if data.startswith(mark):
            try:
                return _clean(data.decode(encoding), what)
            except UnicodeDecodeError:
                continue
    # Excel's own encoding in western Europe and America, or the one it had on a Mac.
    if _from_a_mac(data):
        return _clean(data.decode("mac_roman"), what)
    try:
        return _clean(data.decode("cp1252"), what)
    except UnicodeDecodeError:
        return _clean(data.decode("latin-1"), what)


def _without_a_mark(data: bytes) -> str:
    """Return which half of UTF-16 it is, if its first letters are each beside a zero."""
    first = data[:8]
    if len(first) == 8 and not any(first[1::2]) and all(first[::2]):
        return "utf-16-le"
    return "utf-16-be" if len(first) == 8 and not any(first[::2]) and all(first[1::2]) else ""


def _from_a_mac(data: bytes) -> bool:
    """Whether the letters beyond ASCII lie where an old Mac had them: at 80 to 9F.

    Windows has signs there, and few letters: a sign within a word is none, nor is a capital. Only
    where letters of both kinds could be meant, as š or ö, Windows is taken.
    """
    if re.search(rb"[\xc0-\xff]", data):
        return False
    signs = rb"[\x80-\x89\x8b\x8d\x8f\x90\x93-\x99\x9b\x9d]"
    within = rb"[a-z]" + signs + rb"[a-z]|[A-Z]" + signs + rb"[a-z]"
    return bool(re.search(within + rb"|[a-z][\x8a\x8c\x8e\x9f]|[A-Z][\x8a\x8c\x8e\x9f][a-z]", data))


def _clean(text: str, what: str) -> str:
    if "\0" in text:
        raise Unreadable(f"This is no text file. Export the {what} as CSV and upload that.")
    return text


def _lines(text: str, what: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line numbers and cells; the separator is the one the header has most of."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for count, cells in enumerate(reader):
            if count > MOST_ROWS:
                raise Unreadable(f"A {what} holds {MOST_ROWS:,} people at most.")
            if cells and (count == 0 or any(cells)):
                yield reader.line_num, cells
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} cannot be read: {error}.") from None


def shortened(text: str) -> str:
    """Return a cell as it can be named in a sentence."""
    words = " ".join(text.split())
    return words if len(words) <= 40 else f"{words[:40]}…"
