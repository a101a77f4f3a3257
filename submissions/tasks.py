"""What the workers do for submissions: a claimed job in, one call.

Every process knows all kinds of work. What reads pictures and PDFs is loaded by the work that
needs it: a worker that draws copies has no use for it, nor has who only asks.
"""

from __future__ import annotations

from gradebook.counted import counted
from gradebook.models import Exam
from jobs.models import Job
from jobs.registry import work


@work("match.exam", lasting=True)
def match_exam(job: Job) -> None:
    """Read what is not read yet, then let the roster as a whole decide."""
    from submissions import readings, whose

    exam = Exam.objects.select_related("course").filter(pk=job.args["exam"]).first()
    if exam is None:
        return
    if readings.has_much_to_read(exam):
        Job.objects.ask("match.read", key=f"match.read:{exam.pk}", by=job.asked_by, exam=exam.pk)
    readings.read_papers(
        exam, lambda done, total: job.report(done=done, total=total, message="Reading names")
    )
    done = whose.match_exam(exam)
    job.report(
        message=f"{done.matched:,} matched, {counted(done.waiting, 'waits', 'wait')} for a person."
    )


@work("match.read")
def read_from_the_end(job: Job) -> None:
    """Help to read many papers: whoever matches them begins with the first, this with the last."""
    from submissions import readings

    exam = Exam.objects.filter(pk=job.args["exam"]).first()
    if exam is not None:
        readings.read_papers(
            exam, lambda done, total: job.report(done=done, total=total), from_the_end=True
        )


@work("template.draw")
def draw_template(job: Job) -> None:
    """Draw the pages of a blank exam and make it the template."""
    from submissions import template

    template.draw_template(job)


@work("print.papers")
def draw_papers(job: Job) -> None:
    """Draw the PDF of a print run."""
    from submissions import print_drawing

    print_drawing.draw_papers(job)


@work("deliveries.discard", daily=True)
def discard_deliveries(job: Job) -> None:
    """Discard parts of files that nobody came back for."""
    from submissions import deliveries

    gone = deliveries.discard_old()
    job.report(message=f"{counted(gone, 'file')} on the way forgotten.")


@work("intake.open")
def open_upload(job: Job) -> None:
    """Look at a file of scans and ask for its chunks."""
    from submissions import intake

    intake.open_upload(job)


@work("intake.chunk")
def take_pages(job: Job) -> None:
    """Take some twenty pages out of a file, recognise and draw them."""
    from submissions import chunks

    chunks.take_pages(job)


@work("intake.form")
def form_papers(job: Job) -> None:
    """Form papers of a file's pages, or put a page that was scanned again in its place."""
    from submissions import papers, replacing

    if not replacing.form(job):
        papers.form(job)


@work("crops.cut")
def cut_crops(job: Job) -> None:
    """Cut what the outline wants cut out of some twenty pages."""
    from submissions import crops

    crops.cut_anew(job)
