from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.counted import counted
from gradebook.models.course import Course


class Scoring(models.TextChoices):
    NEGATIVE = "negative", "Start from full marks"
    POSITIVE = "positive", "Start from zero"


class RubricShown(models.TextChoices):
    ALL = "all", "Every rubric item"
    APPLIED = "applied", "Only the items that apply"
    NONE = "none", "No items, only scores"


class DistributionShown(models.TextChoices):
    NONE = "none", "Nothing of how others did"
    FIGURES = "figures", "Mean and median"
    HISTOGRAM = "histogram", "Mean, median and a histogram"


class RubricEditors(models.TextChoices):
    GRADERS = "graders", "Everyone who grades"
    INSTRUCTORS = "instructors", "Instructors only"


class ExamQuerySet(models.QuerySet["Exam"]):
    def standing(self) -> ExamQuerySet:
        """Leave out those that are being deleted."""
        return self.filter(going_since=None)


class Exam(models.Model):
    """One exam of a course, and what holds for all its questions unless they say otherwise."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="exams")
    name = models.CharField(max_length=200)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    scoring = models.CharField(max_length=8, choices=Scoring.choices, default=Scoring.NEGATIVE)
    floor = models.BooleanField("no part goes below 0", default=True)
    ceiling = models.BooleanField("no part goes above its points", default=True)
    bonus_on_top = models.BooleanField(
        "bonus questions come on top",
        default=False,
        help_text="If on, their points are not part of what the exam is out of.",
    )
    anonymous = models.BooleanField("graders see no names", default=True)
    random_order = models.BooleanField(
        "graders meet papers in a random order",
        default=False,
        help_text="Another one for each question, the same for everybody.",
    )
    rubric_shown = models.CharField(
        "students see", max_length=7, choices=RubricShown.choices, default=RubricShown.ALL
    )
    distribution_shown = models.CharField(
        "of the class, students see",
        max_length=9,
        choices=DistributionShown.choices,
        default=DistributionShown.NONE,
    )
    rubric_editors = models.CharField(
        "rubrics are edited by",
        max_length=11,
        choices=RubricEditors.choices,
        default=RubricEditors.GRADERS,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    # Its deletion was asked for then: nobody reaches it any more, see access.require_exam.
    going_since = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ExamQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "name"],
                name="an_exam_is_named_once_a_course",
                violation_error_message="This course has an exam of this name already.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="an_exam_has_a_name"),
            models.CheckConstraint(
                condition=Q(scoring__in=["negative", "positive"]), name="scoring_is_one_we_know"
            ),
            models.CheckConstraint(
                condition=Q(rubric_editors__in=["graders", "instructors"]),
                name="rubrics_are_edited_by_graders_or_instructors",
            ),
            models.CheckConstraint(
                condition=Q(distribution_shown__in=["none", "figures", "histogram"]),
                name="of_the_class_students_see_what_we_know",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Template(models.Model):
    """The blank exam. Another one may replace it; the latest counts."""

    exam = models.OneToOneField(Exam, models.CASCADE, related_name="template")
    file = models.FileField(upload_to="", max_length=200)
    sha256 = models.CharField(max_length=64)
    page_count = models.PositiveIntegerField()
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(page_count__gt=0), name="a_template_has_pages"),
        ]

    def __str__(self) -> str:
        return f"{self.exam}, {counted(self.page_count, 'page')}"


class TemplatePage(models.Model):
    """A page of the blank exam as an upright picture; sizes in points (1/72 inch)."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    width = models.FloatField()
    height = models.FloatField()
    image = models.FileField(upload_to="", max_length=200)
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"], name="a_template_page_is_there_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1) & Q(width__gt=0) & Q(height__gt=0),
                name="a_template_page_has_a_size",
            ),
        ]

    def __str__(self) -> str:
        return f"page {self.number}"
