"""One direction: gradebook <- submissions <- rubrics <- scoring, jobs on the ground beside."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT: dict[str, set[str]] = {
    "jobs": set(),
    "gradebook": {"jobs"},
    "submissions": {"jobs", "gradebook"},
    "rubrics": {"jobs", "gradebook", "submissions"},
    "scoring": {"jobs", "gradebook", "submissions", "rubrics"},
}
HOUSE = {*MAY_IMPORT, "config", "tests", "bench"}


def imports(source: str) -> list[tuple[int, str]]:
    """Return the line and the first name of every absolute import, inside functions too."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name.partition(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # Relative ones climb out of nothing: ruff keeps them inside their package.
            found.append((node.lineno, (node.module or "").partition(".")[0]))
    return found


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_an_app_imports_only_what_stands_left_of_it(app):
    forbidden = HOUSE - MAY_IMPORT[app] - {app}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sorted((ROOT / app).rglob("*.py"))
        for line, name in imports(path.read_text())
        if name in forbidden
    ]

    assert wrong == []


def test_an_import_is_seen_wherever_it_stands():
    source = "import os, scoring.copies\ndef f():\n    from config import env\n"

    assert imports(source) == [(1, "os"), (1, "scoring"), (3, "config")]


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_there_are_no_signals_services_or_utils(app):
    names = {"signals.py", "utils.py", "helpers.py", "services", "services.py"}

    assert [path for path in (ROOT / app).rglob("*") if path.name in names] == []
