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

    ``number`` is the template's page, 0 for an extra one; ``page`` and ``sha`` name the stored one.
    """

    number: int
    page: int
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


def to_json(result: Result) -> dict[str, Any]:
    """The result as what ``json.dumps`` takes, headed by its format and version."""
    questions = [_part_row(part) for part in result.questions]
    pages = [_sheet_row(sheet) for sheet in result.pages]
    head = {"format": FORMAT, "version": VERSION}
    return head | _row(result) | {"questions": questions, "pages": pages}


def from_json(data: Mapping[str, Any]) -> Result:
    """The result `to_json` came from. ValueError if it is another format, or not whole."""
    if data.get("format") != FORMAT or data.get("version") != VERSION:
        raise ValueError(f"not a {FORMAT} of version {VERSION}")
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


def _row(one: Result | Part | Line | PageSheet | Caption | Ink) -> dict[str, Any]:
    """Its fields by name, as they are; dataclasses.asdict copies each value and costs tenfold."""
    return {name: getattr(one, name) for name in one.__slots__}


def _part_row(part: Part) -> dict[str, Any]:
    items = [_row(item) for item in part.items]
    return _row(part) | {"items": items, "parts": [_part_row(child) for child in part.parts]}


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
    return Part(**dict(row) | parts)


def _sheet(row: Mapping[str, Any]) -> PageSheet:
    layers = {
        "captions": tuple(Caption(**caption) for caption in row["captions"]),
        "annotations": _each(_ink, row["annotations"]),
    }
    return PageSheet(**dict(row) | layers)


def _ink(row: Mapping[str, Any]) -> Ink:
    points = tuple(cast("tuple[float, float]", tuple(point)) for point in row["points"])
    return Ink(**dict(row) | {"points": points})
