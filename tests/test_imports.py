"""What every process loads before it does anything: each web process and worker child holds it."""

from __future__ import annotations

import os
import subprocess
import sys

HEAVY = ["scipy", "pandas", "pytesseract", "typst", "ziamath"]
START = f"""
import sys
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print([name for name in {HEAVY} if name in sys.modules])
"""


def test_what_few_jobs_need_is_loaded_by_these_alone(tmp_path):
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-c", START]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
