"""What the figures mean: docs/statistics.md as a page, so that its words are written once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """How each figure is made, and its source."""
    return render(request, "scoring/statistics.html", {"words": words()})


@cache
def words() -> SafeString:
    """Return the document as HTML, its tables as pages have them."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    text = (Path(settings.BASE_DIR) / "docs/statistics.md").read_text("utf-8")
    html = markdown.render(text)
    opened = '<div class="table-scroll" tabindex="0" role="region" aria-label="Definitions">'
    html = html.replace("<table>", f'{opened}<table class="table">')
    return SafeString(html.replace("</table>", "</table></div>"))
