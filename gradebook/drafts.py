"""What was uploaded and not confirmed yet: a roster, or other data of a file.

It lies in a session row of its own for an hour, so that the person's own session, read at every
request, stays small with 20,000 people in the file.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest

from gradebook.models import Course, Role
from gradebook.roster import Roster, Row

SECONDS = 3600
SLOT = "roster"


class Draft(NamedTuple):
    """What a file says, and what the file was called."""

    name: str
    roster: Roster


def keep_data(request: HttpRequest, slot: str, data: Mapping[str, Any]) -> str:
    """Keep plain data until it is confirmed, in place of earlier; return its word in URLs."""
    drop(request, slot)
    store = _store()
    store.update(dict(data))
    store.set_expiry(SECONDS)
    store.create()
    word = secrets.token_urlsafe(9)
    request.session[slot] = {"word": word, "key": store.session_key}
    return word


def kept_data(request: HttpRequest, slot: str, word: str) -> SessionBase:
    """Return the data kept under this word; Http404 when it is another's, gone or replaced."""
    kept = request.session.get(slot, {})
    if not secrets.compare_digest(kept.get("word", "").encode(), word.encode()):
        raise Http404
    return _store(kept["key"])


def drop(request: HttpRequest, slot: str = SLOT) -> None:
    """Forget what is kept, if there is something."""
    if kept := request.session.pop(slot, None):
        _store(kept["key"]).delete()


def keep(request: HttpRequest, course: Course, name: str, roster: Roster) -> str:
    """Keep a roster until it is confirmed, in place of an earlier one; return its word in URLs."""
    data = {
        "course": course.pk,
        "name": name,
        "rows": [list(_cells(row)) for row in roster.rows],
        "problems": list(roster.problems),
        "passed_over": list(roster.passed_over),
        "notes": list(roster.notes),
    }
    return keep_data(request, SLOT, data)


def kept(request: HttpRequest, course: Course, word: str) -> Draft:
    """Return the roster kept under this word; Http404 when it is another's, gone or replaced."""
    store = kept_data(request, SLOT, word)
    if store.get("course") != course.pk:
        raise Http404
    roster = Roster(
        rows=tuple(_row(cells) for cells in store["rows"]),
        problems=tuple(store["problems"]),
        passed_over=tuple(store.get("passed_over", ())),
        notes=tuple(store.get("notes", ())),
    )
    return Draft(store["name"], roster)


def _store(key: str | None = None) -> SessionBase:
    engine = import_module(settings.SESSION_ENGINE)
    store: SessionBase = engine.SessionStore(key)
    return store


def _cells(row: Row) -> tuple[Any, ...]:
    return (row.line, row.first, row.last, row.sid, row.email, row.role.value, list(row.sections))


def _row(cells: Sequence[Any]) -> Row:
    line, first, last, sid, email, role, sections = cells
    return Row(line, first, last, sid, email, Role(role), tuple(sections))
