"""A template's print, prepared once so that thousands of pages can be laid onto it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.code_places import Stamp, painted_out
from submissions.correlation import Level, choose_blocks, locate
from submissions.features import Features, describe
from submissions.imaging import Picture
from submissions.lookalikes import Contest, Difference, Side, compare, differences

DPI = 100
WIDEST_INCHES = 24  # a page may claim any size
_FULL, _HALF, _QUARTER = (40, 36), (24, 30), (16, 14)  # block size in pixels, how many
_ALIKE = 0.45  # mean correlation at which one page's print could pass for another's
_SEEN, _PRESENT = 0.5, 0.6  # correlation of a block, and share of blocks, of a page's own print
_LEAST_BLOCKS = 4
_FEW = 4  # blocks looked for before it is asked whether more are worth it
_NEAR = 5  # pixels at 50 dots an inch within which they are looked for
_BARE = 0.1  # of the strongest contrast on a page: print has more, grain and shadow less
# How much better than on the template itself another page's print may fit by chance.
_SLACK = 0.12


Blocks = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PagePrint:
    """One template page at 100, 50 and 25 dots an inch."""

    full: Level
    half: Level
    quarter: Level

    @classmethod
    def prepare(cls, page: Picture) -> PagePrint:
        smaller, smallest = _shrunk(page, 0.5), _shrunk(page, 0.25)
        return cls.of(
            page,
            choose_blocks(page, *_FULL),
            choose_blocks(smaller, *_HALF),
            choose_blocks(smallest, *_QUARTER),
        )

    @classmethod
    def of(cls, page: Picture, full: Blocks, half: Blocks, quarter: Blocks) -> PagePrint:
        return cls(
            Level(page, full, _FULL[0]),
            Level(_shrunk(page, 0.5), half, _HALF[0]),
            Level(_shrunk(page, 0.25), quarter, _QUARTER[0]),
        )

    @property
    def placeable(self) -> bool:
        """Whether there is enough print to be recognised by."""
        return len(self.half.blocks) >= _LEAST_BLOCKS


@dataclass(frozen=True, slots=True)
class TemplatePrint:
    """All pages of a template; page numbers count from 1.

    `alike[n - 1]` are the pages whose print could pass for that of page n until one looks closely.
    `passes[n - 1, m - 1]` is how well the print of page n is found on page m, 1 being perfectly.
    `stamps[n - 1]` are the places of codes on printed copies of page n; empty if none were printed.
    """

    pages: tuple[PagePrint, ...]
    alike: tuple[tuple[int, ...], ...]
    passes: NDArray[np.float64]
    differences: dict[tuple[int, int], tuple[Difference, ...]]
    features: tuple[Features, ...]
    stamps: tuple[tuple[Stamp, ...], ...] = ()

    @classmethod
    def prepare(cls, pages: Sequence[Picture]) -> TemplatePrint:
        """Prepare from grey pictures at 100 dots an inch, some 200 ms of computing a page."""
        prints = tuple(PagePrint.prepare(page) for page in pages)
        passes = np.array([[_passing(mine, other) for other in prints] for mine in prints])
        alike = [
            tuple(
                other
                for other in range(1, len(prints) + 1)
                if other != number and passes[number - 1, other - 1] >= _ALIKE
            )
            for number in range(1, len(prints) + 1)
        ]
        # Being alike is mutual, though one page may hold more print than the other.
        mutual = tuple(
            tuple(
                other
                for other in range(1, len(prints) + 1)
                if other != number and (other in alike[number - 1] or number in alike[other - 1])
            )
            for number in range(1, len(prints) + 1)
        )
        sides = [Side.of(page) for page in pages]
        apart = {
            (number, other): differences(sides[number - 1], sides[other - 1])
            for number, others in enumerate(mutual, 1)
            for other in others
            if number < other
        }
        return cls(prints, mutual, passes, apart, tuple(describe(page) for page in pages))

    @property
    def unplaceable(self) -> tuple[int, ...]:
        """Pages without print: their place can only be told from their neighbours."""
        return tuple(n for n, page in enumerate(self.pages, 1) if not page.placeable)

    def page(self, number: int) -> PagePrint:
        return self.pages[number - 1]

    def stamps_on(self, number: int) -> tuple[Stamp, ...]:
        return self.stamps[number - 1] if number <= len(self.stamps) else ()

    def beside_codes(self, number: int) -> Picture:
        """A page as ink is measured against: where a code may stand, all is print."""
        page = self.page(number).full.picture
        rects = [stamp.rect for stamp in self.stamps_on(number)]
        return painted_out(page, rects, 0) if rects else page

    def without_codes(self, page: Picture, number: int) -> Picture:
        """A page, warped into the frame of page `number`, with paper where a code may stand."""
        rects = [stamp.rect for stamp in self.stamps_on(number)]
        return painted_out(page, rects, int(np.median(page[::16, ::16]))) if rects else page

    def rivals(self, number: int, score: float) -> tuple[int, ...]:
        """Look-alikes that a page fitting `number` with this score may still be.

        Were it really such a page, the print of `number` would fit it no better than it fits the
        template's, and scanning only makes that worse.
        """
        return tuple(
            rival
            for rival in self.alike[number - 1]
            if self.passes[number - 1, rival - 1] >= score - _SLACK
        )

    def found_on(self, page: Picture, numbers: Sequence[int]) -> tuple[int, ...]:
        """Of these pages, those whose own print is on a page warped into the template's frame."""
        half = _shrunk(page, 0.5)
        contrast = _contrast(half, _HALF[0] + 2 * _NEAR)
        return tuple(n for n in numbers if _is_found(self.page(n), half, contrast))

    def compare(self, page: Picture, first: int, second: int) -> Contest:
        """Which of two alike pages a page, warped into the template's frame, is."""
        pair = (min(first, second), max(first, second))
        pictures = (self.page(first).full.picture, self.page(second).full.picture)
        return compare(page, *pictures, self.differences.get(pair, ()))

    def pack(self) -> bytes:
        """Bytes to keep, from which `unpack` makes the same print again."""
        arrays: dict[str, NDArray[Any]] = {"passes": self.passes}
        for k, (page, features) in enumerate(zip(self.pages, self.features, strict=True)):
            arrays[f"page_{k}"] = page.full.picture
            for name in ("full", "half", "quarter"):
                arrays[f"{name}_{k}"] = getattr(page, name).blocks
            arrays[f"alike_{k}"] = np.array(self.alike[k], dtype=np.int64)
            arrays[f"points_{k}"], arrays[f"marks_{k}"] = features.points, features.marks
        rows = [(*pair, *box, n) for pair, found in self.differences.items() for box, n in found]
        arrays["pairs"] = np.array(list(self.differences), dtype=np.int64).reshape(-1, 2)
        arrays["differences"] = np.array(rows, dtype=np.int64).reshape(-1, 7)
        out = io.BytesIO()
        np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # the stubs take arrays for allow_pickle
        return out.getvalue()

    @classmethod
    def unpack(cls, data: bytes) -> TemplatePrint:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays: dict[str, NDArray[Any]] = dict(archive)
        count = sum(name.startswith("page_") for name in arrays)
        pairs = [(first, second) for first, second in arrays["pairs"].tolist()]
        apart: dict[tuple[int, int], tuple[Difference, ...]] = dict.fromkeys(pairs, ())
        for first, second, x, y, wide, high, dots in arrays["differences"].tolist():
            apart[first, second] += (((x, y, wide, high), dots),)
        return cls(
            pages=tuple(
                PagePrint.of(
                    arrays[f"page_{k}"],
                    *(arrays[f"{name}_{k}"] for name in ("full", "half", "quarter")),
                )
                for k in range(count)
            ),
            alike=tuple(tuple(arrays[f"alike_{k}"].tolist()) for k in range(count)),
            passes=arrays["passes"],
            differences=apart,
            features=tuple(
                Features(arrays[f"points_{k}"], arrays[f"marks_{k}"]) for k in range(count)
            ),
        )


def _shrunk(page: Picture, factor: float) -> Picture:
    return np.asarray(
        cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )


def _passing(mine: PagePrint, other: PagePrint) -> float:
    """How well one page's print is found on another: the mean correlation of its blocks."""
    if mine is other:
        return 1.0
    if not mine.placeable or not other.placeable:
        return 0.0
    _, _, fit = locate(other.half.picture, mine.half, reach=2)
    return float(np.maximum(fit, 0).mean())


def _contrast(picture: Picture, size: int) -> Picture:
    """How far the lightest and the darkest dot are apart in the window round each."""
    window = np.ones((size | 1, size | 1), np.uint8)
    return np.asarray(cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, window), dtype=np.uint8)


def _is_found(print_: PagePrint, half: Picture, contrast: Picture) -> bool:
    """Whether enough of a page's blocks are where they should be, at 50 dots an inch."""
    level = print_.half
    across, down = np.minimum(level.blocks.T + level.size // 2, [[n - 1] for n in half.shape[::-1]])
    # On bare paper no print is found, and most of a scratch page is bare.
    blocks = level.blocks[contrast[down, across] > _BARE * float(contrast.max())]
    missed = len(level.blocks) - len(blocks)
    for start in range(0, len(blocks), _FEW):
        # Most look-alikes are not there at all, and a few blocks tell.
        if missed > (1 - _PRESENT) * len(level.blocks):
            return False
        few = replace(level, blocks=blocks[start : start + _FEW])
        _, _, fit = locate(half, few, reach=_NEAR)
        missed += int((fit < _SEEN).sum())
    return missed <= (1 - _PRESENT) * len(level.blocks)
