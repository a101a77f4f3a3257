"""How an answer's score follows from what was said about it. Plain numbers in, one out."""

from __future__ import annotations

from collections.abc import Iterable

from gradebook.models.question import Rule


def score(rule: Rule, applied: Iterable[int | None], adjustment: int = 0) -> int:
    """Return the score in hundredths.

    `applied` holds the points of the items that apply, signed as they act, None for remarks
    without points. Negative scoring starts from full marks, positive from zero; then floor,
    then ceiling, each if on. The adjustment counts inside the clamps.
    """
    start = rule.points if rule.scoring == "negative" else 0
    total = start + sum(points or 0 for points in applied) + adjustment
    if rule.floor:
        total = max(total, 0)
    if rule.ceiling:
        total = min(total, rule.points)
    return total
