from __future__ import annotations

import io
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


def test_a_zip_whose_packing_is_broken_is_refused(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.pdf", bytes(range(256)) * 40)
    broken = bytearray(out.getvalue())
    broken[50:90] = b"\xff" * 40
    (tmp_path / "out").mkdir()

    with pytest.raises(BadUpload, match="cannot be unpacked"):
        expand(written(tmp_path / "x", bytes(broken)), tmp_path / "out", "a.zip")


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

    files = expand(path, tmp_path / "out")
    assert [(name, file.read_bytes()) for name, file in files] == [
        ("more.zip/inner", b"in"),
        ("s/2.pdf", b"two"),
        ("s/10.pdf", b"ten"),
    ]


def test_names_in_a_zip_cannot_leave_the_folder(tmp_path):
    path = written(tmp_path / "x", zipped(**{"../../evil.pdf": b"1", "/etc/passwd": b"2"}))
    (tmp_path / "out").mkdir()

    files = expand(path, tmp_path / "out")

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


def test_a_broken_zip_is_refused(tmp_path):
    data = zipped(a=bytes(range(256)) * 40)
    (tmp_path / "out").mkdir()

    with pytest.raises(BadUpload, match="cannot be unpacked"):
        expand(written(tmp_path / "x", data[:-30]), tmp_path / "out", "a.zip")
