"""One graded paper as plain data: what a student sees, a copy prints and a machine reads.

The same data travels as JSON inside the graded copy, so it is versioned and exact both ways:
``from_json(to_json(result)) == result``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

FORMAT = "marginalia-result"
VERSION = 1
# Results that carry solutions; those without are written as before, so their copies stay good.
WITH_SOLUTIONS = 2

RubricShown = Literal["all", "applied", "none"]
Scoring = Literal["negative", "positive"]
InkKind = Literal["pen", "text", "box", "item"]
Colour = Literal["red", "blue", "green", "black"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """A rubric item: its signed points in hundredths (None: says something, moves nothing)."""

    number: int
    text: str
    points: int | None
    applied: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class Solution:
    """How a question is solved: words, and a PDF of so many pages, by its content's hash."""

    text: str = ""
    sha: str = ""
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A question or one of its parts. A score of None means nobody has graded it yet.

    ``scoring`` is only said where it differs from the paper's.
    """

    number: str
    label: str
    title: str
    points: int
    score: int | None
    bonus: bool = False
    items: tuple[Line, ...] = ()
    adjustment: int = 0
    comments: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    scoring: Scoring | None = None
    solution: Solution | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """A region's score; x, y is its top right corner in fractions of the upright page."""

    part: str
    label: str
    score: int | None
    points: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ink:
    """What a grader drew, in fractions of the upright page.

    A pen is a polyline, a box two corners, a text or item hangs from its top left anchor.
    ``size`` is a pen's width or a text's font size, as a fraction of the page's width.
    """

    kind: InkKind
    points: tuple[tuple[float, float], ...]
    text: str = ""
    colour: Colour = "red"
    size: float = 0.003


@dataclass(frozen=True, slots=True)
class PageSheet:
    """A scanned page. ``turn`` is clockwise, on top of the PDF's own /Rotate, to stand upright.

    ``number`` is the template's page, 0 for an extra one; ``sha`` names the stored scan by its
    content, so that a result means the same in another database.
    """

    number: int
    sha: str
    turn: int = 0
    captions: tuple[Caption, ...] = ()
    annotations: tuple[Ink, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A graded paper. ``score`` and ``points`` are hundredths, ``graded_at`` is ISO 8601."""

    exam: str
    course: str
    term: str
    student: str
    sid: str
    email: str
    submission: int
    score: int
    points: int
    rubric_shown: RubricShown
    questions: tuple[Part, ...]
    pages: tuple[PageSheet, ...]
    graded_at: str | None
    language: str = "en"
    scoring: Scoring = "negative"


def worth_showing(line: Line) -> bool:
    """Whether an item tells a student anything. Without words, only the points that it moved do."""
    return bool(line.text.strip() or (line.applied and line.points))


def to_json(result: Result) -> dict[str, Any]:
    """The result as what ``json.dumps`` takes, headed by its format and version."""
    questions = [_part_row(part) for part in result.questions]
    pages = [_sheet_row(sheet) for sheet in result.pages]
    told = WITH_SOLUTIONS if any(map(_solved, result.questions)) else VERSION
    head = {"format": FORMAT, "version": told}
    return head | _row(result) | {"questions": questions, "pages": pages}


def from_json(data: Mapping[str, Any]) -> Result:
    """The result `to_json` came from. ValueError if it is another format, or not whole."""
    if data.get("format") != FORMAT or data.get("version") not in (VERSION, WITH_SOLUTIONS):
        raise ValueError(f"not a {FORMAT} of version {VERSION} or {WITH_SOLUTIONS}")
    fields = {name: value for name, value in data.items() if name not in ("format", "version")}
    try:
        return Result(
            **fields
            | {
                "questions": _each(_part, fields["questions"]),
                "pages": _each(_sheet, fields["pages"]),
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a whole {FORMAT}: {error}") from error


def _solved(part: Part) -> bool:
    """Whether a part, or one of its own, comes with its solution."""
    return part.solution is not None or any(map(_solved, part.parts))


def _row(one: Result | Part | Line | PageSheet | Caption | Ink | Solution) -> dict[str, Any]:
    """Its fields by name, as they are; dataclasses.asdict copies each value and costs tenfold."""
    return {name: getattr(one, name) for name in one.__slots__}


def _part_row(part: Part) -> dict[str, Any]:
    items = [_row(item) for item in part.items]
    row = _row(part) | {"items": items, "parts": [_part_row(child) for child in part.parts]}
    solution = row.pop("solution")
    return row | {"solution": _row(solution)} if solution else row


def _sheet_row(sheet: PageSheet) -> dict[str, Any]:
    captions = [_row(caption) for caption in sheet.captions]
    return _row(sheet) | {
        "captions": captions,
        "annotations": [_row(one) for one in sheet.annotations],
    }


def _each(
    build: Callable[[Mapping[str, Any]], T], rows: Sequence[Mapping[str, Any]]
) -> tuple[T, ...]:
    return tuple(build(row) for row in rows)


def _part(row: Mapping[str, Any]) -> Part:
    parts = {
        "items": tuple(Line(**item) for item in row["items"]),
        "comments": tuple(row["comments"]),
        "parts": _each(_part, row["parts"]),
    }
    solution = Solution(**row["solution"]) if row.get("solution") else None
    return Part(**dict(row) | parts | {"solution": solution})


def _sheet(row: Mapping[str, Any]) -> PageSheet:
    layers = {
        "captions": tuple(Caption(**caption) for caption in row["captions"]),
        "annotations": _each(_ink, row["annotations"]),
    }
    # Results frozen earlier named the page's row as well.
    return PageSheet(**{name: row[name] for name in row if name != "page"} | layers)


def _ink(row: Mapping[str, Any]) -> Ink:
    points = tuple(cast("tuple[float, float]", tuple(point)) for point in row["points"])
    return Ink(**dict(row) | {"points": points})
