"""A whole batch through the intake: `./run bench batch [--papers 100] [--processes 1 2]`.

A few midterms of 27 pages are written and scanned, and scanned again with other noise until there
are enough (200 dpi grey JPEGs of some 300 KB, the same every time). They are uploaded as one PDF
in a folder of its own, and `runjobs` works until nothing is left: pages taken out, recognised,
drawn and cut up, papers formed, names read. For each number of processes it prints seconds from
the wall and of CPU, both a page, and the memory of the largest process; the same for a quarter and
half of the papers, for memory must not grow with them; and beside it what pdf2image's default way
takes for such pages, with nothing recognised. 100 papers: by reckoning some 7 minutes
on two quiet cores.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg

if TYPE_CHECKING:
    from gradebook.models import Exam

SEED = 400
WRITERS = 4
PAPER = 27  # pages
LOOK_SECONDS = 0.2  # between two looks at the memory


@dataclass(frozen=True)
class Taken:
    """What some work took: seconds from the wall and of CPU, and MB of the largest process."""

    wall: float
    cpu: float
    memory: float


def taken(command: Sequence[str]) -> Taken:
    """Run a command, and say what it and all processes it started took."""
    before, start, memory = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter(), 0.0
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            memory = max([memory, *map(peak, family(process.pid))])
            time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, memory)


def family(pid: int) -> list[int]:
    """A process, its children, and theirs."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def peak(pid: int) -> float:
    """The most MB that a process has held at once; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def batch(folder: Path, papers: int) -> list[list[bytes]]:
    """Write and scan so many papers: a few, then those again with other noise."""
    from config.demo.people import ABSENT, STUDENTS
    from config.demo.scanner import FAULTS, make_batches

    whole = [one for one in STUDENTS if one != ABSENT and one.sid not in FAULTS]
    scanned = make_batches(folder, whole[:WRITERS], SEED).paths
    written = [jpeg for path in scanned for jpeg in pictures(path)]
    writers = [written[at : at + PAPER] for at in range(0, len(written), PAPER)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context) as pool:
        again = (writers[number % len(writers)] for number in range(papers))
        return list(pool.map(scanned_again, again, range(papers)))


def pictures(path: Path) -> list[bytes]:
    import pikepdf

    with pikepdf.open(path) as pdf:
        return [page.Resources.XObject.Im0.read_raw_bytes() for page in pdf.pages]


def scanned_again(pages: list[bytes], number: int) -> list[bytes]:
    """The same pages with noise that no other paper has."""
    random = np.random.default_rng([SEED, number])
    noise = random.normal(0, 3, (512, 512)).round().astype(np.int16)
    again = []
    for jpeg in pages:
        page = simplejpeg.decode_jpeg(jpeg, "GRAY")
        high, wide, _ = page.shape
        moved = np.roll(noise, random.integers(512, size=2), (0, 1))
        grain = np.tile(moved, (-(-high // 512), -(-wide // 512)))[:high, :wide, None]
        noisy = np.clip(page + grain, 0, 255).astype(np.uint8)
        again.append(bytes(simplejpeg.encode_jpeg(noisy, 78, "GRAY", "Gray", True)))
    return again


def upload(path: Path) -> None:
    """Make the midterm anew and give it the batch."""
    from django.core.files import File

    from submissions.intake import take_upload

    with path.open("rb") as file:
        take_upload(new_exam(path.parent), File(file), path.name, None)


def new_exam(folder: Path) -> Exam:
    from config.demo.story import make_midterm
    from gradebook.models import Course, Membership, Role, User

    course = Course.objects.create(name=f"Batch {Course.objects.count()}")
    by, _ = User.objects.get_or_create(email="ines@example.edu")
    Membership.objects.create(course=course, user=by, role=Role.INSTRUCTOR)
    return make_midterm(course, folder)


def work(processes: int) -> list[str]:
    return [sys.executable, "manage.py", "runjobs", "--until-idle", f"--processes={processes}"]


def naively(path: Path, folder: Path) -> list[str]:
    """The given packages' default way: every page rendered and saved, nothing recognised."""
    code = (
        "import sys, pdf2image\n"
        "for number, page in enumerate(pdf2image.convert_from_path(sys.argv[1], last_page=27)):\n"
        "    page.save(f'{sys.argv[2]}/{number}.jpg')\n"
        "    page.resize((1275, 1650)).save(f'{sys.argv[2]}/{number}-preview.jpg')\n"
    )
    return [sys.executable, "-c", code, str(path), str(folder)]


def measure(folder: Path, papers: int, processes: list[int]) -> None:
    from django.core.management import call_command

    from config.demo.scanner import bind
    from submissions.prints import print_of

    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    made = batch(folder, papers)
    size = sum(len(jpeg) for paper in made for jpeg in paper) / len(made) / PAPER
    print(
        f"{len(made)} papers, {len(made) * PAPER} pages of {size / 1000:.0f} KB, made in "
        f"{time.perf_counter() - start:.0f} s",
        flush=True,
    )
    path = folder / "batch.pdf"
    most = max(processes)
    # Each worker would do it for itself, but only in the first of the batches.
    start = time.process_time()
    print_of(new_exam(folder).template)
    print(f"The blank exam made ready: CPU {time.process_time() - start:.1f} s")
    parts = [(part, most) for part in (papers // 4, papers // 2) if part]
    walls: dict[int, float] = {}
    for count, at_once in [*parts, *zip(repeat(papers), processes, strict=False)]:
        bind(path, [jpeg for paper in islice(made, count) for jpeg in paper])
        took = one_batch(path, count, at_once)
        walls[at_once] = took.wall  # of the whole batch in the end
    if len(walls) > 1:
        print(f"{most} processes: {walls[min(walls)] / walls[most]:.2f} times as fast")
    pages = min(papers * PAPER, PAPER)
    took = taken(naively(path, folder))
    print(f"pdf2image, default: CPU {1000 * took.cpu / pages:.0f} ms a page, {took.memory:.0f} MB")


def one_batch(path: Path, papers: int, processes: int) -> Taken:
    """Upload a batch, let workers take it, and print what that took."""
    from submissions.models import Page

    upload(path)
    took = taken(work(processes))
    waiting = Page.objects.filter(state=Page.State.WAITING).count()
    assert not waiting, f"{waiting} pages were left"
    pages = papers * PAPER
    print(
        f"{pages} pages, {processes} process(es): {took.wall:.1f} s, "
        f"{1000 * took.wall / pages:.1f} ms a page; CPU {1000 * took.cpu / pages:.1f} ms a page; "
        f"largest process {took.memory:.0f} MB",
        flush=True,
    )
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=100)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="marginalia-batch-"))
    os.environ |= {
        "SECRET_KEY": "only-for-benches-" + "x" * 40,
        "HTTPS": "no",
        "DATA_DIR": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "WARNING",
        "MAX_UPLOAD_PAGES": "100000",  # as many as are asked for
    }
    import django

    django.setup()
    try:
        measure(folder, options.papers, options.processes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
