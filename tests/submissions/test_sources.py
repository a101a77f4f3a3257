from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from submissions import blank_exam, sources
from submissions.sources import BadUpload, Source, inspect


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def pdf_bytes(pages: int, **saving: object) -> bytes:
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page()
    out = io.BytesIO()
    pdf.save(out, **saving)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def image_bytes(form: str, **saving: object) -> bytes:
    out = io.BytesIO()
    Image.new("L", (60, 80), 200).save(out, form, **saving)
    return out.getvalue()


def refusal(path: Path, name: str) -> str:
    with pytest.raises(BadUpload) as refused:
        inspect(path, name)
    return str(refused.value)


def test_a_pdf_says_how_many_pages(tmp_path):
    assert inspect(written(tmp_path / "a", pdf_bytes(3)), "a.pdf") == Source("pdf", 3)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (zipped(**{"[Content_Types].xml": b"x", "word/document.xml": b"y"}), "like a Word file"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Word or Excel"),
        (b"<!doctype html><p>Log in", "a web page"),
        (b"Dear all,\nplease find", "plain text"),
        (b"\x00\x00\x00\x24ftypheic" + b"\0" * 600, "HEIC format"),
        (b"\x00\x00\x00\x1cftypmif1" + b"\0" * 600, "Send it as JPEG"),
        (b"\x00\x01\x02garbage" * 40, "does not begin like one"),
        (b"%PDF-1.7\n" + b"\x80garbage" * 40, "damaged"),
        (b"\xff\xd8\xff\xe0garbage", "cannot be read as a picture"),
    ],
)
def test_what_is_not_a_file_of_scans_is_named_and_told(tmp_path, data, said):
    message = refusal(written(tmp_path / "x", data), "notes.docx.pdf")

    assert message.startswith("notes.docx.pdf ")
    assert said in message


def test_a_password_is_asked_for_in_words(tmp_path):
    locked = pdf_bytes(1, encryption=pikepdf.Encryption(user="u", owner="o"))

    assert "needs a password" in refusal(written(tmp_path / "x", locked), "a.pdf")


def test_an_owner_password_alone_does_not_matter(tmp_path):
    guarded = pdf_bytes(2, encryption=pikepdf.Encryption(user="", owner="o"))

    assert inspect(written(tmp_path / "x", guarded), "a.pdf").pages == 2


def test_a_page_tree_that_loops_is_refused(tmp_path):
    loop = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 2/Kids[2 0 R 2 0 R]>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\n%%EOF"
    )

    assert refusal(written(tmp_path / "x", loop), "loop.pdf").startswith("loop.pdf ")


def test_too_many_pages_are_counted_and_refused(tmp_path):
    path = written(tmp_path / "x", pdf_bytes(6))

    with pytest.raises(BadUpload, match="has 6 pages, and 5 is the most"):
        inspect(path, "a.pdf", max_pages=5)


def test_a_file_over_the_size_limit_is_refused_unread(tmp_path):
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(sources.MAX_BYTES + 1)

    assert "1 GB is the most" in refusal(path, "big.pdf")


def test_a_file_cut_off_is_taken_with_a_warning(tmp_path):
    whole = pdf_bytes(9)
    source = inspect(written(tmp_path / "x", whole[: len(whole) * 2 // 3]), "cut.pdf")

    said = f"cut.pdf ends after page {source.pages}: it is cut off. Scan or export it again."
    assert source.warnings == (said,)
    assert source.cut


def test_a_page_that_lists_no_resources_is_no_damage(tmp_path):
    pdf = pikepdf.open(io.BytesIO(pdf_bytes(2)))
    for key in {"/Resources", "/Contents"} & set(pdf.pages[1].obj.keys()):
        del pdf.pages[1].obj[key]
    bare = io.BytesIO()
    pdf.save(bare)
    path = written(tmp_path / "x", bare.getvalue())

    assert inspect(path, "bare.pdf") == Source("pdf", 2)
    assert len(blank_exam.look(path, "bare.pdf")) == 2


def test_a_zip_is_told_by_its_first_bytes(tmp_path):
    assert inspect(written(tmp_path / "x", zipped(a=b"1")), "all.zip") == Source("zip", 0)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_a_picture_is_one_page(tmp_path, form):
    assert inspect(written(tmp_path / "x", image_bytes(form)), "x") == Source("image", 1)


def test_a_tiff_has_as_many_pages_as_frames(tmp_path):
    more = [Image.new("1", (60, 80))] * 2
    data = image_bytes("TIFF", save_all=True, append_images=more)

    assert inspect(written(tmp_path / "x", data), "x.tif") == Source("image", 3)


def test_frames_are_counted_no_further_than_they_may_be(tmp_path):
    """A hundred thousand take a minute and a half to count."""
    tags = [(256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 8)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in [*tags, (279, 64)])
    body = struct.pack("<H", 9) + entries
    frames = (
        body + struct.pack("<I", 8 + (len(body) + 4) * number) for number in range(1, 100_001)
    )
    path = written(tmp_path / "x", b"II*\0" + struct.pack("<I", 8) + b"".join(frames))

    assert "has more than 2,500 pages, and 2,500 is the most" in refusal(path, "many.tif")


def test_what_a_phone_puts_behind_its_photo_is_no_page(tmp_path):
    small = [Image.new("RGB", (6, 8))]
    path = tmp_path / "x"
    Image.new("RGB", (60, 80)).save(path, "MPO", save_all=True, append_images=small)

    assert inspect(path, "IMG_0001.jpg") == Source("image", 1)
