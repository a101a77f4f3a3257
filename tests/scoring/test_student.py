from __future__ import annotations

import pytest
from django.urls import reverse

from rubrics.rubric import change_item
from scoring.models import Copy
from scoring.release import release


@pytest.fixture
def released(graded):
    release(graded.exam, by=graded.ines)
    return graded


@pytest.fixture
def own(released):
    return Copy.objects.get(submission=released.papers[0])


def test_a_student_sees_the_score_the_rubric_and_the_comments(as_, own):
    page = as_("sam").get(reverse("copy", args=[own.pk])).content.decode()

    assert "<strong>7.5</strong> <span>/ 9</span>" in page
    assert "Slip" in page
    assert '<em>why</em> <span class="maths">x &gt; 0</span>' in page
    assert "Adjusted for this answer" in page
    assert reverse("copy_pdf", args=[own.pk]) in page


def test_parts_that_lost_points_stand_open_and_full_ones_closed(as_, own):
    page = as_("sam").get(reverse("copy", args=[own.pk])).text
    parts = page.split('<div class="copy__part')[1:]

    assert ["<details open>" in part for part in parts] == [True, False, True]


def test_an_item_nobody_described_shows_no_more_than_points(as_, released):
    change_item(released.items["1.1"][1], text="", by=released.ines)  # Sam has it
    change_item(released.items["1.2"][1], text="", by=released.ines)  # and not this one
    made = release(released.exam, by=released.ines, again=released.exam.releases.get().pk)
    copy = made.copies.get(submission=released.papers[0])

    part, other = as_("sam").get(reverse("copy", args=[copy.pk])).context["shown"].parts[0].parts

    assert [(item.points, item.html) for item in part.items if item.applied] == [("−0.5", "")]
    assert all(item.html for item in other.items)


def test_every_page_has_its_picture_its_ink_and_the_scores_on_it(as_, own):
    page = as_("sam").get(reverse("copy", args=[own.pk])).content.decode()

    assert all(reverse("copy_page", args=[own.pk, n]) in page for n in (1, 2, 3))
    assert '<rect class="ink--red" x="100.0"' in page
    assert '<a class="tag tag--lost" href="#part-1-1" data-y="0.2000">' in page


def test_the_picture_is_the_page_as_it_was_released(as_, own, released):
    response = as_("sam").get(reverse("copy_page", args=[own.pk, 2]))

    stored = released.pages["sam"][1].preview
    assert b"".join(response.streaming_content) == stored.read()
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Type"] == "image/jpeg"


def test_there_is_no_page_beyond_the_last(as_, own):
    for number in (0, 4):
        assert as_("sam").get(f"/copies/{own.pk}/pages/{number}.jpg").status_code == 404


def test_parts_nobody_graded_say_so(as_, released):
    nias = Copy.objects.get(submission=released.papers[1])

    page = as_("nia").get(reverse("copy", args=[nias.pk])).content.decode()

    assert "2 parts not graded yet" in page
    assert page.count("not graded</span>") >= 2


def test_a_rubric_edited_later_moves_nothing_the_student_sees(as_, own, released):
    url = reverse("copy", args=[own.pk])
    before = as_("sam").get(url).content.decode()
    change_item(released.items["1.1"][1], points=-200, text="Blunder", by=released.ines)

    after = as_("sam").get(url).content.decode()

    assert "<strong>7.5</strong>" in before
    assert "<strong>7.5</strong>" in after
    assert "Blunder" not in after


@pytest.mark.parametrize(
    ("shown", "there", "gone"), [("applied", "Slip", "Wrong"), ("none", "", "Slip")]
)
def test_a_student_sees_only_the_items_the_exam_shows(as_, graded, shown, there, gone):
    graded.exam.rubric_shown = shown
    graded.exam.save()
    release(graded.exam, by=graded.ines)

    copy = Copy.objects.get(submission=graded.papers[0])
    page = as_("sam").get(reverse("copy", args=[copy.pk])).content.decode()

    assert there in page
    assert gone not in page


def test_staff_see_a_paper_as_it_stands(as_, graded):
    page = as_("ines").get(reverse("submission", args=[graded.papers[0].pk])).content.decode()

    assert "Sam Student" in page
    assert "<strong>7.5</strong>" in page


def test_the_page_costs_the_same_however_many_parts(as_, own, django_assert_max_num_queries):
    client = as_("sam")
    with django_assert_max_num_queries(9):
        client.get(reverse("copy", args=[own.pk]))
