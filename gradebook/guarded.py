"""Cells of CSV files: texts that no spreadsheet runs, and back."""

from __future__ import annotations

import unicodedata

# A spreadsheet reads a cell that begins so as a formula, and runs it; the wide ones too, where
# its language is typed in them.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Letters by their kind, and yet nothing on the screen: fillers, and the empty Braille pattern.
UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def safe(text: str) -> str:
    """Return a text of a student's or a roster's making so that no spreadsheet runs it.

    Never for numbers: a score of −1 must stay one. `as_meant` takes it back.
    """
    return f"'{text}" if runs(text.lstrip("'")) else text


def as_meant(cell: str) -> str:
    """Return the text that `safe` made a cell of."""
    guarded = cell.startswith("'") and runs(cell.lstrip("'"))
    return cell[1:] if guarded else cell


def runs(text: str) -> bool:
    """Whether a spreadsheet may run this: a sign stands first, or first after what is not seen.

    Some drop a byte order mark or blanks before they look what a cell begins with.
    """
    for letter in text:
        if letter in DANGEROUS:
            return True
        if not _unseen(letter):
            return False
    return False


def _unseen(letter: str) -> bool:
    """Whether a letter before all others leaves no trace on the screen: a mark has none to join."""
    return (
        letter == " "
        or not letter.isprintable()
        or letter in UNSEEN
        or unicodedata.category(letter) in ("Mn", "Me")
    )
