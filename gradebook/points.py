"""Points: integers of hundredths inside, text and Decimal only at the edges."""

from __future__ import annotations

import math
import re
from decimal import Decimal

MINUS = "\N{MINUS SIGN}"
# What a column of a database or a sane exam can hold: 99,999.99 points.
LARGEST = 9_999_999


def points_text(points: int | None, decimals: int = 0) -> str:
    """Return hundredths as people write points: 450 -> "4.5", 200 -> "2", None -> "–".

    `decimals` is the least number of decimals shown: 1 gives "2.0", "2.75".
    """
    if points is None:
        return "–"
    whole, rest = divmod(abs(points), 100)
    digits = f"{rest:02d}".rstrip("0").ljust(int(decimals), "0")
    sign = MINUS if points < 0 else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def signed_text(points: int | None, scoring: str = "negative") -> str:
    """Return what an item does: "−1", "+0.5"; nothing moved is "−0" or "+0" by the scoring."""
    if points is None:
        return ""
    if points == 0:
        return f"{MINUS}0" if scoring == "negative" else "+0"
    return points_text(points) if points < 0 else f"+{points_text(points)}"


def hundredths(value: str | int | float | Decimal) -> int:
    """Return points as typed ("4.5", "−1", 0.75) in hundredths.

    Raises ValueError, in words for a person, for what is not a number, has more than two
    decimals, or is too large.
    """
    text = str(value).strip().replace(MINUS, "-").replace(",", ".")
    if isinstance(value, float) and math.isfinite(value):
        text = f"{value:.6f}".rstrip("0")
    # Plain digits only: "1e3" and "1_0" are numbers to Python, not to a teacher.
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text, re.ASCII):
        raise ValueError(f"“{shown(value)}” is not a number of points.")
    exact = Decimal(text[:40]) * 100
    if len(text) > 40 or abs(exact) > LARGEST:
        raise ValueError(f"“{shown(value)}” is too large for points.")
    if exact != exact.to_integral_value():
        raise ValueError(f"Points go to hundredths; “{shown(value)}” has more decimals.")
    return int(exact)


def shown(value: object) -> str:
    """Return what somebody typed, short, in characters that can be sent back to them."""
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= 20 else f"{text[:20]}…"
