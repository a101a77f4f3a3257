"""A template's print, prepared once so that thousands of pages can be laid onto it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from submissions.correlation import Level, choose_blocks, locate
from submissions.features import Features, describe
from submissions.imaging import Picture
from submissions.lookalikes import Contest, Difference, compare, differences

DPI = 100
_FULL, _HALF, _QUARTER = (40, 36), (24, 30), (16, 14)  # block size in pixels, how many
_ALIKE = 0.45  # mean correlation at which one page's print could pass for another's
_LEAST_BLOCKS = 4
# How much better than on the template itself another page's print may fit by chance.
_SLACK = 0.12


@dataclass(frozen=True, slots=True)
class PagePrint:
    """One template page at 100, 50 and 25 dots an inch."""

    full: Level
    half: Level
    quarter: Level

    @classmethod
    def prepare(cls, page: Picture) -> PagePrint:
        smaller = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        smallest = cv2.resize(page, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        levels = []
        for picture, (size, count) in (
            (page, _FULL),
            (smaller, _HALF),
            (smallest, _QUARTER),
        ):
            picture = np.asarray(picture, dtype=np.uint8)
            levels.append(Level(picture, choose_blocks(picture, size, count), size))
        return cls(*levels)

    @property
    def placeable(self) -> bool:
        """Whether there is enough print to be recognised by."""
        return len(self.half.blocks) >= _LEAST_BLOCKS


@dataclass(frozen=True, slots=True)
class TemplatePrint:
    """All pages of a template; page numbers count from 1.

    `alike[n - 1]` are the pages whose print could pass for that of page n until one looks closely.
    `passes[n - 1, m - 1]` is how well the print of page n is found on page m, 1 being perfectly.
    """

    pages: tuple[PagePrint, ...]
    alike: tuple[tuple[int, ...], ...]
    passes: NDArray[np.float64]
    differences: dict[tuple[int, int], tuple[Difference, ...]]
    features: tuple[Features, ...]

    @classmethod
    def prepare(cls, pages: Sequence[Picture]) -> TemplatePrint:
        """Prepare from grey pictures at 100 dots an inch, about 40 ms of computing a page."""
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
        return cls._complete(prints, mutual, passes)

    @classmethod
    def _complete(
        cls,
        prints: tuple[PagePrint, ...],
        alike: tuple[tuple[int, ...], ...],
        passes: NDArray[np.float64],
    ) -> TemplatePrint:
        pictures = [page.full.picture for page in prints]
        apart = {
            (number, other): differences(pictures[number - 1], pictures[other - 1])
            for number, others in enumerate(alike, 1)
            for other in others
            if number < other
        }
        return cls(prints, alike, passes, apart, tuple(describe(picture) for picture in pictures))

    @property
    def unplaceable(self) -> tuple[int, ...]:
        """Pages without print: their place can only be told from their neighbours."""
        return tuple(n for n, page in enumerate(self.pages, 1) if not page.placeable)

    def page(self, number: int) -> PagePrint:
        return self.pages[number - 1]

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

    def compare(self, page: Picture, first: int, second: int) -> Contest:
        """Which of two alike pages a page, warped into the template's frame, is."""
        pair = (min(first, second), max(first, second))
        pictures = (self.page(first).full.picture, self.page(second).full.picture)
        return compare(page, *pictures, self.differences.get(pair, ()))

    def pack(self) -> bytes:
        """Bytes to keep, from which `unpack` makes the same print again."""
        arrays: dict[str, NDArray[Any]] = {
            f"page_{k}": page.full.picture for k, page in enumerate(self.pages)
        }
        for k, page in enumerate(self.pages):
            for name in ("full", "half", "quarter"):
                arrays[f"{name}_{k}"] = getattr(page, name).blocks
            arrays[f"alike_{k}"] = np.array(self.alike[k], dtype=np.int64)
        arrays["passes"] = self.passes
        out = io.BytesIO()
        np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
        return out.getvalue()

    @classmethod
    def unpack(cls, data: bytes) -> TemplatePrint:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            count = sum(name.startswith("page_") for name in arrays.files)
            pages = []
            for k in range(count):
                picture = arrays[f"page_{k}"]
                levels = [
                    Level(
                        picture
                        if factor == 1
                        else cv2.resize(
                            picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
                        ),
                        arrays[f"{name}_{k}"],
                        size,
                    )
                    for name, factor, size in (
                        ("full", 1, _FULL[0]),
                        ("half", 0.5, _HALF[0]),
                        ("quarter", 0.25, _QUARTER[0]),
                    )
                ]
                pages.append(PagePrint(*levels))
            alike = tuple(tuple(arrays[f"alike_{k}"].tolist()) for k in range(count))
            passes = arrays["passes"]
        return cls._complete(tuple(pages), alike, passes)


def _passing(mine: PagePrint, other: PagePrint) -> float:
    """How well one page's print is found on another: the mean correlation of its blocks."""
    if mine is other:
        return 1.0
    if not mine.placeable or not other.placeable:
        return 0.0
    _, _, fit = locate(other.half.picture, mine.half, reach=2)
    return float(np.maximum(fit, 0).mean())
