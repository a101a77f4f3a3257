"""Lots: a number drawn for each answer, by which papers are walked in a random order."""

from __future__ import annotations

from secrets import randbelow

BELOW = 2**30
# The same, drawn by the database for each row it writes.
SQL = {
    "sqlite": f"RANDOM() & {BELOW - 1}",
    "postgresql": f"FLOOR(RANDOM() * {BELOW})::integer",
}


def draw_lot() -> int:
    return randbelow(BELOW)
