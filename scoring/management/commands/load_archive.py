from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from scoring.archive.reading import BadArchive, load


class Command(commands.Command):
    help = "Load an exam that `archive` wrote, as a course of its own. All of it or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("archive", type=Path)
        parser.add_argument("--course", default="", help="another name for its course")

    def handle(self, *, archive: Path, course: str, **options: Any) -> None:
        try:
            with commands.reading(archive):
                exam = load(archive, course=course)
        except BadArchive as error:
            raise CommandError(f"Nothing was loaded. {error}") from None
        papers = exam.submissions.count()
        self.say(
            f"Loaded {exam} of {exam.course} with {papers} papers.",
            {"exam": exam.pk, "course": exam.course_id, "papers": papers},
        )
