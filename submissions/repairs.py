"""The history of what people put right, and the way back along it.

Every act is done inside `noted`, which writes down the rows it changed as they were and as they
became. Undoing replays the one, redoing the other, and only if nobody changed these rows since.
The caller of every verb here does the slow work after it: pictures, crops, matching.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone

from gradebook.models import Exam, User
from submissions import look_again
from submissions.models import Acceptance, Denial, Match, Page, PrintedPaper, Repair, Submission
from submissions.papers import make_answers
from submissions.repair_rows import FIELDS, Row, State, changed, page_rows, state_of, token
from submissions.whose import hold
from submissions.worked_on import keep_graders_off, said_about

LAID = ("template_page", "turn", "affine", "image")  # what is cut out of a page follows from these
SINCE = "This was changed again since, so it cannot simply be put back. Look at it once more."
TAKEN = "Something else lies there by now. Move that away first."
MEANWHILE = "Somebody changed this page a moment ago. Look at it once more."


class Refused(Exception):
    """The act cannot be done; the message tells a person why, and nothing was changed."""


class Noted:
    """An act under way: `papers` are those it makes, takes away or renames; `words` say it."""

    def __init__(self, papers: Iterable[int], words: str) -> None:
        self.papers = set(papers)
        self.words = words


@contextmanager
def noted(
    exam: Exam,
    kind: Repair.Kind,
    *,
    by: User | None,
    words: str = "",
    pages: Collection[int] = (),
    papers: Collection[int] = (),
    accepted: Collection[int] = (),
) -> Iterator[Noted]:
    """Write down what the block changes; nothing if nothing. The caller holds the exam.

    `pages`, `papers` and `accepted` name by key whatever may change; papers that the block makes
    are added to what it is given.
    """
    act = Noted(papers, words)
    before = state_of(pages, act.papers, accepted)
    yield act
    after = state_of(pages, act.papers, accepted)
    for key in after["papers"].keys() - before["papers"].keys():
        before["papers"][key] = None
    before, after = changed(before, after), changed(after, before)
    if any(before.values()):
        repair = Repair.objects.create(
            exam=exam, kind=kind, words=act.words, before=before, after=after, by=by
        )
        look_again.follow(repair, before["pages"], after["pages"])


def mind_unchanged(page: Page, row: Row) -> None:
    """Raise Refused if the page is not as `row` has it any more. The caller holds the exam."""
    if page_rows([page.pk])[str(page.pk)] != row:
        raise Refused(MEANWHILE)


def said_already(page: Page, kind: Repair.Kind, by: User | None, seen: str) -> bool:
    """Whether this very act was done by this person to the page as they saw it: sent twice."""
    last = Repair.objects.filter(exam=page.upload.exam_id, by=by, undone_at=None).last()
    rows = last.before["pages"] if last is not None and last.kind == kind else {}
    row = rows.get(str(page.pk))
    return row is not None and token(row) == seen


# Back and forth


def last_of(exam: Exam, by: User) -> Repair | None:
    """Return what this person would undo next: their latest act that stands."""
    return exam.repairs.filter(by=by, undone_at=None).last()


def next_of(exam: Exam, by: User) -> Repair | None:
    """Return what this person would redo next: what they undid last, if they did nothing since."""
    acts = exam.repairs.filter(by=by)
    last = acts.aggregate(at=Max("at"))["at"] or timezone.now()
    # Of two that were undone in the same moment, the older one was undone last.
    return acts.filter(undone_at__gt=last).order_by("-undone_at", "pk").first()


def undo(repair: Repair, *, by: User) -> bool:
    """Put back what a repair changed; False if that is done. Raises Refused once it moved on."""
    with transaction.atomic():
        exam = hold(repair.exam)
        repair.refresh_from_db()
        if repair.undone_at is not None:
            return False
        _replay(exam, repair.after, repair.before, by)
        repair.undone_at, repair.undone_by = timezone.now(), by
        repair.save(update_fields=["undone_at", "undone_by"])
        look_again.follow(repair, repair.after["pages"], repair.before["pages"])
    return True


def redo(repair: Repair, *, by: User) -> bool:
    """Do once more what was undone; False if that is done. Raises Refused once it moved on."""
    with transaction.atomic():
        exam = hold(repair.exam)
        repair.refresh_from_db()
        if repair.undone_at is None:
            return False
        _replay(exam, repair.before, repair.after, by)
        repair.undone_at = repair.undone_by = None
        repair.save(update_fields=["undone_at", "undone_by"])
        look_again.follow(repair, repair.before["pages"], repair.after["pages"])
    return True


def _replay(exam: Exam, have: State, want: State, by: User) -> None:
    keys = {kind: [int(key) for key in rows] for kind, rows in have.items()}
    now = state_of(keys["pages"], keys["papers"], keys["accepted"])
    if now | {"pages": _as_told(now["pages"], have["pages"])} != have:
        raise Refused(SINCE)
    try:
        with transaction.atomic():
            _make_papers(exam, want["papers"])
            _put_pages(want["pages"])
            _take_papers(exam, want["papers"])
            _give_matches(exam, want["papers"])
            _give_denials(want["papers"])
            _give_prints(want["papers"])
            _accept(want["accepted"], by)
    except IntegrityError:
        raise Refused(TAKEN) from None
    make_answers(exam)


def _as_told(rows: Mapping[str, Row], told: Mapping[str, Row]) -> dict[str, Row]:
    """Rows of pages as far as an act tells of them: older ones knew nothing of pictures."""
    return {key: {name: row[name] for name in told[key]} for key, row in rows.items()}


def _make_papers(exam: Exam, rows: Mapping[str, Row | None]) -> None:
    wanted = {int(key): row for key, row in rows.items() if row is not None}
    there = set(Submission.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    Submission.objects.bulk_create(
        Submission(
            pk=pk,
            exam=exam,
            number=row["number"],
            code_name=row["code_name"],
            created_at=row["created_at"],
        )
        for pk, row in wanted.items()
        if pk not in there
    )


def _put_pages(rows: Mapping[str, Row]) -> None:
    papers = {row["submission_id"] for row in rows.values() if row["submission_id"]}
    if Submission.objects.filter(pk__in=papers).count() < len(papers):
        raise Refused(SINCE)
    pages = Page.objects.filter(pk__in=rows)
    # Out of the way first: a page may go where another of these lies.
    pages.update(state=Page.State.DISCARDED)
    for page in pages:
        row = rows[str(page.pk)]
        if any(getattr(page, name) != row[name] for name in LAID if name in row):
            page.crops.all().delete()
        for name, value in row.items():
            setattr(page, name, value)
        # One by one: in bulk, a fit that is none would be written as JSON's null.
        page.save(update_fields=[name.removesuffix("_id") for name in FIELDS])


def _take_papers(exam: Exam, rows: Mapping[str, Row | None]) -> None:
    gone = [int(key) for key, row in rows.items() if row is None]
    if not gone:
        return
    keep_graders_off(exam)
    held = Q(pages__isnull=False) | Q(match__confirmed_at__isnull=False)
    papers = Submission.objects.filter(pk__in=gone)
    if kept := papers.filter(held).first():
        raise Refused(f"{str(kept).capitalize()} has got more by now. Join it with another paper.")
    if said_about(gone):
        raise Refused(f"Graders have worked on {papers[0]} meanwhile, so it stays.")
    papers.delete()


def _give_matches(exam: Exam, rows: Mapping[str, Row | None]) -> None:
    """Let people's words about whose these papers are be those of the rows."""
    papers = {int(key): row for key, row in rows.items() if row is not None}
    Match.objects.filter(submission__in=papers, confirmed_at__isnull=False).delete()
    given = {pk: row["match"] for pk, row in papers.items() if row["match"]}
    # The machine's guesses give way; it is asked again afterwards.
    holders = [match["membership_id"] for match in given.values()]
    machine = Match.objects.filter(exam=exam, confirmed_at=None)
    machine.filter(Q(submission__in=given) | Q(membership__in=holders)).delete()
    for pk, match in given.items():
        at = match["confirmed_at"]
        Match.objects.create(exam=exam, submission_id=pk, matched_at=at, **match)


def _give_denials(rows: Mapping[str, Row | None]) -> None:
    """Let these papers be denied the students that they were denied."""
    papers = {int(key): row.get("denied", []) for key, row in rows.items() if row is not None}
    Denial.objects.filter(submission__in=papers).delete()
    for pk, denied in papers.items():
        Denial.objects.bulk_create(Denial(submission_id=pk, **denial) for denial in denied)


def _give_prints(rows: Mapping[str, Row | None]) -> None:
    """Let these papers be the printed ones that they were."""
    papers = {int(key): row["printed"] for key, row in rows.items() if row is not None}
    PrintedPaper.objects.filter(submission__in=papers).update(submission=None)
    for pk, printed in papers.items():
        PrintedPaper.objects.filter(pk=printed).update(submission=pk)


def _accept(rows: Mapping[str, int | None], by: User) -> None:
    gone = [int(key) for key, missing in rows.items() if missing is None]
    Acceptance.objects.filter(submission__in=gone).delete()
    for key, missing in rows.items():
        if missing is not None:
            Acceptance.objects.update_or_create(
                submission_id=int(key),
                defaults={"missing": missing, "by": by, "at": timezone.now()},
            )
