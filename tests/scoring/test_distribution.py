"""What students may know of the class: as little as the exam says, frozen, and never of few."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gradebook.models import Membership, Role, User
from rubrics import grading
from scoring.distribution import FEWEST, distribution, show, steady
from scoring.models import Copy, Release
from scoring.release import release
from submissions.models import Answer, Match, Submission

TOTALS = st.lists(st.integers(-500, 15_000), max_size=60)


@given(TOTALS, st.sampled_from(["none", "figures", "histogram"]))
def test_nothing_is_said_of_few_or_beyond_what_is_allowed(totals, shown):
    said = distribution(totals, 10_000, shown)

    if shown == "none" or len(totals) < FEWEST:
        assert said is None
        return
    assert set(said) == {"papers", "mean", "median", "points"} | (
        {"bins"} if shown == "histogram" else set()
    )
    assert min(totals) <= said["median"] <= max(totals)
    assert sum(count for _, _, count in said.get("bins", [])) == (
        len(totals) if shown == "histogram" else 0
    )


@given(st.lists(st.integers(0, 12_000), min_size=FEWEST, max_size=60), st.data())
def test_just_one_bar_is_the_student_s_and_their_score_lies_in_it(totals, data):
    own = data.draw(st.sampled_from(totals))
    kept = distribution(totals, 10_000, "histogram")

    marked = [place for place, bar in enumerate(show(kept, own).bars) if bar.mark]

    assert len(marked) == 1
    low, high, count = kept["bins"][marked[0]]
    assert low <= own <= high
    assert count > 0


BY_PAPER = st.dictionaries(st.sampled_from([str(n) for n in range(12)]), st.integers(0, 900))


@given(st.lists(BY_PAPER, min_size=2, max_size=5), st.sampled_from(["figures", "histogram"]))
def test_no_two_that_students_saw_differ_by_a_few_papers(classes, shown):
    told: list[dict[str, Any]] = []
    for totals in classes:
        said = steady(distribution(list(totals.values()), 1000, shown), totals, told[::-1])
        if said is not None:
            told.append(said)

    for one in told:
        for other in told:
            keys = one["of"].keys() | other["of"].keys()
            moved = sum(one["of"].get(key) != other["of"].get(key) for key in keys)
            assert moved == 0 or moved >= FEWEST
            if not moved:
                assert one["mean"] == other["mean"]


def test_what_is_no_longer_shown_of_an_earlier_one_is_left_out():
    totals = {str(number): 100 * number for number in range(6)}
    kept = steady(distribution(list(totals.values()), 1000, "histogram"), totals, [])
    assert kept is not None
    more = totals | {"6": 0}

    said = steady(distribution(list(more.values()), 1000, "figures"), more, [kept])

    assert said is not None
    assert said["papers"] == 6
    assert "bins" not in said


@pytest.fixture
def class_of_six(graded):
    """Sam's paper and five others wholly graded; Nia's is not."""
    for number in range(10, 15):
        user = User.objects.create_user(f"s{number}@example.edu", last_name=f"S{number}")
        member = Membership.objects.create(course=graded.course, user=user, role=Role.STUDENT)
        paper = Submission.objects.create(exam=graded.exam, number=number, code_name=f"c{number}")
        Match.objects.create(exam=graded.exam, submission=paper, membership=member)
        for question in graded.questions.values():
            answer = Answer.objects.create(
                submission=paper, question=question, score=question.points
            )
            grading.say_graded(answer, by=graded.gus)
    return graded


def seen(as_, world, shown, name="sam"):
    world.exam.distribution_shown = shown
    world.exam.save()
    made = release(world.exam, by=world.ines)
    copy = Copy.objects.get(release=made, student=world.members[name])
    return as_(name).get(reverse("copy", args=[copy.pk])).text


def test_a_student_sees_mean_and_median_if_the_exam_says_so(as_, class_of_six):
    page = seen(as_, class_of_six, "figures")

    assert "mean 8.75 · median 9.0" in page
    assert "Of 6 papers" in page
    assert "chart__bar" not in page


def test_a_student_sees_the_histogram_with_their_bar_marked(as_, class_of_six):
    page = seen(as_, class_of_six, "histogram")

    assert page.count("chart__bar--mark") == 1
    assert "The marked bar is yours." in page


def test_by_default_nothing_of_the_class_is_shown_or_kept(as_, class_of_six):
    page = seen(as_, class_of_six, "none")

    assert "The class" not in page
    assert Release.objects.get().distribution is None


def test_of_fewer_than_five_papers_nothing_is_shown(as_, graded):
    assert "The class" not in seen(as_, graded, "histogram")
    assert Release.objects.get().distribution is None


def test_it_is_frozen_with_the_release(as_, class_of_six):
    before = seen(as_, class_of_six, "figures")
    Answer.objects.update(score=0)
    class_of_six.exam.distribution_shown = "none"
    class_of_six.exam.save()
    copy = Copy.objects.get(student=class_of_six.members["sam"])

    after = as_("sam").get(reverse("copy", args=[copy.pk])).text

    assert "mean 8.75" in before
    assert "mean 8.75" in after


def test_the_preview_shows_what_the_release_then_freezes(as_, class_of_six):
    class_of_six.exam.distribution_shown = "histogram"
    class_of_six.exam.save()
    address = reverse("preview_paper", args=[class_of_six.papers[0].pk])
    preview = as_("ines").get(address).context["class"]

    kept = release(class_of_six.exam, by=class_of_six.ines).distribution

    assert preview == show(kept, 750)
