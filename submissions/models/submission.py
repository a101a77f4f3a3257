from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Exam, Question, Region
from submissions.lots import draw_lot


class Submission(models.Model):
    """One student's paper, whoever it turns out to be."""

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="submissions")
    number = models.PositiveIntegerField()  # "paper 85", in the order they came in
    code_name = models.CharField(max_length=40)  # "kestrel-41", what graders see
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "number"], name="a_paper_is_numbered_once_an_exam"
            ),
            models.UniqueConstraint(
                fields=["exam", "code_name"], name="a_code_name_is_used_once_an_exam"
            ),
        ]

    def __str__(self) -> str:
        return f"paper {self.number}"


class Answer(models.Model):
    """What one paper holds for one leaf of the outline, and what it scores.

    `score` and `graded` follow from marks, adjustment and the outline; only
    `rubrics.scores.rescore` writes them, in the transaction of what changed them.
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.CASCADE, related_name="answers")
    score = models.IntegerField(default=0)  # hundredths
    graded = models.BooleanField(default=False)
    # Ink in its regions that is not print: square millimetres; unknown if a page is missing
    # or did not fit well.
    ink = models.FloatField(null=True, blank=True)

    # Drawn once: where it comes when papers are walked in a random order.
    lot = models.IntegerField(default=draw_lot)

    class Meta:
        indexes = [
            models.Index(fields=["question", "graded"]),
            models.Index(fields=["question", "lot"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "question"], name="a_paper_answers_a_question_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission}, {self.question}"


class Crop(models.Model):
    """A region cut out of a page along its fit: the written name, the ID, an answer."""

    page = models.ForeignKey("submissions.Page", models.CASCADE, related_name="crops")
    region = models.ForeignKey(Region, models.CASCADE, related_name="crops")
    image = models.FileField(upload_to="", max_length=200)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    ink = models.FloatField(null=True, blank=True)  # mm² that is not print

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["page", "region"], name="a_region_is_cut_once_from_a_page"
            ),
            models.CheckConstraint(
                condition=Q(width__gt=0) & Q(height__gt=0), name="a_crop_has_a_size"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} of {self.page}"
