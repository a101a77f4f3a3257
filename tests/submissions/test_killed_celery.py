"""Celery's worker killed in the middle of an intake, and its Redis lost, as real processes."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from django.conf import settings

from jobs.models import Job
from submissions.models import Crop, Page
from tests.jobs.test_processes import all_done, kill_all_of, started, until
from tests.jobs.test_services import WORKER, answers

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def broker(port: int, folder: Path) -> Iterator[str]:
    """The address of a Redis of its own; it is killed, and all that it held is gone, at the end."""
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    address = f"redis://127.0.0.1:{port}/0"
    try:
        until(lambda: answers(address))
        yield address
    finally:
        server.kill()
        server.wait(10)


def worker(address: str):
    return started(
        *WORKER,
        DATA_DIR=str(settings.DATA_DIR),
        SECRET_KEY=os.environ.get("SECRET_KEY", "x"),
        REDIS_URL=address,
    )


def assert_taken_once(upload, papers: int) -> None:
    """Every page is here, once, in as many whole papers."""
    exam = upload.exam
    numbers = list(upload.pages.order_by("number").values_list("number", flat=True))
    assert not Job.objects.exclude(state="done").exists()
    assert numbers == [*range(1, 3 * papers + 1)]
    assert set(upload.pages.values_list("state", flat=True)) == {Page.State.PLACED}
    assert exam.submissions.count() == papers
    assert Crop.objects.filter(region__exam=exam).count() == papers * exam.regions.count()


def in_the_middle(upload) -> bool:
    return 3 <= upload.pages.exclude(state=Page.State.WAITING).count() < 40


def test_what_a_killed_worker_had_begun_is_finished_once_though_redis_forgot_it(
    quiz, scans, take, port, tmp_path
):
    upload = take(quiz, scans(*[*range(9)] * 5))
    with broker(port, tmp_path) as address:
        with worker(address) as first:
            until(lambda: in_the_middle(upload))
            kill_all_of(first)
        left = upload.pages.filter(state=Page.State.WAITING).count()
        redis.Redis.from_url(address).flushdb()

        with worker(address):
            until(all_done, 120)

    assert left > 0
    assert_taken_once(upload, 15)


def test_an_intake_goes_on_when_redis_was_away_and_comes_back_empty(
    quiz, scans, take, port, tmp_path
):
    upload = take(quiz, scans(*[*range(9)] * 5))
    with broker(port, tmp_path) as address:
        running = worker(address)
        with running:
            until(lambda: in_the_middle(upload))
            redis.Redis.from_url(address).shutdown(nosave=True)
            until(lambda: not answers(address))
            left = upload.pages.filter(state=Page.State.WAITING).count()
            with broker(port, tmp_path):
                until(all_done, 120)

    assert left > 0
    assert_taken_once(upload, 15)
