from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from submissions.models.upload import Page


class NameCheck(models.Model):
    """Somebody looked whether a page shows a name, for graders who must not see any.

    It was said of one picture. A page that is turned, or covered elsewhere, shows another one,
    and waits to be looked at again. `by` is empty where the machine saw that the page is blank.
    """

    page = models.OneToOneField(Page, models.CASCADE, related_name="name_check")
    picture = models.CharField(max_length=200)  # the stored file that was looked at
    shows_name = models.BooleanField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.page}: {'a name' if self.shows_name else 'no name'}"
