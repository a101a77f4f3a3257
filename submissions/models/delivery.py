from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Exam
from submissions.models.upload import Upload


class Delivery(models.Model):
    """A large file on its way in, in parts, so that a lost connection loses one part of it.

    Name, size and time of change tell a person's file from the others when it is chosen again.
    """

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="deliveries")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()  # bytes
    modified = models.BigIntegerField()  # as its sender's machine says, milliseconds
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    # Whoever takes the whole file in has it until then; the time says whose it is.
    taken_until = models.DateTimeField(null=True, blank=True)
    # What became of it. The parts are gone then.
    upload = models.ForeignKey(Upload, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["started_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "sent_by", "name", "size", "modified"],
                name="a_person_sends_a_file_once_at_a_time",
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="a_delivery_holds_something"),
        ]

    def __str__(self) -> str:
        return self.name


class Part(models.Model):
    """One piece of a delivery, kept under its content's hash until the file is whole."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()  # from 0
    file = models.FileField(upload_to="", max_length=200)
    arrived_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "number"], name="a_part_of_a_delivery_arrives_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery}, part {self.number}"
