"""Whose paper is it: the machine says what is clear, and a person's word stands.

Everything that gives a paper to a student happens here, holding the exam's row, so that a
student never has two papers however many people and workers are at it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from gradebook.models import Exam, Membership, Role, User
from jobs.models import Job
from submissions.matching import assign, said_not_of
from submissions.models import Denial, Match, PrintedPaper, Reading, Submission
from submissions.readings import readings_of
from submissions.verdicts import Candidate, Key, PaperReading, Person, Verdict

BATCH = 200
NOT_CUT = "The page with the name is missing or did not fit, so nothing could be read."


class Refused(Exception):
    """The paper cannot be given to this student; the text says why and what to do."""


class Outcome(NamedTuple):
    """How many papers are matched and wait, and how many students have none."""

    matched: int
    waiting: int
    absent: int


def ask_for_matching(exam: Exam, by: User | None = None) -> Job:
    """Ask for all papers to be read and matched; what is clear already stays as it is.

    Call it whenever papers, crops or the roster changed. Repeats are harmless.
    """
    key = f"match.exam:{exam.pk}"
    for each in (key, f"{key}:again"):
        job: Job = Job.objects.ask("match.exam", by=by, key=each, exam=exam.pk)
        # One that runs may have looked at the roster before it changed.
        if job.state == Job.State.QUEUED:
            return job
    again: Job = Job.objects.ask("match.exam", by=by, exam=exam.pk)
    return again


def latest_job(exam: Exam) -> Job | None:
    """Return the last job that matched, matches or will match this exam."""
    jobs = Job.objects.filter(kind="match.exam", args__exam=exam.pk)
    return jobs.order_by("-pk").first()


def match_exam(exam: Exam) -> Outcome:
    """Give every paper that is clearly somebody's to them; the rest waits, with a reason.

    The machine's own matches are made anew. What a person said is never touched.
    """
    members = list(exam.course.memberships.students().select_related("user"))
    people = [Person(m.pk, m.user.first_name, m.user.last_name, m.sid) for m in members]
    papers = dict(readings_of(exam))
    said: dict[Key, Key] = dict(_confirmed(exam))
    denied: set[tuple[Key, Key]] = {*_denied(exam)}
    verdicts = assign(list(papers.values()), people, said, _printed(exam), denied)
    uncut = {paper.pk for paper, said_there in papers.items() if _is_uncut(paper, said_there)}
    with transaction.atomic():
        hold(exam)
        _write_matches(exam, verdicts, dict(_confirmed(exam)), _denied(exam))
        _write_readings(verdicts, uncut)
    return outcome(exam)


def outcome(exam: Exam) -> Outcome:
    papers = Submission.objects.filter(exam=exam)
    students = exam.course.memberships.students()
    return Outcome(
        matched=papers.filter(match__isnull=False).count(),
        waiting=papers.filter(match__isnull=True).count(),
        absent=students.exclude(matches__exam=exam).count(),
    )


def confirm(
    submission: Submission, membership: Membership, by: User, *, seen: int | None = None
) -> Match:
    """Give a paper to a student, as a person says. Raises Refused, in words.

    Where the machine gave that student another paper, that one waits again; where a person did,
    this is refused. `seen` is the membership that `by` saw to have the paper, 0 for nobody: if a
    colleague has said otherwise since, it is refused too. Safe to repeat.
    """
    with transaction.atomic():
        exam = hold(submission.exam)
        _may_have_a_paper(exam, membership)
        if seen is not None:
            _still_as_seen(submission, membership, seen)
        _free(exam, submission, membership)
        match, _ = Match.objects.update_or_create(
            submission=submission,
            defaults={
                "exam": exam,
                "membership": membership,
                "by": by,
                "confirmed_at": timezone.now(),
                "matched_at": timezone.now(),
                "certainty": 1.0,
            },
        )
        Denial.objects.filter(submission=submission, membership=membership).delete()
    return match


def unconfirm(submission: Submission, *, by: User) -> None:
    """Take a paper from whoever has it; it waits again. Safe to repeat.

    Taken from one to whom the machine gave it, it is theirs no more until a person says so.
    """
    with transaction.atomic():
        hold(submission.exam)
        matches = Match.objects.select_related("membership__user")
        match = matches.filter(submission=submission).first()
        if match is not None and match.confirmed_at is None:
            _deny(submission, match.membership, by)
        if match is not None:
            match.delete()


def _deny(submission: Submission, member: Membership, by: User) -> None:
    Denial.objects.get_or_create(submission=submission, membership=member, defaults={"by": by})
    reason = said_not_of([str(member.user)])
    Reading.objects.filter(submission=submission).update(reason=reason)


def hold(exam: Exam) -> Exam:
    """Keep others from matching papers of this exam until the transaction ends."""
    # Not against new rows that merely point at the exam, such as a grader's marks.
    return Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)


def _may_have_a_paper(exam: Exam, member: Membership) -> None:
    if member.course_id != exam.course_id:
        raise Refused(f"{member.user} is not in this course.")
    if member.left_at is not None:
        raise Refused(f"{member.user} left the course. Bring them back under People first.")
    if member.role != Role.STUDENT:
        raise Refused(f"{member.user} is not a student of this course.")


def _still_as_seen(submission: Submission, member: Membership, seen: int) -> None:
    said = Match.objects.filter(submission=submission, confirmed_at__isnull=False)
    match = (
        said.exclude(membership__in=[seen, member.pk]).select_related("membership__user").first()
    )
    if match is not None:
        raise Refused(
            f"A colleague gave this paper to {match.membership.user} a moment ago. Look again."
        )


def _free(exam: Exam, submission: Submission, member: Membership) -> None:
    """See that the student has no other paper, or only one that the machine gave them."""
    others = Match.objects.filter(exam=exam, membership=member).exclude(submission=submission)
    other = others.select_related("submission", "by").first()
    if other is None:
        return
    number = other.submission.number
    if other.confirmed_at:
        giver = f"{other.by} said so" if other.by else "a person said so"
        raise Refused(
            f"{member.user} has paper {number} already; {giver}. "
            "If that is wrong, take it back first."
        )
    other.delete()
    reason = f"It was matched to {member.user}, who was then given paper {submission.number}."
    Reading.objects.filter(submission=other.submission).update(reason=reason)


def _confirmed(exam: Exam) -> Sequence[tuple[int, int]]:
    said = Match.objects.filter(exam=exam, confirmed_at__isnull=False)
    return list(said.values_list("submission_id", "membership_id"))


def _printed(exam: Exam) -> dict[Key, Key]:
    """Return for whom papers were printed."""
    named = PrintedPaper.objects.filter(
        run__exam=exam, submission__isnull=False, membership__isnull=False
    )
    return dict(named.values_list("submission_id", "membership_id"))


def _denied(exam: Exam) -> set[tuple[int, int]]:
    """Return papers with the students of whom a person said that they are not theirs."""
    said = Denial.objects.filter(submission__exam=exam)
    return set(said.values_list("submission_id", "membership_id"))


def _is_uncut(paper: Submission, written: PaperReading) -> bool:
    """The exam has a place for a name or a number, but neither could be cut from this paper."""
    kept: Reading | None = getattr(paper, "reading", None)
    cut = kept is not None and (kept.name_scores or kept.sid_scores)
    return not cut and not (written.name is None and written.sid is None)


def _write_matches(
    exam: Exam,
    verdicts: Sequence[Verdict],
    said: Mapping[int, int],
    denied: Collection[tuple[int, int]],
) -> None:
    """Let the machine's matches be those of the verdicts. `said` and `denied` are people's words
    by now."""
    held, taken_back = set(said.values()), {paper for paper, _ in denied}
    sure = {
        int(v.paper): v
        for v in verdicts
        if v.sure and v.person is not None and v.person not in held
        if v.paper not in said and v.paper not in taken_back
    }
    machine = Match.objects.filter(exam=exam, confirmed_at=None)
    stands = {
        match.submission_id: match
        for match in machine
        if match.submission_id in sure and sure[match.submission_id].person == match.membership_id
    }
    machine.exclude(pk__in=[match.pk for match in stands.values()]).delete()
    for paper, match in stands.items():
        match.certainty = _certainty(sure[paper])
    Match.objects.bulk_update(stands.values(), ["certainty"], batch_size=BATCH)
    # A paper may have been taken away while we thought.
    there = set(Submission.objects.filter(pk__in=sure).values_list("pk", flat=True))
    Match.objects.bulk_create(
        Match(exam=exam, submission_id=paper, membership_id=int(v.person), certainty=_certainty(v))
        for paper, v in sure.items()
        if v.person is not None and paper in there - stands.keys()
    )


def _certainty(verdict: Verdict) -> float:
    found = (c.certainty for c in verdict.candidates if c.person == verdict.person)
    return min(1.0, max(0.0, next(found, 1.0)))


def _write_readings(verdicts: Sequence[Verdict], uncut: set[int]) -> None:
    """Keep the candidates and the reason beside what was read."""
    papers = [int(verdict.paper) for verdict in verdicts]
    rows = {row.submission_id: row for row in Reading.objects.filter(submission__in=papers)}
    for verdict in verdicts:
        if row := rows.get(int(verdict.paper)):
            row.candidates = [_plain(candidate) for candidate in verdict.candidates]
            row.reason = NOT_CUT if row.submission_id in uncut else verdict.reason
    Reading.objects.bulk_update(rows.values(), ["candidates", "reason"], batch_size=BATCH)


def _plain(candidate: Candidate) -> dict[str, Key | float | None]:
    name, sid = candidate.name_score, candidate.sid_score
    return {
        "membership": candidate.person,
        "certainty": round(candidate.certainty, 6),
        "name": None if name is None else round(name, 6),
        "sid": None if sid is None else round(sid, 6),
    }
