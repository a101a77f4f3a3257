from __future__ import annotations

import pytest

from gradebook.models import Exam, Scoring
from rubrics.grading import adjust, apply
from rubrics.models import Entry
from rubrics.scores import mismatches
from rubrics.settings import change_settings, effect_of_settings, facts
from submissions.models import Answer


def form(exam, **changes):
    """What a browser would send: a box that is off is not sent."""
    values = {**facts(exam), **changes}
    return {key: value for key, value in values.items() if value not in (None, False)}


@pytest.fixture
def graded(world):
    """Answer 1.1 of paper 1 lost half a point: 1.5; answer 2 of paper 2 lost more than it had."""
    apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)
    apply(world.items["2"][2], world.answers[2, "2"], by=world.gus)
    adjust(world.answers[2, "2"], -100, version=0, by=world.gus)
    return world


def test_a_changed_default_rescores_in_the_same_act(graded):
    changed = change_settings(graded.exam, {"floor": False}, by=graded.ines)

    assert changed == 1
    assert Answer.objects.get(pk=graded.answers[2, "2"].pk).score == -100
    assert mismatches() == []


def test_a_change_is_in_the_history_once(graded):
    change_settings(graded.exam, {"floor": False, "minutes": None}, by=graded.ines)
    change_settings(graded.exam, {"floor": False}, by=graded.ines)

    entry = Entry.objects.get(verb="changed exam")
    assert (entry.before, entry.after) == ({"floor": True}, {"floor": False})
    assert entry.by == graded.ines


def test_a_question_s_own_rule_stands(graded):
    question = graded.questions["2"]
    question.floor = True
    question.save()

    assert change_settings(graded.exam, {"floor": False}, by=graded.ines) == 0


def test_the_effect_is_told_and_nothing_is_changed(graded):
    effect = effect_of_settings(graded.exam, {"scoring": Scoring.POSITIVE, "floor": False})

    # 1.5 and 0 become -0.5 and -4: from 0.75 a paper to -2.25.
    assert effect == (2, 75.0, -225.0)
    assert Exam.objects.get(pk=graded.exam.pk).scoring == "negative"
    assert mismatches() == []
    assert not Entry.objects.filter(verb="changed exam").exists()


def test_the_page_asks_before_it_changes_scores(graded, as_):
    client, url = as_("ines"), f"/exams/{graded.exam.pk}/settings/"
    sent = form(graded.exam, floor=False)

    asked = client.post(url, sent)

    assert asked.status_code == 422
    assert "1 graded answer</strong> anew" in asked.content.decode()
    assert "from 0.75 to 0.25" in asked.content.decode()
    assert Exam.objects.get().floor
    agreed = asked.context["effect"].key

    assert client.post(url, {**sent, "agreed": "another"}).status_code == 422
    assert client.post(url, {**sent, "agreed": agreed}).status_code == 302
    assert not Exam.objects.get().floor


def test_a_change_that_moves_no_score_is_saved_at_once(graded, as_):
    url = f"/exams/{graded.exam.pk}/settings/"

    answer = as_("ines").post(url, form(graded.exam, name="Final", minutes=90, anonymous=False))

    assert answer.status_code == 302
    exam = Exam.objects.get()
    assert (exam.name, exam.minutes, exam.anonymous) == ("Final", 90, False)


def test_a_look_at_the_effect_saves_nothing(graded, as_):
    url = f"/exams/{graded.exam.pk}/settings/"

    shown = as_("ines").post(url, {**form(graded.exam, scoring="positive"), "look": "1"})

    assert "1 graded answer<" in shown.content.decode()
    assert "<html" not in shown.content.decode()
    assert Exam.objects.get().scoring == "negative"


def test_a_name_taken_in_the_course_is_refused_in_words(world, as_):
    Exam.objects.create(course=world.course, name="Final")
    url = f"/exams/{world.exam.pk}/settings/"

    told = as_("ines").post(url, form(world.exam, name="Final"))

    assert told.status_code == 422
    assert "exam of this name already" in told.content.decode()
    assert as_("ines").post(url, form(world.exam, minutes="0")).status_code == 422


@pytest.mark.parametrize(("name", "status"), [("gus", 403), ("sam", 404), ("otto", 404)])
def test_only_instructors_see_the_settings(world, as_, name, status):
    assert as_(name).get(f"/exams/{world.exam.pk}/settings/").status_code == status


def test_the_page_takes_few_queries(graded, as_, django_assert_max_num_queries):
    client = as_("ines")

    with django_assert_max_num_queries(8):
        client.get(f"/exams/{graded.exam.pk}/settings/")
