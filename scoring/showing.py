"""A result as its page shows it: every text, place and state decided, nothing left to templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple

from gradebook.points import points_text, signed_text
from rubrics.words import html
from scoring.copies.emoji import leading_emoji
from scoring.grafting import leaves
from scoring.results import Ink, Line, PageSheet, Part, Result, worth_showing

State = Literal["full", "lost", "none", "waiting"]
# Ink is drawn in units of which a page is so many wide.
WIDE = 1000
MARGIN = 0.01  # around a region, as a fraction of the page


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a page's picture is, and its size in pixels; no url: `hidden` may say why not."""

    url: str
    width: int
    height: int
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class ItemShown:
    applied: bool
    points: str
    acts: str  # "takes", "gives" or ""
    html: str
    group: str  # named above the first of its items


@dataclass(frozen=True, slots=True)
class Words:
    """A comment: the mark it stands beside, and what it says."""

    mark: str
    html: str


@dataclass(frozen=True, slots=True)
class SolutionShown:
    """How the part is solved: words, and where its PDF of so many pages is."""

    html: str
    url: str
    pages: int


@dataclass(frozen=True, slots=True)
class RegradeShown:
    """What a student may do or did about a part: ask, have asked, have an answer."""

    url: str
    may_ask: bool
    closed: bool = False
    reason: str = ""
    asked_at: datetime | None = None
    reply: str = ""
    answered_at: datetime | None = None
    gone: bool = False  # its part was removed from the exam
    became: str = ""  # "1.5 became 2", if an answer changed what they see


@dataclass(frozen=True, slots=True)
class PartShown:
    anchor: str
    name: str
    title: str
    score: str
    points: str
    state: State
    bonus: bool
    items: list[ItemShown]
    adjustment: str
    adjustment_acts: str
    comments: list[Words]
    parts: list[PartShown]
    solution: SolutionShown | None
    page: int  # from 1 among the pages, 0 if it is on none
    regrade: RegradeShown | None = None

    @property
    def telling(self) -> bool:
        """Whether there is more to read than that all is right."""
        asked = any(part.regrade and part.regrade.asked_at for part in (self, *self.parts))
        return bool(self.comments) or self.state != "full" or asked

    @property
    def open(self) -> bool:
        """Whether it stands open at first: where points were lost, or somebody wrote a word."""
        return self.state in ("lost", "none") or bool(self.comments)

    @property
    def opens(self) -> bool:
        return bool(self.items or self.adjustment or self.page or self.solution)


@dataclass(frozen=True, slots=True)
class Tag:
    """The score of a part at its place on the page; `y` is a fraction of the page."""

    anchor: str
    name: str
    score: str
    state: State
    y: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """Ink in units of a page WIDE wide: a pen's points, a box, or a text and where it hangs."""

    kind: str
    colour: str
    size: str
    points: str = ""
    x: str = ""
    y: str = ""
    width: str = ""
    height: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class PageShown:
    number: int
    alt: str
    picture: Picture
    view: str  # the SVG's viewBox
    tags: list[Tag]
    strokes: list[Stroke]


@dataclass(frozen=True, slots=True)
class Cut:
    """A region of a page: all of the page, and the SVG's viewBox that shows no more than it."""

    page: PageShown
    view: str
    tall: str  # the page's height where it is WIDE wide
    alt: str


@dataclass(frozen=True, slots=True)
class Shown:
    score: str
    points: str
    value: int  # of the bar, hundredths
    most: int
    waiting: int
    parts: list[PartShown]
    pages: list[PageShown]


def show(
    result: Result,
    pictures: Sequence[Picture],
    regrades: Mapping[str, RegradeShown] = MappingProxyType({}),
    solutions: Mapping[str, str] = MappingProxyType({}),
) -> Shown:
    """Return what the page shows; `pictures` in the order of ``result.pages``.

    `regrades` says, by the numbers of parts, where a student may ask or has asked for one;
    `solutions` where their PDFs are.
    """
    places: dict[str, int] = {}
    for number, sheet in enumerate(result.pages, start=1):
        for caption in sheet.captions:
            places.setdefault(caption.part, number)
    beside = Beside(places, regrades, solutions)
    parts = [_part(part, result, beside) for part in result.questions]
    return Shown(
        score=points_text(result.score),
        points=points_text(result.points),
        value=max(0, min(result.score, result.points)),
        most=result.points,
        waiting=_waiting(result.questions),
        parts=parts,
        pages=[
            _page(number, sheet, picture)
            for number, (sheet, picture) in enumerate(
                zip(result.pages, pictures, strict=True), start=1
            )
        ],
    )


def show_part(result: Result, number: str, regrades: Mapping[str, RegradeShown]) -> PartShown:
    """Return one leaf of a result as its page shows it. KeyError without one so numbered."""
    found = {part.number: part for part in leaves(result.questions)}
    return _part(found[number], result, Beside({}, regrades, {}))


def state_of(score: int | None, points: int) -> State:
    if score is None:
        return "waiting"
    if score >= points:
        return "full"
    return "lost" if score > 0 else "none"


def anchor_of(number: str) -> str:
    return f"part-{number.replace('.', '-')}"


class Beside(NamedTuple):
    """What is known beside the result, by the numbers of parts."""

    places: Mapping[str, int]
    regrades: Mapping[str, RegradeShown]
    solutions: Mapping[str, str]


def _part(part: Part, result: Result, beside: Beside) -> PartShown:
    parts = [_part(child, result, beside) for child in part.parts]
    waiting = _waiting(part.parts)
    return PartShown(
        anchor=anchor_of(part.number),
        name=f"{part.number} {part.label}".strip(),
        title=part.title,
        score=points_text(part.score),
        points=points_text(part.points),
        state="waiting" if waiting and part.score is None else state_of(part.score, part.points),
        bonus=part.bonus and part.title.strip().lower() != "bonus",
        items=_items(part.items, part.scoring or result.scoring),
        adjustment=signed_text(part.adjustment) if part.adjustment else "",
        adjustment_acts=_acts(part.adjustment),
        comments=[_words(comment) for comment in part.comments if comment.strip()],
        parts=parts,
        solution=_solution(part, beside.solutions.get(part.number, "")),
        page=beside.places.get(part.number, 0),
        regrade=beside.regrades.get(part.number),
    )


def _solution(part: Part, url: str) -> SolutionShown | None:
    if part.solution is None:
        return None
    return SolutionShown(html(part.solution.text), url, part.solution.pages)


def _waiting(parts: Sequence[Part]) -> int:
    return sum(_waiting(one.parts) if one.parts else one.score is None for one in parts)


def _items(lines: Sequence[Line], scoring: str) -> list[ItemShown]:
    shown = [line for line in lines if worth_showing(line)]
    before = ["", *(line.group for line in shown)]
    return [
        ItemShown(
            applied=line.applied,
            points=signed_text(line.points, scoring),
            acts=_acts(line.points),
            html=html(line.text),
            group=line.group if line.group != last else "",
        )
        for line, last in zip(shown, before, strict=False)
    ]


def _acts(points: int | None) -> str:
    return "" if not points else "takes" if points < 0 else "gives"


def _words(comment: str) -> Words:
    mark, text = leading_emoji(comment)
    return Words(mark, html(text))


def _page(number: int, sheet: PageSheet, picture: Picture) -> PageShown:
    tall = _tall(picture)
    named = f", page {sheet.number} of the exam" if sheet.number else ", an extra page"
    return PageShown(
        number=number,
        alt=f"Scanned page {number}{named}",
        picture=picture,
        view=f"0 0 {WIDE} {tall:.1f}",
        tags=[
            Tag(
                anchor=anchor_of(caption.part),
                name=f"{caption.part} {caption.label}".strip(),
                score="not graded yet"
                if caption.score is None
                else f"{points_text(caption.score)} / {points_text(caption.points)}",
                state=state_of(caption.score, caption.points),
                y=f"{min(max(caption.y, 0.0), 1.0):.4f}",
            )
            for caption in sorted(sheet.captions, key=lambda one: (one.y, one.x))
        ],
        strokes=[_stroke(ink, tall) for ink in sheet.annotations if ink.points],
    )


def cut(
    number: int, sheet: PageSheet, picture: Picture, box: tuple[float, float, float, float]
) -> Cut:
    """Return a box of a page, in fractions of it, with a little of what is around."""
    tall = _tall(picture)
    x, y, width, height = box
    left, top = max(0.0, x - MARGIN), max(0.0, y - MARGIN)
    right, bottom = min(1.0, x + width + MARGIN), min(1.0, y + height + MARGIN)
    view = (left * WIDE, top * tall, (right - left) * WIDE, (bottom - top) * tall)
    return Cut(
        page=_page(number, sheet, picture),
        view=" ".join(f"{side:.1f}" for side in view),
        tall=f"{tall:.1f}",
        alt=f"What you wrote on page {sheet.number} of the exam",
    )


def _tall(picture: Picture) -> float:
    return WIDE * picture.height / picture.width if picture.width else WIDE * 1.294


def _stroke(ink: Ink, tall: float) -> Stroke:
    points = [(x * WIDE, y * tall) for x, y in ink.points]
    if ink.kind == "pen":
        # A dot is a line that ends where it began.
        ends = points * 2 if len(points) == 1 else points
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in ends)
        return Stroke("pen", ink.colour, f"{max(ink.size, 0.0005) * WIDE:.2f}", points=line)
    (x, y), (right, bottom) = points[0], points[-1]
    if ink.kind == "box":
        return Stroke(
            "box",
            ink.colour,
            f"{min(max(ink.size, 0.0005), 0.02) * WIDE:.2f}",
            x=f"{min(x, right):.1f}",
            y=f"{min(y, bottom):.1f}",
            width=f"{abs(right - x):.1f}",
            height=f"{abs(bottom - y):.1f}",
        )
    return Stroke(
        ink.kind,
        ink.colour,
        f"{min(max(ink.size, 0.006), 0.2) * WIDE:.2f}",
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        width=f"{max(WIDE - x - 5, 0.15 * WIDE):.1f}",
        height=f"{max(tall - y, 20):.1f}",
        html=html(ink.text),
    )
