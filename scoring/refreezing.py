"""A released copy of one student in which one answer is shown as it stands now.

The act of release for that answer alone: nothing else of the copy moves, nobody else's copy
does, and what was frozen until then is kept with the reply that changed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rubrics.models import Annotation, Entry
from scoring.audience import seen_copies
from scoring.collect import collect
from scoring.collect_rows import ink_of
from scoring.drawing import digest_of
from scoring.grafting import Redrawn, grafted, key_of, leaf
from scoring.models import Copy, Regrade, Release
from scoring.results import PageSheet, Part, Result, from_json, to_json
from submissions.models import Answer, Page


class CannotShow(Exception):
    """The answer cannot be put into the copy; the text says why, to a person."""


class Frozen(NamedTuple):
    """What a student sees of an answer: their copy, its result, and the part asked about."""

    copy: Copy
    result: Result
    part: Part


def frozen_of(regrade: Regrade, *, hold: bool = True) -> Frozen | None:
    """Return what the student sees now of what they asked about; None while they see nothing.

    With `hold` the copy's row is held until the transaction ends.
    """
    copies = seen_copies()
    if hold:
        copies = copies.select_for_update(of=("self",), no_key=True)
    own = copies.filter(submission=regrade.submission_id, student=regrade.student_id)
    latest = own.select_related("release").order_by("-release__at")
    # Who waited for a release finds the row replaced, and does not see what replaced it.
    copy = latest.first() or latest.all().first()
    if copy is None or copy.release is None or regrade.answer is None:
        return None
    result = from_json(copy.result)
    part = leaf(result, number_in(copy.release, regrade.answer))
    return Frozen(copy, result, part) if part else None


def number_in(release: Release, answer: Answer) -> str:
    """Return the number an answer's question had when the release was frozen."""
    numbers = {pk: number for number, pk in release.parts.items()}
    return str(numbers.get(answer.question_id, answer.question.number))


def live_part(answer: Answer) -> tuple[Result, Part]:
    """Return the paper's result as it stands, and the answer's part of it."""
    (result,) = collect(answer.question.exam, [answer.submission])
    part = leaf(result, answer.question.number)
    assert part is not None
    return result, part


def shown_anew(frozen: Frozen, answer: Answer) -> Result:
    """Return the student's result with the answer as it stands. Raises CannotShow."""
    result, part = live_part(answer)
    if part.points != frozen.part.points:
        raise CannotShow(
            "The points of this part were changed after the release, so the student's copy "
            "cannot show it alone. Reply without a change, and release the exam again."
        )
    ink = _ink(answer, frozen.result.pages)
    return grafted(frozen.result, frozen.part.number, part, result, ink)


def show_anew(frozen: Frozen, answer: Answer) -> bool:
    """Let the student's copy show the answer as it stands; False where that shows nothing new."""
    result = shown_anew(frozen, answer)
    if same(result, frozen.result):
        return False
    Copy.objects.filter(pk=frozen.copy.pk).update(
        result=to_json(result), digest=digest_of(result), file="", drawn_at=None
    )
    return True


def differs(frozen: Frozen, answer: Answer) -> bool:
    """Whether the student could be shown anything new."""
    try:
        return not same(shown_anew(frozen, answer), frozen.result)
    except CannotShow:
        return False


def same(one: Result, other: Result) -> bool:
    """Whether two results show the same; the moment somebody last spoke shows nothing."""
    rows = [to_json(result) | {"graded_at": None, "pages": None} for result in (one, other)]
    return rows[0] == rows[1] and all(map(_same_page, one.pages, other.pages))


def _same_page(one: PageSheet, other: PageSheet) -> bool:
    # Ink put in anew lies above the other; that alone is no change.
    return one.captions == other.captions and set(one.annotations) == set(other.annotations)


def _ink(answer: Answer, sheets: Sequence[PageSheet]) -> dict[int, Redrawn]:
    """Return what changed on each page that is still the scan that was released."""
    places = _places(answer, sheets)
    pages = {page.pk: page for page in places.values()}
    live = list(answer.annotations.select_related("item").order_by("at", "pk"))
    drawn = [*live, *_ever(answer, pages)]
    ever: dict[int, set[Any]] = {pk: set() for pk in pages}
    for one in drawn:
        if one.page_id in pages:
            ever[one.page_id].add(key_of(ink_of(one, pages[one.page_id])))
    return {
        place: Redrawn(ever[page.pk], [ink_of(one, page) for one in live if one.page_id == page.pk])
        for place, page in places.items()
        if ever[page.pk]
    }


def _places(answer: Answer, sheets: Sequence[PageSheet]) -> dict[int, Page]:
    """Return by its place among the sheets each page of the paper that still holds that scan."""
    left: dict[str, list[int]] = {}
    for place, sheet in enumerate(sheets):
        left.setdefault(sheet.sha, []).append(place)
    pages = Page.objects.filter(submission=answer.submission_id).order_by("position", "pk")
    found = {}
    for page in pages:
        if left.get(page.sha256):
            place = left[page.sha256].pop(0)
            found[place] = _as_released(page, sheets[place])
    return found


def _ever(answer: Answer, pages: dict[int, Page]) -> list[Annotation]:
    """Return what was ever drawn on the answer, as the history has it: erased since or not."""
    entries = Entry.objects.filter(answer_id=answer.pk, verb=Entry.Verb.ANNOTATED)
    facts = [entry.after or {} for entry in entries]
    return [
        Annotation(
            page=pages[one["page"]],
            **{name: one[name] for name in ("kind", "points", "text", "colour", "size", "turn")},
        )
        for one in facts
        if one.get("page") in pages
    ]


def _as_released(page: Page, sheet: PageSheet) -> Page:
    """Return the page turned as it was when it was released: ink is frozen so."""
    since = (page.sheet_turn - sheet.turn) % 360
    page.turn = (page.turn - since) % 360
    if since % 180:
        page.width, page.height = page.height, page.width
    return page
