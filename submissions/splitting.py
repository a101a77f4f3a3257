"""Form papers out of a stack of recognised pages, by the sequence as a whole and not by counting.

Boundaries are chosen by dynamic programming so that the papers between them cost least: a missing
page, a page that comes twice and a break in the order each cost something. So a page that was
eaten, doubled, swapped or fed upside down costs its own paper a little and shifts no later one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from submissions.sequence import Claim, Walk, split

State = Literal["placed", "blank", "foreign", "doubtful", "error"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it was recognised, in scan order. `alike`: the pages it may be as well.

    `placed` pages that name look-alikes gave way to none, but only narrowly.
    """

    number: int
    template_page: int | None
    state: State
    score: float = 0.0
    margin: float = 1.0
    alike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One student's pages. `pages` maps template page to scan number.

    `by_order` are those among them that only their neighbours tell apart. `extra` belong to the
    paper without a place in it. `doubts` wait for a person, each with the place it most likely has,
    if any; they hold no place. `missing` are the template pages nothing took.
    """

    pages: Mapping[int, int]
    by_order: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    doubts: Mapping[int, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """All papers in scan order, pages of none, and why for each page that is not plainly placed."""

    papers: tuple[Paper, ...]
    loose: tuple[int, ...]
    reasons: Mapping[int, str]


def form_papers(
    seen: Sequence[Seen], template_pages: int, unplaceable: Collection[int] = ()
) -> Plan:
    """Form papers of `template_pages` pages from pages in scan order; their numbers ascend.

    `unplaceable` are template pages without print: blank and unknown pages may be those, by place.
    """
    claims = _claims(seen, tuple(sorted(unplaceable)))
    orders = _orders(claims, template_pages)
    splits = [(split(claims, order), order) for order in orders]
    (_, cuts), order = min(splits, key=lambda one: one[0][0])
    drafts = [_draft(claims[start:end], order) for start, end in cuts]
    return _Assembly(seen, drafts).plan()


def _claims(seen: Sequence[Seen], unplaceable: tuple[int, ...]) -> list[Claim]:
    claims = []
    for page in seen:
        if page.state == "placed" and page.template_page is not None:
            claims.append(Claim(page.number, page.template_page, page.alike))
        elif page.state == "doubtful" and page.alike:
            claims.append(Claim(page.number, None, page.alike))
        elif page.state != "error" and unplaceable:
            claims.append(Claim(page.number, None, unplaceable))
    return claims


def _orders(claims: Sequence[Claim], count: int) -> list[tuple[int, ...]]:
    """Orders the stack may have been scanned in: most stacks keep one throughout."""
    natural = tuple(range(1, count + 1))
    found = [claim.page for claim in claims if claim.page is not None]
    orders = [natural, natural[::-1]]
    if found:
        orders.append(natural[found[0] - 1 :] + natural[: found[0] - 1])
    if len(set(found[:count])) == count:
        orders.append(tuple(found[:count]))
    return list(dict.fromkeys(orders))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A paper before the pages without a claim join it."""

    numbers: tuple[int, ...]
    pages: dict[int, int]
    by_order: tuple[int, ...]
    missing: tuple[int, ...]
    doubts: dict[int, int | None]
    reasons: dict[int, str]
    unsure: bool  # out of order and incomplete
    shaky: bool  # so much so that its boundaries are in question


def _draft(claims: Sequence[Claim], order: Sequence[int]) -> _Draft:
    walk = Walk(order)
    for claim in claims:
        walk.add(claim)
    claimed = {claim.number: claim for claim in claims}
    pages = {page: number for page, number in walk.taken.items() if claimed[number].page == page}
    slots = _slots(claims, walk, pages, order)
    by_order = tuple(
        number
        for number, slot in slots.items()
        if claimed[number].page is None and slot in claimed[number].could
    )
    reasons = dict.fromkeys(by_order, "Its neighbours say which page it is; its print does not.")
    doubts: dict[int, int | None] = {}
    settled = {*pages.values(), *by_order}
    for claim in claims:
        if claim.number not in settled:
            doubts[claim.number], reasons[claim.number] = _doubt(claim, walk, slots)
    pages |= {slots[number]: number for number in by_order}
    missing = tuple(page for page in sorted(order) if page not in pages)
    complete = not missing and not doubts
    return _Draft(
        numbers=tuple(claimed),
        pages=dict(sorted(pages.items())),
        by_order=by_order,
        missing=missing,
        doubts=doubts,
        reasons=reasons,
        unsure=walk.stray > 0 or (walk.breaks > 0 and not complete),
        shaky=walk.stray > 0 or (walk.breaks >= 2 and not complete),
    )


def _doubt(claim: Claim, walk: Walk, slots: Mapping[int, int]) -> tuple[int | None, str]:
    """The place a doubtful page most likely has, and why it is not simply put there."""
    slot = slots.get(claim.number) or walk.against.get(claim.number)
    if claim.page is not None and slot is None:
        return claim.page, f"Page {claim.page} of this paper is here already."
    if slot is not None:
        looks = (claim.page,) if claim.page else claim.could
        return slot, f"It looks like {_either(looks)}, but stands where page {slot} belongs."
    if claim.number in walk.twice:
        return None, "No free place in this paper fits it."
    return None, f"It may be {_either(claim.could)}."


def _slots(
    claims: Sequence[Claim], walk: Walk, sure: Mapping[int, int], order: Sequence[int]
) -> dict[int, int]:
    """The places of pages without one of their own, where they fill a gap between sure ones.

    They must fill it exactly, and at least half of them must look like what belongs there.
    """
    ranks = {number: walk.rank[page] for page, number in sure.items()}
    found: dict[int, int] = {}
    run: list[Claim] = []
    low = -1
    for claim in [*claims, None]:
        if claim is not None and claim.number not in ranks:
            run.append(claim)
            continue
        high = len(order) if claim is None else ranks[claim.number]
        gap = [page for page in order[low + 1 : high] if page not in sure]
        fitting = sum(slot in one.could for slot, one in zip(gap, run, strict=False))
        if len(gap) == len(run) and 2 * fitting >= len(run):
            found |= {one.number: slot for slot, one in zip(gap, run, strict=True)}
        run, low = [], high
    return found


def _either(pages: Sequence[int]) -> str:
    if len(pages) == 1:
        return f"page {pages[0]}"
    return f"page {', '.join(map(str, pages[:-1]))} or {pages[-1]}"


class _Assembly:
    """Puts the pages without a claim beside the drafted papers, and takes apart what is shaky."""

    def __init__(self, seen: Sequence[Seen], drafts: Sequence[_Draft]) -> None:
        self.drafts = list(drafts)
        self.reasons: dict[int, str] = {}
        self.loose: list[int] = []
        self.rest = [page for page in seen if not any(page.number in d.numbers for d in drafts)]

    def plan(self) -> Plan:
        self._let_go()
        beside = self._beside()
        papers = []
        for draft in self.drafts:
            self.reasons |= draft.reasons
            near = beside[draft.numbers]
            doubts = draft.doubts | {page.number: None for page in near if page.state != "blank"}
            papers.append(
                Paper(
                    draft.pages,
                    draft.by_order,
                    tuple(page.number for page in near),
                    draft.missing,
                    doubts,
                )
            )
        return Plan(tuple(papers), tuple(sorted(self.loose)), self.reasons)

    def _let_go(self) -> None:
        """Disordered papers side by side have no boundary to trust: all their pages wait."""
        kept: list[_Draft] = []
        for unsure, run in groupby(self.drafts, key=lambda draft: draft.unsure):
            drafts = list(run)
            adrift = unsure and len(drafts) > 1 and any(draft.shaky for draft in drafts)
            for draft in drafts:
                if adrift or not (draft.pages or draft.doubts):
                    self._loosen(draft.numbers)
                else:
                    kept.append(draft)
        self.drafts = kept

    def _loosen(self, numbers: Sequence[int]) -> None:
        self.loose += numbers
        for number in numbers:
            self.reasons[number] = "Pages came in no order here, so whose it is cannot be told."

    def _beside(self) -> dict[tuple[int, ...], list[Seen]]:
        """Pages without a claim, by the paper they lie in; a blank also by the one it ends."""
        beside: dict[tuple[int, ...], list[Seen]] = {d.numbers: [] for d in self.drafts}
        for page in self.rest:
            self.reasons[page.number] = WHY[page.state]
            inside = [d for d in self.drafts if min(d.numbers) < page.number < max(d.numbers)]
            before = [d for d in self.drafts if max(d.numbers) < page.number]
            if inside:
                beside[inside[0].numbers].append(page)
            elif page.state == "blank" and before:
                beside[before[-1].numbers].append(page)
            else:
                self.loose.append(page.number)
        return beside


WHY = {
    "blank": "It is blank.",
    "foreign": "It is not a page of this exam.",
    "error": "It could not be read.",
    "doubtful": "It could not be recognised for sure.",
    "placed": "It has no place.",
}
