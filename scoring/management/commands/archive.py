from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from scoring.archive.anonymous import anonymous
from scoring.archive.writing import taken


class Command(commands.Command):
    help = "Write a whole exam, scans and history included, into one file: see docs/archive.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("-o", "--output", required=True, type=Path, help="the file, a ZIP")
        parser.add_argument("--anonymous", action="store_true", help="without names, for research")
        parser.add_argument(
            "--with-words",
            action="store_true",
            help="with --anonymous: comments, notes and regrade requests too; they may name people",
        )

    def handle(self, *, exam: str, output: Path, **options: Any) -> None:
        if options["with_words"] and not options["anonymous"]:
            raise CommandError("--with-words goes with --anonymous: every other archive has them.")
        found = commands.find_exam(exam)
        pieces = (
            anonymous(found, words=options["with_words"])
            if options["anonymous"]
            else taken(found, by=None)
        )
        part = output.with_name(output.name + ".part")
        size = 0
        with commands.writing(part), part.open("wb") as file:
            for piece in pieces:
                size += file.write(piece)
        # Under its name only once it is whole.
        with commands.writing(output):
            part.replace(output)
        self.say(
            f"Wrote {found}, {size / 1e6:,.1f} MB, to {output}.",
            {"file": str(output), "bytes": size},
        )
