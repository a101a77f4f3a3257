"""What the workers do for the house itself."""

from __future__ import annotations

import logging

from django.core.management import call_command

from jobs import Refusal
from jobs.models import Job
from jobs.registry import work

logger = logging.getLogger(__name__)

SECONDS = 400  # of deleting; finding takes its time before that


@work("leftovers.prune", daily=True)
def prune(job: Job) -> None:
    """Delete files that nothing refers to, and jobs that are long over."""
    from gradebook import leftovers

    job.report(message="Looking for what can go")
    try:
        found = leftovers.find()
    except leftovers.Unsure as unsure:
        # Nobody asked, so nobody would see it in the row.
        logger.warning("%s", unsure)
        raise Refusal(str(unsure)) from None
    gone = leftovers.remove(found, seconds=SECONDS)
    job.report(message=f"Deleted {gone}.")


@work("sessions.clear", daily=True)
def clear_sessions(job: Job) -> None:
    """Delete sessions that ran out, and with them rosters that were never confirmed."""
    call_command("clearsessions")
