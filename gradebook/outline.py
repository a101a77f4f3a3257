"""The exam file (docs/exam-file.md) and the outline editor's JSON: read into a plan, and back.

Reading goes on after a mistake, so that a person hears of all of them at once, each with the
place it stands in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradebook.outline_places import OPTION_KEYS, REGION_KEYS, Places
from gradebook.outline_values import short
from gradebook.plans import (
    ExamPlan,
    GroupPlan,
    ItemPlan,
    QuestionPlan,
    RegionPlan,
    RubricPlan,
)
from gradebook.points import points_text
from gradebook.sent import NotJson, parsed

__all__ = [
    "EXAM_KEYS",
    "OPTION_KEYS",
    "QUESTION_KEYS",
    "REGION_KEYS",
    "OutlineError",
    "parse",
    "parse_text",
]

DEEPEST = 5
MOST_LEAVES = 500
MOST_ITEMS = 200
SETTINGS = (
    *("minutes", "scoring", "floor", "ceiling", "bonus_on_top"),
    *("anonymous", "random_order", "rubric_shown", "rubric_editors"),
    "distribution_shown",
)
EXAM_KEYS = {
    *("exam", "pages", "points", "template", "questions"),
    *("name_region", "id_region", "hidden_regions"),
    *SETTINGS,
    "sample_total",
}
QUESTION_KEYS = {
    *("id", "number", "label", "title", "points", "bonus", "scoring", "floor", "ceiling"),
    *("regions", "options", "rubric", "parts", "sample"),
}


class OutlineError(ValueError):
    """What is wrong with an outline: sentences for a person, each naming the place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


def parse_text(text: str | bytes, *, pages: int | None = None) -> ExamPlan:
    """Read an exam file's text; otherwise as `parse`."""
    try:
        data = parsed(text)
    except NotJson as error:
        raise OutlineError([str(error)]) from None
    return parse(data, pages=pages)


def parse(data: object, *, pages: int | None = None) -> ExamPlan:
    """Return the plan that an exam file or the editor describes.

    `pages` is how many pages the template has, if there is one; else the file's own count is
    taken. Raises OutlineError with every problem; parts nobody drew a region for are warnings.
    """
    reader = _Reader(pages)
    plan = reader.exam(data)
    if reader.problems:
        raise OutlineError(reader.problems)
    return plan


class _Reader(Places):
    """Reads one outline. Broken values are noted and replaced, never raised."""

    def __init__(self, pages: int | None) -> None:
        super().__init__(pages)
        self.seen: dict[int, str] = {}
        self.leaves = 0

    def exam(self, data: object) -> ExamPlan:
        if not isinstance(data, Mapping):
            self.note("", "an exam file is an object in braces, with “exam” and “questions”.")
            return ExamPlan(())
        self.keys(data, EXAM_KEYS, "the exam")
        count = self.whole(data, "pages", "the exam", least=1)
        self.pages = self.pages or count
        questions = self.list_of(data, "questions", "the exam")
        if "questions" not in data:
            self.note("the exam", "“questions” are missing.")
        plan = ExamPlan(
            questions=tuple(
                self.question(each, str(index), (), ()) for index, each in enumerate(questions, 1)
            ),
            name=self.text(data, "exam", "the exam"),
            pages=count,
            template=self.text(data, "template", "the exam"),
            settings=self.settings(data),
            spots=self.spots(data),
            hidden=self.regions(data, "hidden_regions", "the exam", "hidden region"),
        )
        if self.leaves > MOST_LEAVES:
            self.note("the exam", f"{self.leaves} parts are too many; {MOST_LEAVES} fit.")
        self.total(data, plan)
        return plan

    def total(self, data: Mapping[str, Any], plan: ExamPlan) -> None:
        # Bonus questions on top are not part of what the exam is out of.
        on_top = plan.settings.get("bonus_on_top", False)
        out_of = sum(each.total for each in plan.questions if not (on_top and each.bonus))
        if not self.problems:
            self.agrees(data, out_of, "the exam", "its questions")

    def settings(self, data: Mapping[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for key in ("scoring", "rubric_shown", "distribution_shown", "rubric_editors"):
            if choice := self.choice(data, key, "the exam"):
                said[key] = choice
        for key in ("floor", "ceiling", "bonus_on_top", "anonymous", "random_order"):
            if (flag := self.flag(data, key, "the exam")) is not None:
                said[key] = flag
        if "minutes" in data:
            said["minutes"] = self.whole(data, "minutes", "the exam", least=1)
        return said

    def spots(self, data: Mapping[str, Any]) -> dict[str, RegionPlan | None]:
        said: dict[str, RegionPlan | None] = {}
        for kind, key in (("name", "name_region"), ("id", "id_region")):
            if key in data:
                value = data[key]
                said[kind] = None if value is None else self.region(value, f"the {kind} region")
        return said

    def question(
        self, data: object, number: str, above: tuple[str, ...], ids: tuple[int, ...]
    ) -> QuestionPlan:
        """Read a question and what is below it; `above` and `ids` are those it stands in."""
        place = f"question {above[0]}, part {number}" if above else f"question {number}"
        if not isinstance(data, Mapping):
            self.note(place, "this is not an object in braces.")
            return QuestionPlan(number)
        known = len(self.problems)
        self.keys(data, QUESTION_KEYS, place)
        self.number(data, number, place)
        pk = self.identity(data, place, ids)
        parts = self.list_of(data, "parts", place)
        if parts and len(above) + 1 >= DEEPEST:
            self.note(place, f"questions nest {DEEPEST} deep at most.")
            parts = []
        below = ids if pk is None else (*ids, pk)
        plans = tuple(
            self.question(each, f"{number}.{index}", (*above, number), below)
            for index, each in enumerate(parts, 1)
        )
        common: dict[str, Any] = {
            "number": number,
            "label": self.text(data, "label", place),
            "title": self.text(data, "title", place),
            "bonus": bool(self.flag(data, "bonus", place)),
            "id": pk,
        }
        if plans:
            group = QuestionPlan(**common, parts=plans)
            self.group(data, place)
            if len(self.problems) == known:
                self.agrees(data, group.total, place, "its parts")
            return group
        return self.leaf(data, common, place)

    def leaf(self, data: Mapping[str, Any], common: dict[str, Any], place: str) -> QuestionPlan:
        self.leaves += 1
        return QuestionPlan(
            **common,
            points=self.leaf_points(data, place),
            scoring=self.choice(data, "scoring", place),
            floor=self.flag(data, "floor", place),
            ceiling=self.flag(data, "ceiling", place),
            regions=self.regions(data, "regions", place, "region"),
            options=self.options(data, place),
            rubric=self.rubric(data, place),
        )

    def group(self, data: Mapping[str, Any], place: str) -> None:
        """Hold what only leaves have against a question with parts."""
        for key in ("regions", "options", "rubric", "scoring", "floor", "ceiling"):
            if data.get(key) not in (None, [], ""):
                self.note(place, f"“{key}” belongs to its parts, for it has some.")

    def number(self, data: Mapping[str, Any], number: str, place: str) -> None:
        given = data.get("number")
        if given is None:
            return
        if isinstance(given, bool) or not isinstance(given, str | int):
            self.note(place, f"write its number in quotes, “{number}”.")
        elif str(given).strip() != number:
            self.note(place, f"it says it is number {short(given)}, but stands as {number}.")

    def identity(self, data: Mapping[str, Any], place: str, ids: tuple[int, ...]) -> int | None:
        pk = self.whole(data, "id", place, least=1)
        if pk is None:
            return None
        if pk in ids:
            self.note(place, f"question {pk} stands inside itself.")
        elif pk in self.seen:
            self.note(place, f"the same question (id {pk}) stands at {self.seen[pk]} too.")
        self.seen.setdefault(pk, place)
        return pk

    def leaf_points(self, data: Mapping[str, Any], place: str) -> int:
        if data.get("points") in (None, ""):
            self.note(place, "points are missing.")
            return 0
        points = self.points(data["points"], place)
        if points < 0:
            self.note(place, "points are below zero.")
        return points

    def agrees(self, data: Mapping[str, Any], total: int, place: str, parts: str) -> None:
        if data.get("points") in (None, ""):
            return
        known = len(self.problems)
        said = self.points(data["points"], place)
        if said != total and len(self.problems) == known:
            self.note(
                place,
                f"its points are {points_text(said)}, but {parts} add up to {points_text(total)}.",
            )

    def rubric(self, data: Mapping[str, Any], place: str) -> RubricPlan | None:
        if data.get("rubric") is None:
            return None
        lines = [
            self.line(each, f"{place}, rubric item {index}")
            for index, each in enumerate(self.list_of(data, "rubric", place), 1)
        ]
        count = sum(len(line.items) if isinstance(line, GroupPlan) else 1 for line in lines)
        if count > MOST_ITEMS:
            self.note(place, f"{count} rubric items are too many; {MOST_ITEMS} fit.")
        # A group that holds nothing has no place among the items; it comes last.
        return tuple(sorted(lines, key=lambda line: isinstance(line, GroupPlan) and not line.items))

    def line(self, data: object, place: str) -> ItemPlan | GroupPlan:
        if not isinstance(data, Mapping) or "group" not in data:
            return self.item(data, place)
        self.keys(data, {"group", "exclusive", "items"}, place)
        text = self.text(data, "group", place)
        if not text:
            self.note(place, "a group needs a text.")
        exclusive = self.flag(data, "exclusive", place)
        items = self.list_of(data, "items", place)
        return GroupPlan(
            text,
            True if exclusive is None else exclusive,
            tuple(
                self.item(each, f"{place}, item {index} of the group")
                for index, each in enumerate(items, 1)
            ),
        )

    def item(self, data: object, place: str) -> ItemPlan:
        if not isinstance(data, Mapping):
            self.note(place, "an item has a text and points.")
            return ItemPlan("", None)
        self.keys(data, {"text", "points", "note"}, place)
        points = None if data.get("points") is None else self.points(data["points"], place)
        return ItemPlan(self.text(data, "text", place), points, self.text(data, "note", place))
