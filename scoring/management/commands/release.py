from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands
from gradebook.counted import counted
from gradebook.models import Exam, Section
from scoring import release
from scoring.models import Release
from scoring.release_checks import ready


def _sections(exam: Exam, names: list[str]) -> list[Section]:
    found = {one.name: one for one in Section.objects.filter(course=exam.course_id)}
    if unknown := [name for name in names if name not in found]:
        raise CommandError(f"This course has no section {', '.join(unknown)}.")
    return [found[name] for name in names]


class Command(commands.Command):
    help = "Show students the results of an exam as they stand now, or take that back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("exam")
        parser.add_argument("--by", default="", help="the e-mail of who releases")
        whom = parser.add_mutually_exclusive_group()
        whom.add_argument(
            "--section", action="append", default=[], help="release to this section; repeatable"
        )
        whom.add_argument("--rest", action="store_true", help="release to who sees nothing yet")
        whom.add_argument("--take-back", action="store_true", help="hide the results again")
        parser.add_argument(
            "--again", action="store_true", help="also show anew what is released already"
        )
        parser.add_argument("--mail", action="store_true", help="tell the students by e-mail")

    def handle(self, *, exam: str, by: str, take_back: bool, **options: Any) -> None:
        found = commands.find_exam(exam)
        person = commands.find_person(by)
        if take_back:
            stood = [one.pk for one in release.take_back(found, by=person)]
            text = (
                f"The release of {found} is taken back." if stood else f"{found} is not released."
            )
            return self.say(text, {"release": None, "taken_back": stood})
        sections = _sections(found, options["section"])
        to = Release.To.SECTIONS if sections else Release.To.REST if options["rest"] else "all"
        left = [check.text for check in ready(found, to, sections).open]
        try:
            made = release.release(
                found,
                by=person,
                to=to,
                sections=sections,
                again=release.latest(found) if options["again"] else None,
                mail=options["mail"],
            )
        except release.NotReleased as refusal:
            raise CommandError(str(refusal)) from None
        papers = made.copies.count()
        still = f" Open still: {'; '.join(left)}." if left else ""
        self.say(
            f"Released {found} to {counted(papers, 'student')}.{still}",
            {"release": made.pk, "papers": papers, "open": left},
        )
