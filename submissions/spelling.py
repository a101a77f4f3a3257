"""The ways a student may write a name or a number on the cover, and how usual each is."""

from __future__ import annotations

import re

from submissions.likelihood import Spelling, folded


def name_spellings(first: str, last: str) -> list[Spelling]:
    """Spellings of a roster's name. Empty when it has no Latin letter.

    Both orders, middle names or half of a double name left out, initials, one name alone.
    """
    given, family = _parts(first), _parts(last)
    front, back, called = "".join(given), "".join(family), "".join(given[:1])
    ways = [(front, back, 0.6), (back, front, 0.2)]
    if len(given) > 1:
        ways += [(called, back, 0.3), (back, called, 0.1), (given[1], back, 0.03)]
    if len(family) > 1:
        ways += [(called, family[0], 0.1), (called, family[-1], 0.1)]
    ways += [(front[:1], back, 0.05), (back, front[:1], 0.03), (called, back[:1], 0.03)]
    ways += [(called, "", 0.02), (back, "", 0.02)]
    return _weighed(ways)


def sid_spellings(sid: str) -> list[Spelling]:
    """Spellings of a student ID: whole, or without its letters or zeros in front."""
    whole = folded(sid)
    digits = whole.lstrip("abcdefghijklmnopqrstuvwxyz")
    return _weighed([(whole, "", 0.85), (digits, "", 0.12), (digits.lstrip("0"), "", 0.03)])


def _parts(name: str) -> list[str]:
    return [part for word in re.split(r"[\s\-]+", name) if (part := folded(word))]


def _weighed(ways: list[tuple[str, str, float]]) -> list[Spelling]:
    """The distinct ways, weights summing to one; a way without its first word is its second."""
    weights: dict[tuple[str, str], float] = {}
    for first, second, weight in ways:
        way = (first, second) if first else (second, "")
        if way[0]:
            weights[way] = weights.get(way, 0.0) + weight
    total = sum(weights.values())
    return [Spelling(first, second, w / total) for (first, second), w in weights.items()]
