from __future__ import annotations

import io
import os
import zipfile
from collections import Counter

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from gradebook.files import keep, read
from gradebook.models import Exam, Membership, Role, User
from jobs import Refusal
from jobs.models import Job
from rubrics.models import Adjustment, Annotation, Comment, Mark
from rubrics.rubric import change_item
from scoring import tasks
from scoring.asking import ask_for_copies
from scoring.copies.names import copy_name, distinct, plain
from scoring.copies.zip import zipped
from scoring.drawing import draw, working_copies
from scoring.exports.personal import personal
from scoring.models import Copy
from scoring.release import release
from submissions.models import Answer, Match, Page, Submission
from submissions.worked_on import said_about, worked_on
from tests.jobs.test_processes import kill_all_of, runjobs, until
from tests.scoring.papers import scan, text_of


def do(job):
    """Do a job and the jobs it asks for, as a worker would."""
    assert job.claim("test")
    tasks_by_kind = {"copies.exam": tasks.draw_exam, "copies.release": tasks.draw_release}
    tasks_by_kind.get(job.kind, tasks.draw_chunk)(job)
    job.finish()
    for child in job.children.filter(state="queued"):
        do(child)


def drawn(exam):
    do(ask_for_copies(exam, by=None))
    return {copy.submission.number: copy for copy in Copy.objects.filter(release=None)}


def test_every_paper_gets_a_copy_with_its_pages(graded):
    copies = drawn(graded.exam)

    text = text_of(read(copies[1].file.name))
    assert "7.5 / 9" in text
    assert "Sam Student" in text
    assert "✓" in text
    assert sorted(copies) == [1, 2, 3]


def test_only_what_changed_is_drawn_anew(graded):
    before = drawn(graded.exam)
    change_item(graded.items["1.1"][1], points=-100, by=graded.ines)
    after = drawn(graded.exam)

    changed = {number for number in before if before[number].file != after[number].file}
    kept = {number for number in before if before[number].drawn_at == after[number].drawn_at}
    assert changed == {1, 2, 3}  # every paper lists the item
    assert kept == set()
    again = drawn(graded.exam)
    assert all(again[number].drawn_at == after[number].drawn_at for number in after)


def test_what_was_drawn_before_the_release_is_not_drawn_again(graded, monkeypatch):
    working = drawn(graded.exam)
    monkeypatch.setattr("scoring.copies.document.draw_copy", lambda *_: pytest.fail("drawn again"))

    made = release(graded.exam, by=graded.ines)
    do(Job.objects.get(kind="copies.release"))

    files = {copy.submission.number: copy.file.name for copy in made.copies.all()}
    assert files == {number: working[number].file.name for number in (1, 2)}


def test_copies_that_are_drawn_are_not_being_drawn(as_, graded):
    release(graded.exam, by=graded.ines)
    do(Job.objects.get(kind="copies.release"))

    page = as_("ines").get(reverse("release", args=[graded.exam.pk])).text

    assert "The graded copies are drawn." in page
    assert "Drawing graded copies" not in page


def test_a_copy_drawn_to_look_at_is_nobodys_work_and_a_released_one_is(graded):
    nobodys = graded.papers[2]
    working_copies(graded.exam, graded.papers)
    assert worked_on([nobodys.pk]) == set()
    assert said_about([nobodys.pk]) == 0

    release(graded.exam, by=graded.ines)

    seen = set(Copy.objects.exclude(release=None).values_list("submission", flat=True))
    assert nobodys.pk not in seen
    Mark.objects.all().delete()
    Answer.objects.update(graded=False)
    for model in (Adjustment, Annotation, Comment):
        model.objects.all().delete()
    assert worked_on(paper.pk for paper in graded.papers) == seen
    assert said_about([graded.papers[1].pk]) == 1


def test_a_release_taken_back_is_not_drawn(graded):
    made = release(graded.exam, by=graded.ines)
    made.taken_back_at = made.at
    made.save()

    do(Job.objects.get(kind="copies.release"))

    assert not Copy.objects.exclude(file="").exists()


def test_one_broken_scan_keeps_no_other_paper_from_its_copy(graded):
    broken = keep("sheets", b"no pdf at all", ".pdf")
    Page.objects.filter(pk=graded.pages["sam"][0].pk).update(
        sheet=broken.name, sha256=broken.sha256
    )
    job = ask_for_copies(graded.exam, by=None)

    with pytest.raises(Refusal, match="paper 1"):
        do(job)

    assert set(Copy.objects.exclude(file="").values_list("submission__number", flat=True)) == {2, 3}


def test_an_attempt_after_a_broken_one_asks_for_no_chunk_twice(graded):
    job = ask_for_copies(graded.exam, by=None)
    job.claim("first")
    tasks.draw_exam(job)
    tasks.draw_exam(job)

    assert job.children.count() == 1


def test_a_second_attempt_says_from_the_start_what_the_first_has_drawn(graded, monkeypatch):
    for copy in working_copies(graded.exam, graded.papers[:2]):
        draw(copy)
    said: list[int | None] = []
    report = Job.report

    def heard(job: Job, **told):
        said.append(told.get("done"))
        report(job, **told)

    monkeypatch.setattr(Job, "report", heard)
    papers = [paper.pk for paper in graded.papers]
    job = Job.objects.ask("copies.draw", papers=papers, exam=graded.exam.pk)
    job.claim("second")
    tasks.draw_chunk(job)

    assert said == [2, 3, None]


def test_one_paper_is_not_all_one_papers(as_, graded):
    Page.objects.filter(submission__number__gt=1).delete()
    graded.exam.submissions.exclude(number=1).delete()
    client = as_("ines")

    copies = client.get(reverse("copies", args=[graded.exam.pk])).text
    exam = client.get(reverse("exam", args=[graded.exam.pk])).text

    assert "The one paper" in copies
    assert "1 papers" not in copies
    assert "of the one paper" in exam
    assert "1 papers" not in exam


def test_asking_twice_is_asking_once(as_, graded):
    client = as_("ines")

    for _ in range(2):
        assert client.post(reverse("copies", args=[graded.exam.pk])).status_code == 302

    assert Job.objects.filter(kind="copies.exam").count() == 1


def test_the_page_shows_how_far_it_is_and_then_offers_the_zip(as_, graded):
    client, url = as_("ines"), reverse("copies", args=[graded.exam.pk])
    archive = reverse("copies_zip", args=[graded.exam.pk])
    assert archive not in client.get(url).content.decode()
    assert client.get(archive)["Location"] == url

    job = ask_for_copies(graded.exam, by=graded.gus)
    progress = reverse("copies_progress", args=[graded.exam.pk, job.pk])
    assert progress in client.get(url).content.decode()
    assert client.get(progress, headers={"HX-Request": "true"}).status_code == 200

    do(job)
    page = client.get(url).content.decode()
    assert archive in page
    assert "Something changed" not in page
    assert client.get(progress, headers={"HX-Request": "true"}).status_code == 286


def test_the_page_says_when_copies_are_behind(as_, graded):
    drawn(graded.exam)
    change_item(graded.items["1.1"][1], points=-100, by=graded.ines)

    page = as_("ines").get(reverse("copies", args=[graded.exam.pk])).content.decode()

    assert "Something changed since" in page


def test_progress_of_another_exam_is_not_shown(as_, graded):
    other = Exam.objects.create(course=graded.course, name="Final")
    job = ask_for_copies(other, by=graded.ines)

    url = reverse("copies_progress", args=[graded.exam.pk, job.pk])
    assert as_("ines").get(url).status_code == 404


def test_the_zip_holds_every_copy_under_its_students_name(as_, graded):
    copies = drawn(graded.exam)

    response = as_("ines").get(reverse("copies_zip", args=[graded.exam.pk]))

    assert 'filename="Midterm_copies.zip"' in response["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.testzip() is None
    assert archive.namelist() == [
        "Student_Sam_s0000002.pdf",
        "Neighbour_Nia_s0000003.pdf",
        "paper_3.pdf",
    ]
    assert archive.read("paper_3.pdf") == read(copies[3].file.name)
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_a_zip_is_made_piece_by_piece(graded):
    copy = drawn(graded.exam)[1]
    big = keep("copies", os.urandom(3_000_000), ".pdf")

    pieces = list(zipped((f"{n}.pdf", big.name, copy.drawn_at) for n in range(4)))

    assert max(map(len, pieces)) < 300_000
    assert zipfile.ZipFile(io.BytesIO(b"".join(pieces))).testzip() is None


def test_a_single_copy_shows_the_numbers_as_they_stand(as_, graded):
    url = reverse("submission_copy", args=[graded.papers[0].pk])
    client = as_("ines")
    drawn(graded.exam)
    before = b"".join(client.get(url).streaming_content)
    change_item(graded.items["1.1"][1], points=-100, by=graded.ines)
    assert client.get(url).status_code == 202
    drawn(graded.exam)

    response = client.get(url)

    assert "7.5 / 9" in text_of(before)
    assert "7 / 9" in text_of(b"".join(response.streaming_content))
    assert response["Cache-Control"] == "private, no-cache"


def test_a_copy_that_changed_while_it_was_drawn_keeps_no_old_file(graded):
    (copy,) = working_copies(graded.exam, graded.papers[:1])
    Copy.objects.filter(pk=copy.pk).update(digest="0" * 64)

    draw(copy)

    assert Copy.objects.get(pk=copy.pk).file == ""


def test_the_pages_cost_the_same_for_many_copies(as_, graded, django_assert_max_num_queries):
    drawn(graded.exam)
    client = as_("ines")
    with django_assert_max_num_queries(24):
        client.get(reverse("copies", args=[graded.exam.pk]))
    with django_assert_max_num_queries(8):
        b"".join(client.get(reverse("copies_zip", args=[graded.exam.pk])).streaming_content)


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (("van der Meer", "Zoë", "s1", 7), "van_der_Meer_Zoë_s1.pdf"),
        (("../../etc", "passwd", "", 7), "etc_passwd.pdf"),
        (("=HYPERLINK", "@x", "+1", 7), "HYPERLINK_x_1.pdf"),
        (("a\u202efdp", "x\0y", "", 7), "a_fdp_x_y.pdf"),
        (("", "", "", 7), "paper_7.pdf"),
        (("con", "", "", 7), "_con.pdf"),
        (("王", "小明", "s2", 7), "王_小明_s2.pdf"),
    ],
)
def test_names_are_theirs_and_harmless(person, name):
    assert copy_name(*person) == name


@given(st.text(), st.text(), st.text())
def test_no_name_leaves_its_folder(last, first, sid):
    name = copy_name(last, first, sid, 7)

    assert name.endswith(".pdf")
    assert not set(name) & set('/\\:*?"<>|\0\n\r')
    assert name[0] not in ".-=+@"
    assert name.count(".") == 1


def test_two_of_one_name_get_two_files():
    names = [(copy_name("Sato", "Daniel", "", n), n) for n in (4, 9)]

    assert list(distinct(names)) == ["Sato_Daniel.pdf", "Sato_Daniel_9.pdf"]
    assert plain("  ") == ""


def many(world, count):
    """Papers of one page, each with a student."""
    upload = world.pages["sam"][0].upload
    for n in range(count):
        user = User.objects.create(email=f"x{n}@example.edu", last_name=f"Extra {n}")
        member = Membership.objects.create(course=world.course, user=user, role=Role.STUDENT)
        paper = Submission.objects.create(exam=world.exam, number=100 + n, code_name=f"x-{n}")
        Match.objects.create(exam=world.exam, submission=paper, membership=member)
        sheet = keep("sheets", scan((612 + n, 792)), ".pdf")
        Page.objects.create(
            upload=upload,
            number=100 + n,
            state=Page.State.PLACED,
            submission=paper,
            template_page=1,
            sheet=sheet.name,
            sha256=sheet.sha256,
        )


@pytest.mark.django_db(transaction=True)
def test_every_copy_is_there_once_after_the_workers_were_killed(graded):
    many(graded, 58)
    made = release(graded.exam, by=graded.ines)
    with runjobs() as first:
        until(lambda: made.copies.exclude(file="").count() >= 5)
        kill_all_of(first)
    left = made.copies.filter(file="").count()

    with runjobs("--until-idle") as second:
        assert second.wait(90) == 0

    files = Counter(made.copies.values_list("file", flat=True))
    assert left > 0
    assert set(files.values()) == {1}
    assert len(files) == 60
    assert all(default_storage.exists(name) for name in files)
    assert not Job.objects.exclude(state="done").exists()


@override_settings(SENDFILE_PREFIX="/_files/")
def test_a_proxy_sends_the_bytes_where_there_is_one(as_, graded):
    drawn(graded.exam)
    response = as_("ines").get(reverse("submission_copy", args=[graded.papers[0].pk]))

    assert response["X-Accel-Redirect"].startswith("/_files/copies/")


def test_the_page_after_a_release_tells_the_students_copies_from_those_of_now(as_, graded):
    made = release(graded.exam, by=graded.ines)
    url, client = reverse("copies", args=[graded.exam.pk]), as_("ines")

    page = client.get(url).text
    assert ", 0 of 2 copies drawn so far." in page
    assert "0 of 3 drawn" not in page
    assert "not drawn yet" in page

    for copy in made.copies.all():
        draw(copy)
    assert ", all 2 copies drawn." in client.get(url).text


def handed_over(graded):
    """Paper 1, drawn as Sam's, turned out to be Nia's."""
    drawn(graded.exam)
    Match.objects.filter(exam=graded.exam).delete()
    nia = graded.members["nia"]
    Match.objects.create(exam=graded.exam, submission=graded.papers[0], membership=nia)
    return nia


def test_a_copy_that_names_somebody_else_is_in_no_zip(as_, graded):
    handed_over(graded)
    client, url = as_("ines"), reverse("copies", args=[graded.exam.pk])

    page = client.get(url).text
    assert "1 of 3 drawn" in page
    assert "Something changed since" in page
    assert client.get(reverse("copies_zip", args=[graded.exam.pk]))["Location"] == url

    drawn(graded.exam)
    response = client.get(reverse("copies_zip", args=[graded.exam.pk]))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.namelist() == ["Neighbour_Nia_s0000003.pdf", "paper_2.pdf", "paper_3.pdf"]
    assert "Neighbour" in text_of(archive.read("Neighbour_Nia_s0000003.pdf"))


def test_the_data_of_a_student_hold_no_copy_drawn_as_anothers(graded):
    nia = handed_over(graded)

    with zipfile.ZipFile(io.BytesIO(b"".join(personal(nia)))) as found:
        assert [name for name in found.namelist() if name.startswith("copies/")] == []
    drawn(graded.exam)
    with zipfile.ZipFile(io.BytesIO(b"".join(personal(nia)))) as found:
        (name,) = [name for name in found.namelist() if name.startswith("copies/")]
        assert "Sam" not in text_of(found.read(name))


def test_the_page_says_when_pages_moved_since(as_, graded):
    drawn(graded.exam)
    moved = Page.objects.filter(submission=graded.papers[0], position=3)
    moved.update(submission=graded.papers[1], position=9, template_page=None, state="extra")

    page = as_("ines").get(reverse("copies", args=[graded.exam.pk])).text
    assert "Something changed since" in page


def test_what_a_release_replaced_is_not_drawn(graded):
    first = release(graded.exam, by=graded.ines)
    gone = Copy.objects.filter(release=first, submission=graded.papers[0])
    gone.update(withdrawn_at=timezone.now())

    do(Job.objects.get(kind="copies.release", args__release=first.pk))

    drawn_now = Copy.objects.filter(release=first).exclude(file="")
    assert list(drawn_now.values_list("submission__number", flat=True)) == [2]


def test_the_file_of_a_copy_is_found_without_reading_results(graded):
    if connection.vendor == "postgresql":
        # It would rather read a table of no rows than an index.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Copy.objects.filter(digest="x").exclude(file="").values_list("file").explain()

    assert "copies_by_digest" in plan
