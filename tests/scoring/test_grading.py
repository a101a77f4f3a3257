"""How the grading goes, by part and by person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from gradebook.models import Course, Question
from rubrics import assignments, grading
from rubrics.claims import claim
from rubrics.models import Entry, Item
from scoring.dashboard import dashboard
from submissions.models import Answer, Submission

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def url(world):
    return f"/exams/{world.exam.pk}/grading/"


def graded_by(world, person, *, first, seconds, count=7, question="1.1"):
    """Lines of the history as if somebody had graded one answer after the other."""
    Entry.objects.bulk_create(
        Entry(
            exam=world.exam,
            question_id=world.questions[question].pk,
            answer_id=1000 + n,
            verb="applied",
            by=person,
            at=first + timedelta(seconds=n * seconds),
        )
        for n in range(count)
    )


def of(board, person):
    return next(one for one in board.graders if one.person == person)


@pytest.fixture
def noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def test_parts_say_what_is_graded_left_and_flagged(world):
    grading.apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)
    grading.flag(world.answers[2, "1.1"], by=world.gus)
    claim(world.answers[3, "1.1"], world.ines)

    board = dashboard(world.exam, world.gus)

    part = board.others[0]
    assert (part.row.graded, part.row.waiting, part.flagged) == (1, 2, 1)
    assert part.at_it == [world.ines]
    assert (board.graded, board.answers, board.flagged) == (1, 9, 1)
    assert of(board, world.ines).at == "1.1 a"


def test_a_graders_pace_is_of_their_own_answers(world, noon):
    graded_by(world, world.gus, first=NOON - timedelta(hours=1), seconds=30)
    graded_by(world, world.ines, first=NOON - timedelta(hours=1), seconds=45)

    board = dashboard(world.exam, world.gus)

    gus, ines = of(board, world.gus), of(board, world.ines)
    assert (gus.answers, gus.today, gus.seconds_text, gus.pace_text) == (
        7,
        7,
        "30 s",
        "120 an hour",
    )
    assert (ines.seconds_text, ines.pace_text) == ("45 s", "80 an hour")


def test_yesterday_is_not_today_by_the_courses_clocks(world, noon):
    # In Auckland it is one in the morning: what was done an hour and a half ago was yesterday.
    Course.objects.update(time_zone="Pacific/Auckland")
    world.exam.course.refresh_from_db()
    graded_by(world, world.gus, first=NOON - timedelta(minutes=90), seconds=30)

    gus = of(dashboard(world.exam, world.gus), world.gus)

    assert (gus.answers, gus.today, gus.pace_text) == (7, 0, "–")


def test_the_time_left_is_the_parts_own_pace_times_what_waits(world, noon):
    graded_by(world, world.gus, first=NOON - timedelta(hours=1), seconds=60)

    board = dashboard(world.exam, world.gus)

    assert board.others[0].left_text == "3 min"
    assert board.left_text == "9 min"


def test_ones_own_parts_come_first(world, as_, url):
    assignments.assign(world.exam, set(), {(world.questions["2"].pk, world.gus.pk)}, by=world.ines)

    board = dashboard(world.exam, world.gus)
    assert [part.row.question.number for part in board.yours] == ["2"]
    assert [part.row.question.number for part in board.others] == ["1.1", "1.2"]
    page = as_("gus").get(url).content.decode()
    assert page.index("Yours") < page.index("Everything else")
    assert f'href="/questions/{world.questions["2"].pk}/grade/"' in page


def test_the_exams_home_shows_them_first_and_leads_there(world, as_):
    assignments.assign(world.exam, set(), {(world.questions["2"].pk, world.gus.pk)}, by=world.ines)

    page = as_("gus").get(f"/exams/{world.exam.pk}/")

    assert [row.question.number for row in page.context["yours"]] == ["2"]
    assert page.context["action"]["url"] == f"/questions/{world.questions['2'].pk}/grade/"


def test_only_instructors_are_led_to_assign(world, as_, url):
    assert "Who grades what" not in as_("gus").get(url).content.decode()
    assert "Who grades what" in as_("ines").get(url).content.decode()


def test_an_exam_without_questions_says_so(world, as_, url):
    Answer.objects.all().delete()
    Item.objects.all().delete()
    Question.objects.all().delete()

    assert "No questions yet" in as_("gus").get(url).content.decode()


def test_fifty_parts_of_three_hundred_papers_take_the_queries_of_few(
    world, as_, url, django_assert_num_queries, django_assert_max_num_queries
):
    client = as_("gus")
    grading.flag(world.answers[1, "2"], by=world.gus)
    claim(world.answers[1, "2"], world.gus)
    wanted = {(question.pk, world.gus.pk) for question in world.questions.values()}
    assignments.assign(world.exam, set(), wanted, by=world.ines)
    graded_by(world, world.gus, first=timezone.now() - timedelta(hours=1), seconds=30)
    client.get(url)
    with django_assert_max_num_queries(20) as few:
        client.get(url)
    parts = Question.objects.bulk_create(
        Question(exam=world.exam, order=n, number=str(n), points=100) for n in range(10, 57)
    )
    papers = Submission.objects.bulk_create(
        Submission(exam=world.exam, number=n, code_name=f"lynx-{n}") for n in range(10, 310)
    )
    Answer.objects.bulk_create(
        Answer(submission=paper, question=part) for paper in papers for part in parts[:5]
    )
    claim(parts[0].answers.first(), world.ines)

    with django_assert_num_queries(len(few)):
        client.get(url)
