"""The solutions of an exam's questions, and whether students get them with their result."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from gradebook.files import keep, refresh
from gradebook.models import Exam, Question, User
from scoring.models import Solution, SolutionsShown
from scoring.results import Part, Result
from scoring.results import Solution as Told

LONGEST_NAME = 255
MEANWHILE = (
    "Somebody else changed this solution meanwhile, and yours is not saved. Look at what stands "
    "now, then save again to put yours in its place."
)


class Meanwhile(Exception):
    """Another solution took its place while this one was written."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A PDF that was taken in: where it is kept, under its content's hash."""

    file: str = ""
    sha256: str = ""
    name: str = ""
    page_count: int = 0


def take(file: File[bytes], name: str) -> Sent:
    """Keep a PDF that somebody sent. Raises BadUpload, in words."""
    from scoring import solution_pdf  # opens PDFs, which only few of a process's requests do

    with tempfile.NamedTemporaryFile() as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        plain = solution_pdf.take(Path(copy.name), name)
    kept = keep("solutions", plain.pdf, ".pdf")
    return Sent(kept.name, kept.sha256, name[-LONGEST_NAME:], plain.pages)


def solution_of(question: Question) -> Solution | None:
    return Solution.objects.standing().filter(question=question).first()


def put(
    question: Question, text: str, sent: Sent, *, by: User | None, seen: int | None = None
) -> Solution | None:
    """Let this be the question's solution; with neither words nor a file it has none.

    The one before is kept, but stands no more. `seen` is the key of the solution that its person
    had in front, 0 for none; it is not asked for where that is None. Raises Meanwhile if another
    stands, unless that says the same.
    """
    if sent.file:
        refresh(sent.file)
    try:
        with transaction.atomic():
            stands = Solution.objects.filter(question=question, withdrawn_at=None)
            there = stands.select_for_update(of=("self",)).first()
            if seen is not None and (there.pk if there else 0) != seen:
                if (there.text if there else "", file_of(there).sha256) == (text, sent.sha256):
                    return there
                raise Meanwhile(MEANWHILE)
            stands.update(withdrawn_at=timezone.now())
            if not text and not sent.file:
                return None
            return Solution.objects.create(
                exam_id=question.exam_id,
                question=question,
                text=text,
                file=sent.file,
                sha256=sent.sha256,
                name=sent.name,
                page_count=sent.page_count,
                by=by,
            )
    except IntegrityError:
        raise Meanwhile(MEANWHILE) from None


def file_of(solution: Solution | None) -> Sent:
    """Return the PDF of a solution, to stay where only the words change."""
    if solution is None:
        return Sent()
    return Sent(str(solution.file.name or ""), solution.sha256, solution.name, solution.page_count)


def show(exam: Exam, *, by: User | None) -> None:
    """Let students have the solutions, from the next release on. Repeats safely."""
    SolutionsShown.objects.get_or_create(exam=exam, defaults={"by": by})


def hide(exam: Exam) -> None:
    """Keep them for staff. What was released keeps what it has until it is released again."""
    SolutionsShown.objects.filter(exam=exam).delete()


def shown_by_question(exam: Exam) -> dict[int, Told]:
    """Return what students get of the exam's solutions, by the question's key, in one query."""
    stands = Solution.objects.standing().filter(exam=exam, exam__solutions_shown__isnull=False)
    rows = stands.values_list("question", "text", "sha256", "page_count")
    return {question: Told(text, sha, pages) for question, text, sha, pages in rows if question}


def files(exam: int, shas: Collection[str]) -> dict[str, str]:
    """Return the stored names of the exam's solutions by their hashes, replaced ones too."""
    if not shas:
        return {}
    kept = Solution.objects.filter(exam=exam, sha256__in=shas).exclude(file="")
    return dict(kept.values_list("sha256", "file"))


def shas_of(result: Result) -> Mapping[str, str]:
    """Return the hash of each part's PDF by the part's number, groups included."""
    found: dict[str, str] = {}
    waiting: list[Part] = list(result.questions)
    while waiting:
        part = waiting.pop(0)
        if part.solution and part.solution.sha:
            found[part.number] = part.solution.sha
        waiting = [*part.parts, *waiting]
    return found
