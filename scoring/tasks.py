"""The work on graded copies and letters: a job for an exam or a release hands it out in chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradebook.models import Exam
from jobs import Refusal
from jobs.models import Job
from jobs.registry import work
from scoring import letters
from scoring.drawing import CannotDraw, draw, working_copies
from scoring.erasure import exams, students
from scoring.models import Copy, Deletion, Letter, Release
from scoring.versions import version_with_people
from submissions.models import Submission

CHUNK = 20


@work("copies.exam", lasting=True)
def draw_exam(job: Job) -> None:
    """Hand out the working copies of all papers of `exam`; `made_of` says what they tell of."""
    if "made_of" not in job.args:
        # An attempt before this one had some drawn: what it noted holds for these.
        job.remember(made_of=version_with_people(Exam.objects.get(pk=job.args["exam"])))
    papers = Submission.objects.filter(exam=job.args["exam"]).order_by("number")
    _hand_out(job, "papers", list(papers.values_list("pk", flat=True)), exam=job.args["exam"])


@work("copies.release", lasting=True)
def draw_release(job: Job) -> None:
    """Hand out the copies of `release`, unless it was taken back meanwhile."""
    stands = Release.objects.standing().filter(pk=job.args["release"])
    shown = Copy.objects.filter(release__in=stands, withdrawn_at=None)
    copies = shown.order_by("submission__number")
    _hand_out(job, "copies", list(copies.values_list("pk", flat=True)))


@work("copies.draw")
def draw_chunk(job: Job) -> None:
    """Draw the `copies`, or the working copies of the `papers` of `exam`."""
    copies = _copies(job)
    waiting = [copy for copy in copies if not copy.file]
    # A second attempt goes on where the first one was killed, and says so at once.
    drawn = len(copies) - len(waiting)
    job.report(done=drawn, total=len(copies), message="Drawing graded copies.")
    problems = []
    for done, copy in enumerate(waiting, start=drawn + 1):
        try:
            draw(copy)
        except CannotDraw as error:
            # The others of the chunk are drawn all the same.
            problems.append(str(error))
        job.report(done=done)
    if problems:
        raise Refusal(f"Some copies could not be drawn: {'; '.join(problems)}.")
    job.report(message="The graded copies are drawn.")


def _copies(job: Job) -> Sequence[Copy]:
    if "papers" in job.args:
        exam = Exam.objects.select_related("course").get(pk=job.args["exam"])
        papers = Submission.objects.filter(pk__in=job.args["papers"]).order_by("number")
        return working_copies(exam, list(papers))
    return list(Copy.objects.filter(pk__in=job.args["copies"]).order_by("pk"))


def _hand_out(
    job: Job,
    name: str,
    pks: Sequence[int],
    *,
    kind: str = "copies.draw",
    message: str = "Drawing graded copies.",
    **args: int,
) -> None:
    """Ask for a job per chunk; one asked for by an attempt before this one is left alone."""
    job.report(total=len(pks), message=message)
    asked = [child.args[name] for child in job.children.all()]
    for start in range(0, len(pks), CHUNK):
        chunk = list(pks[start : start + CHUNK])
        if chunk not in asked:
            what: dict[str, Any] = {name: chunk, **args}
            Job.objects.ask(kind, by=job.asked_by, parent=job, **what)


@work("letters.release", lasting=True)
def send_release(job: Job) -> None:
    """Hand out the letters of `release` that wait."""
    waiting = Letter.objects.filter(copy__release=job.args["release"], state=Letter.State.QUEUED)
    pks = list(waiting.order_by("pk").values_list("pk", flat=True))
    _hand_out(job, "letters", pks, kind="letters.send", message="Sending e-mail.")


@work("letters.send")
def send_chunk(job: Job) -> None:
    """Send the `letters` that still wait; those the server could not take wait for a next turn."""
    pks, turn = job.args["letters"], job.args.get("turn", 0)
    letters.leave_unclear(pks)
    job.report(total=len(pks), message="Sending e-mail.")
    left, why = _send(job, pks)
    if not left:
        job.report(message="The e-mail is sent.")
    elif turn >= len(letters.PAUSES):
        letters.give_up(left, f"Tried {turn + 1} times. {why}")
    else:
        job.report(message="Some e-mail waits for the mail server, and is tried again.")
        after, key = letters.PAUSES[turn], f"letters:after:{job.pk}"
        Job.objects.ask(
            "letters.send", by=job.asked_by, key=key, after=after, letters=left, turn=turn + 1
        )


def _send(job: Job, pks: Sequence[int]) -> tuple[list[int], str]:
    """Return which letters have to wait, and why."""
    left, why = [], ""
    with letters.Post() as post:
        for done, pk in enumerate(pks):
            # Before it is taken: a worker that was overtaken takes no more.
            job.report(done=done)
            try:
                post.open()
            except letters.Later as problem:
                why = str(problem)
                left += letters.hold(pks[done:], why)
                break
            if (letter := letters.take(pk)) and (said := letters.send(letter, post)):
                left.append(pk)
                why = said
    return left, why


@work("erasure.exam")
def delete_exam(job: Job) -> None:
    """Delete an exam for good: what is left of a `deletion`."""
    job.report(message="Deleting the exam.")
    exams.carry_out(
        Deletion.objects.select_related("exam").get(pk=job.args["deletion"]),
        lambda done, total: job.report(done=done, total=total, message="Deleting its files."),
    )
    job.report(message="The exam is deleted for good.")


@work("erasure.student")
def delete_student(job: Job) -> None:
    """Delete a student's data for good: what is left of a `deletion`."""
    job.report(message="Deleting a student’s data.")
    deletion = Deletion.objects.select_related("membership__user").filter(pk=job.args["deletion"])
    if (found := deletion.first()) is None:
        return
    students.carry_out(
        found, lambda done, total: job.report(done=done, total=total, message="Deleting files.")
    )
    job.report(message="The data are deleted for good.")
