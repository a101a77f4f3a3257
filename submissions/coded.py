"""Sort a stack in which pages carry codes: each code is a place, and the rest lies between them.

A code says more than the order of pages does, so coded pages go to their places whatever came
before them. A page on which none can be read is placed by its neighbours if the stack keeps its
papers together; where it was dropped on the floor, the order says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from submissions.splitting import WHY, Paper, Seen, form_papers

_SCATTERED = 0.1  # of a stack's pages: how often more than it must the paper may change
BY_ORDER = "No code can be read on it; its neighbours say where it belongs."

Place = tuple[int, int]  # a printed paper's key, and a page of it


@dataclass(frozen=True, slots=True)
class Coded:
    """A page whose code and print agree: page `page` of the printed paper `paper`, a key."""

    number: int
    paper: int
    page: int

    @property
    def place(self) -> Place:
        return (self.paper, self.page)


@dataclass(slots=True)
class Sorted:
    """Where the pages of a stack go, by their number in it.

    `places` are of printed papers, `papers` bear no codes. `twice` claim a place that is taken.
    `lost` have no place; the one printed paper that lacks such a page, if only one does.
    `reasons` say why for each page that is not plainly placed, but for `twice` and `lost`.
    """

    places: dict[int, Place] = field(default_factory=dict)
    papers: list[Paper] = field(default_factory=list)
    twice: dict[int, Place] = field(default_factory=dict)
    lost: dict[int, int | None] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)


def sort_coded(
    coded: Sequence[Coded],
    others: Sequence[Seen],
    taken: Collection[Place],
    template_pages: int,
    unplaceable: Collection[int] = (),
) -> Sorted:
    """Sort coded pages and others, both in scan order. `taken` places are filled already."""
    found = Sorted()
    filled = set(taken)
    for page in coded:
        (found.twice if page.place in filled else found.places)[page.number] = page.place
        filled.add(page.place)
    in_order = _keeps_together(coded)
    down = _runs_down(coded)
    for before, stretch, after in _stretches(coded, others):
        joined = _joined(before, stretch, after, filled, down=down) if in_order else {}
        found.places |= joined
        found.reasons |= dict.fromkeys(joined, BY_ORDER)
        filled.update(joined.values())
        for at_hand, run in groupby(stretch, key=lambda page: page.number not in joined):
            if at_hand:
                _form(list(run), found, template_pages, unplaceable, in_order=in_order)
    _ask_who_lacks(found, others, filled)
    return found


def _keeps_together(coded: Sequence[Coded]) -> bool:
    """Whether the pages of a paper lie together, but for a few."""
    changes = sum(one.paper != other.paper for one, other in pairwise(coded))
    least = len({page.paper for page in coded}) - 1
    return changes - least <= _SCATTERED * len(coded)


def _runs_down(coded: Sequence[Coded]) -> bool:
    """Whether papers lie with their last page first."""
    steps = Counter(
        one.page > other.page for one, other in pairwise(coded) if one.paper == other.paper
    )
    return steps[True] > steps[False]


def _stretches(
    coded: Sequence[Coded], others: Sequence[Seen]
) -> Iterator[tuple[Coded | None, list[Seen], Coded | None]]:
    """Yield each run of uncoded pages with the coded pages round it."""
    whole: list[Coded | Seen] = sorted([*coded, *others], key=lambda page: page.number)
    before: Coded | None = None
    stretch: list[Seen] = []
    for page in whole:
        if isinstance(page, Seen):
            stretch.append(page)
            continue
        if stretch:
            yield before, stretch, page
        before, stretch = page, []
    if stretch:
        yield before, stretch, None


def _joined(
    before: Coded | None,
    stretch: Sequence[Seen],
    after: Coded | None,
    filled: Collection[Place],
    *,
    down: bool,
) -> dict[int, Place]:
    """The pages that surely belong to the paper before them, or to the one after."""
    first, last = (after, before) if down else (before, after)
    ordered = [*reversed(stretch)] if down else [*stretch]
    gap = _Gap(first, last, set(filled))
    # From either end inwards, up to the first page that fits neither paper, or both.
    for page in ordered:
        if not gap.take(page, first):
            break
    for page in reversed(ordered):
        if page.number not in gap.taken and not gap.take(page, last):
            break
    return gap.taken


class _Gap:
    """What lies between two coded pages, in reading order."""

    def __init__(self, first: Coded | None, last: Coded | None, filled: set[Place]) -> None:
        self.first, self.last, self.filled = first, last, filled
        self.low = first.page if first else 0
        self.high = last.page if last else 0
        self.taken: dict[int, Place] = {}

    def take(self, page: Seen, side: Coded | None) -> bool:
        """Put a page into the paper on one side; False if it does not fit there alone."""
        if page.state in ("blank", "error", "foreign"):
            return True  # passed over
        fits = self._fits(page)
        if side is None or len(fits) != 1 or fits[0][0] != side.paper:
            return False
        (place,) = fits
        self.taken[page.number] = place
        self.filled.add(place)
        if side is self.first:
            self.low = place[1]
        else:
            self.high = place[1]
        return True

    def _fits(self, page: Seen) -> list[Place]:
        could = (page.template_page,) if page.template_page else page.alike
        places = []
        for number in could:
            behind = self.first is not None and number > self.low
            ahead = self.last is not None and number < self.high
            if self.first and self.last and self.first.paper == self.last.paper:
                wanted = [self.first.paper] if behind and ahead else []
            else:
                wanted = [self.first.paper] if self.first and behind else []
                wanted += [self.last.paper] if self.last and ahead else []
            places += [(paper, number) for paper in wanted]
        return [place for place in places if place not in self.filled]


def _form(
    run: Sequence[Seen],
    found: Sorted,
    template_pages: int,
    unplaceable: Collection[int],
    *,
    in_order: bool,
) -> None:
    """Form papers of pages that bear no codes; one that is hardly there is none."""
    plan = form_papers(run, template_pages, unplaceable)
    held: set[int] = set()
    for paper in plan.papers:
        most = len(paper.pages) >= 2 and 2 * len(paper.pages) >= template_pages
        if not paper.missing or (in_order and most):
            found.papers.append(paper)
            held.update(paper.pages.values())
    for page in run:
        if page.number in held:
            if reason := plan.reasons.get(page.number):
                found.reasons[page.number] = reason
        elif page.state in ("placed", "doubtful"):
            found.lost[page.number] = None
        else:
            found.reasons[page.number] = WHY[page.state]


def _ask_who_lacks(found: Sorted, others: Sequence[Seen], filled: Collection[Place]) -> None:
    """For lost pages, see whether one printed paper alone has no such page."""
    papers = {paper for paper, _ in filled}
    for page in others:
        if page.number in found.lost and page.template_page:
            lacking = [one for one in papers if (one, page.template_page) not in filled]
            if len(lacking) == 1:
                found.lost[page.number] = lacking[0]
