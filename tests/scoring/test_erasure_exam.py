"""An exam deleted for good."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import FileField
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gradebook.files import keep
from gradebook.models import Course, Exam, Membership, Role, Template, User
from jobs.models import Job
from jobs.runner import carry_out, work_through
from rubrics.models import Claim, Entry
from scoring.archive.contents import KINDS
from scoring.archive.writing import taken
from scoring.erasure import exams, files
from scoring.erasure import jobs as jobs_of
from scoring.erasure.files import NAMING
from scoring.models import Archiving, Copy, Deletion, Letter
from submissions.models import Delivery, Part, TemplateUpload, Upload
from tests.scoring.papers import scan

pytestmark = pytest.mark.usefixtures("own_files")
OURS = ("gradebook", "submissions", "rubrics", "scoring", "jobs")
STAY = {"Course", "User", "Membership", "Section", "Key", "Deletion"}


@pytest.fixture
def full(released: SimpleNamespace) -> SimpleNamespace:
    """A released exam with claims, deliveries, a template on its way, working copies and jobs."""
    world, exam = released, released.exam
    file = keep("uploads", scan((612, 792)), ".pdf").name
    Upload.objects.filter(exam=exam).update(file=file)
    Claim.objects.create(
        answer=world.answers[1, "2"], by=world.gus, until=world.copies["sam"].created_at
    )
    delivery = Delivery.objects.create(
        exam=exam, name="large.pdf", size=9, modified=0, sent_by=world.gus
    )
    Part.objects.create(delivery=delivery, number=0, file=keep("parts", b"a part", "").name)
    coming = TemplateUpload.objects.create(
        exam=exam,
        name="blank.pdf",
        file=keep("templates", b"%PDF blank", ".pdf").name,
        sha256="0" * 64,
        page_count=3,
    )
    copy = world.copies["sam"]
    Copy.objects.filter(pk=copy.pk).update(file=keep("copies", b"%PDF copy", ".pdf").name)
    Copy.objects.create(submission=world.papers[2], result=copy.result, digest="d")
    letter = Letter.objects.filter(copy=copy).first() or Letter.objects.create(
        copy=copy, address="sam@example.edu"
    )
    page = world.pages["sam"][0]
    for kind, args in (
        ("match.exam", {"exam": exam.pk}),
        ("intake.open", {"upload": page.upload_id}),
        ("template.draw", {"template": coming.pk}),
        ("copies.release", {"release": copy.release_id}),
        ("copies.draw", {"copies": [copy.pk]}),
        ("letters.send", {"letters": [letter.pk]}),
        ("crops.cut", {"exam": exam.pk, "pages": [page.pk]}),
    ):
        Job.objects.ask(kind, by=world.ines, **args)
    keep("bare", b"prepared", ".jpg")
    return world


def stored(folder: str = "") -> set[str]:
    """Return the names of all files in the storage."""
    folders, names = default_storage.listdir(folder)
    found = {f"{folder}/{name}".lstrip("/") for name in names}
    return found.union(*(stored(f"{folder}/{one}".lstrip("/")) for one in folders))


def named_by_the_exam(exam: Exam) -> set[str]:
    digests = files.hashes_of(exam)
    return {name for name in stored() if any(one in name for one in digests)}


# Rows


def test_every_model_that_names_files_is_known():
    naming = {
        model
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if any(isinstance(one, FileField) for one in model._meta.fields)
    }

    assert naming == set(NAMING)


def test_every_model_goes_with_its_exam_or_is_known_to_stay():
    going = {kind.model for kind in KINDS} | {model for model, _ in exams.BESIDE}
    ours = {model for app in OURS for model in apps.get_app_config(app).get_models()}

    # A job is told by its arguments; the rest is the course's, a person's, or the record.
    assert {model.__name__ for model in ours - going} == {"User", "Key", "Job", "Deletion"}
    assert {model.__name__ for model in exams.SHARED} == {"Course", "Section", "Membership", "Exam"}


def test_nothing_of_the_exam_is_left_but_the_record(full):
    exams.delete(full.exam, by=full.ines)

    left = {
        model.__name__: model._base_manager.count()
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if model.__name__ not in STAY and model._base_manager.exists()
    }
    assert left == {}
    assert Membership.objects.count() == 4
    deletion = Deletion.objects.get()
    assert (deletion.course, deletion.name, deletion.by) == (full.course, "Midterm", full.ines)
    assert (deletion.papers, deletion.pages, deletion.exam) == (3, 6, None)
    assert deletion.done_at is not None
    assert deletion.left == []


def test_another_exam_stays_as_it_is(full):
    other = Exam.objects.create(course=full.course, name="Final", created_by=full.ines)
    Entry.objects.create(exam=other, verb=Entry.Verb.CHANGED_EXAM, by=full.ines)
    Job.objects.ask("match.exam", exam=other.pk)

    exams.delete(full.exam, by=full.ines)

    assert Exam.objects.get() == other
    assert Entry.objects.get().exam == other
    assert Job.objects.get().args == {"exam": other.pk}


# Files


def test_files_go_unless_another_row_names_them(full):
    shared = full.pages["sam"][0].preview.name
    other = Exam.objects.create(course=full.course, name="Final", created_by=full.ines)
    template = Template.objects.create(exam=other, file=shared, sha256="0" * 64, page_count=1)
    before = named_by_the_exam(full.exam)
    assert len(before) > 10

    done = exams.delete(full.exam, by=full.ines)

    assert before & stored() == {shared}
    assert done.files == len(before) - 1
    assert done.bytes > 0
    assert default_storage.exists(template.file.name)
    assert any(name.startswith("bare/") for name in stored()), "what others stored is not ours"


def test_what_was_prepared_from_a_file_goes_with_it(full):
    name = full.pages["sam"][0].preview.name
    bare = name.replace("previews/", "bare/")
    default_storage.save(bare, default_storage.open(name))

    exams.delete(full.exam, by=full.ines)

    assert not default_storage.exists(bare)


def test_a_file_that_only_a_job_knows_goes_with_it(full):
    """Evaluations hold every name, and no row but the job's says which file they are in."""
    name = keep("evaluations", b"PK names", "-0123456789abcdef.zip").name
    Job.objects.ask("evaluations.take", by=full.ines, exam=full.exam.pk, file=name)

    exams.delete(full.exam, by=full.ines)

    assert not default_storage.exists(name)


def test_work_held_back_from_an_exam_that_stays_is_begun_again(full):
    """Its third attempt was broken off by the deletion, and not by a fault of its own."""
    job = Job.objects.ask("match.exam", by=full.ines, exam=full.exam.pk)
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, attempt=3, fruitless=3, lease_until=timezone.now()
    )

    jobs_of.hold_back(jobs_of.of_exam(full.exam))
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())

    assert Job.objects.claimable().filter(pk=job.pk).exists()


def test_a_worker_killed_before_the_files_are_gone_lets_the_next_go_on(full, monkeypatch):
    before = named_by_the_exam(full.exam)
    exams.ask(full.exam, by=full.ines)
    monkeypatch.setattr(files, "remove", lambda *args: 1 / 0)
    job = Job.objects.get(kind="erasure.exam")
    assert job.claim("first")
    carry_out(job)
    assert not Exam.objects.exists()
    assert before <= stored()
    monkeypatch.undo()

    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
    Job.objects.filter(pk=job.pk).update(due_at=job.created_at)
    work_through("second", until_idle=True, most=5, stop=lambda: False)

    assert before & stored() == set()
    deletion = Deletion.objects.get()
    assert (deletion.files, deletion.papers) == (len(before), 3)
    assert deletion.done_at is not None


# Work under way


def test_work_that_misses_its_rows_is_called_off_without_an_alarm(full, monkeypatch, caplog):
    job = Job.objects.ask("copies.exam", exam=full.exam.pk)
    monkeypatch.setattr("scoring.tasks._hand_out", lambda *args, **kwargs: _gone(full))
    assert job.claim("worker")

    carry_out(job)

    assert not Job.objects.exists()
    assert [one.levelname for one in caplog.records if one.name.startswith("jobs")] == ["WARNING"]


def _gone(world):
    exams.delete(world.exam, by=None)
    Exam.objects.get(pk=world.exam.pk)


# The page


def test_its_name_is_typed_before_anything_goes(full, as_):
    url = reverse("exam_delete", args=[full.exam.pk])
    ines = as_("ines")

    for typed in ("", "midterm", "Midterm 2"):
        answer = ines.post(url, {"typed": typed})
        assert answer.status_code == 422
    assert not Deletion.objects.exists()

    answer = ines.post(url, {"typed": " Midterm "})

    assert answer.url == reverse("deletions", args=[full.course.pk])
    work_through("worker", until_idle=True, most=20, stop=lambda: False)
    assert not Exam.objects.exists()
    assert ines.get(url).status_code == 404


def test_sent_twice_it_is_one_deletion(full, as_):
    url = reverse("exam_delete", args=[full.exam.pk])
    for _ in range(2):
        as_("ines").post(url, {"typed": "Midterm"})

    assert Deletion.objects.count() == 1
    assert Job.objects.filter(kind="erasure.exam").count() == 1


def test_the_page_says_what_goes_and_who_took_the_archive_last(full, as_):
    url = reverse("exam_delete", args=[full.exam.pk])
    before = as_("ines").get(url).content.decode()
    assert re.search(r"<dt>Papers</dt><dd>3</dd>", before)
    assert re.search(r"<dt>Scanned pages</dt><dd>6</dd>", before)
    assert "Nobody has taken the archive yet." in before

    pieces = as_("ines").get(reverse("archive_zip", args=[full.exam.pk])).streaming_content
    size = len(b"".join(pieces))

    line = Archiving.objects.get()
    assert (line.exam, line.by, line.size) == (full.exam, full.ines, size)
    assert "Last taken by Ines Instructor on" in as_("ines").get(url).content.decode()


def test_an_archive_broken_off_is_not_said_to_be_taken(full):
    pieces = taken(full.exam, by=full.ines)
    next(pieces)
    pieces.close()

    assert not Archiving.objects.exists()


def test_the_record_is_shown_in_as_many_queries_whatever_its_length(full, as_):
    url, ines = reverse("deletions", args=[full.course.pk]), as_("ines")
    assert "Nothing yet" in ines.get(url).content.decode()
    exams.delete(full.exam, by=full.ines)

    with CaptureQueriesContext(connection) as one:
        page = ines.get(url).content.decode()
    assert "Midterm" in page
    assert "Ines Instructor" in page
    Deletion.objects.bulk_create(
        Deletion(
            course=full.course, kind="exam", name=f"Exam {n}", by=full.ines, done_at=timezone.now()
        )
        for n in range(30)
    )
    with CaptureQueriesContext(connection) as many:
        ines.get(url)
    assert len(many) == len(one)


# The command


def test_the_command_wants_a_yes_and_says_what_went(full, capsys):
    with pytest.raises(CommandError, match="3 papers, 6 scanned pages"):
        call_command("delete_exam", "Midterm")
    assert Exam.objects.exists()

    call_command("delete_exam", "Midterm", "--yes")

    assert "Deleted Midterm of CS230 Deep Learning · Fall 2026 for good: 3 papers" in (
        capsys.readouterr().out
    )
    assert not Exam.objects.exists()


@pytest.mark.services
def test_nothing_is_left_on_postgresql_either(full):
    assert connection.vendor == "postgresql"

    exams.delete(full.exam, by=full.ines)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not Exam.objects.exists()
    assert Course.objects.exists()
    assert User.objects.filter(email="sam@example.edu").exists()
    assert Role.STUDENT in Membership.objects.values_list("role", flat=True)
