"""Sections as Canvas's gradebook names them: of somebody in several, "A and B" or "A, B, and C"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

BETWEEN = re.compile(r",\s+and\s+|\s+and\s+|[;,]")
COMMAS = re.compile(r",\s+and\s+|[;,]")
TOLD = 5


def pieces(text: str, alone: Collection[str]) -> list[str]:
    """Return the sections of a cell. `alone` are those that some row names by themselves.

    A section may be called "Mon and Tue": an "and" parts names only where each of them stands
    alone elsewhere.
    """
    parted = _parted(BETWEEN, text)
    return parted if all(name in alone for name in parted) else _parted(COMMAS, text)


def sentence(names: Sequence[str]) -> str:
    """Return the sections of somebody as Canvas writes them."""
    last = ", and " if len(names) > 2 else " and "
    return last.join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def notes(cells: Iterable[str], alone: Collection[str]) -> list[str]:
    """Say what was made of sections with an "and" in their names, the first few."""
    told = []
    for text in dict.fromkeys(cells):
        if " and " not in text:
            continue
        found = pieces(text, alone)
        if len(found) > 1:
            named = " and ".join([", ".join(found[:-1]), found[-1]])
            told.append(f"Who is in “{text}” is taken as in the sections {named}.")
        else:
            told.append(f"“{text}” is taken as one section: no row names its parts alone.")
    more = [f"{len(told) - TOLD} more like these."] if len(told) > TOLD else []
    return told[:TOLD] + more


def _parted(between: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, map(str.strip, between.split(text)))))
