"""The one act after which students see their results, and the one that takes it back.

A release is read and written in one snapshot: every copy shows the exam as it was at the same
instant, graders go on working meanwhile, and a click that comes later is in none of them. See
docs/results.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gradebook.locks import came_second, through
from gradebook.models import Exam, Section, User
from rubrics.models import Entry
from scoring.asking import ask_for_letters, ask_for_release
from scoring.audience import papers_for, seen_copies
from scoring.changes import alike
from scoring.collect import collect, graded, snapshot
from scoring.distribution import distribution, steady
from scoring.drawing import digest_of
from scoring.letters import write_letters
from scoring.models import Copy, Release
from scoring.results import Result, from_json, to_json
from submissions.models import Submission

BATCH = 100
NOBODY = "No paper has a student yet, so there is nobody to release to."
NOBODY_THERE = "Nobody is left to release to: no paper there has a student who sees nothing yet."
ALREADY = "This is released already."
MEANWHILE = "Somebody else released in the meantime. Look again at what changed."


class NotReleased(Exception):
    """Nothing was released; the text says why, to a person."""


def standing(exam: Exam) -> Release | None:
    """Return the latest release of which students see something, if there is one."""
    return Release.objects.standing().filter(exam=exam).select_related("by").first()


def latest(exam: Exam) -> int | None:
    """Return the key of the exam's last release, whatever became of it."""
    return Release.objects.filter(exam=exam).values_list("pk", flat=True).first()


def release(
    exam: Exam,
    *,
    by: User | None,
    to: str = Release.To.ALL,
    sections: Sequence[Section] = (),
    again: int | None = None,
    mail: bool = False,
) -> Release:
    """Freeze the result of every paper whose student it goes to, and show it to that student.

    What stands of these papers is replaced, if `again` names the exam's latest release: whoever
    asks has seen it. Parts nobody graded stay ungraded. With `mail` those whose result is new
    or differs are written to. Raises NotReleased, in words. The copies' PDFs are drawn
    afterwards by a job.
    """
    act = partial(_release, exam, by=by, to=to, sections=sections, again=again, mail=mail)
    try:
        # A worker that saved a PDF in between is no other release: once more, then.
        return through(act)
    except IntegrityError:
        raise NotReleased(MEANWHILE) from None
    except OperationalError as error:
        # PostgreSQL: somebody else changed these very rows after this snapshot was taken.
        if not came_second(error):
            raise
        raise NotReleased(MEANWHILE) from None


def _release(
    exam: Exam,
    *,
    by: User | None,
    to: str,
    sections: Sequence[Section],
    again: int | None,
    mail: bool,
) -> Release:
    with snapshot():
        if again is not None and again != latest(exam):
            raise NotReleased(MEANWHILE)
        papers = papers_for(exam, to, sections)
        if again is None and seen_copies().filter(submission__in=papers).exists():
            raise NotReleased(ALREADY)
        _hold(Copy.objects.filter(_of_these(papers), release__exam=exam))
        parts = dict(exam.questions.leaves().values_list("number", "pk"))
        made = Release.objects.create(exam=exam, by=by, to=to, parts=parts)
        made.sections.set(sections)
        _freeze(exam, made, papers, mail=mail)
    return made


def take_back(exam: Exam, *, by: User | None, only: int | None = None) -> list[Release]:
    """Hide results again, those of all releases or of `only` one; return what stood.

    What was frozen is kept. What it had replaced does not come back.
    """
    with transaction.atomic():
        stood = list(_held(exam, only))
        _hold(Copy.objects.filter(release__in=stood))
        for one in stood:
            one.taken_back_by, one.taken_back_at = by, timezone.now()
            one.save(update_fields=["taken_back_by", "taken_back_at"])
            one.copies.filter(withdrawn_at=None).update(withdrawn_at=one.taken_back_at)
            _note(exam, Entry.Verb.TOOK_BACK, by, one)
    return stood


def _hold(copies: QuerySet[Copy]) -> None:
    """Keep others off those of the copies that stand, until this transaction ends.

    Always in one order: two who change the same copies wait for each other in turn. The keys are
    left free: students go on opening their results, and each look refers to its copy.
    """
    stand = copies.filter(withdrawn_at=None).order_by("pk")
    rows = stand.select_for_update(of=("self",), no_key=True)
    list(rows.values_list("pk", flat=True))


def _of_these(papers: QuerySet[Submission]) -> Q:
    """Say of copies that they are of these papers, or of their students."""
    return Q(submission__in=papers) | Q(student__in=papers.values("match__membership"))


def _held(exam: Exam, only: int | None) -> Iterator[Release]:
    stands = Release.objects.filter(exam=exam, taken_back_at=None)
    if only is not None:
        stands = stands.filter(pk=only)
    held = list(stands.order_by("pk").select_for_update().values_list("pk", flat=True))
    # One that a later release replaced whole has nothing left to hide.
    yield from Release.objects.standing().filter(pk__in=held)


def _freeze(exam: Exam, made: Release, papers: Any, *, mail: bool) -> None:
    """Write the copies of the papers, some at a time, so that memory stays flat."""
    count = replaced = 0
    totals: dict[str, int] = {}
    points = 0
    rows = iter(papers.select_related("match").order_by("pk").iterator(chunk_size=BATCH))
    while batch := list(islice(rows, BATCH)):
        results = collect(exam, batch)
        before = _withdraw(made, batch)
        copies = _written(made, batch, results)
        if mail:
            write_letters(_new(copies, results, before))
        count, replaced = count + len(copies), replaced + len(before)
        totals |= {str(one.submission): one.score for one in results if graded(one)}
        points = results[0].points
    if not count:
        raise NotReleased(NOBODY if made.to == Release.To.ALL else NOBODY_THERE)
    _leave_no_other(exam, made)
    said = distribution(list(totals.values()), points, exam.distribution_shown)
    made.distribution = steady(said, totals, told_before(made.exam, but=made))
    made.save(update_fields=["distribution"])
    _note(exam, Entry.Verb.RELEASED, made.by, made, papers=count, **_more(made, replaced))
    ask_for_release(made, by=made.by)
    if mail:
        ask_for_letters(made, by=made.by)


def told_before(exam: Exam, *, but: Release | None = None) -> list[dict[str, Any]]:
    """Return what students were told of the class by earlier releases, the latest first."""
    others = exam.releases.exclude(pk=but.pk if but else 0).exclude(distribution=None)
    told = others.order_by("-pk").values_list("distribution", flat=True)
    return [one for one in told if one and "of" in one]


def _withdraw(made: Release, batch: Sequence[Submission]) -> dict[int, dict[str, Any]]:
    """Withdraw what stands of some papers; return the results by paper, as they were shown."""
    stands = Copy.objects.standing().filter(submission__in=[paper.pk for paper in batch])
    before = dict(stands.values_list("submission_id", "result"))
    Copy.objects.filter(
        submission__in=list(before), release__isnull=False, withdrawn_at=None
    ).update(withdrawn_at=made.at)
    return before


def _written(made: Release, batch: Sequence[Submission], results: Sequence[Result]) -> list[Copy]:
    return Copy.objects.bulk_create(
        Copy(
            submission=paper,
            release=made,
            student_id=paper.match.membership_id,
            result=to_json(result),
            digest=digest_of(result),
        )
        for paper, result in zip(batch, results, strict=True)
    )


def _new(
    copies: Sequence[Copy], results: Sequence[Result], before: Mapping[int, dict[str, Any]]
) -> Iterator[Copy]:
    """Yield the copies that tell their students something they have not seen."""
    for copy, result in zip(copies, results, strict=True):
        shown = before.get(copy.submission_id)
        if shown is None or not alike(from_json(shown), result):
            yield copy


def _leave_no_other(exam: Exam, made: Release) -> None:
    """Withdraw what stands for the same students of papers that turned out not to be theirs."""
    others = Copy.objects.standing().filter(release__exam=exam).exclude(release=made)
    mine = Q(student__in=made.copies.values("student"))
    stale = list(others.filter(mine).values_list("pk", flat=True))
    Copy.objects.filter(pk__in=stale).update(withdrawn_at=made.at)


def _more(made: Release, replaced: int) -> dict[str, Any]:
    """Return what the history says of a release beyond the usual."""
    said: dict[str, Any] = {}
    if made.to != Release.To.ALL:
        said["to"] = made.audience
    if replaced:
        said["replaced"] = replaced
    return said


def _note(exam: Exam, verb: Entry.Verb, by: User | None, of: Release, **facts: Any) -> None:
    Entry.objects.create(exam=exam, verb=verb, by=by, after={"release": of.pk, **facts})
