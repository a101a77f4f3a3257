"""Single pictures that come together are one stack, in the order of their names."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from gradebook.files import read
from jobs.models import Job
from submissions import intake, stacks
from submissions.extraction import BadPage, Sheet, sheets
from submissions.models import Page, Upload
from submissions.overview import uploads_of
from submissions.stacks import Member, grouped, label, look
from submissions.unpacking import natural

State = Page.State
JSON = {"Accept": "application/json"}


@pytest.fixture
def pictures(paper_quiz, tmp_path):
    """`pictures("max-1.jpg", …)` puts the batch's pages, in this order, into a folder."""

    def make(*names, first=0):
        folder = tmp_path / "photos"
        folder.mkdir(exist_ok=True)
        for page, name in enumerate(names, start=first):
            (folder / name).write_bytes(paper_quiz.jpegs[page])
        return [folder / name for name in names]

    return make


@pytest.fixture
def zipped(tmp_path):
    """`zipped({"a/1.jpg": bytes}, name="class.zip")`: a ZIP on disk."""

    def make(files, name="class.zip", how=zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / name, "w", how) as archive:
            for inside, data in files.items():
                archive.writestr(inside, data)
        return tmp_path / name

    return make


@pytest.fixture
def client(world):
    client = Client()
    client.force_login(world.ines)
    return client


def sent(client, exam, paths, headers=JSON, door="/exams/{}/uploads/", **more):
    files = [path.open("rb") for path in paths]
    answer = client.post(door.format(exam.pk), {"file": files} | more, headers=headers)
    for file in files:
        file.close()
    return answer


def where(upload):
    pages = upload.pages.order_by("number")
    return list(pages.values_list("submission__number", "template_page"))


def states(upload):
    return list(upload.pages.order_by("number").values_list("state", flat=True))


def png_of(jpeg):
    out = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


def tiff_of(*jpegs):
    first, *more = [Image.open(io.BytesIO(jpeg)) for jpeg in jpegs]
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=more, compression="jpeg")
    return out.getvalue()


# Which belong together


@pytest.mark.parametrize(
    ("files", "groups"),
    [
        (["a.jpg", "b.jpg"], [[0, 1]]),
        (["p10.jpg", "P2.jpg", "p1.png"], [[2, 1, 0]]),
        (["a.jpg"], [[0]]),
        (["a.jpg", "a.pdf", "b.jpg", "b.pdf"], [[0, 2], [1], [3]]),
        (["x/1.jpg", "y/1.jpg", "x/2.jpg", "1.jpg", "y/2.jpg"], [[0, 2], [1, 4], [3]]),
        (["1.jpg", "2.bad", "3.jpg"], [[0, 1, 2]]),
        (["1.bad", "2.bad"], [[0], [1]]),
        (["1.bad", "2.jpg"], [[0, 1]]),
        ([], []),
    ],
)
def test_the_pictures_of_a_folder_are_one_stack(files, groups):
    looks = {"pdf": "other", "bad": "unreadable"}
    seen = [(name, looks.get(name.rpartition(".")[2], "picture")) for name in files]

    assert grouped(seen) == groups


@pytest.mark.parametrize(
    ("name", "head", "looks"),
    [
        ("a", b"\xff\xd8\xff\xe0", "picture"),
        ("a.jpg", b"", "unreadable"),
        ("a.JPG", b"<html>", "unreadable"),
        ("a.heic", b"\0\0\0\x24ftypheic", "unreadable"),
        ("a.jpg", b"%PDF-1.7", "other"),
        ("a.txt", b"hello", "other"),
        ("._a.jpg", b"\0\5\x16\7", "other"),
    ],
)
def test_what_is_called_a_picture_keeps_its_place_though_it_is_none(name, head, looks):
    assert look(name, head) == looks


def test_numbers_in_names_count_by_their_value():
    names = ["page 10", "page 9", "Page 9b", "page", "2024-01-02 11.5", "2024-01-02 11.15"]

    assert sorted(names, key=natural) == [
        "2024-01-02 11.5", "2024-01-02 11.15", "page", "page 9", "Page 9b", "page 10",
    ]  # fmt: skip


def test_a_stack_is_called_after_its_first_and_its_last_picture():
    assert label(["max-1.png", "max-3.png"]) == "max-1.png … max-3.png (2 pictures)"
    assert label(["b/1.png", "b/2.png"]) == "b/1.png … 2.png (2 pictures)"
    assert len(label(["x" * 200, "y" * 200])) < 200


def test_the_same_pictures_give_the_same_bytes():
    def packed():
        out = io.BytesIO()
        stacks.pack(out, [Member(f"a/{n}.jpg", partial(io.BytesIO, bytes(9))) for n in "12"])
        return out.getvalue()

    assert packed() == packed()
    with zipfile.ZipFile(io.BytesIO(packed())) as archive:
        assert archive.namelist() == ["1.jpg", "2.jpg"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


# From end to end


def test_three_pictures_sent_by_the_plain_form_are_one_paper(client, quiz, pictures, work):
    paths = pictures("max-1.jpg", "max-2.jpg", "max-10.jpg")
    answer = sent(client, quiz, paths[::-1], headers={})
    work()

    upload = Upload.objects.get()
    assert answer.status_code == 302
    assert upload.name == "max-1.jpg … max-10.jpg (3 pictures)"
    assert (upload.kind, upload.page_count) == ("pictures", 3)
    assert where(upload) == [(1, 1), (1, 2), (1, 3)]


def test_a_picture_of_a_stack_keeps_the_scan_s_own_bytes(client, quiz, pictures, work, paper_quiz):
    sent(client, quiz, pictures("1.jpg", "2.jpg", "3.jpg"))
    work()

    pages = Page.objects.order_by("number")
    assert [read(page.image.name) for page in pages] == paper_quiz.jpegs[:3]
    assert all(page.lossless for page in pages)


def test_the_pictures_of_two_students_are_two_papers(client, quiz, pictures, work):
    paths = pictures(*[f"{who}-{n}.jpg" for who in ("anna", "max") for n in (1, 2, 3)])
    answer = sent(client, quiz, paths, door="/api/v1/exams/{}/uploads/")
    work()

    upload = Upload.objects.get()
    assert answer.json() == {"id": upload.pk, "ids": [upload.pk], "state": "working"}
    assert where(upload) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]


def test_pictures_sent_once_more_are_refused_and_taken_if_somebody_insists(
    client, quiz, pictures, work
):
    paths = pictures("1.jpg", "2.jpg", "3.jpg")
    sent(client, quiz, paths)
    twice = sent(client, quiz, paths[::-1])
    again = sent(client, quiz, paths, again="1")
    work()

    assert (twice.status_code, twice.json()["again"]) == (409, True)
    assert "1.jpg … 3.jpg (3 pictures) is here already" in twice.json()["detail"]
    assert again.status_code == 201
    assert quiz.submissions.count() == 2


def test_a_refused_file_beside_pictures_does_not_keep_them_out(
    client, quiz, pictures, tmp_path, work
):
    (tmp_path / "notes.txt").write_text("hello")
    answer = sent(client, quiz, [*pictures("1.jpg", "2.jpg", "3.jpg"), tmp_path / "notes.txt"])
    work()

    assert answer.status_code == 400
    assert "notes.txt is not a PDF, a picture or a ZIP" in answer.json()["detail"]
    assert quiz.submissions.count() == 1


def test_pictures_that_are_too_much_together_are_refused_in_words(client, quiz, pictures, settings):
    paths = pictures("1.jpg", "2.jpg", "3.jpg")
    settings.MAX_UPLOAD_BYTES = 2 * paths[0].stat().st_size

    assert "is the most for one file" in sent(client, quiz, paths).json()["detail"]
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (lambda jpeg: jpeg[: len(jpeg) // 2], "its picture is cut off"),
        (lambda jpeg: b"", "its picture is empty or damaged"),
        (lambda jpeg: b"<html>" * 99, "it is no JPEG, PNG or TIFF"),
        (lambda jpeg: b"\0\0\0\x24ftypheic" + jpeg, "Apple’s HEIC format"),
        (lambda jpeg: b"\x89PNG\r\n\x1a\n" + jpeg, "it is damaged and cannot be read"),
    ],
)
def test_a_damaged_picture_in_the_middle_waits_and_shifts_nothing(
    quiz, take, work, paper_quiz, zipped, broken, why
):
    jpegs = list(paper_quiz.jpegs[:6])
    jpegs[1] = broken(jpegs[1])
    upload = take(quiz, zipped({f"{n}.jpg": jpeg for n, jpeg in enumerate(jpegs, start=1)}))
    work()

    upload.refresh_from_db()
    assert states(upload) == [State.PLACED, State.ERROR, *[State.PLACED] * 4]
    assert [place for place in where(upload) if place[0]] == [
        (1, 1), (1, 3), (2, 1), (2, 2), (2, 3),
    ]  # fmt: skip
    assert upload.pages.get(number=2).reason.startswith("Page 2: it")
    assert why in upload.pages.get(number=2).reason
    assert upload.warnings[0] == "Picture 2 cannot be read: 2.jpg."


def test_who_may_not_see_names_of_files_sees_none_of_the_pictures(
    quiz, take, work, paper_quiz, zipped, world
):
    files = {"sam-1.jpg": paper_quiz.jpegs[0], "sam-2.jpg": b"", "sam-3.jpg": paper_quiz.jpegs[2]}
    upload = take(quiz, zipped(files), name="sam-1.jpg … sam-3.jpg (3 pictures)")
    work()
    grader = Client()
    grader.force_login(world.gus)

    shown = grader.get(f"/exams/{quiz.pk}/scans/").text
    told = grader.get(f"/api/v1/exams/{quiz.pk}/uploads/").text
    (row,) = uploads_of(quiz, names=True)

    assert "sam-" not in shown + told
    assert "file 1, page 2" in shown
    assert row.warnings == ["Picture 2 cannot be read: sam-2.jpg."]
    assert row.label == upload.name


def test_a_zip_of_one_folder_of_pictures_is_itself_the_stack(quiz, take, work, paper_quiz, zipped):
    jpegs = paper_quiz.jpegs
    files = {f"max/{n}.jpg": jpegs[page] for n, page in ((10, 2), (2, 1), (1, 0))}
    upload = take(quiz, zipped(files | {"__MACOSX/max/._1.jpg": b"-"}))
    work()

    assert Upload.objects.get() == upload
    assert where(upload) == [(1, 1), (1, 2), (1, 3)]


def test_each_folder_of_a_zip_is_a_stack_and_a_pdf_is_by_itself(
    quiz, take, work, scans, paper_quiz, zipped
):
    jpegs = paper_quiz.jpegs
    files = {"all.pdf": scans(0, 1, 2).read_bytes()}
    files |= {f"anna/{n + 1}.png": png_of(jpegs[3 + n]) for n in range(3)}
    files |= {f"max/{n + 1}.jpg": jpegs[6 + n] for n in range(3)}
    files |= {"many.tif": tiff_of(*jpegs[:3]), "one.tif": tiff_of(jpegs[0])}
    upload = take(quiz, zipped(files))
    work()

    upload.refresh_from_db()
    assert upload.formed_at
    assert list(quiz.uploads.exclude(pk=upload.pk).values_list("name", "kind", "page_count")) == [
        ("all.pdf", "pdf", 3),
        ("anna/1.png … 3.png (3 pictures)", "pictures", 3),
        ("many.tif", "image", 3),
        ("max/1.jpg … 3.jpg (3 pictures)", "pictures", 3),
        ("one.tif", "image", 1),
    ]
    papers = [where(one) for one in quiz.uploads.filter(page_count=3)]
    assert papers == [[(n, 1), (n, 2), (n, 3)] for n in (1, 2, 3, 4)]


def test_tiffs_of_one_page_are_pictures_like_others(quiz, take, work, paper_quiz, zipped):
    jpegs = paper_quiz.jpegs
    upload = take(quiz, zipped({f"{n}.tif": tiff_of(jpegs[n]) for n in range(3)}))
    work()

    assert where(upload) == [(1, 1), (1, 2), (1, 3)]


def test_a_zip_in_a_zip_may_be_a_stack(quiz, take, work, paper_quiz, zipped):
    inner = zipped({f"{n}.jpg": paper_quiz.jpegs[n] for n in range(3)}, name="inner.zip")
    take(quiz, zipped({"room/inner.zip": inner.read_bytes()}))
    work()

    stack = quiz.uploads.get(kind="pictures")
    assert stack.name == "room/inner.zip/0.jpg … 2.jpg (3 pictures)"
    assert where(stack) == [(1, 1), (1, 2), (1, 3)]


def test_the_command_makes_one_stack_of_pictures_in_the_order_of_their_names(
    quiz, pictures, tmp_path, scans
):
    paths = [str(path) for path in pictures("p1.jpg", "p2.jpg", "p10.jpg")]
    others = [str(tmp_path / "gone.jpg"), str(scans(3, 4, 5))]
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"gone\.jpg cannot be read"):
        call_command("ingest", str(quiz.pk), *sorted(paths), *others, json=True, stdout=out)

    told = json.loads(out.getvalue())
    assert (told["papers"], told["complete"]) == (2, 2)
    names = quiz.uploads.values_list("name", flat=True)
    assert sorted(names) == ["morning.pdf", "p1.jpg … p10.jpg (3 pictures)"]


# Killed, and done twice


def test_a_zip_opened_twice_brings_no_picture_twice(quiz, take, work, paper_quiz, zipped):
    files = {
        f"{who}/{n}.jpg": paper_quiz.jpegs[3 * at + n]
        for at, who in enumerate("ab")
        for n in range(3)
    }
    upload = take(quiz, zipped(files))
    # Taken once more on purpose, so that the same bytes alone do not stop a second copy.
    Upload.objects.filter(pk=upload.pk).update(copy=1)
    job = Job.objects.get(kind="intake.open")
    job.claim("killed")
    intake.open_upload(job)
    Upload.objects.filter(pk=upload.pk).update(formed_at=None)
    Upload.objects.filter(name__startswith="b/").delete()
    intake.open_upload(job)
    job.finish()
    work()

    upload.refresh_from_db()
    assert not upload.warnings
    assert [where(one) for one in quiz.uploads.exclude(pk=upload.pk)] == [
        [(1, 1), (1, 2), (1, 3)],
        [(2, 1), (2, 2), (2, 3)],
    ]


@pytest.mark.parametrize("killed_at", ["_make_pages", "_ask_for_chunks"])
def test_a_stack_whose_opening_was_killed_is_opened_to_the_end(
    quiz, take, work, paper_quiz, zipped, monkeypatch, killed_at
):
    upload = take(quiz, zipped({f"{n}.jpg": paper_quiz.jpegs[n] for n in range(3)}))

    def die(*args):
        raise KeyboardInterrupt

    job = Job.objects.get(kind="intake.open")
    job.claim("killed")
    with monkeypatch.context() as patch:
        patch.setattr(intake, killed_at, die)
        with pytest.raises(KeyboardInterrupt):
            intake.open_upload(job)
    intake.open_upload(job)
    job.finish()
    work()

    assert where(upload) == [(1, 1), (1, 2), (1, 3)]
    assert quiz.submissions.count() == 1


# Hostile


def lying(path, name, size):
    """Let an entry of a ZIP claim another size than it has, in both of its headers."""
    data = bytearray(path.read_bytes())
    local = data.index(b"PK\3\4", max(0, data.index(name) - 30))
    central = data.rindex(name) - 46
    struct.pack_into("<I", data, local + 22, size)
    struct.pack_into("<I", data, central + 24, size)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("size", "state"), [(100, State.ERROR), (0, State.ERROR), (3 << 30, State.PLACED)]
)
def test_an_entry_that_lies_about_its_size_counts_by_what_comes_out(
    quiz, take, work, paper_quiz, zipped, size, state
):
    path = zipped({f"p{n}.jpg": paper_quiz.jpegs[n] for n in range(3)})
    lying(path, b"p1.jpg", size)
    upload = take(quiz, path)
    work()

    assert states(upload) == [State.PLACED, state, State.PLACED]


def test_a_picture_that_inflates_beyond_bounds_is_stopped_while_it_is_read(
    tmp_path, paper_quiz, zipped, monkeypatch
):
    bomb = b"\xff\xd8\xff" + bytes(stacks.MAX_PICTURE_BYTES + 1)
    path = zipped({"1.jpg": paper_quiz.jpegs[0], "2.jpg": bomb, "3.jpg": paper_quiz.jpegs[2]})

    first, bad, last = sheets(path, "pictures", [1, 2, 3])

    assert isinstance(first, Sheet)
    assert isinstance(bad, BadPage)
    assert bad.message == "Page 2: its file has more than 256 MB. Scan it at 300 dpi."
    assert isinstance(last, Sheet)
    assert (first.number, last.number) == (1, 3)


@pytest.mark.parametrize(("count", "words"), [(10_000, "5,000 files"), (3_000, "3,000 pages")])
def test_thousands_of_pictures_are_refused_in_words(quiz, take, work, zipped, count, words):
    jpeg = b"\xff\xd8\xff\xe0"
    upload = take(quiz, zipped({f"{n}.jpg": jpeg for n in range(count)}, how=zipfile.ZIP_STORED))
    work()

    upload.refresh_from_db()
    assert words in upload.problem
    assert not upload.pages.exists()


def test_a_picture_that_looks_like_a_mark_of_excel_is_taken(quiz, take, work, paper_quiz, zipped):
    """Three bytes of a picture may be any."""
    jpegs = list(paper_quiz.jpegs[:3])
    jpegs[0] = jpegs[0][:2] + b"\xff\xfe\x00\x07xl/.." + jpegs[0][2:]
    upload = take(quiz, zipped({f"{n}.jpg": jpegs[n] for n in range(3)}, how=zipfile.ZIP_STORED))
    work()

    assert where(upload) == [(1, 1), (1, 2), (1, 3)]
