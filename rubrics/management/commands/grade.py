from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from gradebook.counted import counted
from gradebook.sent import NotJson, parsed
from rubrics import bulk


class Command(commands.Command):
    help = "Grade papers from a JSON file: items, adjustments and comments per student and part."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", default="", help="the e-mail of who graded")

    def handle(self, *, exam: str, file: Path, by: str, **options: Any) -> None:
        found = commands.find_exam(exam)
        grader = commands.find_person(by)
        with commands.reading(file):
            text = file.read_bytes()
        try:
            done = bulk.grade(found, parsed(text), by=grader)
        except NotJson as error:
            raise CommandError(f"{file}: {error}") from None
        except bulk.Wrong as wrong:
            raise CommandError(
                "Nothing was graded.\n" + "\n".join(f"- {problem}" for problem in wrong.problems)
            ) from None
        self.say(
            f"Graded {counted(done.answers, 'answer')} on {counted(done.papers, 'paper')}; "
            f"{done.changed} changed.",
            done._asdict(),
        )
