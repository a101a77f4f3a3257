"""The PDF of printed papers: the template's own pages, shared by all copies, each under a stamp.

    prepare -> Papers.add for each paper -> Papers.save

Nothing of the template is drawn anew: each of its pages becomes one form XObject, which every copy
shows upright. A copy's page costs its code and little more: some 470 bytes.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pikepdf
import typst
from pikepdf import Array, Dictionary, Name, Stream

from submissions.code_places import CAP, HIGH, MODULE, QUIET, TEXT_LEFT, TEXT_SIZE, WIDE, Stamp
from submissions.page_codes import SIDE, Code, symbol
from submissions.sources import opened_pdf

_HERE = Path(__file__).parent
_CODE_CHARACTERS = "0123456789-"
Matrix = tuple[float, float, float, float, float, float]


class Word(NamedTuple):
    """Text on a page: `x` and `y` of its lower left corner in points, from the page's own lower
    left, and how much larger than 12 points it stands."""

    text: str
    x: float
    y: float
    scale: float


# The template


def prepare(template: Path, name: str, out: Path) -> None:
    """Write the template as pages that each show one form XObject, T, upright. For the sandbox.

    Whatever is no print is left out: scripts, links, attachments, bookmarks, fields.
    """
    with opened_pdf(template, name) as pdf:
        pdf.flatten_annotations("screen")
        pages = [_upright(pdf, page) for page in pdf.pages]
        del pdf.pages[:]
        for page in pages:
            pdf.pages.append(pikepdf.Page(page))
        for key in set(pdf.Root.keys()) - {"/Type", "/Pages", "/OCProperties", "/OutputIntents"}:
            del pdf.Root[key]
        del pdf.docinfo
        pdf.save(
            out,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            compress_streams=False,
            encryption=False,
            deterministic_id=True,
        )


def _upright(pdf: pikepdf.Pdf, page: pikepdf.Page) -> Dictionary:
    """A page of the size one sees, which shows nothing but the given one."""
    x0, y0, x1, y1 = box = _shown(page)
    unit, turn = float(page.obj.get("/UserUnit", 1)), page.rotation % 360
    matrix: Matrix = {
        0: (1, 0, 0, 1, -x0, -y0),
        90: (0, -1, 1, 0, -y0, x1),
        180: (-1, 0, 0, -1, x1, y1),
        270: (0, 1, -1, 0, y1, -x0),
    }[turn]
    for key in ("/TrimBox", "/BleedBox", "/ArtBox"):
        if key in page.obj:
            del page.obj[key]
    form = page.as_form_xobject(handle_transformations=False)
    form.BBox = Array([*box])
    wide, high = (x1 - x0) * unit, (y1 - y0) * unit
    size = (high, wide) if turn in (90, 270) else (wide, high)
    content = f"q {_numbers(*(unit * value for value in matrix))} cm /T Do Q\n".encode()
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *size]),
            Resources=Dictionary(XObject=Dictionary(T=form)),
            Contents=pdf.make_stream(content),
        )
    )


def _shown(page: pikepdf.Page) -> tuple[float, float, float, float]:
    """The part of a page that viewers show: its crop box, as far as there is paper."""
    crop, media = (_corners(box) for box in (page.cropbox, page.mediabox))
    left, bottom = max(crop[0], media[0]), max(crop[1], media[1])
    right, top = min(crop[2], media[2]), min(crop[3], media[3])
    return (left, bottom, right, top) if left < right and bottom < top else media


def _corners(box: pikepdf.Object) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(value) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


# The words


class Words:
    """Words typeset once, whatever their script, and the font of the codes."""

    def __init__(self, words: Sequence[str]) -> None:
        self.texts = list(dict.fromkeys(words))
        self.pdf = pikepdf.open(io.BytesIO(_typeset(self.texts)))
        self.number = {text: k for k, text in enumerate(self.texts, 1)}

    def size(self, text: str) -> tuple[float, float]:
        """Width and height in points, at 12 points."""
        box = self.pdf.pages[self.number[text]].mediabox
        x0, y0, x1, y1 = _corners(box)
        return x1 - x0, y1 - y0

    def codes(self) -> tuple[pikepdf.Object, dict[str, str]]:
        """The font of the codes, and its name for each character, in hexadecimal."""
        page = self.pdf.pages[0]
        shown = b"".join(_shown_bytes(page))
        names = [shown[k : k + 2].hex() for k in range(0, len(shown), 2)]
        (font,) = page.obj.Resources.Font.values()
        return font, dict(zip(_CODE_CHARACTERS, names, strict=True))


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=_HERE, font_paths=typst.Fonts())


def _typeset(words: Sequence[str]) -> bytes:
    made = _compiler().compile(
        input=_HERE / "print_words.typ",
        format="pdf",
        sys_inputs={"words": json.dumps(words), "code": _CODE_CHARACTERS},
        timestamp=0,
        pdf_tags=False,
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no PDF")
    return made


def _shown_bytes(page: pikepdf.Page) -> list[bytes]:
    """The strings that a page's content shows."""
    found: list[bytes] = []
    for said in pikepdf.parse_content_stream(page):
        if str(said.operator) == "Tj":
            found.append(bytes(said.operands[0]))
        elif str(said.operator) == "TJ":
            found += [bytes(one) for one in said.operands[0] if isinstance(one, pikepdf.String)]
    return found


# The papers


class Papers:
    """Printed papers as they are added, and in the end the PDF."""

    def __init__(self, prepared: Path, run: int, stamps: Sequence[Stamp], words: Words) -> None:
        self.run, self.stamps, self.words = run, stamps, words
        self.pdf = pikepdf.open(prepared)
        self.template = [page.obj for page in self.pdf.pages]
        self.shown = [page.Contents.read_bytes() for page in self.template]
        font, self.glyphs = words.codes()
        self.font = self.pdf.copy_foreign(self.words.pdf.make_indirect(font))
        for page in self.template:
            page.Resources.Font = Dictionary(F=self.font)
            page.Resources = self.pdf.make_indirect(page.Resources)
        self.forms: dict[str, pikepdf.Object] = {}
        del self.pdf.pages[:]
        # A node of the page tree for each paper: one list of all pages would be counted anew for
        # every page that is added.
        self.papers: list[pikepdf.Object] = []
        self.root = self.pdf.Root.Pages

    def add(
        self, number: int, written: Mapping[int, Sequence[Word]], *, two_sided: bool = False
    ) -> None:
        """Add paper `number`, with words on some of its pages.

        `two_sided` papers end on an even page, so that the next begins a sheet of its own.
        """
        paper = self.pdf.make_indirect(Dictionary(Type=Name.Pages, Parent=self.root))
        pages = [
            self._page(paper, template, Code(self.run, number, page), written.get(page, ()))
            for page, template in enumerate(self.template, 1)
        ]
        if two_sided and len(pages) % 2:
            pages.append(self._sheet(paper, self.template[-1].MediaBox, Dictionary(), b""))
        paper.Kids, paper.Count = Array(pages), len(pages)
        self.papers.append(paper)

    def save(self, out: Path) -> None:
        """Write the PDF. The same papers give the same bytes."""
        self.root.Kids = Array(self.papers)
        self.root.Count = sum(int(paper.Count) for paper in self.papers)
        self.pdf.save(
            out,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )

    def _page(
        self, paper: pikepdf.Object, template: Dictionary, code: Code, words: Sequence[Word]
    ) -> pikepdf.Object:
        _, _, width, height = _corners(template.MediaBox)
        resources: pikepdf.Object = template.Resources
        content = [self.shown[code.page - 1].decode("ascii")]
        if words:
            drawn = Dictionary(T=resources.XObject.T)
            for k, word in enumerate(words):
                drawn[f"/W{k}"] = self._form(word.text)
                matrix = _numbers(word.scale, 0, 0, word.scale, word.x, word.y)
                content.append(f"q {matrix} cm /W{k} Do Q\n")
            resources = Dictionary(XObject=drawn, Font=resources.Font)
        content.append(self._stamp(code, width, height))
        return self._sheet(paper, template.MediaBox, resources, "".join(content).encode("ascii"))

    def _sheet(
        self, paper: pikepdf.Object, box: pikepdf.Object, resources: pikepdf.Object, content: bytes
    ) -> pikepdf.Object:
        packed = Stream(self.pdf, zlib.compress(content, 9))
        packed.Filter = Name.FlateDecode
        page = Dictionary(
            Type=Name.Page, Parent=paper, MediaBox=box, Resources=resources, Contents=packed
        )
        return self.pdf.make_indirect(page)

    def _form(self, text: str) -> pikepdf.Object:
        if text not in self.forms:
            page = self.words.pdf.pages[self.words.number[text]]
            self.forms[text] = self.pdf.copy_foreign(page.as_form_xobject())
        return self.forms[text]

    def _stamp(self, code: Code, width: float, height: float) -> str:
        """The symbol and the text, in the upright page's own space."""
        stamp = self.stamps[code.page - 1]
        x, y, wide, high = stamp.rect
        left, bottom = x * width, (1 - y - high) * height
        if stamp.turned:
            s = wide * width / HIGH
            matrix = (0.0, s, -s, 0.0, left + wide * width, bottom)
        else:
            s = wide * width / WIDE
            matrix = (s, 0.0, 0.0, s, left, bottom)
        glyphs = "".join(self.glyphs[char] for char in code.text)
        at = (TEXT_LEFT, (HIGH - CAP * TEXT_SIZE) / 2)
        return (
            f"q {_numbers(*matrix)} cm 0 g\n"
            f"q {_numbers(MODULE, 0, 0, MODULE, QUIET, QUIET)} cm\n{_squares(code.digits)}f Q\n"
            f"BT /F {TEXT_SIZE:g} Tf {_numbers(*at)} Td <{glyphs}> Tj ET Q\n"
        )


def _squares(digits: str) -> str:
    """The symbol's black modules as one path, row by row, one unit each."""
    lines = []
    for row, modules in enumerate(symbol(digits).tolist()):
        start = 0
        while start < SIDE:
            end = start
            while end < SIDE and modules[end]:
                end += 1
            if end > start:
                lines.append(f"{start} {SIDE - 1 - row} {end - start} 1 re\n")
            start = end + 1
    return "".join(lines)


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)
