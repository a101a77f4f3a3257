"""The demo's exam: its blank pages, where everything lies on them, and its exam file.

The pages are typeset from the `.typ` files beside this module, which also tell, as marks, where
each part begins and ends, where there is room to answer, and where the letters to circle stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst

HERE = Path(__file__).parent
PAGE = (612.0, 792.0)  # US letter in points
OUTSET = 9.0  # a region reaches this far, in points, beyond the text on either side
EDGE = 66.0 - OUTSET


@dataclass(frozen=True)
class Rect:
    """A rectangle on a 1-based page, in fractions of it, origin top left."""

    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Template:
    """A blank exam: the PDF and what lies where.

    `regions` holds each part's rectangles in page order, `rooms` the space to answer within
    them, `spots` the small places: letters to circle (`1.2:iv`), blanks (`4.1`), table cells,
    `name`, `id` and `signature`.
    """

    pdf: bytes
    pages: int
    regions: dict[str, tuple[Rect, ...]]
    rooms: dict[str, tuple[Rect, ...]]
    spots: dict[str, Rect]


def draw_template(folder: Path) -> Template:
    """Write `template.pdf` of the midterm into the folder. The same bytes every time."""
    template = lay_out("midterm")
    (folder / "template.pdf").write_bytes(template.pdf)
    return template


def exam_file() -> dict[str, Any]:
    """The midterm's outline and rubrics, with the template's name and every region."""
    outline: dict[str, Any] = json.loads((HERE / "outline.json").read_text())
    return with_regions(outline, lay_out("midterm"))


def with_regions(outline: dict[str, Any], template: Template) -> dict[str, Any]:
    """The outline extended by where name, ID and signature, each part and its options lie."""
    letters = _letters(template)
    for part in leaves(outline):
        part["regions"] = [_rounded(rect) for rect in template.regions[part["number"]]]
        part["options"] = [
            {"label": label, **_rounded(rect)} for label, rect in letters.get(part["number"], [])
        ]
    return {
        **{key: value for key, value in outline.items() if key != "questions"},
        "template": "template.pdf",
        "name_region": _rounded(_outset(template.spots["name"])),
        "id_region": _rounded(_outset(template.spots["id"])),
        "hidden_regions": [
            _rounded(_outset(rect)) for name, rect in template.spots.items() if name == "signature"
        ],
        "questions": outline["questions"],
    }


def _letters(template: Template) -> dict[str, list[tuple[str, Rect]]]:
    """What can be circled, by part: `1.2:iv` is a letter, `1.1:true` a word."""
    found: dict[str, list[tuple[str, Rect]]] = {}
    for name, rect in template.spots.items():
        part, *letter = name.split(":")
        if len(letter) == 1:
            label = letter[0].title() if letter[0] in ("true", "false") else letter[0]
            found.setdefault(part, []).append((label, rect))
    return found


def leaves(outline: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts that carry points, in order; a question without parts is its own."""
    for question in outline["questions"]:
        yield from question.get("parts") or [question]


@cache
def lay_out(name: str) -> Template:
    """Typeset `<name>.typ` with the typesetter's own fonts, so that every machine agrees."""
    compiler = typst.Compiler(HERE / f"{name}.typ", root=HERE, ignore_system_fonts=True)
    pdf = compiler.compile(format="pdf")
    assert isinstance(pdf, bytes)
    marks = json.loads(compiler.query("<mark>", field="value"))
    total = json.loads(compiler.query("<total>", field="value", one=True))
    bounds = _bounds(marks)
    return Template(
        pdf=pdf,
        pages=total,
        regions=_by_part((key, _between(at["open"], at["close"])) for key, at in bounds.items()),
        rooms=_by_part((key, _between(at["room"], at["close"])) for key, at in bounds.items()),
        spots={mark["id"]: _spot(mark) for mark in marks if mark["kind"] == "spot"},
    )


def _bounds(marks: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for mark in marks:
        if mark["kind"] != "spot":
            found.setdefault(mark["id"], {})[mark["kind"]] = mark
    return found


def _by_part(rects: Iterable[tuple[str, Rect]]) -> dict[str, tuple[Rect, ...]]:
    found: dict[str, tuple[Rect, ...]] = {}
    for key, rect in rects:
        part = key.rstrip("+")  # "3+" is where part 3 goes on
        found[part] = (*found.get(part, ()), rect)
    return found


def _between(top: dict[str, Any], bottom: dict[str, Any]) -> Rect:
    if top["page"] != bottom["page"]:
        raise ValueError(f"Part {top['id']} runs from page {top['page']} to {bottom['page']}.")
    width, height = PAGE
    return Rect(
        page=top["page"],
        x=EDGE / width,
        y=top["y"] / height,
        width=(width - 2 * EDGE) / width,
        height=(bottom["y"] - top["y"]) / height,
    )


def _spot(mark: dict[str, Any]) -> Rect:
    width, height = PAGE
    return Rect(
        page=mark["page"],
        x=mark["x"] / width,
        y=mark["y"] / height,
        width=mark["width"] / width,
        height=mark["height"] / height,
    )


def _outset(rect: Rect) -> Rect:
    """The rectangle with room for what hangs below the line or over the box."""
    across, down = (OUTSET / 2 / side for side in PAGE)
    return Rect(
        rect.page, rect.x - across, rect.y - down, rect.width + 2 * across, rect.height + 2 * down
    )


def _rounded(rect: Rect) -> dict[str, float]:
    return {key: round(value, 5) for key, value in asdict(rect).items()}
