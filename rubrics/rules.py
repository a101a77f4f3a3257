"""How one question is scored: from full marks or from zero, and its clamps; or as its exam."""

from __future__ import annotations

from typing import Any

from gradebook.models import Question, User
from rubrics.edits import held, write
from rubrics.models import Entry

FIELDS = ("scoring", "floor", "ceiling")


def rules_of(question: Question) -> dict[str, Any]:
    """Return what the question says for itself; "" and None where it leaves that to its exam."""
    return {name: getattr(question, name) for name in FIELDS}


def change_rules(question: Question, values: dict[str, Any], *, by: User | None) -> Question:
    """Set some of `FIELDS` and rescore the question's answers; nothing changed writes nothing."""
    with held(question):
        question.refresh_from_db(fields=list(FIELDS))
        before = rules_of(question)
        after = {**before, **values}
        if after != before:
            for name in FIELDS:
                setattr(question, name, after[name])
            question.save(update_fields=list(FIELDS))
            write(question, Entry.Verb.CHANGED_QUESTION, by, before=before, after=after)
        return question
