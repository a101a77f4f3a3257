"""Which function does which kind of work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from jobs.models import Job

Work: TypeAlias = "Callable[[Job], None]"

_kinds: dict[str, Work] = {}
_daily: set[str] = set()
_lasting: set[str] = set()


def work(kind: str, *, daily: bool = False, lasting: bool = False) -> Callable[[Work], Work]:
    """Register the decorated function for `kind`, named `<app>.<verb>`: `intake.chunk`.

    It gets the claimed job and must be safe to run twice: a worker may die at any line, and
    the next one starts it again from the top. `daily` work asks for itself, without arguments.
    Of `lasting` work the latest job for the same arguments is kept: a page shows how it ended.
    """

    def register(function: Work) -> Work:
        if _kinds.setdefault(kind, function) is not function:
            raise ValueError(f"Two functions want to do {kind!r}.")
        if daily:
            _daily.add(kind)
        if lasting:
            _lasting.add(kind)
        return function

    return register


def daily_kinds() -> list[str]:
    return sorted(_daily)


def lasting_kinds() -> list[str]:
    return sorted(_lasting)


def function_for(kind: str) -> Work:
    """Return the function that does `kind`. Raises LookupError when no app registered one."""
    try:
        return _kinds[kind]
    except KeyError:
        raise LookupError(f"Nobody does {kind!r}; is it registered in a tasks.py?") from None
