"""How far a job and its children have come. Plain data in, plain data out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

TOO_EARLY_SECONDS = 2.0  # before this an estimate only jumps about


class Told(Protocol):
    """What is looked at in a job; `jobs.models.Job` has it all."""

    state: str
    done: int
    total: int
    message: str
    error: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Progress:
    """What a person sees of a job. `state` is queued, running, done or failed."""

    state: str
    done: int
    total: int
    message: str
    error: str
    seconds_left: float | None

    @property
    def finished(self) -> bool:
        return self.state in {"done", "failed"}

    @property
    def time_left(self) -> str:
        return "" if self.seconds_left is None else in_words(self.seconds_left)


def of_family(job: Told, children: Sequence[Told], at: datetime) -> Progress:
    """Return the progress of `job` and the jobs it asked for, as of `at`.

    With children, the parent's `total` is the whole if it reported one, and the children's
    `done` add up to the part. The family is finished when everybody is, and failed when
    anybody did.
    """
    everybody = [job, *children]
    state = _state_of([one.state for one in everybody])
    total = job.total or sum(child.total for child in children)
    done = sum(child.done for child in children) if children else job.done
    done = min(done, total) if total else done
    finished = state in {"done", "failed"}
    began = min((one.started_at for one in everybody if one.started_at), default=None)
    return Progress(
        state=state,
        done=total if state == "done" else done,
        total=total,
        message=_message_of(everybody),
        error=next((one.error for one in everybody if one.state == "failed"), ""),
        seconds_left=(
            seconds_left(done, total, (at - began).total_seconds())
            if began and not finished
            else None
        ),
    )


def seconds_left(done: int, total: int, elapsed: float) -> float | None:
    """Return the seconds to go at the pace so far, or None when that says nothing yet."""
    if elapsed < TOO_EARLY_SECONDS or not 0 < done <= total:
        return None
    return elapsed * (total - done) / done


def in_words(seconds: float) -> str:
    """Return a length of time as a person would say it, never more exact than it is known."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} seconds"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"about {minutes} minute{'s' if minutes > 1 else ''}"
    hours = round(minutes / 60)
    return f"about {hours} hour{'s' if hours > 1 else ''}"


def _state_of(states: Sequence[str]) -> str:
    if set(states) == {"queued"}:
        return "queued"
    if {"queued", "running"} & set(states):
        return "running"
    return "failed" if "failed" in states else "done"


def _message_of(everybody: Sequence[Told]) -> str:
    """Return what was said last by somebody at work; else by anybody."""
    said = [one for one in everybody if one.message]
    at_work = [one for one in said if one.state == "running"]
    return (at_work or said)[-1].message if said else ""
