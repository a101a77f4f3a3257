"""Where one paper ends and the next begins, by what each choice would cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_MISSING, _MISSING_MORE, _FEW = 1.0, 0.1, 3  # the first few; each beyond: a paper may be a stub
_TWICE_IN_A_ROW, _TWICE = 1.5, 3.0
_BREAK = 1.0
_BEGINS = 2.5  # a first page amid a paper: papers begin with it
_SEAM = 2.0  # to end a paper and begin one where the pages simply go on, or one comes again
_AGAINST_ITS_CLAIM = 1.0
_NO_PLACE = 1.5
_FAR_WORSE = 0.2  # in the score of two pages: one of another exam to the real one


@dataclass(frozen=True, slots=True)
class Claim:
    """A page that takes part in forming papers: the place it claims, the places it could have.

    `score` is how well it fits there.
    """

    number: int
    page: int | None
    could: tuple[int, ...]
    score: float = 0.0


class Walk:
    """A paper taking one page after another, and what that costs so far."""

    def __init__(self, order: Sequence[int]) -> None:
        self.rank = {page: rank for rank, page in enumerate(order)}
        self.taken: dict[int, int] = {}  # template page -> scan number
        self.last = -1
        self.down = False  # whether the last step went one page back
        self.previous: int | None = None  # what the page before claimed, or got
        self.spent = 0.0
        self.breaks = 0
        self.twice: list[int] = []
        self.stray = 0  # of those, how many did not come in a row
        self.against: dict[int, int] = {}  # scan number -> the place it got against its claim
        self.unclaimed: dict[int, Claim] = {}  # by scan number, those that only could be somewhere

    @property
    def cost(self) -> float:
        missing = len(self.rank) - len(self.taken)
        return self.spent + (_MISSING * min(missing, _FEW) + _MISSING_MORE * max(0, missing - _FEW))

    def add(self, claim: Claim) -> None:
        place = self._place(claim)
        self.previous = claim.page or place

    def _place(self, claim: Claim) -> int | None:
        """Give it a place, or none."""
        if claim.page is not None and self._gives_way(claim.page, claim):
            return self._claim(claim.page, claim.number)
        place = self._next_of(claim.could)
        if claim.page is None:
            self.unclaimed[claim.number] = claim
            if place is None:
                self._refuse(claim, _NO_PLACE)
                return None
            return self._take(place, claim.number)
        if place is not None and self.rank[place] == self.last + 1:
            # It claims a place that is taken, by a hair, and could be the very next.
            self.against[claim.number] = place
            self.spent += _AGAINST_ITS_CLAIM
            return self._take(place, claim.number)
        in_a_row = claim.page == self.previous
        self.stray += not in_a_row
        self._refuse(claim, _TWICE_IN_A_ROW if in_a_row else _TWICE)
        return None

    def _gives_way(self, page: int, claim: Claim) -> bool:
        """Whether a place is free for a claim, or held by a page that only could be there.

        To a narrow claim, which may as well be the next page, that gives way if it fits far worse.
        """
        held = self.taken.get(page)
        if held is None:
            return True
        other = self.unclaimed.get(held)
        return other is not None and (not claim.could or other.score < claim.score - _FAR_WORSE)

    def _claim(self, page: int, number: int) -> int:
        """Give a page the place it claims; one that only could be there goes where it could too."""
        held = self.taken.get(page)
        self._take(page, number)
        if held is None:
            return page
        other = self._next_of(self.unclaimed[held].could)
        if other is None:
            self._refuse(self.unclaimed[held], _NO_PLACE)
        else:
            self.taken[other] = held
        return page

    def _next_of(self, pages: Iterable[int]) -> int | None:
        """The first free of these pages behind the last, or else the first free at all."""
        free = sorted(
            (page for page in pages if page not in self.taken and page in self.rank),
            key=lambda page: self.rank[page],
        )
        behind = [page for page in free if self.rank[page] > self.last]
        return next(iter(behind or free), None)

    def _take(self, page: int, number: int) -> int:
        rank = self.rank[page]
        back = self.last - rank
        # A paper that lies the wrong way round is one break, not one at every page.
        if back > 0 and not (back == 1 and self.down):
            self.spent += _BREAK
            self.breaks += 1
            if rank == 0 and back > 1:
                self.spent += _BEGINS
        self.down = back == 1
        self.last = rank
        self.taken[page] = number
        return page

    def _refuse(self, claim: Claim, cost: float) -> None:
        self.spent += cost
        self.twice.append(claim.number)


def split(claims: Sequence[Claim], order: Sequence[int]) -> tuple[float, list[tuple[int, int]]]:
    """The least cost, and the papers as half-open ranges of claims."""
    longest = 2 * len(order) + 2
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * len(claims)
    seams = _seams(claims, order)
    for start in range(len(claims)):
        walk = Walk(order)
        for end in range(start + 1, min(len(claims), start + longest) + 1):
            walk.add(claims[end - 1])
            total = best[start][0] + seams[start] + walk.cost
            if total < best[end][0] - 1e-9:
                best[end] = (total, start)
    cuts = []
    end = len(claims)
    while end:
        cuts.append((best[end][1], end))
        end = best[end][1]
    return best[-1][0], cuts[::-1]


def _seams(claims: Sequence[Claim], order: Sequence[int]) -> list[float]:
    """What it costs to begin a paper at each claim: more where the page before leads on to it."""
    if len(order) == 1:
        return [0.0] * len(claims)
    rank = {page: rank for rank, page in enumerate(order)}
    costs = [0.0]
    for before, claim in pairwise(claims):
        here, there = rank.get(before.page or 0), rank.get(claim.page or 0)
        goes_on = False
        if here is not None and there is not None:
            goes_on = there - here in (0, 1) or (there == here - 1 and there > 0)
        costs.append(_SEAM if goes_on else 0.0)
    return costs
