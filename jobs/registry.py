"""Which function does which kind of work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from jobs.models import Job

Work: TypeAlias = "Callable[[Job], None]"

_kinds: dict[str, Work] = {}


def work(kind: str) -> Callable[[Work], Work]:
    """Register the decorated function for `kind`, named `<app>.<verb>`: `intake.chunk`.

    It gets the claimed job and must be safe to run twice: a worker may die at any line, and
    the next one starts it again from the top.
    """

    def register(function: Work) -> Work:
        if _kinds.setdefault(kind, function) is not function:
            raise ValueError(f"Two functions want to do {kind!r}.")
        return function

    return register


def function_for(kind: str) -> Work:
    """Return the function that does `kind`. Raises LookupError when no app registered one."""
    try:
        return _kinds[kind]
    except KeyError:
        raise LookupError(f"Nobody does {kind!r}; is it registered in a tasks.py?") from None
