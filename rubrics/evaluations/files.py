"""Reading a ZIP of evaluations: bytes in, parts with their items and rows out.

Gradescope's files say a deduction's points as they act or as what is taken, and mostly not what a
part is out of. Both follow from the rows: what makes most of their scores come out is meant.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, NamedTuple

from gradebook.guarded import as_meant
from gradebook.models import Scoring
from gradebook.models.question import Rule
from gradebook.plans import GroupPlan, ItemPlan, RubricPlan
from gradebook.points import hundredths
from gradebook.sent import storable
from rubrics.edits import LONGEST_TEXT, MOST_ITEMS
from rubrics.evaluations.tables import BadFile, Listed, Table, Watch, tables
from rubrics.grading import LONGEST_COMMENT
from rubrics.points import score

LAST = ["Adjustment", "Comments", "Grader", "Tags"]
LEGEND = ("Rubric Numbers", "Point Values", "Rubric Type", "Scoring Method")
GROUP = re.compile(r"(?P<kind>Pick one|Group): (?P<text>.+)", re.DOTALL)


class Row(NamedTuple):
    """One paper's evaluation. Points in hundredths; `score` None where nobody graded."""

    line: int
    name: str
    sid: str
    email: str
    score: int | None
    applied: tuple[int, ...]  # places among the items
    adjustment: int | None
    comment: str


@dataclass(frozen=True)
class Part:
    """One file of the ZIP. Items in the order of their columns; `groups` say what each is in."""

    number: str
    title: str
    items: tuple[ItemPlan, ...]
    groups: tuple[tuple[str, bool] | None, ...]
    rule: Rule
    rows: tuple[Row, ...]
    guessed: bool = False  # the file says neither what it is out of nor which way points act
    told: bool = True  # the file says whether it is scored negatively or positively
    problems: tuple[str, ...] = field(default=())

    def order(self) -> list[int]:
        """Return the items' places as in a rubric: a group stands where its first item does."""
        first: dict[object, int] = {}
        for place, group in enumerate(self.groups):
            first.setdefault(group or place, place)
        return sorted(
            range(len(self.items)), key=lambda place: (first[self.groups[place] or place], place)
        )

    def rubric(self) -> RubricPlan:
        lines: dict[object, list[ItemPlan]] = {}
        for place in self.order():
            lines.setdefault(self.groups[place] or place, []).append(self.items[place])
        return tuple(
            GroupPlan(key[0], key[1], tuple(items)) if isinstance(key, tuple) else items[0]
            for key, items in lines.items()
        )


def read(file: IO[bytes], watch: Watch | None = None) -> list[Part]:
    """Read the parts of a ZIP in the order of their numbers. Raises BadFile."""
    try:
        with zipfile.ZipFile(Listed(file)) as archive:
            parts = [part for table in tables(archive, watch) if (part := read_part(table))]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError) as error:
        raise BadFile("This is no ZIP file, or a broken one. Export it once more.") from error
    if not parts:
        raise BadFile(
            "The ZIP holds no evaluations: a CSV for each question is needed, as “1.1_Title.csv”."
        )
    if twins := [n for n, count in Counter(part.number for part in parts).items() if count > 1]:
        raise BadFile(f"Two files are of question {twins[0]}. Leave one of them out.")
    return sorted(parts, key=lambda part: [int(n) for n in part.number.split(".")])


def read_part(table: Table) -> Part | None:
    """Read one file; None if it is no evaluation. Broken cells are named, never raised."""
    _, header = next(table.rows, (0, []))
    if "Submission Time" not in header or header[-len(LAST) :] != LAST:
        return None
    before = header.index("Submission Time") + 1
    texts = [as_meant(text) for text in header[before : -len(LAST)]]
    problems = _too_much(texts)
    read_rows, legend = [], dict[str, list[str]]()
    for line, cells in table.rows:
        if cells[0] in LEGEND:
            legend[cells[0]] = cells
        elif row := _row(line, cells, header, before, problems):
            read_rows.append(row)
    said = [cell.strip() for cell in legend.get("Scoring Method", [""])[1:]]
    part = Part(
        number=table.number,
        title=as_meant(said[3])[:300] if len(said) > 3 else table.title,
        items=tuple(_items(texts, legend, before)),
        groups=tuple(
            _group(as_meant(kind)) for kind in _cells(legend, "Rubric Type", before, len(texts))
        ),
        rule=_rule(said),
        rows=tuple(read_rows),
    )
    problems += _two_of_one(part)
    named = tuple(f"Question {part.number}: {each}" for each in problems[:20])
    known = len(said) > 2 and _points(said[2]) is not None
    part = replace(part, problems=named, guessed=not known, told=bool(said))
    return part if known else guess(part)


def _items(texts: Sequence[str], legend: dict[str, list[str]], before: int) -> Iterator[ItemPlan]:
    for text, points in zip(texts, _cells(legend, "Point Values", before, len(texts)), strict=True):
        yield ItemPlan(text, _points(points))


def _too_much(texts: Sequence[str]) -> list[str]:
    problems = []
    if len(texts) > MOST_ITEMS:
        problems.append(f"{len(texts)} items are too many; {MOST_ITEMS} fit.")
    for text in texts:
        if len(text) > LONGEST_TEXT or not storable(text):
            problems.append(f"the item “{text[:20]}…” is too long, or no text.")
    return problems


def _cells(legend: dict[str, list[str]], name: str, before: int, count: int) -> list[str]:
    cells = legend.get(name, [])[before : before + count]
    return [*cells, *[""] * (count - len(cells))]


def _points(text: str) -> int | None:
    try:
        return hundredths(as_meant(text)) if text.strip() else None
    except ValueError:
        return None


def _group(kind: str) -> tuple[str, bool] | None:
    match = GROUP.fullmatch(kind)
    return (match["text"][:500], match["kind"] == "Pick one") if match else None


def _two_of_one(part: Part) -> Iterator[str]:
    """Name the rows that apply two items of a group to pick one from."""
    single = {place: group for place, group in enumerate(part.groups) if group and group[1]}
    for row in part.rows:
        picked = [single[place] for place in row.applied if place in single]
        if len(picked) != len(set(picked)):
            yield f"line {row.line}: of a group to pick one from, two items apply."


def _rule(said: Sequence[str]) -> Rule:
    """Return how the part is scored; where nothing is said, as Gradescope does by default."""
    method = Scoring.POSITIVE if said and said[0].lower().startswith("pos") else Scoring.NEGATIVE
    limits = said[1] if len(said) > 1 and said[1] else "floor ceiling"
    full = _points(said[2]) if len(said) > 2 else None
    return Rule(full or 0, method, "floor" in limits, "ceiling" in limits)


def _row(
    line: int, cells: Sequence[str], header: Sequence[str], before: int, problems: list[str]
) -> Row | None:
    if len(cells) != len(header):
        problems.append(f"line {line} has {len(cells)} cells, not {len(header)}.")
        return None
    who = dict(zip(header[:before], cells, strict=False))
    names = (who.get("First Name", ""), who.get("Last Name", ""), who.get("Name", ""))
    items, (adjustment, comment, _, _) = cells[before : -len(LAST)], cells[-len(LAST) :]
    for text in (who.get("Score", ""), adjustment):
        if text.strip() and _points(text) is None:
            problems.append(f"line {line}: “{text[:20]}” is not a number of points.")
    comment = as_meant(comment)
    if len(comment) > LONGEST_COMMENT or not storable(comment):
        problems.append(f"line {line}: its comment is too long, or no text.")
    return Row(
        line,
        " ".join(as_meant(name) for name in names if name),
        as_meant(who.get("SID", "")).strip(),
        as_meant(who.get("Email", "")).strip().lower(),
        _points(who.get("Score", "")),
        tuple(place for place, cell in enumerate(items) if cell.strip().lower() == "true"),
        _points(adjustment) or None,
        comment,
    )


def scored(part: Part, row: Row) -> int:
    """Return what the row's items and adjustment come to by the part's rule."""
    applied = [part.items[place].points for place in row.applied]
    return score(part.rule, applied, row.adjustment or 0)


def guess(part: Part, rule: Rule | None = None) -> Part:
    """Say which way points act, as most rows agree, and without a rule what the part is out of.

    `rule` is how the part is scored here; if it adds where the file takes, it tells nothing. Where
    rows agree with both, most points take in negative scoring, and give in positive scoring.
    """
    scoring = rule.scoring if rule and not part.told else part.rule.scoring
    if rule and rule.scoring != scoring:
        return part
    other = tuple(replace(item, points=item.points and -item.points) for item in part.items)
    candidates = [part, replace(part, items=other)]
    candidates = [replace(each, rule=rule) if rule else _out_of(each) for each in candidates]
    graded = [row for row in part.rows if row.score is not None]
    sign = -1 if scoring == Scoring.NEGATIVE else 1

    def fitting(candidate: Part) -> tuple[int, int]:
        agreeing = sum(scored(candidate, row) == row.score for row in graded)
        return agreeing, sum((item.points or 0) * sign > 0 for item in candidate.items)

    return max(candidates, key=fitting)


def _out_of(part: Part) -> Part:
    graded = [row for row in part.rows if row.score is not None]
    most = max((row.score or 0 for row in graded), default=0)
    free = part.rule._replace(points=0, floor=False, ceiling=False)
    if part.rule.scoring == Scoring.NEGATIVE:
        # A score above zero was not clamped from below, so it says what it started from.
        starts = Counter(
            (row.score or 0) - scored(replace(part, rule=free), row) for row in graded if row.score
        )
        most = max(most, starts.most_common(1)[0][0] if starts else 0)
    return replace(part, rule=part.rule._replace(points=most))
