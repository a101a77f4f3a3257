"""Damaged batches with their truth, made of a seed alone, and looked at as the intake does.

batch(seed) -> batch.picture(at) or batch.jpegs()
looked_at(batch) -> formed(batch, pages): no database, the intake's own pure parts
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import simplejpeg

from config.demo.pen import HEIGHT, WIDTH
from submissions.blanks import page_is_empty
from submissions.chunks import coded, recognised
from submissions.coded import Coded, sort_coded
from submissions.empty_looking import may_be
from submissions.models import Page
from submissions.papers import seen
from submissions.printed import Told
from submissions.registration import fit
from submissions.splitting import form_papers
from submissions.template_print import TemplatePrint
from tests.submissions.layouts import STRANGERS, WRITERS, halved, layout, strange, unpacked, written
from tests.submissions.page_damage import (
    PAGE_DAMAGES,
    PAPER,
    Picture,
    Random,
    scanned,
    scribbled_at,
)
from tests.submissions.stack_damage import STACK_DAMAGES, Leaf, Stack, stack
from tests.submissions.verdicts import Formed

Dpi = Literal[100, 200]

CODE_SCRIBBLED = "code scribbled"
_HURT = 0.25  # of the leaves; some of them twice
_SHARES = {
    "short": 0.4,
    "spare": 0.26,
    "quiz": 0.14,
    "coded quiz": 0.12,
    "coded spare": 0.04,
    "midterm": 0.04,
}


@dataclass(frozen=True)
class Batch:
    """A stack of one layout's papers on its way through the scanner."""

    seed: int
    layout: str
    leaves: Stack

    def picture(self, at: int, dpi: Dpi = 100) -> Picture:
        """The scan of a leaf; the same every time."""
        leaf = self.leaves[at]
        random = np.random.default_rng([self.seed, at])
        fine = dpi == 200 or "faxed" in leaf.damages
        page = self._paper(leaf)
        page = page if fine else halved(page)
        for name in leaf.damages:
            if name == CODE_SCRIBBLED:
                page = scribbled_at(page, self._code(leaf), random)
            elif name != "faxed":
                page = PAGE_DAMAGES[name](page, random)
        page = scanned(page, random)
        if "faxed" in leaf.damages:
            page = PAGE_DAMAGES["faxed"](page, random)
        if fine and dpi == 100:
            page = halved(page)
        return np.ascontiguousarray(np.rot90(page, -leaf.turn // 90))

    def _paper(self, leaf: Leaf) -> Picture:
        exam = layout(self.layout)
        if leaf.kind == "back":
            return np.full((HEIGHT, WIDTH), PAPER, np.uint8)
        if leaf.kind == "stranger":
            return strange((self.seed + leaf.paper) % STRANGERS)
        if leaf.kind == "sibling":
            return np.minimum(unpacked(exam.sibling[leaf.page - 1]), PAPER)
        return written(exam, (self.seed + leaf.paper) % WRITERS, leaf.paper, leaf.page)

    def _code(self, leaf: Leaf) -> tuple[float, float]:
        (stamp,) = layout(self.layout).print_.stamps_on(leaf.page)
        x, y, wide, high = stamp.symbol
        return x + wide / 2, y + high / 2

    def jpegs(self) -> Iterator[bytes]:
        """The scans as a scanner hands them over, 200 dots an inch."""
        for at in range(len(self.leaves)):
            picture = self.picture(at, 200)
            yield bytes(simplejpeg.encode_jpeg(picture[:, :, None], 75, "GRAY", "Gray"))


def batch(seed: int, name: str = "") -> Batch:
    """A batch by its seed: whole papers, one to three mishaps of the stack, and damaged pages."""
    random = np.random.default_rng([seed, 20])
    name = name or str(random.choice(list(_SHARES), p=list(_SHARES.values())))
    exam = layout(name)
    leaves = stack(exam.papers, exam.pages)
    count = int(random.choice([1, 2, 3], p=[0.4, 0.4, 0.2]))
    for mishap in random.choice(list(STACK_DAMAGES), count, replace=False):
        leaves = STACK_DAMAGES[str(mishap)](leaves, random)
    return Batch(seed, name, [_hurt(leaf, random, has_code=bool(exam.runs)) for leaf in leaves])


def _hurt(leaf: Leaf, random: Random, *, has_code: bool) -> Leaf:
    if random.random() > _HURT:
        return leaf
    kinds = list(PAGE_DAMAGES)
    if has_code and leaf.kind == "page":
        kinds += [CODE_SCRIBBLED] * 4
    count = 1 if random.random() < 0.75 else 2
    names = dict.fromkeys(map(str, random.choice(kinds, count, replace=False)))
    return replace(leaf, damages=tuple(names))


def looked_at(batch: Batch) -> list[Page]:
    """Every scan as it is recognised, one expected after the other; nothing is saved."""
    exam = layout(batch.layout)
    pages, expected = [], 1
    for at in range(len(batch.leaves)):
        page = Page(number=at + 1)
        values = _values(batch, at, expected)
        if values is None:
            page.state = Page.State.BLANK
        else:
            for name, value in values.items():
                setattr(page, name, value)
            expected = (page.template_page or expected) % exam.pages + 1
        pages.append(page)
    return pages


def _values(batch: Batch, at: int, expected: int) -> dict[str, object] | None:
    """What a scan is recognised as, as `submissions.chunks` does it; None of an empty one."""
    exam = layout(batch.layout)
    if exam.runs is None:
        flat = batch.picture(at)
        return None if page_is_empty(flat) else recognised(fit(flat, exam.print_, expected))
    whole = batch.picture(at, 200)
    flat, glanced = halved(whole), exam.runs.glance(whole)
    if glanced is None and page_is_empty(flat):
        return None
    told: Told = exam.runs.recognise(whole, flat, expected, glanced)
    return recognised(told.fit) | coded(told)


def formed(batch: Batch, pages: Sequence[Page]) -> Formed:
    """The papers of recognised pages, before anybody looks at them."""
    print_ = layout(batch.layout).print_
    found = _formed(print_, pages)
    wanted = [n for n in range(1, len(print_.pages) + 1) if n not in print_.unplaceable]
    left = set(found.blank) - set(found.placed)
    return replace(found, blank=set(found.blank) - set(may_be(found.placed, left, wanted)))


def _formed(print_: TemplatePrint, pages: Sequence[Page]) -> Formed:
    blank = {page.number for page in pages if page.state == Page.State.BLANK}
    if not any(page.code for page in pages):
        found = [seen(page) for page in pages]
        return Formed.of_plan(form_papers(found, len(print_.pages), print_.unplaceable), blank)
    sure = [
        Coded(page.number, page.printed_id, page.template_page)
        for page in pages
        if page.printed_id and page.template_page
    ]
    others = [seen(page) for page in pages if not page.code]
    doubted = {page.number for page in pages if page.code and not page.printed_id}
    sorted_ = sort_coded(sure, others, (), len(print_.pages), print_.unplaceable)
    return Formed.of_codes(sorted_, doubted, blank)
