from __future__ import annotations

import pytest

from gradebook.models import Region
from jobs.models import Job
from submissions import corrections, crops, page_files
from submissions.covers import hidden_rects
from submissions.models import Answer, Crop, Page, Reading
from submissions.prints import print_of


@pytest.fixture
def taken(quiz, scans, take, work):
    upload = take(quiz, scans(*range(6)))
    work()
    return upload


def covers(exam, number):
    pages = Page.objects.filter(upload__exam=exam, template_page=number)
    return set(pages.values_list("covered", flat=True))


def test_a_moved_region_is_cut_anew_and_nothing_else(quiz, taken, work):
    region = quiz.regions.filter(kind="question").first()
    others = set(Crop.objects.exclude(region=region).values_list("pk", "sha256"))
    fresh = Region.objects.create(
        exam=quiz, kind="question", question=region.question, page=region.page,
        x=0.2, y=0.5, width=0.5, height=0.1,
    )  # fmt: skip
    region.delete()

    assert crops.ask_for(quiz) == 2
    work()

    assert Crop.objects.filter(region=fresh).count() == 2
    assert set(Crop.objects.exclude(region=fresh).values_list("pk", "sha256")) == others
    assert not Answer.objects.filter(submission__exam=quiz, ink=None).exists()


def test_asked_again_there_is_nothing_to_do(quiz, taken, work):
    assert crops.ask_for(quiz) == 0
    assert not Job.objects.unfinished().filter(kind="crops.cut").exists()


def test_asking_twice_cuts_once(quiz, taken):
    Crop.objects.all().delete()

    crops.ask_for(quiz)
    crops.ask_for(quiz)

    assert Job.objects.filter(kind="crops.cut").count() == 1


def test_a_name_region_drawn_later_covers_the_pages_it_lies_on(quiz, taken, work):
    quiz.regions.exclude(kind="question").delete()
    crops.ask_for(quiz)
    work()
    open_ = covers(quiz, 1)

    Region.objects.create(exam=quiz, kind="name", page=2, x=0.1, y=0.1, width=0.5, height=0.05)
    crops.ask_for(quiz)
    work()

    assert open_ == {""}
    assert covers(quiz, 1) == {""}
    assert "" not in covers(quiz, 2)


def test_a_cover_follows_every_place_drawn_and_taken_away_on_a_page(quiz, taken, work):
    """Of several places on one page, which stays covered by the others."""
    before = covers(quiz, 1)

    hidden = Region.objects.create(
        exam=quiz, kind="hidden", page=1, x=0.3, y=0.85, width=0.3, height=0.05
    )
    assert crops.ask_for(quiz) == 2
    work()
    both = covers(quiz, 1)
    assert crops.ask_for(quiz) == 0
    hidden.delete()
    assert crops.ask_for(quiz) == 2
    work()

    assert not both & before
    assert covers(quiz, 1) == before


def test_what_is_only_hidden_is_neither_cut_out_nor_read(quiz, taken, work):
    read = dict(Reading.objects.values_list("pk", "source"))
    hidden = Region.objects.create(
        exam=quiz, kind="hidden", page=1, x=0.3, y=0.85, width=0.3, height=0.05
    )

    crops.ask_for(quiz)
    work()

    assert not Crop.objects.filter(region=hidden).exists()
    assert read
    assert dict(Reading.objects.values_list("pk", "source")) == read


@pytest.mark.parametrize("act", ["turned", "put elsewhere", "discarded"])
def test_a_page_moved_while_it_is_drawn_has_the_pictures_of_where_it_is_now(
    quiz, taken, work, monkeypatch, act
):
    page = Page.objects.get(upload=taken, submission__number=1, template_page=2)
    page.crops.all().delete()
    acts = {
        "turned": lambda: corrections.turn(page),
        "put elsewhere": lambda: corrections.start_paper(page, 3),
        "discarded": lambda: corrections.discard(page),
    }
    left = [acts[act]]
    drawing = page_files.draw

    def meanwhile(*args):
        drawn = drawing(*args)
        while left:
            left.pop()()
        return drawn

    crops.ask_for(quiz)
    monkeypatch.setattr(crops, "draw", meanwhile)
    work()

    page = Page.objects.get(pk=page.pk)
    stands = page.preview, page.covered, set(page.crops.values_list("region", "sha256"))
    page.crops.all().delete()
    crops.renew(page, crops.regions_by_page(quiz), hidden_rects(quiz.pk), print_of(quiz.template))
    page.refresh_from_db()
    assert stands == (
        page.preview, page.covered, set(page.crops.values_list("region", "sha256"))
    )  # fmt: skip


def test_a_page_s_fit_decides_where_it_is_cut(quiz, taken):
    crop = Crop.objects.filter(region__kind="question").first()

    assert crop.width / crop.height == pytest.approx(
        crop.region.width / crop.region.height * 8.5 / 11, rel=0.05
    )


def test_a_page_that_was_not_laid_loses_the_whole_band_of_its_name():
    (rect,) = page_files.over_page([(0.5, 0.1, 0.3, 0.05)], None)

    assert rect == pytest.approx((0.0, 0.05, 1.0, 0.15))


def test_the_ink_of_a_part_without_regions_is_unknown(quiz, taken):
    question = quiz.questions.leaves().first()
    question.regions.all().delete()

    crops.sum_ink(quiz)

    assert set(question.answers.values_list("ink", flat=True)) == {None}
