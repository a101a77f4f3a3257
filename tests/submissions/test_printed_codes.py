"""Papers are printed with codes, written on, scanned in any order, and come out as they were."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from config.demo.people import STUDENTS
from gradebook.files import keep
from gradebook.models import Exam, Template
from submissions.code_places import Stamp
from submissions.local_files import local_path
from submissions.models import Answer, Page, PrintedPaper, PrintRun
from submissions.page_codes import Code, parse
from submissions.print_runs import ask_for_papers
from tests.submissions.printed import hands_of, scan_to, scribbled, sheets_of, torn

PAGES = 3


@pytest.fixture
def exam(quiz: Exam, paper_quiz: SimpleNamespace) -> Exam:
    """The quiz, with the PDF of its blank pages."""
    kept = keep("templates", paper_quiz.small.template.read_bytes(), ".pdf")
    Template.objects.filter(exam=quiz).update(file=kept.name, sha256=kept.sha256)
    return Exam.objects.get(pk=quiz.pk)


@pytest.fixture
def print_(exam: Exam, world: SimpleNamespace, work):
    """Print papers; return the run and its pages by paper and page."""

    def do(copies: int = 0, **wanted: bool):
        run = ask_for_papers(exam, copies=copies, by=world.ines, **wanted)
        work()
        run.refresh_from_db()
        assert not run.problem
        return run, sheets_of(local_path(run.file.name))

    return do


def stamp_of(run: PrintRun, page: int = 1) -> Stamp:
    place = run.places[page - 1]
    return Stamp(tuple(place["rect"]), place["turned"])


def written(sheets: list[np.ndarray]) -> dict[tuple[int, int], np.ndarray]:
    """The printed sheets with a different hand on each paper, by paper and page."""
    found = {}
    for index, sheet in enumerate(sheets):
        paper, page = divmod(index, PAGES)
        ink = hands_of(paper, STUDENTS[paper]).get(page + 1)
        found[paper + 1, page + 1] = ink.on(sheet) if ink else sheet
    return found


def where(upload):
    """What each page's code said, and where it lies now, in the order of the file."""
    return [
        (parse(page.code), page.state, page.printed and page.printed.number, page.template_page)
        for page in upload.pages.order_by("number").select_related("printed", "submission")
    ]


def test_a_shuffled_stack_comes_out_as_it_was_printed(exam, print_, take, work, tmp_path):
    run, sheets = print_(4)
    stack = written(sheets)
    order = list(stack)
    random.Random(7).shuffle(order)

    upload = take(exam, scan_to(tmp_path / "a.pdf", [stack[key] for key in order]))
    work()

    assert where(upload) == [(Code(run.code, *key), Page.State.PLACED, *key) for key in order]
    assert [page.submission.printed.number for page in upload.pages.order_by("number")] == [
        paper for paper, _ in order
    ]
    assert list(exam.submissions.values_list("number", "printed__number")) == [
        (number, number) for number in (1, 2, 3, 4)
    ]
    assert not Answer.objects.filter(submission__exam=exam, ink=None).exists()
