"""Empty pages that may be the printed page a paper lacks: faded, or faxed, to pure white.

A back is empty, and nobody asks why. But where a paper lacks one printed page, and an empty one
lies just there, a person had better look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

MAY_BE = "Page {page} of this paper is missing, and may be this empty one."


def may_be(
    placed: Mapping[int, tuple[Key, int]],
    blank: Collection[int],
    wanted: Collection[int],
    elsewhere: Collection[tuple[Key, int]] = (),
) -> dict[int, tuple[Key, int]]:
    """Return, by scan number, the place of the one missing page that lies where an empty one does.

    `placed` maps scan numbers to paper and template page; `wanted` are the pages a paper must have;
    `elsewhere` are places that pages of other files hold.
    """
    papers: dict[Key, dict[int, int]] = defaultdict(dict)
    for number, (paper, page) in placed.items():
        papers[paper][page] = number
    lacking = {
        paper: [page for page in wanted if page not in own and (paper, page) not in elsewhere]
        for paper, own in papers.items()
    }
    down = {paper for paper, own in papers.items() if _runs_down(own)}
    found: dict[int, tuple[Key, int]] = {}
    for run in _runs(blank):
        before, after = placed.get(run[0] - 1), placed.get(run[-1] + 1)
        for paper, low, high in _gaps(before, after):
            if paper in down:
                low, high = high, low
            between = [
                page
                for page in lacking[paper]
                if (low is None or page > low) and (high is None or page < high)
            ]
            if len(between) == 1:
                found |= dict.fromkeys(run, (paper, between[0]))
                break
    return found


def _gaps(
    before: tuple[Key, int] | None, after: tuple[Key, int] | None
) -> Iterator[tuple[Key, int | None, int | None]]:
    """The pages on either side in a paper, or at the end of one and the beginning of another."""
    if before and after and before[0] == after[0]:
        yield before[0], before[1], after[1]
        return
    if before:
        yield before[0], before[1], None
    if after:
        yield after[0], None, after[1]


def _runs(numbers: Collection[int]) -> Iterator[Sequence[int]]:
    """Numbers that follow each other without a gap."""
    run: list[int] = []
    for number in sorted(numbers):
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _runs_down(own: Mapping[int, int]) -> bool:
    """Whether a paper lies with its last page first."""
    numbers = [own[page] for page in sorted(own)]
    steps = [one > other for one, other in pairwise(numbers)]
    return 2 * sum(steps) > len(steps)
