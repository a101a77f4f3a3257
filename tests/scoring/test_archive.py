"""A whole exam out and in again."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from gradebook.files import keep, read
from gradebook.models import Course, Exam, Membership, Option, Role, Section, Template, User
from gradebook.outline import parse
from gradebook.plans import to_dict
from rubrics import batches, grading, item_groups, seconds
from rubrics.group_pictures import stamps
from rubrics.models import Assignment, Entry, Flag, Mark, Note, SecondLook, Settlement
from rubrics.outline import plan_of, save_outline
from rubrics.rubric import add_item, remove_item, restore_item
from rubrics.scores import mismatches
from rubrics.state import latest_word
from scoring import regrades, solutions
from scoring.archive import contents, reading, writing
from scoring.archive.contents import KINDS, LEFT_OUT
from scoring.archive.reading import BadArchive, load
from scoring.archive.shapes import exchanged
from scoring.archive.writing import archived
from scoring.drawing import draw, working_copies
from scoring.folder import named_copies
from scoring.models import Archiving, Copy, RegradeTerms, RegradeWindow, Viewing
from scoring.release import release
from submissions import corrections
from submissions.models import (
    Acceptance,
    Answer,
    Choice,
    Crop,
    Denial,
    NameCheck,
    Photograph,
    PrintedPaper,
    PrintRun,
    Reading,
    Repair,
    Rescan,
    Submission,
    Upload,
)
from tests.conftest import person
from tests.scoring.papers import scan

OURS = ("gradebook", "submissions", "rubrics", "scoring", "jobs")
FAR = 765_432_000
BOX = {"x": 0.2, "y": 0.2, "width": 0.03, "height": 0.02}


@pytest.fixture(autouse=True)
def far(db):
    """Let every table's keys begin far out, so that one left in an archive stands out."""
    if connection.vendor == "sqlite":
        for kind in KINDS:
            reading.reserve(kind.model, FAR)


@pytest.fixture
def full(graded: SimpleNamespace) -> SimpleNamespace:
    """An exam with a row of every kind an archive holds, by the verbs that make them."""
    _scans(graded)
    _rubric(graded)
    _seconds(graded)
    _repairs(graded)
    _outline(graded)
    _solutions(graded)
    made = release(graded.exam, by=graded.ines)
    Viewing.objects.create(copy=made.copies.first(), by=graded.sam)
    _regrades(graded, made.copies.get(student=graded.members["sam"]))
    return graded


def _scans(world):
    file = keep("uploads", scan((612, 792)), ".pdf").name
    Upload.objects.filter(exam=world.exam).update(file=file)
    template = Template.objects.create(
        exam=world.exam, file=file, sha256="0" * 64, page_count=3, uploaded_by=world.ines
    )
    picture = world.pages["sam"][0].preview.name
    for number in (1, 2, 3):
        template.pages.create(number=number, width=612, height=792, image=picture, sha256="1" * 64)
    section = Section.objects.create(course=world.course, name="Tue 9:00")
    world.members["sam"].sections.add(section)
    page, question = world.pages["sam"][0], world.questions["1.1"]
    option = Option.objects.create(question=question, position=0, label="A", page=1, **BOX)
    Choice.objects.create(
        page=page, question=question, marked=[option.pk], ink={str(option.pk): 2.5}, certainty=0.9
    )
    region = question.regions.get()
    Crop.objects.create(
        page=page, region=region, image=picture, sha256="2" * 64, width=9, height=9, ink=0.1
    )
    NameCheck.objects.create(page=page, picture=picture, shows_name=False, by=world.ines)
    sams, nias, _ = world.papers
    Denial.objects.create(submission=nias, membership=world.members["sam"], by=world.ines)
    Reading.objects.create(
        submission=sams,
        name="Sam S.",
        sid="2",
        candidates=[{"membership": world.members["sam"].pk, "certainty": 0.9, "name": None}],
    )
    run = PrintRun.objects.create(
        exam=world.exam, code=47131, copies=2, template_sha256="0" * 64, page_count=1
    )
    PrintedPaper.objects.create(run=run, number=1, membership=world.members["sam"], submission=sams)
    again = Upload.objects.create(
        exam=world.exam, name="again.pdf", file=file, size=1, sha256="3" * 64, page_count=1
    )
    Rescan.objects.create(upload=again, page=page)
    Photograph.objects.create(
        page=page,
        sheet=keep("sheets", b"as photographed", ".pdf").name,
        image=keep("images", b"as photographed", ".jpg").name,
        drawn_sheet=page.sheet.name,
        drawn_image=page.image.name,
    )


def _rubric(world):
    question, by = world.questions["1.1"], world.gus
    group = item_groups.add_group(question, text="Signs", exclusive=False, by=by)
    for text in ("Lost", "Found"):
        item = add_item(question, text=text, points=-50, group=group, by=by)
        grading.apply(item, world.answers[1, "1.1"], by=by)
    item_groups.change_group(group, text="Signs", exclusive=True, by=by)
    item_groups.remove_group(
        item_groups.add_group(question, text="Gone", exclusive=False, by=by), by=by
    )
    remove_item(world.items["1.1"][0], by=by)
    restore_item(world.items["1.1"][0], by=by)
    remove_item(world.items["1.1"][1], by=by)
    seen = stamps(question, [world.papers[2].pk])
    answer = world.answers[3, "1.1"]
    batches.grade(
        question,
        {answer.pk: seen[world.papers[2].pk]},
        [world.items["1.1"][2].pk],
        key=uuid4(),
        group="Left blank",
        by=by,
    )
    grading.say_graded(world.answers[2, "2"], by=by)
    grading.flag(world.answers[2, "2"], by=by)
    Note.objects.create(answer=world.answers[2, "2"], text="Ask Ines.", by=by)
    Assignment.objects.create(question=question, grader=by, by=world.ines)
    ink = grading.annotate(
        world.answers[1, "2"],
        by=by,
        key=str(uuid4()),
        page=world.pages["sam"][2],
        kind="item",
        points=[[0.5, 0.5]],
        item=world.items["2"][1],
    )
    grading.erase(ink, by=by)


def _seconds(world):
    hana = person("hana@example.edu", "Hana", "Second")
    Membership.objects.create(course=world.course, user=hana, role=Role.GRADER)
    look = SecondLook.objects.create(answer=world.answers[2, "1.1"], by=world.ines)
    grade = seconds.give(look, [world.items["1.1"][2].pk], adjustment=0, by=hana)
    seconds.settle(grade, Settlement.Took.SECOND, seen=latest_word(look.answer), by=world.ines)


def _repairs(world):
    corrections.turn(world.pages["sam"][2], by=world.ines)
    corrections.discard(world.pages["nia"][2], by=world.ines)
    corrections.start_paper(world.pages["nia"][1], 2, by=world.ines)
    corrections.put_back(Repair.objects.last(), by=world.ines)
    Acceptance.objects.create(submission=world.papers[1], missing=1, by=world.ines)


def _outline(world):
    """Question 1.2 goes, with all that was said about it."""
    data = to_dict(plan_of(world.exam, ids=True))
    del data["points"], data["questions"][0]["points"], data["questions"][0]["parts"][1]
    save_outline(world.exam, parse(data), by=world.ines, losing=1)


def _solutions(world):
    sent = solutions.take(ContentFile(scan()), "solved.pdf")
    solutions.put(world.questions["1.1"], "Add *both*.", sent, by=world.ines)
    solutions.put(world.group, "Once more.", solutions.Sent(), by=world.ines)
    solutions.show(world.exam, by=world.ines)


def _regrades(world, copy):
    now = timezone.now()
    RegradeWindow.objects.create(
        exam=world.exam, opens_at=now - timedelta(1), closes_at=now + timedelta(1), by=world.ines
    )
    RegradeTerms.objects.create(question=world.questions["2"], grader=world.gus, by=world.ines)
    asked = regrades.ask(copy, "1.1", "I found it.")
    regrades.pass_on(asked, world.ines, by=world.ines)
    regrades.reply(asked, "So you did not.", change=False, by=world.ines)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "exam.zip"


def bytes_of(exam) -> bytes:
    return b"".join(archived(exam))


def wipe(exam):
    """Remove every row an archive holds, as if this were another database further on."""
    for kind in reversed(KINDS):
        rows = kind.rows(exam)
        for one in kind.sets:
            one.remote_field.through.objects.filter(
                **{f"{one.m2m_field_name()}__in": list(rows.values_list("pk", flat=True))}
            ).delete()
    Copy.objects.filter(submission__exam=exam).delete()
    Archiving.objects.filter(exam=exam).delete()
    for model, pks in [(k.model, list(k.rows(exam).values_list("pk", flat=True))) for k in KINDS][
        ::-1
    ]:
        found = model._base_manager.filter(pk__in=pks)
        found._raw_delete(found.db)


# There and back


def test_every_model_is_archived_or_said_to_be_left_out():
    known = {kind.model for kind in KINDS} | set(LEFT_OUT)
    ours = {model for app in OURS for model in apps.get_app_config(app).get_models()}

    assert ours - known == set()
    assert not {kind.model for kind in KINDS} & set(LEFT_OUT)


def test_the_exam_below_has_something_of_every_kind(full):
    lacking = [kind.name for kind in KINDS if not kind.rows(full.exam).exists()]

    assert lacking == []


def test_what_was_loaded_and_is_archived_again_is_the_same_file(full, path):
    path.write_bytes(whole := bytes_of(full.exam))
    before = full.exam.pk
    wipe(full.exam)

    loaded = load(path)

    assert loaded.pk != before
    assert mismatches() == []
    again = bytes_of(loaded)
    assert rows(again) == rows(whole)
    assert again == whole


def test_no_key_of_this_database_is_in_it(full):
    lines = [line for found in rows(bytes_of(full.exam)).values() for line in found]

    assert re.findall(rf"{FAR // 1000}\d\d\d\b", "\n".join(lines)) == []


def rows(data):
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        names = [name for name in found.namelist() if not name.startswith("files/")]
        return {name: found.read(name).decode().splitlines() for name in names}


def test_the_same_copies_come_of_it_byte_for_byte(full, path):
    def copies(exam):
        papers = Submission.objects.filter(exam=exam).order_by("number")
        drawn = [draw(copy) for copy in working_copies(exam, papers)]
        released = Copy.objects.filter(submission__in=papers, release__gt=0)
        frozen = map(draw, released.order_by("submission__number", "release__at", "pk"))
        return [copy.file.read() for copy in (*drawn, *frozen)]

    path.write_bytes(bytes_of(full.exam))
    before = copies(full.exam)
    assert len(before) > len(full.papers)
    wipe(full.exam)

    assert copies(load(path)) == before


@pytest.mark.services
def test_it_moves_from_one_engine_to_the_other_and_back(full, path, tmp_path):
    assert connection.vendor == "postgresql"
    path.write_bytes(whole := bytes_of(full.exam))
    copies = {name: read(file) for name, file, _ in drawn_copies(full.exam)}
    elsewhere = tmp_path / "elsewhere.zip"

    manage(tmp_path, "migrate", "-v0")
    manage(tmp_path, "load_archive", path)
    assert "0 wrong" in manage(tmp_path, "verify_scores")
    manage(tmp_path, "archive", "Midterm", "-o", elsewhere)
    manage(tmp_path, "render_copies", "Midterm", "-o", tmp_path / "copies")
    assert elsewhere.read_bytes() == whole
    assert {one.name: one.read_bytes() for one in (tmp_path / "copies").iterdir()} == copies

    wipe(full.exam)
    assert bytes_of(load(elsewhere)) == whole


def drawn_copies(exam):
    for copy in working_copies(exam, exam.submissions.order_by("number")):
        draw(copy)
    return named_copies(exam)


def manage(folder, *command):
    """Run a command on an SQLite database of its own in the folder; return what it said."""
    ours = ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, command)],
        env=env | {"DATA_DIR": str(folder / "data"), "HTTPS": "no"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_history_still_undoes_after_it(full, path):
    path.write_bytes(bytes_of(full.exam))
    wipe(full.exam)
    exam = load(path)
    removed = Entry.objects.filter(exam=exam, verb=Entry.Verb.REMOVED_ITEM).last()
    (item,) = [one for one in exam.questions.get(number="1.1").items.all() if one.text == "Slip"]
    assert removed.item_id == item.pk

    restore_item(item, by=None)
    corrections.put_back(Repair.objects.filter(exam=exam, kind="discard").get(), by=full.ines)

    assert mismatches() == []
    assert exam.uploads.get(name="batch.pdf").pages.get(number=6).state == "placed"


def test_people_are_found_by_their_address_or_made_without_a_password(full, path):
    path.write_bytes(bytes_of(full.exam))
    wipe(full.exam)
    User.objects.filter(email="nia@example.edu").delete()
    gus = full.gus.pk

    load(path)

    nia = User.objects.get(email="nia@example.edu")
    assert not nia.has_usable_password()
    assert (nia.first_name, nia.last_name) == ("Nia", "Neighbour")
    assert Mark.objects.filter(by=gus).exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_while_rows_are_read(full, monkeypatch):
    """On SQLite a transaction that may write would keep every click out until its end."""
    exam = full.exam
    clicked: list[bool] = []

    def click(*args):
        if not clicked:
            clicked.append(True)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(_flag, full.answers[3, "2"].pk, full.gus.pk).result(timeout=10)
        return real(*args)

    real = exchanged
    monkeypatch.setattr(writing, "exchanged", click)
    whole = rows(bytes_of(exam))

    assert Flag.objects.filter(answer=full.answers[3, "2"]).exists()
    assert len(whole["rows/rubrics.flag.jsonl"]) == 1  # the one before


def _flag(answer, by):
    try:
        grading.flag(Answer.objects.get(pk=answer), by=User.objects.get(pk=by))
    finally:
        connection.close()


# Loaded beside what is there


def test_an_exam_that_is_here_already_is_not_loaded_beside_itself(full, path):
    path.write_bytes(bytes_of(full.exam))

    with pytest.raises(BadArchive, match="course CS230 Deep Learning · Fall 2026 here already"):
        load(path)
    with pytest.raises(BadArchive, match="contradicts itself or what is here"):
        load(path, course="Another")

    assert Course.objects.count() == Exam.objects.count() == 1


def test_a_print_runs_code_that_is_taken_is_drawn_anew(full, path):
    path.write_bytes(bytes_of(full.exam))
    wipe(full.exam)
    other = Exam.objects.create(course=Course.objects.create(name="X", term="Y"), name="Z")
    PrintRun.objects.create(
        exam=other, code=47131, copies=1, template_sha256="0" * 64, page_count=1
    )

    loaded = load(path)

    assert loaded.print_runs.get().code != 47131


# What is not believed


def changed(data, name, change):
    """The archive with one member put through `change`; None leaves it out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == name:
                content = change(content)
            if content is not None:
                new.writestr(info, content)
    return out.getvalue()


def row_changed(number, **values):
    def change(content):
        lines = content.decode().splitlines()
        lines[number] = json.dumps(json.loads(lines[number]) | values)
        return "\n".join(lines).encode()

    return change


def head_changed(**values):
    return lambda content: json.dumps(json.loads(content) | values).encode()


TOLD = {"papers": 5, "mean": 500, "median": 500, "points": 900, "of": {"1": 500}}
OF_NOBODY, OF_WORDS = TOLD | {"of": 5}, TOLD | {"mean": "x"}
TOO_MANY = {f"kind{number}": {"numbers": 10**6} for number in range(6)}
BAD = [
    ("archive.json", lambda content: None, "no archive.json"),
    ("archive.json", lambda content: b"[1]", "no archive of Marginalia"),
    ("archive.json", lambda content: b"\xff{", "no archive.json"),
    ("archive.json", head_changed(format="tar"), "no archive of Marginalia"),
    ("archive.json", head_changed(version=99), "of version 99"),
    ("archive.json", head_changed(files=1), "1 files should be in it"),
    ("archive.json", head_changed(rows={"gradebook.exam": {"numbers": 10**15}}), "how many rows"),
    ("archive.json", head_changed(rows=TOO_MANY), "more than 5,000,000 rows"),
    ("archive.json", head_changed(rows={}), "it lacks"),
    ("rows/submissions.answer.jsonl", lambda content: None, "no rows/submissions.answer.jsonl"),
    ("rows/submissions.answer.jsonl", lambda content: b"{", "line 1: no row"),
    ("rows/submissions.answer.jsonl", lambda content: b"[" * 100_000, "line 1: no row"),
    ("rows/submissions.answer.jsonl", lambda content: b"{}", "line 1: not the columns"),
    ("rows/submissions.answer.jsonl", row_changed(0, score=100), "do not follow from the marks"),
    ("rows/submissions.answer.jsonl", row_changed(0, submission=99), "it lacks"),
    ("rows/submissions.answer.jsonl", row_changed(0, submission=-1), "it lacks"),
    ("rows/submissions.answer.jsonl", row_changed(0, submission=None), "contradicts"),
    ("rows/submissions.answer.jsonl", row_changed(0, score="many"), "line 1: "),
    ("rows/submissions.answer.jsonl", row_changed(0, ink=float("nan")), "line 1: no row"),
    ("rows/gradebook.exam.jsonl", row_changed(0, name="a\x00b"), "line 1: no row"),
    ("rows/gradebook.exam.jsonl", row_changed(0, created_by="x@example.org"), "not among its"),
    ("rows/gradebook.exam.jsonl", lambda content: b"", "holds 0"),
    ("rows/gradebook.user.jsonl", row_changed(0, is_superuser=True), "not the columns"),
    ("rows/gradebook.user.jsonl", lambda content: b"{}\n" * 10**5, "line 1: not the columns"),
    ("rows/gradebook.membership.jsonl", row_changed(0, user=[[]]), "not among its people"),
    ("rows/rubrics.mark.jsonl", row_changed(0, by={"a": 1}), "not among its people"),
    ("rows/scoring.copy.jsonl", row_changed(0, result={"format": "x"}), "line 1: not a"),
    ("rows/submissions.page.jsonl", row_changed(0, sheet="../../etc/passwd"), "not in the archive"),
    ("rows/submissions.page.jsonl", row_changed(0, preview=["x"]), "not in the archive"),
    ("rows/submissions.page.jsonl", row_changed(0, affine=[1, 2]), "affine is not"),
    ("rows/submissions.upload.jsonl", row_changed(0, warnings=5), "warnings is not"),
    ("rows/submissions.repair.jsonl", row_changed(0, before={"pages": {"x": {}}}), "before is not"),
    ("rows/submissions.repair.jsonl", row_changed(0, before={"pages": {"1": 7}}), "line 1: "),
    ("rows/submissions.choice.jsonl", row_changed(0, ink=5), "ink is not"),
    ("rows/submissions.reading.jsonl", row_changed(0, candidates=5), "candidates is not"),
    ("rows/rubrics.annotation.jsonl", row_changed(0, points=[["a", None]]), "points is not"),
    ("rows/rubrics.entry.jsonl", row_changed(0, after=[1]), "after is not"),
    ("rows/scoring.release.jsonl", row_changed(0, distribution=5), "distribution is not"),
    ("rows/scoring.release.jsonl", row_changed(0, distribution=OF_NOBODY), "distribution is not"),
    ("rows/scoring.release.jsonl", row_changed(0, distribution=OF_WORDS), "distribution is not"),
    ("rows/scoring.release.jsonl", row_changed(0, parts=[]), "parts is not"),
    ("rows/gradebook.membership.jsonl", row_changed(0, sections=5), "not the columns"),
    ("rows/gradebook.question.jsonl", row_changed(0, parent=1), "does not come before it"),
    ("rows/gradebook.question.jsonl", row_changed(0, parent=2), "does not come before it"),
    ("rows/gradebook.course.jsonl", row_changed(0, time_zone="../../etc/passwd"), "no time zone"),
]


@pytest.mark.parametrize(("name", "change", "words"), BAD)
def test_an_archive_that_is_not_right_is_refused_whole(full, path, name, change, words):
    whole = bytes_of(full.exam)
    wipe(full.exam)
    path.write_bytes(changed(whole, name, change))

    with pytest.raises(BadArchive, match=words):
        load(path)

    assert not Course.objects.exists()
    assert not Membership.objects.exists()


def test_a_scan_that_was_changed_is_refused(full, path):
    whole = bytes_of(full.exam)
    wipe(full.exam)
    with zipfile.ZipFile(io.BytesIO(whole)) as found:
        name = next(one for one in found.namelist() if one.startswith("files/sheets"))
    path.write_bytes(changed(whole, name, lambda content: content[:-1] + b"!"))

    with pytest.raises(BadArchive, match="it was changed"):
        load(path)

    assert not Course.objects.exists()


def test_a_file_outside_its_folders_is_refused(full, path):
    whole = bytes_of(full.exam)
    out = io.BytesIO(whole)
    with zipfile.ZipFile(out, "a") as more:
        more.writestr("files/../../evil.py", b"x")
    path.write_bytes(changed(out.getvalue(), "archive.json", lambda content: content))
    with zipfile.ZipFile(path) as found:
        count = sum(name.startswith("files/") for name in found.namelist())
    path.write_bytes(changed(path.read_bytes(), "archive.json", head_changed(files=count)))

    with pytest.raises(BadArchive, match="no file of an exam"):
        load(path)


def test_files_that_unpack_to_far_more_are_refused_before_they_are(full, path, monkeypatch):
    whole = bytes_of(full.exam)
    monkeypatch.setattr(reading, "MOST_TIMES", 0)
    path.write_bytes(whole)

    with pytest.raises(BadArchive, match="unpack to far more"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\x00" * 18])
def test_other_files_are_no_archives(db, path, content):
    path.write_bytes(content)

    with pytest.raises(BadArchive, match="archive"):
        load(path)


def test_half_an_archive_is_none(full, path):
    whole = bytes_of(full.exam)
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BadArchive, match="no whole archive"):
        load(path)


@pytest.mark.parametrize("name", ["archive.json", "rows/gradebook.exam.jsonl"])
@pytest.mark.parametrize("damage", ["packed data", "flag of encryption"])
def test_an_archive_damaged_inside_is_not_whole(full, path, name, damage):
    whole = bytearray(bytes_of(full.exam))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        info = archive.getinfo(name)
    if damage == "packed data":
        start = info.header_offset + 30 + len(name)
        whole[start : start + 20] = b"\xff" * 20
    else:
        entry = whole.rindex(b"PK\x01\x02", 0, whole.rindex(name.encode()))
        whole[entry + 8] |= 1
    path.write_bytes(whole)

    with pytest.raises(BadArchive, match="This is no whole archive"):
        load(path, course="Another")


# Doors


def test_instructors_download_it(as_, full):
    response = as_("ines").get(reverse("archive_zip", args=[full.exam.pk]))

    assert b"".join(response.streaming_content) == bytes_of(full.exam)
    assert "Midterm_archive.zip" in response["Content-Disposition"]


def test_commands_write_and_load_it(full, path, capsys):
    call_command("archive", "Midterm", "-o", str(path))
    wipe(full.exam)
    call_command("load_archive", str(path), "--course", "CS230 again")

    said = capsys.readouterr().out
    assert "Wrote Midterm" in said
    assert "Loaded Midterm of CS230 again · Fall 2026 with" in said
    assert [one.name for one in path.parent.iterdir()] == ["exam.zip"]


def test_a_command_says_what_is_wrong(db, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_archive", str(tmp_path / "none.zip"))
    (tmp_path / "bad.zip").write_bytes(b"x")
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_archive", str(tmp_path / "bad.zip"))


def test_kinds_follow_what_they_name():
    """A row's parents are loaded before it, so that a batch of rows never waits for another."""
    places = {kind.model: place for place, kind in enumerate(KINDS)}
    early = [
        (kind.name, one.name)
        for kind in KINDS
        for one in kind.fields
        if (of := contents.target(kind, one)) in places
        and places[of] > places[kind.model]
        and one.is_relation
    ]

    assert early == []


def test_long_rows_are_taken_a_few_at_a_time(full, path, monkeypatch):
    whole = bytes_of(full.exam)
    wipe(full.exam)
    path.write_bytes(whole)
    monkeypatch.setattr(reading, "BATCH_BYTES", 100)
    taken, batches = [], reading._Loader._batches

    def noted(loader, name):
        for batch in batches(loader, name):
            taken.append(sum(len(str(row)) for _, row in batch[:-1]))
            yield batch

    monkeypatch.setattr(reading._Loader, "_batches", noted)
    exam = load(path)

    # One more after the bound is passed, and no further.
    assert max(taken) <= 150
    assert bytes_of(exam) == whole
