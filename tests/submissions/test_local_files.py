"""Files of a far storage, fetched to this machine once."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage

from submissions import local_files
from submissions.local_files import KEEP_SECONDS, forget, local_path


class Far(InMemoryStorage):
    """Files without a path, as in a bucket; the one in memory makes paths up."""

    def path(self, name: str) -> str:
        raise NotImplementedError

    def _relative_path(self, name: str) -> str:
        return os.path.normpath(name)


@pytest.fixture(autouse=True)
def far(settings, monkeypatch, tmp_path):
    """A storage that lies nowhere on this machine, and a place for what is fetched from it."""
    backend = {"BACKEND": f"{__name__}.Far"}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    default_storage.save("uploads/ab/one.pdf", ContentFile(b"one"))
    default_storage.save("uploads/ab/two.pdf", ContentFile(b"two"))


def test_a_file_is_fetched_once_and_forgotten(monkeypatch):
    path = local_path("uploads/ab/one.pdf")
    assert path.read_bytes() == b"one"
    monkeypatch.setattr(Far, "_open", None)
    assert local_path("uploads/ab/one.pdf") == path

    forget("uploads/ab/one.pdf")

    assert not path.exists()


def test_what_nobody_asked_for_in_half_a_day_goes_and_what_is_in_use_stays():
    old, fresh = (local_path(f"uploads/ab/{name}.pdf") for name in ("one", "two"))
    long_ago = time.time() - KEEP_SECONDS - 60
    os.utime(old, (long_ago, long_ago))

    forget("uploads/ab/none.pdf")

    assert not old.exists()
    assert fresh.exists()


def test_two_that_tidy_up_at_once_are_not_in_each_others_way(monkeypatch):
    left = local_path("uploads/ab/one.pdf")
    seen = list(left.parent.iterdir())
    left.unlink()
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter(seen))

    forget("uploads/ab/two.pdf")

    assert not left.exists()


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_folder_that_others_get_at_is_not_used(mode):
    folder = local_path("uploads/ab/one.pdf").parent
    folder.chmod(mode)

    with pytest.raises(PermissionError, match="not a folder of this user alone"):
        local_path("uploads/ab/one.pdf")


def test_a_link_to_another_place_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (tmp_path / f"marginalia-{os.getuid()}-{local_files.PURPOSE}").symlink_to(elsewhere)

    with pytest.raises(PermissionError):
        local_path("uploads/ab/one.pdf")
    assert list(elsewhere.iterdir()) == []
