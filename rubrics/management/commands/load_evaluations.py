from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from gradebook.counted import counted
from rubrics.evaluations import files, tables
from rubrics.evaluations.plans import plan
from rubrics.evaluations.taking_over import Refused, take_over

NOTHING = "Nothing was taken over."
STOPPED = "It stopped before its end. Parts before this one are taken over, and stay."


class Command(commands.Command):
    help = "Take a ZIP of evaluations over into an exam's rubrics and marks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("file", type=Path, help="the ZIP, Gradescope's or of `export`")
        parser.add_argument("--by", default="", help="the e-mail of who brings them in")
        parser.add_argument(
            "--replace", action="store_true", help="also where answers are graded here already"
        )

    def handle(self, *, exam: str, file: Path, by: str, replace: bool, **options: Any) -> None:
        found, person = commands.find_exam(exam), commands.find_person(by)
        try:
            with commands.reading(file), file.open("rb") as opened:
                parts = files.read(opened)
            planned = plan(found, parts)
            done = take_over(found, planned, replace=replace, by=person)
        except tables.BadFile as error:
            raise CommandError(f"{NOTHING}\n{error}") from None
        except Refused as error:
            what = NOTHING if planned.problems else STOPPED
            raise CommandError(f"{what}\n{error}") from None
        differences = sum(len(each.differences) for each in planned.parts)
        text = f"Took {counted(done.answers, 'answer')} to {counted(done.parts, 'part')} over."
        if done.left:
            text += f" {counted(done.left, 'answer')} stayed as graded here."
        if planned.nobody:
            text += f" Rows without a paper: {'; '.join(planned.nobody)}."
        if differences:
            text += f" {counted(differences, 'score')} came out otherwise than in the file."
        self.say(
            text,
            {
                **done._asdict(),
                "nobody": planned.nobody,
                "foreign": planned.foreign,
                "differences": differences,
            },
        )
