from __future__ import annotations

import io
import zipfile

import numpy as np
import pikepdf
import pytest
import simplejpeg
from django.core.files import File
from PIL import Image

from gradebook.files import read
from gradebook.models import Exam, Region
from jobs import Refusal
from jobs.models import Job
from submissions import chunks, intake, papers
from submissions.intake import take_upload
from submissions.models import Answer, Crop, Page, Submission, Upload
from submissions.pictures import laid_over
from submissions.sources import BadUpload, HereAlready
from tests.submissions import paper
from tests.submissions.conftest import make_template

State = Page.State


def states(upload):
    return list(upload.pages.order_by("number").values_list("state", flat=True))


def where(upload):
    """The paper and the place of each page, in the order of the file."""
    pages = upload.pages.order_by("number")
    return list(pages.values_list("submission__number", "template_page"))


def test_a_batch_becomes_papers_with_every_page_in_its_place(quiz, scans, take, work):
    upload = take(quiz, scans(*range(6)))
    work()

    upload.refresh_from_db()
    assert upload.formed_at
    assert not upload.problem
    assert where(upload) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    assert set(states(upload)) == {State.PLACED}
    assert [page.position for page in Submission.objects.get(exam=quiz, number=1).pages.all()] == [
        1,
        2,
        3,
    ]


def test_every_paper_has_an_answer_to_every_leaf_and_a_name_of_its_own(quiz, scans, take, work):
    take(quiz, scans(*range(6)))
    work()

    leaves = quiz.questions.leaves().count()
    assert Answer.objects.filter(submission__exam=quiz).count() == 2 * leaves
    assert len(set(quiz.submissions.values_list("code_name", flat=True))) == 2


def test_every_region_is_cut_out_and_its_ink_measured(quiz, scans, take, work):
    take(quiz, scans(*range(3)))
    work()

    assert Crop.objects.filter(region__exam=quiz).count() == quiz.regions.count()
    answers = Answer.objects.filter(submission__exam=quiz)
    assert all(answer.ink is not None for answer in answers)
    assert max(answer.ink for answer in answers) > 5


def test_a_page_keeps_the_scan_s_own_bytes(quiz, scans, take, work, paper_quiz):
    upload = take(quiz, scans(4))
    work()

    page = upload.pages.get()
    assert page.lossless
    assert read(page.image.name) == paper_quiz.jpegs[4]
    with pikepdf.open(io.BytesIO(read(page.sheet.name))) as pdf:
        picture = pdf.pages[0].Resources.XObject.Im0
        assert picture.read_raw_bytes() == paper_quiz.jpegs[4]


def test_the_name_is_gone_from_what_graders_see(quiz, scans, take, work):
    upload = take(quiz, scans(*range(3)))
    work()

    cover, other = upload.pages.get(template_page=1), upload.pages.get(template_page=2)
    region = quiz.regions.get(kind=Region.Kind.NAME)
    x, y, width, height = laid_over(cover.affine, region.rect)
    shown = simplejpeg.decode_jpeg(read(cover.covered.name), colorspace="GRAY")[:, :, 0]
    high, wide = shown.shape
    part = shown[
        int(y * high) + 2 : int((y + height) * high) - 2,
        int(x * wide) + 2 : int((x + width) * wide) - 2,
    ]
    open_ = simplejpeg.decode_jpeg(read(cover.preview.name), colorspace="GRAY")[:, :, 0]
    assert np.ptp(part) < 12
    assert np.ptp(open_[int(y * high) : int((y + height) * high)]) > 60
    assert not other.covered


def test_one_upside_down_and_one_lost_do_not_move_the_papers_after(
    quiz, scans, take, work, upside_down
):
    upload = take(quiz, scans(0, upside_down(1), 2, 3, 5, 6, 7, 8))
    work()

    assert where(upload) == [
        (1, 1), (1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2), (3, 3),
    ]  # fmt: skip
    turned = upload.pages.get(number=2)
    assert (turned.turn, turned.sheet_turn) == (180, 180)
    missing = Answer.objects.filter(submission__number=2, submission__exam=quiz, ink=None)
    assert missing.exists()


def test_a_foreign_page_waits_and_a_blank_back_does_not(quiz, scans, take, work, foreign, blank):
    upload = take(quiz, scans(0, 1, foreign, 2, blank, 3, 4, 5))
    work()

    stranger, back = upload.pages.get(number=3), upload.pages.get(number=5)
    assert stranger.state in {State.EXTRA, State.DOUBTFUL}
    assert stranger.submission is None
    assert stranger.reason
    assert back.state == State.BLANK
    assert [place for place in where(upload) if place != (None, None)] == [
        (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3),
    ]  # fmt: skip


def test_a_page_that_comes_twice_never_takes_the_place_of_the_first(quiz, scans, take, work):
    upload = take(quiz, scans(0, 1, 1, 2, 3, 4, 5))
    work()

    assert sorted(states(upload)).count(State.PLACED) == 6
    (doubt,) = upload.pages.exclude(state=State.PLACED)
    assert doubt.state == State.DOUBTFUL
    assert doubt.reason


def test_a_second_upload_is_numbered_on_and_merged_with_nothing(quiz, scans, take, work):
    take(quiz, scans(0, 2, name="odd.pdf"))
    work()
    later = take(quiz, scans(1, name="even.pdf"))
    work()

    assert where(later) == [(2, 2)]
    assert list(quiz.submissions.values_list("number", flat=True)) == [1, 2]


def test_the_same_bytes_are_refused_with_who_and_when(quiz, scans, take, world):
    path = scans(0)
    first = take(quiz, path)
    Upload.objects.filter(pk=first.pk).update(uploaded_at="2026-10-05T10:41Z")

    with pytest.raises(BadUpload, match=r"again\.pdf is here already, uploaded 5 Oct, 10:41 by I"):
        take(quiz, path, name="again.pdf")
    assert Upload.objects.count() == 1


def test_the_same_bytes_are_taken_once_more_when_somebody_insists(quiz, scans, take, work):
    path = scans(0, 1, 2)
    first = take(quiz, path)
    work()
    with path.open("rb") as file:
        again = take_upload(quiz, File(file), "again.pdf", None, again=True)
    work()

    assert (first.copy, again.copy) == (0, 1)
    assert where(again) == [(2, 1), (2, 2), (2, 3)]
    with pytest.raises(HereAlready, match=r"last\.pdf is here already"):
        take(quiz, path, name="last.pdf")


def test_a_zip_taken_once_more_brings_all_of_its_files_once_more(quiz, scans, take, work, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(scans(0, 1, 2, name="a.pdf"), "a.pdf")
    take(quiz, tmp_path / "all.zip")
    work()
    with (tmp_path / "all.zip").open("rb") as file:
        again = take_upload(quiz, File(file), "all.zip", None, again=True)
    job = Job.objects.get(kind="intake.open", state="queued")
    job.claim("killed")
    intake.open_upload(job)
    Upload.objects.filter(pk=again.pk).update(formed_at=None)
    intake.open_upload(job)
    job.finish()
    work()

    assert list(quiz.uploads.filter(kind="pdf").values_list("copy", flat=True)) == [0, 1]
    assert quiz.submissions.count() == 2
    assert not again.warnings


def test_the_same_bytes_may_come_to_another_exam(quiz, scans, take, world, paper_quiz):
    make_template(world.exam, paper_quiz.drawn)
    path = scans(0)

    take(quiz, path)
    take(world.exam, path)

    assert Upload.objects.count() == 2


def test_without_a_template_scans_have_to_wait(world, scans, take):
    with pytest.raises(BadUpload, match="no template yet"):
        take(world.exam, scans(0))


# Bad files


def encrypted(path):
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="a", user="b"))


def many_pages(path, count):
    pdf = pikepdf.new()
    for _ in range(count):
        pdf.add_blank_page()
    pdf.save(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "morning.pdf is empty"),
        (b"PK\x03\x04....word/document.xml", "morning.pdf is not a PDF: it begins like a Word"),
        (b"Dear all,\n", "morning.pdf is not a PDF: it is plain text"),
    ],
)
def test_what_is_no_scan_is_refused_at_once(quiz, tmp_path, take, data, words):
    path = tmp_path / "morning.pdf"
    path.write_bytes(data)

    with pytest.raises(BadUpload, match=words):
        take(quiz, path)
    assert not Upload.objects.exists()


def test_a_file_that_is_too_large_is_refused_at_once(quiz, scans, take, settings):
    settings.MAX_UPLOAD_BYTES = 1000

    with pytest.raises(BadUpload, match="is the most for one file"):
        take(quiz, scans(0))


def test_a_locked_file_says_so_and_may_be_sent_again(quiz, scans, take, work):
    path = scans(0)
    encrypted(path)

    upload = take(quiz, path)
    work()
    upload.refresh_from_db()
    again = take(quiz, path)

    assert "needs a password" in upload.problem
    assert Job.objects.filter(state="failed", error=upload.problem).exists()
    assert again.pk != upload.pk


def test_a_file_of_too_many_pages_says_how_many(quiz, tmp_path, take, work):
    many_pages(tmp_path / "huge.pdf", 3000)

    upload = take(quiz, tmp_path / "huge.pdf")
    work()

    upload.refresh_from_db()
    assert "huge.pdf has 3,000 pages" in upload.problem
    assert not upload.pages.exists()


def test_a_file_cut_off_gives_what_it_holds_and_names_what_it_lost(quiz, scans, take, work):
    path = scans(*range(6))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])

    upload = take(quiz, path)
    work()

    upload.refresh_from_db()
    found = states(upload)
    assert upload.problem or (upload.warnings and State.ERROR in found)
    assert all(page.reason for page in upload.pages.filter(state=State.ERROR))


def test_pages_gone_without_a_trace_wait_for_a_person(quiz, paper_quiz, tmp_path, take, work, as_):
    # Other than most, this writer puts a page's own entry behind its picture.
    first, *more = [Image.open(io.BytesIO(jpeg)) for jpeg in paper_quiz.jpegs[:6]]
    first.save(tmp_path / "cut.pdf", save_all=True, append_images=more)
    whole = (tmp_path / "cut.pdf").read_bytes()
    (tmp_path / "cut.pdf").write_bytes(whole[: len(whole) // 3])

    upload = take(quiz, tmp_path / "cut.pdf")
    work()

    upload.refresh_from_db()
    there = upload.page_count
    assert 0 < there < 6
    said = f"cut.pdf ends after page {there}: it is cut off. Scan or export it again."
    assert upload.warnings[0] == said
    last = upload.pages.get(number=there + 1)
    assert last.state == State.ERROR
    assert f"what came after page {there} is lost" in last.reason
    page = as_("ines").get(f"/exams/{quiz.pk}/scans/").content.decode()
    assert said in page
    assert "need a look" in page or "needs a look" in page


def test_a_bomb_among_the_pages_stops_no_other(quiz, scans, take, work, tmp_path):
    with pikepdf.open(scans(0, 1, 2)) as pdf:
        bomb = pdf.make_stream(
            b"\xff\xd8\xff\xd9",
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=65_000,
            Height=65_000,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        pdf.pages[1].Resources.XObject.Im0 = bomb
        pdf.save(tmp_path / "bomb.pdf")

    upload = take(quiz, tmp_path / "bomb.pdf")
    work()

    assert states(upload) == [State.PLACED, State.ERROR, State.PLACED]
    assert "65,000" in upload.pages.get(number=2).reason
    assert where(upload)[2] == (1, 3)


def test_a_page_that_claims_to_be_kilometres_wide_stops_no_other(quiz, scans, take, work, tmp_path):
    wide = tmp_path / "wide.pdf"
    with pikepdf.open(scans(*range(3))) as pdf:
        pdf.pages[1].MediaBox = [0, 0, 9_000_000, 9_000_000]
        pdf.pages[1].Contents = pdf.make_stream(b"q 9000000 0 0 9000000 0 0 cm /Im0 Do Q")
        pdf.save(wide)
    upload = take(quiz, wide)
    work()

    upload.refresh_from_db()
    assert upload.formed_at
    assert [states(upload)[0], states(upload)[2]] == [State.PLACED, State.PLACED]
    assert upload.pages.get(number=2).state != State.WAITING


@pytest.mark.parametrize("broken", ["quantisation", "scan"])
def test_a_picture_that_cannot_be_decoded_stops_no_other(
    quiz, scans, take, work, paper_quiz, broken
):
    """Its header is sound, so it is taken; only whoever decodes it sees."""
    jpeg = paper_quiz.jpegs[1]
    if broken == "quantisation":
        at = jpeg.index(b"\xff\xdb")
        jpeg = jpeg[: at + 1] + b"\xfe" + jpeg[at + 2 :]
    else:
        at = jpeg.index(b"\xff\xc0")
        jpeg = jpeg[: at + 1] + b"\xc9" + jpeg[at + 2 :]
    upload = take(quiz, scans(0, jpeg, 2))
    work()

    upload.refresh_from_db()
    assert upload.formed_at
    assert states(upload) == [State.PLACED, State.ERROR, State.PLACED]
    assert upload.pages.get(number=2).reason.startswith("Page 2: ")


def test_a_picture_of_no_sheet_s_shape_is_refused_in_words(quiz, scans, take, work):
    thread = simplejpeg.encode_jpeg(np.full((10_000, 400, 1), 200, np.uint8), 75, "GRAY", "Gray")
    upload = take(quiz, scans(0, thread, 2))
    work()

    assert states(upload) == [State.PLACED, State.ERROR, State.PLACED]
    assert "no shape of a sheet" in upload.pages.get(number=2).reason


def test_scans_of_more_pages_than_the_template_keep_the_rest_for_a_person(
    world, paper_quiz, scans, take, work
):
    exam = Exam.objects.create(course=world.course, name="Short quiz")
    make_template(exam, paper_quiz.drawn[:2])

    upload = take(exam, scans(*range(6)))
    work()

    assert where(upload)[:2] == [(1, 1), (1, 2)]
    assert where(upload)[3:5] == [(2, 1), (2, 2)]
    assert set(upload.pages.filter(number__in=[3, 6]).values_list("submission", flat=True)) == {
        None
    }


def test_a_coarse_scan_is_taken_with_a_warning_that_says_why(
    quiz, scans, take, work, paper_quiz, tmp_path
):
    grey = simplejpeg.decode_jpeg(paper_quiz.jpegs[0], colorspace="GRAY")[:, :, 0]
    small = np.ascontiguousarray(grey.reshape(1100, 2, 850, 2).mean((1, 3)).astype(np.uint8))
    coarse = bytes(simplejpeg.encode_jpeg(small[:, :, None], 80, "GRAY", "Gray"))
    (tmp_path / "c.pdf").write_bytes(paper.saved(paper.pdf_of(coarse)))
    fine, upload = take(quiz, scans(1, name="fine.pdf")), take(quiz, tmp_path / "c.pdf")
    work()
    fine.refresh_from_db()
    upload.refresh_from_db()

    assert not fine.warnings
    assert upload.warnings == [
        "c.pdf was scanned at 100 dpi. Small writing and faint strokes may be lost, and names are "
        "read worse: scan at 200 dpi or more if you can."
    ]


def test_a_zip_becomes_an_upload_for_each_of_its_files(quiz, scans, take, work, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(scans(0, 1, 2, name="a.pdf"), "room 1/a.pdf")
        archive.write(scans(3, 4, 5, name="b.pdf"), "room 2/b.pdf")
        archive.writestr("notes.txt", "hello")
        archive.writestr("old.zip", b"PK\x03\x04 and nothing more")

    upload = take(quiz, tmp_path / "all.zip")
    work()

    upload.refresh_from_db()
    assert upload.formed_at
    assert [said.split()[0] for said in upload.warnings] == ["old.zip", "notes.txt"]
    assert [each.name for each in quiz.uploads.all()][1:] == ["room 1/a.pdf", "room 2/b.pdf"]
    assert quiz.submissions.count() == 2


def test_a_picture_becomes_a_page(quiz, take, work, tmp_path, paper_quiz):
    (tmp_path / "page.jpg").write_bytes(paper_quiz.jpegs[1])

    upload = take(quiz, tmp_path / "page.jpg")
    work()

    assert where(upload) == [(1, 2)]


# Twice, and interrupted


def test_every_step_done_twice_does_nothing_twice(quiz, scans, take):
    upload = take(quiz, scans(*range(6)))
    steps = {
        "intake.open": intake.open_upload,
        "intake.chunk": chunks.take_pages,
        "intake.form": papers.form,
    }
    for kind, step in steps.items():
        job = Job.objects.get(kind=kind)
        job.claim("test")
        step(job)
        step(job)
        job.finish()

    assert where(upload) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    assert quiz.submissions.count() == 2
    assert Crop.objects.filter(region__exam=quiz).count() == 2 * quiz.regions.count()


def test_many_pages_are_taken_in_larger_lots(quiz, scans, take, work, monkeypatch):
    monkeypatch.setattr(intake, "CHUNK", 2)
    monkeypatch.setattr(intake, "MANY", 5)
    upload = take(quiz, scans(*range(6)))

    work()

    lots = Job.objects.filter(kind="intake.chunk").order_by("pk")
    assert [(job.args["first"], job.total) for job in lots] == [(1, 4), (5, 2)]
    assert len(where(upload)) == 6


def test_an_upload_deleted_in_the_middle_leaves_nothing_to_do(quiz, scans, take):
    upload = take(quiz, scans(*range(3)))
    job = Job.objects.ask("intake.chunk", upload=upload.pk, first=1)
    Upload.objects.all().delete()

    chunks.take_pages(job)
    intake.open_upload(Job.objects.get(kind="intake.open"))

    assert not Page.objects.filter(upload__exam=quiz).exists()


def test_a_refusal_is_told_to_the_person(quiz, scans, take):
    path = scans(0)
    encrypted(path)
    take(quiz, path)

    with pytest.raises(Refusal, match="password"):
        intake.open_upload(Job.objects.get(kind="intake.open"))
