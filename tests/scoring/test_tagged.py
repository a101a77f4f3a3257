"""What a machine can check of PDF/UA in a graded copy, as the Matterhorn Protocol lists it.

Numbers in brackets are its checkpoints. The summary alone must meet all of them and says so; the
joined copy meets them as well, but makes no claim for pages that came from a scanner.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pdfua
import pikepdf
import pytest

from scoring.copies.document import draw_copy
from scoring.copies.summary import draw_summary
from scoring.results import Solution
from tests.scoring.papers import midterm, scan
from tests.scoring.test_document import RESULT, SHEETS

SHOWS = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "EI"}


def solved() -> tuple[Any, dict[str, bytes]]:
    first, *others = RESULT.questions
    told = replace(first, solution=Solution("Like *this*: $x^2$", "s" * 64, 1))
    return replace(RESULT, questions=(told, *others)), {"s" * 64: scan()}


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    result, solutions = solved()
    return {
        "summary": draw_summary(midterm()),
        "copy": draw_copy(RESULT, SHEETS),
        "with a solution": draw_copy(result, SHEETS, solutions),
        "without pages": draw_copy(midterm(), []),
    }


@pytest.fixture(params=["summary", "copy", "with a solution", "without pages"])
def pdf(made, request) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(made[request.param])) as opened:
        yield opened


# Headings: this release looks for an alternative text in what is a list, and stops. They are
# looked at below.
NOT_RUN = {"UA-14-001"}


@pytest.mark.parametrize("which", ["summary", "copy", "with a solution", "without pages"])
def test_a_validator_finds_nothing(made, which, tmp_path: Path):
    """It checks 16 of the rules of PDF/UA-1; the tests below others that a copy can break."""
    file = tmp_path / "copy.pdf"
    file.write_bytes(made[which])

    report = pdfua.validate(str(file))

    assert report.findings == ()
    assert {one.rule_id for one in report.skipped} <= NOT_RUN
    assert len(report.outcomes) >= 12


def test_the_validator_finds_what_is_wrong(made, tmp_path: Path):
    file = tmp_path / "copy.pdf"
    with pikepdf.open(io.BytesIO(made["copy"])) as opened:
        del opened.Root.Lang
        opened.Root.MarkInfo.Marked = False
        opened.save(file)

    found = {one.rule_id for one in pdfua.validate(str(file)).findings}

    assert {"UA-01-002", "UA-06-001"} <= found


def elements(pdf: pikepdf.Pdf) -> list[Any]:
    """Every structure element, in reading order."""
    found, waiting = [], [pdf.Root.StructTreeRoot]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Array):
            waiting += reversed(list(one))
        elif isinstance(one, pikepdf.Dictionary):
            if "/S" in one:
                found.append(one)
            if "/K" in one and one.get("/Type") not in ("/MCR", "/OBJR"):
                waiting.append(one.K)
    return found


def contents_of(page: pikepdf.Page) -> tuple[list[int], list[str]]:
    """The MCIDs a page's content is marked with, and what it shows outside of any mark."""
    open_marks: list[bool] = []
    ids, bare = [], []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BDC", "BMC"):
            facts = operands[1] if name == "BDC" else None
            if isinstance(facts, pikepdf.Dictionary) and "/MCID" in facts:
                # [01-003/004]: nothing tagged lies within an artifact, or in something tagged.
                assert not any(open_marks), "marked content within marked content"
                ids.append(int(facts.MCID))
                open_marks.append(True)
            else:
                open_marks.append(operands[0] == "/Artifact")
        elif name == "EMC":
            open_marks.pop()
        elif name in SHOWS and not any(open_marks):
            bare.append(name)
    assert not open_marks
    return ids, bare


def test_all_content_is_tagged_or_an_artifact(pdf):
    """[01-005]"""
    assert [contents_of(page)[1] for page in pdf.pages] == [[] for _ in pdf.pages]


def test_each_mark_belongs_to_one_element_that_says_so_too(pdf):
    """[01, 09]: ParentTree, MCIDs and the elements' own kids tell the same."""
    tree = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
    keys = [int(page.obj.StructParents) for page in pdf.pages if "/StructParents" in page.obj]
    assert len(keys) == len(set(keys)) == len(pdf.pages)
    assert int(pdf.Root.StructTreeRoot.get("/ParentTreeNextKey", max(tree) + 1)) > max(tree)
    for page in pdf.pages:
        ids, _ = contents_of(page)
        parents = tree[int(page.obj.StructParents)]
        assert len(ids) == len(set(ids))
        for mcid in ids:
            assert mcid in kids_on(parents[mcid], page), (mcid, parents[mcid].S)


def kids_on(element: Any, page: pikepdf.Page) -> set[int]:
    """The MCIDs that an element claims on a page."""
    found = set()
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            where = kid.get("/Pg", element.get("/Pg"))
            if kid.get("/Type") == "/MCR" and where.objgen == page.obj.objgen:
                found.add(int(kid.MCID))
        elif element.Pg.objgen == page.obj.objgen:
            found.add(int(kid))
    return found


def test_every_element_has_a_parent_that_holds_it(pdf):
    for one in elements(pdf):
        kids = one.P.K
        held = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
        assert any(isinstance(kid, pikepdf.Dictionary) and same(kid, one) for kid in held), one.S


def same(one: Any, other: Any) -> bool:
    return bool(one.objgen == other.objgen and one.objgen != (0, 0)) or bool(one == other)


def test_headings_begin_at_one_and_skip_no_level(pdf):
    """[14-002, 14-003, 14-006]"""
    names = [str(one.S) for one in elements(pdf)]
    levels = [int(name[2:]) for name in names if re.fullmatch("/H[1-6]", name)]

    assert levels[0] == 1
    assert all(now <= before + 1 for before, now in pairwise(levels))
    assert "/H" not in names


def test_every_figure_and_formula_has_words(pdf):
    """[13-004, 17-002]"""
    silent = [
        one
        for one in elements(pdf)
        if one.S in ("/Figure", "/Formula")
        and not str(one.get("/Alt", one.get("/ActualText", ""))).strip()
    ]
    assert silent == []


def test_lists_and_tables_are_built_of_what_belongs_in_them(pdf):
    """[09-004, 09-005, 09-006]"""
    for one in elements(pdf):
        parent = one.P
        if one.S in ("/LI", "/Lbl", "/LBody", "/TR", "/TH", "/TD") and "/S" in parent:
            assert (
                str(parent.S)
                in {
                    "/LI": {"/L"},
                    "/Lbl": {"/LI", "/Note", "/Reference"},
                    "/LBody": {"/LI"},
                    "/TR": {"/Table", "/THead", "/TBody", "/TFoot"},
                    "/TH": {"/TR"},
                    "/TD": {"/TR"},
                }[str(one.S)]
            )


def test_types_are_standard_and_mapped_in_no_circle(pdf):
    """[02-001, 02-003]"""
    mapped = pdf.Root.StructTreeRoot.get("/RoleMap", {})
    standard = {
        *("/Document", "/Part", "/Sect", "/Div", "/P", "/H1", "/H2", "/H3", "/H4", "/H5", "/H6"),
        *("/L", "/LI", "/Lbl", "/LBody", "/Table", "/TR", "/TH", "/TD", "/THead", "/TBody"),
        *("/Span", "/Quote", "/BlockQuote", "/Code", "/Figure", "/Formula", "/Link", "/Note"),
        *("/Art", "/NonStruct", "/Caption", "/TFoot", "/Reference"),
    }
    for name in {str(one.S) for one in elements(pdf)}:
        assert name in standard or str(mapped.get(name)) in standard, name
    assert not standard & {str(name) for name in dict(mapped)}


def test_the_file_says_that_it_is_tagged_its_language_and_its_title(pdf):
    """[06-001, 06-003, 07-001, 07-002, 11-006]"""
    root = pdf.Root
    assert root.MarkInfo.Marked
    assert not root.MarkInfo.get("/Suspects", False)
    assert str(root.Lang)
    assert root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as meta:
        assert meta["dc:title"]


def test_every_font_is_embedded_and_says_which_letters_it_has(pdf):
    """[31-009, 31-027]"""
    fonts = [
        one
        for one in pdf.objects
        if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font"
    ]
    for font in fonts:
        if font.Subtype == "/Type3":
            assert "/CharProcs" in font  # emoji: pictures, each drawn in the file itself
        elif "/FontDescriptor" in font:
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())
        elif font.Subtype == "/Type0":
            assert "/ToUnicode" in font
    assert fonts


def test_nothing_waits_untagged_acts_or_is_locked(pdf):
    """[28-002, 28-008, 26-001, 29-001]: annotations, tab order, encryption, scripts."""
    for page in pdf.pages:
        for one in page.obj.get("/Annots", []):
            assert "/StructParent" in one
            assert page.obj.get("/Tabs") == "/S"
    assert not pdf.is_encrypted
    assert "/OpenAction" not in pdf.Root
    assert "/XFA" not in pdf.Root.get("/AcroForm", {})


def test_every_embedded_file_has_both_its_names(pdf):
    """[21-001]"""
    for name in pdf.attachments:
        spec = pdf.attachments[name].obj
        assert str(spec.F) == str(spec.UF) == name


def test_the_summary_alone_claims_it(made):
    """[05-001]"""

    def claim(data: bytes) -> str | None:
        with pikepdf.open(io.BytesIO(data)) as pdf, pdf.open_metadata() as meta:
            return meta.get("pdfuaid:part")

    assert claim(made["summary"]) == "1"
    assert claim(made["copy"]) is None
