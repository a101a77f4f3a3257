from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from gradebook.counted import counted
from gradebook.files import read
from gradebook.models import Exam
from scoring.drawing import CannotDraw, draw, working_copies
from scoring.folder import named_copies
from scoring.models import Copy
from submissions.models import Submission

BATCH = 20


class Command(commands.Command):
    help = "Write the graded copy of every paper of an exam into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("-o", "--output", required=True, type=Path, help="the folder")

    def handle(self, *, exam: str, output: Path, **options: Any) -> None:
        found = commands.find_exam(exam)
        with commands.writing(output):
            output.mkdir(parents=True, exist_ok=True)
        commands.try_to_write(output / ".marginalia")
        drawn, problems = 0, []
        for copy in copies(found):
            try:
                drawn += not copy.file
                draw(copy)
            except CannotDraw as refusal:
                problems.append(str(refusal))
        count = self._write(found, output)
        if problems:
            raise CommandError(f"{count} written; these cannot be drawn: {'; '.join(problems)}.")
        self.say(
            f"Wrote {counted(count, 'graded copy', 'graded copies')} to {output}, "
            f"{drawn} drawn anew.",
            {"folder": str(output), "copies": count, "drawn": drawn},
        )

    def _write(self, exam: Exam, folder: Path) -> int:
        count = 0
        with commands.writing(folder):
            for one in named_copies(exam):
                (folder / one.name).write_bytes(read(one.file))
                count += 1
        return count


def copies(exam: Exam) -> Iterator[Copy]:
    """Yield the working copies of all papers as their scores stand, some read at a time."""
    papers = iter(Submission.objects.filter(exam=exam).order_by("number").iterator(BATCH))
    while batch := list(islice(papers, BATCH)):
        yield from working_copies(exam, batch)
