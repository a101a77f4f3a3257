"""Scans dropped onto the page, and read before one's eyes."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from functools import partial

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from jobs.models import Job
from submissions import stacks
from submissions.models import Match, Page, Upload
from submissions.stacks import Member
from tests.browser.conftest import sign_in
from tests.jobs.test_processes import started
from tests.submissions.conftest import foreign, paper_quiz, quiz, scans, work

__all__ = ["foreign", "paper_quiz", "quiz", "scans", "work"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def runner():
    """A worker as a process of its own, on the test's database and files."""
    with started(
        "manage.py",
        "runjobs",
        "--processes=1",
        DJANGO_SETTINGS_MODULE="config.settings_test",
        DATA_DIR=str(settings.DATA_DIR),
        SECRET_KEY=os.environ.get("SECRET_KEY", "x"),
    ) as process:
        yield process


def test_an_instructor_uploads_scans_and_sees_them_read_to_the_end(
    visit, quiz, scans, foreign, work, request, assert_accessible
):
    work()  # of the list of students
    page = visit("ines", f"/exams/{quiz.pk}/scans/")
    expect(page.get_by_text("No papers yet")).to_be_visible()

    page.set_input_files("input[type=file]", scans(0, 1, 2, foreign, 3, 5))

    files = page.locator("#uploads")
    expect(files.get_by_text("reading", exact=True)).to_be_visible()
    page.reload()
    expect(files.get_by_text("morning.pdf")).to_be_visible()
    # A worker that was there before could be through before anybody looks.
    request.getfixturevalue("runner")
    expect(files.get_by_text("1 to look at")).to_be_visible(timeout=60_000)
    expect(files.get_by_text("6 pages, 2 papers")).to_be_visible()
    # The rest of the page follows by itself.
    expect(page.locator("#scans-heading")).to_contain_text("6 pages · 2 papers")
    expect(page.get_by_role("row", name="Paper 2")).to_contain_text("2 of 3")
    assert_accessible(page)

    card = page.get_by_role("article")
    expect(card).to_contain_text("morning.pdf, page 4")
    card.get_by_role("button", name="Discard").click()
    expect(page.locator("#scans-heading")).to_contain_text("1 paper lacks pages")
    page.get_by_role("heading", name="Set aside").click()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("article")).to_contain_text("morning.pdf, page 4")

    page.get_by_role("link", name="Paper 2").click()
    expect(page.locator(".thumb__page--missing")).to_have_count(1)
    page.get_by_role("link", name="Page 3").click()
    expect(page.get_by_role("complementary")).to_contain_text("template page 3")
    assert_accessible(page)
    assert Page.objects.filter(submission__exam=quiz, state="placed").count() == 5


def test_the_page_follows_to_the_end_when_names_are_read_last(visit, world):
    upload = Upload.objects.create(
        exam=world.exam,
        name="morning.pdf",
        file="x",
        size=1,
        sha256="1" * 64,
        page_count=3,
        formed_at=timezone.now(),
    )
    job = Job.objects.filter(pk=Job.objects.ask("intake.form", upload=upload.pk).pk)
    page = visit("ines", f"/exams/{world.exam.pk}/scans/")
    first = page.get_by_role("row", name="Paper 1", exact=False)
    expect(first).to_contain_text("–")

    # As the job that forms papers does: it asks for the names before it ends.
    names = Job.objects.filter(pk=Job.objects.ask("match.exam", exam=world.exam.pk).pk)
    job.update(state="done", finished_at=timezone.now())
    expect(page.get_by_text("Reading names…")).to_be_visible()
    Match.objects.create(
        exam=world.exam, submission=world.papers[0], membership=world.members["sam"]
    )
    names.update(state="done", finished_at=timezone.now())

    expect(first).to_contain_text("Student, Sam")
    expect(page.get_by_text("Reading names…")).to_have_count(0)
    expect(page.locator("#uploads")).to_have_attribute("hx-trigger", "file-sent from:body")


def test_a_refused_file_says_why_where_it_was_dropped(visit, quiz, tmp_path):
    (tmp_path / "notes.pdf").write_bytes(b"hello")
    page = visit("ines", f"/exams/{quiz.pk}/scans/")

    page.set_input_files("input[type=file]", tmp_path / "notes.pdf")

    expect(page.get_by_text("notes.pdf is not a PDF: it is plain text")).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("list", name="Files being sent").get_by_role("listitem")).to_have_count(
        0
    )


def test_a_file_that_arrives_and_cannot_be_read_says_so_wherever_it_is_named(
    visit, quiz, tmp_path, assert_accessible
):
    (tmp_path / "half.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(900))
    page = visit("ines", f"/exams/{quiz.pk}/scans/")
    page.set_input_files("input[type=file]", tmp_path / "half.pdf")
    sent = page.get_by_role("list", name="Files being sent")
    expect(sent.get_by_text("✓ arrived")).to_be_visible()
    expect(page.locator("#scans-heading")).not_to_contain_text("Nothing has come in yet")

    # As the job does.
    Upload.objects.update(problem="half.pdf is damaged.")
    Job.objects.update(state="failed", finished_at=timezone.now(), error="half.pdf is damaged.")

    expect(sent.get_by_text("It arrived, but was not read: see below.")).to_be_visible()
    expect(sent.get_by_text("✓ arrived")).to_have_count(0)
    expect(page.locator("#uploads")).to_contain_text("not read")
    expect(page.locator("#scans-heading")).to_contain_text("Nothing of what came in could be read")
    assert_accessible(page)
    sent.get_by_role("button", name="Dismiss").click()
    expect(sent.get_by_role("listitem")).to_have_count(0)


def test_a_large_file_goes_on_where_the_connection_was_lost_even_after_a_reload(
    visit, quiz, tmp_path
):
    data = b"%PDF-1.7\n" + os.urandom(17 << 20)
    (tmp_path / "large.pdf").write_bytes(data)
    page = visit("ines", f"/exams/{quiz.pk}/scans/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/parts/1/", lambda route: route.abort())
    page.set_input_files("input[type=file]", tmp_path / "large.pdf")
    expect(page.get_by_text("no connection, trying again")).to_be_visible(timeout=60_000)

    page.reload()
    expect(page.get_by_text("large.pdf is only partly here, 33 %.")).to_be_visible()
    page.unroute("**/parts/1/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url[-8:]}"))
    page.set_input_files("input[type=file]", tmp_path / "large.pdf")

    expect(page.get_by_text("✓ arrived")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("is only partly here")).to_have_count(0)
    assert [one for one in sent if one.startswith("PUT")] == ["PUT parts/1/", "PUT parts/2/"]
    (upload,) = Upload.objects.all()
    assert upload.sha256 == hashlib.sha256(data).hexdigest()

    page.set_input_files("input[type=file]", tmp_path / "large.pdf")
    expect(page.get_by_text("large.pdf is here already")).to_be_visible(timeout=60_000)
    assert len([one for one in sent if one.startswith("PUT")]) == 2
    page.get_by_role("button", name="Take it once more").click()
    expect(page.get_by_text("✓ arrived")).to_have_count(2, timeout=60_000)
    assert list(Upload.objects.values_list("copy", flat=True)) == [0, 1]


def test_a_large_file_that_is_still_being_read_is_asked_for_until_it_is_here(visit, quiz, tmp_path):
    (tmp_path / "large.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(9 << 20))
    page = visit("ines", f"/exams/{quiz.pk}/scans/")
    asked: list[str] = []

    def busy(route):
        asked.append(route.request.url)
        if len(asked) > 1:
            return route.continue_()
        return route.fulfill(status=202, json={"detail": "Ask once more.", "upload": None})

    page.route("**/upload/", busy)
    page.set_input_files("input[type=file]", tmp_path / "large.pdf")

    expect(page.get_by_text("✓ arrived")).to_be_visible(timeout=60_000)
    assert len(asked) == 2
    assert Upload.objects.count() == 1


def test_what_is_no_trouble_of_the_connection_is_not_tried_again(visit, quiz, tmp_path):
    (tmp_path / "large.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(9 << 20))
    page = visit("ines", f"/exams/{quiz.pk}/scans/")
    broken = {"status": 201, "content_type": "application/json", "body": "<html>"}
    page.route("**/deliveries/", lambda route: route.fulfill(**broken))
    page.set_input_files("input[type=file]", tmp_path / "large.pdf")

    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_text("no connection")).to_have_count(0)


def drop(page, paths):
    """Let files fall onto the page as a hand would."""
    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    dropped = page.evaluate_handle(
        """(files) => {
            const dropped = new DataTransfer();
            for (const [name, data] of files) {
                const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
                dropped.items.add(new File([bytes], name, { lastModified: 5 }));
            }
            return dropped;
        }""",
        files,
    )
    page.dispatch_event("file-drop form", "drop", {"dataTransfer": dropped})


@pytest.fixture
def photos(paper_quiz, tmp_path):
    """The batch's first pages as pictures, in the order of their names."""
    names = ["max-1.jpg", "Max-2.jpg", "max-10.jpg"]
    for name, jpeg in zip(names, paper_quiz.jpegs, strict=False):
        (tmp_path / name).write_bytes(jpeg)
    return [tmp_path / name for name in names]


def test_pictures_dropped_together_become_one_paper(
    visit, quiz, photos, scans, runner, assert_accessible
):
    page = visit("ines", f"/exams/{quiz.pk}/scans/")

    drop(page, [photos[2], scans(3, 4, 5), photos[0], photos[1]])

    sent = page.get_by_role("list", name="Files being sent").get_by_role("listitem")
    expect(sent).to_have_count(2)
    expect(sent.first).to_contain_text("3 pictures: max-1.jpg … max-10.jpg")
    expect(sent.last).to_contain_text("morning.pdf")
    files = page.locator("#uploads")
    expect(files.get_by_text("max-1.jpg … max-10.jpg (3 pictures)")).to_be_visible()
    expect(files.get_by_text("3 pages, 1 paper")).to_have_count(2, timeout=60_000)
    expect(page.locator("#scans-heading")).to_contain_text("6 pages · 2 papers")
    assert_accessible(page)
    stack = Upload.objects.get(kind="pictures")
    assert list(stack.pages.order_by("number").values_list("template_page", flat=True)) == [1, 2, 3]


def test_the_page_packs_the_bytes_the_server_would(visit, quiz, photos, tmp_path):
    umlaut = tmp_path / "max-3 für Übung.jpg"
    umlaut.write_bytes(photos[0].read_bytes())
    page = visit("ines", f"/exams/{quiz.pk}/scans/")
    page.set_input_files("input[type=file]", [*photos, umlaut])
    expect(page.get_by_text("✓ arrived")).to_be_visible()

    out = io.BytesIO()
    ordered = [photos[0], photos[1], umlaut, photos[2]]
    stacks.pack(out, [Member(path.name, partial(path.open, "rb")) for path in ordered])
    assert Upload.objects.get().sha256 == hashlib.sha256(out.getvalue()).hexdigest()

    page.set_input_files("input[type=file]", [umlaut, *photos])
    expect(page.get_by_text("max-10.jpg (4 pictures) is here already")).to_be_visible()


def test_a_large_stack_goes_on_where_the_connection_was_lost(visit, quiz, tmp_path):
    paths = [tmp_path / f"{n}.jpg" for n in range(3)]
    for path in paths:
        path.write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(6 << 20))
        os.utime(path, (1_700_000_000, 1_700_000_000))
    page = visit("ines", f"/exams/{quiz.pk}/scans/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/parts/1/", lambda route: route.abort())
    page.set_input_files("input[type=file]", paths)
    expect(page.get_by_text("no connection, trying again")).to_be_visible(timeout=60_000)

    page.reload()
    expect(page.get_by_text("0.jpg … 2.jpg (3 pictures) is only partly here")).to_be_visible()
    page.unroute("**/parts/1/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url[-8:]}"))
    page.set_input_files("input[type=file]", paths[::-1])

    expect(page.get_by_text("✓ arrived")).to_be_visible(timeout=60_000)
    assert [one for one in sent if one.startswith("PUT")] == ["PUT parts/1/", "PUT parts/2/"]


def test_without_scripts_pictures_chosen_together_are_one_stack_too(
    browser, quiet_server, quiz, photos, world
):
    context = browser.new_context(base_url=quiet_server.url, java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, world.ines)
    plain.goto(f"/exams/{quiz.pk}/scans/")
    plain.set_input_files("input[type=file]", photos)
    plain.get_by_role("button", name="Send").click()

    expect(plain.locator("#uploads")).to_contain_text("max-1.jpg … max-10.jpg (3 pictures)")
    context.close()
    assert Upload.objects.count() == 1
