"""A page laid onto the template page that a person names, as well as it fits."""

from __future__ import annotations

from typing import Any

from gradebook.files import read
from gradebook.models import Exam
from submissions import crops, imaging
from submissions.chunks import Setting, kept, width_of
from submissions.covers import may_be
from submissions.jpegs import read_header
from submissions.models import Page
from submissions.photographs import straightened
from submissions.registration import Fit, lay
from submissions.repairs import Refused
from submissions.sheet import Sheet
from submissions.straightening import is_doubted, straighten
from submissions.worked_on import is_drawn_on

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
    return _drawn_upright(page, number, setting) or lay_on(page, page.turn, number, setting)


def _drawn_upright(page: Page, number: int, setting: Setting) -> dict[str, Any] | None:
    """Return what a photograph becomes drawn upright, None if it is no photograph of that page.

    Ink lies in fractions of the picture it was drawn on, so a page with ink keeps that.
    """
    if page.straightened or page.submission_id is not None or is_drawn_on(page):
        return None
    sheet = _sheet_of(page)
    decoded = imaging.decoded(sheet.image, page.turn)
    width = width_of(page.turn, sheet.width, sheet.height, sheet.dpi)
    found = lay(imaging.narrowed(decoded, width)[0], setting.template, number)
    if not is_doubted(found):
        return None
    dark = imaging.darkest(decoded, imaging.PREVIEW_WIDTH)
    straight = straighten(dark, setting.template, number, found, named=True)
    if straight is None:
        return None
    upright = straightened(sheet, straight, setting.template)
    flat = imaging.grey(upright.image, width_of(0, upright.width, upright.height, upright.dpi))
    laid = _said(lay(flat, setting.template, number))
    return laid | kept(upright) | {"turn": 0, "sheet_turn": 0} if laid["affine"] else None


def _sheet_of(page: Page) -> Sheet:
    """A page as if it were just taken out of its file, without the PDF."""
    image = read(str(page.image.name))
    header = read_header(image)
    return Sheet(
        number=page.number,
        pdf=b"",
        image=image,
        width=header.width,
        height=header.height,
        rotate=page.turn,
        lossless=page.lossless,
        grey=header.components == 1,
        bilevel=page.bilevel,
        dpi=page.dpi or header.width / crops.LETTER_INCHES,
        scanned_dpi=page.scanned_dpi,
    )


def lay_on(page: Page, turn: int, number: int, setting: Setting) -> dict[str, Any]:
    """Return what a page becomes as it fits template page `number`, turned clockwise by `turn`."""
    seen = crops.view(read(str(page.image.name)), turn, page.dpi)
    flat = imaging.narrowed(seen.picture, seen.inked.shape[1])[0]
    return _said(lay(flat, setting.template, number))


def _said(found: Fit) -> dict[str, Any]:
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
