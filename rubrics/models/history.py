from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from gradebook.models import Exam


class EntryQuerySet(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The history is only ever added to.")

    def delete(self) -> NoReturn:
        raise TypeError("The history is only ever added to.")


class Entry(models.Model):
    """One line of the history: who did what to which answer or item, when. Append-only.

    Answers, questions and items are named by number, not bound by a foreign key: what was done
    to something stays known after it is gone. `before` and `after` hold what is needed to
    replay or undo it.
    """

    class Verb(models.TextChoices):
        APPLIED = "applied"
        LIFTED = "lifted"
        ADJUSTED = "adjusted"
        COMMENTED = "commented"
        GRADED = "graded"
        UNGRADED = "ungraded"
        FLAGGED = "flagged"
        UNFLAGGED = "unflagged"
        NOTED = "noted"
        ANNOTATED = "annotated"
        ERASED = "erased"
        ADDED_ITEM = "added item"
        CHANGED_ITEM = "changed item"
        REMOVED_ITEM = "removed item"
        RESTORED_ITEM = "restored item"
        ADDED_GROUP = "added group"
        CHANGED_GROUP = "changed group"
        REMOVED_GROUP = "removed group"
        CHANGED_QUESTION = "changed question"
        CHANGED_EXAM = "changed exam"
        REMOVED_QUESTION = "removed question"
        RELEASED = "released"
        TOOK_BACK = "took back"
        ASKED_REGRADE = "asked for a regrade"
        WITHDREW_REGRADE = "withdrew a regrade"
        PASSED_REGRADE = "passed on a regrade"
        SET_REGRADES = "set regrades"
        ANSWERED_REGRADE = "answered a regrade"

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="entries")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    answer_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    question_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    item_id = models.BigIntegerField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    at = models.DateTimeField(default=timezone.now)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "entries"
        indexes = [
            # Pages ask every few seconds whether a rubric changed; a history is mostly clicks.
            models.Index(
                fields=["question_id", "-id"],
                condition=models.Q(answer_id=None),
                name="edits_of_a_rubric_latest_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.verb}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("The history is only ever added to.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The history is only ever added to.")
