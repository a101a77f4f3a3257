"""Whose hand writes what: a way of writing for every student, and their answers on the pages.

An answer agrees with its outcome: who is to lose the points of `(iii) not circled` leaves it alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from config.demo.grading import TABLE, answers, parts
from config.demo.pen import HEIGHT, WIDTH, Hand, Ink
from config.demo.people import AVERY, Person
from config.demo.template import Rect, Template

# Family, size, boldness, slant: what suits each typeface.
_FACES = (
    ("nothing-you-could-do", 41, 0.3, 0.0),
    ("cedarville-cursive", 44, 0.2, 0.0),
    ("kalam", 44, 0.0, 0.0),
    ("caveat", 58, 0.4, 0.0),
    ("over-the-rainbow", 40, 0.0, 0.04),
    ("patrick-hand", 46, 0.0, 0.05),
    ("reenie-beanie", 58, 0.9, 0.0),
    ("shadows-into-light", 47, 0.3, 0.0),
)
_PENS = ((38, 44, 62), (26, 58, 150), (28, 30, 34), (30, 72, 138), (70, 70, 74), (24, 40, 112))
_LETTERS = ("i", "ii", "iii", "iv")


@dataclass
class Writer:
    """One student at work on a paper: the ink on each page so far."""

    template: Template
    hand: Hand
    random: np.random.Generator
    sure: bool = False  # takes the first of several answers
    pages: dict[int, Ink] = field(default_factory=dict)

    def ink(self, page: int) -> Ink:
        return self.pages.setdefault(page, Ink(self.hand, self.random))

    def pick(self, key: str, deserves: str) -> str:
        return self._one_of(answers()[key][deserves])

    def answer(self, number: str, applied: tuple[int, ...]) -> str:
        """An answer that these very items apply to; "" for one left blank."""
        return self.pick(number, ",".join(map(str, applied)))

    def miss(self, number: str) -> str:
        """What somebody begins with who then thinks again."""
        missed = [texts for items, texts in answers()[number].items() if items != "0"]
        return self._one_of([text for texts in missed for text in texts if text])

    def _one_of(self, texts: list[str]) -> str:
        return texts[0 if self.sure else int(self.random.integers(len(texts)))]


def hand_of(index: int, seed: int) -> Hand:
    """The hand of the student at this place of the list; neighbours never share a typeface."""
    random = np.random.default_rng([seed, index, 3])
    font, size, bold, slant = _FACES[index % len(_FACES)]
    return Hand(
        font=font,
        size=round(size * random.uniform(0.9, 1.1)),
        slant=slant + float(random.uniform(-0.1, 0.14)),
        wobble=float(random.uniform(0.5, 3.0)),
        drift=float(random.normal(0, 0.006)),
        spread=float(random.uniform(0.96, 1.06)),
        bold=bold + float(random.choice([0.0, 0.35, 0.7])),
        pen=int(random.integers(3, 5)),
        colour=_PENS[int(random.integers(len(_PENS)))],
    )


def write_paper(
    template: Template, student: Person, index: int, found: dict[str, tuple[int, ...]], seed: int
) -> dict[int, Ink]:
    """The student's ink by page; pages without ink are absent."""
    random = np.random.default_rng([seed, index, 4])
    writer = Writer(template, hand_of(index, seed), random, sure=student == AVERY)
    sign_cover(writer, student)
    for number, applied in found.items():
        if number.startswith("1."):
            _choose(writer, number, applied)
        elif number == "3":
            _fill_table(writer, applied)
        else:
            _answer(writer, number, applied)
    if writer.sure or random.random() < 0.3:
        _use_extra_page(writer, found)
    return writer.pages


def sign_cover(writer: Writer, student: Person) -> None:
    """Name and ID, and where the cover asks for them a signature and a date."""
    spots, hand = writer.template.spots, writer.hand
    ink = writer.ink(1)
    x, y, width, height = pixels(spots["name"])
    size = hand.size
    while ink.length(student.name, size) > width - 60:
        size -= 2
    ink.write(student.name, x + 14, y + height - 14, 2 * width, size)
    x, y, width, height = pixels(spots["id"])
    side = width / max(8, len(student.sid))  # eight boxes are printed
    for at, sign in enumerate(student.sid):
        across = (side - ink.length(sign, hand.size)) / 2
        ink.run(sign, x + at * side + across, y + height * 0.76, hand.size)
    if "signature" in spots:
        x, y, width, height = pixels(spots["signature"])
        signed, size = f"{student.first[0]}. {student.last}", hand.size
        while ink.length(signed, size) > width - 40:
            size -= 2
        ink.write(signed, x + 20, y + height - 10, 2 * width, size)
        x, y, width, height = pixels(spots["date"])
        ink.write("Nov 12", x + 14, y + height - 10, 2 * width, round(hand.size * 0.85))


def pixels(rect: Rect) -> tuple[float, float, float, float]:
    return rect.x * WIDTH, rect.y * HEIGHT, rect.width * WIDTH, rect.height * HEIGHT


def _choose(writer: Writer, number: str, applied: tuple[int, ...]) -> None:
    """Circle what the applied items say was circled."""
    if number in ("1.1", "1.6", "1.7"):
        circled = {"true" if applied == (0,) else "false"}
    elif number in ("1.2", "1.3"):
        right = "iv" if number == "1.2" else "ii"
        others = [letter for letter in _LETTERS if letter != right]
        circled = {right if applied == (0,) else str(writer.random.choice(others))}
    elif number == "1.4":
        # Of each pair of items the first says "as it should be"; (iv) should be left alone.
        missed = [2 * option + 1 in applied for option in range(4)]
        circled = {_LETTERS[at] for at in range(4) if missed[at] == (at == 3)}
    else:
        missed = [option in applied for option in range(4)]
        circled = {_LETTERS[at] for at in range(4) if missed[at] == (at < 2)}
    for letter in sorted(circled):
        spot = writer.template.spots[f"{number}:{letter}"]
        writer.ink(spot.page).circle(*pixels(spot))


def _answer(writer: Writer, number: str, applied: tuple[int, ...]) -> None:
    text = writer.answer(number, applied)
    if not text:
        return
    if number in writer.template.spots:
        spot = writer.template.spots[number]
        x, y, width, height = pixels(spot)
        ink = writer.ink(spot.page)
        size = min(writer.hand.size, 46)
        while ink.length(text, size) > width - 30:
            size -= 2
        ink.write(text, x + 14, y + height - 12, 2 * width, size)
        return
    started = writer.miss(number) if writer.random.random() < 0.15 else ""
    explain(writer, writer.template.rooms[number][0], text, started)


def explain(writer: Writer, room: Rect, text: str, started: str = "") -> None:
    """Write into the room of a part, smaller if it is short, perhaps after a false start."""
    ink, hand, random = writer.ink(room.page), writer.hand, writer.random
    x, y, width, height = pixels(room)
    lines = 1 + sum(
        ink.length(line, hand.size) // (width - 320) + 0.8 * ("⟦" in line)
        for line in text.split("\n")
    )
    size = min(hand.size, round((height - 16) / (lines + text.count("\n") + 0.2) / 1.2))
    left = x + 95 + random.uniform(0, 60)
    top = y + size * 1.15
    room_left = height - (lines + text.count("\n")) * size * 1.3
    if room_left > 2.2 * size and started.isascii() and started not in ("", text):
        start = " ".join(started.split("\n")[0].split(" ")[:3])
        ink.write(start, left, top, width, size)
        ink.cross_out(left, top, ink.length(start, size) + size * 0.3, size)
        top += size * 1.4
    bottom = ink.write(text, left, top, width - (left - x) - 60, size)
    if "⟦" in text and room_left > 2.5 * size and random.random() < 0.45:
        under = min(bottom + size * 0.42, y + height - 6)
        far = left + ink.length(text.split("\n")[-1], size) + 20
        ink.stroke([(left, under), ((left + far) / 2, under + 3), (far, under - 2)], 2)


def _fill_table(writer: Writer, applied: tuple[int, ...]) -> None:
    cells = table_cells(applied)
    for (row, column), kind in cells.items():
        spot = writer.template.spots[f"3:{row}:{column}"]
        text = writer.pick(f"3:{row}:{column}", kind)
        x, y, _, height = pixels(spot)
        size = min(writer.hand.size, 44)
        writer.ink(spot.page).write(text, x + 16, y + height * 0.68, 500, size)
    working = answers()["3"].get(f"{cells[2, 'volume']}, {cells[2, 'parameters']}")
    if working:
        explain(writer, writer.template.rooms["3"][1], working[0])


def table_cells(applied: tuple[int, ...]) -> dict[tuple[int, str], str]:
    """How each cell of question 3, by row and column, is filled in: right, or wrong in some way."""
    cells = {(row, column): "right" for row in range(5) for column in ("volume", "parameters")}
    for item in applied:
        if item in TABLE:
            column, rows, kind = TABLE[item]
            cells |= {(row, column): kind for row in rows}
    return cells


def _use_extra_page(writer: Writer, found: dict[str, tuple[int, ...]]) -> None:
    """Some working on the first extra page: a part once more, or a rough sketch of two lines."""
    ink = writer.ink(writer.template.pages - 5)
    number = str(writer.random.choice(["5.10", "2.17", "5.5"]))
    text = writer.answer(number, found[number])
    if writer.sure or not text or writer.random.random() < 0.4:
        ink.write("for 6 (a) (ii):  the two lines", 190, 330, 1300)
        _sketch(ink, 330.0, 1010.0)
        return
    label = f"{number[0]} ({parts()[number]['label'].replace('(', ') (', 1).rstrip(')')})"
    bottom = ink.write(f"question {label}, once more:", 190, 330, 1300)
    ink.write(text, 230, bottom + 2 * ink.hand.line, 1250)


def _sketch(ink: Ink, x: float, y: float) -> None:
    for end in ((x + 620, y), (x, y - 560)):
        ink.stroke([(x, y), ((x + end[0]) / 2 + 2, (y + end[1]) / 2 + 3), end])
    for reach in (250, 470):
        ink.stroke([(x - 20, y - reach * 0.9), (x + reach, y + 20)])
    ink.write("x_1", x + 640, y + 16, 200)
    ink.write("x_2", x - 70, y - 540, 200)
    ink.write("crosses here: between", x + 420, y - 380, 700)
    ink.stroke([(x + 410, y - 390), (x + 300, y - 300), (x + 240, y - 190)])
    ink.stroke([(x + 236, y - 226), (x + 240, y - 190), (x + 272, y - 208)])
