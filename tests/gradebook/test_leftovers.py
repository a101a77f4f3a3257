from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import FileField
from django.urls import reverse
from django.utils.timezone import now

from gradebook import leftovers
from gradebook.files import keep
from gradebook.models import Exam, Region, Template, TemplatePage
from jobs.models import Job
from jobs.runner import carry_out
from scoring.drawing import draw, working_copies
from scoring.models import Solution
from submissions.corrections import delete_upload
from submissions.models import (
    Crop,
    Delivery,
    Page,
    Photograph,
    PrintRun,
    Reading,
    TemplateUpload,
    Upload,
)
from submissions.prints import print_of
from tests.scoring.conftest import graded, scanned

__all__ = ["graded", "scanned"]
pytestmark = pytest.mark.django_db
TWO_DAYS = 2 * 86_400


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """A storage of the test's own."""
    options = {"location": str(tmp_path / "files")}
    backend = "django.core.files.storage.FileSystemStorage"
    default = {"BACKEND": backend, "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    return tmp_path / "files"


@pytest.fixture
def far(settings):
    """A storage that is no folder."""
    default = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def age(*names: str) -> None:
    """Let files be two days old; all of them when none is named."""
    at = time.time() - TWO_DAYS
    root = Path(default_storage.path(""))
    for path in [Path(default_storage.path(name)) for name in names] or root.rglob("*"):
        os.utime(path, (at, at))


def prune(**options):
    return leftovers.remove(leftovers.find(**options))


def file_fields() -> list[FileField]:
    fields = [field for model in apps.get_models() for field in model._meta.fields]
    return [field for field in fields if isinstance(field, FileField)]


def named_by(field: FileField) -> set[str]:
    """The files that rows name in a field."""
    rows = field.model._base_manager.exclude(**{field.name: ""})
    return {str(name) for name in rows.values_list(field.name, flat=True)}


def files_named() -> set[str]:
    return {name for field in file_fields() for name in named_by(field)}


PHOTOGRAPH = ("sheet", "image", "drawn_sheet", "drawn_image")


@pytest.fixture
def stocked(graded):
    """The graded world with a file in every field that can hold one."""
    exam, page = graded.exam, graded.pages["sam"][0]
    Upload.objects.update(file=keep("uploads", b"scans", ".pdf").name)
    TemplateUpload.objects.create(
        exam=exam, name="new.pdf", file=keep("templates", b"new", ".pdf").name, page_count=1
    )
    kept = keep("templates", b"blank", ".pdf")
    picture = page.preview.read()
    template = Template.objects.create(exam=exam, file=kept.name, sha256=kept.sha256, page_count=1)
    drawn = keep("template-pages", picture, ".jpg")
    TemplatePage.objects.create(
        template=template, number=1, width=612, height=792, image=drawn.name, sha256=drawn.sha256
    )
    region = Region.objects.create(exam=exam, kind="id", page=1, x=0, y=0, width=1, height=0.1)
    crop = keep("crops", b"crop", ".jpg")
    Crop.objects.create(
        page=page, region=region, image=crop.name, sha256=crop.sha256, width=1, height=1
    )
    scores = {
        f"{kind}_scores": keep("readings", kind.encode(), ".npz").name for kind in ("name", "sid")
    }
    Reading.objects.create(submission=graded.papers[0], **scores)
    PrintRun.objects.create(
        exam=exam,
        code=12_345,
        copies=1,
        template_sha256=kept.sha256,
        page_count=1,
        file=keep("prints", b"papers", ".pdf").name,
        drawn_at=now(),
    )
    sent = Delivery.objects.create(
        exam=exam, name="all.pdf", size=9, modified=0, sent_by=graded.ines
    )
    sent.parts.create(number=0, file=keep("parts", b"half", ".part").name)
    laid = {
        name: keep("sheets", b"as photographed, " + name.encode(), ".pdf").name
        for name in PHOTOGRAPH
    }
    Photograph.objects.create(page=page, **laid)
    solved = keep("solutions", b"so", ".pdf")
    Solution.objects.create(exam=exam, file=solved.name, sha256=solved.sha256, page_count=1)
    draw(working_copies(exam, graded.papers[:1])[0])
    return graded


def test_every_file_that_a_row_names_stays(stocked):
    empty = [str(field) for field in file_fields() if not named_by(field)]
    assert empty == [], "stock the world with these too"
    named = files_named()
    age()

    assert prune().files == 0
    assert all(default_storage.exists(name) for name in named)


def test_what_no_row_names_goes_once_it_is_a_day_old(stocked):
    old, fresh = keep("sheets", b"old", ".pdf"), keep("sheets", b"fresh", ".pdf")
    age(old.name)

    assert prune() == (1, 3, 0)
    assert not default_storage.exists(old.name)
    assert default_storage.exists(fresh.name)


def test_the_files_of_a_deleted_upload_go_and_no_other_s(stocked):
    other = Exam.objects.create(course=stocked.course, name="Other")
    upload = Upload.objects.create(
        exam=other, name="b.pdf", file=keep("uploads", b"other", ".pdf").name, size=1, sha256="1"
    )
    page = Page.objects.create(
        upload=upload,
        number=1,
        sheet=keep("sheets", b"sheet", ".pdf").name,
        # The same bytes as a page that stays.
        preview=stocked.pages["nia"][0].preview.name,
    )
    gone, stays = [upload.file.name, page.sheet.name], files_named()
    delete_upload(upload)
    age()

    assert prune().files == 2
    assert not any(default_storage.exists(name) for name in gone)
    assert all(default_storage.exists(name) for name in stays - set(gone))


def test_what_is_prepared_from_a_file_stays_as_long_as_that(stocked):
    template = stocked.exam.template
    print_of(template)
    name = f"template-prints/{template.sha256[:2]}/{template.sha256}-3.npz"
    age()
    assert prune().files == 0
    assert default_storage.exists(name)

    template.delete()

    assert prune().files == 2  # its page is drawn as a page of a paper, too
    assert not default_storage.exists(name)


def test_bytes_that_are_kept_again_are_new_again(stocked):
    kept = keep("sheets", b"old", ".pdf")
    age(kept.name)
    found = leftovers.find()
    assert found.files == [kept.name]

    keep("sheets", b"old", ".pdf")

    assert leftovers.remove(found).files == 0
    assert leftovers.find().files == []
    assert default_storage.exists(kept.name)


def test_who_keeps_a_file_while_it_goes_has_it(stocked):
    """Whichever of the two is first, the bytes are there afterwards."""
    names = [keep("sheets", b"%d" % n, ".pdf").name for n in range(60)]
    for _ in range(5):
        age(*names)
        found = leftovers.find()
        with ThreadPoolExecutor(2) as threads:
            going = threads.submit(leftovers.remove, found)
            for n in range(60):
                keep("sheets", b"%d" % n, ".pdf")
            going.result()

        assert all(default_storage.exists(name) for name in names)


def test_a_copy_does_not_take_over_a_file_that_is_gone(stocked):
    first = working_copies(stocked.exam, stocked.papers[:1])[0]
    default_storage.delete(first.file.name)
    twin = type(first).objects.get(pk=first.pk)
    twin.pk, twin.file, twin.submission = None, "", stocked.papers[1]
    twin.save()

    assert default_storage.exists(draw(twin).file.name)


def test_what_a_killed_worker_left_half_written_goes(stocked, storage):
    name = next(storage.glob("sheets/*")) / ".part-abc"
    name.write_bytes(b"half")
    assert prune().files == 0
    age()

    assert prune().files == 1
    assert not name.exists()


def test_files_of_others_are_not_touched(stocked, storage):
    for name in ("README", "backup/dump.sql", "sheets/ab/notes.txt", "sheets/zz/x/deep.pdf"):
        (storage / name).parent.mkdir(parents=True, exist_ok=True)
        (storage / name).write_text("mine")
    age()

    assert prune().files == 0


def test_a_database_that_knows_no_file_deletes_none(db):
    kept = keep("sheets", b"old", ".pdf")
    age(kept.name)

    with pytest.raises(leftovers.Unsure, match="any of the 1 files in the storage"):
        leftovers.find()
    with pytest.raises(CommandError, match="say --all"):
        call_command("prune")
    assert default_storage.exists(kept.name)

    call_command("prune", "--all")
    assert not default_storage.exists(kept.name)


def test_without_any_file_there_is_nothing_to_do(db, capsys):
    call_command("prune")

    assert (
        "Deleted 0 files that nothing refers to (0 bytes) and 0 finished" in capsys.readouterr().out
    )


def test_a_far_storage_is_pruned_too(far, world, monkeypatch):
    kept, used = keep("sheets", b"old", ".pdf"), keep("uploads", b"used", ".pdf")
    Upload.objects.create(exam=world.exam, name="a", file=used.name, size=4, sha256="1")
    assert prune().files == 0
    monkeypatch.setattr(leftovers, "AGE", timedelta(seconds=-5))  # as if two days had gone by

    assert prune() == (1, 3, 0)
    assert not default_storage.exists(kept.name)
    assert default_storage.exists(used.name)


def test_the_command_says_in_one_sentence_what_it_did(stocked, capsys):
    age(keep("sheets", b"x" * 2048, ".pdf").name)
    done = Job.objects.ask("match.exam", exam=0)
    Job.objects.filter(pk=done.pk).update(state="done", finished_at=now() - timedelta(days=9))
    Job.objects.ask("match.exam", exam=0)

    call_command("prune", "--dry-run", "--days=7")
    assert capsys.readouterr().out == (
        "Would delete 1 file that nothing refers to (2.0 KB) and 1 finished job.\n"
    )
    call_command("prune", "--json", "--dry-run")
    told = json.loads(capsys.readouterr().out)
    assert told == {"files": 1, "bytes": 2048, "jobs": 0, "dry_run": True}
    call_command("prune", "--days=7")

    assert capsys.readouterr().out.startswith("Deleted 1 file ")
    assert not Job.objects.filter(pk=done.pk).exists()
    with pytest.raises(CommandError, match="1 or more"):
        call_command("prune", "--days=0")


def test_a_worker_prunes_as_a_job(stocked):
    age(keep("sheets", b"old", ".pdf").name)
    job = Job.objects.ask("leftovers.prune")
    job.claim("one")
    carry_out(job)

    job.refresh_from_db()
    assert (job.state, job.message) == (
        "done",
        "Deleted 1 file that nothing refers to (3 bytes) and 0 finished jobs.",
    )


def test_a_roster_nobody_confirmed_goes_with_its_session(as_, world):
    url = reverse("roster", args=[world.course.pk])
    file = ContentFile(b"First Name,Last Name,SID,Email,Role\nA,B,1,a@b.edu,student\n", "r.csv")
    client = as_("ines")
    assert client.post(url, {"file": file}).status_code == 302
    drafts = Session.objects.exclude(pk=client.session.session_key)
    assert drafts.count() == 1
    drafts.update(expire_date=now())
    job = Job.objects.ask("sessions.clear")
    job.claim("one")
    carry_out(job)

    assert not drafts.exists()
    assert client.get("/").status_code == 200
