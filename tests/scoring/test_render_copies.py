from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from gradebook.files import keep
from submissions.models import Page
from tests.scoring.papers import text_of


def render(folder, capsys):
    call_command("render_copies", "Midterm", "-o", str(folder), "--json")
    return json.loads(capsys.readouterr().out)


def test_every_paper_is_written_under_its_name(graded, tmp_path, capsys):
    said = render(tmp_path / "copies", capsys)

    names = sorted(path.name for path in (tmp_path / "copies").iterdir())
    assert names == ["Neighbour_Nia_s0000003.pdf", "Student_Sam_s0000002.pdf", "paper_3.pdf"]
    assert (said["copies"], said["drawn"]) == (3, 3)
    sams = (tmp_path / "copies" / "Student_Sam_s0000002.pdf").read_bytes()
    assert "7.5 / 9" in text_of(sams)


def test_rendering_again_draws_nothing_and_writes_the_same_bytes(graded, tmp_path, capsys):
    render(tmp_path / "one", capsys)
    said = render(tmp_path / "two", capsys)

    assert (said["copies"], said["drawn"]) == (3, 0)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_paper_that_cannot_be_drawn_is_named_and_the_others_are_written(graded, tmp_path):
    broken = keep("sheets", b"no pdf", ".pdf")
    page = Page.objects.filter(pk=graded.pages["sam"][0].pk)
    page.update(sheet=broken.name, sha256=broken.sha256)

    with pytest.raises(CommandError, match=r"2 written.*paper 1"):
        call_command("render_copies", "Midterm", "-o", str(tmp_path))


def test_a_folder_that_cannot_be_written_is_told(graded, tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(CommandError, match="cannot be written"):
        call_command("render_copies", "Midterm", "-o", str(tmp_path / "file"))
