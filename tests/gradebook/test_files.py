from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from gradebook.files import keep, keep_file, read

DATA = b"a scan" * 500_000
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def folder(request):
    """A folder of the test's own: all tests of a run share the storage."""
    name = f"tests-{request.node.name}"
    yield name
    shutil.rmtree(default_storage.path(name), ignore_errors=True)


@pytest.fixture
def name(folder):
    return f"{folder}/{DIGEST[:2]}/{DIGEST}.pdf"


class Interrupted(io.BytesIO):
    """Ends badly once it was read whole for its hash and half of it again for the copy."""

    def __init__(self, end):
        super().__init__(DATA)
        self.end, self.passes = end, 0

    def seek(self, position, whence=0):
        self.passes += position == 0 and whence == 0
        return super().seek(position, whence)

    def read(self, size=-1):
        if self.passes > 1 and self.tell() > len(DATA) // 2:
            self.end()
        return super().read(size)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def fail():
    raise OSError("No space left on device")


def test_the_same_bytes_are_stored_once(folder, name):
    first, second = keep(folder, DATA, ".pdf"), keep_file(folder, io.BytesIO(DATA), ".pdf")

    assert first == second == (name, DIGEST)
    assert read(name) == DATA


def test_a_killed_worker_leaves_no_half_file_under_the_name(folder, name):
    child = get_context("fork").Process(target=keep_file, args=(folder, Interrupted(die), ".pdf"))
    child.start()
    child.join(30)

    assert child.exitcode == -signal.SIGKILL
    assert not default_storage.exists(name)
    keep(folder, DATA, ".pdf")
    assert read(name) == DATA


def test_a_full_disk_leaves_nothing_behind(folder, name):
    with pytest.raises(OSError, match="No space left"):
        keep_file(folder, Interrupted(fail), ".pdf")

    assert list(Path(default_storage.path(name)).parent.iterdir()) == []
