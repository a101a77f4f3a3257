"""Cells and rows of the files that leave."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from functools import lru_cache


@lru_cache(maxsize=65_536)
def number(points: int) -> str:
    """Return hundredths as "2.0", "2.75", "-0.5"."""
    whole, rest = divmod(abs(points), 100)
    digits = f"{rest:02d}"
    return f"{'-' if points < 0 else ''}{whole}.{digits[0] if digits[1] == '0' else digits}"


def as_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV."""
    out = io.StringIO(newline="")
    # RFC 4180 ends lines with both; it also makes the writer quote a stray carriage return.
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
