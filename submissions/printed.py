"""What the code on a page says, and whether its print agrees.

The code decides which paper a page is of, and which of two look-alikes it is; but never against
its print: where the two say different things, a person has to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from gradebook.models import Exam
from submissions.code_places import Stamp
from submissions.code_reading import Sighting, affine_of, glance, look, search
from submissions.imaging import Picture, upright
from submissions.models import PrintedPaper
from submissions.page_codes import Code
from submissions.registration import Fit, fit, lay
from submissions.template_print import TemplatePrint


class Told(NamedTuple):
    """What code and print say of a page together: how it lies, and what was read, if anything.

    `paper` is the key of the printed paper where the two agree; else `doubt` says why not, in
    words. `blindly`: no print was recognised, so the fit is what the code alone says.
    """

    fit: Fit
    seen: Sighting | None = None
    paper: int | None = None
    doubt: str = ""
    blindly: bool = False


@dataclass(frozen=True)
class Runs:
    """The papers printed of an exam: their keys by code of the run and number of the paper."""

    papers: Mapping[tuple[int, int], int]
    template: TemplatePrint

    @classmethod
    def of(cls, exam: Exam, template: TemplatePrint) -> Runs | None:
        """Return them, or nothing where no papers were printed: then there is nothing to read."""
        if not template.stamps:
            return None
        papers = PrintedPaper.objects.filter(run__exam=exam)
        rows = papers.values_list("run__code", "number", "pk")
        return cls({(run, number): pk for run, number, pk in rows}, template)

    @property
    def stamps(self) -> list[Stamp]:
        """All places where a code may stand, whatever the page; of those that nearly meet, one."""
        every = (stamp for stamps in self.template.stamps for stamp in stamps)
        near = {(*(round(side, 2) for side in one.rect), one.turned): one for one in every}
        return list(near.values())

    def glance(self, page: Picture) -> Sighting | None:
        """Look for a code on a page as it lies, before it is recognised."""
        high, wide = self.template.page(1).full.picture.shape
        lying = (page.shape[1] > page.shape[0]) != (wide > high)
        return glance(page, self.stamps, lying=lying)

    def recognise(self, page: Picture, flat: Picture, expected: int, seen: Sighting | None) -> Told:
        """Recognise a page by its print and its code, `seen` at a glance or not.

        `page` is the picture as it lies, `flat` the same in grey at 100 dots an inch.
        """
        turn = seen.turn if seen else 0
        if seen is not None:
            # It also says which way up the page is, and what print to expect.
            expected = self.page_of(seen.code) or expected
        flat = _turned(flat, turn)
        found = fit(flat, self.template, expected)
        flat, turn = _turned(flat, found.turn), (turn + found.turn) % 360
        if seen is None and found.affine is not None:
            seen = self._closely(_turned(page, turn), found)
        elif seen is None and (seen := search(flat, self.stamps)):
            flat, turn = _turned(flat, seen.turn), (turn + seen.turn) % 360
        found = replace(found, turn=turn)
        return self._told(seen, found, flat) if seen else Told(found)

    def _closely(self, page: Picture, found: Fit) -> Sighting | None:
        """Look where the code stands on an upright page."""
        numbers = [found.template_page] if found.template_page else found.alike
        # Look-alikes bear it in the same place, unless they are of different sizes.
        places = dict.fromkeys(one for n in numbers if n for one in self.template.stamps_on(n))
        sights = (look(page, found.affine, one) for one in places if found.affine is not None)
        return next(filter(None, sights), None)

    def page_of(self, code: Code) -> int | None:
        """The template page a code names; None if this exam has no such paper."""
        known = (code.run, code.paper) in self.papers and code.page <= len(self.template.pages)
        return code.page if known else None

    def _told(self, seen: Sighting, found: Fit, flat: Picture) -> Told:
        """Hold a code against the print of an upright page."""
        code, number = seen.code, self.page_of(seen.code)
        if number is None:
            doubt = f"Its code, {code.text}, is of no paper printed for this exam."
            return Told(found, seen, doubt=doubt)
        key = self.papers[code.run, code.paper]
        if found.template_page == number:
            return Told(replace(found, alike=()), seen, key)
        if number in found.alike:
            return Told(self._settled(found, flat, number), seen, key)
        said = f"Its code says page {number} of printed paper {code.paper}, but its print"
        if found.template_page or found.alike:
            others = found.alike or (found.template_page or 0,)
            doubt = f"{said} is page {' or '.join(map(str, others))}’s."
            either = tuple(sorted({*others, number}))
            return Told(replace(found, template_page=None, alike=either), seen, doubt=doubt)
        if self.template.page(number).placeable:
            alone = Fit(number, turn=found.turn)
            return Told(alone, seen, doubt=f"{said} cannot be recognised.", blindly=True)
        return Told(self._by_code(seen, found, flat), seen, key, blindly=True)

    def _settled(self, found: Fit, flat: Picture, number: int) -> Fit:
        """The fit of a look-alike, now that its code says which it is."""
        laid = lay(flat, self.template, number)
        if laid.template_page == number and laid.turn == 0:
            return replace(laid, turn=found.turn, margin=found.margin)
        return replace(found, template_page=number, alike=(), reason="")

    def _by_code(self, seen: Sighting, found: Fit, flat: Picture) -> Fit:
        """The fit of a page on which nothing is printed but the code."""
        number = seen.code.page
        places = self.template.stamps_on(number)
        if not seen.corners or not places:
            return Fit(number, turn=found.turn)
        shape = self.template.page(number).full.picture.shape
        affine = affine_of(seen.corners, places[0], flat.shape, shape)
        return Fit(number, turn=found.turn, affine=affine)


def _turned(picture: Picture, turn: int) -> Picture:
    return upright(picture, turn // 90) if turn else picture
