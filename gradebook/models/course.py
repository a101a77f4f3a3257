from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Role(models.TextChoices):
    INSTRUCTOR = "instructor", "Instructor"
    GRADER = "grader", "Grader"
    STUDENT = "student", "Student"

    @property
    def rank(self) -> int:
        """Order roles by what they may do: a higher rank may do all a lower one may."""
        return {"student": 1, "grader": 2, "instructor": 3}[self.value]


class Course(models.Model):
    name = models.CharField(max_length=200)
    term = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "term"],
                name="a_course_is_named_once_a_term",
                violation_error_message="There is a course of this name in this term already.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="a_course_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.term}" if self.term else self.name

    def local(self, at: datetime) -> datetime:
        """Return a moment as the course's clocks show it: what people read goes through here."""
        return at.astimezone(ZoneInfo(self.time_zone))

    def clocks(self) -> timezone.override:
        """Let forms read and show times by the course's clocks while the block lasts."""
        return timezone.override(ZoneInfo(self.time_zone))

    def moment(self, at: datetime) -> str:
        """Say a moment of the exam's weeks, as every page and answer does: "3 Mar, 10:31"."""
        local = self.local(at)
        return f"{local.day} {local:%b, %H:%M}"


class Section(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="sections")
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "name"], name="a_section_is_named_once_a_course"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def present(self) -> MembershipQuerySet:
        """Leave out who left the course; what they did stays."""
        return self.filter(left_at=None)

    def students(self) -> MembershipQuerySet:
        return self.present().filter(role=Role.STUDENT)

    def by_name(self) -> MembershipQuerySet:
        return self.order_by("user__last_name", "user__first_name", "user__email")


class Membership(models.Model):
    """A person's place in a course: one role, and a student number if they have one."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    sid = models.CharField("student ID", max_length=64, blank=True)
    sections = models.ManyToManyField(Section, related_name="memberships", blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "user"], name="a_person_has_one_role_in_a_course"
            ),
            models.UniqueConstraint(
                fields=["course", "sid"],
                condition=~Q(sid=""),
                name="a_student_id_is_used_once_a_course",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["instructor", "grader", "student"]),
                name="a_role_is_one_we_know",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
