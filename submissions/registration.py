"""Lay a scanned page onto the template: which page it is, which way up, and where its print lies.

Printed blocks are correlated within about 11 mm of where they belong, first at 50 dots an inch,
then at 100 for parts of a pixel; pages farther out of place are found by features (AKAZE). What
does not fit is never accepted. Look-alikes are told apart where they differ, or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from submissions import correlation, features
from submissions.gate import SCORE
from submissions.imaging import Affine, Picture, upright
from submissions.laying import REACH, Laid, is_of_one_piece, lay_beside, lay_on, sized
from submissions.template_print import PagePrint, TemplatePrint

__all__ = ["Fit", "TemplatePrint", "fit", "lay"]

NARROW = 0.3  # a lead over a look-alike that the order of pages may overrule
_SHORT_LIST = 5

UNKNOWN = "It is not a page of this exam, or too little of the print can be seen."


@dataclass(frozen=True, slots=True)
class Fit:
    """How a page lies on the template.

    Turned `turn` degrees clockwise the page is upright. `affine` (a, b, c, d, e, f) then puts the
    template's fraction (u, v) at the page's fraction (a u + b v + c, d u + e v + f). `score` is the
    mean correlation of the print, `error_px` what the agreeing blocks miss by at 100 dots an inch,
    `margin` the lead over the nearest look-alike, 1 when there is none, `reach` the share of the
    print's height and width, whichever is less, that the agreeing blocks lie in.

    `template_page` is None when no page fits, or when several do: `alike` then names them, and turn
    and affine still hold for each. Beside a page decided narrowly `alike` names all it resembles.
    `reason` says why there is no page, in words for a person.
    """

    template_page: int | None
    turn: int = 0
    affine: Affine | None = None
    score: float = 0.0
    margin: float = 0.0
    error_px: float = math.inf
    reach: float = 0.0
    reason: str = ""
    alike: tuple[int, ...] = ()


def fit(page: Picture, template: TemplatePrint, expected: int | None = None) -> Fit:
    """Recognise an upright or turned page, grey at about 100 dots an inch.

    The expected page is tried first, upright; all pages and ways up only when that fails.
    """
    laid = None
    if expected is not None and template.page(expected).placeable:
        laid = lay_on(page, template, expected, 0)
    if laid is None:
        laid = _search(page, template)
    if laid is None:
        laid = _search_far(page, template)
    if laid is None:
        return Fit(None, reason=UNKNOWN)
    return _identified(laid, template)


def lay(page: Picture, template: TemplatePrint, number: int) -> Fit:
    """Lay a page onto the template page that a person, or its neighbours, say it is.

    Whether it looks like another is not asked; whether the print fits still is.
    """
    turns = (0, *_turns(page, template.page(number).full.picture))
    for turn in dict.fromkeys(turns):
        laid = lay_on(page, template, number, turn)
        if laid is not None:
            return _fit(laid, template, margin=1.0)
    laid = _search_far(page, template, (number,))
    return _fit(laid, template, margin=1.0) if laid else Fit(None, reason=UNKNOWN)


def _turns(page: Picture, template: Picture) -> tuple[int, ...]:
    """Ways up worth trying: those that give the page the template's shape, all if unclear."""
    ratio = page.shape[1] / page.shape[0]
    wanted = template.shape[1] / template.shape[0]
    if abs(math.log(ratio / wanted)) < 0.12 < abs(math.log(ratio * wanted)):
        return (0, 180)
    if abs(math.log(ratio * wanted)) < 0.12:
        return (90, 270) if abs(math.log(ratio / wanted)) > 0.12 else (0, 90, 180, 270)
    return (0, 180, 90, 270)


def _search(page: Picture, template: TemplatePrint) -> Laid | None:
    """All pages, all ways up: a rough look at 25 dots an inch makes the short list."""
    rated = []
    for number, print_ in enumerate(template.pages, 1):
        if not print_.placeable:
            continue
        for turn in _turns(page, print_.full.picture):
            rated.append((_glance(page, print_, turn), number, turn))
    rated.sort(reverse=True)
    best: Laid | None = None
    for k, (_, number, turn) in enumerate(rated):
        if k >= _SHORT_LIST and (best or k >= 2 * _SHORT_LIST):
            break
        laid = lay_on(page, template, number, turn)
        if laid and (best is None or _beats(laid, best, template)):
            best = laid
    return best


def _beats(laid: Laid, best: Laid, template: TemplatePrint) -> bool:
    """Whether a page rather is this than the best so far.

    The little print of a scratch page fits every page with its head and foot, and fits well; but
    a page with more print than that is no scratch page.
    """
    rules_out = best.number not in template.rivals(laid.number, laid.found.score)
    ruled_out = laid.number not in template.rivals(best.number, best.found.score)
    if rules_out != ruled_out and laid.found.score >= SCORE:
        return rules_out
    return laid.found.score > best.found.score


def _glance(page: Picture, print_: PagePrint, turn: int) -> float:
    wanted = print_.quarter.picture.shape
    size = (wanted[1], wanted[0])
    small = np.asarray(
        cv2.resize(upright(page, turn // 90), size, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    found = correlation.similarity(
        *correlation.locate(small, print_.quarter, REACH // 2), slack=1.6
    )
    return found.score if found else 0.0


def _search_far(
    page: Picture, template: TemplatePrint, numbers: Iterable[int] | None = None
) -> Laid | None:
    """By features, for pages beyond the reach of blocks: shifted far, scaled, askew."""
    chosen = [
        n for n in (numbers or range(1, len(template.pages) + 1)) if template.page(n).placeable
    ]
    marks = [template.features[number - 1] for number in chosen]
    for at, turn, coarse in features.locate(page, marks):
        print_ = template.page(chosen[at])
        turned = upright(page, turn // 90)
        factor = sized(turned, print_).shape[1] / turned.shape[1]
        nearer = np.diag([factor, factor]) @ coarse
        laid = lay_on(page, template, chosen[at], turn, coarse=nearer)
        if laid:
            return laid
    return None


def _identified(laid: Laid, template: TemplatePrint) -> Fit:
    """Make sure it is this page and none that looks like it."""
    if laid.found.score < SCORE:
        better = _search(laid.page, template)
        if better is None or better.found.score < SCORE:
            return _partly(laid, template)
        laid = replace(better, turn=(laid.turn + better.turn) % 360)
    field = _field(laid, template, laid.number)
    if not field.ties:
        return _decided(laid, template, field)
    # Another page may fit better than the one that was expected.
    best = laid
    aligned = _aligned(laid, template)
    for rival in field.rivals:
        other = lay_beside(laid, aligned, template, rival)
        if other and other.found.score > best.found.score:
            best = other
    rated = []
    # Who lost to the first is out; the others settle it among themselves.
    among = {best.number, laid.number, *field.ties}
    for number in dict.fromkeys((best.number, *sorted(among))):
        field = _field(best, template, number, among)
        if not field.ties:
            sure = best if number == best.number else lay_on(best.page, template, number, 0)
            if sure and sure.found.score >= SCORE:
                return _decided(replace(sure, turn=laid.turn), template, field)
            field = replace(field, ties=(best.number,))
        rated.append((-field.margin, number, field.ties))
    margin, number, ties = min(rated)
    return _undecided(best, template, (number, *ties), -margin)


@dataclass(frozen=True, slots=True)
class _Field:
    """Look-alikes; those not beaten; all of them if one was beaten by little; the least lead."""

    rivals: tuple[int, ...]
    ties: tuple[int, ...]
    narrow: tuple[int, ...]
    margin: float


def _field(
    laid: Laid, template: TemplatePrint, number: int, among: Collection[int] | None = None
) -> _Field:
    """Put `number` against those that look like it, on a page that lies on one of them."""
    rivals = template.rivals(number, laid.found.score)
    if among is not None:
        rivals = tuple(rival for rival in rivals if rival in among)
    if not rivals:
        return _Field((), (), (), 1.0)
    aligned = _aligned(laid, template)
    rivals = template.found_on(aligned, rivals)
    if not rivals:
        return _Field((), (), (), 1.0)
    contests = {rival: template.compare(aligned, number, rival) for rival in rivals}
    margin = min(contest.lead for contest in contests.values())
    return _Field(
        rivals=rivals,
        ties=tuple(rival for rival in rivals if not contests[rival].won),
        # A number that is nearly another's may be a third's, which the template does not have.
        narrow=rivals if margin < NARROW else (),
        margin=margin,
    )


def _aligned(laid: Laid, template: TemplatePrint) -> Picture:
    """The page as it looks in its template page's frame."""
    print_ = template.page(laid.number).full.picture
    aligned = correlation.onto_template(laid.page, laid.found.map, print_)
    return template.without_codes(aligned, laid.number)


def _decided(laid: Laid, template: TemplatePrint, field: _Field) -> Fit:
    if field.rivals and not is_of_one_piece(laid, template):
        return _partly(laid, template)
    return replace(_fit(laid, template, field.margin), alike=field.narrow)


def _undecided(laid: Laid, template: TemplatePrint, alike: tuple[int, ...], margin: float) -> Fit:
    names = [str(number) for number in sorted(alike)]
    said = f"Pages {', '.join(names[:-1])} and {names[-1]} look alike here."
    return replace(
        _fit(laid, template, margin), template_page=None, reason=said, alike=tuple(sorted(alike))
    )


def _partly(laid: Laid, template: TemplatePrint, ties: tuple[int, ...] = ()) -> Fit:
    """Print of this page is there, but not enough of it to believe it without being told."""
    said = f"Only parts of page {laid.number}’s print fit. Is it of another version?"
    alike = tuple(sorted({laid.number, *ties}))
    return replace(_fit(laid, template, 0.0), template_page=None, reason=said, alike=alike)


def _fit(laid: Laid, template: TemplatePrint, margin: float) -> Fit:
    template_high, template_wide = template.page(laid.number).full.picture.shape
    high, wide = laid.page.shape
    # Fractions count from the page's edge, pixels from the centre of the first.
    linear = laid.found.map[:, :2]
    shift = laid.found.map[:, 2] + 0.5 - linear @ np.array([0.5, 0.5])
    a, b = linear[0] * (template_wide, template_high) / wide
    d, e = linear[1] * (template_wide, template_high) / high
    return Fit(
        template_page=laid.number,
        turn=laid.turn,
        affine=(
            float(a),
            float(b),
            float(shift[0] / wide),
            float(d),
            float(e),
            float(shift[1] / high),
        ),
        score=round(laid.found.score, 4),
        margin=round(margin, 4),
        error_px=round(laid.found.error, 3),
        reach=round(laid.found.reach, 3),
    )
