from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Question


class Group(models.Model):
    """Items that belong together; of an exclusive group one at most applies."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="groups")
    text = models.CharField(max_length=500)
    exclusive = models.BooleanField("pick one", default=True)
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="a_group_has_a_text")]

    def __str__(self) -> str:
        return self.text


class ItemQuerySet(models.QuerySet["Item"]):
    def offered(self) -> ItemQuerySet:
        """Leave out what was removed; its marks are gone, but its line in the history stays."""
        return self.filter(removed_at=None)


class Item(models.Model):
    """One line of a question's rubric: a remark and the points it moves, signed as they act."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="items")
    group = models.ForeignKey(Group, models.SET_NULL, null=True, blank=True, related_name="items")
    text = models.TextField(blank=True)  # Markdown and $$…$$; empty: nobody described it yet
    # Hundredths; −50 takes half a point. Empty: a remark without points.
    points = models.IntegerField(null=True, blank=True)
    position = models.IntegerField(default=0)
    note = models.TextField(blank=True)  # for graders alone: no student ever sees it
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["question", "position"])]

    def __str__(self) -> str:
        return self.text or "(no description yet)"
