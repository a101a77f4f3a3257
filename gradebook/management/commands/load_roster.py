from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from gradebook.enrolment import Plan, Refused, carry_out
from gradebook.roster import read_roster


class Command(commands.Command):
    help = "Take a roster file over into a course, all of it or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("course", help="its number or name")
        parser.add_argument("csv", type=Path)
        parser.add_argument(
            "--leave", action="store_true", help="students the file does not name leave the course"
        )

    def handle(self, *, course: str, csv: Path, leave: bool, **options: Any) -> None:
        found = commands.find_course(course)
        try:
            roster = read_roster(csv.read_bytes())
        except OSError as error:
            raise CommandError(f"{csv} cannot be read: {error.strerror}.") from None
        if roster.problems:
            raise CommandError(_lines(roster.problems))
        try:
            done = carry_out(found, roster.rows, leave=leave)
        except Refused as error:
            raise CommandError(_lines(error.problems)) from None
        counts = _counts(done)
        text = f"{found}: " + ", ".join(f"{n} {word}" for word, n in counts.items())
        if roster.passed_over:
            text += f". Passed over: {'; '.join(roster.passed_over)}."
        text += "".join(f" {note}" for note in roster.notes)
        said = {"passed_over": list(roster.passed_over), "notes": list(roster.notes)}
        self.say(text, {**counts, **said})


def _counts(done: Plan) -> dict[str, int]:
    return {
        "joined": len(done.joins),
        "changed": len(done.changes),
        "left": len(done.leaves),
        "unchanged": done.same,
    }


def _lines(problems: tuple[str, ...]) -> str:
    return "Nothing was written.\n" + "\n".join(problems)
