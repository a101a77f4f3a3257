from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from rubrics.models.mark import Said
from rubrics.models.rubric import Item
from submissions.models import Answer


class SecondLook(Said):
    """Somebody asked that a graded answer be graded once more, by another grader, blind."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="second_look")

    def __str__(self) -> str:
        return f"second look at {self.answer}"


class SecondGrade(Said):
    """What the second grader said, and what stood then: both as they were at that moment.

    Scores in hundredths. It moves nobody's score: what differs waits to be settled.
    """

    look = models.OneToOneField(SecondLook, models.CASCADE, related_name="grade")
    items = models.ManyToManyField(Item, related_name="+", blank=True)
    adjustment = models.IntegerField(default=0)
    score = models.IntegerField()
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    first_items = models.ManyToManyField(Item, related_name="+", blank=True)
    first_score = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_by=None) | Q(by=None) | ~Q(first_by=models.F("by")),
                name="nobody_looks_twice_at_their_own_grading",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.look}: {self.score}"

    @property
    def difference(self) -> int:
        """Return how many hundredths more the second grader gave."""
        return self.score - self.first_score


class Settlement(models.Model):
    """Somebody said which of two gradings stands, where they differed."""

    class Took(models.TextChoices):
        FIRST = "first", "The first"
        SECOND = "second", "The second"

    grade = models.OneToOneField(SecondGrade, models.CASCADE, related_name="settlement")
    took = models.CharField(max_length=6, choices=Took.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(took__in=["first", "second"]), name="a_settlement_takes_one_of_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grade}: {self.took}"
