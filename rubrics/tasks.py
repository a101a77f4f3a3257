"""The long work on what graders say."""

from __future__ import annotations

from django.core.files.storage import default_storage

from gradebook.models import Exam
from jobs import Refusal
from jobs.models import Job
from jobs.registry import work

OLD = "This file is too old. Upload it again."


@work("evaluations.take")
def take_evaluations(job: Job) -> None:
    """Take the evaluations in `file` over into `exam`; `replace` also where answers are graded.

    A part is taken, and noted in `taken` and `so_far`, in one transaction: an attempt after this
    one goes on behind it, and counts nothing twice. The file names people, so it goes with the end.
    """
    # Every process knows all kinds of work: what this one needs is large, and few hold it.
    from rubrics.evaluations import files, tables
    from rubrics.evaluations.plans import plan
    from rubrics.evaluations.taking_over import Done, Refused, take_over, told

    name = job.args["file"]
    if not name:
        # All was through when the attempt before this one was stopped.
        job.report(message=told(Done(*job.args["so_far"])))
        return
    exam = Exam.objects.get(pk=job.args["exam"])
    job.report(message="Reading the file.")
    try:
        with default_storage.open(name, "rb") as file:
            planned = plan(exam, files.read(file))
        job.report(total=len(planned.parts), message="Taking evaluations over.")
        done = take_over(
            exam,
            planned,
            replace=job.args["replace"],
            by=job.asked_by,
            taken=job.args.get("taken", []),
            so_far=Done(*job.args.get("so_far", (0, 0, 0))),
            note=lambda taken, so_far: job.remember(taken=taken, so_far=list(so_far)),
            report=lambda count: job.report(done=count),
        )
    except FileNotFoundError:
        raise Refusal(OLD) from None
    except (Refused, tables.BadFile) as refusal:
        default_storage.delete(name)
        raise Refusal(str(refusal)) from None
    job.report(message=told(done))
    job.remember(file="", so_far=list(done))
    default_storage.delete(name)
