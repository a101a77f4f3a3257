"""Row locks that keep a score from being stored stale.

A click changes one answer; an edit of an item, a question's points or its scoring changes the
scores of all its answers. Clicks share the question's row, edits hold it, so no click can read
the points before an edit and store its sum after it. SQLite has one writer at a time and needs
no row locks: its transactions take the write lock when they begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import DatabaseError, connection

from gradebook.models import Question

Made = TypeVar("Made")

# PostgreSQL's codes for a write that another one came before, and for two that wait for each other.
CAME_SECOND = ("40001", "40P01")


def came_second(error: DatabaseError) -> bool:
    """Whether a transaction was undone for what others did meanwhile: tried again, it may do."""
    return getattr(error.__cause__, "pgcode", "") in CAME_SECOND


def through(act: Callable[[], Made], times: int = 3) -> Made:
    """Do what is safe to repeat, in transactions of its own, again where others came first."""
    while True:
        try:
            return act()
        except DatabaseError as error:
            times -= 1
            if not times or not came_second(error):
                raise


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
