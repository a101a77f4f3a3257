"""What happened to one answer, in plain words, and the click that would take each of it back.

Nothing is taken out of the history: taking back is one more click, and one more line. Clicks are
those of static/js/grading/state.js, so that a page shows, keeps and sends them like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q

from gradebook.models import Course
from gradebook.points import points_text, signed_text
from rubrics.models import Annotation, Entry, Item
from rubrics.state import annotation_facts, decimal, said
from submissions.models import Answer, Page

MOST = 200
Verb = Entry.Verb
Facts = dict[str, Any]
# What happened to the rubric moves this answer's score too.
OF_THE_RUBRIC = (Verb.CHANGED_ITEM, Verb.REMOVED_ITEM, Verb.RESTORED_ITEM)
BECAUSE = {
    "pick one": ", as only one of its group applies",
    "taken back": ", as an edit of the rubric was taken back",
}
# A student stays without a name, as on the paper.
BY_THE_STUDENT = (Verb.ASKED_REGRADE, Verb.WITHDREW_REGRADE)
INK = {"pen": "a line", "text": "words on the page", "box": "a box", "item": "a pinned item"}


def history(answer: Answer) -> list[Facts]:
    """Return what happened to an answer, latest first: who, what, when, and the way back."""
    rubric = Q(answer_id=None, question_id=answer.question_id, verb__in=OF_THE_RUBRIC)
    rows = Entry.objects.filter(rubric | Q(answer_id=answer.pk)).select_related("by")
    entries = list(rows.order_by("-pk")[:MOST])
    items = {item.pk: item for item in answer.question.items.all()}
    back = _Back(answer, entries, items)
    course = answer.question.exam.course
    return [_line(entry, items, course, back) for entry in entries if _tells(entry, answer, items)]


def _line(entry: Entry, items: dict[int, Item], course: Course, back: _Back) -> Facts:
    return {
        "id": entry.pk,
        "by": _by(entry),
        "person": None if entry.verb in BY_THE_STUDENT else entry.by_id,
        "verb": entry.verb,
        "item": entry.item_id,
        "before": entry.before,
        "after": entry.after,
        "at": course.local(entry.at).isoformat(),
        "when": course.moment(entry.at),
        "words": words(entry, items.get(entry.item_id or 0)),
        "quote": _quote(entry),
        "undo": back.click(entry),
    }


def _by(entry: Entry) -> str:
    if entry.verb in BY_THE_STUDENT:
        return "The student"
    return str(entry.by) if entry.by else ""


def _tells(entry: Entry, answer: Answer, items: dict[int, Item]) -> bool:
    """Whether a line belongs to this answer: of the rubric's, an item's points."""
    if entry.answer_id is not None:
        return True
    before, after = entry.before or {}, entry.after or {}
    if entry.item_id not in items or "order" in after:
        return False
    return entry.verb != Verb.CHANGED_ITEM or before.get("points") != after.get("points")


# In words


def words(entry: Entry, item: Item | None) -> str:
    """Return what somebody did as the end of a sentence that begins with their name."""
    before, after = entry.before or {}, entry.after or {}
    name = _item(item, before, after)
    plain: dict[str, Callable[[], str]] = {
        Verb.APPLIED: lambda: f"applied {name}{_together(after)}",
        Verb.LIFTED: lambda: f"lifted {name}{_together(before)}",
        Verb.ADJUSTED: lambda: _adjusted(entry.after),
        Verb.COMMENTED: lambda: _wrote("comment for the student", before, after),
        Verb.NOTED: lambda: _wrote("note for graders", before, after),
        Verb.GRADED: lambda: f"said it is graded as it stands{_together(after)}",
        Verb.UNGRADED: lambda: f"took “graded as it stands” back{_together(before)}",
        Verb.FLAGGED: lambda: "flagged it for review",
        Verb.UNFLAGGED: lambda: "took the flag down",
        Verb.ANNOTATED: lambda: f"drew {INK.get(after.get('kind', ''), 'on the page')}",
        Verb.ERASED: lambda: f"erased {INK.get(before.get('kind', ''), 'ink')}",
        Verb.CHANGED_ITEM: lambda: f"changed {name} for every paper: {_points(before, after)}",
        Verb.REMOVED_ITEM: lambda: f"removed {name} from the rubric",
        Verb.RESTORED_ITEM: lambda: f"brought {name} back into the rubric",
        Verb.ASKED_REGRADE: lambda: "asked for a regrade",
        Verb.WITHDREW_REGRADE: lambda: "withdrew the regrade request",
        Verb.PASSED_REGRADE: lambda: f"put the regrade request to {after.get('name') or 'all'}",
        Verb.ANSWERED_REGRADE: lambda: _answered(after),
    }
    found = plain.get(entry.verb)
    return found() if found else str(entry.verb)


def _item(item: Item | None, before: Facts, after: Facts) -> str:
    told = after.get("item") or before.get("item") or after.get("text") or before.get("text")
    text = item.text if item else str(told or "")
    return f"“{text}”" if text else "an item without words"


def _together(facts: Facts) -> str:
    if "batch" in facts:
        return ", together with other papers"
    return BECAUSE.get(facts.get("because", ""), "")


def _adjusted(after: Facts | None) -> str:
    if not after:
        return "took the adjustment away"
    return f"adjusted the score by {signed_text(after['points'])}"


def _wrote(what: str, before: Facts, after: Facts) -> str:
    if not after.get("text"):
        return f"took the {what} away"
    return f"changed the {what}" if before.get("text") else f"wrote a {what}"


def _points(before: Facts, after: Facts) -> str:
    old, new = (signed_text(facts.get("points")) or "no points" for facts in (before, after))
    return f"{old} became {new}"


def _answered(after: Facts) -> str:
    if not after.get("changed"):
        return "answered the regrade request and changed nothing"
    old, new = (points_text(after.get(name)) for name in ("before", "after"))
    return f"answered the regrade request: {old} became {new} for the student"


def _quote(entry: Entry) -> str:
    """Return the words that were written, or that were drawn on the page."""
    facts = entry.after if entry.verb != Verb.ERASED else entry.before
    told = (
        *(Verb.COMMENTED, Verb.NOTED, Verb.ANNOTATED, Verb.ERASED),
        *(Verb.ASKED_REGRADE, Verb.ANSWERED_REGRADE),
    )
    return str((facts or {}).get("text", "")) if entry.verb in told else ""


# And back


class _Back:
    """What stands on an answer now, to know what can be taken back."""

    def __init__(self, answer: Answer, entries: Iterable[Entry], items: dict[int, Item]) -> None:
        self.said = said(answer)
        self.items = items
        self.ink = {str(key) for key in answer.annotations.values_list("key", flat=True)}
        erased = [entry.before or {} for entry in entries if entry.verb == Verb.ERASED]
        pages = Page.objects.filter(
            pk__in=[facts.get("page") for facts in erased], submission=answer.submission_id
        )
        self.pages = {page.pk: page for page in pages}
        self.answer = answer

    def click(self, entry: Entry) -> Facts | None:
        """Return the click that undoes a line; None where that would change nothing now."""
        ways: dict[str, Callable[[Entry], Facts | None]] = {
            Verb.APPLIED: lambda one: self._mark(one, on=False),
            Verb.LIFTED: lambda one: self._mark(one, on=True),
            Verb.GRADED: lambda _: self._switch("grading", "said_graded", on=False),
            Verb.UNGRADED: lambda _: self._switch("grading", "said_graded", on=True),
            Verb.FLAGGED: lambda _: self._switch("flag", "flag", on=False),
            Verb.UNFLAGGED: lambda _: self._switch("flag", "flag", on=True),
            Verb.COMMENTED: lambda one: self._text("comment", one),
            Verb.NOTED: lambda one: self._text("note", one),
            Verb.ADJUSTED: self._points,
            Verb.ANNOTATED: self._erase,
            Verb.ERASED: self._draw,
        }
        way = ways.get(entry.verb)
        return way(entry) if way and entry.answer_id else None

    def _mark(self, entry: Entry, *, on: bool) -> Facts | None:
        item = self.items.get(entry.item_id or 0)
        stands = entry.item_id in self.said["marks"]
        if item is None or item.removed_at is not None or stands == on:
            return None
        return {"kind": "mark", "item": item.pk, "on": on}

    def _switch(self, kind: str, name: str, *, on: bool) -> Facts | None:
        return None if bool(self.said[name]) == on else {"kind": kind, "on": on}

    def _text(self, kind: str, entry: Entry) -> Facts | None:
        text = str((entry.before or {}).get("text", ""))
        stands = (self.said[kind] or {}).get("text", "")
        return None if text == stands else {"kind": kind, "text": text}

    def _points(self, entry: Entry) -> Facts | None:
        points = decimal((entry.before or {}).get("points"))
        stands = (self.said["adjustment"] or {}).get("points")
        return None if points == stands else {"kind": "adjustment", "points": points}

    def _erase(self, entry: Entry) -> Facts | None:
        key = (entry.after or {}).get("key")
        return {"kind": "ink", "key": key, "ink": None} if key in self.ink else None

    def _draw(self, entry: Entry) -> Facts | None:
        drawn = dict(entry.before or {})
        key, page = drawn.pop("key", None), self.pages.get(drawn.pop("page", 0))
        if not key or page is None or key in self.ink:
            return None
        drawn["item_id"] = drawn.pop("item", None)
        ink = annotation_facts(Annotation(answer=self.answer, page=page, key=key, **drawn))
        return {"kind": "ink", "key": key, "ink": ink}
