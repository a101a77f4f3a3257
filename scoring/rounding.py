"""Means, shares and other figures as text: what they are known to, and no drift of floats."""

from __future__ import annotations

from math import copysign, floor

from gradebook.points import MINUS, points_text

# Floats are off by less than this where whole numbers were meant: halves stay halves.
DRIFT = 6
# Said instead of a reliability that tells nothing.
TOO_FEW = "too few papers to tell"


def nearest(value: float) -> int:
    """Return the nearest whole number; halves go away from zero, as in a spreadsheet."""
    value = round(value, DRIFT)
    return int(copysign(floor(abs(value) + 0.5), value))


def two_decimals(points: float | None) -> str:
    """Return hundredths as points to two decimals: 7842.5 -> "78.43", None -> "–"."""
    return points_text(None if points is None else nearest(points), 2)


def signed_difference(points: float | None) -> str:
    """Return a difference in hundredths with its sign: "+2.40", "−0.50", "0.00"."""
    text = two_decimals(points)
    return f"+{text}" if points and nearest(points) > 0 else text


def coefficient(value: float | None) -> str:
    """Return a number around 1 to two decimals: 0.8449 -> "0.84", None -> "–"."""
    return points_text(None if value is None else nearest(value * 100), 2)


def percent(part: int, whole: int) -> str:
    """Return a share in whole per cent; "< 1 %" is some, "> 99 %" is not all."""
    if whole <= 0:
        return "–"
    if part < 0:
        return f"{MINUS}{percent(-part, whole)}"
    share = (200 * part + whole) // (2 * whole)
    if share == 0 and part:
        return "< 1 %"
    if share == 100 and part < whole:
        return "> 99 %"
    return f"{share} %"
