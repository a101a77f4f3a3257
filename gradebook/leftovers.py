"""What lies about: stored files that no row refers to, and jobs that are long over.

Files are never deleted where their rows are: a deleted upload, a copy drawn anew or a killed
worker leaves some behind. A file is in use while any row names a file with the same hash in its
name, in whatever folder: what is prepared from a file under its hash stays with it.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from django.apps import apps
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.models import FileField, Q
from django.template.defaultfilters import filesizeformat, pluralize
from django.utils.timezone import now

from jobs import finished

# A file is kept before its row is written; by then it is minutes old, never a day.
AGE = timedelta(days=1)
KEPT = re.compile(r"/([0-9a-f]{2})/(\1[0-9a-f]{62})[^/]*$")
PART = ".part-"  # a file that is being written: gradebook.files
SHARDS = "0123456789abcdef"  # of all hashes, by their first digit


class Unsure(Exception):
    """Nothing was deleted, because this may be the wrong database; the text says why."""


class Leftovers(NamedTuple):
    """Names of files in the storage, and keys of finished jobs with all they asked for."""

    files: list[str]
    jobs: list[int]


class Pruned(NamedTuple):
    files: int
    bytes: int
    jobs: int

    def __str__(self) -> str:
        files, jobs = f"{self.files:,} file{pluralize(self.files)}", f"{self.jobs:,} finished job"
        size = filesizeformat(self.bytes).replace("\xa0", " ")
        return f"{files} that nothing refers to ({size}) and {jobs}{pluralize(self.jobs)}"


def find(*, days: int = finished.KEEP_DAYS, even_all: bool = False) -> Leftovers:
    """Return what can go: files nothing refers to, a day old, and jobs over for so many days.

    Raises Unsure when there are such files and no other, unless `even_all` says that is right.
    """
    before, files, in_use = now() - AGE, [], 0
    for shard in SHARDS:
        # Listed first: what a row names since then is not among them.
        listed = list(_listed(shard))
        used = _digests(shard)
        for name, digest in listed:
            if digest in used:
                in_use += 1
            elif _is_older(name, before):
                files.append(name)
    if files and not in_use and not even_all:
        raise Unsure(
            f"No row of this database refers to any of the {len(files):,} files in the storage: "
            "it may be the wrong one. If all of them are to go, say --all."
        )
    return Leftovers(files, finished.finished_before(days))


def remove(found: Leftovers, *, seconds: float = float("inf")) -> Pruned:
    """Delete what was found, files for so many seconds at most; the rest is found again."""
    before, end = now() - AGE, monotonic() + seconds
    files = size = 0
    for name in found.files:
        if monotonic() > end:
            break
        if (gone := _remove(name, before)) is not None:
            files, size = files + 1, size + gone
    finished.forget(found.jobs)
    return Pruned(files, size, len(found.jobs))


def digest_of(name: str) -> str:
    """Return the hash a stored file's name holds, "" for none."""
    match = KEPT.search(f"/{name}")
    return match[2] if match else ""


class Gone(NamedTuple):
    files: int
    bytes: int


def remove_unnamed(digests: Collection[str], *, before: datetime) -> Iterator[Gone]:
    """Delete what is stored under these hashes, in whatever folder, unless a row names it.

    At once, not a day later: for what a person wants gone. A file that was kept again since
    `before` stays. Yields what went, for each sixteenth of all hashes.
    """
    for shard in SHARDS:
        doomed = {digest for digest in digests if digest.startswith(shard)}
        files = size = 0
        if doomed := doomed and doomed - _digests(shard):
            for name, digest in _listed(shard):
                if digest in doomed and (gone := _remove(name, before)) is not None:
                    files, size = files + 1, size + gone
        yield Gone(files, size)


def size_of(files: list[str]) -> int:
    return sum(default_storage.size(name) for name in files)


# The storage


def _listed(shard: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the hash of stored files whose hash begins so; "" for unfinished ones."""
    try:
        folders = default_storage.listdir("")[0]
    except FileNotFoundError:
        return  # nothing was ever stored
    for folder in folders:
        for start in default_storage.listdir(folder)[0]:
            if len(start) != 2 or start[0] != shard:
                continue
            for file in default_storage.listdir(f"{folder}/{start}")[1]:
                name = f"{folder}/{start}/{file}"
                if match := KEPT.search(f"/{name}"):
                    yield name, match[2]
                elif file.startswith(PART):
                    yield name, ""


def _is_older(name: str, than: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < than
    except FileNotFoundError:
        return False


def _remove(name: str, before: datetime) -> int | None:
    """Delete a file unless somebody has kept it again since; return its size."""
    if isinstance(default_storage, FileSystemStorage):
        return _remove_here(Path(default_storage.path(name)), before.timestamp())
    if not _is_older(name, before):
        return None
    size = default_storage.size(name)
    default_storage.delete(name)
    return size


def _remove_here(path: Path, before: float) -> int | None:
    doomed = path.with_name(f"{PART}{uuid.uuid4().hex}")
    try:
        if path.stat().st_mtime >= before:
            return None
        # Out of the way first: who keeps the same bytes now finds no file and writes it anew.
        os.rename(path, doomed)
    except FileNotFoundError:
        return None
    facts = doomed.stat()
    if facts.st_mtime >= before:
        # Kept again in the instant between.
        os.replace(doomed, path)
        return None
    doomed.unlink()
    return facts.st_size


# The rows


def _digests(shard: str) -> set[str]:
    """Return the hashes, beginning so, of all files that any row of any model names."""
    found: set[str] = set()
    for model in apps.get_models():
        fields = [field.name for field in model._meta.fields if isinstance(field, FileField)]
        if not fields:
            continue
        some = Q()
        for field in fields:
            some |= Q(**{f"{field}__contains": f"/{shard}"})
        for names in model._base_manager.filter(some).values_list(*fields).iterator():
            found.update(digest for name in names if (digest := digest_of(name)))
    return found
