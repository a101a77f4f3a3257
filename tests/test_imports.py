"""What every process loads before it does anything: each web process and worker child holds it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

RARE = ["scipy", "pandas", "pytesseract", "typst", "ziamath"]
SCANS = ["numpy", "cv2", "pdf2image"]
WEB = """
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
"""
RUNNER = """
import django
django.setup()
"""
CELERY = """
from celery.fixups.django import DjangoWorkerFixup
from config.celery import app
app.finalize()
DjangoWorkerFixup(app).validate_models()
"""
COPIES = "import scoring.drawing, scoring.copies.document"
SAID = "print([name for name in {heavy} if name in sys.modules])"


@pytest.mark.parametrize(
    ("start", "heavy"),
    [
        pytest.param(WEB, RARE, id="web"),
        pytest.param(RUNNER, [*RARE, *SCANS, "pikepdf", "PIL"], id="runner"),
        pytest.param(CELERY, [*RARE, *SCANS, "pikepdf", "PIL", "gradebook.views"], id="celery"),
        pytest.param(RUNNER + COPIES, [*SCANS, "scipy", "pandas"], id="drawing copies"),
    ],
)
def test_what_few_jobs_need_is_loaded_by_these_alone(tmp_path, start, heavy):
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
    }
    code = "\n".join([start, "import sys", SAID.format(heavy=heavy)])
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
