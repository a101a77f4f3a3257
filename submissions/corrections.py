"""What people put right by hand. Each act may be repeated, and none of them touches a grade.

Answers belong to papers, not to pages: moving a page moves what is looked at, never what was
said of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q

from gradebook.files import read
from gradebook.models import Exam
from submissions import crops, imaging
from submissions.chunks import Setting
from submissions.models import Answer, Page, Submission, Upload
from submissions.papers import make_answers, new_papers, position_of
from submissions.pictures import may_be
from submissions.registration import lay
from submissions.whose import ask_for_matching

NOT_LAID = "It was put here by hand and does not fit the template: answers may lie a little off."
# Rows that say somebody is looking, not that they did anything.
PASSING = {"claim"}


class Refused(Exception):
    """The act cannot be done; the message tells a person why, and nothing was changed."""


def place(page: Page, paper: Submission, number: int) -> None:
    """Put a page at a place of a paper. Raises Refused when another page lies there."""
    exam = page.upload.exam
    _mind_the_pages(exam, number)
    if not page.image:
        raise Refused("This page could not be read. Scan it again and upload that.")
    setting = Setting.of(exam)
    values = _laid(page, number, setting)
    # A person may err too: what it may be beside `number` stays covered.
    alike = sorted(may_be(page)) if page.alike and number in may_be(page) else []
    with transaction.atomic():
        _hold(exam)
        _mind_the_place(page, paper, number)
        left = page.submission_id
        if page.template_page != number:
            page.crops.all().delete()
        _set(
            page,
            **values,
            state=Page.State.PLACED,
            submission=paper,
            template_page=number,
            alike=alike,
            position=position_of(number),
        )
    _follow(page, setting, {left, paper.pk})


def start_paper(page: Page, number: int) -> Submission:
    """Begin a new paper with this page; again, return the paper it began."""
    exam = page.upload.exam
    _mind_the_pages(exam, number)
    alone = page.submission
    if alone is not None and not alone.pages.exclude(pk=page.pk).exists():
        place(page, alone, number)
        return alone
    with transaction.atomic():
        _hold(exam)
        paper = new_papers(exam, 1)[0]
        make_answers(exam)
    place(page, paper, number)
    return paper


def add_to(page: Page, paper: Submission) -> None:
    """Add a page to a paper beside the template's pages: a sheet the student asked for."""
    exam = page.upload.exam
    setting = Setting.of(exam)
    with transaction.atomic():
        _hold(exam)
        left = page.submission_id
        page.crops.all().delete()
        _set(
            page,
            state=Page.State.EXTRA,
            reason="",
            submission=paper,
            template_page=None,
            alike=[],
            affine=None,
            position=position_of(len(setting.template.pages), page.number),
        )
    _follow(page, setting, {left, paper.pk})


def discard(page: Page) -> None:
    """Set a page aside. `restore` brings it back to where it lay."""
    with transaction.atomic():
        _hold(page.upload.exam)
        _set(page, state=Page.State.DISCARDED)
    crops.sum_ink(page.upload.exam, _keys([page.submission_id]))


def restore(page: Page) -> None:
    """Bring a discarded page back: to its place if that is free, else to be looked at."""
    if page.state != Page.State.DISCARDED:
        return
    exam, left = page.upload.exam, page.submission_id
    with transaction.atomic():
        _hold(exam)
        _set(page, **_back(page))
    # Names and questions may stand elsewhere by now.
    _follow(page, Setting.of(exam), {left, page.submission_id})


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


def turn(page: Page, by: int = 180) -> None:
    """Turn a page clockwise by quarters. A placed one is laid onto its template page anew.

    Nothing need be told to ink on it, which knows the turn it was drawn at, or to released copies,
    which know theirs.
    """
    if not page.image:
        raise Refused("This page could not be read, so there is nothing to turn.")
    setting = Setting.of(page.upload.exam)
    turned = {"turn": (page.turn + by) % 360, "sheet_turn": (page.sheet_turn + by) % 360}
    page.turn, page.sheet_turn = turned["turn"], turned["sheet_turn"]
    page.affine = None
    values = _laid(page, page.template_page, setting) if page.template_page else {"affine": None}
    with transaction.atomic():
        _hold(page.upload.exam)
        page.crops.all().delete()
        _set(page, **(turned | values))
    _follow(page, setting, {page.submission_id})


def delete_upload(upload: Upload) -> None:
    """Take an upload back, with papers that are all its own. Raises Refused once work is done."""
    with transaction.atomic():
        _hold(upload.exam)
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


def said_about(papers: list[int], upload: Upload | None = None) -> int:
    """Count the answers of papers, or on an upload's pages, that somebody has worked on."""
    mine = Q(submission__in=papers)
    work = Q(graded=True)
    for name in _written_by_others(Answer):
        work |= Q(**{f"{name}__isnull": False})
    count = Answer.objects.filter(mine & work).distinct().count()
    if upload is not None and not count:
        count = sum(
            Page.objects.filter(upload=upload, **{f"{name}__isnull": False}).count()
            for name in _written_by_others(Page)
        )
    if not count:
        count = sum(
            Submission.objects.filter(pk__in=papers, **{f"{name}__isnull": False}).count()
            for name in _written_by_others(Submission)
        )
    return count


def _written_by_others(model: type[Answer | Page | Submission]) -> list[str]:
    """Relations by which apps further right refer to a row: marks, comments, ink, copies."""
    return [
        str(relation.name)
        for relation in model._meta.related_objects
        if relation.related_model._meta.app_label != "submissions"
        and relation.related_model._meta.model_name not in PASSING
    ]


def _papers_with_other_pages(upload: Upload) -> list[int]:
    others = Page.objects.filter(submission__pages__upload=upload).exclude(upload=upload)
    return [pk for pk in others.values_list("submission_id", flat=True).distinct() if pk]


# Parts of the acts


def _hold(exam: Exam) -> None:
    """Let no two corrections of an exam go on at once."""
    Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)


def _mind_the_pages(exam: Exam, number: int) -> None:
    last = exam.template.page_count
    if not 1 <= number <= last:
        raise Refused(f"The template has pages 1 to {last}.")


def _at(paper: Submission, number: int, but: Page) -> Page | None:
    there = paper.pages.filter(template_page=number, state=Page.State.PLACED)
    return there.exclude(pk=but.pk).first()


def _mind_the_place(page: Page, paper: Submission, number: int) -> None:
    if _at(paper, number, page) is not None:
        raise Refused(f"Page {number} of {paper} is there already. Discard or move that one first.")


def _laid(page: Page, number: int, setting: Setting) -> dict[str, Any]:
    """Lay a page onto the template page a person names, the way up it is shown."""
    if page.affine is not None and number in may_be(page):
        return {"reason": ""}
    seen = crops.view(read(str(page.image.name)), page.turn, page.dpi)
    found = lay(imaging.narrowed(seen.picture, seen.inked.shape[1])[0], setting.template, number)
    if found.template_page is None or found.affine is None or found.turn:
        return {"affine": None, "score": None, "error_px": None, "reason": NOT_LAID}
    return {
        "affine": list(found.affine),
        "score": found.score,
        "error_px": found.error_px,
        "reason": "",
    }


def _set(page: Page, **values: Any) -> None:
    for name, value in values.items():
        setattr(page, name, value)
    page.save(update_fields=[*values])


def _follow(page: Page, setting: Setting, papers: Iterable[int | None]) -> None:
    """Draw and cut the page anew, and let go of papers that hold nothing any more."""
    exam = page.upload.exam
    regions = setting.regions.get(page.template_page or 0, [])
    crops.renew(page, regions, setting.hidden, setting.template)
    keys = _keys(papers)
    _drop_empty(keys)
    crops.sum_ink(exam, keys)
    if any(region.kind != region.Kind.QUESTION for region in regions):
        ask_for_matching(exam)


def _drop_empty(papers: list[int]) -> None:
    empty = Submission.objects.filter(pk__in=papers, pages=None, match__confirmed_at=None)
    for paper in empty:
        if not said_about([paper.pk]):
            paper.delete()


def _keys(papers: Iterable[int | None]) -> list[int]:
    return [pk for pk in papers if pk is not None]
