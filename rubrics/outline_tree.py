"""The rows of an outline brought to where a plan wants them: questions, regions, options."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from gradebook.models import Exam, Option, Question, Region
from gradebook.plans import ExamPlan, OptionPlan, QuestionPlan, RegionPlan

FIELDS = ("number", "label", "title", "points", "bonus", "scoring", "floor", "ceiling")
PLACED = ("parent_id", "order", *FIELDS)
SCORING = ("points", "scoring", "floor", "ceiling")

Facts = dict[str, Any]


@dataclass
class Tree:
    """What became of the questions: rows by number, and how the changed ones stood before."""

    rows: dict[str, Question] = field(default_factory=dict)
    # Leaves that were none before: they want answers and a rubric.
    fresh: list[Question] = field(default_factory=list)
    # Before and after by key; nothing before for a new question.
    changes: dict[int, tuple[Facts | None, Facts]] = field(default_factory=dict)

    @property
    def rescored(self) -> set[int]:
        """Return the leaves whose answers score otherwise now."""
        return {row.pk for row in self.fresh} | {
            pk
            for pk, (before, after) in self.changes.items()
            if after["points"] is not None
            and before is not None
            and any(before[name] != after[name] for name in SCORING)
        }


def facts(row: Question) -> Facts:
    return {"parent": row.parent_id, **{name: getattr(row, name) for name in FIELDS}}


def park(kept: Mapping[int, Question], plan: ExamPlan) -> None:
    """Take rows that will move off their places and parents, so that others can have these.

    Parents too: a question that goes takes what still stands in it along.
    """
    places = {each.id: (place, each.number) for place, each in enumerate(plan.walk(), 1)}
    parents = {part.id: each.id for each in plan.walk() for part in each.parts}
    moving = [
        pk
        for pk, row in kept.items()
        if places[pk] != (row.order, row.number) or parents.get(pk) != row.parent_id
    ]
    Question.objects.filter(pk__in=moving).update(
        parent=None,
        order=-1 - F("order"),
        number=Concat(Value("~"), Cast("pk", CharField())),
    )


def put_questions(exam: Exam, plan: ExamPlan, kept: Mapping[int, Question]) -> Tree:
    """Make and change the questions, level by level. Rows in their way are parked or gone."""
    tree = Tree()
    order = {each.number: place for place, each in enumerate(plan.walk(), 1)}
    changed: list[Question] = []
    level: list[tuple[QuestionPlan, Question | None]] = [(each, None) for each in plan.questions]
    while level:
        new: list[Question] = []
        for each, parent in level:
            row = Question(exam=exam) if each.id is None else kept[each.id]
            was_leaf = each.id is not None and row.is_leaf
            before = (facts(row), row.order) if each.id is not None else None
            _set(row, each, parent, order[each.number])
            tree.rows[each.number] = row
            if row.is_leaf and not was_leaf:
                tree.fresh.append(row)
            if before is None:
                new.append(row)
            elif before != (facts(row), row.order):
                changed.append(row)
                if before[0] != facts(row):
                    tree.changes[row.pk] = (before[0], facts(row))
        Question.objects.bulk_create(new)
        tree.changes |= {row.pk: (None, facts(row)) for row in new}
        level = [(part, tree.rows[each.number]) for each, _ in level for part in each.parts]
    Question.objects.bulk_update(changed, PLACED)
    return tree


def _set(row: Question, plan: QuestionPlan, parent: Question | None, order: int) -> None:
    row.parent, row.order = parent, order
    for name in FIELDS:
        setattr(row, name, getattr(plan, name))


def put_regions(exam: Exam, plan: ExamPlan, tree: Tree) -> tuple[set[int], bool]:
    """Replace regions that are said and differ; return the questions whose did, and if any did.

    A region that stays keeps its row, and so the crops cut along it.
    """
    wanted: dict[int | str, tuple[RegionPlan, ...]] = {
        tree.rows[each.number].pk: each.regions
        for each in plan.leaves()
        if each.regions is not None
    }
    wanted |= {kind: (spot,) if spot else () for kind, spot in plan.spots.items()}
    wanted |= {} if plan.hidden is None else {Region.Kind.HIDDEN: plan.hidden}
    there: dict[int | str, list[Region]] = defaultdict(list)
    for region in exam.regions.all():
        there[region.question_id or region.kind].append(region)
    spare: list[int] = []
    new: list[Region] = []
    moved: set[int | str] = set()
    for key, regions in wanted.items():
        missing = Counter(regions)
        for region in there[key]:
            at = RegionPlan(region.page, *region.rect)
            if missing[at]:
                missing[at] -= 1
            else:
                spare.append(region.pk)
                moved.add(key)
        new += [_region(exam, key, at) for at in missing.elements()]
        moved |= {key} if missing.total() else set()
    Region.objects.filter(pk__in=spare).delete()
    Region.objects.bulk_create(new)
    return {key for key in moved if isinstance(key, int)}, bool(moved)


def _region(exam: Exam, key: int | str, at: RegionPlan) -> Region:
    own: Facts = (
        {"kind": Region.Kind.QUESTION, "question_id": key}
        if isinstance(key, int)
        else {"kind": key}
    )
    return Region(exam=exam, **own, **at._asdict())


def put_options(exam: Exam, plan: ExamPlan, tree: Tree) -> bool:
    """Replace a question's options where they are said and differ; return whether any did.

    All of them are made anew: what was read of them before is of other options.
    """
    wanted = {
        tree.rows[each.number].pk: each.options
        for each in plan.leaves()
        if each.options is not None
    }
    there: dict[int, list[OptionPlan]] = defaultdict(list)
    for option in Option.objects.filter(question__exam=exam):
        at = RegionPlan(option.page, *option.rect)
        there[option.question_id].append(OptionPlan(option.label, at))
    changed = [pk for pk, options in wanted.items() if tuple(there[pk]) != options]
    Option.objects.filter(question__in=changed).delete()
    Option.objects.bulk_create(
        Option(question_id=pk, position=position, label=option.label, **option.at._asdict())
        for pk in changed
        for position, option in enumerate(wanted[pk])
    )
    return bool(changed)


def names(rows: Iterable[Question]) -> list[str]:
    return [row.name for row in sorted(rows, key=lambda row: row.order)]
