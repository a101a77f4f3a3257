"""Long work: one row per job, claimed, leased, reported on and finished. See docs/decisions/0002.

A job's function says how it ended: by returning (done), by `Refusal` (failed, for a reason a
person can act on), or by any other exception (tried again, three times in all).
"""

from __future__ import annotations


class Refusal(Exception):
    """The work cannot be done, however often it is tried. The text is shown to the person."""


class JobLost(Exception):
    """Another attempt owns this job now: stop, and write nothing more."""
