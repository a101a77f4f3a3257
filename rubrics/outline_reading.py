"""An exam's rows as a plan: what the editor opens, what is saved to a file, what went."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

from gradebook.models import Exam, Option, Question, Region
from gradebook.plans import (
    ExamPlan,
    GroupPlan,
    ItemPlan,
    OptionPlan,
    QuestionPlan,
    RegionPlan,
    RubricPlan,
    to_dict,
)
from rubrics.models import Group, Item
from rubrics.settings import FIELDS

Parts = dict[int | None, list[Question]]


def dump(exam: Exam) -> dict[str, Any]:
    """Return the exam as an exam file: loading it elsewhere gives the same exam."""
    return to_dict(plan_of(exam))


def plan_of(exam: Exam, *, ids: bool = False, rubrics: bool = True) -> ExamPlan:
    """Read the exam in six queries. `ids` keeps the questions' keys, for the editor."""
    questions = list(exam.questions.order_by("order"))
    parts: Parts = defaultdict(list)
    for question in questions:
        parts[question.parent_id].append(question)
    regions, options = _regions(exam), _options(exam)
    lines = _rubrics(exam) if rubrics else {}

    def plan(question: Question) -> QuestionPlan:
        pk = question.pk
        leaf = question.is_leaf
        return QuestionPlan(
            number=question.number,
            label=question.label,
            title=question.title,
            points=question.points,
            bonus=question.bonus,
            scoring=question.scoring if leaf else "",
            floor=question.floor if leaf else None,
            ceiling=question.ceiling if leaf else None,
            regions=tuple(regions.get(pk, ())) if leaf else None,
            options=tuple(options.get(pk, ())) if leaf else None,
            rubric=lines.get(pk, ()) if rubrics and leaf else None,
            parts=tuple(plan(part) for part in parts.get(pk, ())),
            id=pk if ids else None,
        )

    template = getattr(exam, "template", None)
    return ExamPlan(
        questions=tuple(plan(question) for question in parts[None]),
        name=exam.name,
        pages=template.page_count if template else None,
        settings={name: getattr(exam, name) for name in FIELDS if name != "name"},
        spots={str(kind): next(iter(regions.get(kind, ())), None) for kind in Region.READ},
        hidden=tuple(regions.get(Region.Kind.HIDDEN, ())),
    )


def _regions(exam: Exam) -> dict[int | str | None, list[RegionPlan]]:
    """Return the regions by question, and those that tell who wrote by their kind."""
    found: dict[int | str | None, list[RegionPlan]] = defaultdict(list)
    for region in exam.regions.all():
        own = region.question_id if region.kind == Region.Kind.QUESTION else region.kind
        found[own].append(RegionPlan(region.page, *region.rect))
    for regions in found.values():
        regions.sort(key=RegionPlan.reading_order)
    return found


def _options(exam: Exam) -> dict[int, list[OptionPlan]]:
    found: dict[int, list[OptionPlan]] = defaultdict(list)
    for option in Option.objects.filter(question__exam=exam):
        at = RegionPlan(option.page, *option.rect)
        found[option.question_id].append(OptionPlan(option.label, at))
    return found


def _rubrics(exam: Exam) -> dict[int, RubricPlan]:
    """Return each leaf's rubric: items in order, a group where its first item stands."""
    groups: dict[int, list[Group]] = defaultdict(list)
    for group in Group.objects.filter(question__exam=exam):
        groups[group.question_id].append(group)
    items: dict[int, list[Item]] = defaultdict(list)
    for item in Item.objects.offered().filter(question__exam=exam):
        items[item.question_id].append(item)
    return {
        pk: rubric_plan(items.get(pk, []), groups.get(pk, []))
        for pk in items.keys() | groups.keys()
    }


def rubric_plan(items: list[Item], groups: list[Group]) -> RubricPlan:
    """Return the plan of one rubric; groups without items come last, as they are read."""
    inside: dict[int | None, list[ItemPlan]] = defaultdict(list)
    for item in items:
        inside[item.group_id].append(ItemPlan(item.text, item.points, item.note))
    by_pk = {group.pk: group for group in groups}
    order = dict.fromkeys(item.group_id or -item.pk for item in items)
    single = {-item.pk: ItemPlan(item.text, item.points, item.note) for item in items}
    lines: list[ItemPlan | GroupPlan] = [
        single[key] if key < 0 else _group_plan(by_pk[key], inside[key]) for key in order
    ]
    lines += [_group_plan(group, []) for group in groups if group.pk not in order]
    return tuple(lines)


def _group_plan(group: Group, items: list[ItemPlan]) -> GroupPlan:
    return GroupPlan(group.text, group.exclusive, tuple(items))


def version_of(exam: Exam) -> str:
    """Return a word that changes with anything the editor shows and saves."""
    data = to_dict(replace(plan_of(exam, ids=True, rubrics=False), settings={}))
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def identified(plan: ExamPlan, exam: Exam) -> ExamPlan:
    """Give a file's questions the keys of the exam's own, so that they are changed, not made anew.

    Label and title decide where they are told by them; else the number does.
    """
    there = list(exam.questions.order_by("order"))
    wanted = list(plan.walk())
    names = Counter((each.label, each.title) for each in there)
    twins = Counter((each.label, each.title) for each in wanted)
    by_name = {
        (each.label, each.title): each.pk
        for each in there
        if each.title and names[each.label, each.title] == twins[each.label, each.title] == 1
    }
    given = {each.id for each in wanted if each.id}
    keys = {
        each.number: pk
        for each in wanted
        if (pk := each.id or by_name.get((each.label, each.title)))
    }
    taken = {*given, *keys.values()}
    for each in there:
        if each.pk not in taken:
            keys.setdefault(each.number, each.pk)

    def with_id(question: QuestionPlan) -> QuestionPlan:
        parts = tuple(with_id(part) for part in question.parts)
        return replace(question, id=keys.get(question.number), parts=parts)

    return replace(plan, questions=tuple(with_id(question) for question in plan.questions))
