from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from gradebook.models import Membership
from scoring.models.release import Release
from submissions.models import Submission


class CopyQuerySet(models.QuerySet["Copy"]):
    def standing(self) -> CopyQuerySet:
        """Return released copies that were neither taken back nor replaced by a later release."""
        return self.filter(release__isnull=False, release__taken_back_at=None, withdrawn_at=None)


class Copy(models.Model):
    """A graded copy: the result as data, and its PDF once a worker has drawn it.

    With a release it is what the student sees, frozen, until it is withdrawn: taken back, or
    replaced by a later release. Without one it is the staff's working copy, drawn again when
    `digest` shows that something changed.
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="copies")
    release = models.ForeignKey(
        Release, models.CASCADE, null=True, blank=True, related_name="copies"
    )
    # Whose it was when it was released. Matched to somebody else since, it is shown to neither.
    student = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="copies"
    )
    result = models.JSONField()  # scoring.results.to_json
    digest = models.CharField(max_length=64)
    file = models.FileField(upload_to="", max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    drawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = CopyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "copies"
        indexes = [
            # Asked for each copy that is drawn; without it the results before it are read, too.
            models.Index(fields=["digest"], name="copies_by_digest")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "release"], name="a_release_holds_a_paper_once"
            ),
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(release=None),
                name="a_paper_has_one_working_copy",
            ),
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(release__isnull=False, withdrawn_at=None),
                name="a_paper_stands_in_one_release",
            ),
            models.CheckConstraint(
                condition=Q(release__isnull=False) | Q(withdrawn_at=None),
                name="a_working_copy_is_not_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"copy of {self.submission}"
