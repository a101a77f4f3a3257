"""The scores as an Excel workbook: the columns and rows of the scores CSV.

Numbers are numbers. Texts are texts whatever they begin with: Excel does not run them, not even
after somebody edited the cell, since those that look like a formula carry the quote prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from gradebook.guarded import runs
from gradebook.models import Exam
from scoring.exports.scores import FIXED, batches

CHUNK = 1 << 18
NUMBERS = {
    *map(FIXED.index, ("Total Score", "Max Points", "Submission ID")),
    *map(FIXED.index, ("View Count", "Submission Count")),
}


def pieces(exam: Exam) -> Iterator[bytes]:
    """Yield the workbook; its rows wait on disk, not in memory, until it is whole."""
    with TemporaryFile() as file:
        write(exam, file)
        file.seek(0)
        while piece := file.read(CHUNK):
            yield piece


def write(exam: Exam, file: IO[bytes]) -> None:
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Scores")
        sheet.freeze_panes(1, 2)
        bold, plain = book.add_format({"bold": True}), book.add_format()
        literal = book.add_format({"quote_prefix": True})
        rows = batches(exam, str)
        for column, text in enumerate(next(rows)[0]):
            sheet.write_string(0, column, text, bold)
        below = (row for batch in rows for row in batch)
        for line, row in enumerate(below, start=1):
            for column, text in enumerate(row):
                if text and (column in NUMBERS or column >= len(FIXED)):
                    sheet.write_number(line, column, float(text))
                elif text:
                    _write_text(sheet, line, column, text, literal, plain)


def _write_text(
    sheet: Worksheet, line: int, column: int, text: str, literal: object, plain: object
) -> None:
    if runs(text):
        sheet.write_string(line, column, text, literal)
    elif text.startswith("<r>") and text.endswith("</r>"):
        # Such a text the library takes for its own XML, and writes it as it is: cells and all.
        sheet.write_rich_string(line, column, text[:1], plain, text[1:])
    else:
        sheet.write_string(line, column, text)
