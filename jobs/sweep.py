"""Put right what dying workers and a forgetful broker leave behind."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Event, Thread
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models import F
from django.utils.timezone import now

from jobs import folders
from jobs.models import MAX_ATTEMPTS, STOPPED, Job
from jobs.registry import daily_kinds
from jobs.wake import wake

SWEEP_SECONDS = 15
RESEND_SECONDS = 30  # a job queued this long may have lost its message
# A worker that starts has people waiting; daily work can wait for a minute.
DAILY_FIRST_SECONDS, DAILY_LOOK_SECONDS = 60, 3600
RESEND_MOST = 500  # the oldest ones keep every worker busy until the next sweep

logger = logging.getLogger(__name__)


def sweep(*, resend_after: float = RESEND_SECONDS) -> int:
    """Queue jobs of dead workers again, give up those stopped three times over, wake a worker.

    Jobs queued for more than `resend_after` seconds are sent to the broker once more, and
    folders that dead workers left on this machine are deleted.
    Safe to run anywhere, at any time, in any number. Returns how many jobs it touched.
    """
    expired = Job.objects.expired()
    given_up = expired.filter(fruitless__gte=MAX_ATTEMPTS).update(
        state=Job.State.FAILED, error=STOPPED, finished_at=now(), lease_until=None
    )
    queued = expired.filter(fruitless__lt=MAX_ATTEMPTS).update(
        # Sent long ago as far as anybody knows: _send_again takes it along.
        state=Job.State.QUEUED,
        lease_until=None,
        sent_at=F("created_at") - timedelta(days=1),
    )
    sent = _send_again(resend_after) if settings.REDIS_URL else 0
    try:
        folders.sweep()
    except OSError:
        # Somebody else's folder in the way is no reason to leave jobs lying.
        logger.warning("Could not tidy up the folders of dead workers", exc_info=True)
    return given_up + queued + sent


def _send_again(after: float) -> int:
    waiting = Job.objects.filter(
        state=Job.State.QUEUED,
        due_at__lte=now(),
        sent_at__lt=now() - timedelta(seconds=after),
    ).order_by("due_at", "pk")
    sent = 0
    for pk, sent_at in waiting.values_list("pk", "sent_at")[:RESEND_MOST]:
        # Every worker sweeps; only the one that moves the time sends the message.
        if Job.objects.filter(pk=pk, sent_at=sent_at).update(sent_at=now()):
            wake(pk)
            sent += 1
    return sent


def ask_for_daily_work() -> int:
    """Ask for each kind of daily work that nobody asked for within a day; return how many."""
    kinds = daily_kinds()
    since = now() - timedelta(days=1)
    asked = Job.objects.filter(kind__in=kinds, created_at__gt=since).values_list("kind", flat=True)
    due = set(kinds) - set(asked)
    for kind in due:
        # Every worker looks; the key makes them one.
        Job.objects.ask(kind, key=f"daily:{kind}")
    return len(due)


def sweep_for_ever(stop: Event) -> Thread:
    """Sweep now and every 15 seconds in a thread of its own, until `stop` is set."""
    every = min(SWEEP_SECONDS, settings.JOB_LEASE_SECONDS)

    def turn() -> None:
        # A worker that starts may follow on a broker that lost everything.
        resend_after = 0.0
        look_at = monotonic() + DAILY_FIRST_SECONDS
        while True:
            try:
                sweep(resend_after=resend_after)
                resend_after = RESEND_SECONDS
                if monotonic() >= look_at:
                    look_at = monotonic() + DAILY_LOOK_SECONDS
                    ask_for_daily_work()
            except DatabaseError:
                logger.warning("Could not sweep; the next turn will", exc_info=True)
            finally:
                connections.close_all()
            if stop.wait(every):
                return

    thread = Thread(target=turn, name="sweep", daemon=True)
    thread.start()
    return thread
