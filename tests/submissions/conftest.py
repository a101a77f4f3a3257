"""Real scans for the intake: a quiz of three pages, written by three hands, drawn once a run.

`quiz` is the exam with its template and outline; `scans(0, 1, …)` makes a PDF of the batch's
pages so numbered (three a paper); `work()` does all the long work there is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pikepdf
import pytest
import simplejpeg
from django.core.files import File

from config.demo.people import STUDENTS
from config.demo.scanner import bind
from config.demo.small import make_small
from gradebook.files import keep
from gradebook.models import Exam, Template, TemplatePage
from gradebook.outline import parse
from jobs import Later, Refusal
from jobs.models import Job
from jobs.registry import function_for
from jobs.runner import work_through
from rubrics.outline import save_outline
from submissions import blank_exam
from submissions.intake import take_upload
from submissions.models import Upload

STUDENTS_WRITING = 3


@pytest.fixture(scope="session")
def paper_quiz(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The quiz on paper: its template's pages, and the scanned ones as JPEGs in order."""
    folder = tmp_path_factory.mktemp("quiz")
    small = make_small(folder, STUDENTS[:STUDENTS_WRITING], 230)
    with pikepdf.open(small.batch) as pdf:
        jpegs = [page.Resources.XObject.Im0.read_raw_bytes() for page in pdf.pages]
    drawn = list(blank_exam.draw(small.template, "quiz.pdf"))
    return SimpleNamespace(small=small, jpegs=jpegs, drawn=drawn, folder=folder)


def make_template(exam: Exam, drawn: list[blank_exam.Drawn]) -> Template:
    """Give an exam drawn pages as its template, as `take_template` would, without drawing."""
    template = Template.objects.create(
        exam=exam, file="t.pdf", sha256=f"{len(drawn):064}", page_count=len(drawn)
    )
    for number, page in enumerate(drawn, start=1):
        kept = keep("template-pages", page.image, ".jpg")
        TemplatePage.objects.create(
            template=template,
            number=number,
            width=page.width,
            height=page.height,
            image=kept.name,
            sha256=kept.sha256,
        )
    return template


@pytest.fixture
def quiz(world: SimpleNamespace, paper_quiz: SimpleNamespace) -> Exam:
    exam = Exam.objects.create(course=world.course, name="Quiz")
    make_template(exam, paper_quiz.drawn)
    save_outline(exam, parse(paper_quiz.small.exam_file), by=world.ines)
    return exam


@pytest.fixture
def scans(paper_quiz: SimpleNamespace, tmp_path: Path) -> Callable[..., Path]:
    """A PDF of pages of the batch, counted from 0; a JPEG is taken as it is."""

    def make(*pages: int | bytes, name: str = "morning.pdf") -> Path:
        path = tmp_path / name
        bind(path, [paper_quiz.jpegs[page] if isinstance(page, int) else page for page in pages])
        return path

    return make


@pytest.fixture
def upside_down(paper_quiz: SimpleNamespace) -> Callable[[int], bytes]:
    """A page of the batch as it comes when it was fed the wrong way round."""

    def turn(page: int) -> bytes:
        grey = simplejpeg.decode_jpeg(paper_quiz.jpegs[page], colorspace="GRAY")
        turned = np.ascontiguousarray(grey[::-1, ::-1])
        return bytes(simplejpeg.encode_jpeg(turned, 75, "GRAY", "Gray"))

    return turn


@pytest.fixture(scope="session")
def foreign() -> bytes:
    """A page of something else."""
    page = np.full((2200, 1700, 1), 250, np.uint8)
    for row in range(12):
        cv2.putText(page, "Lab notes, Tuesday " * 2, (90, 200 + 150 * row), 0, 2.2, 40, 4)
        cv2.circle(page, (1500 - 40 * row, 240 + 150 * row), 60, 90, 5)
    return bytes(simplejpeg.encode_jpeg(page, 75, "GRAY", "Gray"))


@pytest.fixture(scope="session")
def blank() -> bytes:
    """The empty back of a sheet."""
    page = np.full((2200, 1700, 1), 247, np.uint8)
    return bytes(simplejpeg.encode_jpeg(page, 75, "GRAY", "Gray"))


@pytest.fixture
def take(world: SimpleNamespace) -> Callable[..., Upload]:
    def take_in(exam: Exam, path: Path, by: str = "ines", name: str = "") -> Upload:
        with path.open("rb") as file:
            return take_upload(exam, File(file), name or path.name, getattr(world, by))

    return take_in


@pytest.fixture
def work() -> Callable[[], int]:
    """Do all jobs there are, here and now; what breaks one breaks the test."""

    def do() -> int:
        return work_through("test", until_idle=True, most=10_000, stop=lambda: False, do=_strictly)

    return do


def _strictly(job: Job) -> None:
    try:
        function_for(job.kind)(job)
    except Later as later:
        job.put_back(**later.changed)
    except Refusal as refusal:
        job.fail(str(refusal))
    else:
        job.finish()
