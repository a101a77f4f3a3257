from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from gradebook import commands
from submissions.readings import read_papers
from submissions.whose import match_exam


class Command(commands.Command):
    help = "Read names and numbers and match papers to students. What people said stands."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")

    def handle(self, *, exam: str, **options: Any) -> None:
        found = commands.find_exam(exam)
        read_papers(found)
        done = match_exam(found)
        papers = "1 paper is" if done.matched == 1 else f"{done.matched} papers are"
        wait = "waits" if done.waiting == 1 else "wait"
        absent = "1 student has" if done.absent == 1 else f"{done.absent} students have"
        self.say(
            f"{papers} matched, {done.waiting} {wait} for a person; {absent} no paper.",
            done._asdict(),
        )
