"""Two Celery workers draw an exam's copies, and one of them is killed in the middle."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings
from django.core.files.storage import default_storage

from gradebook.files import read
from jobs.models import Job
from scoring.drawing import digest_of
from scoring.release import release
from scoring.results import from_json
from tests.jobs.test_processes import all_done, kill_all_of, started, until
from tests.jobs.test_services import WORKER
from tests.scoring.test_copies import many
from tests.submissions.test_killed_celery import broker, port

__all__ = ["port"]

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_files"),
]

# Enough that the first worker is still at it when the second one is up.
PAPERS = 160
# So long that a worker with too little of the machine is not taken for a dead one.
LEASE_SECONDS = 8


def worker(name: str, address: str, files: Path):
    return started(
        *WORKER,
        *("-c", "1", "-n", f"{name}@%h"),
        DATA_DIR=str(settings.DATA_DIR),
        SECRET_KEY=os.environ.get("SECRET_KEY", "x"),
        JOB_LEASE_SECONDS=str(LEASE_SECONDS),
        REDIS_URL=address,
        STORAGE_URL=files.as_uri(),
    )


def in_the_middle() -> bool:
    """Both workers have a chunk in hand, and each has drawn a part of it, and not yet the most."""
    running = Job.objects.filter(kind="copies.draw", state=Job.State.RUNNING)
    return [0 < job.done <= job.total / 2 for job in running] == [True, True]


def result_in(pdf: bytes) -> object:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return json.loads(opened.attachments["result.json"].get_file().read_bytes())


def test_every_copy_is_there_once_and_right_after_one_of_two_workers_was_killed(
    graded, port, tmp_path: Path, own_files: Path
):
    many(graded, PAPERS - 2)
    made = release(graded.exam, by=graded.ines)
    job = Job.objects.get(kind="copies.release")
    with (
        broker(port, tmp_path) as address,
        worker("other", address, own_files),
        worker("killed", address, own_files) as killed,
    ):
        until(in_the_middle, 60)
        kill_all_of(killed)
        torn = Job.objects.get(state=Job.State.RUNNING, worker__startswith="killed@")
        left = made.copies.filter(file="").count()
        until(all_done, 120)

    copies = list(made.copies.all())
    assert left > 0
    assert len(copies) == PAPERS
    assert not Job.objects.exclude(state=Job.State.DONE).exists()
    torn.refresh_from_db()
    assert torn.attempt > 1
    job.refresh_from_db()
    progress = job.progress()
    assert (progress.state, progress.done, progress.total) == ("done", PAPERS, PAPERS)
    for copy in copies:
        assert copy.digest == digest_of(from_json(copy.result))
        assert result_in(read(copy.file.name)) == copy.result
    # Nothing else was left behind, and nothing drawn for two.
    names = [copy.file.name for copy in copies]
    assert len(set(names)) == PAPERS
    assert stored("copies") == set(names)


def stored(folder: str) -> set[str]:
    """The names of all whole files below a folder: one just being written dies with its worker."""
    if not default_storage.exists(folder):
        return set()
    folders, files = default_storage.listdir(folder)
    below = [name for one in folders for name in stored(f"{folder}/{one}")]
    whole = [name for name in files if not name.startswith(".part-")]
    return {*(f"{folder}/{name}" for name in whole), *below}
