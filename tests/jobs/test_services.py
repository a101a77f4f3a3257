"""A real Celery worker on a real Redis, both killed or emptied in the middle."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from jobs.models import Job
from tests.jobs.test_processes import (
    all_done,
    assert_each_ended_once,
    both_held,
    environment,
    kill_all_of,
    started,
    until,
)

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

WORKER = ("-m", "celery", "-A", "config", "worker", "-c", "2", "--loglevel", "WARNING")
ASK = """
from jobs.models import Job
for number in range({count}):
    held = dict(hold={hold!r}) if {hold!r} and number >= 2 else dict()
    Job.objects.ask("test.note", path={path!r}, seconds={seconds}, **held)
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis of its own, so that emptying it disturbs nobody."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    address = f"redis://127.0.0.1:{port}/0"
    try:
        until(lambda: answers(address))
        yield address
    finally:
        server.kill()
        server.wait(10)


def answers(address: str) -> bool:
    try:
        return bool(redis.Redis.from_url(address).ping())
    except redis.ConnectionError:
        return False


def ask(
    broker: str, notes: Path, count: int = 12, seconds: float = 0.3, hold: Path | None = None
) -> list[int]:
    """Ask as a web process does: it writes the row and tells the broker.

    All but two of the jobs stay in the middle while the file `hold` is there.
    """
    code = ASK.format(count=count, path=str(notes), seconds=seconds, hold=hold and str(hold))
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=settings.BASE_DIR,
        env=environment(REDIS_URL=broker),
        check=True,
        timeout=60,
    )
    return list(Job.objects.values_list("pk", flat=True))


def test_a_worker_is_woken_by_the_broker(broker, notes):
    with started(*WORKER, REDIS_URL=broker):
        asked = ask(broker, notes, seconds=0)
        until(all_done)

    assert_each_ended_once(notes, asked)


def test_a_killed_worker_and_an_emptied_broker_lose_nothing(broker, notes, hold):
    asked = ask(broker, notes, hold=hold)
    with started(*WORKER, REDIS_URL=broker) as first:
        until(lambda: both_held(notes))
        kill_all_of(first)
    hold.unlink()
    redis.Redis.from_url(broker).flushall()
    left = Job.objects.unfinished().count()

    with started(*WORKER, REDIS_URL=broker):
        until(all_done, 60)

    assert left > 0
    assert_each_ended_once(notes, asked)


def test_asking_works_and_is_quick_while_the_broker_is_away(notes):
    asked = ask("redis://127.0.0.1:1/0", notes, count=2)

    assert Job.objects.claimable().count() == len(asked) == 2
    created, last = Job.objects.order_by("pk").values_list("created_at", flat=True)
    # Celery left alone waits six seconds for each.
    assert (last - created).total_seconds() < 6


def test_the_embedded_runner_does_what_no_celery_worker_takes(broker, notes):
    asked = ask(broker, notes, count=3, seconds=0)
    with started("manage.py", "runjobs", "--until-idle", REDIS_URL=broker) as runner:
        assert runner.wait(40) == 0

    assert_each_ended_once(notes, asked)
