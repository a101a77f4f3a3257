"""Long work: one row per job, claimed, leased, reported on and finished. See docs/decisions/0002.

A job's function says how it ended: by returning (done), by `Refusal` (failed, for a reason a
person can act on), by `Later` (others first, then the rest), or by any other exception (tried
again, three times in all).
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """The work cannot be done, however often it is tried. The text is shown to the person."""


class JobLost(Exception):
    """Another attempt owns this job now, or it was called off: stop, and write nothing more."""


class Later(Exception):
    """A part of the work is done, and the rest waits behind what others asked for meanwhile."""

    def __init__(self, **args: Any) -> None:
        super().__init__()
        self.changed = args  # of the job's, for its next turn
