from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from rubrics.outline import dump


class Command(commands.Command):
    help = "Write an exam's outline, rubrics and settings as an exam file (docs/exam-file.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam", help="its number, its name, or course/name")
        parser.add_argument("-o", "--output", type=Path, help="the file; else it is printed")

    def handle(self, *, exam: str, output: Path | None, **options: Any) -> None:
        found = commands.find_exam(exam)
        data = dump(found)
        text = json.dumps(data, ensure_ascii=False, indent=1)
        if output is None:
            self.stdout.write(text)
            return
        try:
            output.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from None
        self.say(f"Wrote {found} to {output}.", {"exam": found.pk, "file": output})
