"""What an exam is to become: plain, frozen data between the exam file, the editor and the rows.

`None` for regions, options or a rubric means that nothing is said about them: what stands, stays.
Points are hundredths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class RegionPlan(NamedTuple):
    """A rectangle on a template page (from 1), in fractions of it, origin top left."""

    page: int
    x: float
    y: float
    width: float
    height: float

    def reading_order(self) -> tuple[float, ...]:
        """Return what to sort by: page, then down, then right."""
        return (self.page, self.y, self.x, self.height, self.width)


class OptionPlan(NamedTuple):
    """Something to choose: what people call it, and its box or letter on a template page."""

    label: str
    at: RegionPlan


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """A rubric item; points signed as they act, None for a remark without points."""

    text: str
    points: int | None
    note: str = ""  # for graders alone


@dataclass(frozen=True, slots=True)
class GroupPlan:
    text: str
    exclusive: bool
    items: tuple[ItemPlan, ...]


RubricPlan = tuple[ItemPlan | GroupPlan, ...]


@dataclass(frozen=True, slots=True)
class QuestionPlan:
    """A node of the outline. Leaves have points, groups have parts."""

    number: str
    label: str = ""
    title: str = ""
    points: int | None = None
    bonus: bool = False
    scoring: str = ""
    floor: bool | None = None
    ceiling: bool | None = None
    regions: tuple[RegionPlan, ...] | None = None
    options: tuple[OptionPlan, ...] | None = None
    rubric: RubricPlan | None = None
    parts: tuple[QuestionPlan, ...] = ()
    id: int | None = None

    @property
    def total(self) -> int:
        """Points of the leaf, or of all leaves below."""
        return sum(leaf.points or 0 for leaf in self.walk() if not leaf.parts)

    def walk(self) -> Iterator[QuestionPlan]:
        """Yield the question and everything below it, as they are read."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class ExamPlan:
    """An exam's outline. `settings` and `spots` (name, ID) hold only what was said.

    `hidden` are places of anything else that tells who wrote a paper.
    """

    questions: tuple[QuestionPlan, ...]
    name: str = ""
    pages: int | None = None
    template: str = ""  # the file's name, beside the exam file
    settings: Mapping[str, Any] = field(default_factory=dict)
    spots: Mapping[str, RegionPlan | None] = field(default_factory=dict)
    hidden: tuple[RegionPlan, ...] | None = None

    def walk(self) -> Iterator[QuestionPlan]:
        for question in self.questions:
            yield from question.walk()

    @property
    def warnings(self) -> list[str]:
        """Return a sentence for each part that nobody drew a region for."""
        return [
            f"Part {leaf.number} has no region on the template yet."
            for leaf in self.leaves()
            if not leaf.regions
        ]

    def leaves(self) -> list[QuestionPlan]:
        return [question for question in self.walk() if not question.parts]


def to_dict(plan: ExamPlan) -> dict[str, Any]:
    """Return the plan in the exam file's shape; reading it again gives the same plan."""
    on_top = plan.settings.get("bonus_on_top", False)
    out_of = sum(each.total for each in plan.questions if not (on_top and each.bonus))
    return {
        **_given(exam=plan.name, pages=plan.pages, template=plan.template),
        **plan.settings,
        "points": number(out_of),
        **{f"{kind}_region": spot and spot._asdict() for kind, spot in plan.spots.items()},
        **_hidden(plan),
        "questions": [_question(question) for question in plan.questions],
    }


def _hidden(plan: ExamPlan) -> dict[str, Any]:
    if plan.hidden is None:
        return {}
    return {"hidden_regions": [region._asdict() for region in plan.hidden]}


def _question(plan: QuestionPlan) -> dict[str, Any]:
    data = {
        **_given(id=plan.id, number=plan.number, label=plan.label, title=plan.title),
        "points": number(plan.total),
        **({"bonus": True} if plan.bonus else {}),
        **({"scoring": plan.scoring} if plan.scoring else {}),
        **({"floor": plan.floor} if plan.floor is not None else {}),
        **({"ceiling": plan.ceiling} if plan.ceiling is not None else {}),
    }
    if plan.regions is not None:
        data["regions"] = [region._asdict() for region in plan.regions]
    if plan.options is not None:
        data["options"] = [{"label": each.label, **each.at._asdict()} for each in plan.options]
    if plan.rubric is not None:
        data["rubric"] = [_line(line) for line in plan.rubric]
    if plan.parts:
        data["parts"] = [_question(part) for part in plan.parts]
    return data


def _line(line: ItemPlan | GroupPlan) -> dict[str, Any]:
    if isinstance(line, ItemPlan):
        points = None if line.points is None else number(line.points)
        return {"text": line.text, "points": points, **_given(note=line.note)}
    items = [_line(item) for item in line.items]
    return {"group": line.text, "exclusive": line.exclusive, "items": items}


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def number(points: int) -> int | float:
    """Return hundredths as JSON writes points: 200 -> 2, 450 -> 4.5."""
    return points / 100 if points % 100 else points // 100
