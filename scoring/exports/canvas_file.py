"""Canvas's own gradebook file with an exam's totals filled in.

Canvas knows its students surely by its own `ID`, which stands in no other file. So its export is
read, each row is matched to a student of the roster, and given back with its first columns as they
came and one column for the exam. A row of nobody, or of somebody without a total, keeps what
stood in its cell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gradebook import tables
from gradebook.guarded import safe
from gradebook.models import Exam
from gradebook.tables import Unreadable
from scoring.exports.cells import as_text, number
from scoring.exports.gradebooks import canvas_column, totals
from scoring.exports.scores import Person, max_points, roster

# What says who a row is of; Canvas has some of them only where it is set up so.
KNOWN = (
    *("Student", "ID", "SIS User ID", "SIS Login ID"),
    *("Integration ID", "Root Account", "Section"),
)
NEEDED = ("Student", "ID", "Section")


class Row(NamedTuple):
    """A student of Canvas's: its line, its cells under `CanvasFile.columns`, what stood there."""

    line: int
    cells: Sequence[str]
    was: str


class CanvasFile(NamedTuple):
    columns: Sequence[str]
    heading: str  # of the exam's column there, or "" if there is none yet
    rows: Sequence[Row]


class Filled(NamedTuple):
    """The file, and who is not in it: rows of nobody by name, students without a total."""

    text: str
    filled: int
    unmatched: Sequence[str]
    without_total: int
    absent: Sequence[str]  # students with a total whom Canvas's file does not name


def read(data: bytes, exam: Exam) -> CanvasFile:
    """Read what Canvas exported. Raises tables.Unreadable, in words."""
    lines = tables.rows(data, "gradebook")
    header = [title.strip() for title in lines[0][1]] if lines else []
    if lacking := [name for name in NEEDED if name not in header]:
        raise Unreadable(
            f"This is not Canvas’s gradebook: it has no column {' and no '.join(lacking)}. "
            "In Canvas choose Grades, Export, Export Entire Gradebook."
        )
    columns = [name for name in KNOWN if name in header]
    at = [header.index(name) for name in columns]
    heading = _heading(header, exam)
    own = header.index(heading) if heading else len(header)
    rows = [
        Row(line, [_cell(cells, index) for index in at], _cell(cells, own))
        for line, cells in lines[1:]
        if _is_a_student(_cell(cells, at[0]), _cell(cells, at[1]))
    ]
    if not rows:
        raise Unreadable("The file names no student: there is no row with a name and an ID.")
    return CanvasFile(columns, heading, rows)


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def _heading(header: Sequence[str], exam: Exam) -> str:
    """Return the column called like the exam, alone or with Canvas's key behind it."""
    name = re.escape(exam.name.strip().casefold())
    called = [title for title in header if re.fullmatch(rf"{name}(?: \(\d+\))?", title.casefold())]
    return called[0] if called and called[0] not in KNOWN else ""


def _is_a_student(name: str, key: str) -> bool:
    # Canvas's test student is called so, and the rows above the students have no key.
    return bool(key) and name.casefold() not in {"", "points possible", "student, test"}


def fill(exam: Exam, file: CanvasFile) -> Filled:
    """Fill in the totals as they stand now."""
    scores = {total.person.pk: total.score for total in totals(exam)}
    everyone = [Person(*row) for row in roster(exam)]
    whose = matched(file, everyone)
    heading = file.heading or canvas_column(exam)
    first = [*file.columns, heading]
    points = ["    Points Possible", *[""] * (len(file.columns) - 1), number(max_points(exam))]
    rows = []
    for row in file.rows:
        score = scores.get(whose[row.line]) if row.line in whose else None
        rows.append([*map(safe, row.cells), _kept(row.was) if score is None else number(score)])
    there = set(whose.values())
    return Filled(
        text=as_text([[*map(safe, first)], points, *rows]),
        filled=sum(whose.get(row.line) in scores for row in file.rows),
        unmatched=[row.cells[0] for row in file.rows if row.line not in whose],
        without_total=sum(pk not in scores for pk in there),
        absent=[
            f"{person.first} {person.last}".strip()
            for person in everyone
            if person.pk in scores and person.pk not in there
        ],
    )


def _kept(was: str) -> str:
    """Leave a score as it stood; it may be below zero, which no formula is."""
    return was if re.fullmatch(r"-?\d+(?:[.,]\d+)?", was) else safe(was)


def matched(file: CanvasFile, people: Sequence[Person]) -> dict[int, int]:
    """Return by line whose row it is: the surest sign first, each student at most once.

    Names decide nothing: two people may share one. A sign that fits several says nothing.
    """
    found: dict[int, int] = {}
    taken: set[int] = set()
    for column, sign in _signs():
        if column not in file.columns:
            continue
        at = file.columns.index(column)
        known = _unique([(sign(person), person.pk) for person in people if sign(person)])
        rows = [row for row in file.rows if row.line not in found and row.cells[at]]
        wanted = _unique([(row.cells[at].casefold(), row.line) for row in rows])
        for word, line in wanted.items():
            if (pk := known.get(word)) is not None and pk not in taken:
                found[line] = pk
                taken.add(pk)
    return found


def _signs() -> Iterator[tuple[str, Callable[[Person], str]]]:
    yield "SIS User ID", lambda person: person.sid.casefold()
    yield "SIS Login ID", lambda person: person.email.casefold()
    yield "SIS Login ID", lambda person: person.sid.casefold()
    yield "SIS User ID", lambda person: person.email.casefold()
    yield "Integration ID", lambda person: person.sid.casefold()
    yield "SIS Login ID", lambda person: person.email.partition("@")[0].casefold()


def _unique(pairs: Sequence[tuple[str, int]]) -> dict[str, int]:
    counts = Counter(word for word, _ in pairs)
    return {word: pk for word, pk in pairs if counts[word] == 1}
