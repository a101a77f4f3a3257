"""What people send, in forms, addresses and files, held against what can be kept."""

from __future__ import annotations


def number(text: str | None) -> int | None:
    """Return a key or a count somebody sent, or None for what cannot be one."""
    # Longer ones no database holds, and thousands of digits Python does not read.
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def storable(text: str) -> bool:
    """Whether a database can hold the text: PostgreSQL no NUL, none of them half a character."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
