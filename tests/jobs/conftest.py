from __future__ import annotations

from pathlib import Path

import pytest

from jobs.models import Job
from tests.jobs import work  # noqa: F401  registers the kinds


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """The file test.note writes to."""
    return tmp_path / "notes"


@pytest.fixture
def hold(tmp_path: Path) -> Path:
    """A file: jobs of test.note that name it wait for it to go."""
    file = tmp_path / "hold"
    file.touch()
    return file


@pytest.fixture
def job(db: None) -> Job:
    return Job.objects.ask("test.steps", steps=3)
