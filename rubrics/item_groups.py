"""Groups of a question's rubric: made, renamed, to pick one from or not, ordered, dissolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Max

from gradebook.models import Question, User
from rubrics.edits import held, keep_one_each, not_overtaken, order_facts, ordered, write
from rubrics.models import Entry, Group


def add_group(question: Question, *, text: str, exclusive: bool, by: User | None) -> Group:
    """Add a group at the end of the rubric."""
    with held(question):
        return put_group(question, text=text, exclusive=exclusive, by=by)


def put_group(question: Question, *, text: str, exclusive: bool, by: User | None) -> Group:
    """Add a group as `add_group` does, to a question that is held."""
    last = question.groups.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    group = Group.objects.create(
        question=question, text=text, exclusive=exclusive, position=position
    )
    write(question, Entry.Verb.ADDED_GROUP, by, after=group_facts(group))
    return group


def change_group(
    group: Group, *, text: str, exclusive: bool, by: User | None, seen: int | None = None
) -> Group:
    """Change a group; made exclusive, every answer keeps the item marked last.

    `seen` is the version of the rubric it was read from; Overtaken if it was changed since.
    """
    with held(group.question):
        group.refresh_from_db()
        before = group_facts(group)
        pick = "one of it is picked" if group.exclusive else "any number of it is picked"
        told = {"text": f"its name is “{group}”", "exclusive": pick}
        which = {"verb": Entry.Verb.CHANGED_GROUP, "after__group": group.pk}
        not_overtaken(group.question, seen, told, told, **which)
        group.text, group.exclusive = text, exclusive
        group.save(update_fields=["text", "exclusive"])
        lifted = keep_one_each(group, by) if exclusive else []
        after = group_facts(group)
        if after != before:
            before["lifted"] = lifted
            write(group.question, Entry.Verb.CHANGED_GROUP, by, before=before, after=after)
        return group


def remove_group(group: Group, *, by: User | None) -> None:
    """Dissolve a group; its items stay, and stay applied."""
    with held(group.question):
        group.refresh_from_db()
        items = list(group.items.offered().values_list("pk", flat=True))
        before = {**group_facts(group), "position": group.position, "items": items}
        write(group.question, Entry.Verb.REMOVED_GROUP, by, before=before)
        group.delete()


def restore_group(question: Question, before: dict[str, Any], *, by: User | None) -> Group:
    """Make a dissolved group again as the history kept it (`remove_group`), its items in it.

    Who was put into another group since stays there.
    """
    with held(question):
        fields = {name: before[name] for name in ("text", "exclusive", "position")}
        group = Group.objects.create(pk=before["group"], question=question, **fields)
        question.items.filter(pk__in=before["items"], group=None).update(group=group)
        if group.exclusive:
            keep_one_each(group, by)
        write(question, Entry.Verb.ADDED_GROUP, by, after=group_facts(group))
        return group


def order_groups(question: Question, pks: Sequence[int], *, by: User | None) -> None:
    """Put the groups in this order; those not named keep theirs, after the named ones."""
    with held(question):
        groups = list(question.groups.all())
        wanted = ordered(groups, pks)
        if wanted != groups:
            Group.objects.bulk_update(wanted, ["position"])
            write(question, Entry.Verb.CHANGED_GROUP, by, **order_facts(groups, wanted))


def group_facts(group: Group) -> dict[str, Any]:
    """Return what the history keeps of a group."""
    return {"group": group.pk, "text": group.text, "exclusive": group.exclusive}
