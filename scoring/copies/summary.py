"""The graded copy's first pages: what the paper got, item by item, typeset.

`view` decides everything that is shown, as strings and flags; ``summary.typ`` lays it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from gradebook.points import points_text, signed_text
from scoring.copies.emoji import leading_emoji
from scoring.copies.texts import blocks, formulae, inline, one_line
from scoring.copies.typesetting import pictures, typeset
from scoring.results import Line, Part, Result, Scoring, worth_showing

A4 = (595.28, 841.89)
# Parts up to so many lines are kept on one page; a third of a page at most is left empty.
_SHORT = 18
_LINE = 88
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_](?:[A-Za-z]{4}[-_])?([A-Za-z]{2})\b.*)?")


def draw_summary(result: Result, *, size: tuple[float, float] = A4) -> bytes:
    """The summary as a tagged PDF, on paper of `size` points; the same result, the same bytes."""
    return typeset("summary.typ", view(result, size), at=graded_time(result))


def view(result: Result, size: tuple[float, float]) -> dict[str, Any]:
    """What the template shows, nothing left to decide but the layout."""
    lang, region = language(result.language)
    place = " · ".join(filter(None, (one_line(result.course), one_line(result.term))))
    sid, student = one_line(result.sid), one_line(result.student)
    questions = [_part(part, result, (n,)) for n, part in enumerate(result.questions)]
    exam = one_line(result.exam) or "Exam"
    return {
        "width": size[0],
        "height": size[1],
        "lang": lang,
        "region": region,
        "title": " · ".join(filter(None, (exam, student, sid))),
        "footer": " · ".join(filter(None, (exam, student, sid))),
        "exam": exam,
        "course": f"{place} · " if place else "",
        "student": student or f"paper {result.submission}",
        "sid": f" · {sid}" if sid else "",
        "score": points_text(result.score),
        "points": points_text(result.points),
        "waiting": _waiting(result),
        "questions": questions,
        "formulae": pictures(formulae([_trees(questions)])),
    }


def language(tag: str) -> tuple[str, str | None]:
    """Language and region of a tag such as "pt-BR"; English when it is no tag."""
    found = _LANGUAGE.fullmatch(tag.strip())
    if found is None:
        return "en", None
    return found[1].lower(), found[2].upper() if found[2] else None


def graded_time(result: Result) -> datetime:
    """When the paper was graded, as the PDF's date; the epoch when nobody knows."""
    try:
        time = datetime.fromisoformat(result.graded_at or "")
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def anchor(path: Sequence[int]) -> str:
    """The name of a question's place in the PDF: its indices down the outline."""
    return "part-" + "-".join(str(index) for index in path)


def leaves(parts: Iterable[Part]) -> Iterator[Part]:
    """The questions that are graded: those without parts."""
    for part in parts:
        if part.parts:
            yield from leaves(part.parts)
        else:
            yield part


def _waiting(result: Result) -> str | None:
    """How many answers the total lacks, or None."""
    count = sum(1 for part in leaves(result.questions) if part.score is None)
    if not count:
        return None
    return "1 answer is not graded yet" if count == 1 else f"{count} answers are not graded yet"


def _part(part: Part, result: Result, path: tuple[int, ...]) -> dict[str, Any]:
    label, number = one_line(part.label), one_line(part.number)
    lines = _lines(part, result)
    return {
        "anchor": anchor(path),
        "name": f"{number} {label}" if label and label != number else number,
        "title": inline(one_line(part.title)),
        "graded": part.score is not None,
        "score": points_text(part.score or 0),
        "points": points_text(part.points),
        "bonus": part.bonus and part.title.strip().lower() != "bonus",
        "lines": lines,
        "adjustment": _adjustment(part.adjustment),
        "comments": [_comment(comment) for comment in part.comments if comment.strip()],
        "solution": _solution(part),
        "short": _height(part, len(lines)) <= _SHORT,
        "parts": [_part(child, result, (*path, n)) for n, child in enumerate(part.parts)],
    }


def _lines(part: Part, result: Result) -> list[dict[str, Any]]:
    """The items this exam shows; a group is named above the first of its items."""
    if result.rubric_shown == "none":
        return []
    shown = [
        item
        for item in part.items
        if worth_showing(item) and (item.applied or result.rubric_shown == "all")
    ]
    before = ["", *(item.group for item in shown)]
    return [
        _line(item, part.scoring or result.scoring, item.group if item.group != last else "")
        for item, last in zip(shown, before, strict=False)
    ]


def _line(item: Line, scoring: Scoring, group: str) -> dict[str, Any]:
    return {
        "applied": item.applied,
        "points": signed_text(item.points, scoring),
        "sign": "minus" if (item.points or 0) < 0 else "plus",
        "text": inline(item.text),
        "group": one_line(group) or None,
    }


def _adjustment(hundredths: int) -> dict[str, str] | None:
    if not hundredths:
        return None
    sign = "minus" if hundredths < 0 else "plus"
    return {"points": signed_text(hundredths), "sign": sign}


def _solution(part: Part) -> dict[str, Any] | None:
    """How the part is solved: its words, and what to look for at the end of the copy."""
    if part.solution is None:
        return None
    count = part.solution.pages
    pages = "1 page" if count == 1 else f"{count} pages"
    where = f"{pages} at the end, see the bookmarks" if part.solution.sha else None
    return {"blocks": blocks(part.solution.text), "where": where}


def _comment(comment: str) -> dict[str, Any]:
    mark, text = leading_emoji(comment)
    return {"mark": mark, "blocks": blocks(text)}


def _height(part: Part, shown: int) -> int:
    """About how many lines a part takes."""
    texts = [item.text for item in part.items[:shown]]
    for comment in part.comments:
        texts += ["", *comment.split("\n")]
    if part.solution is not None:
        texts += ["", *part.solution.text.split("\n")]
    return 1 + sum(1 + len(text) // _LINE for text in texts)


def _trees(views: Sequence[dict[str, Any]]) -> list[Any]:
    """Every run of text of the views, to look for formulae in."""
    found: list[Any] = []
    for one in views:
        found.append(one["title"])
        found += [line["text"] for line in one["lines"]]
        found += [comment["blocks"] for comment in one["comments"]]
        found += [one["solution"]["blocks"]] if one["solution"] else []
        found.append(_trees(one["parts"]))
    return found
