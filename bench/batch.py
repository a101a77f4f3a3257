"""A whole batch through the intake: `python -m bench.batch [--papers 100] [--processes 1 2]`.

Writes and scans midterms of 27 pages (200 dpi grey JPEGs of some 300 KB), uploads them as one
PDF in a folder of its own, and lets `runjobs` work until nothing is left: pages taken out,
recognised, drawn and cut up, papers formed, names read. Prints, for each number of processes,
seconds from the wall and from the CPU, both a page, and the largest worker's memory; beside it
what pdf2image's default way takes for the same pages, with nothing recognised.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NAIVE_PAGES = 27


@dataclass(frozen=True)
class Taken:
    """What some work took: seconds from the wall and of CPU, and MB of the largest process."""

    wall: float
    cpu: float
    memory: float


def taken(work: Callable[[], object]) -> Taken:
    """Run work that happens in child processes, and say what they took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, after.ru_maxrss / 1024)


def batch(folder: Path, papers: int) -> tuple[Path, int]:
    """Write and scan so many papers, a class at a time; return the PDF and its pages."""
    import pikepdf

    from config.demo.people import STUDENTS
    from config.demo.scanner import make_batches

    path = folder / "batch.pdf"
    whole = pikepdf.new()
    for seed in range(400, 500):
        class_folder = folder / str(seed)
        class_folder.mkdir()
        for made in make_batches(class_folder, STUDENTS, seed).paths:
            with pikepdf.open(made) as pdf:
                whole.pages.extend(pdf.pages[: 27 * papers - len(whole.pages)])
        if len(whole.pages) >= 27 * papers:
            break
    whole.save(path, compress_streams=False)
    return path, len(whole.pages)


def upload(path: Path) -> None:
    """Make the midterm anew and give it the batch."""
    from django.core.files import File

    from config.demo.story import make_midterm
    from gradebook.models import Course, Membership, Role, User
    from submissions.intake import take_upload

    course = Course.objects.create(name=f"Batch {Course.objects.count()}")
    by, _ = User.objects.get_or_create(email="ines@example.edu")
    Membership.objects.create(course=course, user=by, role=Role.INSTRUCTOR)
    with path.open("rb") as file:
        take_upload(make_midterm(course, path.parent), File(file), path.name, by)


def work_through(processes: int) -> None:
    command = [sys.executable, "manage.py", "runjobs", "--until-idle", f"--processes={processes}"]
    subprocess.run(command, check=True)


def naively(path: Path, folder: Path) -> None:
    """The given packages' default way: every page rendered and saved, nothing recognised."""
    code = (
        "import sys, pdf2image\n"
        "for number, page in enumerate(pdf2image.convert_from_path(sys.argv[1], last_page=27)):\n"
        "    page.save(f'{sys.argv[2]}/{number}.jpg')\n"
        "    page.resize((1275, 1650)).save(f'{sys.argv[2]}/{number}-preview.jpg')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path), str(folder)], check=True)


def measure(folder: Path, papers: int, processes: list[int]) -> None:
    from django.core.management import call_command

    from submissions.models import Page

    call_command("migrate", verbosity=0)
    path, pages = batch(folder, papers)
    print(f"{pages} pages, {path.stat().st_size / pages / 1000:.0f} KB each")
    for count in processes:
        upload(path)
        took = taken(lambda count=count: work_through(count))
        done = Page.objects.filter(upload__exam__course__name__startswith="Batch")
        waiting = done.filter(state=Page.State.WAITING).count()
        assert not waiting, f"{waiting} pages were left"
        print(
            f"{count} process(es): {took.wall:.1f} s, {1000 * took.wall / pages:.1f} ms a page; "
            f"CPU {1000 * took.cpu / pages:.1f} ms a page; largest {took.memory:.0f} MB",
            flush=True,
        )
    took = taken(lambda: naively(path, folder))
    print(f"pdf2image, default: CPU {1000 * took.cpu / min(pages, NAIVE_PAGES):.0f} ms a page")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=20)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="marginalia-batch-"))
    os.environ |= {
        "SECRET_KEY": "only-for-benches-" + "x" * 40,
        "HTTPS": "no",
        "DATA_DIR": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "WARNING",
    }
    import django

    django.setup()
    try:
        measure(folder, options.papers, options.processes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
