"""Texts of items and comments for the browser: Markdown in, safe HTML out.

Maths stays as it was typed between $ signs; the page typesets it (static/js/lib/math.js).
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

TAGS = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "a", "blockquote", "s", "span"}
MATHS = re.compile(r"\$\$(.+?)\$\$|\$(?=\S)([^$\n]+?)(?<=\S)\$(?!\d)", re.DOTALL)
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough")


@lru_cache(maxsize=4096)
def html(text: str) -> str:
    """Return what `fresh_html` does, and know it again: the same few texts are read all day."""
    return fresh_html(text)


def fresh_html(text: str) -> str:
    """Return text as HTML without scripts, styles or pictures; maths as `<span class="maths">`."""
    formulas: list[tuple[str, bool]] = []

    def put_aside(match: re.Match[str]) -> str:
        formulas.append((match[1] or match[2], bool(match[1])))
        return f"\ue000{len(formulas) - 1}\ue001"

    rendered = _markdown.render(MATHS.sub(put_aside, re.sub("[\ue000\ue001]", "", text)))

    def put_back(match: re.Match[str]) -> str:
        source, display = formulas[int(match[1])]
        kind = "maths maths--display" if display else "maths"
        return f'<span class="{kind}">{nh3.clean_text(source)}</span>'

    with_maths = re.sub("\ue000(\\d+)\ue001", put_back, rendered)
    return nh3.clean(
        with_maths,
        tags=TAGS,
        attributes={"a": {"href"}, "span": {"class"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    ).strip()


def begins(text: str, most: int) -> str:
    """Return up to `most` characters of a plain text, and no formula in two.

    One that the end falls into is left out, unless nothing stands before it.
    """
    if len(text) <= most:
        return text
    cut = most - 1
    split = next((one for one in MATHS.finditer(text) if one.start() < cut < one.end()), None)
    before = text[: split.start() if split else cut].rstrip()
    return f"{before or text[:cut]}…"
