"""How a reader finds their way in a graded copy: bookmarks, and words for pages one cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pikepdf import Array, Dictionary, Name, NameTree, NumberTree, OutlineItem, Pdf, String

from gradebook.points import points_text
from scoring.copies.summary import anchor
from scoring.copies.texts import one_line
from scoring.results import Caption, PageSheet, Part, Result


class Solved(NamedTuple):
    """The solution of a part: where its pages begin; `again` if another part's is the same."""

    name: str
    start: int
    pages: int
    again: bool


def add_bookmarks(pdf: Pdf, result: Result, first: int, solved: Sequence[Solved] = ()) -> None:
    """A bookmark for each question, each scanned page from index `first`, and each solution."""
    dests = pdf.Root.get("/Names", Dictionary()).get("/Dests")
    places = dict(NameTree(dests)) if dests is not None else {}
    with pdf.open_outline() as outline:
        outline.root.clear()
        for number, part in enumerate(result.questions):
            outline.root.append(_bookmark(part, (number,), places))
        if result.pages:
            scans = OutlineItem("Scanned pages", first, "Fit")
            for index, sheet in enumerate(result.pages):
                title = f"{sheet_name(sheet, index)}{_answers(sheet)}"
                scans.children.append(OutlineItem(title, first + index, "Fit"))
            outline.root.append(scans)
        if solved:
            answers = OutlineItem("Solutions", solved[0].start, "Fit")
            for one in solved:
                answers.children.append(OutlineItem(one.name, one.start, "Fit"))
            outline.root.append(answers)


def tag_pages(pdf: Pdf, first: int, told: Sequence[str]) -> None:
    """Make each page from index `first` a figure with words in its place."""
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        return
    top = root.K[0] if isinstance(root.K, Array) else root.K
    tree, key = NumberTree(root.ParentTree), int(root.get("/ParentTreeNextKey", 0))
    for index, words in enumerate(told):
        page = pdf.pages[first + index]
        figure = pdf.make_indirect(_figure(page.obj, top, words))
        top.K.append(figure)
        page.obj.StructParents = key
        tree[key] = Array([figure])
        key += 1
        page.contents_add(b"/Figure <</MCID 0>> BDC\n", prepend=True)
        page.contents_add(b"\nEMC")
    root.ParentTreeNextKey = key


def told_of_scans(result: Result) -> list[str]:
    """Each scanned page in words."""
    return [_told(sheet, index) for index, sheet in enumerate(result.pages)]


def told_of_solutions(solved: Sequence[Solved]) -> list[str]:
    """Each page of the solutions in words, in their order."""
    return [
        f"Solution of {one.name}, page {number} of {one.pages}"
        for one in solved
        if not one.again
        for number in range(1, one.pages + 1)
    ]


def solved_parts(result: Result) -> list[tuple[str, str]]:
    """The parts, groups included, whose solution is a PDF: their names and its hash."""
    found: list[tuple[str, str]] = []
    waiting = list(result.questions)
    while waiting:
        part = waiting.pop(0)
        if part.solution and part.solution.sha:
            label = part.label if part.label != part.number else ""
            found.append((one_line(f"{part.number} {label}"), part.solution.sha))
        waiting = [*part.parts, *waiting]
    return found


def sheet_name(sheet: PageSheet, index: int) -> str:
    """What people call a scanned page: its number in the exam, or its place in the scan."""
    return f"Page {sheet.number}" if sheet.number else f"Extra page (scan {index + 1})"


def _figure(page: Any, parent: Any, told: str) -> Dictionary:
    return Dictionary(
        Type=Name.StructElem, S=Name.Figure, P=parent, Pg=page, K=Array([0]), Alt=String(told)
    )


def _told(sheet: PageSheet, index: int) -> str:
    """A scanned page in words: its name, its scores, what was written on it."""
    scores = [_score(caption) for caption in sheet.captions]
    notes = [one_line(ink.text) for ink in sheet.annotations if ink.text.strip()]
    name = f"{sheet_name(sheet, index)} of the paper, scanned"
    return ". ".join([name, *scores, *notes])


def _score(caption: Caption) -> str:
    name = one_line(f"{caption.part} {caption.label}")
    if caption.score is None:
        return f"{name}: not graded yet"
    return f"{name}: {points_text(caption.score)} / {points_text(caption.points)}"


def _answers(sheet: PageSheet) -> str:
    names = ", ".join(dict.fromkeys(one_line(caption.part) for caption in sheet.captions))
    return f": {names}" if names else ""


def _bookmark(part: Part, path: Sequence[int], places: dict[str, Any]) -> OutlineItem:
    label = part.label if part.label != part.number else ""
    score = "not graded yet" if part.score is None else points_text(part.score)
    if part.score is not None:
        score += f" / {points_text(part.points)}"
    item = OutlineItem(one_line(f"{part.number} {label} {part.title}") + f" · {score}")
    item.destination = places.get(anchor(path))
    item.is_closed = True
    for index, child in enumerate(part.parts):
        item.children.append(_bookmark(child, (*path, index), places))
    return item
