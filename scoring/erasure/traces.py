"""Where a student stands in rows that stay: the history, acts of repair, lists of names, jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet

from jobs.finished import forget
from jobs.models import Job
from rubrics.models import Entry
from scoring.erasure.belongings import Belongings, holds, named, without
from scoring.models import Copy, Release
from submissions.models import (
    Answer,
    Delivery,
    LookAgain,
    PrintRun,
    Reading,
    Repair,
    Submission,
    Upload,
)

NOTHING: dict[str, Any] = {"pages": {}, "papers": {}, "accepted": {}}
AN_ACT = "Something was done to a paper that is deleted."
# Columns of rows that stay where names of files and of people come to stand.
TEXTS: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Upload, "exam__course", ("name", "warnings", "problem")),
    (Delivery, "exam__course", ("name",)),
    (PrintRun, "exam__course", ("left_out",)),
)


def remove(theirs: Belongings) -> None:
    """Take a student out of what stays; before the rows that are theirs go."""
    _out_of_history(theirs)
    _out_of_repairs(theirs)
    _out_of_candidates(theirs)
    _out_of_texts(theirs)
    _out_of_results(theirs)
    _out_of_distributions(theirs)
    _out_of_jobs(theirs)


def _out_of_history(theirs: Belongings) -> None:
    """Delete what was done to their answers, and their part of what was done to many at once.

    The history is only ever added to, but for this: hence not by Entry's own manager.
    """
    course = theirs.student.course_id
    entries: QuerySet[Entry] = Entry._base_manager.filter(exam__course=course)
    answers = _answers(theirs, entries)
    entries.filter(answer_id__in=answers).delete()
    entries.filter(by=theirs.student.user_id).update(by=None)
    for entry in entries.filter(answer_id=None).iterator():
        facts = {
            "before": _without_answers(entry.before, answers),
            "after": _without_answers(entry.after, answers),
        }
        if facts != {"before": entry.before, "after": entry.after}:
            entries.filter(pk=entry.pk).update(**facts)


def _answers(theirs: Belongings, entries: QuerySet[Entry]) -> set[int]:
    """Return their answers, with those to questions that were removed since."""
    there = Answer.objects.filter(submission__in=theirs.papers).values_list("pk", flat=True)
    gone = entries.filter(verb=Entry.Verb.REMOVED_QUESTION).values_list("before", flat=True)
    return set(there) | {
        one["answer"]
        for facts in gone
        for one in (facts or {}).get("answers", ())
        if one["submission"] in theirs.papers
    }


def _without_answers(facts: Any, answers: set[int]) -> Any:
    """Return an entry's facts without lines about these answers: see archive.shapes.ENTRY."""
    if not isinstance(facts, dict):
        return facts
    kept = dict(facts)
    for key in ("marks", "lifted"):
        if isinstance(kept.get(key), list):
            kept[key] = [one for one in kept[key] if one[0] not in answers]
    if isinstance(kept.get("answers"), list):
        kept["answers"] = [
            one
            for one in kept["answers"]
            if not (isinstance(one, dict) and one.get("answer") in answers)
        ]
    return kept


def _out_of_repairs(theirs: Belongings) -> None:
    """Delete acts on their pages and papers; they cannot be put back any more.

    Where a grader of somebody else's answer is still asked to look again, the line stays, empty.
    """
    repairs = Repair.objects.filter(exam__course=theirs.student.course_id)
    touching = [one.pk for one in repairs.iterator() if _touches(one, theirs)]
    looks = LookAgain.objects.filter(repair__in=touching).exclude(
        answer__submission__in=theirs.papers
    )
    wanted = set(looks.values_list("repair_id", flat=True))
    repairs.filter(pk__in=wanted).update(before=NOTHING, after=NOTHING, words=AN_ACT)
    repairs.filter(pk__in=set(touching) - wanted).delete()


def _touches(repair: Repair, theirs: Belongings) -> bool:
    pages, papers = set(map(str, theirs.pages)), set(map(str, theirs.papers))
    return any(
        pages & state["pages"].keys()
        or papers & state["papers"].keys()
        or papers & state["accepted"].keys()
        or holds(state, set(theirs.papers), "submission_id")
        or holds(state, {theirs.student.pk}, "membership_id")
        for state in (repair.before, repair.after)
    )


def _out_of_candidates(theirs: Belongings) -> None:
    readings = Reading.objects.filter(submission__exam__course=theirs.student.course_id)
    for reading in readings.exclude(candidates=[]).iterator():
        others = [one for one in reading.candidates if one["membership"] != theirs.student.pk]
        if others != reading.candidates:
            readings.filter(pk=reading.pk).update(candidates=others)


def _out_of_texts(theirs: Belongings) -> None:
    name = named(theirs.student)
    for model, lookup, columns in TEXTS:
        rows = model._base_manager.filter(**{lookup: theirs.student.course_id})
        for row in rows.values("pk", *columns).iterator():
            said = {column: without(row[column], name) for column in columns}
            if any(said[column] != row[column] for column in columns):
                rows.filter(pk=row["pk"]).update(**said)


def _out_of_results(theirs: Belongings) -> None:
    """Delete working copies of papers that once were theirs; they are drawn anew when asked for."""
    rest = Copy.objects.filter(release=None, submission__exam__course=theirs.student.course_id)
    email = theirs.student.user.email
    rest.exclude(pk__in=theirs.copies).filter(result__email__iexact=email).delete()


def _out_of_distributions(theirs: Belongings) -> None:
    """Forget what their papers counted for; what the class was told stays as it was."""
    papers = Submission.objects.filter(pk__in=theirs.papers).values_list("exam", "number")
    for exam, number in papers:
        told = Release.objects.filter(exam=exam, distribution__of__has_key=str(number))
        for release in told:
            said = dict(release.distribution or {})
            said["of"] = {
                paper: score for paper, score in said["of"].items() if paper != str(number)
            }
            Release.objects.filter(pk=release.pk).update(distribution=said)


def _out_of_jobs(theirs: Belongings) -> None:
    """Forget finished jobs that say their name, in a traceback or what a person was told."""
    name = named(theirs.student)
    over = Job.objects.filter(finished_at__isnull=False)
    told = over.values_list("pk", "message", "error", "trace").iterator()
    forget([pk for pk, *texts in told if any(map(name.search, _all(texts)))])


def _all(texts: Iterable[str | None]) -> list[str]:
    return [text or "" for text in texts]
