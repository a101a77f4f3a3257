"""Taking edits of a rubric back, last first, while what they left still stands.

The history holds what is needed: an entry's `before`, and the marks an edit took off answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from gradebook.locks import hold_questions
from gradebook.models import Question, User
from rubrics.edits import TAKEN_BACK, facts_of, put_marks_back
from rubrics.item_groups import (
    change_group,
    group_facts,
    order_groups,
    remove_group,
    restore_group,
)
from rubrics.models import Entry, Group, Item
from rubrics.rubric import change_item, order_items, remove_item, restore_item
from rubrics.rules import FIELDS as RULES
from rubrics.rules import change_rules, rules_of
from rubrics.scores import rescore_questions


class Moved(Exception):
    """Somebody edited the same thing since; taking the edit back would undo their work."""

    def __init__(self) -> None:
        super().__init__("Somebody edited this since. Have a look at the rubric as it is now.")


def last_edit(question: Question) -> int:
    """Return the number of the question's latest edit, 0 for none: its rubric's version."""
    edits = Entry.objects.filter(question_id=question.pk, answer_id=None).order_by("-pk")
    return edits.values_list("pk", flat=True).first() or 0


def edits_since(question: Question, edit: int, by: User) -> list[int]:
    """Return the numbers of a person's edits after another one, in order."""
    edits = Entry.objects.filter(question_id=question.pk, answer_id=None, by=by, pk__gt=edit)
    return list(edits.order_by("pk").values_list("pk", flat=True))


def take_back(question: Question, edits: Sequence[int], *, by: User | None) -> None:
    """Take these edits of the question's rubric back, all or none. Raises Moved."""
    with transaction.atomic():
        if not hold_questions([question.pk]):
            raise Question.DoesNotExist
        found = Entry.objects.filter(question_id=question.pk, answer_id=None, pk__in=edits)
        if len(found) != len(set(edits)):
            raise Moved
        for entry in found.order_by("-pk"):
            back = _BACK.get(Entry.Verb(entry.verb))
            if back is None:
                raise Moved
            back(question, entry, by)
        rescore_questions([question.pk])


def _stands(now: dict[str, Any], after: dict[str, Any] | None) -> None:
    """Raise unless what the edit left is what there is; places in the order do not count."""
    left = {name: value for name, value in (after or {}).items() if name != "position"}
    if any(now.get(name) != value for name, value in left.items()):
        raise Moved


def _item(question: Question, entry: Entry) -> Item:
    item = question.items.select_related("group").filter(pk=entry.item_id or 0).first()
    if item is None:
        raise Moved
    return item


def _added_item(question: Question, entry: Entry, by: User | None) -> None:
    item = _item(question, entry)
    _stands(facts_of(item), entry.after)
    remove_item(item, by=by)


def _removed_item(question: Question, entry: Entry, by: User | None) -> None:
    restore_item(_item(question, entry), by=by)


def _restored_item(question: Question, entry: Entry, by: User | None) -> None:
    remove_item(_item(question, entry), by=by)


def _changed_item(question: Question, entry: Entry, by: User | None) -> None:
    before, after = dict(entry.before or {}), entry.after or {}
    if "order" in after:
        _same_order(list(question.items.offered()), after["order"])
        order_items(question, before["order"], by=by)
        return
    item = _item(question, entry)
    _stands(facts_of(item), after)
    group = question.groups.filter(pk=before["group"]).first()
    if before["group"] and group is None:
        raise Moved
    lifted = before.pop("lifted", [])
    fields = {"text": before["text"], "points": before["points"], "group": group}
    if "note" in before:
        fields["note"] = before["note"]
    change_item(item, by=by, **fields)
    put_marks_back(question, lifted, by, **TAKEN_BACK)


def _added_group(question: Question, entry: Entry, by: User | None) -> None:
    remove_group(_group(question, entry), by=by)


def _changed_group(question: Question, entry: Entry, by: User | None) -> None:
    before, after = entry.before or {}, entry.after or {}
    if "order" in after:
        _same_order(list(question.groups.all()), after["order"])
        order_groups(question, before["order"], by=by)
        return
    group = _group(question, entry)
    change_group(group, text=before["text"], exclusive=before["exclusive"], by=by)
    put_marks_back(question, before.get("lifted", []), by, **TAKEN_BACK)


def _removed_group(question: Question, entry: Entry, by: User | None) -> None:
    before = entry.before or {}
    if "group" not in before or question.groups.filter(pk=before["group"]).exists():
        raise Moved
    restore_group(question, before, by=by)


def _group(question: Question, entry: Entry) -> Group:
    after = entry.after or {}
    group = question.groups.filter(pk=after.get("group", 0)).first()
    if group is None:
        raise Moved
    _stands(group_facts(group), after)
    return group


def _changed_question(question: Question, entry: Entry, by: User | None) -> None:
    before, after = entry.before or {}, entry.after or {}
    if not after.keys() <= set(RULES):
        raise Moved
    question.refresh_from_db(fields=list(RULES))
    _stands(rules_of(question), after)
    change_rules(question, before, by=by)


def _same_order(rows: Sequence[Item] | Sequence[Group], order: Sequence[int]) -> None:
    """Raise unless those of the order that are still there stand as it left them."""
    there = [row.pk for row in rows if row.pk in set(order)]
    if there != [pk for pk in order if pk in set(there)]:
        raise Moved


_BACK: dict[Entry.Verb, Callable[[Question, Entry, User | None], None]] = {
    Entry.Verb.ADDED_ITEM: _added_item,
    Entry.Verb.REMOVED_ITEM: _removed_item,
    Entry.Verb.RESTORED_ITEM: _restored_item,
    Entry.Verb.CHANGED_ITEM: _changed_item,
    Entry.Verb.ADDED_GROUP: _added_group,
    Entry.Verb.CHANGED_GROUP: _changed_group,
    Entry.Verb.REMOVED_GROUP: _removed_group,
    Entry.Verb.CHANGED_QUESTION: _changed_question,
}
