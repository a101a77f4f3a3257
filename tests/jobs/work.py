"""Kinds of work for the tests; workers of their own find them by JOB_MODULES."""

from __future__ import annotations

import os
import time
from pathlib import Path

from jobs import Later, Refusal
from jobs.models import Job
from jobs.registry import work


def _note(job: Job, word: str) -> None:
    """Add a line to the job's file in one write, so that processes never mix theirs."""
    line = f"{word} {job.pk} {job.attempt}\n".encode()
    file = os.open(job.args["path"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line)
    os.close(file)


@work("test.note")
def note(job: Job) -> None:
    """Write down the start and the end, with `seconds` between them.

    Before the end it waits while there is the file that `hold` names.
    """
    _note(job, "began")
    time.sleep(job.args.get("seconds", 0))
    if "hold" in job.args and Path(job.args["hold"]).exists():
        _note(job, "held")
        while Path(job.args["hold"]).exists():
            time.sleep(0.02)
    _note(job, "ended")


@work("test.steps")
def steps(job: Job) -> None:
    """Report each of `steps` steps."""
    for step in range(job.args["steps"] + 1):
        job.report(done=step, total=job.args["steps"], message=f"Step {step}")


@work("test.refuse")
def refuse(job: Job) -> None:
    raise Refusal("This file is no PDF.")


@work("test.later")
def let_others_go_first(job: Job) -> None:
    if job.args["turns"]:
        raise Later(turns=job.args["turns"] - 1)


@work("test.break")
def break_down(job: Job) -> None:
    raise RuntimeError("a wire came loose")


@work("test.break-once")
def break_once(job: Job) -> None:
    if job.attempt == 1:
        raise RuntimeError("a wire came loose")


@work("test.die")
def die(job: Job) -> None:
    """Take the whole worker process along, as running out of memory would."""
    os._exit(9)
