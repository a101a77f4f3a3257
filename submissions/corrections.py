"""What people put right by hand. Each act may be repeated, and none of them touches a grade.

Answers belong to papers, not to pages: moving a page moves what is looked at, never what was
said of it. What each act changed is written down and can be undone: see `submissions.repairs`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import transaction

from gradebook.models import User
from submissions import repairs
from submissions.chunks import Setting
from submissions.laid_by_hand import at_place, lay_on
from submissions.models import Page, Photograph, Repair, Submission, Upload
from submissions.papers import make_answers, new_papers, position_of
from submissions.redrawing import redraw
from submissions.repair_rows import Row, row_of
from submissions.repairs import Noted, Refused
from submissions.whose import ask_for_matching, hold
from submissions.worked_on import keep_graders_off, said_about

__all__ = [
    "Refused",
    "add_to",
    "confirm",
    "delete_upload",
    "discard",
    "do_again",
    "goes_with",
    "place",
    "put_back",
    "restore",
    "start_paper",
    "turn",
]

Kind = Repair.Kind


def place(page: Page, paper: Submission, number: int, *, by: User | None = None) -> None:
    """Put a page at a place of a paper. Raises Refused when another page lies there."""
    exam, was = page.upload.exam, row_of(page)
    setting, values = at_place(page, number)
    words = f"{named(page)} went to page {number} of {paper}."
    with _act(page, was, Kind.MOVE, words, by=by):
        _mind_the_place(page, paper, number)
        _put(page, paper, values)
    papers = {was["submission_id"], paper.pk}
    redraw(exam, [page], papers, {was["template_page"], number}, setting=setting)


def start_paper(page: Page, number: int, *, by: User | None = None) -> Submission:
    """Begin a new paper with this page; again, return the paper it began."""
    exam, was = page.upload.exam, row_of(page)
    alone = page.submission
    if alone is not None and not alone.pages.exclude(pk=page.pk).exists():
        place(page, alone, number, by=by)
        return alone
    setting, values = at_place(page, number)
    with _act(page, was, Kind.START, "", by=by) as act:
        paper = new_papers(exam, 1)[0]
        make_answers(exam)
        act.papers.add(paper.pk)
        act.words = f"{named(page)} began {paper}."
        _put(page, paper, values)
    papers = {was["submission_id"], paper.pk}
    redraw(exam, [page], papers, {was["template_page"], number}, setting=setting)
    return paper


def add_to(page: Page, paper: Submission, *, by: User | None = None) -> None:
    """Add a page to a paper beside the template's pages: a sheet the student asked for."""
    exam, was = page.upload.exam, row_of(page)
    with _act(page, was, Kind.INSERT, f"{named(page)} is an extra sheet of {paper}.", by=by):
        page.crops.all().delete()
        _set(
            page,
            state=Page.State.EXTRA,
            reason="",
            submission=paper,
            template_page=None,
            alike=[],
            affine=None,
            position=position_of(exam.template.page_count, page.number),
        )
    redraw(exam, [page], {was["submission_id"], paper.pk}, {was["template_page"]})


def confirm(page: Page, *, by: User | None = None) -> None:
    """Say that a page lies right where it lies, whatever made that doubtful."""
    if page.state != Page.State.PLACED:
        raise Refused("Say first which page of which paper it is.")
    with _act(page, row_of(page), Kind.CONFIRM, f"{named(page)} is right so.", by=by):
        _set(page, reason="")


def discard(page: Page, *, by: User | None = None) -> None:
    """Set a page aside. `restore` brings it back to where it lay."""
    with _act(page, row_of(page), Kind.DISCARD, f"{named(page)} was discarded.", by=by):
        _set(page, state=Page.State.DISCARDED)
    redraw(page.upload.exam, [], [page.submission_id], [page.template_page])


def restore(page: Page, *, by: User | None = None) -> None:
    """Bring a discarded page back: to its place if that is free, else to be looked at."""
    if page.state != Page.State.DISCARDED:
        return
    was = row_of(page)
    with _act(page, was, Kind.RESTORE, f"{named(page)} was brought back.", by=by):
        _set(page, **_back(page))
    # Names and questions may stand elsewhere by now.
    papers = {was["submission_id"], page.submission_id}
    redraw(page.upload.exam, [page], papers, [page.template_page])


def _back(page: Page) -> dict[str, Any]:
    if not page.image:
        return {"state": Page.State.ERROR}
    paper, number = page.submission, page.template_page
    if paper is None:
        return {"state": Page.State.DOUBTFUL}
    if number is None:
        return {"state": Page.State.EXTRA}
    if _at(paper, number, page) is None:
        return {"state": Page.State.PLACED}
    return {
        "state": Page.State.DOUBTFUL,
        "submission": None,
        "reason": f"Its place, page {number} of {paper}, was taken meanwhile.",
    }


def turn(page: Page, turned: int = 180, *, by: User | None = None) -> None:
    """Turn a page clockwise by quarters. A placed one is laid onto its template page anew.

    Nothing need be told to ink on it, which knows the turn it was drawn at, or to released copies,
    which know theirs.
    """
    if not page.image:
        raise Refused("This page could not be read, so there is nothing to turn.")
    exam, was = page.upload.exam, row_of(page)
    values: dict[str, Any] = {
        "turn": (page.turn + turned) % 360,
        "sheet_turn": (page.sheet_turn + turned) % 360,
        "affine": None,
    }
    setting = Setting.of(exam)
    if page.template_page:
        values |= lay_on(page, values["turn"], page.template_page, setting)
    with _act(page, was, Kind.TURN, f"{named(page)} was turned.", by=by):
        page.crops.all().delete()
        _set(page, **values)
    redraw(exam, [page], [page.submission_id], [page.template_page], setting=setting)


class GoesWith(NamedTuple):
    """What an upload takes along: its pages, papers that are all its own; others lose pages."""

    pages: int
    own: int
    others: int


def goes_with(upload: Upload) -> GoesWith:
    papers = Submission.objects.filter(pages__upload=upload).distinct().count()
    others = len(set(_papers_with_other_pages(upload)))
    return GoesWith(upload.pages.count(), papers - others, others)


def delete_upload(upload: Upload) -> None:
    """Take an upload back, with papers that are all its own. Raises Refused once work is done."""
    with transaction.atomic():
        hold(upload.exam)
        keep_graders_off(upload.exam)
        papers = Submission.objects.filter(pages__upload=upload).distinct()
        own = papers.exclude(pk__in=_papers_with_other_pages(upload))
        keys = list(own.values_list("pk", flat=True))
        if said := said_about(keys, upload):
            answers = "an answer" if said == 1 else f"{said} answers"
            raise Refused(f"Graders have worked on {answers} of its papers. Nothing was deleted.")
        # Pages first: a placed page is never without its paper.
        upload.delete()
        Submission.objects.filter(pk__in=keys).delete()
    ask_for_matching(upload.exam)


def _papers_with_other_pages(upload: Upload) -> list[int]:
    others = Page.objects.filter(submission__pages__upload=upload).exclude(upload=upload)
    return [pk for pk in others.values_list("submission_id", flat=True).distinct() if pk]


# Back and forth


def put_back(repair: Repair, *, by: User) -> None:
    """Undo an act. Raises Refused, in words, once what it changed was changed again."""
    if repairs.undo(repair, by=by):
        _follow(repair, repair.after["pages"], repair.before["pages"])


def do_again(repair: Repair, *, by: User) -> None:
    """Redo an act that was undone. Raises Refused like `put_back`."""
    if repairs.redo(repair, by=by):
        _follow(repair, repair.before["pages"], repair.after["pages"])


def _follow(repair: Repair, had: dict[str, Row], has: dict[str, Row]) -> None:
    rows = [*had.values(), *has.values()]
    drawn = ("state", "template_page", "alike", "turn", "affine", "image")
    changed = [
        key for key, row in has.items() if any(row.get(it) != had[key].get(it) for it in drawn)
    ]
    pages = Page.objects.filter(pk__in=changed).exclude(state=Page.State.DISCARDED)
    papers = {row["submission_id"] for row in rows}
    there = Submission.objects.filter(pk__in=papers - {None}).values_list("pk", flat=True)
    redraw(repair.exam, pages, there, {row["template_page"] for row in rows})


# Parts of the acts


@contextmanager
def _act(
    page: Page, was: Row, kind: Repair.Kind, words: str, *, by: User | None
) -> Iterator[Noted]:
    """Do one act on a page that is as its instance has it, and write it down.

    One act at a time in an exam; a paper that holds nothing any more goes.
    """
    exam, left = page.upload.exam, was["submission_id"]
    with transaction.atomic():
        hold(exam)
        repairs.mind_unchanged(page, was)
        papers = [left] if left else []
        with repairs.noted(exam, kind, by=by, words=words, pages=[page.pk], papers=papers) as act:
            yield act
            drop_empty(papers)


def drop_empty(papers: Collection[int]) -> None:
    """Let go of papers that hold no page any more, and that nobody said anything about."""
    empty = Submission.objects.filter(pk__in=papers, pages=None, match__confirmed_at=None)
    for paper in empty.select_related("exam"):
        keep_graders_off(paper.exam)
        if not said_about([paper.pk]):
            paper.delete()


def named(page: Page) -> str:
    """Return how a page is called at the head of a sentence."""
    if page.submission is None or page.state not in (Page.State.PLACED, Page.State.EXTRA):
        return f"Page {page.number} of {page.upload.name[-80:]}"
    if page.template_page is None:
        return f"An extra sheet of {page.submission}"
    return f"Page {page.template_page} of {page.submission}"


def _at(paper: Submission, number: int, but: Page) -> Page | None:
    there = paper.pages.filter(template_page=number, state=Page.State.PLACED)
    return there.exclude(pk=but.pk).first()


def _mind_the_place(page: Page, paper: Submission, number: int) -> None:
    if _at(paper, number, page) is not None:
        raise Refused(f"Page {number} of {paper} is there already. Discard or move that one first.")


def _put(page: Page, paper: Submission, values: dict[str, Any]) -> None:
    if page.template_page != values["template_page"] or "image" in values:
        page.crops.all().delete()
    if "image" in values:
        Photograph.objects.get_or_create(
            page=page,
            sheet=page.sheet.name,
            image=page.image.name,
            drawn_sheet=values["sheet"],
            drawn_image=values["image"],
        )
    position = position_of(values["template_page"])
    _set(page, **values, state=Page.State.PLACED, submission=paper, position=position)


def _set(page: Page, **values: Any) -> None:
    for name, value in values.items():
        setattr(page, name, value)
    page.save(update_fields=[*values])
