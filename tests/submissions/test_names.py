"""Graders of an anonymous exam see no name: not on pages put in by hand, not in names of files."""

from __future__ import annotations

import base64
import zipfile

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from gradebook.files import read
from gradebook.models import Exam, Region, Template
from rubrics import state
from submissions import corrections, covers, crops, imaging, name_checks
from submissions.models import Crop, NameCheck, Page
from submissions.pictures import file_of, for_graders
from tests.submissions.conftest import make_template

State = Page.State
UNSEEN = "Hidden until an instructor has looked: it may show a name."
NAMED = "Hidden: it shows a name."
UNCOVERED = "Hidden until the name on it is covered. This takes a moment."


@pytest.fixture
def taken(quiz, scans, take, work, foreign):
    """Sam's paper of three pages, then a sheet of something else."""
    upload = take(quiz, scans(0, 1, 2, foreign))
    work()
    return upload


@pytest.fixture
def paper(quiz, taken):
    return quiz.submissions.get()


@pytest.fixture
def extra(taken, paper):
    """The strange sheet, added to the paper by hand."""
    page = taken.pages.get(number=4)
    corrections.add_to(page, paper)
    return page


@pytest.fixture
def stray(taken, paper):
    """The strange sheet as the paper's first page, where the name belongs; nothing of it fits."""
    corrections.discard(paper.pages.get(template_page=1))
    page = taken.pages.get(number=4)
    corrections.place(page, paper, 1)
    return page


@pytest.fixture
def seen(client, world):
    """What somebody gets of a page's pictures: the kinds answered with 200, and their bytes."""

    def ask(name: str, page: Page) -> dict[str, bytes]:
        client.force_login(getattr(world, name))
        page = Page.objects.get(pk=page.pk)
        found = {}
        for kind in ("preview", "thumbnail", "image", "covered"):
            for field in ("preview", "thumbnail", "image", "covered"):
                if file := getattr(page, field).name:
                    stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
                    answer = client.get(reverse("page_image", args=[page.pk, kind, stem]))
                    if answer.status_code == 200:
                        found[kind] = answer.getvalue()
        return found

    return ask


def say(client, page, word="nameless", **more):
    page = Page.objects.get(pk=page.pk)
    exam = page.upload.exam_id
    return client.post(
        reverse("page_names", args=[exam]), {word: for_graders(page), **more}, follow=True
    )


def shown_to(world, name, page):
    """The page as the grading workspace shows it."""
    answer = page.submission.answers.first()
    work = state.workspace(answer, getattr(world, name), names=name == "ines")
    return next(one for one in work["pages"] if one["page"] == page.pk)


# Pages that nothing covers surely


def test_the_small_pictures_together_are_those_of_the_pages_that_are_seen(as_, world, extra):
    paper = extra.submission
    addresses = {}
    for name in ("gus", "ines"):
        work = state.workspace(paper.answers.first(), getattr(world, name), names=name == "ines")
        addresses[name] = work["thumbnails"]
        small = as_(name).get(work["thumbnails"]).json()
        assert list(map(int, small)) == [one["page"] for one in work["pages"] if one["thumbnail"]]
        for page, told in small.items():
            kept = read(Page.objects.get(pk=page).thumbnail.name)
            assert base64.b64decode(told.removeprefix("data:image/jpeg;base64,")) == kept

    # With the page that is hidden from graders the instructor's are other ones.
    assert as_("gus").get(addresses["ines"]).status_code == 404
    assert as_("ines").get(addresses["gus"]).status_code == 404


def test_the_address_of_small_pictures_ends_with_what_they_showed(as_, world, extra):
    paper = extra.submission
    before = state.workspace(paper.answers.first(), world.ines, names=True)["thumbnails"]
    response = as_("ines").get(before)
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"

    Page.objects.filter(pk=extra.pk).update(state=Page.State.DISCARDED)

    assert as_("ines").get(before).status_code == 404
    assert state.workspace(paper.answers.first(), world.ines, names=True)["thumbnails"] != before


def test_a_sheet_added_by_hand_is_hidden_from_graders(as_, world, quiz, extra, seen):
    stem = extra.preview.name.rsplit("/", 1)[-1].removesuffix(".jpg")

    assert seen("gus", extra) == {}
    assert {"preview", "thumbnail", "image"} <= seen("ines", extra).keys()
    facts = shown_to(world, "gus", extra)
    assert (facts["url"], facts["thumbnail"], facts["hidden"]) == ("", "", UNSEEN)
    client, paper = as_("gus"), extra.submission
    for address in (
        reverse("paper", args=[quiz.pk, paper.number]) + f"?at={extra.pk}",
        reverse("submission", args=[paper.pk]),
        reverse("answer", args=[paper.answers.first().pk]),
        f"/api/v1/submissions/{paper.pk}/",
    ):
        told = client.get(address).content.decode()
        assert UNSEEN in told
        assert stem not in told


def test_graders_see_it_once_an_instructor_said_that_it_shows_no_name(as_, world, extra, seen):
    said = say(as_("ines"), extra)

    assert "Graders see it now." in said.content.decode()
    assert seen("gus", extra).keys() == {"preview", "thumbnail"}
    assert shown_to(world, "gus", extra)["hidden"] == ""
    check = NameCheck.objects.get()
    assert (check.by, check.shows_name) == (world.ines, False)


def test_a_page_with_a_name_stays_hidden_and_waits_no_longer(as_, world, quiz, extra, seen):
    client = as_("ines")
    say(client, extra)
    for _ in range(2):
        say(client, extra, "named")

    assert seen("gus", extra) == {}
    assert shown_to(world, "gus", extra)["hidden"] == NAMED
    assert not name_checks.waiting(quiz).exists()


def test_what_was_said_does_not_hold_for_another_picture(as_, quiz, extra, seen):
    say(as_("ines"), extra)
    before = for_graders(extra)

    corrections.turn(extra)

    assert seen("gus", extra) == {}
    assert list(name_checks.waiting(quiz)) == [extra]
    late = as_("ines").post(reverse("page_names", args=[quiz.pk]), {"nameless": before})
    assert late.status_code == 302
    assert seen("gus", extra) == {}


def test_a_page_without_a_fit_on_the_names_place_is_covered_and_hidden(as_, stray, seen):
    assert stray.affine is None
    assert seen("gus", stray) == {}

    say(as_("ines"), stray)

    stray.refresh_from_db()
    assert seen("gus", stray)["preview"] == read(stray.covered.name)
    assert "image" not in seen("gus", stray)
    assert stray.covered.name != stray.preview.name


@pytest.mark.parametrize("score", [0.3, 0.47])
def test_a_page_that_fits_weakly_is_hidden(paper, seen, score):
    page = paper.pages.get(template_page=2)
    Page.objects.filter(pk=page.pk).update(score=score)

    assert seen("gus", page) == {}


def test_a_page_that_may_be_the_one_with_the_name_stays_covered_where_a_person_puts_it(
    quiz, taken, paper, seen
):
    page = paper.pages.get(template_page=1)
    corrections.discard(paper.pages.get(template_page=2))
    Page.objects.filter(pk=page.pk).update(
        alike=[1, 2], template_page=None, submission=None, state=State.DOUBTFUL
    )
    page.refresh_from_db()

    corrections.place(page, paper, 2)

    page.refresh_from_db()
    assert page.covered
    assert seen("gus", page) == {"preview": read(page.covered.name)}
    assert crops.ask_for(quiz) == 0


def test_only_instructors_say_it_and_only_of_their_exam(as_, world, quiz, extra, seen):
    other = Exam.objects.create(course=world.course, name="Other")
    for name, status in (("gus", 403), ("sam", 404), ("otto", 404)):
        assert say(as_(name), extra).status_code == status
    as_("ines").post(reverse("page_names", args=[other.pk]), {"nameless": for_graders(extra)})

    assert not NameCheck.objects.exists()


def test_instructors_are_shown_what_is_hidden_and_empty_the_list(as_, quiz, stray):
    stray.refresh_from_db()
    client = as_("ines")
    listed = client.get(reverse("scans", args=[quiz.pk])).content.decode()
    reminded = client.post(f"/pages/{stray.pk}/turn/", {"by": 180}, follow=True).content.decode()

    assert "1 page hidden from graders" in listed
    assert for_graders(stray) in listed
    assert "Graders see it once you have said that it shows no name." in reminded
    say(client, stray)
    assert (
        "hidden from graders" not in client.get(reverse("scans", args=[quiz.pk])).content.decode()
    )


def test_the_exams_home_leads_instructors_to_hidden_pages(as_, quiz, extra):
    home = reverse("exam", args=[quiz.pk])

    assert "page is hidden from graders" in as_("ines").get(home).content.decode()
    assert "hidden from graders" not in as_("gus").get(home).content.decode()
    say(as_("ines"), extra)
    assert "hidden from graders" not in as_("ines").get(home).content.decode()


def test_a_whole_list_is_said_at_once(as_, quiz, taken, paper, scans, take, work, seen):
    pages = list(paper.pages.all())
    Page.objects.filter(pk__in=[page.pk for page in pages]).update(affine=None)
    stored = " ".join(for_graders(page) for page in name_checks.waiting(quiz))

    said = as_("ines").post(
        reverse("page_names", args=[quiz.pk]), {"nameless": stored, "back": "1"}, follow=True
    )

    assert "Graders see these 3 pages now." in said.content.decode()
    assert said.redirect_chain[-1][0] == reverse("paper", args=[quiz.pk, 1])
    assert all(seen("gus", page) for page in pages)


def test_who_grades_by_name_sees_all_and_is_asked_nothing(as_, quiz, extra, seen):
    quiz.anonymous = False
    quiz.save()

    assert "preview" in seen("gus", extra)
    assert (
        "hidden from graders"
        not in as_("ines").get(reverse("scans", args=[quiz.pk])).content.decode()
    )


def test_a_blank_page_that_no_print_can_place_is_shown_though_nobody_looked(
    world, paper_quiz, scans, take, work, blank, seen
):
    exam = Exam.objects.create(course=world.course, name="Quiz with a blank page")
    empty = imaging.encode(np.full((1650, 1275), 255, np.uint8))
    make_template(exam, [*paper_quiz.drawn[:2], paper_quiz.drawn[0]._replace(image=empty)])
    # What is known of a template's print is kept by its content.
    Template.objects.filter(exam=exam).update(sha256="b" * 64)
    upload = take(exam, scans(0, 1, blank))
    work()

    page = upload.pages.get(number=3)
    assert (page.state, page.template_page, page.affine) == (State.PLACED, 3, None)
    assert page.name_check.by is None
    assert "preview" in seen("gus", page)
    assert not name_checks.waiting(exam).exists()


def test_the_number_of_queries_does_not_grow_with_hidden_pages(
    as_, quiz, extra, django_assert_max_num_queries
):
    client = as_("ines")
    client.get(reverse("scans", args=[quiz.pk]))
    for _ in range(6):
        with django_assert_max_num_queries(28):
            shown = client.get(reverse("scans", args=[quiz.pk]))
        extra.pk, extra.number = None, extra.number + 1
        extra.save()

    assert "6 pages hidden from graders" in shown.content.decode()


# Regions that move


def move(exam, kind, page, y):
    """Move a region as saving the outline does: the old row goes, a new one comes."""
    old = exam.regions.get(kind=kind)
    rect = {"x": old.x, "width": old.width, "height": old.height}
    old.delete()
    return Region.objects.create(exam=exam, kind=kind, page=page, y=y, **rect)


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_page_without_a_fit_never_loses_its_cover_when_names_move(
    as_, quiz, stray, seen, work, page
):
    say(as_("ines"), stray)
    uncovered = {read(stray.preview.name), read(stray.image.name)}

    for kind in ("name", "id"):
        move(quiz, kind, page, 0.6)
    for done in (False, True):
        assert not uncovered & set(seen("gus", stray).values())
        if not done:
            crops.ask_for(quiz)
            work()


def test_a_sheet_that_was_looked_at_is_covered_and_hidden_when_a_name_moves_onto_its_page(
    as_, quiz, taken, paper, seen, work
):
    corrections.discard(paper.pages.get(template_page=2))
    page = taken.pages.get(number=4)
    corrections.place(page, paper, 2)
    say(as_("ines"), page)
    assert seen("gus", page)

    move(quiz, "name", 2, 0.1)
    crops.ask_for(quiz)
    work()

    page.refresh_from_db()
    assert page.covered
    assert seen("gus", page) == {}


def told(as_, page):
    """All that a grader is sent of a page's paper: pages, and what scripts are answered."""
    client, paper = as_("gus"), page.submission
    answer = paper.answers.first()
    claimed = client.post(
        f"/api/v1/questions/{answer.question_id}/next/", {}, content_type="application/json"
    )
    assert claimed.status_code == 200
    sent = [claimed.text] + [
        client.get(address, follow=True).text
        for address in (
            reverse("paper", args=[paper.exam_id, paper.number]) + f"?at={page.pk}",
            reverse("submission", args=[paper.pk]),
            reverse("answer", args=[answer.pk]),
            f"/api/v1/answers/{answer.pk}/",
            f"/api/v1/submissions/{paper.pk}/",
        )
    ]
    return "".join(sent)


@pytest.mark.parametrize(
    ("kind", "number"), [("name", 1), ("name", 2), ("hidden", 1), ("hidden", 2)]
)
def test_graders_see_no_page_under_a_cover_that_is_older_than_the_regions(
    as_, world, quiz, paper, seen, work, kind, number
):
    page = paper.pages.get(template_page=number)
    stems = [
        file.name.rsplit("/", 1)[-1].removesuffix(".jpg")
        for file in (page.preview, page.image, page.covered, page.thumbnail)
        if file
    ]
    assert any(stem in told(as_, page) for stem in stems)

    if kind == "name":
        move(quiz, "name", number, 0.7)
    else:
        quiz.regions.create(kind=kind, page=number, x=0.3, y=0.8, width=0.3, height=0.05)

    assert seen("gus", page) == {}
    assert shown_to(world, "gus", page)["hidden"] == UNCOVERED
    assert UNCOVERED in (sent := told(as_, page))
    assert not any(stem in sent for stem in stems)
    assert {"preview", "image"} <= seen("ines", page).keys()

    crops.ask_for(quiz)
    work()

    page.refresh_from_db()
    assert seen("gus", page) == {"preview": read(page.covered.name)}
    assert shown_to(world, "gus", page)["hidden"] == ""


def test_a_cover_that_hides_too_much_is_shown_until_it_is_taken_off(quiz, paper, seen, work):
    page = paper.pages.get(template_page=1)
    covered = read(page.covered.name)

    quiz.regions.filter(page=1).exclude(kind="question").delete()

    assert seen("gus", page) == {"preview": covered}
    crops.ask_for(quiz)
    work()
    page.refresh_from_db()
    assert seen("gus", page)["preview"] == read(page.preview.name)


def test_a_page_that_may_be_the_moved_ones_is_covered_anew_without_a_place(quiz, paper, work):
    page = paper.pages.get(template_page=1)
    Page.objects.filter(pk=page.pk).update(
        alike=[1, 2], template_page=None, submission=None, state=State.DOUBTFUL
    )
    move(quiz, "name", 2, 0.7)

    crops.ask_for(quiz)
    work()

    page.refresh_from_db()
    assert page.covers == covers.mark_of(covers.rects_on({1, 2}, covers.hidden_rects(quiz.pk)))


def test_a_page_brought_back_is_covered_where_the_name_stands_now(quiz, paper, work):
    page = paper.pages.get(template_page=1)
    before = page.covered.name
    corrections.discard(page)
    move(quiz, "name", 1, 0.7)
    crops.ask_for(quiz)
    work()
    page.refresh_from_db()
    page.state = State.DISCARDED

    corrections.restore(page)

    page.refresh_from_db()
    shown = imaging.picture(read(page.covered.name), 0)
    high, wide = shown.shape[:2]
    region = quiz.regions.get(kind="name")
    spot = shown[round((region.y + 0.01) * high), round((region.x + region.width / 2) * wide)]
    assert page.covered.name != before
    assert np.allclose(spot, 226, atol=4)
    assert page.crops.filter(region=region).exists()


# Pictures


def test_a_cover_that_is_gone_from_the_disk_lets_nothing_through(as_, world, paper, seen):
    page = paper.pages.get(template_page=1)
    assert seen("gus", page) == {"preview": read(page.covered.name)}

    # Not deleted: tests beside this one keep the same bytes in the same place.
    Page.objects.filter(pk=page.pk).update(covered="covered/00/gone.jpg")

    assert not default_storage.exists("covered/00/gone.jpg")
    assert seen("gus", page) == {}
    assert seen("ines", page)["preview"] == read(page.preview.name)
    stem = page.preview.name.rsplit("/", 1)[-1].removesuffix(".jpg")
    answer = paper.answers.first()
    told = as_("gus").get(reverse("answer", args=[answer.pk])).content.decode()
    assert stem not in told


def test_a_page_whose_cover_was_never_drawn_is_hidden(world, paper, seen):
    page = paper.pages.get(template_page=1)
    Page.objects.filter(pk=page.pk).update(covered="")

    assert seen("gus", page) == {}
    assert "until the name on it is covered" in shown_to(world, "gus", page)["hidden"]


def test_crops_of_a_page_with_a_name_are_not_for_graders(client, world, paper):
    def status(name, crop):
        client.force_login(getattr(world, name))
        return client.get(reverse("crop", args=[crop.pk, crop.sha256])).status_code

    cut = Crop.objects.filter(page__submission=paper)
    plain = cut.filter(page__template_page=2).first()
    Region.objects.filter(pk=plain.region_id).update(kind="question")
    beside = cut.filter(page__template_page=1, region__kind="question").first()
    named = cut.filter(region__kind="name").first()

    assert (status("gus", plain), status("ines", plain)) == (200, 200)
    for crop in filter(None, (beside, named)):
        assert (status("gus", crop), status("ines", crop)) == (404, 200)


@pytest.mark.parametrize("kind", ["preview", "thumbnail", "image", "covered"])
def test_no_kind_of_picture_of_a_covered_page_is_an_open_one(paper, kind):
    page = paper.pages.get(template_page=1)

    assert file_of(page, kind, names=False) == (page.covered.name if kind == "preview" else "")


# Names of files


@pytest.fixture
def zipped(tmp_path, scans, take, quiz, work):
    """A ZIP whose files are called after students, some `good` for something, or none."""

    def make(*, good: bool):
        path = tmp_path / "room 3.zip"
        with zipfile.ZipFile(path, "w") as archive:
            if good:
                archive.write(scans(0, 1, 2), "Nia Neighbour.pdf")
                archive.writestr("Sam Student.pdf", b"%PDF-1.4 nothing")
            archive.writestr("Sam Student.txt", "hello")
        upload = take(quiz, path)
        work()
        return upload

    return make


@pytest.mark.parametrize("good", [True, False])
def test_a_zips_files_are_not_named_to_graders(as_, quiz, zipped, good):
    zipped(good=good)
    places = [
        reverse("scans", args=[quiz.pk]),
        reverse("scans_progress", args=[quiz.pk]),
        reverse("exam", args=[quiz.pk]),
        f"/api/v1/exams/{quiz.pk}/uploads/",
        f"/api/v1/exams/{quiz.pk}/submissions/",
        *(reverse("paper", args=[quiz.pk, one.number]) for one in quiz.submissions.all()),
    ]

    told = {
        name: "".join(as_(name).get(place).content.decode() for place in places)
        for name in ("gus", "ines")
    }

    for secret in ("Sam Student.", "Nia", "room 3"):
        assert secret not in told["gus"]
    assert "Sam Student" in told["ines"]
    assert "An instructor sees wh" in told["gus"]


def test_graders_reach_no_zip_of_copies(as_, quiz, paper):
    for name in ("copies", "copies_zip"):
        assert as_("gus").get(reverse(name, args=[quiz.pk])).status_code == 403
    assert as_("gus").get(reverse("submission_copy", args=[paper.pk])).status_code == 403
