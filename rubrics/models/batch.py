from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Question


class Batch(models.Model):
    """Many answers to a question graded by one act, which is undone as one: who, when, what of.

    Marks and gradings say which batch they came by. Undoing keeps the line and says who undid it.
    """

    # Made by the browser, so that sending it twice grades once.
    key = models.UUIDField(unique=True)
    question = models.ForeignKey(Question, models.CASCADE, related_name="batches")
    group = models.CharField(max_length=200)  # what they were offered as: "A + C", "Left blank"
    answers = models.PositiveIntegerField()  # how many were graded
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(condition=Q(answers__gte=1), name="a_batch_grades_something"),
            models.CheckConstraint(
                condition=Q(undone_by=None) | Q(undone_at__isnull=False),
                name="who_undid_a_batch_did_so_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answers} × {self.group}"
