"""What became of each scan of a damaged batch, held against the truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from submissions.coded import Sorted
from submissions.models import Page, Upload
from submissions.splitting import Plan
from tests.submissions.stack_damage import Stack

Place = tuple[Hashable, int]  # a paper and a page of it
Outcome = Literal["right", "waits", "wrong", "silent", "lost"]
OUTCOMES: tuple[Outcome, ...] = ("right", "waits", "wrong", "silent", "lost")


@dataclass(frozen=True)
class Formed:
    """Papers as they were formed: paper and place of scans.

    `told` are all scans that wait or are set aside, `blank` those set aside as empty.
    """

    placed: Mapping[int, Place]
    told: Collection[int]
    blank: Collection[int]

    @classmethod
    def of_plan(cls, plan: Plan, blank: Collection[int]) -> Formed:
        # A paper that nothing is sure of is made by nobody; its pages wait.
        placed: dict[int, Place] = {
            number: (nth, at)
            for nth, paper in enumerate(plan.papers)
            for at, number in paper.pages.items()
        }
        told = set(plan.loose)
        for paper in plan.papers:
            told |= {*paper.extra, *paper.doubts}
        return cls(placed, told, blank)

    @classmethod
    def of_codes(
        cls, found: Sorted, disagreeing: Collection[int], blank: Collection[int]
    ) -> Formed:
        """`disagreeing` are scans whose code and print say different things."""
        placed: dict[int, Place] = {
            number: (f"printed {paper}", at) for number, (paper, at) in found.places.items()
        }
        for nth, paper in enumerate(found.papers):
            placed |= {number: (nth, at) for at, number in paper.pages.items()}
        told = {*found.twice, *found.lost, *found.reasons, *disagreeing} - set(placed)
        return cls(placed, told, blank)

    @classmethod
    def of_rows(cls, upload: Upload) -> Formed:
        """As the database has it."""
        state = Page.State
        pages = list(upload.pages.order_by("number"))
        placed: dict[int, Place] = {
            page.number: (page.submission_id, page.template_page)
            for page in pages
            if page.state == state.PLACED
        }
        asked = (state.DOUBTFUL, state.EXTRA, state.ERROR, state.BLANK)
        told = {page.number for page in pages if page.state in asked}
        return cls(placed, told, {page.number for page in pages if page.state == state.BLANK})

    @property
    def doubted(self) -> set[Hashable]:
        """Papers about which a person is asked: a scan waits among their own, or beside them."""
        waiting = set(self.told) - set(self.blank)
        spans: dict[Hashable, list[int]] = defaultdict(list)
        for number, (paper, _) in self.placed.items():
            spans[paper].append(number)
        return {
            paper
            for paper, own in spans.items()
            if waiting & set(range(min(own) - 1, max(own) + 2))
        }


@dataclass(frozen=True)
class Verdict:
    """The outcome of each leaf, in order, and whole papers.

    `right`: placed where it belongs, or kept from where it does not. `waits`: it has a place and a
    person is asked. `wrong`: placed wrongly, in a paper about which a person is asked. `silent`:
    the same unasked, or print taken for an empty back. `lost`: nowhere. `shifted` papers had
    nothing happen to their order and yet hold or lack a page wrongly.
    """

    outcomes: tuple[Outcome, ...]
    shifted: tuple[int, ...]


def judged(leaves: Stack, formed: Formed, unplaceable: Collection[int] = ()) -> Verdict:
    """Hold what was formed against the truth. `unplaceable` are template pages without print."""
    owners, doubted = _owners(leaves, formed), formed.doubted
    outcomes: dict[int, Outcome] = {}
    had: set[tuple[int, int]] = set()
    # Which of two scans of one page is placed is all the same: the placed ones first.
    for number in sorted(range(1, len(leaves) + 1), key=lambda n: n not in formed.placed):
        leaf = leaves[number - 1]
        wanted = leaf.kind == "page" and (leaf.paper, leaf.page) not in had
        if number in formed.placed:
            paper, place = formed.placed[number]
            if wanted and (owners[paper], place) == (leaf.paper, leaf.page):
                outcomes[number] = "right"
            else:
                outcomes[number] = "wrong" if paper in doubted else "silent"
        elif number not in formed.told:
            outcomes[number] = "lost"
        elif number in formed.blank:
            empty = not wanted or leaf.page in unplaceable
            outcomes[number] = "right" if empty else "silent"
        else:
            outcomes[number] = "waits" if wanted or leaf.kind == "back" else "right"
        if leaf.kind == "page":
            had.add((leaf.paper, leaf.page))
    in_order = tuple(outcomes[number] for number in sorted(outcomes))
    return Verdict(in_order, tuple(_shifted(leaves, formed, in_order)))


def _owners(leaves: Stack, formed: Formed) -> dict[Hashable, int]:
    """Whose each paper is: as its codes say, else whoever has most pages in it."""
    votes: dict[Hashable, Counter[int]] = defaultdict(Counter)
    for number, (paper, _) in formed.placed.items():
        leaf = leaves[number - 1]
        votes[paper][leaf.paper if leaf.kind == "page" else -1] += 1
    return {paper: count.most_common(1)[0][0] for paper, count in votes.items()}


def _shifted(leaves: Stack, formed: Formed, outcomes: Sequence[Outcome]) -> Iterable[int]:
    stirred = {leaf.paper for leaf in leaves if leaf.stirred}
    for paper in sorted({leaf.paper for leaf in leaves} - stirred):
        own = [number for number, leaf in enumerate(leaves, 1) if leaf.paper == paper]
        homes = {formed.placed[number][0] for number in own if number in formed.placed}
        bad = any(outcomes[number - 1] in ("wrong", "silent", "lost") for number in own)
        if len(homes) > 1 or bad:
            yield paper
