from __future__ import annotations

import io
import json
import os

import pytest
from django.core.management import CommandError, call_command

from submissions.models import Upload


def ingest(exam, *files, **options):
    out = io.StringIO()
    try:
        call_command("ingest", str(exam.pk), *map(str, files), stdout=out, **options)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_scans_go_in_to_the_end(quiz, scans):
    said, error = ingest(quiz, scans(*range(6)))

    assert said.startswith("2 papers, 2 of them complete, 0 matched. Pages: 6 placed.")
    assert not error


def test_what_is_missing_or_doubtful_is_named(quiz, scans, foreign):
    said, _ = ingest(quiz, scans(0, 2, foreign, 3, 4, 5))

    assert "Paper 1 lacks 2." in said
    assert "Look at morning.pdf, page 3: " in said


def test_scripts_get_the_same_as_json(quiz, scans, foreign):
    said, _ = ingest(quiz, scans(0, 2, foreign), json=True)

    told = json.loads(said)
    assert (told["papers"], told["complete"], told["missing"]) == (1, 0, {"1": "2"})
    assert told["pages"]["placed"] == 2
    assert [doubt["page"] for doubt in told["doubts"]] == [3]


def test_a_bad_file_is_named_and_the_others_are_taken(quiz, scans, tmp_path):
    (tmp_path / "notes.pdf").write_bytes(b"PK\x03\x04....word/document.xml")

    said, error = ingest(quiz, tmp_path / "notes.pdf", tmp_path / "gone.pdf", scans(0, 1, 2))

    assert "notes.pdf is not a PDF: it begins like a Word file." in error
    assert "gone.pdf cannot be read" in error
    assert said.startswith("1 paper, 1 of them complete")


def test_a_file_that_is_here_is_refused_unless_asked_for_again(quiz, scans):
    path = scans(0, 1, 2)
    ingest(quiz, path)

    _, refused = ingest(quiz, path)
    said, error = ingest(quiz, path, again=True)

    assert "morning.pdf is here already" in refused
    assert "1 paper, 1 of them complete" in said
    assert not error


def test_a_file_that_turns_out_bad_inside_fails_the_command_too(quiz, tmp_path):
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.7 and nothing more")

    _, error = ingest(quiz, tmp_path / "torn.pdf")

    assert "torn.pdf is damaged" in error
    assert Upload.objects.get().problem in error


@pytest.mark.django_db(transaction=True)
def test_two_processes_do_the_same(quiz, scans):
    said, error = ingest(quiz, scans(*range(9)), processes=2)

    assert said.startswith("3 papers, 3 of them complete")
    assert not error


def test_a_file_whose_name_is_no_text_is_taken(quiz, tmp_path):
    file = tmp_path / os.fsdecode(b"lat\xff.pdf")
    file.write_bytes(b"%PDF-1.7 and nothing more")

    ingest(quiz, file)

    assert Upload.objects.get().name == "lat\\udcff.pdf"
