"""What people send, in forms, addresses and files, held against what can be kept."""

from __future__ import annotations

import json
from typing import Any


class NotJson(ValueError):
    """What was sent is no JSON that can be used; the message says why, to a person."""


def number(text: str | None) -> int | None:
    """Return a key or a count somebody sent, or None for what cannot be one."""
    # Longer ones no database holds, and thousands of digits Python does not read.
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def storable(text: str) -> bool:
    """Whether a database can hold the text: PostgreSQL no NUL, none of them half a character."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def parsed(text: str | bytes) -> Any:
    """Return what JSON says, texts that cannot be stored included. Raises NotJson."""
    try:
        return json.loads(text)
    except RecursionError:
        raise NotJson("Its brackets nest too deep.") from None
    except UnicodeDecodeError:
        raise NotJson("This is not a text file; JSON in UTF-8 is needed.") from None
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise NotJson(f"This is not JSON: {at}: {error.msg}.") from None
    except ValueError:
        raise NotJson("A number in this file is far too long.") from None
