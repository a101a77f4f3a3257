from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gradebook.models import Question
from rubrics import grading
from rubrics.models import Group
from rubrics.rubric import change_item
from scoring.collect import collect, full_marks, out_of, snapshot, together
from scoring.collect import graded as is_graded
from submissions.models import Answer, Page, Submission


def only(world):
    return collect(world.exam, world.papers[:1])[0]


def part(result, number):
    found = [one for top in result.questions for one in (top, *top.parts) if one.number == number]
    return found[0]


def test_a_result_says_whose_it_is_and_what_it_got(graded):
    result = only(graded)

    assert (result.student, result.sid, result.email) == (
        "Sam Student",
        "s0000002",
        "sam@example.edu",
    )
    assert (result.exam, result.course, result.term) == (
        "Midterm",
        "CS230 Deep Learning",
        "Fall 2026",
    )
    assert (result.score, result.points) == (750, 900)
    assert [one.score for one in result.questions] == [550, 200]
    assert part(result, "2").adjustment == -50
    assert part(result, "2").comments == ("💡 Say *why* $x > 0$.",)
    assert result.graded_at


def test_a_total_adds_up_graded_parts_only(graded):
    result = collect(graded.exam, graded.papers)[1]

    assert (result.score, part(result, "1").score) == (200, 200)
    assert part(result, "1.2").score is None
    assert part(result, "2").score is None


def test_a_paper_is_graded_when_all_its_parts_are(graded):
    assert [is_graded(one) for one in collect(graded.exam, graded.papers)] == [
        True,
        False,
        False,
    ]


def test_items_are_numbered_and_marked(graded):
    lines = part(only(graded), "1.1").items

    assert [(one.number, one.text, one.points, one.applied) for one in lines] == [
        (1, "Correct", 0, False),
        (2, "Slip", -50, True),
        (3, "Wrong", -200, False),
    ]


@pytest.mark.parametrize(("shown", "numbers"), [("applied", [2]), ("none", [])])
def test_what_students_do_not_see_is_not_in_the_result(graded, shown, numbers):
    graded.exam.rubric_shown = shown
    graded.exam.save()

    assert [line.number for line in part(only(graded), "1.1").items] == numbers


def test_without_names_a_paper_goes_by_its_code_name(graded):
    result = collect(graded.exam, graded.papers[:1], names=False)[0]

    assert (result.student, result.sid, result.email) == ("kestrel-41", "", "")


def test_a_caption_hangs_where_the_region_lies_on_the_scan(graded):
    Page.objects.filter(pk=graded.pages["sam"][1].pk).update(affine=[1, 0, 0.05, 0, 1, -0.1])

    sheet = only(graded).pages[1]

    (caption,) = sheet.captions
    assert (caption.part, caption.score, caption.points) == ("1.2", 400, 400)
    assert (caption.x, caption.y) == (pytest.approx(0.95), pytest.approx(0.1))


def test_pages_come_in_order_and_those_set_aside_are_left_out(graded):
    first, second, third = graded.pages["sam"]
    Page.objects.filter(pk=second.pk).update(state=Page.State.DISCARDED)
    Page.objects.filter(pk=first.pk).update(state=Page.State.EXTRA, position=9)

    sheets = only(graded).pages

    assert [(sheet.sha, sheet.number) for sheet in sheets] == [(third.sha256, 3), (first.sha256, 0)]
    assert sheets[0].annotations[0].points == ((0.1, 0.2), (0.4, 0.3))


def test_ink_stays_with_its_paper_when_a_page_goes_to_another(graded):
    page = graded.pages["sam"][2]
    Page.objects.filter(submission=graded.papers[1], template_page=3).delete()
    Page.objects.filter(pk=page.pk).update(submission=graded.papers[1])

    sams, nias = collect(graded.exam, graded.papers[:2])

    assert [sheet.sha for sheet in nias.pages][-1] == page.sha256
    assert not any(sheet.annotations for sheet in (*sams.pages, *nias.pages))


def test_bonus_on_top_is_scored_but_not_counted_in_what_the_exam_is_out_of(graded):
    Question.objects.filter(number="1.2").update(bonus=True)
    graded.exam.bonus_on_top = True

    result = only(graded)

    assert (result.score, result.points) == (750, 500)
    assert (part(result, "1").points, part(result, "1.2").points) == (200, 400)


def test_a_bonus_group_on_top_keeps_its_own_full_marks(graded):
    Question.objects.filter(number="1").update(bonus=True)
    questions = list(graded.exam.questions.all())

    assert full_marks(questions, on_top=True)[graded.group.pk] == 600
    assert (out_of(questions, on_top=True), out_of(questions, on_top=False)) == (300, 900)


def test_items_of_a_group_stand_together_where_its_first_one_stands(graded):
    group = Group.objects.create(question=graded.questions["2"], text="Proof")
    correct, slip, wrong = graded.items["2"]
    change_item(correct, group=group, by=graded.ines)
    change_item(wrong, group=group, by=graded.ines)

    items = together(list(graded.questions["2"].items.order_by("position")))

    assert items == [correct, wrong, slip]


def test_papers_cost_no_queries_of_their_own(graded):
    with CaptureQueriesContext(
        connection,
    ) as few:
        collect(graded.exam, graded.papers[:1])
    more = Submission.objects.bulk_create(
        Submission(exam=graded.exam, number=10 + n, code_name=f"more-{n}") for n in range(20)
    )
    answers = Answer.objects.bulk_create(
        Answer(submission=paper, question=graded.questions["2"]) for paper in more
    )
    for answer in answers:
        grading.apply(graded.items["2"][0], answer, by=graded.gus)

    with CaptureQueriesContext(connection) as many:
        collect(graded.exam, [*graded.papers, *more])

    assert len(many) == len(few) <= 12


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_sees_one_instant(graded):
    with snapshot():
        assert only(graded).score == 750
