"""A roster that was uploaded and not confirmed yet.

It lies in a session row of its own for an hour, so that the person's own session, read at every
request, stays small with 20,000 people in the file.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
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


def keep(request: HttpRequest, course: Course, name: str, roster: Roster) -> str:
    """Keep a roster until it is confirmed, in place of an earlier one; return its word in URLs."""
    drop(request)
    store = _store()
    store["course"] = course.pk
    store["name"] = name
    store["rows"] = [list(_cells(row)) for row in roster.rows]
    store["problems"] = list(roster.problems)
    store.set_expiry(SECONDS)
    store.create()
    word = secrets.token_urlsafe(9)
    request.session[SLOT] = {"word": word, "key": store.session_key}
    return word


def kept(request: HttpRequest, course: Course, word: str) -> Draft:
    """Return the roster kept under this word; Http404 when it is another's, gone or replaced."""
    slot = request.session.get(SLOT, {})
    if not secrets.compare_digest(slot.get("word", "").encode(), word.encode()):
        raise Http404
    store = _store(slot["key"])
    if store.get("course") != course.pk:
        raise Http404
    rows = tuple(_row(cells) for cells in store["rows"])
    return Draft(store["name"], Roster(rows, tuple(store["problems"])))


def drop(request: HttpRequest) -> None:
    """Forget the kept roster, if there is one."""
    if slot := request.session.pop(SLOT, None):
        _store(slot["key"]).delete()


def _store(key: str | None = None) -> SessionBase:
    engine = import_module(settings.SESSION_ENGINE)
    store: SessionBase = engine.SessionStore(key)
    return store


def _cells(row: Row) -> tuple[Any, ...]:
    return (row.line, row.first, row.last, row.sid, row.email, row.role.value, list(row.sections))


def _row(cells: Sequence[Any]) -> Row:
    line, first, last, sid, email, role, sections = cells
    return Row(line, first, last, sid, email, Role(role), tuple(sections))
