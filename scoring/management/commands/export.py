from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from gradebook.counted import counted
from gradebook.models import Exam
from gradebook.tables import Unreadable
from scoring.exports import canvas_file
from scoring.exports.gradebooks import left_out
from scoring.exports.kinds import KINDS
from scoring.exports.scores import unmatched


class Command(commands.Command):
    help = "Write an exam's scores, evaluations, or a gradebook's file (docs/file-formats.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("what", choices=list(KINDS), metavar="what", help=", ".join(KINDS))
        parser.add_argument("-o", "--output", required=True, type=Path, help="the file")
        parser.add_argument(
            "--gradebook", type=Path, help="what Canvas exported, to be filled in (canvas.csv)"
        )

    def handle(self, *, exam: str, what: str, output: Path, **options: Any) -> None:
        found = commands.find_exam(exam)
        if options["gradebook"]:
            return self._fill(found, options["gradebook"], output)
        with commands.writing(output), output.open("wb") as file:
            for piece in KINDS[what].pieces(found):
                file.write(piece.encode() if isinstance(piece, str) else piece)
        alone, left = unmatched(found), left_out(found)
        self.say(
            f"Wrote {what} of {found} to {output}. "
            f"{counted(alone, 'paper')} without a student, "
            f"{counted(left.without_total, 'student')} without a total.",
            {"file": output, "unmatched": alone, **left._asdict()},
        )

    def _fill(self, exam: Exam, gradebook: Path, output: Path) -> None:
        with commands.reading(gradebook):
            data = gradebook.read_bytes()
        try:
            filled = canvas_file.fill(exam, canvas_file.read(data, exam))
        except Unreadable as error:
            raise CommandError(f"{gradebook}: {error}") from None
        with commands.writing(output):
            output.write_text(filled.text, encoding="utf-8", newline="")
        facts = filled._asdict()
        del facts["text"]
        nobody = f" Rows of nobody here: {'; '.join(filled.unmatched)}." * bool(filled.unmatched)
        self.say(
            f"Filled {counted(filled.filled, 'row')} of {gradebook} into {output}.{nobody}",
            {"file": output, **facts},
        )
