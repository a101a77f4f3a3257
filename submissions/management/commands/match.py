from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from gradebook import commands
from gradebook.counted import counted
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
        papers = counted(done.matched, "paper is", "papers are")
        waiting = counted(done.waiting, "waits", "wait")
        absent = counted(done.absent, "student has", "students have")
        self.say(
            f"{papers} matched, {waiting} for a person; {absent} no paper.",
            done._asdict(),
        )
