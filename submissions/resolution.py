"""How finely the scan on a page was made that has to be drawn: dots of its pictures, by inches.

Runs in the sandbox only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf

from submissions.contents import MAX_CONTENT_BYTES, weight

_MOST = 500  # pictures and forms that are followed: more is no scan
_DEEPEST = 20  # forms within each other: one may draw itself
_LONGEST = 16 << 10  # bytes of a form's instructions: scans lie in short ones
_SHARE = 0.5  # of the page that pictures must cover, for it to be a scan
_NOTHING = pikepdf.Dictionary()


class _Laid(NamedTuple):
    area: float  # square points
    dpi: float  # the lesser of across and down: a fax has twice as many across


def of_page(page: pikepdf.Page, area: float) -> float | None:
    """Return the dots an inch of the largest picture on a page of `area` square points.

    None where no pictures cover at least half of it: it was not scanned.
    """
    if weight(page) > MAX_CONTENT_BYTES:
        return None
    try:
        laid = list(_laid(page.obj, pikepdf.Matrix(), iter(range(_MOST))))
    except (pikepdf.PdfError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # What makes no sense here may be drawn all the same.
        return None
    if sum(one.area for one in laid) < _SHARE * area:
        return None
    return max(laid).dpi


def _laid(holder: Any, base: pikepdf.Matrix, left: Iterator[int], deep: int = 0) -> Iterator[_Laid]:
    drawables = holder.get("/Resources", _NOTHING).get("/XObject", _NOTHING)
    matrix, saved = base, []
    for instruction in pikepdf.parse_content_stream(holder):
        operator, operands = str(instruction.operator), list(instruction.operands)
        if operator == "q":
            saved.append(matrix)
        elif operator == "Q" and saved:
            matrix = saved.pop()
        elif operator == "cm":
            matrix = pikepdf.Matrix(*map(float, operands)) @ matrix
        elif operator == "Do" and next(left, None) is not None:
            yield from _drawn(drawables.get(str(operands[0])), matrix, left, deep)


def _drawn(drawn: Any, matrix: pikepdf.Matrix, left: Iterator[int], deep: int) -> Iterator[_Laid]:
    if not isinstance(drawn, pikepdf.Stream):
        return
    if drawn.get("/Subtype") == "/Form":
        if deep < _DEEPEST and len(drawn.read_raw_bytes()) <= _LONGEST:
            own = pikepdf.Matrix(*map(float, drawn.get("/Matrix", [1, 0, 0, 1, 0, 0])))
            yield from _laid(drawn, own @ matrix, left, deep + 1)
        return
    across, down = math.hypot(matrix.a, matrix.b) / 72, math.hypot(matrix.c, matrix.d) / 72
    width, height = int(drawn.get("/Width", 0)), int(drawn.get("/Height", 0))
    if across > 0 and down > 0 and width and height:
        area = abs(matrix.a * matrix.d - matrix.b * matrix.c)
        yield _Laid(area, min(width / across, height / down))
