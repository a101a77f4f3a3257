"""What is written in a PDF. To be called in the sandbox: nothing of Django is imported here."""

from __future__ import annotations

import subprocess
from pathlib import Path


def words_of(path: Path, most: int) -> str:
    """Return the text of a PDF's pages, its first `most` bytes; "" for what is none."""
    # With its layout: a score that stands at the right stays on the line of its question.
    command = ["pdftotext", "-layout", "-q", "-enc", "UTF-8", str(path), "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        text = reader.stdout.read(most)
        reader.kill()
    return text.decode("utf-8", "replace")
