from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from gradebook import commands
from gradebook.counted import counted
from scoring.exports import scores


class Command(commands.Command):
    help = "Write an exam's scores as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument(
            "-o", "--output", required=True, type=Path, help="a file, or - to print it"
        )

    def handle(self, *, exam: str, output: Path, **options: Any) -> None:
        found = commands.find_exam(exam)
        if str(output) == "-":
            for piece in scores.lines(found):
                self.stdout.write(piece, ending="")
            return
        with (
            commands.writing(output),
            output.open("w", newline="", encoding="utf-8") as file,
        ):
            for piece in scores.lines(found):
                file.write(piece)
        left = scores.unmatched(found)
        papers = counted(left, "paper without a student is", "papers without a student are")
        missing = f" {papers} not in it." if left else ""
        self.say(
            f"Wrote the scores of {found} to {output}.{missing}",
            {"file": output, "unmatched": left},
        )
