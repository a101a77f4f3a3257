"""One typst compiler per process: its fonts and templates are read once, then stay warm."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from scoring.copies.maths import Formula, formula

_HERE = Path(__file__).parent
# The compiler is one object with its inputs inside: two threads would mix two students' papers.
_TURN = threading.Lock()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# typst keeps what it worked out for a document until it has compiled ten more: 50 MB of papers
# that never come again. Ten empty documents of 0.05 ms make it let go, and cost nothing seen.
_FORGOTTEN_AFTER = 10


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=_HERE, font_paths=typst.Fonts())


def typeset(
    template: str, data: Mapping[str, Any], *, at: datetime = _EPOCH, accessible: bool = True
) -> bytes:
    """The PDF of a template and its data. The same data gives the same bytes.

    `accessible` asks for PDF/UA-1, which refuses a character no font has; the PDF then is tagged
    all the same, without the claim. Not `accessible`: no tags, a drawing to lay over a page.
    """
    inputs = {"data": json.dumps(data)}
    with _TURN:
        try:
            return _strictest(template, inputs, at, accessible=accessible)
        finally:
            _forget()


def _strictest(template: str, inputs: dict[str, str], at: datetime, *, accessible: bool) -> bytes:
    if accessible:
        try:
            return _compiled(template, inputs, at, ["ua-1"], tags=True)
        except typst.TypstError:
            pass
    return _compiled(template, inputs, at, [], tags=accessible)


def _compiled(
    template: str, inputs: dict[str, str], at: datetime, standards: list[Any], *, tags: bool
) -> bytes:
    made = _compiler().compile(
        input=_HERE / template,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standards,
        timestamp=int(at.timestamp()),
        pdf_tags=tags,
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no PDF")
    return made


def _forget() -> None:
    for _ in range(_FORGOTTEN_AFTER):
        _compiler().compile(input=b"", format="pdf")


def pictures(found: Mapping[str, tuple[str, bool]]) -> dict[str, dict[str, Any]]:
    """The formulae a template needs, by key, as its data."""
    drawn = {key: formula(latex, display=display) for key, (latex, display) in found.items()}
    return {key: _picture(one) for key, one in drawn.items() if one is not None}


def _picture(drawn: Formula) -> dict[str, Any]:
    return {"svg": drawn.svg, "width": drawn.width, "depth": drawn.depth}
