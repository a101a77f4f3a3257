"""Row locks that keep a score from being stored stale.

A click changes one answer; an edit of an item, a question's points or its scoring changes the
scores of all its answers. Clicks share the question's row, edits hold it, so no click can read
the points before an edit and store its sum after it. SQLite has one writer at a time and needs
no row locks: its transactions take the write lock when they begin.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from gradebook.models import Question


def share_question(pk: int) -> None:
    """Let other clicks on, keep edits off until this transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM gradebook_question WHERE id = %s FOR SHARE", [pk])


def hold_questions(pks: Iterable[int]) -> int:
    """Keep clicks and other edits off these questions until this transaction ends.

    Returns how many of them are there: one may have gone meanwhile.
    """
    # One order for everybody: two edits that hold the same questions never wait in a ring.
    return len(
        Question.objects.select_for_update(no_key=True).filter(pk__in=list(pks)).order_by("pk")
    )
