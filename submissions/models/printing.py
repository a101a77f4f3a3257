from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from gradebook.models import Exam, Membership
from submissions.models.submission import Submission


class PrintRun(models.Model):
    """Papers that were printed with a code on every page: who asked for how many, and when."""

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="print_runs")
    code = models.PositiveIntegerField(unique=True)  # stands on every page; see page_codes
    copies = models.PositiveIntegerField()
    two_sided = models.BooleanField(default=False)
    template_sha256 = models.CharField(max_length=64)  # of the blank exam that was printed
    page_count = models.PositiveIntegerField()
    # By template page, where the code stands: [{"rect": [x, y, w, h], "turned": false}, …]
    places = models.JSONField(default=list, blank=True)
    file = models.FileField(upload_to="", max_length=200, blank=True)
    # Why it could not be drawn, in words for a person; empty while all is well.
    problem = models.TextField(blank=True)
    # Names that have no room, each in a sentence that names its paper.
    left_out = models.JSONField(default=list, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    drawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__gte=10_000) & Q(code__lte=99_999),
                name="a_print_run_has_a_code_of_five_digits",
            ),
            models.CheckConstraint(
                condition=Q(copies__gte=1) & Q(copies__lte=9_999) & Q(page_count__gte=1),
                name="a_print_run_has_papers_and_pages",
            ),
            models.CheckConstraint(
                condition=Q(file="", drawn_at=None) | (~Q(file="") & Q(drawn_at__isnull=False)),
                name="a_drawn_print_run_has_its_file",
            ),
        ]

    def __str__(self) -> str:
        return f"print run {self.code}"

    @property
    def filename(self) -> str:
        return f"{slugify(self.exam.name) or 'exam'}-papers-{self.code}.pdf"


class PrintedPaper(models.Model):
    """One of a run's papers: for whom it was printed, and which scanned paper it became."""

    run = models.ForeignKey(PrintRun, models.CASCADE, related_name="papers")
    number = models.PositiveIntegerField()  # stands on every page of it
    membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="printed_papers"
    )
    submission = models.OneToOneField(
        Submission, models.SET_NULL, null=True, blank=True, related_name="printed"
    )

    class Meta:
        ordering = ["run_id", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "number"], name="a_printed_paper_is_numbered_once_a_run"
            ),
            models.UniqueConstraint(
                fields=["run", "membership"], name="a_student_has_one_printed_paper_a_run"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="printed_papers_are_counted_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"printed paper {self.number}"
