"""The numbers that choose an item by a key: the same on every page.

The workspace numbers the items of no group, then each group as one, in which letters choose
(static/js/grading/placing.js). A page without letters has no way into a group: it gives the items
of no group the numbers they have there, and the others none.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, repeat
from typing import NamedTuple

from rubrics.models import Item

KEYS = "1234567890"


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
