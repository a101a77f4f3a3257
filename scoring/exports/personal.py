"""All that is here of a student in a course, as a ZIP: data as JSON, graded copies, scans."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Q

from gradebook.models import Membership
from scoring.collect import collect
from scoring.copies.names import plain
from scoring.copies.zip import CHUNK, written
from scoring.drawing import digest_of
from scoring.erasure.belongings import papers_of
from scoring.models import Copy, Regrade
from scoring.results import Result, to_json
from submissions.models import Submission

File = tuple[str, Iterable[str | bytes]]


def personal(student: Membership) -> Iterator[bytes]:
    """Yield the ZIP in pieces: data.json, copies/ as far as they are drawn, scans/ page by page."""
    return written(_files(student))


def _files(student: Membership) -> Iterator[File]:
    papers = list(papers_of(student).select_related("exam__course"))
    results = {paper.pk: collect(paper.exam, [paper])[0] for paper in papers}
    told = [_paper(paper, results[paper.pk], student) for paper in papers]
    data = {"person": _person(student), "papers": told}
    yield "data.json", [json.dumps(data, ensure_ascii=False, indent=1)]
    for copy in _copies(student, papers).exclude(file=""):
        if not copy.release_id and copy.digest != digest_of(results[copy.submission_id]):
            # Drawn before something changed, perhaps when the paper was somebody else's.
            continue
        kind = f"released-{copy.pk}" if copy.release_id else "working"
        yield f"copies/{_stem(copy.submission)}-{kind}.pdf", _pieces(str(copy.file.name))
    for paper in papers:
        for page in paper.pages.exclude(sheet="").order_by("position", "pk"):
            name = f"scans/{_stem(paper)}-{page.position}-{page.pk}.pdf"
            yield name, _pieces(str(page.sheet.name))


def _copies(student: Membership, papers: list[Submission]) -> Any:
    theirs = Q(student=student) | Q(student=None)
    copies = Copy.objects.filter(theirs, submission__in=papers)
    return copies.select_related("submission__exam", "release").order_by("pk")


def _person(student: Membership) -> dict[str, Any]:
    return {
        "email": student.user.email,
        "first_name": student.user.first_name,
        "last_name": student.user.last_name,
        "student_id": student.sid,
        "course": str(student.course),
        "sections": [section.name for section in student.sections.all()],
        "joined_at": student.joined_at.isoformat(),
        "left_at": student.left_at.isoformat() if student.left_at else None,
    }


def _paper(paper: Submission, result: Result, student: Membership) -> dict[str, Any]:
    return {
        "exam": paper.exam.name,
        "number": paper.number,
        "as_it_stands": to_json(result),
        "released": [
            {
                "at": copy.release.at.isoformat(),
                "withdrawn_at": copy.withdrawn_at.isoformat() if copy.withdrawn_at else None,
                "result": copy.result,
                "looked_at": [one.at.isoformat() for one in copy.viewings.order_by("pk")],
            }
            for copy in _copies(student, [paper])
            if copy.release
        ],
        "regrades": [_regrade(one) for one in _regrades(paper, student)],
    }


def _regrades(paper: Submission, student: Membership) -> Any:
    asked = Regrade.objects.filter(submission=paper, student=student)
    return asked.select_related("reply").order_by("pk")


def _regrade(one: Regrade) -> dict[str, Any]:
    reply = getattr(one, "reply", None)
    return {
        "part": one.number,
        "asked_at": one.at.isoformat(),
        "reason": one.reason,
        "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
        "reply": reply and reply.text,
        "changed": reply and reply.changed,
    }


def _stem(paper: Submission) -> str:
    return f"{plain(paper.exam.name) or 'exam'}-paper-{paper.number}"


def _pieces(name: str) -> Iterator[bytes]:
    with default_storage.open(name, "rb") as file:
        while piece := file.read(CHUNK):
            yield piece
