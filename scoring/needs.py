"""Where an exam's scans and papers stand, and what waits for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Q

from gradebook.models import Exam, Membership, Region, User
from jobs.finished import still_failed
from jobs.models import Job
from rubrics import groups, seconds
from rubrics.models import Flag
from rubrics.seconds import Waiting
from scoring.audience import seen_copies
from scoring.models import Release
from scoring.regrade_list import open_requests
from submissions import acceptance, look_again, name_checks
from submissions.models import Match, Page, Upload
from submissions.template import Coming, coming_template
from submissions.under_way import under_way

# A note names so many pages or files, then counts the rest.
NAMED = 6
# Where work of a kind is asked for again, by the kind's first word; else where scans are.
PAGES = {"match": "match", "copies": "copies", "letters": "letters", "evaluations": "evaluations"}
STOPPED = {
    "scans": ("batch of scans was not finished", "batches of scans were not finished"),
    "match": ("matching was not finished", "matchings were not finished"),
    "copies": ("batch of graded copies was not drawn", "batches of graded copies were not drawn"),
    "evaluations": (
        "file of evaluations was not taken over",
        "files of evaluations were not taken over",
    ),
    "letters": ("batch of e-mail was not sent", "batches of e-mail were not sent"),
}


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits: how many, of what, and the page (by name) where it is mended."""

    count: int
    text: str
    action: str
    page: str
    note: str = ""
    kind: str = "look"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database says about an exam's paper, each by one query."""

    template_pages: int
    template: Coming | None  # one on its way, or refused
    students: int
    papers: int
    matched: int
    naming: bool  # nobody is asked about names that the machine is still reading
    pages: int
    reading: int
    doubtful: int
    hidden: int  # from graders, until somebody looked for a name
    again: int  # graded answers whose pages changed since
    seconds: Waiting
    alike: int  # ungraded answers that look blank or have the same ticked as another one
    flagged: int  # answers somebody wants another look at
    regrades: tuple[int, int]  # open requests, and those of them put to this person or to all
    lacking: int  # papers that lack pages, and that nobody has accepted so
    opening: int
    refused: int
    placed: frozenset[int]  # questions with a region
    release: Release | None
    seen: int  # students who see their result


def facts(exam: Exam, user: User) -> Facts:
    pages = Page.objects.filter(upload__exam=exam).aggregate(
        kept=Count("pk", filter=~Q(state=Page.State.DISCARDED)),
        reading=Count("pk", filter=Q(state=Page.State.WAITING)),
        doubtful=Count("pk", filter=Page.unsettled()),
        hidden=Count("pk", filter=name_checks.unseen()),
    )
    uploads = exam.uploads.aggregate(
        opening=Count("pk", filter=Q(formed_at=None, problem="")),
        refused=Count("pk", filter=~Q(problem="")),
    )
    return Facts(
        template_pages=exam.template.page_count if hasattr(exam, "template") else 0,
        template=coming_template(exam),
        students=Membership.objects.students().filter(course=exam.course_id).count(),
        papers=exam.submissions.count(),
        matched=Match.objects.filter(exam=exam).count(),
        naming=any(under_way(exam)),
        pages=pages["kept"],
        reading=pages["reading"],
        doubtful=pages["doubtful"],
        hidden=pages["hidden"] if exam.anonymous else 0,
        again=sum(look_again.counts(exam).values()),
        seconds=seconds.waiting(exam, user),
        alike=sum(groups.alike(exam).values()),
        flagged=Flag.objects.filter(answer__question__exam=exam).count(),
        regrades=open_requests(exam, user),
        lacking=acceptance.open_papers(exam).count(),
        opening=uploads["opening"],
        refused=uploads["refused"],
        placed=frozenset(
            Region.objects.filter(exam=exam, question__isnull=False)
            .order_by()
            .values_list("question_id", flat=True)
            .distinct()
        ),
        release=exam.releases.standing().select_related("by").first(),
        seen=seen_copies().filter(release__exam=exam).count(),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose needs are told: without `names` no note repeats a file's name."""

    exam: Exam
    known: Facts
    names: bool
    instructor: bool


def needs(exam: Exam, known: Facts, *, names: bool, instructor: bool) -> list[Need]:
    """Return what waits for this person, the most pressing first.

    Without `names` no note repeats a file's name: scans are often named for students.
    """
    asked = _Asked(exam, known, names, instructor)
    return [need for told in NEEDS for need in told(asked)]


def _blank_exam(asked: _Asked) -> Iterator[Need]:
    template = asked.known.template
    if asked.instructor and template and template.problem:
        text = "blank exam could not be used"
        yield Need(1, text, "See why", "outline", template.problem, "bad")


def _stopped_work(asked: _Asked) -> Iterator[Need]:
    for page, stopped in _by_page(_stopped(asked.exam)).items():
        if page == "scans" or asked.instructor:
            yield _work(page, stopped, names=asked.names)


def _refused(asked: _Asked) -> Iterator[Need]:
    if count := asked.known.refused:
        text = "file could not be used" if count == 1 else "files could not be used"
        note = _files(asked.exam) if asked.names else ""
        yield Need(count, text, "See why", "scans", note, "bad")


def _doubtful(asked: _Asked) -> Iterator[Need]:
    if count := asked.known.doubtful:
        text = "page needs a look" if count == 1 else "pages need a look"
        note = _pages(asked.exam, count) if asked.names else ""
        yield Need(count, text, "Open", "repair" if asked.names else "scans", note)


def _lacking(asked: _Asked) -> Iterator[Need]:
    if count := asked.known.lacking:
        text = "paper lacks pages" if count == 1 else "papers lack pages"
        yield Need(count, text, "Open", "repair" if asked.names else "scans")


def _again(asked: _Asked) -> Iterator[Need]:
    if count := asked.known.again:
        text = "answer to look at again" if count == 1 else "answers to look at again"
        note = "Their pages changed after they were graded."
        yield Need(count, text, "Look", "look_again", note)


def _second_looks(asked: _Asked) -> Iterator[Need]:
    if mine := asked.known.seconds.mine:
        text = "second look waits for you" if mine == 1 else "second looks wait for you"
        yield Need(mine, text, "Give it" if mine == 1 else "Give one", "second")


def _differing(asked: _Asked) -> Iterator[Need]:
    differing = asked.known.seconds.differing
    if asked.instructor and differing:
        text = "second look to settle" if differing == 1 else "second looks to settle"
        note = "Two graders came to different scores."
        yield Need(differing, text, "Settle", "agreement", note)


def _flagged(asked: _Asked) -> Iterator[Need]:
    if count := asked.known.flagged:
        are = "answer is" if count == 1 else "answers are"
        yield Need(count, f"{are} flagged for review", "Look", "flagged")


def _alike(asked: _Asked) -> Iterator[Need]:
    if count := asked.known.alike:
        note = "Blank, or the same was ticked: the column “Alike” leads to them."
        yield Need(count, "answers look alike", "Grade together", "grading", note)


def _regrades(asked: _Asked) -> Iterator[Need]:
    count, mine = asked.known.regrades
    if not asked.instructor:
        count = mine
    if count:
        waits = "regrade request waits" if count == 1 else "regrade requests wait"
        note = f"{mine} put to you." if mine and count > mine else ""
        yield Need(count, waits, "Answer", "regrade_next" if mine else "regrades", note)


def _hidden(asked: _Asked) -> Iterator[Need]:
    count = asked.known.hidden
    if asked.instructor and count:
        are = "page is" if count == 1 else "pages are"
        yield Need(count, f"{are} hidden from graders", "Look", "scans")


def _unmatched(asked: _Asked) -> Iterator[Need]:
    known = asked.known
    waiting = known.papers - known.matched
    if asked.instructor and waiting > 0 and not known.naming:
        text = "paper without a sure name" if waiting == 1 else "papers without a sure name"
        yield Need(waiting, text, "Confirm", "match")


# The most pressing first.
NEEDS: tuple[Callable[[_Asked], Iterator[Need]], ...] = (
    _blank_exam,
    _stopped_work,
    _refused,
    _doubtful,
    _lacking,
    _again,
    _second_looks,
    _differing,
    _flagged,
    _regrades,
    _hidden,
    _unmatched,
    _alike,
)


def _pages(exam: Exam, count: int) -> str:
    first = (
        Page.objects.filter(Page.unsettled(), upload__exam=exam)
        .order_by("upload", "number")
        .values_list("upload__name", "number")[:NAMED]
    )
    return _and_more(pages_text(first), count - min(count, NAMED))


def pages_text(pages: Iterable[tuple[str, int]]) -> str:
    """Return "morning.pdf, pages 85, 86; noon.pdf, page 3"."""
    by_file: dict[str, list[int]] = defaultdict(list)
    for name, number in pages:
        by_file[name].append(number)
    return "; ".join(
        f"{name}, {'page' if len(numbers) == 1 else 'pages'} {', '.join(map(str, numbers))}"
        for name, numbers in by_file.items()
    )


def _files(exam: Exam) -> str:
    refused = Upload.objects.filter(exam=exam).exclude(problem="")
    first = [f"{name}: {problem}" for name, problem in refused.values_list("name", "problem")[:2]]
    return " ".join(first)


def _and_more(text: str, more: int) -> str:
    return f"{text} and {more:,} more" if more > 0 else text


def _stopped(exam: Exam) -> list[Job]:
    """Return failed work of this exam that nobody has asked for again since.

    Jobs know their exam by their arguments, or by those of the job that asked for them.
    """
    # A file that could not be used is told as such, and not as its job once more.
    files = list(exam.uploads.filter(problem="").values_list("pk", flat=True))
    releases = list(exam.releases.values_list("pk", flat=True))
    named = Q()
    for job in ("", "parent__"):
        named |= Q(**{f"{job}args__exam": exam.pk})
        named |= Q(**{f"{job}args__upload__in": files})
        named |= Q(**{f"{job}args__release__in": releases})
    return still_failed(Job.objects.filter(named))


def _by_page(stopped: Iterable[Job]) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = defaultdict(list)
    for job in stopped:
        found[PAGES.get(job.kind.partition(".")[0], "scans")].append(job)
    return found


def _work(page: str, stopped: list[Job], *, names: bool) -> Need:
    one, many = STOPPED[page]
    text = one if len(stopped) == 1 else many
    return Need(len(stopped), text, "See why", page, stopped[-1].error if names else "", "bad")
