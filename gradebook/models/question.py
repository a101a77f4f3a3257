from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.db.models import F, Q

from gradebook.models.exam import Exam, Scoring


class QuestionQuerySet(models.QuerySet["Question"]):
    def leaves(self) -> QuestionQuerySet:
        """Only the parts that carry points."""
        return self.filter(points__isnull=False)


class Question(models.Model):
    """A node of the outline. Leaves carry points; groups have none and sum their parts.

    `order` counts all questions of an exam from the first to the last as they are read (a
    group before its parts), so that sorting by it walks the tree.
    """

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="questions")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts")
    order = models.IntegerField()
    number = models.CharField(max_length=32)  # "2.10", by its place in the tree
    label = models.CharField(max_length=32, blank=True)  # "h(iii)", as printed
    title = models.CharField(max_length=300, blank=True)
    points = models.IntegerField(null=True, blank=True)  # hundredths
    bonus = models.BooleanField(default=False)
    # Empty: as the exam says.
    scoring = models.CharField(max_length=8, choices=Scoring.choices, blank=True)
    floor = models.BooleanField(null=True, blank=True)
    ceiling = models.BooleanField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "order"], name="a_question_has_a_place_of_its_own"
            ),
            models.UniqueConstraint(
                fields=["exam", "number"], name="a_question_is_numbered_once_an_exam"
            ),
            models.CheckConstraint(
                condition=Q(points=None) | Q(points__gte=0), name="points_are_not_below_zero"
            ),
            models.CheckConstraint(
                condition=Q(scoring__in=["", "negative", "positive"]),
                name="a_questions_scoring_is_one_we_know",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Number and label as people say it: "2.5 e", or "3" where nothing is printed."""
        return f"{self.number} {self.label}".strip()

    @property
    def is_leaf(self) -> bool:
        return self.points is not None

    def rule(self, exam: Exam | None = None) -> Rule:
        """Return how this leaf is scored, the exam's defaults filled in."""
        exam = exam or self.exam
        return Rule(
            points=self.points or 0,
            scoring=Scoring(self.scoring or exam.scoring),
            floor=exam.floor if self.floor is None else self.floor,
            ceiling=exam.ceiling if self.ceiling is None else self.ceiling,
        )


class Rule(NamedTuple):
    """How a leaf is scored; `points` in hundredths."""

    points: int
    scoring: Scoring
    floor: bool
    ceiling: bool


def _on_its_page() -> Q:
    """The condition on a rectangle in fractions of its page: x, y, width, height."""
    return (
        Q(page__gte=1)
        & Q(x__gte=0)
        & Q(y__gte=0)
        & Q(width__gt=0)
        & Q(height__gt=0)
        # A hair of slack: fractions that add up to 1 on paper may not in binary.
        & Q(x__lte=1.0001 - F("width"))
        & Q(y__lte=1.0001 - F("height"))
    )


class Region(models.Model):
    """A rectangle on a template page, in fractions of it, origin top left.

    It belongs to a question, holds the written name or ID, or hides what else tells who wrote.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", "Question"
        NAME = "name", "Name"
        ID = "id", "Student ID"
        HIDDEN = "hidden", "Also hidden"

    READ = (Kind.NAME, Kind.ID)  # to tell whose paper it is

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="regions")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    question = models.ForeignKey(
        Question, models.CASCADE, null=True, blank=True, related_name="regions"
    )
    page = models.PositiveIntegerField()
    x = models.FloatField()
    y = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()

    class Meta:
        ordering = ["page", "y", "x"]
        constraints = [
            models.CheckConstraint(condition=_on_its_page(), name="a_region_lies_on_its_page"),
            models.CheckConstraint(
                condition=Q(kind="question", question__isnull=False)
                | Q(kind__in=["name", "id", "hidden"], question__isnull=True),
                name="a_region_is_a_questions_or_tells_who_wrote",
            ),
            models.UniqueConstraint(
                fields=["exam", "kind"],
                condition=Q(kind__in=["name", "id"]),
                name="name_and_id_are_written_in_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on page {self.page}"

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """x, y, width, height in fractions."""
        return (self.x, self.y, self.width, self.height)


class Option(models.Model):
    """A place on the template where a student marks a choice: a box to tick, a letter to circle.

    The rectangle is that box or letter, in fractions of its page, origin top left. All options
    of a question lie on one page.
    """

    question = models.ForeignKey(Question, models.CASCADE, related_name="options")
    position = models.PositiveIntegerField()  # among the question's options, from 0
    label = models.CharField(max_length=16)  # "A", "iv", "True"
    page = models.PositiveIntegerField()
    x = models.FloatField()
    y = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(condition=_on_its_page(), name="an_option_lies_on_its_page"),
            models.CheckConstraint(condition=~Q(label=""), name="an_option_has_a_label"),
            models.UniqueConstraint(
                fields=["question", "label"], name="an_option_is_labelled_once_a_question"
            ),
            models.UniqueConstraint(
                fields=["question", "position"], name="an_option_has_a_place_of_its_own"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """x, y, width, height in fractions."""
        return (self.x, self.y, self.width, self.height)
