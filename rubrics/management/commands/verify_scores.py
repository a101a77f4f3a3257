from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from gradebook import commands
from gradebook.counted import counted
from gradebook.points import points_text
from rubrics.scores import mismatches
from submissions.models import Answer


class Command(commands.Command):
    help = "Recompute every score from what graders said, and list what is stored otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam", nargs="?", help="only this exam")

    def handle(self, *, exam: str | None, **options: Any) -> None:
        found = commands.find_exam(exam) if exam else None
        answers = Answer.objects.all()
        if found:
            answers = answers.filter(question__exam=found)
        wrong = mismatches(found.pk if found else None)
        lines = [
            f"answer {row.answer}: stored {points_text(row.stored)}, "
            f"should be {points_text(row.computed)}"
            for row in wrong
        ]
        total = answers.count()
        self.say(
            "\n".join([*lines, f"{counted(total, 'answer')} checked, {len(wrong)} wrong."]),
            {"checked": total, "wrong": [row._asdict() for row in wrong]},
        )
        if wrong:
            sys.exit(1)
