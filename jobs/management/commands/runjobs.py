from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jobs.models import Job
from jobs.runner import carry_out
from jobs.supervisor import Supervisor


class Command(BaseCommand):
    help = "Do the long work that is asked for, until stopped. SIGTERM lets running jobs finish."
    # The web process beside it reports what is misconfigured; a worker starts sooner without.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--processes",
            type=int,
            default=settings.JOB_PROCESSES,
            help="how many jobs to do at once (default: JOB_PROCESSES, %(default)s)",
        )
        parser.add_argument(
            "--until-idle", action="store_true", help="end when no job is left unfinished"
        )
        parser.add_argument("--once", action="store_true", help="do one job, if one is due")

    def handle(self, *, processes: int, until_idle: bool, once: bool, **options: Any) -> str:
        if once:
            job = Job.objects.take("runjobs --once")
            if job is None:
                return "Nothing to do."
            carry_out(job)
            return f"{job} is {job.get_state_display().lower()}."
        Supervisor(max(1, processes), until_idle=until_idle).run()
        return "Nothing is left to do." if until_idle else "Stopped."
