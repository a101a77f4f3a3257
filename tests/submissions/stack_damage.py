"""What happens to a stack of papers on its way through the scanner, done on purpose.

A mishap makes one list of leaves of another; each leaf says what it truly is, and what befell it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Random = np.random.Generator
Kind = Literal["page", "back", "sibling", "stranger"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One side of paper on its way through the scanner.

    A `page` is template page `page` of paper `paper`; a `sibling` is that of another exam of the
    same layout, a `stranger` anything else, a `back` empty. It lies `turn` degrees clockwise.
    `damages` names what befell it; `stirred` what befell the order it came in.
    """

    kind: Kind
    paper: int = 0
    page: int = 0
    turn: int = 0
    damages: tuple[str, ...] = ()
    stirred: tuple[str, ...] = ()


Stack = list[Leaf]
StackDamage = Callable[[Stack, Random], Stack]


def stack(papers: int, pages: int) -> Stack:
    """Whole papers in order."""
    return [Leaf("page", paper, page) for paper in range(papers) for page in range(1, pages + 1)]


def _of_one(leaves: Stack, random: Random) -> tuple[int, list[int]]:
    """A paper by chance, of those that nothing befell yet where there are, and its places."""
    untouched = {leaf.paper for leaf in leaves} - {leaf.paper for leaf in leaves if leaf.stirred}
    papers = sorted(untouched or {leaf.paper for leaf in leaves})
    paper = int(random.choice(papers))
    at = [k for k, leaf in enumerate(leaves) if leaf.paper == paper and leaf.kind == "page"]
    return paper, at


def _stir(leaves: Stack, papers: set[int], name: str) -> Stack:
    """Say of all leaves of these papers what befell them."""
    return [
        replace(leaf, stirred=(*leaf.stirred, name)) if leaf.paper in papers else leaf
        for leaf in leaves
    ]


def dropped(leaves: Stack, random: Random) -> Stack:
    """A page stuck to another, or was eaten."""
    paper, at = _of_one(leaves, random)
    gone = int(random.choice(at))
    return _stir(leaves[:gone] + leaves[gone + 1 :], {paper}, "dropped")


def doubled(leaves: Stack, random: Random) -> Stack:
    """A page was scanned twice."""
    paper, at = _of_one(leaves, random)
    twice = int(random.choice(at))
    return _stir(leaves[: twice + 1] + leaves[twice:], {paper}, "doubled")


def swapped_near(leaves: Stack, random: Random) -> Stack:
    """Two pages that follow each other came the other way round."""
    paper, at = _of_one(leaves, random)
    first = int(random.integers(len(at) - 1))
    return _stir(_exchanged(leaves, at[first], at[first + 1]), {paper}, "swapped near")


def swapped_far(leaves: Stack, random: Random) -> Stack:
    """Two pages changed places across the stack; never the same page of two papers."""
    paper, at = _of_one(leaves, random)
    one = int(random.choice(at))
    others = [
        k
        for k, leaf in enumerate(leaves)
        if leaf.kind == "page" and (leaf.page != leaves[one].page) and not leaf.stirred
    ]
    other = int(random.choice(others)) if others else one
    papers = {paper, leaves[other].paper}
    return _stir(_exchanged(leaves, one, other), papers, "swapped far")


def _exchanged(leaves: Stack, one: int, other: int) -> Stack:
    leaves = list(leaves)
    leaves[one], leaves[other] = leaves[other], leaves[one]
    return leaves


def upside_down(leaves: Stack, random: Random) -> Stack:
    """A page lies upside down, or a whole paper does; seldom on its side."""
    paper, at = _of_one(leaves, random)
    turn = int(random.choice([180, 180, 180, 90, 270]))
    chosen = set(at) if random.random() < 0.4 else {int(random.choice(at))}
    turned = [replace(leaf, turn=turn) if k in chosen else leaf for k, leaf in enumerate(leaves)]
    return _stir(turned, {paper}, "upside down")


def backwards(leaves: Stack, random: Random) -> Stack:
    """A paper was put in face down: its last page first."""
    paper, at = _of_one(leaves, random)
    turned = list(leaves)
    for k, source in zip(at, reversed(at), strict=True):
        turned[k] = leaves[source]
    return _stir(turned, {paper}, "backwards")


def sibling(leaves: Stack, random: Random) -> Stack:
    """A page of another exam of the same layout slipped in."""
    paper, at = _of_one(leaves, random)
    number = leaves[int(random.choice(at))].page
    return _slipped_in(leaves, at, Leaf("sibling", paper, number), random, "sibling's page")


def stranger(leaves: Stack, random: Random) -> Stack:
    """A page of something else slipped in."""
    paper, at = _of_one(leaves, random)
    return _slipped_in(leaves, at, Leaf("stranger", paper), random, "stranger's page")


def _slipped_in(leaves: Stack, at: list[int], leaf: Leaf, random: Random, name: str) -> Stack:
    place = int(random.choice(at)) + int(random.integers(2))
    return _stir([*leaves[:place], leaf, *leaves[place:]], {leaf.paper}, name)


def backed(leaves: Stack, random: Random) -> Stack:
    """Scanned on both sides: an empty back behind one page, or behind all of a paper."""
    paper, at = _of_one(leaves, random)
    chosen = set(at) if random.random() < 0.5 else {int(random.choice(at))}
    out = []
    for k, leaf in enumerate(leaves):
        out += [leaf, Leaf("back", paper)] if k in chosen else [leaf]
    return _stir(out, {paper}, "blank back")


def cut_short(leaves: Stack, random: Random) -> Stack:
    """A paper came without its last pages."""
    paper, at = _of_one(leaves, random)
    gone = set(at[int(random.integers(len(at) // 2, len(at))) :])
    return _stir([x for k, x in enumerate(leaves) if k not in gone], {paper}, "cut short")


def interleaved(leaves: Stack, random: Random) -> Stack:
    """Two neighbouring papers were shuffled into each other, as cards are."""
    papers = sorted({leaf.paper for leaf in leaves})
    first = int(random.choice(papers[:-1])) if len(papers) > 1 else papers[0]
    pair = {first, first + 1}
    at = [k for k, leaf in enumerate(leaves) if leaf.paper in pair]
    piles = [[leaves[k] for k in at if leaves[k].paper == paper] for paper in sorted(pair)]
    out = list(leaves)
    for k in at:
        pile = int(random.random() < len(piles[-1]) / sum(map(len, piles)))
        out[k] = piles[pile].pop(0)
    return _stir(out, pair, "interleaved")


STACK_DAMAGES: dict[str, StackDamage] = {
    "dropped": dropped,
    "doubled": doubled,
    "swapped near": swapped_near,
    "swapped far": swapped_far,
    "upside down": upside_down,
    "backwards": backwards,
    "sibling's page": sibling,
    "stranger's page": stranger,
    "blank back": backed,
    "cut short": cut_short,
    "interleaved": interleaved,
}
