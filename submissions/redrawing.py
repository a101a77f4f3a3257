"""What follows when pages came to lie elsewhere: pictures, crops, ink, whose papers they are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from gradebook.locks import through
from gradebook.models import Exam
from submissions import crops
from submissions.chunks import Setting
from submissions.covers import hidden_rects
from submissions.models import Page
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
    changed, some = list(pages), {pk for pk in papers if pk is not None}
    if changed and setting is None:
        setting = Setting.of(exam)
    for page in changed:
        assert setting is not None
        through(partial(crops.renew, page, setting.regions, setting.hidden, setting.template))
    # Clicks on many answers may hold some of them, in another order.
    through(partial(crops.sum_ink, exam, some))
    if hidden_rects(exam.pk).keys() & set(numbers):
        ask_for_matching(exam)
