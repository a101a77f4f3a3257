"""Read a page's content stream: is the page one picture, and how does it lie?

Scanner software writes pages in a few ways: the bare picture, the picture with invisible text
over it, the picture turned by the matrix. Whatever is more than that is for a renderer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pikepdf

Box = tuple[float, float, float, float]  # left, bottom, right, top in points

_INVISIBLE = 3  # text rendering mode
_PAINT = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "BI", "INLINE IMAGE"}
_TEXT = {"Tj", "TJ", "'", '"'}
_NOTHING = pikepdf.Dictionary()
# A page whose instructions are longer than this is not a bare scan; do not read them.
MAX_CONTENT_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Placed:
    """The one picture of a page: its stream and the matrix of its unit square, in points."""

    image: pikepdf.Object
    matrix: pikepdf.Matrix

    @property
    def turn(self) -> int | None:
        """Degrees clockwise by which the page shows the picture, None if not a quarter turn."""
        a, b, c, d = (self.matrix.a, self.matrix.b, self.matrix.c, self.matrix.d)
        small = 0.002 * max(map(abs, (a, b, c, d)))
        if abs(b) <= small and abs(c) <= small and a * d > 0:
            return 0 if a > 0 else 180
        if abs(a) <= small and abs(d) <= small and b * c < 0:
            return 90 if c > 0 else 270
        return None

    @property
    def box(self) -> Box:
        m = self.matrix
        xs = (m.e, m.e + m.a, m.e + m.c, m.e + m.a + m.c)
        ys = (m.f, m.f + m.b, m.f + m.d, m.f + m.b + m.d)
        return min(xs), min(ys), max(xs), max(ys)


def only_image(page: pikepdf.Page, crop: Box) -> Placed | None:
    """Return the picture when the page shows it and nothing else, unclipped; else None."""
    if weight(page) > MAX_CONTENT_BYTES:
        return None
    walk = _Walk(page, crop)
    for instruction in pikepdf.parse_content_stream(page):
        if not walk.step(str(instruction.operator), list(instruction.operands)):
            return None
    return walk.found


def weight(page: pikepdf.Page) -> int:
    """Bytes of the page's instructions as they lie in the file."""
    return sum(len(stream.read_raw_bytes()) for stream in _streams(page))


def draws_what_is_lost(page: pikepdf.Page) -> bool:
    """Whether the page asks for a picture that the file does not hold, as after a cut."""
    if weight(page) > MAX_CONTENT_BYTES:
        return False
    held = page.obj.get("/Resources", _NOTHING).get("/XObject", _NOTHING)
    return any(
        str(instruction.operator) == "Do" and str(next(iter(instruction.operands))) not in held
        for instruction in pikepdf.parse_content_stream(page)
    )


def fills(box: Box, crop: Box, slack: float = 0.012) -> bool:
    """Whether the box meets the crop box on all four sides, within a share of its size."""
    across, up = slack * (crop[2] - crop[0]), slack * (crop[3] - crop[1])
    return all(
        abs(have - want) <= room
        for have, want, room in zip(box, crop, (across, up, across, up), strict=True)
    )


def _streams(page: pikepdf.Page) -> list[pikepdf.Object]:
    contents = page.obj.get("/Contents")
    if isinstance(contents, pikepdf.Stream):
        return [contents]
    if isinstance(contents, pikepdf.Array):
        return [part for part in contents if isinstance(part, pikepdf.Stream)]
    return []


class _Walk:
    """The graphics state that matters, moved on one operator at a time."""

    def __init__(self, page: pikepdf.Page, crop: Box) -> None:
        self.crop = crop
        self.resources = page.obj.get("/Resources", _NOTHING)
        self.matrix = pikepdf.Matrix()
        self.mode = 0
        self.saved: list[tuple[pikepdf.Matrix, int]] = []
        self.path: list[Box] = []
        self.found: Placed | None = None

    def step(self, operator: str, operands: list[Any]) -> bool:
        """Take one operator; False when the page is more than a bare picture."""
        if operator in _PAINT or (operator in _TEXT and self.mode != _INVISIBLE):
            return False
        if operator == "Do":
            return self._draw(operands)
        if operator == "gs":
            return self._plain_state(operands)
        if operator in ("W", "W*"):
            return self._clip_spares_page()
        self._move(operator, operands)
        return True

    def _move(self, operator: str, operands: list[Any]) -> None:
        if operator == "q":
            self.saved.append((self.matrix, self.mode))
        elif operator == "Q" and self.saved:
            self.matrix, self.mode = self.saved.pop()
        elif operator == "cm":
            self.matrix = pikepdf.Matrix(*map(float, operands)) @ self.matrix
        elif operator == "Tr":
            self.mode = int(operands[0])
        elif operator == "re":
            self.path.append(_bounds(self.matrix, *map(float, operands)))
        elif operator in ("m", "l", "c", "v", "y"):
            self.path.append((0, 0, 0, 0))  # a path that is not a rectangle spares nothing
        elif operator == "n":
            self.path = []

    def _draw(self, operands: list[Any]) -> bool:
        drawn = self.resources.get("/XObject", _NOTHING).get(str(operands[0]))
        if self.found is not None or drawn is None or drawn.get("/Subtype") != "/Image":
            return False
        self.found = Placed(drawn, self.matrix)
        return True

    def _plain_state(self, operands: list[Any]) -> bool:
        state = self.resources.get("/ExtGState", _NOTHING).get(str(operands[0]), _NOTHING)
        return bool(
            float(state.get("/ca", 1)) == 1
            and state.get("/SMask", "/None") == "/None"
            and state.get("/BM", "/Normal") in ("/Normal", "/Compatible")
        )

    def _clip_spares_page(self) -> bool:
        if len(self.path) != 1:
            return False
        left, bottom, right, top = self.path[0]
        slack = 0.012 * max(self.crop[2] - self.crop[0], self.crop[3] - self.crop[1])
        return (
            left <= self.crop[0] + slack
            and bottom <= self.crop[1] + slack
            and right >= self.crop[2] - slack
            and top >= self.crop[3] - slack
        )


def _bounds(m: pikepdf.Matrix, x: float, y: float, width: float, height: float) -> Box:
    if abs(m.b) + abs(m.c) > 0.01 * (abs(m.a) + abs(m.d)):
        m = pikepdf.Matrix(0, m.b, m.c, 0, m.e, m.f)
    corners = [
        (px * m.a + py * m.c + m.e, px * m.b + py * m.d + m.f)
        for px, py in ((x, y), (x + width, y + height))
    ]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
