"""Is there ink that the template does not explain? Speckle, shadow and paper tone are none.

Give it pictures from `imaging.inked`: grey alone loses light coloured pens.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.bare import are_holes, bed
from submissions.imaging import Affine, Picture, Rect, crop
from submissions.registration import Fit

DPI = 100
BLANK_MM2 = 1.5  # less than a short stroke
DIRT_PER_CM2 = 0.005  # square millimetres of dirt that got through as well
_PIXEL_MM2 = (25.4 / DPI) ** 2
_SPECK = 5  # pixels across: dirt, or a dot that nobody sets alone
_FAINT = 7  # grey levels below the paper, which the lightest pen still reaches
_PRINT = 215  # template grey below this is print
_FULL = 0.75
_SPREAD = 3  # pixels by which print may lie or bleed elsewhere than in the template
_EDGE = 0.035  # of the page: rollers and shadows leave their traces there
_HALF = 0.5  # less paper than that is in the picture: what it bears may lie outside
_PLAIN, _PLENTY = 40, 300  # grey levels; pixels of a millimetre
# A page lies well: mean correlation; pixels at 100 dots an inch.
SURE_SCORE, SURE_ERROR = 0.5, 1.5


def ink(page: Picture, template: Picture, affine: Affine, rect: Rect) -> float:
    """Square millimetres of ink inside a template rectangle that the print does not explain.

    `page` is upright and grey, `template` its template page at 100 dots an inch; see
    `registration.Fit` for `affine`. Meaningful only where the page lies well.
    """
    x, y, w, h = rect
    high, wide = template.shape[:2]
    left, top = min(round(x * wide), wide - 1), min(round(y * high), high - 1)
    right, bottom = max(left + 1, round((x + w) * wide)), max(top + 1, round((y + h) * high))
    exact = (left / wide, top / high, (right - left) / wide, (bottom - top) / high)
    patch = crop(page, affine, exact, right - left, extended=True)
    print_ = template[top:bottom, left:right]
    if patch.shape != print_.shape:
        size = (print_.shape[1], print_.shape[0])
        patch = np.asarray(cv2.resize(patch, size), dtype=np.uint8)
    marks = _marks(patch) & ~near_print(template, left, top, right, bottom)
    return _without_specks(marks)


def is_blank(page: Picture, template: Picture, fit: Fit, rect: Rect) -> bool:
    """Whether nothing was written in the rectangle. False whenever the page does not lie well."""
    if fit.template_page is None or fit.affine is None:
        return False
    if fit.score < SURE_SCORE or fit.error_px > SURE_ERROR:
        return False
    high, wide = template.shape[:2]
    return ink(page, template, fit.affine, rect) < _allowed(rect[2] * wide * rect[3] * high)


def page_is_empty(page: Picture) -> bool:
    """Whether a grey page at about 100 dots an inch bears nothing, as the back of a sheet does."""
    high, wide = page.shape[:2]
    down, across = round(_EDGE * high), round(_EDGE * wide)
    if _is_plainly_inked(page[down : high - down, across : wide - across]):
        return False
    beside, deep = bed(page)
    marks = _marks(page, full=0)
    if beside.mean() > _HALF or (deep.any() and len(_spots(marks & deep))):
        return False
    marks = (marks & ~beside)[down : high - down, across : wide - across]
    spots = _spots(marks & ~_streaks(marks))
    whole = spots + np.array([across, down, 0, 0, 0], dtype=np.int32)
    spots = spots[~are_holes(whole, (wide, high))]
    return float(spots[:, cv2.CC_STAT_AREA].sum()) * _PIXEL_MM2 < _allowed(marks.size)


def _is_plainly_inked(page: Picture) -> bool:
    """Whether so much is dark against what lies beside it that no closer look is needed.

    At 25 dots an inch, a fortieth of the work: most pages are full of print.
    """
    small = np.asarray(
        cv2.resize(page, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((7, 7), np.uint8)) > _PLAIN
    return int(np.count_nonzero(dark & ~bed(small, DPI // 4)[0])) > _PLENTY


def allowed(cm2: float) -> float:
    """Square millimetres of ink that so much paper may show and still be blank."""
    return BLANK_MM2 + DIRT_PER_CM2 * cm2


def _allowed(pixels: float) -> float:
    return allowed(pixels * _PIXEL_MM2 / 100)


def _marks(patch: Picture, full: float = _FULL) -> NDArray[np.bool_]:
    """Where it is darker than the paper round about, beyond the paper's own grain."""
    deep, floor = depth(patch, full)
    # Held against a whole number, a byte stays a byte.
    return np.asarray(deep > np.uint8(min(int(floor), 255)), dtype=np.bool_)


def depth(patch: Picture, full: float = _FULL) -> tuple[Picture, float]:
    """How much darker each dot is than the paper round about, and what is grain of it at most.

    Less than `full` of the lightest is no paper, but ink from edge to edge: in a box. On a whole
    page it is a shadow, and would hide what is printed in it.
    """
    # The paper is what remains when every dark thing narrower than 6 mm is painted over.
    paper = cv2.dilate(patch, np.ones((25, 25), np.uint8))
    for _ in range(2):  # twice a box is nearly a bell, and much cheaper
        paper = cv2.blur(paper, (19, 19))
    # Where ink fills the patch from edge to edge, there is no paper to see: take the page's.
    light = np.full_like(paper, round(full * _quantile(_counts(patch), 0.95)))
    deep = cv2.subtract(cv2.max(paper, light), cv2.GaussianBlur(patch, (3, 3), 0))
    counts = _counts(np.asarray(deep, dtype=np.uint8))
    middle = _quantile(counts, 0.5)
    grain = 1.4826 * _quantile(_folded(counts, middle), 0.5)
    return np.asarray(deep, dtype=np.uint8), middle + max(_FAINT, 6 * grain)


def _counts(picture: Picture) -> NDArray[np.int64]:
    """How many dots have each grey level: all a quantile needs, at a tenth of the price."""
    return cv2.calcHist([picture], [0], None, [256], [0, 256])[:, 0].astype(np.int64)


def _quantile(counts: NDArray[np.int64], share: float) -> int:
    """The level that a share of the dots does not exceed."""
    return int(np.searchsorted(np.cumsum(counts), share * counts.sum()))


def _folded(counts: NDArray[np.int64], middle: int) -> NDArray[np.int64]:
    """The counts of distances from `middle`."""
    levels = np.arange(len(counts))
    return np.bincount(np.abs(levels - middle), weights=counts, minlength=256).astype(np.int64)


def near_print(
    template: Picture, left: int, top: int, right: int, bottom: int, spread: int = _SPREAD
) -> NDArray[np.bool_]:
    """The print inside the box, made a little larger; print just outside reaches in."""
    high, wide = template.shape[:2]
    room = 2 * spread
    x0, y0 = max(0, left - room), max(0, top - room)
    around = template[y0 : min(high, bottom + room), x0 : min(wide, right + room)]
    grown = cv2.dilate((around < _PRINT).astype(np.uint8), np.ones((2 * spread + 1,) * 2, np.uint8))
    return grown[top - y0 : bottom - y0, left - x0 : right - x0] > 0


def _streaks(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Lines along the feed that a speck of dust on the glass draws down the whole page."""
    along = max(3, marks.shape[0] // 3)
    if np.count_nonzero(marks, axis=0).max(initial=0) < along:
        return np.zeros_like(marks)
    lines = cv2.morphologyEx(marks.astype(np.uint8), cv2.MORPH_OPEN, np.ones((along, 1), np.uint8))
    return cv2.dilate(lines, np.ones((1, 5), np.uint8)) > 0


def _without_specks(marks: NDArray[np.bool_]) -> float:
    return float(_spots(marks)[:, cv2.CC_STAT_AREA].sum()) * _PIXEL_MM2


def _spots(marks: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Left, top, width, height and area of each connected mark that is no speck, in pixels."""
    # The way OpenCV takes by itself finds the same, and takes twice as long.
    _, _, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        marks.astype(np.uint8), 8, cv2.CV_32S, cv2.CCL_GRANA
    )
    large = (stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]] > _SPECK).any(axis=1)
    return np.asarray(stats[1:][large], dtype=np.int32)
