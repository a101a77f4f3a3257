from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from gradebook.models import Exam, Membership, Question
from rubrics.words import begins
from scoring.models.copy import Copy
from submissions.models import Answer, Submission

LONGEST = 2000  # of a reason or a reply, in characters
A_GIST = 120


def _who() -> models.ForeignKey[object, object]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )


class RegradeWindow(models.Model):
    """From when until when students may ask for regrades of an exam. Without one they may not."""

    exam = models.OneToOneField(Exam, models.CASCADE, related_name="regrade_window")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    by = _who()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="a_window_closes_after_it_opens",
                violation_error_message="It has to close after it opens.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam}: {self.opens_at:%Y-%m-%d %H:%M} to {self.closes_at:%Y-%m-%d %H:%M}"


class RegradeTerms(models.Model):
    """What holds for regrades of one question: nobody may ask, or whom requests go to."""

    question = models.OneToOneField(Question, models.CASCADE, related_name="regrade_terms")
    closed = models.BooleanField(default=False)
    grader = _who()
    by = _who()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.question}: {'closed' if self.closed else self.grader or 'open'}"


class RegradeQuerySet(models.QuerySet["Regrade"]):
    def open(self) -> RegradeQuerySet:
        """Only those that wait for a reply, about parts that are still in the exam."""
        return self.filter(withdrawn_at=None, reply=None, answer__isnull=False)


class Regrade(models.Model):
    """A student asks that an answer be looked at again: whose, why, when, and whom it is put to.

    It is open until it has a reply, its student withdraws it, or its part is removed from the
    exam. Without `grader` it is put to everybody who grades.
    """

    # Gone with its part; paper and number stay, so that what was said still can be read.
    answer = models.ForeignKey(
        Answer, models.SET_NULL, null=True, blank=True, related_name="regrades"
    )
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="regrades")
    number = models.CharField(max_length=32)  # the part's, on the copy the student had in front
    student = models.ForeignKey(Membership, models.CASCADE, related_name="regrades")
    # What the student had in front; gone with its release.
    copy = models.ForeignKey(Copy, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    grader = _who()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = RegradeQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "student"],
                condition=Q(withdrawn_at=None),
                name="a_student_asks_once_about_an_answer",
                violation_error_message="You have asked about this part already.",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_regrade_has_a_reason"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("reason"), LONGEST),
                name="a_reason_is_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return f"regrade of {self.number} of {self.submission}"

    @property
    def gist(self) -> str:
        """How the reason begins, for a list."""
        return begins(self.reason, A_GIST)

    @property
    def is_open(self) -> bool:
        return (
            self.withdrawn_at is None and self.answer_id is not None and not hasattr(self, "reply")
        )


class RegradeReply(models.Model):
    """What the student is told, by whom and when, and what the copy said before and after.

    Scores in hundredths, None for a part nobody had graded. With a change `earlier` keeps the
    student's whole result as it was frozen until then.
    """

    regrade = models.OneToOneField(Regrade, models.CASCADE, related_name="reply")
    text = models.TextField()
    changed = models.BooleanField()
    before = models.IntegerField(null=True, blank=True)
    after = models.IntegerField(null=True, blank=True)
    earlier = models.JSONField(null=True, blank=True)  # scoring.results.to_json
    by = _who()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "regrade replies"
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_reply_says_something"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("text"), LONGEST), name="a_reply_is_not_too_long"
            ),
            models.CheckConstraint(
                condition=Q(changed=True)
                | Q(before=F("after"))
                | Q(before__isnull=True, after__isnull=True),
                name="a_score_moves_only_with_a_change",
            ),
        ]

    def __str__(self) -> str:
        return f"reply to {self.regrade}"

    @property
    def moved(self) -> int:
        """Return by how many hundredths the student's score moved."""
        return (self.after or 0) - (self.before or 0)
