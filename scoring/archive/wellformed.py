"""What JSON columns have to look like, so that pages can rely on an archive that was loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model

from rubrics.models import Annotation, Entry
from scoring.models import Release
from submissions.models import Choice, Page, PrintRun, Reading, Repair, Upload

Check = Callable[[Any], bool]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_number, value))


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _facts(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _points(value: Any) -> bool:
    """Whether it is a list of places: [[x, y], …]."""
    return isinstance(value, list) and all(_numbers(one) and len(one) == 2 for one in value)


def _affine(value: Any) -> bool:
    return value is None or (_numbers(value) and len(value) == 6)


def _state(value: Any) -> bool:
    """Whether it is how pages and papers stood: rows by key, by kind."""
    if not isinstance(value, dict) or not all(map(_by_key, value.values())):
        return False
    rows = [*value.get("pages", {}).values(), *value.get("papers", {}).values()]
    return all(map(_facts, rows))


def _by_key(value: Any) -> bool:
    return isinstance(value, dict) and all(key.isascii() and key.isdecimal() for key in value)


def _distribution(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and all(_number(value.get(one)) for one in ("papers", "mean", "median", "points"))
        and all(_numbers(one) and len(one) == 3 for one in value.get("bins", []))
        and _parts(value.get("of", {}))
    )


def _parts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_number, value.values()))


CHECKS: Mapping[type[Model], Mapping[str, Check]] = {
    Upload: {"warnings": _words},
    Page: {"alike": _numbers, "affine": _affine},
    Choice: {"marked": _numbers, "ink": _by_key},
    Reading: {"candidates": _rows},
    PrintRun: {"places": _rows, "left_out": _words},
    Repair: {"before": _state, "after": _state},
    Annotation: {"points": _points},
    Entry: {"before": _facts, "after": _facts},
    Release: {"distribution": _distribution, "parts": _parts},
}


def malformed(model: type[Model], row: Mapping[str, Any]) -> str:
    """Return the name of a column whose JSON pages could not read; "" if all is well."""
    checks = CHECKS.get(model, {})
    return next((name for name, check in checks.items() if not check(row[name])), "")
