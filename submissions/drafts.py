"""One paper as its own pages tell it, and which papers cannot be told from their neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from submissions.sequence import Claim, Walk

BY_ORDER = "Its neighbours say which page it is; its print does not."
ASTRAY = "It came out of order, and a page is missing: is it of this paper?"
NO_PLACE = "No free place in this paper fits it: it may be of another exam."
EITHER = "Page {first} came twice before it: scanned twice, or of two papers. Whose page is this?"


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper before the pages without a claim join it; see `splitting.Paper`."""

    numbers: tuple[int, ...]
    pages: dict[int, int]
    by_order: tuple[int, ...]
    missing: tuple[int, ...]
    doubts: dict[int, int | None]
    reasons: dict[int, str]
    unsure: bool  # out of order: more than once, or incomplete as well
    shaky: bool  # so much so that its boundaries are in question
    begins_late: int  # how many pages it lacks before its first
    ends_early: int  # and behind its last
    begins_well: bool  # whether its first scan is its first page
    ends_well: bool


def draft_of(claims: Sequence[Claim], order: Sequence[int], *, alone: bool) -> Draft:
    """Draft the paper that these pages make, in scan order; `alone` in its stack or not."""
    walk = Walk(order)
    for claim in claims:
        walk.add(claim)
    settled = _settle(claims, walk, order)
    doubts = _doubts(claims, walk, settled)
    if walk.breaks and not alone and len(settled.pages) < len(order):
        doubts |= _astray(claims, settled)
    if len(order) == 2:
        doubts |= _of_either(claims, walk, settled)
    return _build(claims, walk, order, settled, doubts)


class _Settled(NamedTuple):
    """The pages that have their place, by it, and those that have it by their neighbours alone."""

    pages: dict[int, int]
    by_order: tuple[int, ...]
    slots: dict[int, int]  # the place of each page that fills a gap
    way: Sequence[int]  # the order of the template's pages that they lie in


_Doubts = dict[int, tuple[int | None, str]]  # by page: where it most likely belongs, and why not


def _settle(claims: Sequence[Claim], walk: Walk, order: Sequence[int]) -> _Settled:
    claimed = {claim.number: claim for claim in claims}
    pages = {page: number for page, number in walk.taken.items() if claimed[number].page == page}
    way = order[::-1] if _runs_down(pages, order) else order
    slots = _slots(claims, pages, way)
    by_order = tuple(
        number
        for number, slot in slots.items()
        if claimed[number].page is None and slot in claimed[number].could
    )
    return _Settled(pages | {slots[number]: number for number in by_order}, by_order, slots, way)


def _doubts(claims: Sequence[Claim], walk: Walk, settled: _Settled) -> _Doubts:
    there = set(settled.pages.values())
    return {
        claim.number: _doubt(claim, walk, settled) for claim in claims if claim.number not in there
    }


def _build(
    claims: Sequence[Claim],
    walk: Walk,
    order: Sequence[int],
    settled: _Settled,
    doubts: _Doubts,
) -> Draft:
    pages = {page: number for page, number in settled.pages.items() if number not in doubts}
    missing = tuple(page for page in sorted(order) if page not in pages)
    complete = not missing and not doubts
    ranks = [walk.rank[page] for page in pages]
    reasons = dict.fromkeys(settled.by_order, BY_ORDER)
    return Draft(
        numbers=tuple(claim.number for claim in claims),
        pages=dict(sorted(pages.items())),
        by_order=settled.by_order,
        missing=missing,
        doubts={number: place for number, (place, _) in doubts.items()},
        reasons=reasons | {number: reason for number, (_, reason) in doubts.items()},
        unsure=walk.stray > 0 or walk.breaks > complete,
        shaky=walk.stray > 0 or walk.breaks >= 2,
        begins_late=min(ranks, default=0),
        ends_early=len(order) - 1 - max(ranks, default=len(order) - 1),
        begins_well=pages.get(order[0]) == claims[0].number,
        ends_well=pages.get(order[-1]) == claims[-1].number,
    )


def _doubt(claim: Claim, walk: Walk, settled: _Settled) -> tuple[int | None, str]:
    """The place a doubtful page most likely has, and why it is not simply put there."""
    slot = settled.slots.get(claim.number) or walk.against.get(claim.number)
    if claim.page is not None and slot is None:
        return claim.page, f"Page {claim.page} of this paper is here already."
    if slot is not None:
        looks = (claim.page,) if claim.page else claim.could
        return slot, f"It looks like {_either(looks)}, but stands where page {slot} belongs."
    free = [page for page in claim.could if page not in settled.pages]
    if claim.number in walk.twice or not free:
        return None, NO_PLACE
    return None, f"It may be {_either(free)}."


def _runs_down(pages: Mapping[int, int], order: Sequence[int]) -> bool:
    """Whether a paper lies with its last page first."""
    numbers = [pages[page] for page in order if page in pages]
    steps = [one > other for one, other in pairwise(numbers)]
    return 2 * sum(steps) > len(steps)


def _astray(claims: Sequence[Claim], settled: _Settled) -> _Doubts:
    """The pages, of a paper that lacks some, that are out of the order the others keep."""
    claimed = {claim.number: claim for claim in claims}
    numbers = [settled.pages[page] for page in settled.way if page in settled.pages]
    kept: list[list[int]] = []  # the longest ascending run that ends with each
    for number in numbers:
        before = [run for run in kept if run[-1] < number]
        longest_before: list[int] = max(before, key=len, default=[])
        kept.append([*longest_before, number])
    longest: list[int] = max(kept, key=len, default=[])
    return {number: (claimed[number].page, ASTRAY) for number in numbers if number not in longest}


def _of_either(claims: Sequence[Claim], walk: Walk, settled: _Settled) -> _Doubts:
    """The other page of a sheet whose first came twice in a row, when there are but two.

    One page eaten between two papers looks the same as one scanned twice, and is as likely: what
    follows may be of either. In longer exams all pages but the first would have to be eaten.
    """
    first, last = settled.way[0], settled.way[-1]
    numbers = [claim.number for claim in claims if claim.page == first]
    scan = settled.pages.get(last)
    if scan is None or not set(numbers) & set(walk.twice) or max(numbers) > scan:
        return {}
    return {scan: (last, EITHER.format(first=first))}


def _slots(
    claims: Sequence[Claim], sure: Mapping[int, int], order: Sequence[int]
) -> dict[int, int]:
    """The places of pages without one of their own, where they fill a gap between sure ones.

    They must fill it exactly, and at least half of them must look like what belongs there.
    """
    ranks = {sure[page]: rank for rank, page in enumerate(order) if page in sure}
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


def adrift(drafts: Sequence[Draft]) -> list[bool]:
    """Which papers have no boundary to trust: pages of one may lie in the next.

    Disordered ones side by side; a fragment without an end before one without a beginning, be it
    that a whole one lies between; and each that lacks an end towards such a paper.
    """
    found = [False] * len(drafts)
    for nth, (one, other) in enumerate(pairwise(drafts)):
        clear = one.ends_well and other.begins_well
        if one.unsure and other.unsure and (one.shaky or other.shaky) and not clear:
            found[nth : nth + 2] = [True] * 2
        if _are_parts(one, other):
            found[nth : nth + 2] = [True] * 2
    for nth, (one, whole, other) in enumerate(zip(drafts, drafts[1:], drafts[2:], strict=False)):
        if not whole.missing and _are_parts(one, other) and _fit_in_one(one, other):
            found[nth : nth + 3] = [True] * 3
    for nth in range(1, len(drafts)):
        found[nth] |= found[nth - 1] and drafts[nth].begins_late > 0
    for nth in range(len(drafts) - 2, -1, -1):
        found[nth] |= found[nth + 1] and drafts[nth].ends_early > 0
    return found


def _are_parts(one: Draft, other: Draft) -> bool:
    """Whether a paper breaks off before another that begins amid; a page each may be eaten."""
    early, late = one.ends_early, other.begins_late
    return bool(early and late and early + late > 2)


def _fit_in_one(one: Draft, other: Draft) -> bool:
    return len(one.missing) >= len(other.pages)
