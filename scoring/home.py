"""A person's courses and exams, each with where it stands for them.

Queries go by sets: as many for one course as for twenty. Released exams are not counted through,
for nothing of them waits; so the page stays quick when years of exams lie behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from gradebook.counted import counted, counted_points
from gradebook.models import Course, Exam, Membership, Question, Role, Template, User
from scoring.access import taken_back_from
from scoring.audience import reaching, seen_copies
from scoring.collect import out_of
from scoring.models import Release
from scoring.steps import Action, Standing, action
from submissions.models import Answer, Match, Page, Submission, Upload

# The home page shows so many exams of a course; the course's page has all of them.
LATEST = 5


@dataclass(frozen=True, slots=True)
class Work:
    """An exam as its staff see it listed."""

    exam: Exam
    at: Standing
    action: Action | None
    url: str = ""

    @property
    def percent(self) -> int:
        return self.at.graded * 100 // self.at.answers if self.at.answers else 0

    @property
    def note(self) -> str:
        at = self.at
        if at.released:
            return f"Released {at.released} · {counted(at.papers, 'paper')}"
        if not at.parts:
            return "No outline yet"
        if not at.papers:
            parts = f"{counted(at.parts, 'part')}, {counted_points(at.points)}"
            return f"{parts} · {'scans are coming in' if at.working else 'no scans yet'}"
        return counted(at.papers, "paper")


@dataclass(frozen=True, slots=True)
class Own:
    """A released exam as a student sees it listed; scores in hundredths.

    Of one that was `taken_back` no more than that is said.
    """

    exam: Exam
    copy: int | None = None
    score: int = 0
    points: int = 0
    taken_back: bool = False


@dataclass(slots=True)
class Shelf:
    """A course with its exams, latest first: `works` for staff, `owns` for a student."""

    course: Course
    role: Role
    works: list[Work] = field(default_factory=list)
    owns: list[Own] = field(default_factory=list)
    count: int = 0

    @property
    def staff(self) -> bool:
        return self.role != Role.STUDENT

    @property
    def teaching(self) -> bool:
        return self.role == Role.INSTRUCTOR

    @property
    def more(self) -> bool:
        return self.count > len(self.works) + len(self.owns)


def shelves(user: User, courses: Sequence[Course], *, latest: int | None = None) -> list[Shelf]:
    """Return these courses of the user with their exams, or the `latest` so many of each."""
    places = {
        member.course_id: member
        for member in Membership.objects.present().filter(user=user, course__in=courses)
    }
    exams: dict[int, list[Exam]] = defaultdict(list)
    for exam in Exam.objects.standing().filter(course__in=courses).select_related("course"):
        exams[exam.course_id].append(exam)
    made = [_shelf(course, places.get(course.pk), user) for course in courses]
    taught = {shelf.course.pk for shelf in made if shelf.staff}
    listed = {pk: few[:latest] for pk, few in exams.items() if pk in taught}
    works = _works([exam for few in listed.values() for exam in few])
    owns = _owns(
        user,
        [exam for pk, few in exams.items() if pk not in taught for exam in few],
        [member.pk for member in places.values()],
    )
    for shelf in made:
        pk = shelf.course.pk
        shelf.works = [_work(exam, *works[exam.pk], shelf.teaching) for exam in listed.get(pk, ())]
        mine = [owns[exam.pk] for exam in exams[pk] if exam.pk in owns]
        shelf.owns = mine[:latest]
        shelf.count = len(exams[pk]) if pk in taught else len(mine)
    return made


def _shelf(course: Course, place: Membership | None, user: User) -> Shelf:
    # As in gradebook.access: the operator stands in every course as an instructor.
    role = Role(place.role) if place and not user.is_superuser else Role.INSTRUCTOR
    return Shelf(course, role)


def _work(exam: Exam, at: Standing, up: tuple[int, str] | None, instructor: bool) -> Work:
    next_act = action(at, up, instructor=instructor)
    if next_act is None:
        return Work(exam, at, None)
    return Work(exam, at, next_act, reverse(next_act.page, args=[next_act.question or exam.pk]))


def _works(exams: Sequence[Exam]) -> dict[int, tuple[Standing, tuple[int, str] | None]]:
    """Return where each exam stands, and the first question with something to grade."""
    pks = [exam.pk for exam in exams]
    # The latest of an exam comes last, and stays.
    stands = Release.objects.standing().filter(exam__in=pks).order_by("at", "pk")
    releases = dict(stands.values_list("exam_id", "at"))
    known: dict[int, dict[str, Any]] = {pk: {} for pk in pks}
    for pk in Template.objects.filter(exam__in=pks).values_list("exam_id", flat=True):
        known[pk]["template"] = True
    leaves = Question.objects.leaves().filter(exam__in=pks)
    _count(known, leaves, "exam", parts=Count("pk"))
    _count(known, Submission.objects.filter(exam__in=pks), "exam", papers=Count("pk"))
    _count_waiting(known, [pk for pk in pks if pk not in releases])
    outlines = _outlines(pks)
    for exam in exams:
        known[exam.pk]["points"] = out_of(outlines[exam.pk], on_top=exam.bonus_on_top)
        if at := releases.get(exam.pk):
            known[exam.pk]["released"] = f"{exam.course.local(at):%-d %B %Y}"
    graded = _graded([pk for pk in pks if pk not in releases])
    return {
        pk: (
            Standing(
                answers=sum(leaf.answers for leaf in graded[pk]),
                graded=sum(leaf.graded for leaf in graded[pk]),
                **known[pk],
            ),
            next(((leaf.pk, leaf.name) for leaf in graded[pk] if leaf.graded < leaf.answers), None),
        )
        for pk in pks
    }


def _outlines(pks: Sequence[int]) -> dict[int, list[Question]]:
    """Return each exam's questions, a group before its parts."""
    found: dict[int, list[Question]] = defaultdict(list)
    for question in Question.objects.filter(exam__in=pks).order_by("exam", "order"):
        found[question.exam_id].append(question)
    return found


def _count_waiting(known: dict[int, dict[str, Any]], pks: Sequence[int]) -> None:
    """Add what waits in these exams: names, files, pages."""
    doubtful, reading = Page.unsettled(), Q(state=Page.State.WAITING)
    pages = Page.objects.filter(doubtful | reading, upload__exam__in=pks)
    _count(
        known,
        pages,
        "upload__exam",
        doubtful=Count("pk", filter=doubtful),
        reading=Count("pk", filter=reading),
    )
    files = Upload.objects.filter(exam__in=pks, formed_at=None, problem="")
    _count(known, files, "exam", opening=Count("pk"))
    _count(known, Match.objects.filter(exam__in=pks), "exam", matched=Count("pk"))


def _count(known: dict[int, dict[str, Any]], rows: QuerySet[Any], exam: str, **counts: Any) -> None:
    """Add each exam's counts to what is known of it, by one query for all."""
    for pk, *values in rows.order_by().values_list(exam).annotate(**counts):
        known[pk] |= dict(zip(counts, values, strict=True))


class Leaf(NamedTuple):
    pk: int
    name: str
    answers: int
    graded: int


def _graded(pks: Sequence[int]) -> dict[int, list[Leaf]]:
    """Return each exam's leaves in order, with how many answers they have and are graded."""
    rows = (
        Answer.objects.filter(question__exam__in=pks)
        .values_list("question__exam", "question", "question__number", "question__label")
        .annotate(answers=Count("pk"), graded=Count("pk", filter=Q(graded=True)))
        .order_by("question__order")
    )
    found: dict[int, list[Leaf]] = defaultdict(list)
    for exam, pk, number, label, answers, graded in rows:
        found[exam].append(Leaf(pk, f"{number} {label}".strip(), answers, graded))
    return found


def _owns(user: User, exams: Sequence[Exam], places: Sequence[int]) -> dict[int, Own]:
    """Return what a student sees of exams: nothing of one that was never released to them."""
    pks = [exam.pk for exam in exams]
    copies = seen_copies().filter(release__exam__in=pks, student__in=places)
    rows = copies.values_list("release__exam", "pk", "result__score", "result__points")
    scores = {exam: said for exam, *said in rows}
    gone = taken_back_from(user, pks) - scores.keys()
    known = scores.keys() | gone | reaching(places, pks)
    return {
        exam.pk: Own(exam, *scores[exam.pk])
        if exam.pk in scores
        else Own(exam, taken_back=exam.pk in gone)
        for exam in exams
        if exam.pk in known
    }
