from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from gradebook.counted import counted
from scoring import release
from scoring.release_checks import ready


class Command(commands.Command):
    help = "Show students the results of an exam as they stand now, or take that back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("--by", default="", help="the e-mail of who releases")
        parser.add_argument("--take-back", action="store_true", help="hide the results again")

    def handle(self, *, exam: str, by: str, take_back: bool, **options: Any) -> None:
        found = commands.find_exam(exam)
        person = commands.find_person(by)
        if take_back:
            stood = release.take_back(found, by=person)
            text = (
                f"The release of {found} is taken back." if stood else f"{found} is not released."
            )
            return self.say(text, {"release": None, "taken_back": stood.pk if stood else None})
        left = [check.text for check in ready(found).open]
        try:
            made = release.release(found, by=person)
        except release.NotReleased as refusal:
            raise CommandError(str(refusal)) from None
        papers = made.copies.count()
        still = f" Open still: {'; '.join(left)}." if left else ""
        self.say(
            f"Released {found} to {counted(papers, 'student')}.{still}",
            {"release": made.pk, "papers": papers, "open": left},
        )
