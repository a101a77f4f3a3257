from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Exam, Membership
from scoring.models.copy import Copy
from scoring.models.regrade import RegradeReply


class Letter(models.Model):
    """The e-mail that tells a student of a released copy, or that a regrade request was answered.

    One for each copy and each reply, with how it went.

    It is taken before it is sent, so that no two workers send it; one whose worker died between
    the two is UNKNOWN, and goes out again only if a person says so.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not delivered"
        UNKNOWN = "unknown", "Unclear"
        CALLED_OFF = "called off", "Called off"

    # What a person may send again.
    STUCK: ClassVar = [State.FAILED, State.UNKNOWN]

    copy = models.OneToOneField(Copy, models.CASCADE, null=True, blank=True, related_name="letter")
    reply = models.OneToOneField(
        RegradeReply, models.CASCADE, null=True, blank=True, related_name="letter"
    )
    address = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(copy__isnull=True) ^ Q(reply__isnull=True),
                name="a_letter_tells_of_a_copy_or_of_a_reply",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["queued", "sending", "sent", "failed", "unknown", "called off"]
                ),
                name="a_letter_is_in_a_state_we_know",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False),
                name="a_sent_letter_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "unknown", "called off"]) | ~Q(reason=""),
                name="a_letter_that_went_wrong_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"letter to {self.address}"

    @property
    def student(self) -> Membership | None:
        """Whom it goes to."""
        if self.copy is not None:
            return self.copy.student
        assert self.reply is not None
        return self.reply.regrade.student

    @property
    def exam(self) -> Exam:
        if self.copy is not None:
            return self.copy.submission.exam
        assert self.reply is not None
        return self.reply.regrade.submission.exam
