"""What a page was recognised by, in words: facts of a card on the scans page."""

from __future__ import annotations

import math

from submissions.models import Page
from submissions.page_codes import parse

MM_PER_POINT = 25.4 / 72


def facts(page: Page, size: tuple[float, float] | None) -> list[tuple[str, str]]:
    """Return names and values. `size` is of the template page, in points."""
    found = [
        ("Code", _code(page)),
        ("Fits", _fits(page)),
        ("Turned", f"{page.sheet_turn}°, put right" if page.sheet_turn else ""),
        ("Off by", _off(page.affine, size) if page.affine and size else ""),
        ("Scan", _scan(page)),
    ]
    return [(name, value) for name, value in found if value]


def _code(page: Page) -> str:
    code = parse(page.code)
    if code is None:
        return ""
    by = ", read from its text" if page.code_by == Page.CodeBy.TEXT else ""
    return f"printed paper {code.paper}, page {code.page}{by}"


def _fits(page: Page) -> str:
    if page.alike:
        first = ", ".join(map(str, page.alike[:-1]))
        pages = f"{first} or {page.alike[-1]}" if first else page.alike[-1]
        # An empty page fits nothing: it only lies where this one is missing.
        return f"template page {pages}, {page.score:.2f}" if page.score is not None else ""
    if page.template_page is None or page.score is None:
        return ""
    lead = f", {page.margin:.2f} ahead of the next" if (page.margin or 1) < 1 else ""
    return f"template page {page.template_page}, {page.score:.2f}{lead}"


def _off(affine: list[float], size: tuple[float, float]) -> str:
    """How far the middle of the page lies from where it belongs, and how askew it is."""
    a, b, c, d, e, f = affine
    width, height = size
    across = (a / 2 + b / 2 + c - 0.5) * width * MM_PER_POINT
    down = (d / 2 + e / 2 + f - 0.5) * height * MM_PER_POINT
    angle = math.degrees(math.atan2(d * height, a * width))
    return f"{math.hypot(across, down):.1f} mm, {abs(angle):.1f}°"


def _scan(page: Page) -> str:
    if not page.dpi:
        return ""
    seen = ", black and white only" if page.bilevel else ""
    seen += ", photographed askew, drawn upright" if page.straightened else ""
    return f"{page.scanned_dpi or page.dpi:.0f} dpi{seen}"
