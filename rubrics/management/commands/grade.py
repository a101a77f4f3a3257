from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from gradebook.counted import counted
from gradebook.models import User
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
        grader = User.objects.filter(email__iexact=by).first() if by else None
        if by and grader is None:
            raise CommandError(f"Nobody here has the e-mail address {by}.")
        try:
            wishes = bulk.read(found, json.loads(file.read_text()))
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except ValueError as error:
            raise CommandError(f"{file} is not JSON: {error}.") from None
        except bulk.Wrong as wrong:
            raise CommandError(
                "Nothing was graded.\n" + "\n".join(f"- {problem}" for problem in wrong.problems)
            ) from None
        done = bulk.carry_out(found, wishes, by=grader)
        self.say(
            f"Graded {counted(done.answers, 'answer')} on {counted(done.papers, 'paper')}; "
            f"{done.changed} changed.",
            done._asdict(),
        )
