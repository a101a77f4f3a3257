"""Exams that damaged batches are made of: their blank pages, what people write, foreign pages.

Everything is drawn once a run, grey, at 200 dots an inch, and kept as PNG.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path

import cv2
import numpy as np
import typst

from config.demo.grading import answers
from config.demo.handwriting import hand_of
from config.demo.pen import HEIGHT, WIDTH, Ink
from config.demo.scanner import render
from config.demo.template import HERE, Template, lay_out
from submissions.code_places import Blank, Stamp, find_place
from submissions.print_pdf import Papers, Words, prepare
from submissions.printed import Runs
from submissions.template_print import TemplatePrint
from tests.submissions.page_damage import PAPER, Picture

WRITERS = 4
STRANGERS = 4
RUN = 47131  # the print run of papers with codes
_SHORT = (1, 3, 4, 10, 11, 12, 22, 23, 24)  # pages of the midterm that keep its difficulties


@dataclass(frozen=True)
class Layout:
    """An exam: its blank pages, and another's of the same layout. With `runs`, printed with codes.

    `printed` are the blank pages of each numbered paper, by paper (from 0) and page.
    """

    name: str
    papers: int  # in a batch
    blank: tuple[bytes, ...]
    sibling: tuple[bytes, ...]
    print_: TemplatePrint
    runs: Runs | None = None
    printed: Mapping[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return len(self.blank)

    def sheet(self, paper: int, page: int) -> Picture:
        """A page as it came from the printer."""
        return unpacked(self.printed.get((paper, page)) or self.blank[page - 1])


@cache
def layout(name: str) -> Layout:
    """`midterm` (27 pages), `short` (9 of them), `quiz` (3), `spare` (8 with hardly any print).

    `coded quiz` and `coded spare` are printed with codes.
    """
    if name.startswith("coded "):
        return _coded(name)
    pages, others = _spare() if name == "spare" else _of_the_demo(name)
    return Layout(
        name,
        5 if name == "quiz" else 3,
        tuple(map(_packed, pages)),
        tuple(map(_packed, others)),
        TemplatePrint.prepare([halved(page) for page in pages]),
    )


def template_of(name: str) -> bytes:
    """The blank exam as a PDF; of `short` there is none."""
    return _typeset("spare") if name.endswith("spare") else lay_out(name.split()[-1]).pdf


def _spare() -> tuple[Sequence[Picture], Sequence[Picture]]:
    other = _typeset("spare", title="Complex Analysis: Resit", other="yes")
    return _drawn(template_of("spare")), _drawn(other)


def _of_the_demo(name: str) -> tuple[Sequence[Picture], Sequence[Picture]]:
    exam = "quiz" if name == "quiz" else "midterm"
    pages = _drawn(template_of(exam))
    kinds = {"pages": str(len(pages)), "empty": "0" if exam == "quiz" else "6"}
    others = _drawn(_typeset("sibling", **kinds))
    if name == "short":
        pages, others = (tuple(of[n - 1] for n in _SHORT) for of in (pages, others))
    return pages, others


def _coded(name: str) -> Layout:
    plain = layout(name.removeprefix("coded "))
    stamps = tuple(find_place(Blank(unpacked(page), 612, 792) for page in plain.blank))
    drawn = iter(_drawn(_print(template_of(name), stamps, plain.papers)))
    places = [(paper, page) for paper in range(plain.papers) for page in range(1, plain.pages + 1)]
    template = replace(plain.print_, stamps=tuple((stamp,) for stamp in stamps))
    keys = {(RUN, paper + 1): paper + 1 for paper in range(plain.papers)}
    return replace(
        plain,
        name=name,
        print_=template,
        runs=Runs(keys, template),
        printed={place: _packed(next(drawn)) for place in places},
    )


def _print(template: bytes, stamps: Sequence[Stamp], count: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        blank, prepared, out = (Path(folder) / f"{name}.pdf" for name in ("a", "b", "c"))
        blank.write_bytes(template)
        prepare(blank, blank.name, prepared)
        papers = Papers(prepared, RUN, stamps, Words([]))
        for number in range(1, count + 1):
            papers.add(number, {})
        papers.save(out)
        return out.read_bytes()


def _typeset(name: str, **inputs: str) -> bytes:
    source = (Path(__file__).parent / f"{name}.typ").read_bytes()
    pdf = typst.compile(source, root=HERE, ignore_system_fonts=True, sys_inputs=inputs)
    assert isinstance(pdf, bytes)
    return pdf


def _drawn(pdf: bytes) -> tuple[Picture, ...]:
    return render(Template(pdf, 0, {}, {}, {}))


def _packed(page: Picture) -> bytes:
    return cv2.imencode(".png", page, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def unpacked(png: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def halved(page: Picture) -> Picture:
    """From 200 dots an inch to 100, as `imaging.narrowed` does it."""
    size = (page.shape[1] // 2, page.shape[0] // 2)
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def written(layout_: Layout, writer: int, paper: int, number: int) -> Picture:
    """A page as somebody filled it in; now and then it stays as it was."""
    paper = paper if layout_.printed else 0
    return unpacked(_written(layout_.name, writer, paper, number))


@lru_cache(maxsize=500)
def _written(name: str, writer: int, paper: int, number: int) -> bytes:
    random = np.random.default_rng([len(name), writer, number])
    page = np.minimum(layout(name).sheet(paper, number), PAPER)
    ink = Ink(hand_of(writer, 41), random)
    banks = answers().values()
    texts = [text for bank in banks for texts in bank.values() for text in texts if text]
    if number == 1:
        ink.write("Robin Ashworth-Li", 520, 700, 900)
    for _ in range(int(random.choice([0, 1, 1, 2, 3, 5]))):
        x, y = random.uniform(150, 700), random.uniform(350, 1950)
        ink.write(str(random.choice(texts)), x, y, 1500 - x)
    return _packed(ink.on(page))


def strange(nth: int) -> Picture:
    """Pages of something else: a notebook, a letter, a page of print, a form."""
    return unpacked(_strange(nth))


@cache
def _strange(nth: int) -> bytes:
    random = np.random.default_rng([9, nth])
    page = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
    ink = Ink(hand_of(nth, 7), random)
    if nth % 2 == 0:
        for y in range(300, HEIGHT - 90, 62):
            cv2.line(page, (0, y), (WIDTH, y), 196, 2)
    for line in range(4 + 3 * nth):
        if nth < 2:
            said = "ask about the queue, buy milk, call the garage back"
            ink.write(said, 290, 414 + 124 * line, 1300)
        else:
            said = "Dear Sir or Madam, with reference to your letter of last week"
            cv2.putText(page, said, (160, 300 + 110 * line), 0, 1.2, 40, 2, cv2.LINE_AA)
    return _packed(ink.on(page))
