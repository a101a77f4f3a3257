"""Reading a roster file, whatever program wrote it. Bytes in, rows and problems out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from gradebook import canvas, tables
from gradebook.models import Role
from gradebook.tables import Unreadable

# Header words as they are compared: lower case, letters and digits only. Of several, as in the
# files of Canvas, the one that stands first here counts.
COLUMNS = {
    "first": ("firstname", "first", "givenname", "given", "forename", "prename"),
    "last": ("lastname", "last", "surname", "familyname", "family"),
    "name": ("name", "fullname", "student", "studentname", "displayname"),
    "sid": ("sid", "studentid", "studentnumber", "universityid", "matriculationnumber",
            "matrikelnummer", "studentno", "sisuserid", "orgdefinedid", "idnumber", "id"),
    "email": ("email", "emailaddress", "mail", "sisloginid"),
    "role": ("role", "roles", "kind", "type"),
    "sections": ("section", "sections", "group", "groups", "class"),
}  # fmt: skip
ROLES = {
    Role.STUDENT: {"", "student", "learner", "s"},
    Role.GRADER: {
        "grader",
        "ta",
        "reader",
        "teachingassistant",
        "tutor",
        "assistant",
        "g",
        "noneditingteacher",
    },
    Role.INSTRUCTOR: {"instructor", "teacher", "professor", "lecturer", "i"},
}
LONGEST = {"first": 150, "last": 150, "sid": 64, "email": 254}
LONGEST_SECTION = 100
LOGINS = (
    "Canvas’s file has logins, as “{login}”, and no e-mail addresses. Add a column Email to it, "
    "or export the roster from where addresses are."
)
NAMED = 5  # columns that were passed over


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
    passed_over: tuple[str, ...] = ()  # columns and rows that were not read, in words
    notes: tuple[str, ...] = ()  # sentences on what was taken otherwise than it stands there


def read_roster(data: bytes) -> Roster:
    """Read a roster. Never raises: what is wrong comes back in words, lines named."""
    try:
        lines = tables.rows(data, "roster")
        if not lines:
            raise Unreadable("The file holds no rows. The first row names the columns.")
        header = lines[0][1]
        columns = _columns(header)
    except Unreadable as error:
        return Roster(problems=(str(error),))
    people = [(line, cells) for line, cells in lines[1:] if any(map(str.strip, cells))]
    left: list[str] = []
    if _word(header[columns["email"]]) == "sisloginid":
        people, left = _without_canvas_s_own(people, columns)
        logins = [_cell(cells, columns["email"]) for _, cells in people]
        if logins and not any("@" in login for login in logins):
            return Roster(problems=(LOGINS.format(login=tables.shortened(logins[0])),))
    rows: list[Row] = []
    problems: list[str] = []
    of_canvas = "sisloginid" in map(_word, header)
    named = [_cell(cells, columns.get("sections")) for _, cells in people] if of_canvas else []
    alone = frozenset(named)
    for line, cells in people:
        row = _row(line, cells, columns, problems, alone if of_canvas else None)
        rows += [row] if row else []
    problems += _doubles(rows, "email", "e-mail address") + _doubles(rows, "sid", "student ID")
    if not rows and not problems:
        problems.append("The file names nobody: there is no row below the column names.")
    passed = (*left, *_unread(header, columns))
    notes = tuple(canvas.notes(named, alone))
    return Roster(tuple(rows), tuple(problems), frozenset(columns), passed, notes)


def _without_canvas_s_own(
    lines: list[tuple[int, list[str]]], columns: dict[str, int]
) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Take out what Canvas's gradebook has between its students, and say so."""
    people, left = [], []
    for line, cells in lines:
        name, sid, login = (
            _cell(cells, columns.get(column)).lower() for column in ("name", "sid", "email")
        )
        if name == "points possible":
            left.append("the row “Points Possible”")
        elif name in {"student, test", "test student"} and "@" not in login and not sid:
            left.append("Canvas’s test student")
        elif name or login:
            # A row of nobody says how assignments are posted.
            people.append((line, cells))
    return people, list(dict.fromkeys(left))


def _unread(header: list[str], columns: dict[str, int]) -> list[str]:
    """Name the columns that say nothing of a roster, the first few by their titles."""
    titles = [
        f"“{tables.shortened(title)}”"
        for index, title in enumerate(header)
        if title.strip() and index not in columns.values()
    ]
    if not titles:
        return []
    more = f" and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
    return [f"the column{'s' if len(titles) > 1 else ''} {', '.join(titles[:NAMED])}{more}"]


def _columns(header: list[str]) -> dict[str, int]:
    """Return which cell holds what. Raises Unreadable when a column we need is missing."""
    words = [_word(title) for title in header]
    columns = {
        column: words.index(found)
        for column, known in COLUMNS.items()
        if (found := next((word for word in known if word in words), None))
    }
    missing = []
    if "email" not in columns:
        missing.append("Email")
    if "name" not in columns and not {"first", "last"} <= columns.keys():
        missing.append("First Name and Last Name (or one Name column)")
    if missing:
        found = ", ".join(f"“{title.strip()}”" for title in header if title.strip()) or "none"
        raise Unreadable(f"A column is missing: {' and '.join(missing)}. Columns found: {found}.")
    return columns


def _word(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", title.lower())


def _cell(cells: list[str], index: int | None) -> str:
    known = index is not None and index < len(cells)
    return re.sub(r"\s+", " ", cells[index]).strip() if known else ""  # type: ignore[index]  # known


def _row(
    line: int,
    cells: list[str],
    columns: dict[str, int],
    problems: list[str],
    alone: frozenset[str] | None,
) -> Row | None:
    """Read a person. `alone` are the sections that a file of Canvas names by themselves."""

    def cell(column: str) -> str:
        return _cell(cells, columns.get(column))

    first, last = _names(cell("first"), cell("last"), cell("name"))
    found = {"first": first, "last": last, "sid": cell("sid"), "email": cell("email")}
    role = _role(cell("role"))
    sections = _sections(cell("sections"), alone)
    wrong = [*_wrong(found, role, cell("role")), *_too_long(sections)]
    problems += [f"Line {line}: {problem}" for problem in wrong]
    if wrong or role is None:
        return None
    return Row(line, first, last, found["sid"], found["email"], role, sections)


def _sections(text: str, alone: frozenset[str] | None) -> tuple[str, ...]:
    if alone is not None:
        return tuple(canvas.pieces(text, alone))
    return tuple(dict.fromkeys(filter(None, map(str.strip, re.split(r"[;,]", text)))))


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
