"""Papers formed of the pages of an upload, and their answers.

What the sequence of pages says is decided in `splitting`; here it is written down, in one
transaction that either happened or did not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from gradebook.models import Exam
from jobs.models import Job
from submissions import crops, empty_looking, name_checks, stacks
from submissions.code_names import code_names
from submissions.coded import Coded, Sorted, sort_coded
from submissions.intake import waiting_pages
from submissions.local_files import forget, local_path
from submissions.lots import SQL
from submissions.models import Page, PrintedPaper, Submission, Upload
from submissions.overview import spans
from submissions.prints import print_of
from submissions.splitting import Paper, Plan, Seen, State, form_papers
from submissions.template_print import TemplatePrint

BILEVEL = (
    "{name} was scanned in black and white only. Faint pencil and light pens may be lost: "
    "scan in grey or colour if you can."
)
COARSE = (
    "{name} was scanned at {dpi:.0f} dpi. Small writing and faint strokes may be lost, and names "
    "are read worse: scan at 200 dpi or more if you can."
)
STRAIGHTENED = (
    "Photographed askew and drawn upright here: {pages} of {name}. The photographs are kept "
    "in the file; a scanner, or the phone's own document scanner, shows more."
)
LEAST_DPI = 140  # 150 as scanners say it; a sheet of another size makes it a little less
MOST_AT_ONCE = 500  # pages a statement names


def form(job: Job) -> None:
    """Form the papers of an upload once; ask for what follows."""
    upload = Upload.objects.select_related("exam__template").get(pk=job.args["upload"])
    if waiting_pages(upload).exists():
        return
    pages = list(upload.pages.order_by("number"))
    template = print_of(upload.exam.template)
    by_number = {page.number: page for page in pages}
    if any(page.code for page in pages):
        carry_out_coded(upload, by_number, template)
    else:
        plan = form_papers(
            [seen(page) for page in pages], len(template.pages), template.unplaceable
        )
        carry_out(upload, plan, by_number, _printed_pages(template))
    _name_unreadable(upload, pages)
    forget(str(upload.file.name))
    exam = upload.exam
    crops.sum_ink(exam, _papers_of(upload))
    crops.ask_for_missing(exam, job.asked_by)


def _name_unreadable(upload: Upload, pages: Sequence[Page]) -> None:
    """Say which pictures of a stack cannot be read: their pages have numbers, and no names."""
    bad = [page.number for page in pages if page.state == Page.State.ERROR]
    if upload.kind != "pictures" or not bad:
        return
    said = stacks.named(local_path(str(upload.file.name)), bad)
    with transaction.atomic():
        held = Upload.objects.select_for_update().get(pk=upload.pk)
        held.warnings += [sentence for sentence in said if sentence not in held.warnings]
        held.save(update_fields=["warnings"])


def _papers_of(upload: Upload) -> list[int]:
    papers = upload.pages.exclude(submission=None).values_list("submission_id", flat=True)
    return [pk for pk in papers.distinct().order_by() if pk]


def new_papers(exam: Exam, count: int) -> list[Submission]:
    """Make empty papers, numbered on. The caller holds the exam's row."""
    last = exam.submissions.aggregate(last=Max("number"))["last"] or 0
    numbers = range(last + 1, last + count + 1)
    taken = set(exam.submissions.values_list("code_name", flat=True))
    names = code_names(exam.pk, numbers, taken)
    return Submission.objects.bulk_create(
        Submission(exam=exam, number=number, code_name=names[number]) for number in numbers
    )


def make_answers(exam: Exam) -> None:
    """Give every paper an answer to every leaf it has none for yet, at the score it starts from."""
    # In the database: fifty new parts of a thousand papers are fifty thousand rows.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO submissions_answer (submission_id, question_id, score, graded, lot)"
            " SELECT s.id, q.id, CASE"
            "  WHEN q.scoring = 'negative' OR (q.scoring = '' AND e.scoring = 'negative')"
            f"  THEN q.points ELSE 0 END, FALSE, {SQL[connection.vendor]}"
            " FROM submissions_submission s"
            " JOIN gradebook_exam e ON e.id = s.exam_id"
            " JOIN gradebook_question q ON q.exam_id = s.exam_id AND q.points IS NOT NULL"
            " LEFT JOIN submissions_answer a ON a.submission_id = s.id AND a.question_id = q.id"
            " WHERE s.exam_id = %s AND a.id IS NULL",
            [exam.pk],
        )


def seen(page: Page) -> Seen:
    """What is known of a page before papers are formed."""
    states: dict[str, State] = {
        Page.State.ERROR: "error",
        Page.State.BLANK: "blank",
        Page.State.EXTRA: "foreign",
    }
    recognised: State = "placed" if page.template_page else "doubtful"
    return Seen(
        number=page.number,
        template_page=page.template_page,
        state=states.get(page.state, recognised),
        score=page.score or 0.0,
        margin=1.0 if page.margin is None else page.margin,
        alike=tuple(page.alike),
    )


def position_of(number: int, after: int = 0) -> int:
    """Where a page lies among its paper's: the template's in order, extra ones behind."""
    return number + after


def carry_out(
    upload: Upload, plan: Plan, pages: dict[int, Page], wanted: Collection[int] = ()
) -> None:
    """Make the plan's papers, unless another attempt did. One that nothing is sure of is none.

    `wanted` are the template pages that have print.
    """
    with transaction.atomic():
        if not begin(upload, pages):
            return
        blank = [page for page in pages.values() if page.state == Page.State.BLANK]
        _make([paper for paper in plan.papers if paper.pages], upload.exam, pages)
        for number, reason in plan.reasons.items():
            _say(pages[number], reason)
        _ask_of_empty(upload, pages, wanted)
        _end(upload.exam, pages, blank)


def carry_out_coded(upload: Upload, pages: dict[int, Page], template: TemplatePrint) -> None:
    """Put coded pages where their codes say, and the others by them, unless another attempt did.

    A printed paper whose other pages came with another upload is the same paper.
    """
    exam = upload.exam
    with transaction.atomic():
        if not begin(upload, pages):
            return
        # Sorted only now: until the exam is held, another upload may fill the same places.
        sorted_ = _sorted(exam, pages, template)
        blank = [page for page in pages.values() if page.state == Page.State.BLANK]
        printed = _printed(exam, {paper for paper, _ in sorted_.places.values()})
        for number, (key, place) in sorted_.places.items():
            _put_at(pages[number], printed[key], place)
        _make(sorted_.papers, exam, pages)
        for number, reason in sorted_.reasons.items():
            _say(pages[number], reason)
        for number, (key, place) in sorted_.twice.items():
            _doubt(pages[number], f"Page {place} of {printed[key]} is here already.")
        for number, owner in sorted_.lost.items():
            _doubt(pages[number], _lost(pages[number], printed.get(owner or 0)))
        _ask_of_empty(upload, pages, _printed_pages(template))
        _end(exam, pages, blank)


def _sorted(exam: Exam, pages: dict[int, Page], template: TemplatePrint) -> Sorted:
    coded = [
        Coded(page.number, page.printed_id, page.template_page)
        for page in pages.values()
        if page.printed_id and page.template_page
    ]
    there = Page.objects.filter(submission__printed__run__exam=exam, state=Page.State.PLACED)
    taken = there.values_list("submission__printed", "template_page")
    return sort_coded(
        coded,
        [seen(page) for page in pages.values() if not page.code],
        {(paper, place) for paper, place in taken if paper and place},
        len(template.pages),
        template.unplaceable,
    )


def _printed(exam: Exam, keys: set[int]) -> dict[int, Submission]:
    """Return what became of the exam's printed papers; those of `keys` that are new are made."""
    listed = list(
        PrintedPaper.objects.filter(run__exam=exam)
        .filter(Q(pk__in=keys) | Q(submission__isnull=False))
        .select_related("submission")
        # By the numbers on them: the order of the rows is the roster's.
        .order_by("run_id", "number")
    )
    fresh = [paper for paper in listed if paper.submission is None]
    for paper, made in zip(fresh, new_papers(exam, len(fresh)), strict=True):
        paper.submission = made
    PrintedPaper.objects.bulk_update(fresh, ["submission"], batch_size=200)
    return {paper.pk: paper.submission for paper in listed if paper.submission}


def _lost(page: Page, owner: Submission | None) -> str:
    if not page.template_page:
        return f"No code can be read on it. {page.reason}".strip()
    said = f"No code can be read on it, so whose page {page.template_page} it is cannot be told."
    return f"{said} Only {owner} lacks one." if owner else said


def begin(upload: Upload, pages: dict[int, Page]) -> bool:
    """Hold the exam, and say that the upload is formed; False if another attempt said so."""
    # The outline's saving holds this row too, so that no paper lacks a new part's answer.
    Exam.objects.select_for_update(no_key=True).get(pk=upload.exam_id)
    waiting = Upload.objects.filter(pk=upload.pk, formed_at=None)
    values = {"formed_at": timezone.now(), "warnings": _warnings(upload, pages.values())}
    return bool(waiting.update(**values))


def _make(planned: Sequence[Paper], exam: Exam, pages: dict[int, Page]) -> None:
    for paper, submission in zip(planned, new_papers(exam, len(planned)), strict=True):
        for place, number in paper.pages.items():
            _put_at(pages[number], submission, place)


def _printed_pages(template: TemplatePrint) -> list[int]:
    return [n for n in range(1, len(template.pages) + 1) if n not in template.unplaceable]


def _ask_of_empty(upload: Upload, pages: dict[int, Page], wanted: Collection[int]) -> None:
    """Doubt each empty page that lies where its paper lacks a printed one."""
    placed = {
        number: (page.submission_id, page.template_page)
        for number, page in pages.items()
        if page.submission_id and page.template_page and page.state == Page.State.PLACED
    }
    blank = [number for number, page in pages.items() if page.state == Page.State.BLANK]
    others = Page.objects.filter(
        submission__in={paper for paper, _ in placed.values()}, state=Page.State.PLACED
    ).exclude(upload=upload)
    there = others.values_list("submission_id", "template_page") if blank else ()
    elsewhere = {(paper, page) for paper, page in there if page}
    asked: dict[int, list[int]] = defaultdict(list)
    for number, (_, page) in empty_looking.may_be(placed, blank, wanted, elsewhere).items():
        _doubt(pages[number], empty_looking.MAY_BE.format(page=page))
        asked[page].append(pages[number].pk)
    for page, keys in asked.items():
        _update(keys, alike=[page])


def _end(exam: Exam, pages: dict[int, Page], blank: list[Page]) -> None:
    """Write the pages down; `blank` are those that were so before they got a place."""
    _write(pages.values())
    # Of pages nothing is printed on, the blank ones at least need nobody to look for a name.
    placed = [page for page in blank if page.state == Page.State.PLACED]
    name_checks.note(placed, shows_name=False, by=None)
    make_answers(exam)


def _write(pages: Iterable[Page]) -> None:
    """Write where pages lie: a statement a paper, then one for all that lie at the same place.

    A row at a time, or by `bulk_update`, 2,700 pages take seconds, while no other worker has
    anything to do. The papers go first: what is placed must have one.
    """
    papers: dict[int | None, list[int]] = defaultdict(list)
    places: dict[tuple[str, str, int | None, int], list[int]] = defaultdict(list)
    for page in pages:
        papers[page.submission_id].append(page.pk)
        places[page.state, page.reason, page.template_page, page.position].append(page.pk)
    for paper, keys in papers.items():
        _update(keys, submission=paper)
    for (state, reason, template_page, position), keys in places.items():
        _update(keys, state=state, reason=reason, template_page=template_page, position=position)


def _update(keys: Sequence[int], **values: Any) -> None:
    for start in range(0, len(keys), MOST_AT_ONCE):
        Page.objects.filter(pk__in=keys[start : start + MOST_AT_ONCE]).update(**values)


def _say(page: Page, reason: str) -> None:
    """Keep what was said of a page nobody could read or recognise: it is more exact."""
    if page.state not in (Page.State.ERROR, Page.State.EXTRA) or not page.reason:
        page.reason = reason


def _doubt(page: Page, reason: str) -> None:
    page.state, page.reason = Page.State.DOUBTFUL, reason


def _put_at(page: Page, submission: Submission, place: int) -> None:
    page.state = Page.State.PLACED
    page.submission = submission
    page.template_page = place
    page.position = position_of(place)
    page.reason = ""


def _warnings(upload: Upload, pages: Collection[Page]) -> list[str]:
    said = list(upload.warnings)
    bilevel = BILEVEL.format(name=upload.name)
    if bilevel not in said and any(page.bilevel for page in pages):
        said.append(bilevel)
    scanned = [page.scanned_dpi or page.dpi or LEAST_DPI for page in pages]
    coarse = [dpi for dpi in scanned if dpi < LEAST_DPI]
    if coarse and not any(" dpi. Small writing" in sentence for sentence in said):
        said.append(COARSE.format(name=upload.name, dpi=min(coarse)))
    if askew := sorted(page.number for page in pages if page.straightened):
        which = f"page{'s' if len(askew) > 1 else ''} {spans(askew)}"
        said.append(STRAIGHTENED.format(name=upload.name, pages=which))
    return said
