"""Groups of a question's rubric: made, renamed, to pick one from or not, ordered, dissolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Max

from gradebook.models import Question, User
from rubrics.edits import held, keep_one_each, write
from rubrics.models import Entry, Group


def add_group(question: Question, *, text: str, exclusive: bool, by: User | None) -> Group:
    """Add a group at the end of the rubric."""
    with held(question):
        last = question.groups.aggregate(last=Max("position"))["last"]
        group = Group.objects.create(
            question=question,
            text=text,
            exclusive=exclusive,
            position=0 if last is None else last + 1,
        )
        write(question, Entry.Verb.ADDED_GROUP, by, after=group_facts(group))
        return group


def change_group(group: Group, *, text: str, exclusive: bool, by: User | None) -> Group:
    """Change a group; made exclusive, every answer keeps the item marked last."""
    with held(group.question):
        group.refresh_from_db()
        before = group_facts(group)
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


def order_groups(question: Question, pks: Sequence[int], *, by: User | None) -> None:
    """Put the groups in this order; those not named keep theirs, after the named ones."""
    with held(question):
        groups = {group.pk: group for group in question.groups.all()}
        before = list(groups)
        wanted = [pk for pk in dict.fromkeys(pks) if pk in groups]
        wanted += [pk for pk in before if pk not in set(wanted)]
        if wanted == before:
            return
        for position, pk in enumerate(wanted):
            groups[pk].position = position
        Group.objects.bulk_update(groups.values(), ["position"])
        write(
            question,
            Entry.Verb.CHANGED_GROUP,
            by,
            before={"order": before},
            after={"order": wanted},
        )


def group_facts(group: Group) -> dict[str, Any]:
    """Return what the history keeps of a group."""
    return {"group": group.pk, "text": group.text, "exclusive": group.exclusive}
