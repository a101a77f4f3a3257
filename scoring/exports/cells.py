"""Cells of the files that leave."""

from __future__ import annotations

from functools import lru_cache

# A spreadsheet reads a cell that begins so as a formula, and runs it.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(text: str) -> str:
    """Return a text of a student's or a roster's making so that no spreadsheet runs it.

    Never for numbers: a score of −1 must stay one.
    """
    return f"'{text}" if text.startswith(DANGEROUS) else text


@lru_cache(maxsize=65_536)
def number(points: int) -> str:
    """Return hundredths as "2.0", "2.75", "-0.5"."""
    whole, rest = divmod(abs(points), 100)
    digits = f"{rest:02d}"
    return f"{'-' if points < 0 else ''}{whole}.{digits[0] if digits[1] == '0' else digits}"
