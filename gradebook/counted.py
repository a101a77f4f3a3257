"""Counts as people say them: "1 page", "3,512 pages"."""

from __future__ import annotations

from gradebook.points import points_text


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number and its word, "1 page" or "3,512 pages"; `many` where it is no "-s"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counted_points(points: int) -> str:
    """Return hundredths as "1 point" or "4.5 points"."""
    return f"{points_text(points)} {'point' if points == 100 else 'points'}"
