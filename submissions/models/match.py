from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Exam, Membership
from submissions.models.submission import Submission


class Match(models.Model):
    """Whose paper it is. `by` is empty where the machine was sure; a person's word stands."""

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="matches")
    submission = models.OneToOneField(Submission, models.CASCADE, related_name="match")
    membership = models.ForeignKey(Membership, models.RESTRICT, related_name="matches")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Set for a person's word, which outlives the person's account.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    certainty = models.FloatField(default=1.0)
    matched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "membership"],
                name="a_student_has_one_paper_an_exam",
                violation_error_message="This student has a paper already.",
            ),
            models.CheckConstraint(
                condition=Q(certainty__gte=0) & Q(certainty__lte=1),
                name="certainty_lies_between_0_and_1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission}: {self.membership}"


class Denial(models.Model):
    """A person took a paper back from a student whom the machine gave it: it is not theirs.

    The machine gives nobody a paper that was taken from it; a person who gives it to that student
    after all takes this away.
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="denials")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="denials")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "membership"], name="a_paper_is_denied_a_student_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission}: not {self.membership}"


class Reading(models.Model):
    """What was read from a paper's name and ID regions, and who on the roster it may be."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="reading")
    name = models.CharField(max_length=200, blank=True)
    sid = models.CharField(max_length=100, blank=True)
    # A hash over the crops and the blank template's: another crop is read anew.
    source = models.CharField(max_length=64, blank=True)
    # The recogniser's own scores, so that matching again after the roster changed needs no
    # second reading: see submissions/readings.py.
    name_scores = models.FileField(upload_to="", max_length=200, blank=True)
    sid_scores = models.FileField(upload_to="", max_length=200, blank=True)
    # Best first: [{"membership": 7, "certainty": 0.93, "name": 0.9, "sid": 0.97}, …]
    candidates = models.JSONField(default=list, blank=True)
    reason = models.TextField(blank=True)
    read_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.submission}: {self.name} {self.sid}"
