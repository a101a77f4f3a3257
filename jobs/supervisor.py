"""The embedded runner: a parent that keeps some child processes at the job table.

Nothing is kept in memory, so killing any of them loses nothing: a dead child's job is given
free at once by the parent, a dead parent's children go after their job, and what died
altogether is taken up when its lease runs out.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from types import FrameType

from django.db import DatabaseError, close_old_connections, connections, reset_queries
from django.utils.timezone import now

from jobs.models import Job
from jobs.runner import carry_out, work_through
from jobs.sweep import (
    DAILY_FIRST_SECONDS,
    DAILY_LOOK_SECONDS,
    SWEEP_SECONDS,
    ask_for_daily_work,
    sweep,
)

RECYCLE_AFTER = 200  # jobs a child does before a fresh one takes its place
LIMIT_SECONDS = 900  # longer than any chunk; then the kernel ends the child
LOOK_SECONDS = 0.5  # between two looks at the children
STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}

logger = logging.getLogger(__name__)


class Supervisor:
    """Keeps `processes` children at work until told to stop or, if wished, until all is done."""

    def __init__(self, processes: int, *, until_idle: bool = False) -> None:
        self.processes = processes
        self.until_idle = until_idle
        self.children: dict[str, ForkProcess] = {}
        self.stopping = False
        self.born = 0

    def run(self) -> None:
        on_stop_signal(self.stop)
        swept = float("-inf")
        look_at = time.monotonic() + DAILY_FIRST_SECONDS
        while True:
            crashed = self._bury()
            if crashed or time.monotonic() - swept >= SWEEP_SECONDS:
                swept = time.monotonic()
                _quietly(sweep)
            if not self.until_idle and time.monotonic() >= look_at:
                look_at = time.monotonic() + DAILY_LOOK_SECONDS
                _quietly(ask_for_daily_work)
            if not self.stopping and not self._all_done():
                self._raise_children()
            if not self.children:
                return
            wait([child.sentinel for child in self.children.values()], LOOK_SECONDS)

    def stop(self) -> None:
        """Let each child finish the job it has, and start nothing more."""
        self.stopping = True
        for child in self.children.values():
            child.terminate()

    def _raise_children(self) -> None:
        # SQLite's connections must not cross a fork, PostgreSQL's would be shared.
        connections.close_all()
        # A signal now would find a child without its handler, or one not yet in the list.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        while len(self.children) < self.processes:
            self.born += 1
            name = f"{socket.gethostname()[:60]} {os.getpid()}.{self.born}"
            child = get_context("fork").Process(
                target=_child, args=(name, os.getpid(), self.until_idle)
            )
            child.start()
            self.children[name] = child
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def _bury(self) -> bool:
        """Free the jobs of dead children, without waiting for a lease. Say if one crashed."""
        dead = {name: child for name, child in self.children.items() if not child.is_alive()}
        crashed = {name: child.exitcode for name, child in dead.items() if child.exitcode}
        for name in dead:
            del self.children[name]
        if crashed:
            logger.warning("Workers ended with %s; what they had is free again", crashed)
            _free(list(crashed))
            # What ends one child at once may end the next: no busy loop.
            time.sleep(LOOK_SECONDS)
        return bool(crashed)

    def _all_done(self) -> bool:
        if not self.until_idle:
            return False
        try:
            return not Job.objects.unfinished().exists()
        except DatabaseError:
            return False


def on_stop_signal(stop: Callable[[], None]) -> None:
    """Call `stop()` at SIGTERM or Ctrl-C. A second Ctrl-C ends the process at once.

    A second SIGTERM does not: service managers send it to the whole group, and the parent
    hands it on as well.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            signal.signal(number, signal.SIG_DFL)
        stop()

    for number in STOP_SIGNALS:
        signal.signal(number, handle)


def _child(name: str, parent: int, until_idle: bool) -> None:
    # No threading.Event: its lock is not re-entrant, and the signal may come twice at once.
    stopped: list[bool] = []
    on_stop_signal(lambda: stopped.append(True))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    work_through(
        name,
        until_idle=until_idle,
        most=RECYCLE_AFTER,
        # An orphan's parent is somebody else: nobody would free its next job if it died.
        stop=lambda: bool(stopped) or os.getppid() != parent,
        do=_one,
    )
    connections.close_all()


def _one(job: Job) -> None:
    """Do a job as a request would be served: within a limit, on a connection that works."""
    signal.alarm(LIMIT_SECONDS)
    close_old_connections()
    try:
        carry_out(job)
    finally:
        signal.alarm(0)
        reset_queries()


def _quietly(act: Callable[[], object]) -> None:
    try:
        act()
    except DatabaseError:
        logger.warning("Could not look after the jobs; the next turn will", exc_info=True)
        connections.close_all()


def _free(workers: list[str]) -> None:
    try:
        running = Job.objects.filter(worker__in=workers, state=Job.State.RUNNING)
        running.update(lease_until=now())
    except DatabaseError:
        logger.warning("Could not free the jobs of %s; their leases will run out", workers)
        connections.close_all()
