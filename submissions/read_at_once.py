"""Files that are opened while a request waits: each for seconds, and few of them at a time.

Whoever sends many hard ones at once would otherwise keep every thread of the site busy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from jobs import folders
from submissions.sandbox import Sandbox
from submissions.sources import BadUpload

Ts = TypeVarTuple("Ts")
R = TypeVar("R")

SECONDS = 8.0  # far below what a request may take
MOST = 2
BUSY = "Other files are being read just now. Send {name} again in a moment."


def read_at_once(name: str, function: Callable[[*Ts], R], *args: *Ts) -> R:
    """Call a function in the sandbox. Raises SandboxError, and BadUpload if too many wait."""
    with folders.one_of(MOST, "reading") as free:
        if not free:
            raise BadUpload(BUSY.format(name=name))
        with Sandbox(seconds=SECONDS) as box:
            return box.call(function, *args)
