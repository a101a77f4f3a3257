"""The text of a graded copy from elsewhere, read as an exam file to begin with.

What a student's report shows is a head for each question, `Question 1.1 a 2 / 2`, and below it its
items, `✓ - 1 pts Slip`: enough for an outline with its rubric, though not for regions. Lines
are told by their shape; what is neither goes on with the item above it. A head's number has
to follow the one before, as an exam file's do; a line that is a head but for that is named, lest a
question be lost in an item's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradebook.outline import OutlineError
from gradebook.plans import number
from gradebook.points import hundredths

MOST_TEXT = 2 << 20  # letters
MOST_DOUBTS = 10
POINTS = r"\d{1,5}(?:\.\d{1,2})?"
UNIT = r"(?:pts?|points?)"
SCORE = rf"(?:[-−–—]|[-−–]?{POINTS}) ?/ ?(?P<points>{POINTS})(?P<unit> ?{UNIT})?"
# A score alone is no head: the 2 of “2 / 4 pts” is no number, nor is the 1 of “12 / 20”.
HEAD = re.compile(
    r"(?P<word>question )?(?P<number>\d{1,3}(?:\.\d{1,3}){0,4})[.:]?(?= |$)"
    rf"(?: (?P<words>(?!/).*?))??(?: ?{SCORE})?",
    re.IGNORECASE,
)
TITLE = re.compile(rf"(?P<words>.*?) ?{SCORE}", re.IGNORECASE)
ITEM = re.compile(
    rf"(?P<mark>[✓✔☑√✗✘☒☐] ?)?(?P<sign>[+\-−–])? ?(?P<points>{POINTS}) ?{UNIT}\b"
    r"[.:]?(?: (?P<text>.*))?",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"\(?(?:[a-z]|[ivx]{1,5}|\d{1,2})\)?(?: ?\((?:[ivx]{1,5}|[a-z]|\d)\))?", re.IGNORECASE
)
# A grader's words to one student begin with a bubble or a bulb; an adjustment is theirs as well.
SAID = re.compile(
    r"[\U0001f4a1\U0001f4ac\U0001f5e8\U0001f5e9\U0001f4dd]|(?:grading )?comments?:", re.IGNORECASE
)
ADJUSTED = re.compile(r"(?:point |submission specific )?adjustments?\b", re.IGNORECASE)
PAGES = re.compile(r"(?:no )?questions? assigned to the following page", re.IGNORECASE)
UNDESCRIBED = re.compile(r"\[?click here to (?:replace|describe) .*", re.IGNORECASE)


@dataclass
class _Node:
    """A question as it is being read; points in hundredths, None until a score was seen."""

    number: str
    words: list[str]  # line by line
    points: int | None = None
    items: list[_Item] = field(default_factory=list)
    parts: list[_Node] = field(default_factory=list)


@dataclass
class _Item:
    points: int
    sign: str
    text: list[str]  # line by line


def read_text(text: str) -> dict[str, Any]:
    """Return an exam file's content. Raises OutlineError if no question is found in the text."""
    if len(text) > MOST_TEXT:
        raise OutlineError(["The text is longer than two million letters, too long for a copy."])
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    nodes = _nodes(lines)
    if not any(node.points is not None for node in nodes):
        raise OutlineError(
            [
                "No question was found in this text. Heads as “Question 1.1 a 2 / 2” are looked "
                "for; a PDF of pictures has none: copy the text of the page into a file instead."
            ]
        )
    roots = _tree(nodes)
    leaves = [node for node in nodes if not node.parts]
    positive = _adds(item for leaf in leaves for item in leaf.items)
    return {
        **_name(lines),
        "scoring": "positive" if positive else "negative",
        "questions": [_question(node, positive) for node in roots],
    }


def _nodes(lines: Sequence[str]) -> list[_Node]:
    found: list[_Node] = []
    doubts: list[str] = []
    said = False  # a comment goes on until the next item or head
    for place, line in enumerate(lines, start=1):
        if found and PAGES.match(line):
            break
        if (doubt := _doubt(line, found)) and len(doubts) < MOST_DOUBTS:
            doubts.append(f"Line {place}: {doubt}")
        if node := _head(line, found):
            found.append(node)
            said = False
        elif not line or not found:
            continue
        elif found[-1].points is None and (title := TITLE.fullmatch(line)):
            found[-1].words.append(title["words"])
            found[-1].points = hundredths(title["points"])
        elif item := _item(line):
            said = bool(ADJUSTED.match(item.text[0]))
            found[-1].items += [] if said else [item]
        elif SAID.match(line):
            said = True
        elif not said:
            _go_on(found[-1], line)
    if doubts:
        raise OutlineError(doubts)
    return found


def _head(line: str, found: Sequence[_Node]) -> _Node | None:
    match = _like_head(line)
    if match is None:
        return None
    number, last = match["number"], found[-1].number if found else ""
    if not _follows(number, last) and not (_plain(match) and _after(number, last)):
        return None
    points = None if match["points"] is None else hundredths(match["points"])
    return _Node(number, [match["words"] or ""], points)


def _like_head(line: str) -> re.Match[str] | None:
    match = HEAD.fullmatch(line)
    return match if match and (match["points"] is not None or match["word"]) else None


def _plain(match: re.Match[str]) -> bool:
    """Whether words that go on with an item would hardly look like this head."""
    return bool(match["points"] is not None and (match["word"] or match["unit"]))


def _doubt(line: str, found: Sequence[_Node]) -> str:
    """Say so if this line looks like a head whose number does not come next."""
    match = _like_head(line)
    last = found[-1].number if found else ""
    if match is None or _follows(match["number"], last):
        return ""
    if not _plain(match) and not _after(match["number"], last):
        return ""
    shown = line if len(line) <= 80 else f"{line[:79]}…"
    behind = f"comes after {last}" if last else "is the first one"
    return (
        f"“{shown}” looks like the head of question {match['number']}, but {behind} here. Put in "
        "the heads that are missing before it, as “Question 2 Title 0 / 5 pts”, or give it the "
        "number that comes next. If it is no head, join it to the line above."
    )


def _pieces(number: str) -> list[int]:
    return [int(piece) for piece in number.split(".")] if number else []


def _after(number: str, before: str) -> bool:
    return _pieces(number) > _pieces(before)


def _follows(number: str, before: str) -> bool:
    """Whether this number may come next: its first part, or the next one on any level above."""
    now, last = _pieces(number), _pieces(before)
    shared = now[:-1]
    if now[-1] == 1 and (shared == last or (not last and set(shared) <= {1})):
        return True
    # A group that has no head of its own: 1.7 is followed by 2.1.
    if last and len(now) > 1 and now[1:] == [1] * (len(now) - 1):
        return now[0] == last[0] + 1
    return (
        bool(last)
        and shared == last[: len(shared)]
        and now[-1] == (last[len(shared) :] or [0])[0] + 1
    )


def _item(line: str) -> _Item | None:
    match = ITEM.fullmatch(line)
    if match is None or not (match["sign"] or match["mark"] or match["points"] in {"0", "0.0"}):
        return None
    sign = "+" if match["sign"] == "+" else "-"
    points = hundredths(match["points"])
    text = (match["text"] or "").strip()
    return _Item(
        points if sign == "+" else -points, sign, ["" if UNDESCRIBED.fullmatch(text) else text]
    )


def _go_on(node: _Node, line: str) -> None:
    """A line that is neither head nor item goes on with what stands above it."""
    if node.items:
        node.items[-1].text.append(line)
    elif node.points is None:
        node.words.append(line)


def _joined(lines: Sequence[str]) -> str:
    return " ".join(filter(None, lines))


def _tree(nodes: Sequence[_Node]) -> list[_Node]:
    roots: list[_Node] = []
    known: dict[str, _Node] = {}
    for node in nodes:
        above = node.number.rpartition(".")[0]
        known[node.number] = node
        while above and above not in known:
            parent = known[above] = _Node(above, [])
            parent.parts.append(node)
            node, above = parent, above.rpartition(".")[0]
        (known[above].parts if above else roots).append(node)
    return roots


def _adds(items: Iterator[_Item]) -> bool:
    """Whether items give points: some do, and none takes any."""
    moved = [item.points for item in items]
    return any(points > 0 for points in moved) and not any(points < 0 for points in moved)


def _question(node: _Node, positive: bool) -> dict[str, Any]:
    label, title = _words(_joined(node.words))
    data: dict[str, Any] = {"number": node.number, "label": label, "title": title}
    if node.points is not None:
        data["points"] = number(node.points)
    if node.parts:
        return {**data, "parts": [_question(part, positive) for part in node.parts]}
    moves = any(item.points for item in node.items)
    if moves and _adds(iter(node.items)) != positive:
        data["scoring"] = "negative" if positive else "positive"
    if node.items:
        data["rubric"] = [
            {"text": _joined(item.text), "points": number(item.points)} for item in node.items
        ]
    return data


def _words(words: str) -> tuple[str, str]:
    """Tell a label, as “a” or “c(ii)”, from a title; one may stand before the other."""
    if LABEL.fullmatch(words):
        return words, ""
    first, _, rest = words.partition(" ")
    if rest and "(" in first and LABEL.fullmatch(first):
        return first, rest
    return "", words[:300]


def _name(lines: Sequence[str]) -> dict[str, str]:
    """The exam's name is the first line, unless the text begins with a question."""
    first = next((line for line in lines if line), "")
    return {} if _head(first, []) or not first else {"exam": first[:200]}
