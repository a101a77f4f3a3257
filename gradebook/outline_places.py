"""Places on the template that an exam file names: regions to answer in, options to choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradebook.outline_values import Values, short
from gradebook.plans import OptionPlan, RegionPlan

MOST_REGIONS = 50
MOST_OPTIONS = 26
LONGEST_LABEL = 16
SMALLEST = 0.002  # of the page: half a millimetre
# A hair of slack: fractions that add up to 1 on paper may not in binary.
SLACK = 1.0001
REGION_KEYS = {"page", "x", "y", "width", "height"}
OPTION_KEYS = {"label", *REGION_KEYS}


class Places(Values):
    """Reads places out of parsed JSON; `pages` is how many pages there are, if that is known."""

    def __init__(self, pages: int | None) -> None:
        super().__init__()
        self.pages = pages

    def regions(
        self, data: Mapping[str, Any], key: str, place: str, word: str
    ) -> tuple[RegionPlan, ...] | None:
        """Read the list of regions under a key, in reading order; `word` names one of them."""
        if data.get(key) is None:
            return None
        values = self.list_of(data, key, place)
        if len(values) > MOST_REGIONS:
            self.note(place, f"{len(values)} {word}s are too many; {MOST_REGIONS} fit.")
            return ()
        regions = [
            self.region(each, f"{place}, {word} {index}") for index, each in enumerate(values, 1)
        ]
        return tuple(sorted(filter(None, regions), key=RegionPlan.reading_order))

    def region(self, data: object, place: str) -> RegionPlan | None:
        if not isinstance(data, Mapping):
            self.note(place, "a region has a page, x, y, width and height.")
            return None
        self.keys(data, REGION_KEYS, place)
        return self.rectangle(data, place, "an answer")

    def rectangle(self, data: Mapping[str, Any], place: str, holds: str) -> RegionPlan | None:
        page = self.whole(data, "page", place, least=1)
        if page is None:
            self.note(place, "its page is missing.")
            return None
        if self.pages and page > self.pages:
            self.note(place, f"page {page} is beyond the template, which has {self.pages}.")
        numbers = [self.fraction(data, key, place) for key in ("x", "y", "width", "height")]
        if None in numbers:
            return None
        x, y, width, height = (number or 0.0 for number in numbers)
        inside = x >= 0 and y >= 0 and x <= SLACK - width and y <= SLACK - height
        if inside and 0 < min(width, height) < SMALLEST:
            self.note(place, f"it is too small to hold {holds}.")
        elif not (inside and width > 0 and height > 0):
            self.note(place, "it lies outside the page; fractions of it go from 0 to 1.")
        return RegionPlan(page, x, y, width, height)

    def options(self, data: Mapping[str, Any], place: str) -> tuple[OptionPlan, ...] | None:
        if data.get("options") is None:
            return None
        values = self.list_of(data, "options", place)
        if len(values) > MOST_OPTIONS:
            self.note(place, f"{len(values)} options are too many; {MOST_OPTIONS} fit.")
            return ()
        found = [self.option(each, f"{place}, option {k}") for k, each in enumerate(values, 1)]
        options = tuple(filter(None, found))
        labels = [each.label for each in options]
        for label in sorted({label for label in labels if labels.count(label) > 1}):
            self.note(place, f"two options are called {short(label)}.")
        if len({each.at.page for each in options}) > 1:
            self.note(place, "its options lie on several pages; they belong on one.")
        return options

    def option(self, data: object, place: str) -> OptionPlan | None:
        if not isinstance(data, Mapping):
            self.note(place, "an option has a label, a page, x, y, width and height.")
            return None
        self.keys(data, OPTION_KEYS, place)
        known = len(self.problems)
        label = self.text(data, "label", place, most=LONGEST_LABEL).strip()
        if not label and len(self.problems) == known:
            self.note(place, "its label is missing.")
        at = self.rectangle(data, place, "a mark")
        return OptionPlan(label, at) if at else None
