from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Question
from submissions.models.upload import Page


class Choice(models.Model):
    """What of a question's options looks marked on a page. Nobody is graded by it.

    `ink` has a line for every option that was read, by its key: square millimetres of full
    darkness that the print does not explain. It is a reading of the question's options as they are
    only as long as these are the same; `marked` are keys of some of them. None is there of a
    page that does not lie well.
    """

    page = models.ForeignKey(Page, models.CASCADE, related_name="choices")
    question = models.ForeignKey(Question, models.CASCADE, related_name="choices")
    marked = models.JSONField(default=list, blank=True)
    ink = models.JSONField(default=dict)
    certainty = models.FloatField()
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["page", "question"], name="a_choice_is_read_once_from_a_page"
            ),
            models.CheckConstraint(
                condition=Q(certainty__gte=0) & Q(certainty__lte=1),
                name="a_choices_certainty_lies_between_0_and_1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} on {self.page}"
