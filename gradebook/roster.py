"""Reading a roster file, whatever program wrote it. Bytes in, rows and problems out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from gradebook.models import Role

MOST_BYTES = 5 << 20
MOST_ROWS = 20_000

# Header words as they are compared: lower case, letters and digits only.
COLUMNS = {
    "first": {"firstname", "first", "givenname", "given", "forename", "prename"},
    "last": {"lastname", "last", "surname", "familyname", "family"},
    "name": {"name", "fullname", "student", "studentname", "displayname"},
    "sid": {"sid", "studentid", "studentnumber", "universityid", "id", "matriculationnumber",
            "matrikelnummer", "studentno", "idnumber", "sisuserid", "orgdefinedid"},
    "email": {"email", "emailaddress", "mail", "sisloginid"},
    "role": {"role", "kind", "type"},
    "sections": {"section", "sections", "group", "groups", "class"},
}  # fmt: skip
ROLES = {
    Role.STUDENT: {"", "student", "learner", "s"},
    Role.GRADER: {"grader", "ta", "reader", "teachingassistant", "tutor", "assistant", "g"},
    Role.INSTRUCTOR: {"instructor", "teacher", "professor", "lecturer", "i"},
}
LONGEST = {"first": 150, "last": 150, "sid": 64, "email": 254}
LONGEST_SECTION = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One person of a roster file; `line` counts from 1, the header included."""

    line: int
    first: str
    last: str
    sid: str
    email: str
    role: Role
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """What a file says. With problems, nothing of it should be used."""

    rows: tuple[Row, ...] = ()
    problems: tuple[str, ...] = ()
    columns: frozenset[str] = field(default_factory=frozenset)


class Unreadable(Exception):
    """The file is no roster at all; the message says why and what to do."""


def read_roster(data: bytes) -> Roster:
    """Read a roster. Never raises: what is wrong comes back in words, lines named."""
    try:
        lines = list(_lines(_text(data)))
        if not lines:
            raise Unreadable("The file holds no rows. The first row names the columns.")
        columns = _columns(lines[0][1])
    except Unreadable as error:
        return Roster(problems=(str(error),))
    rows: list[Row] = []
    problems: list[str] = []
    for line, cells in lines[1:]:
        if any(cell.strip() for cell in cells):
            row = _row(line, cells, columns, problems)
            rows += [row] if row else []
    problems += _doubles(rows, "email", "e-mail address") + _doubles(rows, "sid", "student ID")
    if not rows and not problems:
        problems.append("The file names nobody: there is no row below the column names.")
    return Roster(tuple(rows), tuple(problems), frozenset(columns))


def _text(data: bytes) -> str:
    if not data:
        raise Unreadable("The file is empty (0 bytes). Export the roster again and upload that.")
    if len(data) > MOST_BYTES:
        raise Unreadable("The file is larger than 5 MB, too large for a roster.")
    if data[:4] in {b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0"}:
        raise Unreadable("This is no CSV file. In Excel choose “Save as”, then “CSV UTF-8”.")
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if data.startswith(mark):
            try:
                return _clean(data.decode(encoding))
            except UnicodeDecodeError:
                continue
    # Excel's own encoding in western Europe and America, or the one it had on a Mac.
    if _from_a_mac(data):
        return _clean(data.decode("mac_roman"))
    try:
        return _clean(data.decode("cp1252"))
    except UnicodeDecodeError:
        return _clean(data.decode("latin-1"))


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


def _clean(text: str) -> str:
    if "\0" in text:
        raise Unreadable("This is no text file. Export the roster as CSV and upload that.")
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line numbers and cells; the separator is the one the header has most of."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for count, cells in enumerate(reader):
            if count > MOST_ROWS:
                raise Unreadable(f"A roster holds {MOST_ROWS:,} people at most.")
            if cells and (count == 0 or any(cells)):
                yield reader.line_num, cells
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} cannot be read: {error}.") from None


def _columns(header: list[str]) -> dict[str, int]:
    """Return which cell holds what. Raises Unreadable when a column we need is missing."""
    columns: dict[str, int] = {}
    for index, title in enumerate(header):
        word = re.sub(r"[^a-z0-9]", "", title.lower())
        for column, words in COLUMNS.items():
            if word in words and column not in columns:
                columns[column] = index
    missing = []
    if "email" not in columns:
        missing.append("Email")
    if "name" not in columns and not {"first", "last"} <= columns.keys():
        missing.append("First Name and Last Name (or one Name column)")
    if missing:
        found = ", ".join(f"“{title.strip()}”" for title in header if title.strip()) or "none"
        raise Unreadable(f"A column is missing: {' and '.join(missing)}. Columns found: {found}.")
    return columns


def _row(line: int, cells: list[str], columns: dict[str, int], problems: list[str]) -> Row | None:
    def cell(column: str) -> str:
        index = columns.get(column, len(cells))
        return re.sub(r"\s+", " ", cells[index]).strip() if index < len(cells) else ""

    first, last = _names(cell("first"), cell("last"), cell("name"))
    found = {"first": first, "last": last, "sid": cell("sid"), "email": cell("email")}
    role = _role(cell("role"))
    sections = tuple(
        dict.fromkeys(filter(None, map(str.strip, re.split(r"[;,]", cell("sections")))))
    )
    wrong = [*_wrong(found, role, cell("role")), *_too_long(sections)]
    problems += [f"Line {line}: {problem}" for problem in wrong]
    if wrong or role is None:
        return None
    return Row(line, first, last, found["sid"], found["email"], role, sections)


def _names(first: str, last: str, name: str) -> tuple[str, str]:
    if first or last or not name:
        return first, last
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
        return first, last
    first, _, last = name.rpartition(" ")
    return (first, last) if first else (last, "")


def _role(text: str) -> Role | None:
    word = re.sub(r"[^a-z]", "", text.lower())
    return next((role for role, words in ROLES.items() if word in words), None)


def _wrong(found: dict[str, str], role: Role | None, said: str) -> Iterator[str]:
    if not found["first"] and not found["last"]:
        yield "the name is missing."
    if not found["email"]:
        yield "the e-mail address is missing."
    else:
        try:
            validate_email(found["email"])
        except ValidationError:
            yield f"“{found['email']}” is not an e-mail address."
    if role is None:
        yield f"“{said}” is not a role. Use Student, Grader (TA) or Instructor."
    for column, most in LONGEST.items():
        if len(found[column]) > most:
            yield f"“{found[column][:20]}…” is longer than {most} characters."


def _too_long(sections: tuple[str, ...]) -> Iterator[str]:
    for name in sections:
        if len(name) > LONGEST_SECTION:
            yield f"The section “{name[:20]}…” is longer than {LONGEST_SECTION} characters."


def _doubles(rows: list[Row], column: str, words: str) -> list[str]:
    seen: dict[str, int] = {}
    problems = []
    for row in rows:
        value = str(getattr(row, column)).lower()
        if value and value in seen:
            problems.append(
                f"Lines {seen[value]} and {row.line} have the same {words}, {getattr(row, column)}."
            )
        seen.setdefault(value, row.line)
    return problems
