"""The one act after which students see their results, and the one that takes it back.

A release is read and written in one snapshot: every copy shows the exam as it was at the same
instant, graders go on working meanwhile, and a click that comes later is in none of them. See
docs/results.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db import IntegrityError, transaction
from django.utils import timezone

from gradebook.models import Exam, User
from rubrics.models import Entry
from scoring.asking import ask_for_release
from scoring.collect import collect, snapshot
from scoring.drawing import digest_of
from scoring.models import Copy, Release
from scoring.results import to_json
from submissions.models import Submission

BATCH = 100


class NotReleased(Exception):
    """Nothing was released; the text says why, to a person."""


def standing(exam: Exam) -> Release | None:
    """Return the release that students see now, if there is one."""
    return Release.objects.standing().filter(exam=exam).select_related("by").first()


def release(exam: Exam, *, by: User | None) -> Release:
    """Freeze the result of every paper whose student is known, and show it to that student.

    Parts nobody graded stay ungraded in it. Raises NotReleased if the exam is released already
    or no paper has a student. The copies' PDFs are drawn afterwards by a job.
    """
    try:
        with snapshot():
            made = Release.objects.create(exam=exam, by=by)
            count = sum(len(copies) for copies in _frozen(exam, made))
            if not count:
                raise NotReleased("No paper has a student yet, so there is nobody to release to.")
            _note(exam, Entry.Verb.RELEASED, by, made, papers=count)
            ask_for_release(made, by=by)
    except IntegrityError:
        if standing(exam) is None:
            raise
        raise NotReleased("This exam is released already.") from None
    return made


def take_back(exam: Exam, *, by: User | None) -> Release | None:
    """Hide the results again; return the release that stood, or None. What it froze is kept."""
    with transaction.atomic():
        stood = Release.objects.standing().filter(exam=exam).select_for_update().first()
        if stood is None:
            return None
        stood.taken_back_by, stood.taken_back_at = by, timezone.now()
        stood.save(update_fields=["taken_back_by", "taken_back_at"])
        _note(exam, Entry.Verb.TOOK_BACK, by, stood)
        return stood


def _frozen(exam: Exam, made: Release) -> Iterator[list[Copy]]:
    """Write the copies of all matched papers, some at a time, so that memory stays flat."""
    papers = Submission.objects.filter(exam=exam).exclude(match=None).select_related("match")
    rows = iter(papers.order_by("pk").iterator(chunk_size=BATCH))
    while batch := list(islice(rows, BATCH)):
        yield Copy.objects.bulk_create(
            Copy(
                submission=paper,
                release=made,
                student_id=paper.match.membership_id,
                result=to_json(result),
                digest=digest_of(result),
            )
            for paper, result in zip(batch, collect(exam, batch), strict=True)
        )


def _note(exam: Exam, verb: Entry.Verb, by: User | None, of: Release, **facts: int) -> None:
    Entry.objects.create(exam=exam, verb=verb, by=by, after={"release": of.pk, **facts})
