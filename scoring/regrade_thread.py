"""All that was said and done about one request, in order, as the history has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rubrics.history import BY_THE_STUDENT, words
from rubrics.models import Entry
from scoring.models import Regrade
from scoring.regrades import VERBS


@dataclass(frozen=True, slots=True)
class Said:
    """Who did what when; `text` is what they wrote with it."""

    by: str
    words: str
    text: str
    at: datetime


def thread(regrade: Regrade, *, names: bool) -> list[Said]:
    """Return it, oldest first; without `names` nothing says who the student is."""
    student = str(regrade.student.user) if names else "The student"
    # The history outlives a part, but what it is of is then known by the exam alone.
    where: dict[str, Any] = {"answer_id": regrade.answer_id}
    if regrade.answer_id is None:
        where = {"exam": regrade.submission.exam_id, "verb__in": VERBS}
    entries = Entry.objects.filter(**where, after__regrade=regrade.pk).select_related("by")
    return [
        Said(
            by=student if entry.verb in BY_THE_STUDENT else str(entry.by or "Somebody"),
            words=words(entry, None),
            text=str((entry.after or {}).get("text", "")),
            at=entry.at,
        )
        for entry in entries
    ]
