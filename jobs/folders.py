"""Folders for work in progress, all in one place, so that what killed workers left can be found.

A folder's name says whose it is, `host.pid-…`: it goes with its process, or once it is too old.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from stat import S_ISDIR

OLD_SECONDS = 6 * 3600  # longer than any job, and than a helper is kept


def new() -> str:
    """Make a folder of this process; who asks for it deletes it."""
    return tempfile.mkdtemp(prefix=f"{_host()}.{os.getpid()}-", dir=_root())


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder of this process while the block runs."""
    folder = new()
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def one_of(most: int, name: str) -> Iterator[bool]:
    """Hold one of so many places of that name on this machine, or say that all are taken.

    A place is free again when its process is gone, whatever took it.
    """
    with ExitStack() as held:
        for number in range(most):
            place = held.enter_context((_root() / f"{name}.{number}").open("w"))
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield True
            return
        yield False


def sweep() -> int:
    """Delete folders whose process is gone; return how many. Safe anywhere, at any time."""
    gone = 0
    for folder in _root().iterdir():
        if folder.is_dir() and _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def _is_left(folder: Path) -> bool:
    host, _, pid = folder.name.partition("-")[0].rpartition(".")
    # Another machine, or container, may share the disk, and its processes are not seen here.
    if host == _host() and pid.isdecimal() and not _is_alive(int(pid)):
        return True
    try:
        return time.time() - folder.stat().st_mtime > OLD_SECONDS
    except FileNotFoundError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _host() -> str:
    return socket.gethostname()[:60].replace("-", "_").replace("/", "_")


def _root() -> Path:
    return own("work")


def own(purpose: str) -> Path:
    """Return this machine's folder of that purpose, made if need be; no other user gets at it."""
    folder = Path(tempfile.gettempdir()) / f"marginalia-{os.getuid()}-{purpose}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    # On a shared machine somebody else may have made it first, to read or swap what lies in it.
    if not S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(
            f"{folder} is not a folder of this user alone. Remove it, and try again."
        )
    return folder
