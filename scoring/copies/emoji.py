"""The emoji a comment begins with."""

from __future__ import annotations

import re

# An emoji with what may follow it: skin tone, variation selector, joined emoji.
_PICTURE = (
    "[\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7ff"
    "\U0001f900-\U0001faff\u2600-\u27bf\u2b50\u2b55]"
)
_JOINT = "[\U0001f3fb-\U0001f3ff\ufe0f]*"
_EMOJI = re.compile(rf"\s*({_PICTURE}{_JOINT}(?:\u200d{_PICTURE}{_JOINT})*)\s*")
SPEECH = "💬"


def leading_emoji(comment: str) -> tuple[str, str]:
    """The mark a comment stands beside, and its text: its own first emoji, else a speech mark."""
    found = _EMOJI.match(comment)
    return (found[1], comment[found.end() :]) if found else (SPEECH, comment)
