"""The numbers that choose an item by a key: the same on every page.

The workspace numbers the items of no group, then each group as one, in which letters choose
(static/js/grading/placing.js), and so does a second look. A page without letters has no way into a
group: it gives the items of no group the numbers they have there, and the others none.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat
from typing import NamedTuple

from rubrics.models import Group, Item

KEYS = "1234567890"
HEARD = 10  # so many keys there are for items, and as many inside a group


class Numbered(NamedTuple):
    """An item and its key, "" for none."""

    item: Item
    key: str


def in_order(items: Iterable[Item]) -> list[Item]:
    """Return a question's items as the workspace shows them; each with its group at hand."""
    return sorted(
        items,
        key=lambda item: (
            (item.group.position, item.group.pk) if item.group else (-1, 0),
            item.position,
            item.pk,
        ),
    )


def numbered(items: Iterable[Item]) -> list[Numbered]:
    """Return them in that order, each with its key."""
    keys = chain(KEYS, repeat(""))
    return [Numbered(item, "" if item.group else next(keys)) for item in in_order(items)]


class Heard(NamedTuple):
    """An item and the act of the keys that chooses it (static/js/grading/acts.js), "" for none."""

    item: Item
    act: str


class Block(NamedTuple):
    """A group with the act that opens it, or the items of no group."""

    group: Group | None
    act: str
    items: list[Heard]


def blocks(items: Iterable[Item], groups: Iterable[Group]) -> list[Block]:
    """Return the rubric as the workspace shows it; a group without items has its number, too."""
    by_group: dict[int | None, list[Item]] = {}
    for item in in_order(items):
        by_group.setdefault(item.group_id, []).append(item)
    loose = by_group.get(None, [])
    made = [Block(None, "", _heard("item", loose))] if loose else []
    for place, group in enumerate(groups, len(loose)):
        inside = by_group.get(group.pk, [])
        act = _act("item", place)
        heard = _heard("choice", inside) if act else [Heard(item, "") for item in inside]
        made.append(Block(group, act, heard))
    return made


def _heard(kind: str, items: Iterable[Item]) -> list[Heard]:
    return [Heard(item, _act(kind, place)) for place, item in enumerate(items)]


def _act(kind: str, place: int) -> str:
    return f"{kind}-{place + 1}" if place < HEARD else ""
