"""Form papers out of a stack of recognised pages, by the sequence as a whole and not by counting.

Boundaries are chosen by dynamic programming so that the papers between them cost least: a missing
page, a page that comes twice and a break in the order each cost something. So a page that was
eaten, doubled, swapped or fed upside down costs its own paper a little and shifts no later one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from submissions.drafts import Draft, adrift, draft_of
from submissions.sequence import Claim, split

# As much as the pages that a wrong order leaves over at a stack's ends; of two pages these are two.
_UNUSUAL, _UNUSUAL_PAIR = 3.0, 1.5
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
    unusual = _UNUSUAL_PAIR if template_pages == 2 else _UNUSUAL
    # The natural order is held to until another explains the stack much better.
    (_, cuts), order = min(splits, key=lambda one: one[0][0] + unusual * (one[1] != orders[0]))
    alone = len(cuts) == 1
    drafts = [draft_of(claims[start:end], order, alone=alone) for start, end in cuts]
    return _Assembly(seen, drafts).plan()


def _claims(seen: Sequence[Seen], unplaceable: tuple[int, ...]) -> list[Claim]:
    claims = []
    for page in seen:
        if page.state == "placed" and page.template_page is not None:
            claims.append(Claim(page.number, page.template_page, page.alike, page.score))
        elif page.state == "doubtful" and page.alike:
            claims.append(Claim(page.number, None, page.alike, page.score))
        elif page.state != "error" and unplaceable:
            claims.append(Claim(page.number, None, unplaceable, page.score))
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
    # An order shows at both ends. If only at one, a page is missing or astray there.
    return [order for order in dict.fromkeys(orders) if order == natural or _ends(found, order)]


def _ends(found: Sequence[int], order: Sequence[int]) -> bool:
    """Whether a stack begins and ends as papers of this order do; long ones but for a page."""
    last = order[-2:] if len(order) > 4 else order[-1:]
    return bool(found) and found[0] == order[0] and found[-1] in last


class _Assembly:
    """Puts the pages without a claim beside the drafted papers, and lets go of what is adrift."""

    def __init__(self, seen: Sequence[Seen], drafts: Sequence[Draft]) -> None:
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
        """Where boundaries cannot be trusted, all pages of the papers beside them wait."""
        kept: list[Draft] = []
        for draft, lost in zip(self.drafts, adrift(self.drafts), strict=True):
            if lost or not (draft.pages or draft.doubts):
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
