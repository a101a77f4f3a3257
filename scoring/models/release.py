from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from gradebook.models import Exam, Section


class ReleaseQuerySet(models.QuerySet["Release"]):
    def standing(self) -> ReleaseQuerySet:
        """Return those of which somebody sees a result: neither taken back nor replaced whole."""
        from scoring.models.copy import Copy  # a copy knows its release

        seen = Copy.objects.filter(release=OuterRef("pk"), withdrawn_at=None)
        return self.filter(Exists(seen), taken_back_at=None)


class Release(models.Model):
    """The one act after which students see their results, frozen as they were then."""

    class To(models.TextChoices):
        ALL = "all", "Everyone"
        REST = "rest", "Everyone who sees nothing yet"
        SECTIONS = "sections", "Some sections"

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="releases")
    to = models.CharField(max_length=8, choices=To.choices, default=To.ALL)
    sections = models.ManyToManyField(Section, related_name="+", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # How the class did, as far as its students may know: scoring.distribution. Frozen as well.
    distribution = models.JSONField(null=True, blank=True)
    # Which question each number stood for: the outline may be changed later, the copies not.
    parts = models.JSONField(default=dict, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to__in=["all", "rest", "sections"]),
                name="a_release_is_to_all_the_rest_or_sections",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam}, released {self.at:%Y-%m-%d %H:%M}"

    @property
    def audience(self) -> str:
        """Say to whom it went: "Everyone", or "Section A, Section B"."""
        if self.to == self.To.SECTIONS:
            return ", ".join(section.name for section in self.sections.all()) or "Some sections"
        return self.To(self.to).label
