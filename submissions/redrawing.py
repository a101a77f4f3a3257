"""What follows when pages came to lie elsewhere: pictures, crops, ink, whose papers they are."""

from __future__ import annotations

from collections.abc import Iterable

from gradebook.models import Exam
from submissions import crops
from submissions.chunks import Setting
from submissions.models import Page
from submissions.pictures import hidden_pages
from submissions.whose import ask_for_matching


def redraw(
    exam: Exam,
    pages: Iterable[Page],
    papers: Iterable[int | None],
    numbers: Iterable[int | None] = (),
    *,
    setting: Setting | None = None,
) -> None:
    """Draw and cut pages anew, sum the ink of papers, and have names read where one may be.

    `numbers` are the template pages that came or went. Slow work on files: call it when the act
    itself is through. Safe to repeat.
    """
    changed = list(pages)
    if changed and setting is None:
        setting = Setting.of(exam)
    for page in changed:
        assert setting is not None
        regions = setting.regions.get(page.template_page or 0, [])
        crops.renew(page, regions, setting.hidden, setting.template)
    crops.sum_ink(exam, {pk for pk in papers if pk is not None})
    if hidden_pages(exam.pk) & set(numbers):
        ask_for_matching(exam)
