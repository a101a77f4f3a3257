"""`./run damage [first seed] [count]`: many damaged batches, and what became of their pages."""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.submissions.batches import Batch
    from tests.submissions.stack_damage import Leaf
    from tests.submissions.verdicts import Verdict

OUTCOMES = ("right", "waits", "wrong", "silent", "lost")
Rates = Mapping[str, Counter[str]]


def rows_of(leaf: Leaf) -> Iterator[str]:
    """The rows a leaf counts in: what befell its paper's order, or else the leaf itself."""
    if leaf.kind == "back":
        yield "an empty back"
    elif leaf.kind != "page":
        yield f"a {leaf.kind}'s page itself"
    elif leaf.stirred:
        yield from (f"paper: {name}" for name in leaf.stirred)
    else:
        yield from (f"page: {name}" for name in leaf.damages)
        if not leaf.damages:
            yield "nothing at all"


def count(rates: dict[str, Counter[str]], batch: Batch, verdict: Verdict) -> None:
    """Add a batch to the rates."""
    for leaf, outcome in zip(batch.leaves, verdict.outcomes, strict=True):
        for row in {*rows_of(leaf), "all scans"}:
            rates[row][outcome] += 1


def table(rates: Rates) -> str:
    """The rates as Markdown."""
    lines = [f"| what befell it | scans | {' | '.join(OUTCOMES)} |", "|---" * 7 + "|"]
    for row in sorted(rates, key=lambda row: (row.partition(":")[0], row)):
        found = rates[row]
        lines.append(f"| {row} | {found.total()} | {' | '.join(str(found[o]) for o in OUTCOMES)} |")
    return "\n".join(lines)


def main(first: int = 0, many: int = 200) -> None:
    """Look at batches by seed; name each that places a page wrongly or loses one."""
    from tests.submissions.batches import batch, formed, looked_at
    from tests.submissions.layouts import layout
    from tests.submissions.verdicts import judged

    rates: dict[str, Counter[str]] = defaultdict(Counter)
    shifted = 0
    for seed in range(first, first + many):
        made = batch(seed)
        papers = formed(made, looked_at(made))
        verdict = judged(made.leaves, papers, layout(made.layout).print_.unplaceable)
        count(rates, made, verdict)
        shifted += len(verdict.shifted)
        for at, outcome in enumerate(verdict.outcomes):
            if outcome in ("wrong", "silent", "lost"):
                print(f"{seed} ({made.layout}) scan {at + 1}: {outcome}; {made.leaves[at]}")
    print(
        f"\n{many} batches from seed {first}; papers shifted though nothing befell them: {shifted}"
    )
    print(table(rates))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    django.setup()
    main(*map(int, sys.argv[1:3]))
