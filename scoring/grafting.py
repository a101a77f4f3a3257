"""One part of a frozen result put in anew, and nothing else of it. Plain data in and out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from scoring.results import Ink, Line, PageSheet, Part, Result, RubricShown

InkKey = tuple[str, tuple[tuple[float, float], ...], str, float]


class Redrawn(NamedTuple):
    """Of one page: by their keys, what the part ever had there; and what it has now."""

    ever: Collection[InkKey]
    now: Sequence[Ink]


def grafted(
    frozen: Result, number: str, live: Part, live_of: Result, ink: Mapping[int, Redrawn]
) -> Result:
    """Return a frozen result with what stands on its leaf `number` replaced by that of `live`.

    Scores of the groups above and the total follow; captions of the part too. `live_of` is the
    result `live` is a part of, `ink` says by the place of a page, from 0, what changes on it.
    Number, label, title and points stay: the student finds the part they asked about.
    """
    scoring = live.scoring or (live_of.scoring if live_of.scoring != frozen.scoring else None)
    shown = _shown(frozen.rubric_shown, live.items)
    said = replace(live, items=shown, scoring=scoring)
    questions = tuple(_put(part, number, said) for part in frozen.questions)
    return replace(
        frozen,
        questions=questions,
        score=sum(part.score or 0 for part in questions),
        pages=tuple(
            _page(sheet, number, live.score, ink.get(place))
            for place, sheet in enumerate(frozen.pages)
        ),
        graded_at=live_of.graded_at,
    )


def leaf(result: Result, number: str) -> Part | None:
    """Return the part without parts of its own that is so numbered."""
    return next((part for part in leaves(result.questions) if part.number == number), None)


def leaves(parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        if part.parts:
            yield from leaves(part.parts)
        else:
            yield part


def key_of(ink: Ink) -> InkKey:
    """Return what tells a drawing from others; a pinned item's words may change."""
    return ink.kind, ink.points, ink.colour, ink.size


def _shown(rule: RubricShown, items: Sequence[Line]) -> tuple[Line, ...]:
    """The stricter of what the exam showed then and shows now: `items` are what it shows now."""
    if rule == "none":
        return ()
    return tuple(item for item in items if rule == "all" or item.applied)


def _put(part: Part, number: str, said: Part) -> Part:
    if part.parts:
        parts = tuple(_put(child, number, said) for child in part.parts)
        if parts == part.parts:
            return part
        graded = [child.score for child in parts if child.score is not None]
        return replace(part, parts=parts, score=sum(graded) if graded else None)
    if part.number != number:
        return part
    return replace(
        part,
        score=said.score,
        items=said.items,
        adjustment=said.adjustment,
        comments=said.comments,
        scoring=said.scoring,
    )


def _page(sheet: PageSheet, number: str, score: int | None, ink: Redrawn | None) -> PageSheet:
    captions = tuple(
        replace(caption, score=score) if caption.part == number else caption
        for caption in sheet.captions
    )
    if ink is None:
        return replace(sheet, captions=captions)
    kept = tuple(one for one in sheet.annotations if key_of(one) not in ink.ever)
    return replace(sheet, captions=captions, annotations=(*kept, *ink.now))
