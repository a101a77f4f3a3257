"""Papers are printed with codes, written on, scanned in any order, and come out as they were."""

from __future__ import annotations

import io
import random
from types import SimpleNamespace

import cv2
import numpy as np
import pikepdf
import pytest
import simplejpeg
from django.core.files.base import ContentFile

from config.demo.people import STUDENTS
from config.demo.scanner import bind, scan
from gradebook.files import keep, read
from gradebook.models import Exam, Region, Template
from submissions.code_places import Stamp
from submissions.code_reading import glance
from submissions.coded import BY_ORDER
from submissions.corrections import delete_upload
from submissions.local_files import local_path
from submissions.models import Answer, Crop, Match, Page, PrintedPaper, PrintRun
from submissions.page_codes import Code, parse
from submissions.page_facts import facts
from submissions.pictures import laid_over
from submissions.print_runs import ask_for_papers
from submissions.printed import Runs
from submissions.prints import print_of
from submissions.template import take_template
from tests.submissions.printed import hands_of, relabelled, scan_to, scribbled, sheets_of, torn

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


def test_every_spoiled_page_of_a_shuffled_stack_is_in_its_place_or_said_to_be_doubtful(
    exam, print_, take, work, tmp_path
):
    run, sheets = print_(4)
    stack = written(sheets)
    stamp = stamp_of(run)
    foreign = relabelled(stack[1, 2], stamp, Code(run.code ^ 1, 1, 2))
    stack[2, 3] = scribbled(stack[2, 3], stamp.symbol)
    stack[3, 1] = torn(stack[3, 1], stamp.rect)
    order = list(stack)
    random.Random(11).shuffle(order)
    pages = [stack[key] for key in order]
    pages[5:5] = [foreign]
    pages.append(stack[4, 2])
    keys = [*order[:5], "foreign", *order[5:], "twice"]

    upload = take(exam, scan_to(tmp_path / "a.pdf", pages))
    work()

    by_key = dict(zip(keys, upload.pages.order_by("number"), strict=True))
    spoiled = {(3, 1), "foreign", "twice"}
    for key in set(keys) - spoiled:
        page = by_key[key]
        assert (page.state, page.submission.printed.number, page.template_page) == (
            Page.State.PLACED,
            *key,
        )
    assert by_key[2, 3].code_by == "text"
    assert ("Code", "printed paper 2, page 3, read from its text") in facts(by_key[2, 3], None)
    assert {by_key[key].state for key in spoiled} == {Page.State.DOUBTFUL}
    assert {by_key[key].submission for key in spoiled} == {None}
    assert by_key[3, 1].reason == (
        "No code can be read on it, so whose page 1 it is cannot be told. Only paper 3 lacks one."
    )
    assert by_key["foreign"].reason == (
        f"Its code, {Code(run.code ^ 1, 1, 2).text}, is of no paper printed for this exam."
    )
    assert by_key["twice"].reason == "Page 2 of paper 4 is here already."


def keys_of(upload):
    """The printed paper and page of each page that lies in its place, else its state."""
    pages = upload.pages.order_by("number").select_related("submission__printed")
    return [
        (page.submission.printed.number, page.template_page)
        if page.state == Page.State.PLACED
        else page.state
        for page in pages
    ]


def test_the_pages_of_a_paper_find_together_across_uploads(exam, print_, take, work, tmp_path):
    _, sheets = print_(2)
    fronts = take(exam, scan_to(tmp_path / "fronts.pdf", [sheets[3], sheets[0]]))
    work()
    rest = [sheets[at] for at in (2, 4, 1, 5)]
    backs = take(exam, scan_to(tmp_path / "backs.pdf", [*rest, sheets[0]], seed=6))
    work()

    assert keys_of(fronts) == [(2, 1), (1, 1)]
    assert keys_of(backs) == [(1, 3), (2, 2), (1, 2), (2, 3), Page.State.DOUBTFUL]
    assert exam.submissions.count() == 2
    assert backs.pages.get(number=5).reason == "Page 1 of paper 1 is here already."


def test_papers_of_two_print_runs_go_together_well(exam, print_, take, work, tmp_path):
    first, some = print_(1)
    second, others = print_(1)
    mixed = [others[2], some[0], others[0], some[2], some[1], others[1]]

    upload = take(exam, scan_to(tmp_path / "a.pdf", mixed))
    work()

    assert [code.run for code, *_ in where(upload)] == [
        second.code, first.code, second.code, first.code, first.code, second.code,
    ]  # fmt: skip
    papers = [page.submission.printed.run for page in upload.pages.order_by("number")]
    assert papers == [second, first, second, first, first, second]
    assert {state for _, state, *_ in where(upload)} == {Page.State.PLACED}


def test_a_page_without_its_code_is_placed_by_its_neighbours_while_papers_keep_together(
    exam, print_, take, work, tmp_path
):
    run, sheets = print_(3)
    stamp = stamp_of(run)
    sheets[2] = torn(sheets[2], stamp.rect)
    sheets[4] = scribbled(scribbled(sheets[4], stamp.symbol), stamp.text)

    upload = take(exam, scan_to(tmp_path / "a.pdf", sheets))
    work()

    assert keys_of(upload) == [(paper, page) for paper in (1, 2, 3) for page in (1, 2, 3)]
    assert list(upload.pages.filter(code="").values_list("number", flat=True)) == [3, 5]
    assert set(upload.pages.filter(code="").values_list("reason", flat=True)) == {BY_ORDER}


def test_a_page_upside_down_is_turned_by_its_code(exam, print_, take, work, tmp_path):
    _, sheets = print_(1)
    turned = np.ascontiguousarray(sheets[1][::-1, ::-1])

    upload = take(exam, scan_to(tmp_path / "a.pdf", [sheets[2], turned, sheets[0]]))
    work()

    assert keys_of(upload) == [(1, 3), (1, 2), (1, 1)]
    assert list(upload.pages.order_by("number").values_list("turn", flat=True)) == [0, 180, 0]


@pytest.mark.parametrize("turn", [90, 270])
def test_a_page_that_lies_on_its_side_is_set_upright_by_its_code(
    turn, exam, print_, take, work, tmp_path
):
    _, sheets = print_(1)
    jpeg = scan(sheets[1], np.random.default_rng(4))
    lying = np.rot90(simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")[:, :, 0], turn // 90)
    data = simplejpeg.encode_jpeg(np.ascontiguousarray(lying)[:, :, None], 75, "GRAY", "Gray")
    bind(tmp_path / "a.pdf", [bytes(data)])

    upload = take(exam, tmp_path / "a.pdf")
    work()

    page = upload.pages.get()
    assert (keys_of(upload), page.turn) == ([(1, 2)], turn)
    assert page.width < page.height
    answers = Answer.objects.filter(submission=page.submission, question__regions__page=2)
    assert answers.exists()
    assert not answers.filter(ink=None).exists()


def test_a_code_that_says_another_page_than_the_print_is_not_believed(
    exam, print_, take, work, tmp_path
):
    run, sheets = print_(1)
    wrong = relabelled(sheets[1], stamp_of(run), Code(run.code, 1, 3))

    upload = take(exam, scan_to(tmp_path / "a.pdf", [sheets[0], wrong]))
    work()

    page = upload.pages.get(number=2)
    assert (page.state, page.printed, page.alike) == (Page.State.DOUBTFUL, None, [2, 3])
    assert page.reason == ("Its code says page 3 of printed paper 1, but its print is page 2’s.")


def test_papers_without_codes_are_formed_beside_those_with_codes(
    exam, print_, take, work, tmp_path, paper_quiz
):
    _, sheets = print_(2)
    spare = sheets_of(paper_quiz.small.template)

    upload = take(exam, scan_to(tmp_path / "a.pdf", [*sheets[:3], *spare, *sheets[3:]]))
    work()

    papers = upload.pages.order_by("number").values_list("submission__number", "template_page")
    assert list(papers) == [(1, 1), (1, 2), (1, 3), (3, 1), (3, 2), (3, 3), (2, 1), (2, 2), (2, 3)]


def test_an_upload_deleted_leaves_the_printed_paper_free_for_the_next(
    exam, print_, take, work, tmp_path
):
    _, sheets = print_(1)
    first = take(exam, scan_to(tmp_path / "a.pdf", sheets))
    work()
    delete_upload(first)
    again = take(exam, scan_to(tmp_path / "b.pdf", sheets, seed=8))
    work()

    assert keys_of(again) == [(1, 1), (1, 2), (1, 3)]


def test_what_is_printed_is_no_ink(exam, print_, take, work, tmp_path):
    run, sheets = print_(1)
    x, y, w, h = stamp_of(run, 2).rect
    question = exam.questions.leaves().filter(regions__page=2).first()
    exam.regions.filter(page=2).delete()
    Region.objects.create(
        exam=exam, kind="question", question=question, page=2,
        x=x - 0.05, y=y - 0.05, width=w + 0.07, height=h + 0.07,
    )  # fmt: skip

    upload = take(exam, scan_to(tmp_path / "a.pdf", sheets))
    work()

    crop = Crop.objects.get(page__upload=upload, region__page=2)
    assert crop.ink == 0


def test_an_exam_without_printed_papers_has_nothing_to_read(exam):
    assert Runs.of(exam, print_of(exam.template)) is None


# A page on which nothing is printed but its code


@pytest.fixture
def scratch(exam: Exam, paper_quiz: SimpleNamespace) -> Exam:
    """The quiz with an empty second page, for whatever has no room elsewhere."""
    with pikepdf.open(paper_quiz.small.template) as pdf:
        pdf.add_blank_page(page_size=(612, 792))
        pdf.pages.insert(1, pdf.pages[-1])
        del pdf.pages[3:]
        out = io.BytesIO()
        pdf.save(out)
    exam.regions.all().delete()
    take_template(exam, ContentFile(out.getvalue()), "scratch.pdf", None)
    return Exam.objects.get(pk=exam.pk)


def test_an_empty_page_of_the_template_is_placed_by_its_code_written_on_or_not(
    scratch, print_, take, work, tmp_path, blank
):
    _, sheets = print_(2)
    ink = hands_of(1)[2]
    sheets[1] = ink.on(sheets[1])

    upload = take(scratch, scan_to(tmp_path / "a.pdf", [sheets[at] for at in (4, 1, 0, 3, 2, 5)]))
    work()

    assert keys_of(upload) == [(2, 2), (1, 2), (1, 1), (2, 1), (1, 3), (2, 3)]
    page = upload.pages.get(number=2)
    assert (page.score, page.reason) == (None, "")
    assert page.affine == pytest.approx([1, 0, 0, 0, 1, 0], abs=0.03)


# For somebody


def test_a_paper_printed_for_a_student_is_theirs_unless_what_is_written_speaks_against_it(
    exam, world, print_, take, work, tmp_path
):
    run, sheets = print_(roster=True)
    papers = list(run.papers.select_related("membership__user"))
    by_name = sorted(papers, key=lambda paper: paper.membership.user.last_name)
    for at, paper in enumerate(by_name):
        assert parse_of(sheets[PAGES * at], run) == Code(run.code, paper.number, 1)
    nia, sam = (sheets[PAGES * at : PAGES * at + PAGES] for at in (0, 1))
    nia[0] = crossed_out(exam, nia[0])

    take(exam, scan_to(tmp_path / "a.pdf", [*sam, *nia]))
    work()

    hers, his = (paper.submission for paper in refreshed(by_name))
    assert his.match.membership.user == world.sam
    assert his.match.by is None
    assert not Match.objects.filter(submission=hers).exists()
    assert hers.reading.candidates[0]["membership"] == world.members["nia"].pk
    assert hers.reading.reason


def test_a_paper_whose_cover_is_lost_waits_with_the_student_it_was_printed_for(
    exam, world, print_, take, work, tmp_path
):
    _, sheets = print_(roster=True)

    take(exam, scan_to(tmp_path / "a.pdf", sheets[1:3]))
    work()

    (paper,) = exam.submissions.all()
    assert not Match.objects.filter(submission=paper).exists()
    assert paper.reading.candidates[0]["membership"] == paper.printed.membership_id


def test_the_printed_name_is_covered_for_graders(exam, print_, take, work, tmp_path):
    _, sheets = print_(roster=True)
    upload = take(exam, scan_to(tmp_path / "a.pdf", sheets[:1]))
    work()

    page = upload.pages.get()
    region = exam.regions.get(kind=Region.Kind.NAME)
    x, y, w, h = laid_over(page.affine, region.rect)
    shown = simplejpeg.decode_jpeg(read(page.covered.name), colorspace="GRAY")[:, :, 0]
    high, wide = shown.shape
    part = shown[int(y * high) + 2 : int((y + h) * high) - 2, int(x * wide) : int((x + w) * wide)]
    assert np.ptp(part) < 12


def parse_of(sheet: np.ndarray, run: PrintRun) -> Code | None:
    seen = glance(sheet, [stamp_of(run)])
    return seen.code if seen else None


def refreshed(papers):
    keys = [paper.pk for paper in papers]
    found = PrintedPaper.objects.select_related("submission__match").in_bulk(keys)
    return [found[key] for key in keys]


def crossed_out(exam: Exam, sheet: np.ndarray) -> np.ndarray:
    """The cover with the printed name and number struck out."""
    sheet = sheet.copy()
    high, wide = sheet.shape
    for region in exam.regions.exclude(kind=Region.Kind.QUESTION):
        x, y, w, h = region.rect
        for up in (0.4, 0.5, 0.6, 0.7):
            at = round((y + up * h) * high)
            ends = (round((x + 0.02) * wide), at), (round((x + w - 0.02) * wide), at - 6)
            cv2.line(sheet, *ends, 40, 7, cv2.LINE_AA)
    return sheet
