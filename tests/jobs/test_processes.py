"""Workers as real processes on a real database file, and what is left when they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from jobs.models import STOPPED, Job

pytestmark = pytest.mark.django_db(transaction=True)

LEASE_SECONDS = 2


def environment(**more: str) -> dict[str, str]:
    """The environment of a worker on the test's own database."""
    of = connection.settings_dict
    address = f"sqlite:///{of['NAME']}"
    if connection.vendor == "postgresql":
        address = f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.jobs.settings",
        "DATABASE_URL": address,
        "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        "REDIS_URL": "",
        **more,
    }


@contextmanager
def started(*command: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; whatever is left of it ends with the test."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=environment(**env),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill_all_of(process)


def kill_all_of(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def runjobs(*options: str):
    return started("manage.py", "runjobs", *options)


def until(holds: Callable[[], object], seconds: float = 40) -> None:
    """Wait until something holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def ask_for_twelve(notes: Path, hold: Path | None = None) -> list[int]:
    """Ask for twelve jobs; all but two stay in the middle for as long as the file `hold` is there.

    A job killed between its last line and its finish would rightly run twice, a worker killed
    between two jobs would leave nothing behind, and all could be done before anybody looks.
    """
    held: dict[str, Any] = {"hold": str(hold)} if hold else {}
    ask = partial(Job.objects.ask, "test.note", path=str(notes), seconds=0.3)
    return [ask(**more).pk for more in ({}, {}, *[held] * 10)]


def ended(notes: Path) -> Counter[int]:
    """How often each job ran to its end."""
    return noted(notes, "ended")


def noted(notes: Path, word: str) -> Counter[int]:
    lines = notes.read_text().splitlines() if notes.exists() else []
    return Counter(int(line.split()[1]) for line in lines if line.startswith(word))


def both_held(notes: Path) -> bool:
    """Two jobs are done, and both workers are in the middle of another, and stay there."""
    return noted(notes, "held").total() == 2


def all_done() -> bool:
    return not Job.objects.unfinished().exists()


def assert_each_ended_once(notes: Path, asked: list[int]) -> None:
    assert ended(notes) == Counter(asked)
    assert Job.objects.filter(state="done").count() == len(asked)


def test_what_a_killed_runner_had_in_hand_is_done_by_the_next(notes, hold):
    asked = ask_for_twelve(notes, hold)
    with runjobs() as first:
        until(lambda: both_held(notes))
        kill_all_of(first)
    hold.unlink()
    left = Job.objects.unfinished().count()

    with runjobs("--until-idle") as second:
        assert second.wait(40) == 0

    assert left > 0
    assert_each_ended_once(notes, asked)


def test_the_parent_frees_the_job_of_a_killed_child_and_starts_another(notes, hold):
    asked = ask_for_twelve(notes, hold)
    with started("manage.py", "runjobs", "--until-idle", JOB_LEASE_SECONDS="600") as parent:
        until(lambda: both_held(notes))
        os.kill(children_of(parent)[0], signal.SIGKILL)
        hold.unlink()
        assert parent.wait(40) == 0

    assert_each_ended_once(notes, asked)


def test_a_killed_parents_children_finish_their_job_and_leave(notes, hold):
    ask_for_twelve(notes, hold)
    with runjobs() as parent:
        until(lambda: both_held(notes))
        children = children_of(parent)
        parent.kill()
        parent.wait(40)
        hold.unlink()
        until(lambda: not any(alive(child) for child in children))

    assert not Job.objects.filter(state="running").exists()
    assert Job.objects.filter(state="queued").exists()


def test_a_stopped_runner_finishes_the_jobs_in_hand(notes, hold):
    ask_for_twelve(notes, hold)
    with runjobs() as parent:
        until(lambda: both_held(notes))
        parent.terminate()
        hold.unlink()
        assert parent.wait(40) == 0

    assert not Job.objects.filter(state="running").exists()
    assert set(ended(notes)) == set(Job.objects.filter(state="done").values_list("pk", flat=True))
    assert not all_done()


def test_a_stop_sent_to_the_whole_group_is_as_gentle(notes, hold):
    ask_for_twelve(notes, hold)
    with runjobs() as parent:
        until(lambda: both_held(notes))
        for _ in range(10):
            os.killpg(parent.pid, signal.SIGTERM)
        hold.unlink()
        assert parent.wait(40) == 0

    assert not Job.objects.filter(state="running").exists()


def test_a_job_that_takes_its_worker_along_is_given_up_and_the_others_are_done(notes):
    deadly = Job.objects.ask("test.die")
    asked = ask_for_twelve(notes)
    with runjobs("--until-idle") as parent:
        assert parent.wait(40) == 0

    deadly.refresh_from_db()
    assert (deadly.state, deadly.attempt, deadly.error) == ("failed", 3, STOPPED)
    assert ended(notes) == Counter(asked)


def children_of(parent: subprocess.Popen[bytes]) -> list[int]:
    tasks = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    return [int(pid) for pid in tasks.read_text().split()]


def alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
