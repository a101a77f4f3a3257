"""What people type at commands by mistake ends in one line that says what is wrong."""

from __future__ import annotations

import io
import json
import os

import pytest
from django.core.management import CommandError, call_command

from gradebook.models import Course, Exam
from scoring.management.commands import render_copies
from submissions.management.commands import print_papers

QUIZ = {"exam": "Quiz", "questions": [{"points": 1}]}
NO_TEXT = os.fsdecode(b"\xff")


def refusal(*arguments) -> str:
    with pytest.raises(CommandError) as error:
        call_command(*[str(each) for each in arguments], stdout=io.StringIO())
    return str(error.value)


@pytest.fixture
def quiz(tmp_path):
    file = tmp_path / "quiz.json"
    file.write_text(json.dumps(QUIZ))
    return file


@pytest.mark.parametrize(
    "arguments",
    [
        ("dump_exam", NO_TEXT),
        ("export_scores", NO_TEXT, "-o", "-"),
        ("grade", NO_TEXT, "x.json"),
        ("grade", "Midterm", "x.json", "--by", NO_TEXT),
        ("ingest", NO_TEXT, "x.pdf"),
        ("load_exam", "x.json", "--course", NO_TEXT),
        ("load_exam", "x.json", "--course", "CS1", "--term", NO_TEXT),
        ("load_roster", NO_TEXT, "x.csv"),
        ("match", NO_TEXT),
        ("print_papers", NO_TEXT, "-o", "x.pdf"),
        ("release", "Midterm", "--by", NO_TEXT),
        ("render_copies", NO_TEXT, "-o", "x"),
        ("verify_scores", NO_TEXT),
    ],
    ids=lambda arguments: " ".join(arguments[:1]),
)
def test_what_is_no_text_is_refused_by_every_command(world, arguments):
    assert "is not a text in UTF-8" in refusal(*arguments)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--course", ""), "--course: This field cannot be blank"),
        (("--course", "  "), "--course: This field cannot be blank"),
        (("--course", "x" * 500), "--course: Ensure this value has at most 200 characters"),
        (("--course", "C", "--term", "x" * 500), "--term: Ensure this value has at most 100"),
        (("--course", "C", "--template", "no.pdf"), "no.pdf cannot be read: No such file"),
        (("--course", "C", "--template", "."), ". cannot be read: Is a directory"),
    ],
)
def test_an_exam_for_no_course_or_without_its_template_is_not_loaded(db, quiz, options, words):
    told = refusal("load_exam", quiz, *options)

    assert words in told
    assert "\n" not in told
    assert not Course.objects.exists()


@pytest.mark.parametrize("name", ["Quiz \ud83d", "Quiz\0"])
def test_an_exams_name_that_cannot_be_stored_is_refused(db, quiz, name):
    quiz.write_text(json.dumps({**QUIZ, "exam": name}))

    assert "“exam” holds a character that cannot be stored" in refusal(
        "load_exam", quiz, "--course", "C"
    )
    assert not Exam.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 1_000_000, 99_999_999_999])
def test_days_no_clock_goes_back_are_refused(db, days):
    assert refusal("prune", "--days", days) == "--days must be 1 or more, and 36,500 at most."


def test_copies_are_not_drawn_for_a_folder_that_cannot_be_written(world, tmp_path, monkeypatch):
    drawn: list[object] = []
    monkeypatch.setattr(render_copies, "draw", drawn.append)
    file = tmp_path / "file"
    file.touch()

    assert "cannot be written" in refusal("render_copies", "Midterm", "-o", file)
    assert "cannot be written" in refusal("render_copies", "Midterm", "-o", file / "folder")
    assert "cannot be written" in refusal("render_copies", "Midterm", "-o", "/proc/copies")
    assert drawn == []


def test_papers_are_not_printed_for_a_file_that_cannot_be_written(world, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(print_papers, "ask_for_papers", lambda *_, **__: asked.append(1))

    for output in (tmp_path, tmp_path / "none" / "x.pdf"):
        told = refusal("print_papers", "Midterm", "--copies", 1, "-o", output)
        assert "cannot be written" in told
    assert asked == []


def test_looking_whether_a_file_can_be_written_leaves_it_as_it_is(world, tmp_path):
    kept = tmp_path / "kept.pdf"
    kept.write_bytes(b"before")

    refusal("print_papers", "Midterm", "--copies", 1, "-o", kept)
    refusal("print_papers", "Midterm", "--copies", 1, "-o", tmp_path / "new.pdf")

    assert kept.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.pdf"]


def test_a_file_whose_name_is_no_text_can_be_written_and_told(world, tmp_path):
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")

    call_command("export_scores", "Midterm", "-o", str(tmp_path / NO_TEXT), stdout=out)

    assert (tmp_path / NO_TEXT).exists()
    out.seek(0)
    assert "\\udcff" in out.read()
