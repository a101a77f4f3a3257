"""What the page "Whose paper is this?" shows of one paper: what was read, and who it may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.urls import reverse

from gradebook import people
from gradebook.models import Exam, Membership, Role, User
from submissions.models import Match, Page, Reading, Submission
from submissions.pictures import Picture, picture
from submissions.readings import Written, crops_of

SHOWN = 5
FOUND = 8
# Less certain than this nobody is worth showing, and than that nobody is one key away.
LEAST, LIKELY = 0.01, 0.2


@dataclass(frozen=True)
class Row:
    """A student a paper may be given to. `key` is what to press, "" for none."""

    member: Membership
    percent: int | None  # how certain, None for one who was searched for
    elsewhere: Match | None  # the other paper they have
    key: str
    first: bool = False  # Enter means this one
    denied: bool = False  # a person said that it is not theirs

    @property
    def is_free(self) -> bool:
        """Nobody, or only the machine, gave them another paper."""
        return self.elsewhere is None or self.elsewhere.confirmed_at is None


class Waiting(NamedTuple):
    """A paper nobody has, its best candidates as the model keeps them."""

    pk: int
    number: int
    candidates: list[dict[str, Any]]

    @property
    def certainty(self) -> float:
        return float(self.candidates[0]["certainty"]) if self.candidates else 0.0


@dataclass(frozen=True)
class Desk:
    """One paper laid out for a decision."""

    paper: Submission
    crops: Written
    read: Reading | None
    match: Match | None
    rows: Sequence[Row]
    reason: str
    page: Picture | None  # its first page, for where crops do not help
    next: int | None  # the paper after it in the queue
    ahead: Sequence[str]  # pictures of the next paper, to fetch now


def queue(exam: Exam) -> list[Waiting]:
    """Return the papers that wait, least sure first."""
    rows = Submission.objects.filter(exam=exam, match=None)
    read = rows.select_related("reading")
    waiting = [Waiting(paper.pk, paper.number, said_of(paper)) for paper in read]
    return sorted(waiting, key=lambda one: (one.certainty, one.number))


def said_of(paper: Submission) -> list[dict[str, Any]]:
    """Return a paper's candidates; none where nothing was read, for then anybody is as likely."""
    read: Reading | None = getattr(paper, "reading", None)
    return list(read.candidates) if read and (read.name or read.sid) else []


def next_after(order: Sequence[Waiting], paper: int, certainty: float, number: int) -> int | None:
    """Return the waiting paper that comes after one in the queue, going round once."""
    later = (one.pk for one in order if (one.certainty, one.number) > (certainty, number))
    return next(later, next((one.pk for one in order if one.pk != paper), None))


def after(exam: Exam, paper: Submission) -> int | None:
    """Return the waiting paper that comes after this one, whether or not it still waits."""
    own = Waiting(paper.pk, paper.number, said_of(paper))
    return next_after(queue(exam), own.pk, own.certainty, own.number)


def paper_of(exam: Exam, pk: int) -> Submission | None:
    papers = Submission.objects.filter(exam=exam)
    return (
        papers.select_related("exam", "reading", "match__membership__user", "match__by")
        .filter(pk=pk)
        .first()
    )


def said_before(paper: Submission, *, by: User) -> Submission | None:
    """Return the paper that `by` gave to its student right before this one, if any."""
    own = Match.objects.filter(exam=paper.exam_id, by=by, confirmed_at__isnull=False)
    match = own.filter(submission=paper).first()
    earlier = own.filter(confirmed_at__lt=match.confirmed_at) if match else own.none()
    before = earlier.order_by("confirmed_at").last()
    return paper_of(paper.exam, before.submission_id) if before else None


def desk(exam: Exam, paper: Submission) -> Desk:
    """Lay out one paper. The number of queries is the same for every exam."""
    read: Reading | None = getattr(paper, "reading", None)
    match: Match | None = getattr(paper, "match", None)
    following = after(exam, paper)
    crops = crops_of([pk for pk in (paper.pk, following) if pk])
    first = Page.objects.filter(submission=paper).exclude(state=Page.State.DISCARDED)
    page = first.order_by("position", "pk").first()
    return Desk(
        paper=paper,
        crops=crops[paper.pk],
        read=read,
        match=match,
        rows=candidates(exam, paper, said_of(paper)),
        reason=_reason(read, match),
        page=picture(page, names=True) if page and page.preview else None,
        next=following,
        ahead=_addresses(crops[following]) if following else [],
    )


def _addresses(crops: Written) -> list[str]:
    return [reverse("crop", args=[crop.pk, crop.sha256]) for crop in crops if crop]


def _reason(read: Reading | None, match: Match | None) -> str:
    if read is None:
        return "Nothing was read on this paper yet."
    if match and match.confirmed_at:
        return ""
    return read.reason


def candidates(exam: Exam, paper: Submission, stored: Sequence[dict[str, Any]]) -> list[Row]:
    """Return the best candidates, best first, with what else they have."""
    shown = [one for one in stored if one["certainty"] >= LEAST][:SHOWN]
    certain = {int(one["membership"]): float(one["certainty"]) for one in shown}
    members = _members(exam, certain)
    held = _held(exam, paper, certain)
    denied = _denied(paper)
    rows = [(members[pk], certain[pk]) for pk in certain if pk in members]
    return [
        Row(
            member,
            percent=round(100 * how_sure),
            elsewhere=held.get(member.pk),
            key=str(place),
            first=place == 1
            and how_sure >= LIKELY
            and _is_free(held.get(member.pk))
            and member.pk not in denied,
            denied=member.pk in denied,
        )
        for place, (member, how_sure) in enumerate(rows, start=1)
    ]


def found(exam: Exam, paper: Submission, words: str) -> list[Row]:
    """Return the students on the roster whose name, e-mail or number has all the words."""
    pks = people.find(exam.course, shown=Role.STUDENT, words=words)[:FOUND]
    held, denied = _held(exam, paper, pks), _denied(paper)
    return [
        Row(member, None, held.get(member.pk), "", denied=member.pk in denied)
        for member in people.rows(pks)
    ]


def _members(exam: Exam, pks: Iterable[int]) -> dict[int, Membership]:
    students = Membership.objects.students().filter(course=exam.course_id, pk__in=list(pks))
    return {member.pk: member for member in students.select_related("user")}


def _held(exam: Exam, paper: Submission, pks: Iterable[int]) -> dict[int, Match]:
    """The other papers these students have."""
    others = Match.objects.filter(exam=exam, membership__in=list(pks)).exclude(submission=paper)
    return {match.membership_id: match for match in others.select_related("submission", "by")}


def _denied(paper: Submission) -> set[int]:
    """The students of whom a person said that the paper is not theirs."""
    return set(paper.denials.values_list("membership_id", flat=True))


def _is_free(match: Match | None) -> bool:
    return match is None or match.confirmed_at is None
