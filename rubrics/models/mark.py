from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from rubrics.models.batch import Batch
from rubrics.models.rubric import Item
from submissions.models import Answer, Page


class Said(models.Model):
    """Somebody said something about an answer: who and when."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class Mark(Said):
    """A rubric item applied to an answer."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="marks")
    item = models.ForeignKey(Item, models.RESTRICT, related_name="marks")
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, blank=True, related_name="marks")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "item"], name="an_item_applies_once_to_an_answer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer}: {self.item}"


class Grading(Said):
    """Somebody said an answer is graded although no item applies."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="grading")
    batch = models.ForeignKey(
        Batch, models.SET_NULL, null=True, blank=True, related_name="gradings"
    )

    def __str__(self) -> str:
        return f"{self.answer} is graded"


class Adjustment(Said):
    """Points given or taken beside the rubric, for one answer. Hundredths, signed."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="adjustment")
    points = models.IntegerField()
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.answer}: {self.points}"


class Comment(Said):
    """What a student is told about one answer. Markdown and maths; moves no points."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="comment")
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_comment_says_something")
        ]

    def __str__(self) -> str:
        return self.text


class Note(Said):
    """What graders tell each other about one answer. No student ever reads it."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="note")
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="a_note_says_something")]

    def __str__(self) -> str:
        return self.text


class Flag(Said):
    """Somebody wants another look at an answer; taking the flag down says that it had one."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="flag")

    def __str__(self) -> str:
        return f"{self.answer} is flagged"


class Annotation(Said):
    """Ink of a grader on a page, as vectors in fractions of the upright page.

    `points` is a list of [x, y]: a pen's line, a box's two corners, or where text or an item
    is pinned. `size` is the pen's width or the text's height as a fraction of the page's width.
    `turn` says which way up the page was taken for upright then: a page may be turned by hand
    later, and `rubrics.ink` finds the same place of the paper again.
    """

    class Kind(models.TextChoices):
        PEN = "pen", "Pen"
        TEXT = "text", "Text"
        BOX = "box", "Box"
        ITEM = "item", "Rubric item"

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="annotations")
    page = models.ForeignKey(Page, models.CASCADE, related_name="annotations")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    points = models.JSONField()
    text = models.TextField(blank=True)
    item = models.ForeignKey(Item, models.SET_NULL, null=True, blank=True, related_name="+")
    colour = models.CharField(max_length=5, default="red")
    size = models.FloatField(default=0.004)
    turn = models.PositiveSmallIntegerField(default=0)  # the page's, when this was drawn
    # Made by the browser, so that sending it twice draws it once.
    key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(colour__in=["red", "blue", "green", "black"]),
                name="ink_has_one_of_four_colours",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["pen", "text", "box", "item"]),
                name="an_annotation_is_of_a_kind_we_draw",
            ),
            models.CheckConstraint(
                condition=Q(turn__in=[0, 90, 180, 270]), name="ink_turns_by_quarters"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.page}"


class Claim(Said):
    """Somebody is looking at this answer now; others are led elsewhere until it expires."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="claim")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.answer} until {self.until}"
