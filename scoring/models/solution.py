from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Exam, Question

LONGEST = 20_000  # of a solution in words, in characters


class SolutionQuerySet(models.QuerySet["Solution"]):
    def standing(self) -> SolutionQuerySet:
        """Only those that another one has not replaced, of questions there are."""
        return self.filter(withdrawn_at=None, question__isnull=False)


class Solution(models.Model):
    """How a question is solved: in words, as a PDF, or both.

    One that was replaced or taken away is kept, as is one whose question went: a released copy
    may show it still.
    """

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="solutions")
    question = models.ForeignKey(
        Question, models.SET_NULL, null=True, blank=True, related_name="solutions"
    )
    text = models.TextField(blank=True)  # light Markdown with maths
    file = models.FileField(upload_to="", max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=255, blank=True)  # of the file, as it was sent
    page_count = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = SolutionQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["question"],
                condition=Q(withdrawn_at=None),
                name="a_question_has_one_solution",
            ),
            models.CheckConstraint(
                condition=~Q(text="") | ~Q(file=""), name="a_solution_says_something"
            ),
            models.CheckConstraint(
                condition=Q(file="", sha256="", page_count=0)
                | (~Q(file="") & ~Q(sha256="") & Q(page_count__gt=0)),
                name="the_file_of_a_solution_has_pages",
            ),
        ]

    def __str__(self) -> str:
        return f"solution of {self.question or 'a question that went'}"


class SolutionsShown(models.Model):
    """Students get the exam's solutions with their result, from the next release on."""

    exam = models.OneToOneField(Exam, models.CASCADE, related_name="solutions_shown")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "solutions shown"

    def __str__(self) -> str:
        return f"{self.exam}: solutions are shown"
