"""Where numbers of rows stand inside the history's JSON, and how they are exchanged for others.

A shape is a model, where its number stands; a dict of shapes by key; a list of one shape, for
each of a list; or a tuple of shapes, for a list whose places differ (None: left as it is).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from gradebook.models import Membership, Question, User
from rubrics.models import Batch, Group, Item
from scoring.models import Regrade, Release
from submissions.models import Answer, Page, PrintedPaper, Submission

Shape = Any  # recursive: see above
Exchange = Callable[[type[Model], Any], Any]


@dataclass(frozen=True, slots=True)
class ByNumber:
    """A dict whose keys are numbers of `model`, written as texts, and whose values have a shape."""

    model: type[Model]
    each: Shape = None


@dataclass(frozen=True, slots=True)
class Each:
    """A dict, whatever its keys, whose values have a shape."""

    shape: Shape


SAID_BY = {"membership_id": Membership, "by_id": User}

REPAIR = {
    "pages": ByNumber(Page, {"submission_id": Submission}),
    "papers": ByNumber(
        Submission, {"match": SAID_BY, "printed": PrintedPaper, "denied": [SAID_BY]}
    ),
    "accepted": ByNumber(Submission),
}

GONE_ANSWER = {
    "submission": Submission,
    "answer": Answer,
    "marks": [(Item, User)],
    "adjustment": (None, User),
    "comment": (None, User),
    "note": (None, User),
    "flagged": User,
    "said_graded": User,
    "annotations": [(None, Page, None, None, None, None, User, None)],
}

# The facts of every verb: a key means the same in all of them, or holds a text in some.
ENTRY = {
    "parent": Question,
    "group": Group,
    "item": Item,
    "items": [Item],
    "lifted": [(Answer, Item, User, Batch)],
    "marks": [(Answer, User, Batch)],
    "batch": Batch,
    "release": Release,
    "regrade": Regrade,
    "question": Question,
    "grader": User,
    "page": Page,
    "rubric": [{"id": Item}],
    "answers": [GONE_ANSWER],
}


def exchanged(value: Any, shape: Shape, exchange: Exchange) -> Any:
    """Return `value` with every number where `shape` has a model given to `exchange`.

    Texts stand where other verbs have numbers and are left as they are, like what has no shape.
    """
    if value is None or shape is None:
        return value
    if isinstance(shape, type):
        number = isinstance(value, int) and not isinstance(value, bool)
        return exchange(shape, value) if number or shape is User else value
    if isinstance(shape, ByNumber):
        return {
            str(exchange(shape.model, int(key))): exchanged(row, shape.each, exchange)
            for key, row in value.items()
        }
    if isinstance(shape, Each):
        return {key: exchanged(one, shape.shape, exchange) for key, one in value.items()}
    if isinstance(shape, Mapping):
        if not isinstance(value, dict):
            return value
        return {key: exchanged(one, shape.get(key), exchange) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    if isinstance(shape, list):
        return [exchanged(one, shape[0], exchange) for one in value]
    places = (*shape, *[None] * len(value))
    return [exchanged(one, each, exchange) for one, each in zip(value, places, strict=False)]
