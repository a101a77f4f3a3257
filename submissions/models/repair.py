from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Exam
from submissions.models.submission import Answer, Submission
from submissions.models.upload import Page, Upload


class Repair(models.Model):
    """One act of a person on pages and papers: who, when, what, and what can be put back.

    `before` and `after` hold the rows it changed, by key, as `submissions.repairs` writes them:
    {"pages": {"7": {"state": "placed", …}}, "papers": {"3": None}, "accepted": {"3": 0}}. None: no
    such row. Undoing it keeps the line and says who undid it.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm"
        MOVE = "move"
        START = "start"
        INSERT = "insert"
        TURN = "turn"
        DISCARD = "discard"
        RESTORE = "restore"
        REPLACE = "replace"
        SPLIT = "split"
        JOIN = "join"
        ACCEPT = "accept"

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="repairs")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    words = models.CharField(max_length=200)  # "Page 3 of paper 2 was turned."
    before = models.JSONField()
    after = models.JSONField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_by=None) | Q(undone_at__isnull=False),
                name="who_undid_a_repair_did_so_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.words


class LookAgain(models.Model):
    """Pages of an answer changed after it was graded; it waits for a grader who looks once more.

    The grade stands meanwhile. Kept when somebody has looked, for it says who.
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="looks")
    repair = models.ForeignKey(Repair, models.CASCADE, related_name="looks")
    reason = models.CharField(max_length=200)  # "Page 3 was turned."
    at = models.DateTimeField(default=timezone.now)
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "repair"],
                condition=Q(looked_at=None),
                name="an_answer_waits_once_for_each_repair",
            ),
            models.CheckConstraint(
                condition=Q(looked_by=None) | Q(looked_at__isnull=False),
                name="who_looked_again_did_so_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer}: {self.reason}"


class Acceptance(models.Model):
    """Somebody took a paper as it stood, with so many pages missing. It asks again for more."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="acceptance")
    missing = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.submission} with {self.missing} missing"


class Rescan(models.Model):
    """A file of one page that was sent for a place of a paper, or in place of another scan."""

    upload = models.OneToOneField(Upload, models.CASCADE, related_name="rescan")
    # The page that gives way; none where the place was empty.
    page = models.ForeignKey(Page, models.SET_NULL, null=True, blank=True, related_name="rescans")
    # The empty place.
    paper = models.ForeignKey(
        Submission, models.SET_NULL, null=True, blank=True, related_name="rescans"
    )
    number = models.PositiveIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.upload} for {self.page or self.paper}"


class Photograph(models.Model):
    """A photograph that was drawn upright when a person laid it: before and after.

    The page and the rows of its repairs name these files; while this row stands, undoing and
    redoing find them.
    """

    page = models.ForeignKey(Page, models.CASCADE, related_name="photographs")
    sheet = models.FileField(upload_to="", max_length=200)
    image = models.FileField(upload_to="", max_length=200)
    drawn_sheet = models.FileField(upload_to="", max_length=200)
    drawn_image = models.FileField(upload_to="", max_length=200)

    def __str__(self) -> str:
        return f"{self.page}, as photographed"
