"""Flags for review, and the notes that graders leave each other."""

from __future__ import annotations

import pytest

from rubrics import grading
from rubrics.models import Entry, Flag, Note
from rubrics.outline_gone import worked_on


@pytest.fixture
def answer(world):
    return world.answers[1, "1.1"]


def send(client, method, path, data=None):
    return getattr(client, method)(f"/api/v1/{path}", data, content_type="application/json")


def verbs(answer):
    return list(Entry.objects.filter(answer_id=answer.pk).values_list("verb", flat=True))


def test_a_flag_stands_once_however_often_it_is_put_up(world, as_, answer):
    gus = as_("gus")

    for _ in range(2):
        told = send(gus, "put", f"answers/{answer.pk}/flag/").json()

    assert told["flag"] == {"by": "GG"}
    assert Flag.objects.get().by == world.gus
    assert verbs(answer) == ["flagged"]


def test_a_colleague_takes_the_flag_down_once(world, as_, answer):
    grading.flag(answer, by=world.gus)
    ines = as_("ines")

    for _ in range(2):
        told = send(ines, "delete", f"answers/{answer.pk}/flag/").json()

    assert told["flag"] is None
    assert verbs(answer) == ["flagged", "unflagged"]


def test_a_flag_alone_grades_nothing(world, answer):
    grading.flag(answer, by=world.gus)
    grading.write_note(answer, "Ask Ines.", version=0, by=world.gus)

    answer.refresh_from_db()
    assert (answer.score, answer.graded) == (200, False)


def test_a_stale_note_gets_what_stands(as_, answer):
    path = f"answers/{answer.pk}/note/"
    assert send(as_("gus"), "put", path, {"text": "Mine", "version": 0}).status_code == 200
    ines = as_("ines")

    late = send(ines, "put", path, {"text": "Late", "version": 0})

    assert late.status_code == 409
    assert late.json()["current"]["note"] == {"text": "Mine", "version": 1}
    assert send(ines, "put", path, {"text": "Both", "version": 1}).status_code == 200
    assert send(ines, "delete", f"{path}?version=2").json()["note"] is None
    assert not Note.objects.exists()


def test_a_version_before_a_removal_never_fits_what_came_after(world, answer):
    grading.write_note(answer, "One", version=0, by=world.gus)
    grading.write_note(answer, "", version=1, by=world.gus)
    grading.write_note(answer, "Two", version=0, by=world.gus)

    with pytest.raises(grading.Stale):
        grading.write_note(answer, "Three", version=1, by=world.ines)


def test_a_part_with_flags_or_notes_does_not_go_without_a_word(world, answer):
    grading.flag(answer, by=world.gus)
    grading.write_note(world.answers[2, "1.2"], "Odd", version=0, by=world.gus)

    questions = [world.questions[number] for number in ("1.1", "1.2", "2")]
    assert set(worked_on(questions)) == {answer, world.answers[2, "1.2"]}


def test_flagged_leads_from_one_to_the_next_and_round(world, as_):
    first, second = world.answers[2, "1.1"], world.answers[1, "2"]
    for answer in (second, first):
        grading.flag(answer, by=world.gus)
    gus = as_("gus")
    path = f"/exams/{world.exam.pk}/flagged/"

    assert gus.get(path)["Location"] == f"/answers/{first.pk}/"
    assert gus.get(f"{path}?after={first.pk}")["Location"] == f"/answers/{second.pk}/"
    assert gus.get(f"{path}?after={second.pk}")["Location"] == f"/answers/{first.pk}/"


def test_without_flags_the_exam_says_so(world, as_):
    page = as_("gus").get(f"/exams/{world.exam.pk}/flagged/", follow=True)

    assert "No answer is flagged for review." in page.content.decode()
