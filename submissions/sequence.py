"""Where one paper ends and the next begins, by what each choice would cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MISSING, _MISSING_MORE, _FEW = 1.0, 0.1, 3  # the first few; each beyond: a paper may be a stub
_TWICE_IN_A_ROW, _TWICE = 1.5, 3.0
_BREAK = 1.0
_AGAINST_ITS_CLAIM = 1.0
_NO_PLACE = 1.5


@dataclass(frozen=True, slots=True)
class Claim:
    """A page that takes part in forming papers: the place it claims, the places it could have."""

    number: int
    page: int | None
    could: tuple[int, ...]


class Walk:
    """A paper taking one page after another, and what that costs so far."""

    def __init__(self, order: Sequence[int]) -> None:
        self.rank = {page: rank for rank, page in enumerate(order)}
        self.taken: dict[int, int] = {}  # template page -> scan number
        self.last = -1
        self.previous: int | None = None  # what the page before claimed
        self.spent = 0.0
        self.breaks = 0
        self.twice: list[int] = []
        self.stray = 0  # of those, how many did not come in a row
        self.against: dict[int, int] = {}  # scan number -> the place it got against its claim

    @property
    def cost(self) -> float:
        missing = len(self.rank) - len(self.taken)
        return self.spent + (_MISSING * min(missing, _FEW) + _MISSING_MORE * max(0, missing - _FEW))

    def add(self, claim: Claim) -> None:
        self._place(claim)
        self.previous = claim.page

    def _place(self, claim: Claim) -> None:
        if claim.page is not None and claim.page not in self.taken:
            self._take(claim.page, claim.number)
            return
        place = self._next_of(claim.could)
        if claim.page is None:
            if place is None:
                self._refuse(claim, _NO_PLACE)
            else:
                self._take(place, claim.number)
        elif place is not None and self.rank[place] == self.last + 1:
            # It claims a place that is taken, by a hair, and could be the very next.
            self.against[claim.number] = place
            self.spent += _AGAINST_ITS_CLAIM
            self._take(place, claim.number)
        else:
            in_a_row = claim.page == self.previous
            self.stray += not in_a_row
            self._refuse(claim, _TWICE_IN_A_ROW if in_a_row else _TWICE)

    def _next_of(self, pages: Iterable[int]) -> int | None:
        """The first free of these pages behind the last, or else the first free at all."""
        free = sorted(
            (page for page in pages if page not in self.taken and page in self.rank),
            key=lambda page: self.rank[page],
        )
        behind = [page for page in free if self.rank[page] > self.last]
        return next(iter(behind or free), None)

    def _take(self, page: int, number: int) -> None:
        rank = self.rank[page]
        if rank < self.last:
            self.spent += _BREAK
            self.breaks += 1
        self.last = rank
        self.taken[page] = number

    def _refuse(self, claim: Claim, cost: float) -> None:
        self.spent += cost
        self.twice.append(claim.number)


def split(claims: Sequence[Claim], order: Sequence[int]) -> tuple[float, list[tuple[int, int]]]:
    """The least cost, and the papers as half-open ranges of claims."""
    longest = 2 * len(order) + 2
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * len(claims)
    for start in range(len(claims)):
        walk = Walk(order)
        for end in range(start + 1, min(len(claims), start + longest) + 1):
            walk.add(claims[end - 1])
            total = best[start][0] + walk.cost
            if total < best[end][0] - 1e-9:
                best[end] = (total, start)
    cuts = []
    end = len(claims)
    while end:
        cuts.append((best[end][1], end))
        end = best[end][1]
    return best[-1][0], cuts[::-1]
