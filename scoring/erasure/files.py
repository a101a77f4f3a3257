"""Which stored files rows name, so that these can go once their rows are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.db.models import FileField, Model, QuerySet
from django.utils import timezone

from gradebook import leftovers
from gradebook import models as gradebook
from gradebook.models import Exam
from scoring import models as scoring
from scoring.models import Deletion
from submissions import models as submissions

# Every model that names files, and the look-up from its rows to their exam.
NAMING: Mapping[type[Model], str] = {
    gradebook.Template: "exam",
    gradebook.TemplatePage: "template__exam",
    submissions.Upload: "exam",
    submissions.TemplateUpload: "exam",
    submissions.Part: "delivery__exam",
    submissions.Page: "upload__exam",
    submissions.Crop: "page__upload__exam",
    submissions.Reading: "submission__exam",
    submissions.PrintRun: "exam",
    submissions.Photograph: "page__upload__exam",
    scoring.Copy: "submission__exam",
    scoring.Solution: "exam",
}


def hashes_of(exam: Exam) -> set[str]:
    """Return the hashes of all files that rows of the exam name."""
    found: set[str] = set()
    for model, lookup in NAMING.items():
        found |= hashes_in(model._base_manager.filter(**{lookup: exam.pk}))
    return found


def hashes_in(rows: QuerySet[Model]) -> set[str]:
    """Return the hashes of the files these rows name."""
    fields = [one.name for one in rows.model._meta.fields if isinstance(one, FileField)]
    names: Iterable[tuple[str, ...]] = rows.values_list(*fields).distinct().iterator()
    return {digest for row in names for name in row if (digest := leftovers.digest_of(name))}


def remove(deletion: Deletion, report: Callable[[int, int], None]) -> None:
    """Delete the files that are left of a deletion, but for those another row names.

    Twice as good as once. A file somebody keeps anew in this moment stays, as theirs.
    """
    before: datetime = timezone.now()
    for done, gone in enumerate(leftovers.remove_unnamed(deletion.left, before=before), start=1):
        deletion.files += gone.files
        deletion.bytes += gone.bytes
        deletion.save(update_fields=["files", "bytes"])
        report(done, len(leftovers.SHARDS))
    deletion.left, deletion.done_at = [], timezone.now()
    deletion.save(update_fields=["left", "done_at"])
