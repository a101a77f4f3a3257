"""What was ticked or circled, kept as rows: read when a page comes in, and anew when it or the
options move. Pages that do not lie well are not read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from gradebook.models import Exam, Option, Question
from submissions.blanks import SURE_ERROR, SURE_SCORE
from submissions.bubbles import SURE, read
from submissions.imaging import Affine, Picture
from submissions.models import Choice, Page

LEAST_DPI = 100  # below it, and in black and white alone, faint ink may be lost

Options = Mapping[int, Sequence[Option]]  # by question


def options_by_page(exam: Exam) -> dict[int, dict[int, list[Option]]]:
    """Return the options by template page and question."""
    found: dict[int, dict[int, list[Option]]] = defaultdict(lambda: defaultdict(list))
    for option in Option.objects.filter(question__exam=exam):
        found[option.page][option.question_id].append(option)
    return {page: dict(options) for page, options in found.items()}


def options_on(page: Page) -> dict[int, list[Option]]:
    """Return the options on a page's template page, by question."""
    found: dict[int, list[Option]] = defaultdict(list)
    there = Option.objects.filter(
        question__exam__uploads=page.upload_id, page=page.template_page or 0
    )
    for option in there:
        found[option.question_id].append(option)
    return dict(found)


def read_page(
    page: int, inked: Picture, template: Picture, affine: Affine, options: Options, *, lossy: bool
) -> list[Choice]:
    """Read the options on a page that lies well; the rows are the caller's to save.

    For the pictures see `bubbles.read`. Of a `lossy` scan nothing is certain.
    """
    return [
        _choice(page, inked, template, affine, question, wanted, lossy)
        for question, wanted in options.items()
    ]


def _choice(
    page: int,
    inked: Picture,
    template: Picture,
    affine: Affine,
    question: int,
    options: Sequence[Option],
    lossy: bool,
) -> Choice:
    found = read(inked, template, affine, [option.rect for option in options])
    return Choice(
        page_id=page,
        question_id=question,
        marked=[options[k].pk for k in found.marked],
        ink={str(option.pk): ink for option, ink in zip(options, found.ink, strict=True)},
        certainty=min(found.certainty, SURE / 2) if lossy else found.certainty,
    )


def read_anew(page: Page, inked: Picture, template: Picture) -> list[Choice]:
    """Read a placed page that lies well once more; the rows are the caller's to save."""
    options = options_on(page) if page.affine else {}
    a, b, c, d, e, f = page.affine or (1, 0, 0, 0, 1, 0)
    lossy = is_lossy(bilevel=page.bilevel, dpi=page.scanned_dpi or page.dpi)
    return read_page(page.pk, inked, template, (a, b, c, d, e, f), options, lossy=lossy)


def is_lossy(*, bilevel: bool, dpi: float | None) -> bool:
    """Whether a scan may have lost faint ink."""
    return bilevel or (dpi is not None and dpi < LEAST_DPI)


def lossy_pages() -> Q:
    """The same, asked of pages."""
    return Q(bilevel=True) | Q(dpi__lt=LEAST_DPI)


def save(page: int, choices: Sequence[Choice]) -> None:
    """Write what was read of a page in place of what stood there."""
    with transaction.atomic():
        Choice.objects.filter(page=page).delete()
        # A question that went meanwhile takes its reading along.
        there = _still_there(choices)
        Choice.objects.bulk_create(
            (choice for choice in choices if choice.question_id in there),
            update_conflicts=True,
            unique_fields=["page", "question"],
            update_fields=["marked", "ink", "certainty", "read_at"],
        )


def _still_there(choices: Sequence[Choice]) -> set[int]:
    wanted = [choice.question_id for choice in choices]
    return set(Question.objects.filter(pk__in=wanted).values_list("pk", flat=True))


# What stands


def of_question(question: Question) -> tuple[list[Option], dict[int, Choice]]:
    """Return a question's options, and what was read of them by paper."""
    options = list(question.options.all())
    if not options:
        return [], {}
    read_of = {str(option.pk) for option in options}
    choices = Choice.objects.filter(
        question=question,
        page__state=Page.State.PLACED,
        page__template_page=options[0].page,
        page__submission__isnull=False,
    ).select_related("page")
    return options, {
        choice.page.submission_id: choice
        for choice in choices
        if choice.page.submission_id and choice.ink.keys() == read_of
    }


class Read(NamedTuple):
    """What was read of one paper's options, as `Choice` has it."""

    marked: Sequence[int]
    certainty: float


def of_exam(exam: Exam) -> dict[int, dict[int, Read]]:
    """Return what was read of the options as they are now, by question with options and paper."""
    options: dict[int, list[Option]] = defaultdict(list)
    for option in Option.objects.filter(question__exam=exam):
        options[option.question_id].append(option)
    if not options:
        return {}
    keys = {pk: {str(option.pk) for option in each} for pk, each in options.items()}
    found: dict[int, dict[int, Read]] = {pk: {} for pk in options}
    rows = Choice.objects.filter(
        question__in=options, page__state=Page.State.PLACED, page__submission__isnull=False
    ).values_list(
        *("question", "page__template_page", "page__submission", "ink", "marked", "certainty")
    )
    for question, page, paper, ink, marked, certainty in rows:
        if page == options[question][0].page and ink.keys() == keys[question]:
            found[question][paper] = Read(marked, certainty)
    return found


def lacking(exam: Exam) -> set[int]:
    """Return the pages that lie well and whose options, as they are now, were not read yet."""
    wanted = {
        number: {pk: {str(each.pk) for each in options} for pk, options in questions.items()}
        for number, questions in options_by_page(exam).items()
    }
    if not wanted:
        return set()
    there: dict[int, dict[int, set[str]]] = defaultdict(dict)
    rows = Choice.objects.filter(question__exam=exam).values_list("page_id", "question_id", "ink")
    for page, question, ink in rows.iterator(chunk_size=10_000):
        there[page][question] = set(ink)
    laid = Page.objects.filter(
        upload__exam=exam,
        state=Page.State.PLACED,
        template_page__in=list(wanted),
        affine__isnull=False,
        score__gte=SURE_SCORE,
        error_px__lte=SURE_ERROR,
    ).exclude(image="")
    return {
        page
        for page, number in laid.values_list("pk", "template_page")
        if wanted[number or 0] != there[page]
    }


def mark(exam: Exam) -> str:
    """Tell one state of the options from another; empty where there are none."""
    newest = Option.objects.filter(question__exam=exam).order_by("-pk").first()
    return f".{newest.pk}" if newest else ""
