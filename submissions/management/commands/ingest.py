from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Count

from gradebook import commands
from gradebook.counted import counted
from gradebook.models import Exam
from jobs.runner import work_through
from jobs.supervisor import Supervisor
from submissions.models import Page, Upload
from submissions.overview import labels, page_count, pages_to_look_at, paper_rows, papers_of
from submissions.together import Sent, sent_from_disk, take_together


class Command(commands.Command):
    help = "Take scans in, to the end: read, recognise, sort into papers, match to the roster."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--again", action="store_true", help="also take files that are here already"
        )
        parser.add_argument(
            "--processes", type=int, default=1, help="how many pages to read at once (default: 1)"
        )

    def handle(self, *, exam: str, files: list[Path], processes: int, **options: Any) -> None:
        found = commands.find_exam(exam)
        uploads, refused = _take(found, files, again=options["again"])
        if processes > 1:
            Supervisor(processes, until_idle=True).run()
        else:
            work_through("ingest", until_idle=True, most=1_000_000, stop=lambda: False)
        told = _told(found, uploads)
        refused += told.pop("problems")
        self.say(_words(told), told | {"refused": refused})
        if refused:
            raise CommandError("\n".join(refused))


def _take(exam: Exam, files: list[Path], *, again: bool) -> tuple[list[int], list[str]]:
    """Ask for the work on the files; one that is refused does not keep the others out."""
    sent: list[Sent] = []
    unread: list[str] = []
    for path in files:
        try:
            path.open("rb").close()
            sent.append(sent_from_disk(path, commands.printable(path.as_posix())))
        except OSError as error:
            unread.append(f"{path} cannot be read: {error.strerror}.")
    uploads, refused = take_together(exam, sent, None, again=again)
    return [upload.pk for upload in uploads], [*map(str, refused), *unread]


def _told(exam: Exam, pks: list[int]) -> dict[str, Any]:
    """What became of these uploads, and of the files of those that were ZIPs."""
    first = Upload.objects.filter(pk__in=pks).order_by("uploaded_at").first()
    since = first.uploaded_at if first else None
    uploads = exam.uploads.filter(uploaded_at__gte=since) if since else exam.uploads.none()
    pages = Page.objects.filter(upload__in=uploads)
    mine = pages.exclude(submission=None).values("submission")
    papers = papers_of(exam).filter(pk__in=mine)
    called = labels(exam, names=True)
    states = pages.values_list("state").annotate(count=Count("pk")).order_by("state")
    rows = paper_rows(exam, papers, names=True)
    return {
        "papers": len(rows),
        "complete": sum(row.pages == page_count(exam) for row in rows),
        "matched": sum(bool(row.student) for row in rows),
        "pages": dict(states),
        "missing": {str(row.paper.number): row.missing for row in rows if row.missing},
        "doubts": [
            {"file": called[page.upload_id], "page": page.number, "why": page.reason}
            for page in pages_to_look_at(exam).filter(upload__in=uploads)
        ],
        "warnings": [warning for upload in uploads for warning in upload.warnings],
        "problems": [_problem(upload) for upload in uploads if upload.formed_at is None],
    }


def _problem(upload: Upload) -> str:
    return upload.problem or f"{upload} could not be read to its end; its job says why."


def _words(told: dict[str, Any]) -> str:
    names = Page.State
    pages = ", ".join(
        f"{count} {names(state).label.lower()}" for state, count in told["pages"].items()
    )
    lines = [
        f"{counted(told['papers'], 'paper')}, {told['complete']} of them complete, "
        f"{told['matched']} matched. Pages: {pages or 'none'}."
    ]
    lines += [f"Paper {number} lacks {missing}." for number, missing in told["missing"].items()]
    lines += [
        f"Look at {doubt['file']}, page {doubt['page']}: {doubt['why']}" for doubt in told["doubts"]
    ]
    return "\n".join(lines + told["warnings"])
