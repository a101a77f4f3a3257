from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from gradebook import commands, leftovers
from jobs.finished import KEEP_DAYS

MOST_DAYS = 36_500  # a century: no clock goes back without end


class Command(commands.Command):
    help = (
        "Delete stored files that nothing refers to any more and that are older than a day, and"
        " finished jobs that no page shows. A worker does the same once a day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--days",
            type=int,
            default=KEEP_DAYS,
            help="how long finished jobs are kept (default: %(default)s)",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument(
            "--all",
            action="store_true",
            help="delete even if the database refers to no file at all",
        )

    def handle(self, *, days: int, dry_run: bool, **options: Any) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be 1 or more, and {MOST_DAYS:,} at most.")
        try:
            found = leftovers.find(days=days, even_all=options["all"])
        except leftovers.Unsure as unsure:
            raise CommandError(str(unsure)) from None
        if dry_run:
            size = leftovers.size_of(found.files)
            gone = leftovers.Pruned(len(found.files), size, len(found.jobs))
        else:
            gone = leftovers.remove(found)
        verb = "Would delete" if dry_run else "Deleted"
        self.say(f"{verb} {gone}.", {**gone._asdict(), "dry_run": dry_run})
