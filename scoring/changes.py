"""What differs between two results of the same paper. Plain data in, plain data out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scoring.results import Part, Result, Solution

# What a student reads and sees; who they are, and when a grader last spoke, is not a change.
TOLD = ("score", "points", "rubric_shown", "questions", "pages", "scoring")


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part whose score moved (hundredths; None: not graded, or not there)."""

    name: str
    title: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What differs: totals in hundredths, the parts whose scores moved, and whether remarks did.

    Remarks are comments and what is drawn on pages; items are the rubric's, pinned ones too.
    Without anything of their `own` only the rubric around them differs: items they do not have.
    `solutions` are all that differs of what is their own.
    """

    before: int
    after: int
    parts: tuple[PartChange, ...]
    remarks: bool
    own: bool = True
    solutions: bool = False

    @property
    def by(self) -> int:
        return self.after - self.before

    @property
    def words_alone(self) -> bool:
        return self.own and not self.parts and self.before == self.after


@dataclass(frozen=True, slots=True)
class Tally:
    """How many results change: scores up, down, those whose total stays, and `around` them more.

    The last are not counted with the others: of theirs only items they do not have differ.
    """

    count: int
    up: int
    down: int
    around: int = 0

    @property
    def same(self) -> int:
        return self.count - self.up - self.down


def alike(before: Result, after: Result) -> bool:
    """Whether two results tell a student the same of their own work.

    Items they do not have may differ: the copy is drawn anew, and it is no news.
    """
    return alike_but_for_solutions(before, after) and solutions_of(before) == solutions_of(after)


def alike_but_for_solutions(before: Result, after: Result) -> bool:
    """Whether two results tell a student the same of what they did and how it was graded."""
    return before.score == after.score and _marked(before) == _marked(after)


def solutions_of(result: Result) -> dict[str, Solution]:
    """Return the solutions a result comes with, by the numbers of groups and parts."""
    return {part.number: part.solution for part in _all(result.questions) if part.solution}


def change(before: Result, after: Result) -> Change | None:
    """Return what differs between two results of a paper, None if a student sees the same."""
    if all(getattr(before, key) == getattr(after, key) for key in TOLD):
        return None
    first, second = dict(_leaves(before.questions)), dict(_leaves(after.questions))
    moved = tuple(
        PartChange(name, (second.get(name) or first[name]).title, *scores)
        for name in dict.fromkeys([*second, *first])
        if (scores := (_score(first.get(name)), _score(second.get(name))))[0] != scores[1]
    )
    return Change(
        before.score,
        after.score,
        moved,
        remarks=_remarks(before) != _remarks(after),
        own=(own := not alike(before, after)),
        solutions=own and alike_but_for_solutions(before, after),
    )


def tally(changes: Iterable[Change]) -> Tally:
    found = list(changes)
    own = [one for one in found if one.own]
    up, down = sum(one.by > 0 for one in own), sum(one.by < 0 for one in own)
    return Tally(len(own), up, down, around=len(found) - len(own))


def _leaves(parts: Iterable[Part]) -> Iterator[tuple[str, Part]]:
    for part in parts:
        if part.parts:
            yield from _leaves(part.parts)
        else:
            yield f"{part.number} {part.label}".strip(), part


def _all(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        yield from _all(part.parts)


def _score(part: Part | None) -> int | None:
    return part.score if part else None


def _marked(result: Result) -> tuple[Any, ...]:
    """Return what was marked: scores, items, comments, adjustments, pages, ink."""
    leaves = [
        (
            part.number,
            part.title,
            part.points,
            part.score,
            _applied(part),
            part.adjustment,
            part.comments,
        )
        for _, part in _leaves(result.questions)
    ]
    pages = [(sheet.number, sheet.sha, sheet.turn, sheet.annotations) for sheet in result.pages]
    return (result.points, leaves, pages)


def _remarks(result: Result) -> tuple[Any, ...]:
    comments = {name: part.comments for name, part in _leaves(result.questions) if part.comments}
    drawn = Counter(ink for sheet in result.pages for ink in sheet.annotations)
    return comments, {ink: count for ink, count in drawn.items() if ink.kind != "item"}


def _applied(part: Part) -> list[tuple[Any, ...]]:
    """Return the items a part got. Their numbers move with others, so they say nothing."""
    return [(item.text, item.points, item.group) for item in part.items if item.applied]
