from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from submissions import unpacking
from submissions.sources import BadUpload
from submissions.unpacking import expand


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def unpacked(tmp_path: Path, data: bytes) -> tuple[list[tuple[str, bytes]], list[str]]:
    (tmp_path / "out").mkdir()
    files, left_out = expand(written(tmp_path / "x", data), tmp_path / "out", "a.zip")
    return [(name, file.read_bytes()) for name, file in files], left_out


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_file_whose_packing_is_broken_is_left_out_alone(tmp_path, packing):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        archive.writestr("a.pdf", bytes(range(256)) * 40)
        archive.writestr("b.pdf", b"sound")
    broken = bytearray(out.getvalue())
    broken[40:90] = b"\xff" * 50

    files, left_out = unpacked(tmp_path, bytes(broken))

    assert files == [("b.pdf", b"sound")]
    assert left_out == ["a.pdf is damaged and cannot be unpacked. Upload it by itself."]


def test_a_file_with_a_password_or_packed_in_an_unknown_way_is_left_out_alone(tmp_path):
    data = bytearray(zipped(**{"a.pdf": b"a", "b.pdf": b"b", "c.pdf": b"c"}))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 1)
    data[first + 8] |= 1
    data[second + 10] = 97

    files, left_out = unpacked(tmp_path, bytes(data))

    assert files == [("c.pdf", b"c")]
    assert [one.split(".pdf ")[1][:12] for one in left_out] == ["needs a pass", "is damaged a"]


def test_a_broken_zip_in_a_zip_is_left_out_alone(tmp_path):
    data = zipped(**{"a.pdf": b"a", "in.zip": zipped(x=bytes(2000))[:-30], "z.pdf": b"z"})

    files, left_out = unpacked(tmp_path, data)

    assert files == [("a.pdf", b"a"), ("z.pdf", b"z")]
    assert left_out == ["in.zip is damaged and cannot be unpacked. Pack it again."]


def test_of_many_that_are_left_out_some_are_named(tmp_path):
    data = bytearray(zipped(**{f"{number}.pdf": b"-" for number in range(13)}))
    for found in re.finditer(b"PK\x01\x02", bytes(data)):
        data[found.start() + 8] |= 1

    _, left_out = unpacked(tmp_path, bytes(data))

    assert len(left_out) == unpacking.MOST_NAMED + 1
    assert left_out[-1] == "3 more could not be unpacked either."


def test_a_name_of_thousands_of_digits_is_a_name(tmp_path):
    long = "9" * 5000
    files, _ = unpacked(
        tmp_path, zipped(**{f"{long}.pdf": b"long", "010.pdf": b"10", "9.pdf": b"9"})
    )

    assert [data for _, data in files] == [b"9", b"10", b"long"]


def test_a_zip_is_unpacked_in_reading_order_without_clutter(tmp_path):
    path = written(
        tmp_path / "x",
        zipped(
            **{
                "s/10.pdf": b"ten",
                "s/2.pdf": b"two",
                "__MACOSX/s/2.pdf": b"-",
                ".DS_Store": b"-",
                "more.zip": zipped(inner=b"in"),
            }
        ),
    )
    (tmp_path / "out").mkdir()

    files, _ = expand(path, tmp_path / "out")
    assert [(name, file.read_bytes()) for name, file in files] == [
        ("more.zip/inner", b"in"),
        ("s/2.pdf", b"two"),
        ("s/10.pdf", b"ten"),
    ]


def test_names_in_a_zip_cannot_leave_the_folder(tmp_path):
    path = written(tmp_path / "x", zipped(**{"../../evil.pdf": b"1", "/etc/passwd": b"2"}))
    (tmp_path / "out").mkdir()

    files, _ = expand(path, tmp_path / "out")

    assert {file.parent for _, file in files} == {tmp_path / "out"}
    assert sorted(name for name, _ in files) == ["etc/passwd", "evil.pdf"]


def test_zips_nested_too_deep_are_refused(tmp_path):
    data = b"core"
    for _ in range(4):
        data = zipped(**{"in.zip": data})
    (tmp_path / "out").mkdir()

    with pytest.raises(BadUpload, match=r"all\.zip holds ZIPs inside ZIPs"):
        expand(written(tmp_path / "x", data), tmp_path / "out", "all.zip")


def test_a_zip_bomb_is_stopped_by_what_comes_out(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_EXPANDED_BYTES", 1 << 20)
    path = written(tmp_path / "x", zipped(big=bytes(3 << 20)))
    (tmp_path / "out").mkdir()

    with pytest.raises(BadUpload, match="unpacks to more"):
        unpacking._expand(path, tmp_path / "out", "bomb.zip")

    assert sum(file.stat().st_size for file in (tmp_path / "out").iterdir()) <= 1 << 20


def test_what_unpacks_to_a_hundred_times_its_size_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE_BYTES", 1 << 20)
    path = written(tmp_path / "x", zipped(big=bytes(3 << 20)))
    (tmp_path / "out").mkdir()

    with pytest.raises(BadUpload, match=r"bomb\.zip unpacks to more than 100 times its size"):
        unpacking._expand(path, tmp_path / "out", "bomb.zip")


def test_a_broken_zip_is_refused(tmp_path):
    data = zipped(a=bytes(range(256)) * 40)
    (tmp_path / "out").mkdir()

    with pytest.raises(BadUpload, match="cannot be unpacked"):
        expand(written(tmp_path / "x", data[:-30]), tmp_path / "out", "a.zip")
