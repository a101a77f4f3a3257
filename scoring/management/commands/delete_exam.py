from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.template.defaultfilters import filesizeformat

from gradebook import commands
from gradebook.counted import counted
from scoring.erasure import exams


class Command(commands.Command):
    help = (
        "Delete an exam for good: papers, pages, marks, releases, history, files. Only the record"
        " that it was done stays. Write its archive first (archive)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("--yes", action="store_true", help="really; without it nothing is done")

    def handle(self, *, exam: str, yes: bool, **options: Any) -> None:
        found = commands.find_exam(exam)
        if not yes:
            goes = ", ".join(counted(*one) for one in exams.what_goes(found) if one[0])
            raise CommandError(
                f"{found.course}/{found} would go for good: {goes or 'no papers yet'}."
                " There is no way back. Say --yes to delete it."
            )
        done = exams.delete(found, by=None)
        size = filesizeformat(done.bytes).replace("\xa0", " ")
        self.say(
            f"Deleted {done.name} of {done.course} for good: {counted(done.papers, 'paper')},"
            f" {counted(done.pages, 'page')}, {counted(done.files, 'file')} ({size}).",
            {
                "exam": done.name,
                "papers": done.papers,
                "pages": done.pages,
                "files": done.files,
                "bytes": done.bytes,
            },
        )
