"""Single values of an exam file, held against what they may be.

A broken value is noted as a sentence with its place and replaced, never raised, so that a
person hears of every mistake at once.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping
from typing import Any

from gradebook.models import DistributionShown, RubricEditors, RubricShown, Scoring
from gradebook.points import LARGEST, hundredths
from gradebook.sent import storable

TEXTS = {
    "exam": 200,
    "template": 255,
    "label": 32,
    "title": 300,
    "group": 500,
    "text": 4000,
    "note": 2000,
}
CHOICES = {
    "scoring": Scoring.values,
    "rubric_shown": RubricShown.values,
    "distribution_shown": DistributionShown.values,
    "rubric_editors": RubricEditors.values,
}


class Values:
    """Reads values out of parsed JSON; `problems` holds what was wrong."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def note(self, place: str, problem: str) -> None:
        self.problems.append(f"{place}: {problem}" if place else problem[0].upper() + problem[1:])

    def keys(self, data: Mapping[str, Any], known: Collection[str], place: str) -> None:
        for key in data:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                hint = f" Did you mean “{near[0]}”?" if near else ""
                self.note(place, f"“{short(key)}” is not known here.{hint}")

    def list_of(self, data: Mapping[str, Any], key: str, place: str) -> list[object]:
        value = data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(place, f"“{key}” is a list in brackets.")
            return []
        return value

    def text(self, data: Mapping[str, Any], key: str, place: str, most: int = 0) -> str:
        value, most = data.get(key), most or TEXTS[key]
        if value is None:
            return ""
        if not isinstance(value, str):
            self.note(place, f"“{key}” is a text in quotes.")
        elif not storable(value):
            self.note(place, f"“{key}” holds a character that cannot be stored.")
        elif len(value) > most:
            self.note(place, f"“{key}” has {len(value)} characters; {most} fit.")
        else:
            return value
        return ""

    def flag(self, data: Mapping[str, Any], key: str, place: str) -> bool | None:
        value = data.get(key)
        if value is not None and not isinstance(value, bool):
            self.note(place, f"“{key}” is true or false.")
            return None
        return value

    def choice(self, data: Mapping[str, Any], key: str, place: str) -> str:
        value = data.get(key)
        if value in (None, ""):
            return ""
        if value not in CHOICES[key]:
            self.note(place, f"“{key}” is one of {', '.join(CHOICES[key])}.")
            return ""
        return str(value)

    def whole(self, data: Mapping[str, Any], key: str, place: str, *, least: int) -> int | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**31:
            self.note(place, f"“{key}” is a whole number from {least}.")
            return None
        return value

    def points(self, value: object, place: str) -> int:
        if (
            isinstance(value, bool)
            or not isinstance(value, str | int | float)
            or (isinstance(value, float) and not math.isfinite(value))
        ):
            self.note(place, "points are a number, as 2 or 0.5.")
        elif isinstance(value, int) and abs(value) > LARGEST:
            self.note(place, "these are too many points.")
        else:
            try:
                return hundredths(value)
            except ValueError as error:
                self.note(place, str(error))
        return 0

    def fraction(self, data: Mapping[str, Any], key: str, place: str) -> float | None:
        value = data.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.note(place, f"{key} is a fraction of the page, from 0 to 1.")
        elif not -1e3 < value < 1e3:  # NaN too
            self.note(place, "it lies outside the page; fractions of it go from 0 to 1.")
        else:
            return float(value)
        return None


def short(value: object) -> str:
    """Return what was written, cut so that it fits into a sentence."""
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
