"""Lay a page onto one template page, one way up: coarse, then fine, then the gate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from submissions import correlation
from submissions.correlation import Found, Map
from submissions.gate import (
    BROAD_BLOCKS,
    BROAD_REACH,
    BROAD_SCORE,
    LEAST_SCORE,
    MAX_ERROR,
    PLAIN_SCORE,
    SCORE,
)
from submissions.imaging import Picture, upright
from submissions.template_print import PagePrint, TemplatePrint

REACH = 22  # pixels at 50 dots an inch: 11 mm
FINE_REACH = 6  # pixels at 100
COARSE_SCORE = 0.18  # where looking closer is worth it
_ODD, _MOST_ODD = 0.18, 0.25  # correlation below the better blocks', share of such blocks


@dataclass(frozen=True, slots=True)
class Laid:
    """A page on one template page: the upright picture, its map at 100 dots an inch."""

    number: int
    turn: int
    page: Picture
    found: Found


def lay_on(
    page: Picture, template: TemplatePrint, number: int, turn: int, coarse: Map | None = None
) -> Laid | None:
    """One template page, one way up: coarse, then fine; None when it does not pass the gate."""
    print_ = template.page(number)
    picture = sized(upright(page, turn // 90) if turn else page, print_)
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
    return Laid(number, turn, picture, found)


def lay_beside(laid: Laid, aligned: Picture, template: TemplatePrint, number: int) -> Laid | None:
    """A page that lies on one template page, on another of the same layout; the gate as above.

    `aligned` is the page in the first one's frame: where that print lies, so does the other.
    """
    fine = _fine(aligned, template.page(number))
    if fine is None or not _passes(fine):
        return None
    found = replace(fine, map=correlation.compose(laid.found.map, fine.map))
    return replace(laid, number=number, found=found)


def _passes(found: Found) -> bool:
    """The gate: much of the print fits, or parts of it do all over the page."""
    broad = found.agreeing >= BROAD_BLOCKS and found.reach >= BROAD_REACH
    good = found.score >= SCORE or (broad and found.score >= BROAD_SCORE)
    return good and found.error <= MAX_ERROR


def is_of_one_piece(laid: Laid, template: TemplatePrint) -> bool:
    """Whether all the print fits about as well, as it does unless part of it is other print.

    For pages with little print, which passes the gate by its head and foot alone.
    """
    if laid.found.score >= PLAIN_SCORE:
        return True
    if laid.found.score < LEAST_SCORE:
        return False
    print_ = template.page(laid.number)
    aligned = correlation.onto_template(laid.page, laid.found.map, print_.full.picture)
    _, _, fit = correlation.locate(aligned, print_.full, FINE_REACH)
    return bool((fit < np.quantile(fit, 0.75) - _ODD).mean() < _MOST_ODD)


def sized(page: Picture, print_: PagePrint) -> Picture:
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
