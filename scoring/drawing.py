"""Graded copies as files: drawn once for each digest, kept by their content.

The libraries that typeset and join are imported where they are used: every web process imports
this module, few of them draw.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from gradebook.files import keep, read, refresh
from gradebook.models import Exam
from scoring import solutions
from scoring.collect import collect
from scoring.collect_rows import scans_of
from scoring.models import Copy
from scoring.results import Result, from_json, to_json
from submissions.models import Submission


class CannotDraw(Exception):
    """A copy cannot be drawn, however often it is tried; the text says why, to a person."""


def digest_of(result: Result) -> str:
    """Return what the copy of a result depends on, as a hash."""
    from scoring.copies.document import digest

    return digest(result, [sheet.sha for sheet in result.pages])


def draw(copy: Copy) -> Copy:
    """Draw a copy's PDF if that was not done yet; the same digest is drawn once.

    Raises CannotDraw when a scanned page is gone or broken.
    """
    if not is_drawn(copy):
        _give(copy, _drawn(copy))
    return copy


def is_drawn(copy: Copy) -> bool:
    """Say if a copy has its file; one that was drawn for the same digest is given to it."""
    if copy.file:
        return True
    drawn = Copy.objects.filter(digest=copy.digest).exclude(file="")
    name = drawn.values_list("file", flat=True).first()
    if not name or not refresh(name):
        return False
    _give(copy, name)
    return True


def _give(copy: Copy, name: str) -> None:
    copy.file.name, copy.drawn_at = name, timezone.now()
    # Only if it is still this copy: numbers may have changed while it was drawn.
    same = Copy.objects.filter(pk=copy.pk, digest=copy.digest)
    same.update(file=name, drawn_at=copy.drawn_at)


def _drawn(copy: Copy) -> str:
    from scoring.copies.document import draw_copy

    result = from_json(copy.result)
    try:
        pdf = draw_copy(result, _sheets(copy, result), _solutions(copy, result))
    except (ValueError, OSError) as error:
        raise CannotDraw(f"paper {result.submission}: {error}") from error
    return keep("copies", pdf, ".pdf").name


def _sheets(copy: Copy, result: Result) -> list[bytes]:
    shas = [sheet.sha for sheet in result.pages]
    pages = scans_of(copy.submission, shas)
    if gone := [sha for sha in shas if sha not in pages]:
        raise CannotDraw(f"paper {result.submission}: {len(gone)} of its pages are not there")
    return [read(str(pages[sha].sheet.name)) for sha in shas]


def _solutions(copy: Copy, result: Result) -> dict[str, bytes]:
    """Return the PDFs of the solutions in a result, by their hashes."""
    shas = set(solutions.shas_of(result).values())
    there = solutions.files(copy.submission.exam_id, shas)
    if gone := shas - there.keys():
        raise CannotDraw(f"paper {result.submission}: {len(gone)} of its solutions are not there")
    return {sha: read(name) for sha, name in there.items()}


def working_copies(exam: Exam, papers: Sequence[Submission]) -> list[Copy]:
    """Return the papers' working copies with the numbers as they stand, in their order.

    One whose digest changed loses its file, to be drawn again.
    """
    results = collect(exam, papers)
    kept = Copy.objects.filter(release=None, submission__in=[paper.pk for paper in papers])
    there = {copy.submission_id: copy for copy in kept}
    copies = []
    for paper, result in zip(papers, results, strict=True):
        copy, digest = there.get(paper.pk), digest_of(result)
        if copy is None or copy.digest != digest:
            fresh = {"result": to_json(result), "digest": digest, "file": "", "drawn_at": None}
            copy, _ = Copy.objects.update_or_create(submission=paper, release=None, defaults=fresh)
        copies.append(copy)
    return copies
