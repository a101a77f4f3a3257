from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Course, Exam, Membership


class Archiving(models.Model):
    """Somebody took an exam's archive to the end: who, when, how large."""

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="archivings")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    size = models.PositiveBigIntegerField()  # bytes

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"archive of {self.exam}, {self.size} bytes"


class Deletion(models.Model):
    """An exam, or a student's data, was deleted for good or is being: all that stays of it.

    `exam` or `membership` says what goes, and is gone with it. Of a student no name is kept.
    """

    class Kind(models.TextChoices):
        EXAM = "exam", "An exam"
        STUDENT = "student", "A student’s data"

    course = models.ForeignKey(Course, models.CASCADE, related_name="deletions")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    exam = models.ForeignKey(Exam, models.SET_NULL, null=True, blank=True, related_name="+")
    membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=200, blank=True)  # the exam's
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    papers = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    # Hashes of files whose rows are gone, for who goes on after a killed worker; empty at the end.
    left = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["exam", "student"]),
                name="a_deletion_is_of_an_exam_or_a_student",
            ),
            models.CheckConstraint(
                condition=~Q(kind="student") | Q(name=""), name="a_deleted_student_has_no_name"
            ),
            models.UniqueConstraint(
                fields=["exam"],
                condition=Q(exam__isnull=False),
                name="an_exam_is_deleted_once",
                violation_error_message="This exam is being deleted already.",
            ),
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(membership__isnull=False),
                name="a_student_is_deleted_once",
                violation_error_message="This student’s data are being deleted already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.Kind(self.kind).label}, deleted"
