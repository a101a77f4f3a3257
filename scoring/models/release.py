from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Exam


class ReleaseQuerySet(models.QuerySet["Release"]):
    def standing(self) -> ReleaseQuerySet:
        return self.filter(taken_back_at=None)


class Release(models.Model):
    """The one act after which students see their results, frozen as they were then."""

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="releases")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["exam"],
                condition=Q(taken_back_at=None),
                name="one_release_of_an_exam_stands",
                violation_error_message="This exam is released already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam}, released {self.at:%Y-%m-%d %H:%M}"
