from __future__ import annotations

from django.conf import settings
from django.db import models

from gradebook.models import Question
from rubrics.models.mark import Said


class Assignment(Said):
    """A grader is asked to grade a question: by whom, when. It guides; others may grade it too."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="assignments")
    grader = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "grader"], name="a_grader_is_assigned_once_to_a_question"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grader}: {self.question}"
