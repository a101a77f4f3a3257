"""Lay a scanned page onto the template: which page it is, which way up, and where its print lies.

Printed blocks are correlated within about 11 mm of where they belong, first at 50 dots an inch,
then at 100 for parts of a pixel; pages farther out of place are found by features (AKAZE). What
does not fit is never accepted. Look-alikes are told apart where they differ, or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from submissions import correlation, features
from submissions.correlation import Found, Map
from submissions.imaging import Affine, Picture, upright
from submissions.template_print import PagePrint, TemplatePrint

__all__ = ["Fit", "TemplatePrint", "fit", "lay"]

REACH = 22  # pixels at 50 dots an inch: 11 mm
FINE_REACH = 6  # pixels at 100
COARSE_SCORE = 0.18  # where looking closer is worth it
SCORE = 0.48  # foreign pages of the same layout were seen up to 0.41, genuine ones from 0.58
BROAD_SCORE, BROAD_BLOCKS, BROAD_REACH = 0.28, 10, 0.6
MAX_ERROR = 2.0  # pixels at 100 dots an inch
_SHORT_LIST = 5

UNKNOWN = "It is not a page of this exam, or too little of the print can be seen."


@dataclass(frozen=True, slots=True)
class Fit:
    """How a page lies on the template.

    Turned `turn` degrees clockwise the page is upright. `affine` (a, b, c, d, e, f) then puts the
    template's fraction (u, v) at the page's fraction (a u + b v + c, d u + e v + f). `score` is the
    mean correlation of the print, `error_px` what the agreeing blocks miss by at 100 dots an inch,
    `margin` the lead over the nearest look-alike, 1 when there is none.

    `template_page` is None when no page fits, or when several do: `alike` then names them, and turn
    and affine still hold for each. `reason` says why, in words for a person.
    """

    template_page: int | None
    turn: int = 0
    affine: Affine | None = None
    score: float = 0.0
    margin: float = 0.0
    error_px: float = math.inf
    reason: str = ""
    alike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Laid:
    """A page on one template page: the upright picture, its map at 100 dots an inch."""

    number: int
    turn: int
    page: Picture
    found: Found


def fit(page: Picture, template: TemplatePrint, expected: int | None = None) -> Fit:
    """Recognise an upright or turned page, grey at about 100 dots an inch.

    The expected page is tried first, upright; all pages and ways up only when that fails.
    """
    laid = None
    if expected is not None and template.page(expected).placeable:
        laid = _lay(page, template, expected, 0)
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
        laid = _lay(page, template, number, turn)
        if laid is not None:
            return _fit(laid, template, margin=1.0)
    laid = _search_far(page, template, (number,))
    return _fit(laid, template, margin=1.0) if laid else Fit(None, reason=UNKNOWN)


def _lay(
    page: Picture, template: TemplatePrint, number: int, turn: int, coarse: Map | None = None
) -> _Laid | None:
    """One template page, one way up: coarse, then fine; None when it does not pass the gate."""
    print_ = template.page(number)
    picture = _sized(upright(page, turn // 90) if turn else page, print_)
    if coarse is None:
        rough = _coarse(picture, print_)
        if rough is None or rough.score < COARSE_SCORE:
            return None
        coarse = correlation.scaled(rough.map, 2.0)
    aligned = correlation.onto_template(picture, coarse, print_.full.picture)
    fine = _fine(aligned, print_)
    if fine is None or not _passes(fine):
        return None
    found = replace(fine, map=correlation.compose(coarse, fine.map))
    return _Laid(number, turn, picture, found)


def _passes(found: Found) -> bool:
    """The gate: much of the print fits, or parts of it do all over the page."""
    broad = found.agreeing >= BROAD_BLOCKS and found.reach >= BROAD_REACH
    good = found.score >= SCORE or (broad and found.score >= BROAD_SCORE)
    return good and found.error <= MAX_ERROR


def _sized(page: Picture, print_: PagePrint) -> Picture:
    """The page at about the template's dots an inch, whatever the scan claims of its own."""
    wide, wanted = page.shape[1], print_.full.picture.shape[1]
    if 0.94 <= wide / wanted <= 1.06:
        return page
    factor = wanted / wide
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = (wanted, max(1, round(page.shape[0] * factor)))
    return np.asarray(cv2.resize(page, size, interpolation=method), dtype=np.uint8)


def _coarse(picture: Picture, print_: PagePrint) -> Found | None:
    half = np.asarray(
        cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    places = correlation.locate(half, print_.half, REACH)
    near = correlation.similarity(*places, slack=1.6)
    near = near if near and _plausible(near.map) else None
    better = _stretched(places, 1.6, print_.half.picture)
    if better and better.agreeing >= 3 + (near.agreeing if near else 6):
        return better if _plausible(better.map) else near
    return near


def _plausible(transform: Map) -> bool:
    _, angle = correlation.scale_and_angle(transform)
    most, least = np.linalg.svd(transform[:, :2], compute_uv=False)
    return bool(0.93 <= least <= most <= 1.07 and most <= 1.025 * least and abs(angle) <= 4)


def _fine(aligned: Picture, print_: PagePrint) -> Found | None:
    """What is left after the coarse map; affine only where the blocks can hold one."""
    places = correlation.locate(aligned, print_.full, FINE_REACH)
    near = correlation.similarity(*places, slack=1.5)
    better = _stretched(places, 1.2, aligned)
    if (
        better
        and (near is None or better.agreeing >= near.agreeing)
        and _holds(better.map, aligned)
    ):
        return better
    return near if near and _holds(near.map, aligned) else None


def _stretched(places: correlation.Places, slack: float, frame: Picture) -> Found | None:
    """The affine map of blocks far enough apart to hold one.

    Feeding stretches paper by a percent: then head and foot agree on no similarity.
    """
    better = correlation.affinity(*places, slack=slack)
    if better is None:
        return None
    source, target, fit = places
    missed = np.linalg.norm(correlation.apply(better.map, source) - target, axis=1)
    agree = (missed <= slack) & (fit >= correlation.LEAST)
    high, wide = frame.shape[:2]
    return better if correlation.is_spread(source[agree], (wide, high)) else None


def _holds(transform: Map, picture: Picture) -> bool:
    """Whether a residual map stays small in every corner, as it must after the coarse one."""
    high, wide = picture.shape[:2]
    frame = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float64)
    moved = np.linalg.norm(correlation.apply(transform, frame) - frame, axis=1)
    return bool(moved.max() <= 3 * FINE_REACH)


def _turns(page: Picture, template: Picture) -> tuple[int, ...]:
    """Ways up worth trying: those that give the page the template's shape, all if unclear."""
    ratio = page.shape[1] / page.shape[0]
    wanted = template.shape[1] / template.shape[0]
    if abs(math.log(ratio / wanted)) < 0.12 < abs(math.log(ratio * wanted)):
        return (0, 180)
    if abs(math.log(ratio * wanted)) < 0.12:
        return (90, 270) if abs(math.log(ratio / wanted)) > 0.12 else (0, 90, 180, 270)
    return (0, 180, 90, 270)


def _search(page: Picture, template: TemplatePrint) -> _Laid | None:
    """All pages, all ways up: a rough look at 25 dots an inch makes the short list."""
    rated = []
    for number, print_ in enumerate(template.pages, 1):
        if not print_.placeable:
            continue
        for turn in _turns(page, print_.full.picture):
            rated.append((_glance(page, print_, turn), number, turn))
    rated.sort(reverse=True)
    best: _Laid | None = None
    for k, (_, number, turn) in enumerate(rated):
        if k >= _SHORT_LIST and (best or k >= 2 * _SHORT_LIST):
            break
        laid = _lay(page, template, number, turn)
        if laid and (best is None or laid.found.score > best.found.score):
            best = laid
    return best


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
) -> _Laid | None:
    """By features, for pages beyond the reach of blocks: shifted far, scaled, askew."""
    chosen = [
        n for n in (numbers or range(1, len(template.pages) + 1)) if template.page(n).placeable
    ]
    marks = [template.features[number - 1] for number in chosen]
    for at, turn, coarse in features.locate(page, marks):
        print_ = template.page(chosen[at])
        turned = upright(page, turn // 90)
        factor = _sized(turned, print_).shape[1] / turned.shape[1]
        sized = np.diag([factor, factor]) @ coarse
        laid = _lay(page, template, chosen[at], turn, coarse=sized)
        if laid:
            return laid
    return None


def _identified(laid: _Laid, template: TemplatePrint) -> Fit:
    """Make sure it is this page and none that looks like it."""
    if laid.found.score < SCORE:
        better = _search(laid.page, template)
        if better is None or better.found.score < SCORE:
            return _partly(laid, template)
        laid = replace(better, turn=(laid.turn + better.turn) % 360)
    if not template.alike[laid.number - 1]:
        return _fit(laid, template, margin=1.0)
    ties, margin = _ties(laid, template)
    if not ties:
        return _fit(laid, template, margin)
    # Another page may fit better than the one that was expected.
    best = laid
    for rival in template.alike[laid.number - 1]:
        other = _lay(laid.page, template, rival, 0)
        if other and other.found.score > best.found.score:
            best = replace(other, turn=laid.turn)
    rated = []
    for number in dict.fromkeys((best.number, *sorted({laid.number, *ties} - {best.number}))):
        ties, margin = _ties(best, template, number)
        if not ties:
            sure = best if number == best.number else _lay(best.page, template, number, 0)
            if sure:
                return _fit(replace(sure, turn=laid.turn), template, margin)
            ties = (best.number,)
        rated.append((-margin, number, ties))
    margin, number, ties = min(rated)
    return _undecided(best, template, (number, *ties), -margin)


def _ties(laid: _Laid, template: TemplatePrint, number: int = 0) -> tuple[tuple[int, ...], float]:
    """The look-alikes that `number` (or the page it lies on) does not beat, and its least lead."""
    number = number or laid.number
    print_ = template.page(laid.number).full.picture
    aligned = correlation.onto_template(laid.page, laid.found.map, print_)
    contests = {
        rival: template.compare(aligned, number, rival) for rival in template.alike[number - 1]
    }
    margin = min((contest.lead for contest in contests.values()), default=1.0)
    return tuple(rival for rival, contest in contests.items() if not contest.won), margin


def _undecided(laid: _Laid, template: TemplatePrint, alike: tuple[int, ...], margin: float) -> Fit:
    names = [str(number) for number in sorted(alike)]
    said = f"Pages {', '.join(names[:-1])} and {names[-1]} look alike here."
    return replace(
        _fit(laid, template, margin), template_page=None, reason=said, alike=tuple(sorted(alike))
    )


def _partly(laid: _Laid, template: TemplatePrint, ties: tuple[int, ...] = ()) -> Fit:
    """Print of this page is there, but not enough of it to believe it without being told."""
    said = f"Only parts of page {laid.number}'s print fit. Is it of another version?"
    alike = tuple(sorted({laid.number, *ties}))
    return replace(_fit(laid, template, 0.0), template_page=None, reason=said, alike=alike)


def _fit(laid: _Laid, template: TemplatePrint, margin: float) -> Fit:
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
    )
