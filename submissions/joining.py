"""Papers taken apart and put together, when their pages were formed into the wrong ones.

Grades stay with the paper they were given to; see `submissions.corrections` for single pages.
"""

from __future__ import annotations

from django.db import transaction

from gradebook.models import Exam, User
from submissions import overview, repairs
from submissions.corrections import Refused, named
from submissions.models import Match, Page, PrintedPaper, Repair, Submission
from submissions.papers import make_answers, new_papers
from submissions.redrawing import redraw
from submissions.repair_rows import row_of
from submissions.whose import ask_for_matching, hold
from submissions.worked_on import keep_graders_off, worked_on

LIES = (Page.State.PLACED, Page.State.EXTRA)


def split(page: Page, *, by: User | None = None) -> Submission:
    """Let a page and what follows it begin a new paper, and return that.

    Extra sheets go along with what they were scanned after. Raises Refused where nothing would
    stay behind. All that was said stays with the old paper.
    """
    exam, paper = page.upload.exam, page.submission
    if paper is None or page.state not in LIES:
        raise Refused("Only a page that lies in a paper can begin another one.")
    with transaction.atomic():
        hold(exam)
        repairs.mind_unchanged(page, row_of(page))
        pages = list(paper.pages.order_by("position", "pk"))
        going = [one.pk for one in pages if _follows(one, page)]
        if not any(one.pk not in going and one.state in LIES for one in pages):
            raise Refused(f"{named(page)} is its first: nothing would stay behind.")
        words = f"{named(page)} and what follows became "
        with repairs.noted(exam, Repair.Kind.SPLIT, by=by, pages=going) as act:
            made = new_papers(exam, 1)[0]
            make_answers(exam)
            act.papers.add(made.pk)
            act.words = f"{words}{made}."
            Page.objects.filter(pk__in=going).update(submission=made)
    redraw(exam, [], [paper.pk, made.pk])
    ask_for_matching(exam)
    page.refresh_from_db()
    return made


def _follows(one: Page, page: Page) -> bool:
    """Whether a page goes along when its paper is split before `page`."""
    if one.pk == page.pk:
        return True
    if page.template_page is not None and one.template_page is not None:
        return one.template_page >= page.template_page
    if one.template_page is not None:
        return False
    return one.upload_id == page.upload_id and one.number > page.number


def join(paper: Submission, other: Submission, *, by: User | None = None) -> Submission:
    """Put the pages of two papers together, and return the paper that stays.

    It is the one that holds grades, else the one with the lower number. Raises Refused, in words,
    when both hold some, when both have a page for one place, or when people said that they are
    two students'.
    """
    exam = paper.exam
    if paper.pk == other.pk:
        raise Refused("A paper cannot be joined with itself.")
    with transaction.atomic():
        hold(exam)
        keep_graders_off(exam)
        stays, goes = _which(paper, other)
        _mind_the_places(exam, stays, goes)
        keep = _who(stays, goes)
        pages = list(goes.pages.values_list("pk", flat=True))
        words = f"{goes} was joined to {stays}.".capitalize()
        papers = [stays.pk, goes.pk]
        with repairs.noted(exam, Repair.Kind.JOIN, by=by, words=words, pages=pages, papers=papers):
            goes.pages.update(submission=stays)
            if keep is not None:
                Match.objects.filter(submission=stays).delete()
                Match.objects.filter(pk=keep.pk).update(submission=stays)
            denied = goes.denials.exclude(membership__in=stays.denials.values("membership"))
            denied.update(submission=stays)
            # Whose it is by a person's word it is, whatever was said of the other one's pages.
            said = Match.objects.filter(submission=stays, confirmed_at__isnull=False)
            stays.denials.filter(membership__in=said.values("membership")).delete()
            if not hasattr(stays, "printed"):
                PrintedPaper.objects.filter(submission=goes).update(submission=stays)
            Submission.objects.filter(pk=goes.pk).delete()
    redraw(exam, [], [stays.pk])
    ask_for_matching(exam)
    return stays


def _which(paper: Submission, other: Submission) -> tuple[Submission, Submission]:
    """Return which of two papers stays, and which goes."""
    both = {paper.pk, other.pk}
    if Submission.objects.filter(pk__in=both).count() < len(both):
        raise Refused("One of these papers is not there any more. Look at them once more.")
    worked = worked_on(both)
    if worked == both:
        raise Refused(
            f"Graders have worked on both {paper} and {other}. Move single pages instead: "
            "grades stay where they are."
        )
    stays = next((one for one in (paper, other) if one.pk in worked), None)
    stays = stays or min(paper, other, key=lambda one: one.number)
    return (stays, other) if stays is paper else (stays, paper)


def _mind_the_places(exam: Exam, stays: Submission, goes: Submission) -> None:
    there = Page.objects.filter(submission__in=[stays, goes], state=Page.State.PLACED)
    numbers = [number or 0 for number in there.values_list("template_page", flat=True)]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        pages = "page" if len(twice) == 1 else "pages"
        raise Refused(
            f"Both {stays} and {goes} have {pages} {overview.spans(twice)}. "
            "Move or discard one of each first."
        )


def _who(stays: Submission, goes: Submission) -> Match | None:
    """Return what a person said of the paper that goes: it holds for the one that stays."""
    matches = Match.objects.filter(submission__in=[stays, goes], confirmed_at__isnull=False)
    said = {match.submission_id: match for match in matches.select_related("membership__user")}
    if len(said) == 2:
        one, other = (said[paper.pk].membership.user for paper in (stays, goes))
        raise Refused(f"{str(stays).capitalize()} is {one}’s and {goes} {other}’s, people said.")
    return said.get(goes.pk)
