"""What may have moved by others' hands, small enough to ask every few seconds."""

from __future__ import annotations

from typing import Any

from gradebook.models import User
from rubrics.state import counts, ground, here, latest_word, progress
from rubrics.taking_back import last_edit
from submissions.models import Answer


def pulse(answer: Answer, user: User, *, names: bool) -> dict[str, Any]:
    """Return numbers that grow with rubric and answer, and what moves too often for one."""
    return {
        **ground(answer.question, user, names=names),
        "rubric": last_edit(answer.question),
        "answer": latest_word(answer),
        **here(answer, user),
        "counts": counts(answer.question),
        "progress": progress(answer.question),
    }
