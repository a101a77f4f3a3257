"""A student's data deleted for good: nothing of them is left, and nothing of others is missing."""

from __future__ import annotations

import io
import json
import zipfile
from types import SimpleNamespace

import pytest
from axes.models import AccessLog
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gradebook.files import keep, read
from gradebook.models import Course, Membership, Region, Role, Template, User
from gradebook.outline import parse
from gradebook.plans import to_dict
from jobs import Refusal
from jobs.models import Job
from jobs.runner import work_through
from rubrics import grading
from rubrics.models import Entry
from rubrics.outline import plan_of, save_outline
from rubrics.scores import mismatches
from scoring import regrades
from scoring.archive.reading import load
from scoring.archive.writing import archived
from scoring.drawing import draw, working_copies
from scoring.erasure import students
from scoring.models import Copy, Deletion, Letter, Release, Viewing
from submissions import corrections
from submissions.models import (
    Crop,
    Denial,
    LookAgain,
    Page,
    PrintedPaper,
    PrintRun,
    Reading,
    Repair,
    Submission,
    Upload,
)

pytestmark = pytest.mark.usefixtures("own_files")
EMAIL, FIRST, LAST, SID = "zyx.quux@example.edu", "Zyxine", "Quuxworth", "77665544"
MARK = b"%ZYX-PAGE-OF-QUUXWORTH"
NEEDLES = (EMAIL, FIRST, LAST, SID, MARK.decode(), "because of my dog", "Well argued, Zyx")


@pytest.fixture
def world(world: SimpleNamespace) -> SimpleNamespace:
    """The world, in which Sam has a name nobody else's texts hold."""
    User.objects.filter(pk=world.sam.pk).update(email=EMAIL, first_name=FIRST, last_name=LAST)
    world.sam.refresh_from_db()
    Membership.objects.filter(pk=world.members["sam"].pk).update(sid=SID)
    world.members["sam"].refresh_from_db()
    world.members["sam"].user = world.sam
    return world


@pytest.fixture
def full(released: SimpleNamespace) -> SimpleNamespace:
    """A released exam in which the student stands wherever a student can come to stand."""
    world = released
    _scans(world)
    _words(world)
    _traces(world)
    return world


def _scans(world):
    """Files with the mark: their pages, and the batch that holds Nia's pages too."""
    batch = Upload.objects.get(name="batch.pdf")
    both = keep("uploads", b"%PDF" + MARK + b" and Nia's pages", ".pdf")
    Upload.objects.filter(pk=batch.pk).update(file=both.name, sha256=both.sha256)
    for page in world.pages["sam"]:
        kinds = ("image", "preview", "thumbnail", "covered")
        files = {kind: _marked(kind, f"{kind}{page.number}", ".jpg") for kind in kinds}
        Page.objects.filter(pk=page.pk).update(**files)
        page.refresh_from_db()
        default_storage.save(
            page.preview.name.replace("preview/", "bare/"), default_storage.open(page.preview.name)
        )
    blank = world.pages["nia"][0].preview.name
    template = Template.objects.create(
        exam=world.exam, file=blank, sha256="0" * 64, page_count=3, uploaded_by=world.ines
    )
    for number in (1, 2, 3):
        template.pages.create(number=number, width=612, height=792, image=blank, sha256="1" * 64)
    region = Region.objects.create(
        exam=world.exam, kind="name", page=1, x=0.1, y=0.1, width=0.2, height=0.1
    )
    crop = _marked("crops", "name", ".jpg")
    Crop.objects.create(
        page=world.pages["sam"][0], region=region, image=crop, sha256="0" * 64, width=1, height=1
    )
    alone = Upload.objects.create(
        exam=world.exam,
        name=f"{LAST.lower()}_{FIRST.lower()}.pdf",
        file=_marked("uploads", "alone", ".pdf"),
        size=1,
        sha256="5" * 64,
        page_count=1,
        warnings=[f"{FIRST}-{LAST}.pdf: coarse"],
    )
    Page.objects.create(upload=alone, number=1, submission=world.papers[0], state="extra")
    Upload.objects.create(
        exam=world.exam,
        name=f"all {FIRST} {LAST} and more.zip",
        kind="zip",
        file=_marked("uploads", "zip", ".zip"),
        size=1,
        sha256="6" * 64,
        page_count=0,
        formed_at=timezone.now(),
        warnings=[f"{FIRST} {LAST}.txt is no scan"],
    )
    run = PrintRun.objects.create(
        exam=world.exam,
        code=47131,
        copies=2,
        page_count=3,
        template_sha256="0" * 64,
        file=_marked("prints", "run", ".pdf"),
        drawn_at=timezone.now(),
        left_out=[f"Paper 1: {FIRST} {LAST} has no room.", "Paper 2: Nia has no room."],
    )
    PrintedPaper.objects.create(
        run=run, number=1, membership=world.members["sam"], submission=world.papers[0]
    )
    PrintedPaper.objects.create(run=run, number=2, membership=world.members["nia"])


def _marked(folder, word, suffix):
    return keep(folder, MARK + word.encode(), suffix).name


def _words(world):
    answer, other = world.answers[1, "2"], world.answers[2, "1.1"]
    grading.comment(answer, "Well argued, Zyx", version=1, by=world.gus)
    grading.comment(other, "Nia's own.", version=0, by=world.gus)
    copy = world.copies["sam"]
    asked = regrades.ask(copy, "1.1", "because of my dog")
    regrades.reply(asked, f"No, {FIRST}.", change=False, by=world.ines)
    Viewing.objects.create(copy=copy, by=world.sam)
    Letter.objects.get_or_create(copy=copy, defaults={"address": EMAIL})
    mine, _ = working_copies(world.exam, world.papers[:2])
    Copy.objects.filter(pk=mine.pk).update(
        file=_marked("copies", "working", ".pdf"), drawn_at=timezone.now()
    )
    # Released to Sam although the paper turned out to be nobody's.
    third = Copy.objects.create(
        submission=world.papers[2],
        release=copy.release,
        student=world.members["sam"],
        result=copy.result | {"submission": 3},
        digest="x",
        file=_marked("copies", "third", ".pdf"),
        drawn_at=timezone.now(),
    )
    Letter.objects.create(copy=third, address=EMAIL)
    # A part that is removed goes into the history with all that was said about it.
    data = to_dict(plan_of(world.exam, ids=True))
    grading.comment(world.answers[1, "1.2"], "Well argued, Zyx, too", version=0, by=world.gus)
    grading.apply(world.items["1.2"][1], world.answers[2, "1.2"], by=world.gus)
    del data["points"], data["questions"][0]["points"], data["questions"][0]["parts"][1]
    save_outline(world.exam, parse(data), by=world.ines, losing=2)


def _traces(world):
    sam, (sams, nias, _) = world.members["sam"], world.papers
    Denial.objects.create(submission=nias, membership=sam, by=world.ines)
    scores = _marked("readings", "scores", ".npz")
    Reading.objects.create(submission=sams, name=f"{FIRST} {LAST}", sid=SID, name_scores=scores)
    Reading.objects.create(
        submission=nias,
        name="Nia",
        candidates=[
            {"membership": sam.pk, "certainty": 0.2},
            {"membership": world.members["nia"].pk, "certainty": 0.9},
        ],
    )
    corrections.discard(world.pages["sam"][2], by=world.ines)
    corrections.turn(world.pages["nia"][2], by=world.ines)
    failed = Job.objects.ask("copies.draw", by=world.ines, copies=[world.copies["sam"].pk])
    Job.objects.filter(pk=failed.pk).update(
        state="failed", error=f"{FIRST} {LAST}: no", trace=EMAIL, finished_at=timezone.now()
    )
    Client().force_login(world.sam)
    AccessLog.objects.create(username=EMAIL.upper(), ip_address="127.0.0.1")


def everything_stored(folder=""):
    folders, names = default_storage.listdir(folder)
    for name in names:
        yield f"{folder}/{name}", read(f"{folder}/{name}")
    for one in folders:
        yield from everything_stored(f"{folder}/{one}".lstrip("/"))


def found_in_database() -> list[str]:
    """Look through every column of every table; return where a needle stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = " ".join(map(str, row)).lower()
                # Both engines may hold JSON with other letters escaped.
                found += [f"{table}: {one}" for one in NEEDLES if one.lower() in text]
    return found


def found_in_storage() -> list[str]:
    return [
        f"{name}: {one}"
        for name, data in everything_stored()
        for one in NEEDLES
        if one.lower().encode() in data.lower() or one.lower() in name.lower()
    ]


def assert_nothing_left():
    assert found_in_database() == []
    assert found_in_storage() == []


def test_what_the_class_was_told_stays_and_their_total_in_it_goes(full):
    told = {"papers": 5, "mean": 500, "median": 500, "points": 900}
    Release.objects.update(distribution=told | {"of": {"1": 750, "2": 300}})
    before = Release.objects.count()

    students.delete(full.members["sam"], by=full.ines)

    left = list(Release.objects.values_list("distribution", flat=True))
    assert left == [told | {"of": {"2": 300}}] * before


# Nothing of them is left


def test_the_student_stands_all_over_the_place_before(full):
    tables = {one.split(":")[0] for one in found_in_database()}

    assert {
        "gradebook_user",
        "gradebook_membership",
        "submissions_upload",
        "submissions_reading",
        "submissions_printrun",
        "rubrics_comment",
        "rubrics_entry",
        "scoring_copy",
        "scoring_letter",
        "scoring_regrade",
        "scoring_regradereply",
        "jobs_job",
        "axes_accesslog",
    } <= tables
    assert len(found_in_storage()) > 15


def test_nothing_of_a_student_is_left_in_database_and_storage(full):
    gone = (full.sam.pk, full.members["sam"].pk)

    students.delete(full.members["sam"], by=full.ines)

    assert_nothing_left()
    assert not User.objects.filter(pk=gone[0]).exists()
    assert Session.objects.count() == 0
    naming = [
        (model, one)
        for app in ("gradebook", "submissions", "rubrics", "scoring", "jobs")
        for model in apps.get_app_config(app).get_models()
        for one in model._meta.concrete_fields
        if one.related_model in (User, Membership)
    ]
    for model, one in naming:
        pk = gone[one.related_model is Membership]
        assert not model._base_manager.filter(**{one.attname: pk}).exists(), (model, one)


@pytest.mark.services
def test_nothing_is_left_on_postgresql_either(full):
    assert connection.vendor == "postgresql"

    students.delete(full.members["sam"], by=full.ines)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert_nothing_left()


def test_the_record_says_who_and_how_much_and_not_whose(full):
    students.delete(full.members["sam"], by=full.ines)

    deletion = Deletion.objects.get()
    assert (deletion.by, deletion.course, deletion.kind) == (full.ines, full.course, "student")
    assert (deletion.papers, deletion.pages) == (1, 4)
    assert deletion.files > 15
    assert (deletion.name, deletion.membership, deletion.left) == ("", None, [])
    assert deletion.done_at is not None


def test_who_stands_in_another_course_keeps_the_account(full):
    other = Course.objects.create(name="CS1", term="")
    Membership.objects.create(course=other, user=full.sam, role=Role.STUDENT)

    students.delete(full.members["sam"], by=full.ines)

    assert Membership.objects.get(user=full.sam).course == other
    tables = {one.split(":")[0] for one in found_in_database()}
    assert tables == {"gradebook_user", "axes_accesslog"}
    assert found_in_storage() == []


# Others keep all that is theirs


def test_others_keep_pages_scores_copies_and_history(full):
    nias = full.papers[1]
    copy = Copy.objects.get(submission=nias, release__isnull=False)
    before = (
        list(nias.pages.values()),
        list(nias.answers.order_by("pk").values()),
        copy.result,
        Entry.objects.filter(answer_id__in=nias.answers.values("pk")).count(),
    )
    files = [read(page.sheet.name) for page in nias.pages.all()]

    students.delete(full.members["sam"], by=full.ines)

    copy.refresh_from_db()
    after = (
        list(nias.pages.values()),
        list(nias.answers.order_by("pk").values()),
        copy.result,
        Entry.objects.filter(answer_id__in=nias.answers.values("pk")).count(),
    )
    assert after == before
    assert [read(page.sheet.name) for page in nias.pages.all()] == files
    assert mismatches() == []
    assert draw(copy).file
    removed = Entry.objects.get(verb=Entry.Verb.REMOVED_QUESTION)
    assert [one["submission"] for one in removed.before["answers"]] == [nias.pk]
    assert Reading.objects.get().candidates[0]["membership"] == full.members["nia"].pk
    assert len(Reading.objects.get().candidates) == 1
    assert PrintRun.objects.get().left_out[1] == "Paper 2: Nia has no room."
    assert set(Submission.objects.all()) == set(full.papers[1:])


def test_an_act_on_others_pages_can_still_be_put_back(full):
    students.delete(full.members["sam"], by=full.ines)

    (turned,) = Repair.objects.all()
    corrections.put_back(turned, by=full.ines)

    assert Page.objects.get(pk=full.pages["nia"][2].pk).turn == 0


def test_who_was_asked_to_look_again_at_anothers_answer_still_is(full):
    repair = Repair.objects.get(kind="discard")
    LookAgain.objects.create(answer=full.answers[2, "1.1"], repair=repair, reason="Pages changed.")

    students.delete(full.members["sam"], by=full.ines)

    look = LookAgain.objects.get(answer=full.answers[2, "1.1"])
    assert look.repair.before == {"pages": {}, "papers": {}, "accepted": {}}


def test_the_file_of_a_batch_goes_and_its_upload_stays_known(full, as_):
    students.delete(full.members["sam"], by=full.ines)

    batch = Upload.objects.get(name="batch.pdf")
    assert not batch.file
    assert batch.pages.count() == 3
    assert as_("ines").get(reverse("scans", args=[full.exam.pk])).status_code == 200
    assert as_("ines").get(reverse("print_papers", args=[full.exam.pk])).status_code == 200
    assert as_("ines").post(reverse("upload_again", args=[batch.pk])).status_code == 302
    work_through("worker", until_idle=True, most=50, stop=lambda: False)
    assert not Job.objects.filter(kind__startswith="intake", state="failed").exists()


def test_the_exam_is_archived_and_loads_afterwards(full, tmp_path):
    students.delete(full.members["sam"], by=full.ines)
    path = tmp_path / "exam.zip"
    path.write_bytes(b"".join(archived(full.exam)))

    loaded = load(path, course="Again")

    assert loaded.uploads.get(name="batch.pdf").file.name == ""
    assert [paper.number for paper in loaded.submissions.all()] == [2, 3]


# When it is refused


def test_staff_are_not_deleted(full):
    with pytest.raises(Refusal, match="Only a student"):
        students.delete(full.members["gus"], by=full.ines)

    assert Deletion.objects.count() == 0
    assert Membership.objects.count() == 4


def test_it_waits_for_files_that_are_being_read(full, as_):
    upload = full.pages["sam"][0].upload_id
    Job.objects.ask("intake.chunk", upload=upload, first=1)
    url = reverse("student_delete", args=[full.members["sam"].pk])

    answer = as_("ines").post(url, {"typed": f"{FIRST} {LAST}"})

    assert answer.status_code == 422
    assert "still being read" in answer.content.decode()
    assert not Deletion.objects.exists()


# The page


def test_the_name_is_typed_before_anything_goes(full, as_):
    url = reverse("student_delete", args=[full.members["sam"].pk])
    page = as_("ines").get(url).content.decode()
    assert "2 files of scans hold pages of others too and go whole: batch.pdf, all " in page

    assert as_("ines").post(url, {"typed": "Nia Neighbour"}).status_code == 422
    assert Membership.objects.filter(user=full.sam).exists()
    answer = as_("ines").post(url, {"typed": f"{FIRST}  {LAST}"})

    assert answer.url == reverse("deletions", args=[full.course.pk])
    work_through("worker", until_idle=True, most=60, stop=lambda: False)
    shown = as_("ines").get(answer.url).content.decode()
    assert "A student’s data" in shown
    assert FIRST not in shown
    assert as_("ines").get(url).status_code == 404
    assert_nothing_left()


def test_their_data_come_as_a_zip(full, as_):
    url = reverse("student_data", args=[full.members["sam"].pk])
    # Since the first one was drawn, a part was removed.
    (mine,) = working_copies(full.exam, full.papers[:1])
    Copy.objects.filter(pk=mine.pk).update(file=_marked("copies", "anew", ".pdf"))

    answer = as_("ines").get(url)

    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as found:
        data = json.loads(found.read("data.json"))
        names = found.namelist()
        scans = [name for name in names if name.startswith("scans/")]
        assert found.read(scans[0]) == read(full.pages["sam"][0].sheet.name)
    assert data["person"]["email"] == EMAIL
    (paper,) = data["papers"]
    assert paper["as_it_stands"]["student"] == f"{FIRST} {LAST}"
    assert paper["regrades"][0]["reason"] == "because of my dog"
    assert len(paper["released"]) == 1
    assert any(name.startswith("copies/Midterm-paper-1-working") for name in names)
    of_staff = reverse("student_data", args=[full.members["gus"].pk])
    assert as_("ines").get(of_staff).status_code == 403
