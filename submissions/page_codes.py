"""The code on a printed page: which print run, which of its papers, which page.

Fourteen digits, in a QR code and beside it in print: 47131-0017-003-42 is page 3 of paper 17. The
last two are ISO 7064 MOD 97-10 check digits, as in an IBAN: they notice every wrong digit and any
two that changed places.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import zxingcpp
from numpy.typing import NDArray

WIDTHS = (5, 4, 3)  # digits of run, paper and page
FIRST_RUN, LAST_RUN = 10_000, 99_999
MOST_PAPERS, MOST_PAGES = 9_999, 999
DIGITS = sum(WIDTHS) + 2
TEXT_LENGTH = DIGITS + 3  # with hyphens
SIDE = 21  # modules of the symbol


class Code(NamedTuple):
    """What a page says it is; papers and pages count from 1."""

    run: int
    paper: int
    page: int

    @property
    def digits(self) -> str:
        parts = zip(self, WIDTHS, strict=True)
        body = "".join(str(number).zfill(width) for number, width in parts)
        return body + check_digits(body)

    @property
    def text(self) -> str:
        """As it is printed for people."""
        run, paper, page = WIDTHS
        cuts = (0, run, run + paper, run + paper + page, DIGITS)
        digits = self.digits
        return "-".join(digits[a:b] for a, b in pairwise(cuts))


def check_digits(body: str) -> str:
    return f"{98 - int(body) * 100 % 97:02d}"


def parse(said: str) -> Code | None:
    """Return the code in what was read, hyphens or not; None if it is none, or read wrongly."""
    digits = "".join(char for char in said if char in "0123456789")
    if len(digits) != DIGITS:
        return None
    run, paper = WIDTHS[0], WIDTHS[0] + WIDTHS[1]
    code = Code(int(digits[:run]), int(digits[run:paper]), int(digits[paper:-2]))
    whole = code.run >= FIRST_RUN and code.paper and code.page
    return code if whole and code.digits == digits else None


@lru_cache(maxsize=64)
def symbol(digits: str) -> NDArray[np.bool_]:
    """The QR code, True where it is black. A third of it may be lost (error correction H)."""
    made = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    drawn: NDArray[np.bool_] = np.array(made.to_image(scale=1, add_quiet_zones=False)) == 0
    assert drawn.shape == (SIDE, SIDE)
    return drawn
