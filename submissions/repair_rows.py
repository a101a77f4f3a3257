"""How pages and papers stand, as rows: what an act of repair writes down, and is replayed from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from submissions.models import Acceptance, Denial, Match, Page, Submission

# A photograph drawn upright takes the place of what came in.
PICTURE = ("sheet", "image", "sha256", "lossless", "straightened", "dpi")

# What an act may change of a page, apart from pictures made of it, which follow.
FIELDS = (
    "state",
    "reason",
    "submission_id",
    "template_page",
    "alike",
    "position",
    "turn",
    "sheet_turn",
    "affine",
    "score",
    "error_px",
    *PICTURE,
)

Row = dict[str, Any]
State = dict[str, dict[str, Any]]


def row_of(page: Page) -> Row:
    """Return what an act may change of a page, as the instance has it."""
    row = {name: getattr(page, name) for name in FIELDS}
    return row | {"sheet": str(page.sheet.name), "image": str(page.image.name)}


def token(page: Page | Row) -> str:
    """Return how a page lies, short enough for a form to say what its sender saw."""
    row = row_of(page) if isinstance(page, Page) else page
    shown = ("state", "submission_id", "template_page", "turn")
    return ".".join(str(row[name] or 0) for name in shown)


def state_of(pages: Collection[int], papers: Collection[int], accepted: Collection[int]) -> State:
    """Return how these pages and papers stand, by key; None for a paper that is not there."""
    return {"pages": page_rows(pages), "papers": _papers(papers), "accepted": _accepted(accepted)}


def page_rows(keys: Collection[int]) -> dict[str, Row]:
    rows = Page.objects.filter(pk__in=keys).order_by("pk").values("pk", *FIELDS)
    return {str(row.pop("pk")): row for row in rows}


def _papers(keys: Collection[int]) -> dict[str, Row | None]:
    papers = Submission.objects.select_related("match", "printed").prefetch_related("denials")
    found = papers.in_bulk(list(keys))
    return {str(key): _paper(found.get(key)) for key in keys}


def _paper(paper: Submission | None) -> Row | None:
    if paper is None:
        return None
    match: Match | None = getattr(paper, "match", None)
    said = match is not None and match.confirmed_at is not None
    row: Row = {
        "number": paper.number,
        "code_name": paper.code_name,
        "created_at": paper.created_at.isoformat(),
        "match": _match(match) if match is not None and said else None,
        "printed": paper.printed.pk if hasattr(paper, "printed") else None,
    }
    # Acts written down before there were any know nothing of them.
    denied = sorted(paper.denials.all(), key=lambda denial: denial.membership_id)
    return row | {"denied": [_denial(denial) for denial in denied]} if denied else row


def _match(match: Match) -> Row:
    return {
        "membership_id": match.membership_id,
        "by_id": match.by_id,
        "confirmed_at": match.confirmed_at.isoformat() if match.confirmed_at else None,
        "certainty": match.certainty,
    }


def _denial(denial: Denial) -> Row:
    at = denial.at.isoformat()
    return {"membership_id": denial.membership_id, "by_id": denial.by_id, "at": at}


def _accepted(keys: Collection[int]) -> dict[str, int | None]:
    rows = Acceptance.objects.filter(submission__in=keys)
    found = dict(rows.values_list("submission_id", "missing"))
    return {str(key): found.get(key) for key in keys}


def changed(one: State, other: State) -> State:
    """Return of one state what the other has otherwise."""
    return {
        kind: {key: row for key, row in rows.items() if other[kind].get(key) != row}
        for kind, rows in one.items()
    }
