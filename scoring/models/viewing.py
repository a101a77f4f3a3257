from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from scoring.models.copy import Copy


class Viewing(models.Model):
    """A student opened a released copy, as a page or through the API."""

    copy = models.ForeignKey(Copy, models.CASCADE, related_name="viewings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.by} looked at the {self.copy}"
