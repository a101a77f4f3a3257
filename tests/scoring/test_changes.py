"""What a release again would change, told before it does."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

import scoring.differences as module
import scoring.views.changes as view
from rubrics import grading
from rubrics.models import Annotation
from rubrics.rubric import change_item, order_items
from scoring.changes import Tally, change, tally
from scoring.collect import collect
from scoring.differences import difference, differences, moved
from scoring.release import release, take_back
from scoring.results import from_json, to_json
from scoring.versions import version_of
from submissions.models import Match, Page
from tests.scoring.papers import midterm

MIDTERM = midterm()
SCORES = st.none() | st.integers(-300, 3000)


def url(world):
    return reverse("changes", args=[world.exam.pk])


def scored(result, scores):
    """The midterm with other scores in its first parts."""
    questions = list(result.questions)
    parts = list(questions[0].parts)
    for place, score in enumerate(scores):
        parts[place] = replace(parts[place], score=score)
    questions[0] = replace(questions[0], parts=tuple(parts))
    return replace(result, questions=tuple(questions))


def drawn(world, kind, **what):
    return Annotation.objects.create(
        **what | {"key": uuid4(), "kind": kind, "points": [[0.5, 0.5]], "by": world.gus},
        answer=world.answers[1, "1.1"],
        page=world.pages["sam"][0],
    )


@given(st.lists(SCORES, min_size=2, max_size=2), st.lists(SCORES, min_size=2, max_size=2))
def test_just_the_parts_whose_scores_moved_are_named(before, after):
    found = change(scored(MIDTERM, before), scored(MIDTERM, after))

    moves = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert [(part.before, part.after) for part in found.parts] == moves if moves else found is None


@given(st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_change_says_by_how_much_and_the_tally_which_way(before, after):
    found = change(replace(MIDTERM, score=before), replace(MIDTERM, score=after))
    if before == after:
        assert found is None
        return
    assert found is not None
    counted = tally([found])

    assert (found.by, counted.up, counted.down, counted.same) == (
        after - before,
        int(after > before),
        int(after < before),
        0,
    )


def test_what_was_frozen_and_read_again_is_no_change():
    assert change(from_json(to_json(MIDTERM)), MIDTERM) is None


def test_another_spelling_of_a_name_is_no_change():
    assert change(MIDTERM, replace(MIDTERM, student="Else", graded_at=None)) is None


def test_words_alone_are_a_change_without_scores(graded):
    release(graded.exam, by=graded.ines)
    grading.comment(graded.answers[2, "1.1"], "Well done.", version=0, by=graded.gus)

    ((found),) = differences(graded.exam)

    assert found.student == graded.members["nia"].pk
    assert found.change.words_alone
    assert moved(graded.exam).count == 0


def test_a_part_that_was_graded_since_is_named(graded):
    release(graded.exam, by=graded.ines)
    grading.apply(graded.items["2"][0], graded.answers[2, "2"], by=graded.gus)

    ((found),) = differences(graded.exam)

    assert [(part.name, part.before, part.after) for part in found.change.parts] == [
        ("2", None, 300)
    ]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda w: change_item(w.items["1.1"][1], points=-100, by=w.ines), False),
        (lambda w: grading.apply(w.items["1.1"][2], w.answers[1, "1.1"], by=w.gus), False),
        (lambda w: grading.comment(w.answers[1, "1.2"], "Ah.", version=0, by=w.gus), True),
        (lambda w: drawn(w, "text", text="See 2."), True),
        (lambda w: drawn(w, "item", item=w.items["1.1"][1]), False),
    ],
    ids=["points", "item", "comment", "ink", "pinned item"],
)
def test_remarks_are_told_beside_points_only_where_they_changed(as_, graded, act, told):
    release(graded.exam, by=graded.ines)
    change_item(graded.items["1.1"][1], points=-75, by=graded.ines)

    act(graded)
    page = as_("ines").get(reverse("submission", args=[graded.papers[0].pk])).text

    assert "1.1 a 1.5 → " in page
    assert ("remarks too" in page) == told


@pytest.fixture
def changed(graded):
    """Sam's 1.1 went from 1.5 to 1, Nia's from 2 to 1.75."""
    release(graded.exam, by=graded.ines)
    change_item(graded.items["1.1"][1], points=-100, by=graded.ines)
    change_item(graded.items["1.1"][0], points=-25, by=graded.ines)
    grading.apply(graded.items["1.2"][0], graded.answers[2, "1.2"], by=graded.gus)
    return graded


def test_the_page_tells_how_many_and_each_before_and_after(as_, changed):
    page = as_("ines").get(url(changed)).text

    assert "2 students’ results differ from what they see: 1 score up, 1 score down." in page
    assert "1.1 a 1.5 → 1" in page
    assert "1.2 b – → 4" in page
    assert moved(changed.exam) == tally(one.change for one in differences(changed.exam))


def test_the_paper_s_page_says_what_its_student_sees(as_, changed):
    address = reverse("submission", args=[changed.papers[0].pk])

    page = as_("ines").get(address).text
    assert "The student sees <strong>7.5</strong>" in page
    assert "1.1 a 1.5 → 1" in page
    # Names are not theirs to know, nor whose result is out.
    assert "The student sees" not in as_("gus").get(address).text


def test_a_paper_that_is_not_released_has_nothing_to_differ_from(graded):
    assert difference(graded.papers[0]) is None


def test_after_a_release_again_nothing_differs(as_, changed):
    again = changed.exam.releases.get().pk
    release(changed.exam, by=changed.ines, again=again)

    assert "Students see exactly what stands now." in as_("ines").get(url(changed)).text


def test_the_page_costs_the_same_for_few_and_many(as_, changed, django_assert_max_num_queries):
    client = as_("ines")
    with django_assert_max_num_queries(32):
        client.get(url(changed))


def test_points_of_an_item_a_student_does_not_have_are_no_news_to_them(as_, graded):
    release(graded.exam, by=graded.ines)
    change_item(graded.items["1.1"][1], points=-100, by=graded.ines)

    found = {one.student: one.change for one in differences(graded.exam)}
    sam, nia = (found[graded.members[name].pk] for name in ("sam", "nia"))
    page = as_("ines").get(url(graded)).text

    assert (sam.own, nia.own, nia.remarks, nia.words_alone) == (True, False, False, False)
    assert tally(found.values()) == Tally(1, 0, 1, around=1)
    assert "Student, Sam" in page
    assert "Neighbour, Nia" not in page
    assert "For 1 more student only the rubric around their own items" in page


def test_items_put_before_a_student_s_own_are_no_news(graded):
    release(graded.exam, by=graded.ines)
    items = [one.pk for one in graded.items["1.1"]]
    order_items(graded.questions["1.1"], items[::-1], by=graded.ines)

    assert [one.change.own for one in differences(graded.exam)] == [False, False]
    assert moved(graded.exam).count == 0


@pytest.fixture
def built(monkeypatch):
    """How many results were built, one number for each time."""
    counts = []

    def counting(exam, papers, **how):
        counts.append(len(papers))
        return collect(exam, papers, **how)

    monkeypatch.setattr(module, "collect", counting)
    return counts


def test_the_second_page_of_changes_builds_no_result(as_, changed, built, monkeypatch):
    monkeypatch.setattr(view, "SHOWN", 1)
    client = as_("ines")

    first, second = client.get(url(changed)).text, client.get(f"{url(changed)}?page=2").text

    assert sum(built) == 2
    assert ("Neighbour" in first, "Student, Sam" in first) == (True, False)
    assert ("Neighbour, Nia" in second, "Student, Sam" in second) == (False, True)


def test_a_page_of_changes_costs_the_same_for_few_and_many_students(
    as_, changed, django_assert_max_num_queries, built
):
    client = as_("ines")
    client.get(url(changed))
    with django_assert_max_num_queries(21):
        client.get(url(changed))
    assert len(built) == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda w: grading.comment(w.answers[1, "1.1"], "Ah.", version=0, by=w.gus),
        lambda w: grading.lift(w.items["1.2"][0], w.answers[1, "1.2"], by=w.gus),
        lambda w: change_item(w.items["1.1"][0], text="Otherwise", by=w.ines),
        lambda w: Page.objects.filter(pk=w.pages["sam"][0].pk).update(sheet_turn=90),
        lambda w: Page.objects.filter(pk=w.pages["sam"][0].pk).update(submission=w.papers[2]),
        lambda w: w.exam.regions.filter(kind="question").update(y=0.5),
        lambda w: Match.objects.filter(submission=w.papers[0]).delete(),
        lambda w: take_back(w.exam, by=w.ines),
        lambda w: release(w.exam, by=w.ines, again=w.exam.releases.get().pk),
        lambda w: type(w.exam).objects.update(rubric_shown="none"),
        lambda w: w.questions["2"].__class__.objects.filter(number="2").update(title="Else"),
    ],
)
def test_whatever_results_are_made_of_changes_what_is_kept(changed, act):
    before = version_of(changed.exam)
    changed.exam.refresh_from_db()
    assert version_of(changed.exam) == before

    act(changed)
    changed.exam.refresh_from_db()

    assert version_of(changed.exam) != before


def test_the_pages_of_a_large_exam_are_not_held_in_memory(changed):
    first = changed.pages["sam"][0]
    rows = dict(Page.objects.filter(pk=first.pk).values().get())
    rows |= {"id": None, "state": Page.State.EXTRA, "template_page": None}
    numbers = range(100, 10_100)
    Page.objects.bulk_create(Page(**rows | {"number": n, "position": n}) for n in numbers)

    tracemalloc.start()
    try:
        version_of(changed.exam)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_what_changed_since_shows_at_once(as_, changed):
    client = as_("ines")
    client.get(url(changed))
    grading.apply(changed.items["2"][0], changed.answers[2, "2"], by=changed.gus)

    assert "2 – → 3" in client.get(url(changed)).text
