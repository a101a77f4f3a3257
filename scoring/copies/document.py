"""The whole graded copy: summary, then the scanned pages as they came, with what was drawn on them.

The scans' own streams are copied byte for byte; a page only gains a content stream. Nothing is
decoded, so a crafted scan cannot make this slow, and the copy is as large as the scans.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from io import BytesIO
from types import MappingProxyType
from typing import Any

import pikepdf
from pikepdf import (
    Array,
    AttachedFileSpec,
    Dictionary,
    Name,
    ObjectStreamMode,
    Pdf,
    StreamDecodeLevel,
)

from scoring.copies.navigation import (
    Solved,
    add_bookmarks,
    solved_parts,
    tag_pages,
    told_of_scans,
    told_of_solutions,
)
from scoring.copies.overlay import Frame, draw_overlays
from scoring.copies.sheets import add, close
from scoring.copies.summary import A4, draw_summary, graded_time
from scoring.copies.texts import one_line
from scoring.results import PageSheet, Result, to_json

# Raised when the same result is to be drawn anew because the drawing changed.
LAYOUT = 3
LETTER = (612.0, 792.0)
# What the summary's metadata say of the summary alone. It is PDF/UA; of pages that came from
# elsewhere nobody can promise that.
_SUMMARY_ONLY = (
    "{http://www.aiim.org/pdfua/ns/id/}part",
    "{http://ns.adobe.com/xap/1.0/t/pg/}NPages",
    "{http://ns.adobe.com/xap/1.0/mm/}InstanceID",
)


def draw_copy(
    result: Result, sheets: Sequence[bytes], solutions: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    """The graded copy. `sheets` are one-page PDFs in the order of ``result.pages``.

    `solutions` are the PDFs that ``Solution.sha`` names.

    ValueError when their number differs or one of them cannot be opened.
    """
    return assemble(result, draw_summary(result, size=_paper(sheets)), sheets, solutions)


def digest(result: Result, shas: Sequence[str]) -> str:
    """What the copy depends on, as a hash: the same digest, the same copy, nothing to redo."""
    told = [LAYOUT, to_json(result), list(shas)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def assemble(
    result: Result,
    summary: bytes,
    sheets: Sequence[bytes],
    solutions: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """Summary and scanned pages as one PDF; the same input gives the same bytes.

    ValueError when there is not one sheet for every page, or one of them cannot be opened.
    """
    if len(sheets) != len(result.pages):
        raise ValueError(f"{len(sheets)} sheets for {len(result.pages)} pages")
    with ExitStack() as stack:
        # The summary is the base, as only the base keeps its tags. Sources stay open until saved.
        pdf = stack.enter_context(Pdf.open(BytesIO(summary)))
        first = len(pdf.pages)
        frames = []
        for sheet, data in zip(result.pages, sheets, strict=True):
            source = stack.enter_context(_opened(data, sheet))
            frames.append(_append(pdf, source, sheet.turn))
        drawings, places = draw_overlays(result, frames)
        if drawings:
            drawn = stack.enter_context(Pdf.open(BytesIO(drawings)))
            for index, (frame, place) in enumerate(zip(frames, places, strict=True)):
                if place is not None:
                    form = _form(pdf, drawn, place)
                    _lay(pdf.pages[first + index], form, frame)
        solved = _append_solutions(pdf, result, solutions, stack)
        tag_pages(pdf, first, [*told_of_scans(result), *told_of_solutions(solved)])
        add_bookmarks(pdf, result, first, solved)
        _describe(pdf, result)
        _attach(pdf, result)
        return _saved(pdf)


def _paper(sheets: Sequence[bytes]) -> tuple[float, float]:
    """The summary's paper: Letter among Letter pages, else A4."""
    if not sheets:
        return A4
    try:
        with Pdf.open(BytesIO(sheets[0])) as source:
            box = source.pages[0].cropbox
            sides = sorted((abs(float(box[2] - box[0])), abs(float(box[3] - box[1]))))
    except (pikepdf.PdfError, IndexError, TypeError, ValueError):
        return A4
    return LETTER if sides[1] / max(sides[0], 1) < 1.35 else A4


def _opened(data: bytes, sheet: PageSheet) -> Pdf:
    try:
        pdf = Pdf.open(BytesIO(data))
        count = len(pdf.pages)
    except pikepdf.PdfError as error:
        raise ValueError(f"the scan of {_called(sheet)} is damaged") from error
    if not count:
        raise ValueError(f"the scan of {_called(sheet)} is empty")
    return pdf


def _called(sheet: PageSheet) -> str:
    return f"page {sheet.number}" if sheet.number else "an extra page"


def _append(pdf: Pdf, source: Pdf, turn: int) -> Frame:
    """Add the sheet's page at the end, upright; where it lies."""
    close(source.pages[0])
    if "/Annots" in source.pages[0].obj:
        # Ink of a tablet is an annotation: what it shows becomes part of the page.
        source.flatten_annotations()
    page = add(pdf, source.pages[0])
    frame = _frame(page, turn)
    page.obj["/Rotate"] = frame.turn
    return frame


def _append_solutions(
    pdf: Pdf, result: Result, solutions: Mapping[str, bytes], stack: ExitStack
) -> list[Solved]:
    """Add the solutions that are PDFs at the end, each once; which part's is where."""
    starts: dict[str, tuple[int, int]] = {}
    solved = []
    for name, sha in solved_parts(result):
        if sha not in starts:
            if sha not in solutions:
                raise ValueError(f"the solution of {name} is not there")
            try:
                source = stack.enter_context(Pdf.open(BytesIO(solutions[sha])))
            except pikepdf.PdfError as error:
                raise ValueError(f"the solution of {name} is damaged") from error
            starts[sha] = len(pdf.pages), len(source.pages)
            for page in source.pages:
                close(page)
                add(pdf, page)
            solved.append(Solved(name, *starts[sha], again=False))
        else:
            solved.append(Solved(name, *starts[sha], again=True))
    return solved


def _frame(page: pikepdf.Page, turn: int) -> Frame:
    """What a viewer shows of a page: the crop box within the media box, turned."""
    media, crop = _box(page.mediabox), _box(page.cropbox)
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right - left < 1 or top - bottom < 1:
        left, bottom, right, top = media
    rotate = int(page.obj.get("/Rotate", 0)) + turn
    width, height = max(right - left, 1.0), max(top - bottom, 1.0)
    return Frame(left, bottom, width, height, round(rotate / 90) * 90 % 360)


def _box(box: Array) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(value) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _form(pdf: Pdf, drawn: Pdf, number: int) -> Any:
    """A page of the drawings as a form of `pdf`; its compressed stream is taken as it is."""
    page = drawn.pages[number].obj
    resources = page.Resources
    if not resources.is_indirect:
        resources = page.Resources = drawn.make_indirect(resources)
    form = pdf.copy_foreign(page.Contents)
    form.Type, form.Subtype = Name.XObject, Name.Form
    form.BBox = Array(list(page.MediaBox))
    form.Resources = pdf.copy_foreign(resources)
    return form


def _lay(page: pikepdf.Page, form: Any, frame: Frame) -> None:
    """Draw the form over the page, upright."""
    name = _free_name(page)
    page.add_resource(form, Name.XObject, name)
    matrix = " ".join(f"{number:.6f}".rstrip("0").rstrip(".") for number in frame.matrix)
    page.contents_add(f"q {matrix} cm {name} Do Q\n".encode())


def _free_name(page: pikepdf.Page) -> Name:
    taken = page.obj.get("/Resources", Dictionary()).get("/XObject", Dictionary())
    number = next(n for n in range(len(taken) + 1) if f"/Marginalia{n}" not in taken)
    return Name(f"/Marginalia{number}")


def _describe(pdf: Pdf, result: Result) -> None:
    """Title, subject and dates, for people and for machines."""
    title = str(pdf.docinfo.get("/Title", one_line(result.exam)))
    subject = f"Graded copy of paper {result.submission}"
    pdf.docinfo["/Subject"] = subject
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
        meta["dc:title"] = title
        meta["dc:description"] = subject
        for key in _SUMMARY_ONLY:
            if key in meta:
                del meta[key]


def _attach(pdf: Pdf, result: Result) -> None:
    """The result as JSON inside the copy, for programs."""
    # A lone surrogate has no UTF-8, but its escape is the one JSON itself has.
    text = json.dumps(to_json(result), ensure_ascii=False, separators=(",", ":"))
    data = text.encode("utf-8", "backslashreplace")
    time = pikepdf.models.metadata.encode_pdf_date(graded_time(result))
    spec = AttachedFileSpec(
        pdf,
        data,
        filename="result.json",
        description="The result, for programs to read",
        mime_type="application/json",
        creation_date=time,
        mod_date=time,
        relationship=Name.Data,
    )
    stream = spec.get_file().obj
    stream.write(zlib.compress(data), filter=Name.FlateDecode)
    pdf.attachments["result.json"] = spec
    pdf.Root.AF = Array([spec.obj])


def _saved(pdf: Pdf) -> bytes:
    """The bytes, every stream as it came; the file's ID is a hash of its content."""
    out = BytesIO()
    pdf.save(
        out,
        stream_decode_level=StreamDecodeLevel.none,
        compress_streams=False,
        object_stream_mode=ObjectStreamMode.preserve,
        deterministic_id=True,
    )
    return out.getvalue()
