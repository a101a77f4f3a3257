from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Exam
from submissions.models.submission import Submission


class Upload(models.Model):
    """One file of scans as it came in. Everything else is made from it."""

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=255)
    # Empty once it had to go with a student's data; pages are stored by themselves.
    file = models.FileField(upload_to="", max_length=200, blank=True)
    size = models.PositiveBigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    # 0, or which time it is that a person wanted the very same file once more.
    copy = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=8, default="pdf")  # sources.Kind
    page_count = models.PositiveIntegerField(null=True, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    # Why nothing of it could be used, in words for a person; empty while all is well.
    problem = models.TextField(blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    formed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["uploaded_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["exam", "sha256", "copy"],
                name="a_file_is_taken_once_an_exam_unless_asked",
                violation_error_message="This very file is here already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateUpload(models.Model):
    """A blank exam on its way: its pages are being drawn, or could not be.

    The exam's Template is put in one piece when all of them are, and this row goes with that.
    """

    exam = models.OneToOneField(Exam, models.CASCADE, related_name="coming_template")
    name = models.CharField(max_length=255)
    file = models.FileField(upload_to="", max_length=200)
    sha256 = models.CharField(max_length=64)
    page_count = models.PositiveIntegerField()
    # Why it could not be drawn, in words for a person; empty while all is well.
    problem = models.TextField(blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(page_count__gt=0), name="a_coming_template_has_pages"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Page(models.Model):
    """One side of a sheet as it was scanned.

    `image` is the picture as it lies in the file; turning it `turn` degrees clockwise sets it
    upright. All fractions (the fit, regions laid over it, annotations) are of the upright page.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        PLACED = "placed", "Placed"
        BLANK = "blank", "Blank"
        EXTRA = "extra", "Extra"
        DOUBTFUL = "doubtful", "Needs a look"
        DISCARDED = "discarded", "Discarded"
        ERROR = "error", "Unreadable"

    class CodeBy(models.TextChoices):
        SYMBOL = "symbol", "its symbol"
        TEXT = "text", "its text"

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()  # in the file, from 1
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    reason = models.TextField(blank=True)  # in words for a person

    # What was taken out of the file. Names of files hold their content's hash.
    sheet = models.FileField(upload_to="", max_length=200, blank=True)  # a one-page PDF
    image = models.FileField(upload_to="", max_length=200, blank=True)
    preview = models.FileField(upload_to="", max_length=200, blank=True)  # upright
    covered = models.FileField(upload_to="", max_length=200, blank=True)  # who wrote it hidden
    # Over which places of the template `covered` was painted: a word of them.
    covers = models.CharField(max_length=16, blank=True)
    thumbnail = models.FileField(upload_to="", max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of the sheet
    width = models.PositiveIntegerField(default=0)  # of the upright preview, pixels
    height = models.PositiveIntegerField(default=0)
    turn = models.PositiveSmallIntegerField(default=0)
    # The part of `turn` that the PDF itself does not ask for: 180 for a page fed upside down.
    sheet_turn = models.PositiveSmallIntegerField(default=0)
    lossless = models.BooleanField(default=False)
    bilevel = models.BooleanField(default=False)
    # Photographed askew: sheet and image show the page drawn upright, the upload as it was.
    straightened = models.BooleanField(default=False)
    dpi = models.FloatField(null=True, blank=True)
    # Of the scan itself, where the page had to be drawn: `dpi` is then that of the drawing.
    scanned_dpi = models.FloatField(null=True, blank=True)

    # What it was recognised as: the evidence.
    template_page = models.PositiveIntegerField(null=True, blank=True)
    # The template pages it may be where the print does not tell them apart; else empty.
    alike = models.JSONField(default=list, blank=True)
    score = models.FloatField(null=True, blank=True)
    margin = models.FloatField(null=True, blank=True)
    error_px = models.FloatField(null=True, blank=True)  # at 100 dpi
    # Six numbers a b c d e f: template fraction (u, v) lies at (a u + b v + c, d u + e v + f).
    affine = models.JSONField(null=True, blank=True)
    # The code printed on it, as people read it, and whether the symbol or its text was read.
    code = models.CharField(max_length=20, blank=True)
    code_by = models.CharField(max_length=6, choices=CodeBy.choices, blank=True)
    # Set where code and print agree: then it is this paper's `template_page`.
    printed = models.ForeignKey(
        "submissions.PrintedPaper", models.SET_NULL, null=True, blank=True, related_name="pages"
    )

    submission = models.ForeignKey(
        Submission, models.SET_NULL, null=True, blank=True, related_name="pages"
    )
    position = models.PositiveIntegerField(default=0)  # among a submission's pages

    class Meta:
        ordering = ["upload", "number"]
        indexes = [models.Index(fields=["submission", "position"])]
        constraints = [
            models.UniqueConstraint(
                fields=["upload", "number"], name="a_page_is_taken_once_an_upload"
            ),
            models.UniqueConstraint(
                fields=["submission", "template_page"],
                condition=Q(state="placed"),
                name="a_place_in_a_paper_holds_one_page",
            ),
            models.CheckConstraint(
                condition=Q(turn__in=[0, 90, 180, 270]) & Q(sheet_turn__in=[0, 90, 180, 270]),
                name="a_page_turns_by_quarters",
            ),
            models.CheckConstraint(
                condition=~Q(state="placed")
                | Q(submission__isnull=False, template_page__isnull=False),
                name="a_placed_page_has_a_place",
            ),
            models.CheckConstraint(
                condition=Q(code="", code_by="")
                | (~Q(code="") & Q(code_by__in=["symbol", "text"])),
                name="a_code_was_read_from_its_symbol_or_its_text",
            ),
            models.CheckConstraint(
                condition=Q(printed=None) | ~Q(code=""), name="a_printed_page_has_a_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.upload}, page {self.number}"

    @classmethod
    def unsettled(cls, prefix: str = "") -> Q:
        """The condition on pages that wait for a person; `prefix` leads to them, "pages__"."""
        return Q(**{f"{prefix}state__in": [cls.State.DOUBTFUL, cls.State.ERROR]}) | Q(
            **{f"{prefix}state": cls.State.EXTRA, f"{prefix}submission": None}
        )
