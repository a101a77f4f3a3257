from __future__ import annotations

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import CommandError

from gradebook import commands
from jobs.runner import work_through
from submissions.print_runs import CannotPrint, ask_for_papers, listed


class Command(commands.Command):
    help = "Print papers: the blank exam with a code on every page of every copy, as one PDF."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument(
            "--copies", type=int, default=0, metavar="N", help="so many papers without a name"
        )
        parser.add_argument(
            "--roster", action="store_true", help="one for each student, name and number printed"
        )
        parser.add_argument(
            "--two-sided", action="store_true", help="let each paper begin on a fresh sheet"
        )
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")

    def handle(
        self,
        *,
        exam: str,
        copies: int,
        roster: bool,
        two_sided: bool,
        output: Path,
        **options: Any,
    ) -> None:
        found = commands.find_exam(exam)
        commands.try_to_write(output)
        try:
            run = ask_for_papers(found, copies=copies, roster=roster, two_sided=two_sided, by=None)
        except CannotPrint as error:
            raise CommandError(str(error)) from None
        work_through("print", until_idle=True, most=1_000_000, stop=lambda: False)
        told = listed(run)
        if not told.run.file:
            raise CommandError(told.problem)
        with (
            commands.writing(output),
            default_storage.open(str(told.run.file.name), "rb") as source,
            output.open("wb") as out,
        ):
            shutil.copyfileobj(source, out, 1 << 20)
        named = f", {told.named} of them with a name" if told.named else ""
        self.say(
            f"{run.copies} papers of {run.page_count} pages{named}: {output}. "
            f"Their codes begin with {run.code}.",
            {"copies": run.copies, "named": told.named, "code": run.code, "file": str(output)},
        )
