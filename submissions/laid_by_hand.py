"""A page laid onto the template page that a person names, as well as it fits."""

from __future__ import annotations

from typing import Any

from gradebook.files import read
from gradebook.models import Exam
from submissions import crops, imaging
from submissions.chunks import Setting
from submissions.models import Page
from submissions.pictures import may_be
from submissions.registration import lay
from submissions.repairs import Refused

NOT_LAID = "It was put here by hand and does not fit the template: answers may lie a little off."
UNREAD = "This page could not be read. Scan it again and upload that."


def at_place(page: Page, number: int) -> tuple[Setting, dict[str, Any]]:
    """Return what a page becomes as template page `number`, laid onto it. Raises Refused."""
    _mind_the_pages(page.upload.exam, number)
    if not page.image:
        raise Refused(UNREAD)
    setting = Setting.of(page.upload.exam)
    # A person may err too: what it may be beside `number` stays covered.
    alike = sorted(may_be(page)) if page.alike and number in may_be(page) else []
    values = _laid(page, number, setting)
    return setting, values | {"template_page": number, "alike": alike}


def _laid(page: Page, number: int, setting: Setting) -> dict[str, Any]:
    """Lay a page onto the template page a person names, the way up it is shown."""
    if page.affine is not None and number in may_be(page):
        return {"reason": ""}
    return lay_on(page, page.turn, number, setting)


def lay_on(page: Page, turn: int, number: int, setting: Setting) -> dict[str, Any]:
    """Return what a page becomes as it fits template page `number`, turned clockwise by `turn`."""
    seen = crops.view(read(str(page.image.name)), turn, page.dpi)
    found = lay(imaging.narrowed(seen.picture, seen.inked.shape[1])[0], setting.template, number)
    if found.template_page is None or found.affine is None or found.turn:
        return {"affine": None, "score": None, "error_px": None, "reason": NOT_LAID}
    return {
        "affine": list(found.affine),
        "score": found.score,
        "error_px": found.error_px,
        "reason": "",
    }


def _mind_the_pages(exam: Exam, number: int) -> None:
    last = exam.template.page_count
    if not 1 <= number <= last:
        raise Refused(f"The template has pages 1 to {last}.")
