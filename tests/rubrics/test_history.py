"""What happened to an answer, in words, and the click that takes each of it back."""

from __future__ import annotations

import uuid

import pytest

from rubrics import grading
from rubrics.history import history
from rubrics.item_groups import add_group, change_group
from rubrics.models import Annotation, Entry
from rubrics.rubric import change_item, remove_item
from submissions.models import Answer


@pytest.fixture
def answer(world):
    return world.answers[1, "1.1"]


def told(answer):
    """The words of the history, newest first, as a page would read them now."""
    return [line["words"] for line in history(Answer.objects.get(pk=answer.pk))]


def undo(answer, words):
    """The click back that the newest line of these words offers."""
    lines = history(Answer.objects.get(pk=answer.pk))
    return next(line["undo"] for line in lines if line["words"] == words)


def test_each_thing_done_is_told_newest_first(world, answer):
    slip, gus = world.items["1.1"][1], world.gus
    grading.apply(slip, answer, by=gus)
    grading.adjust(answer, 50, version=0, by=gus)
    grading.comment(answer, "Close.", version=0, by=gus)
    grading.write_note(answer, "Ask Ines.", version=0, by=gus)
    grading.flag(answer, by=gus)
    grading.unflag(answer, by=world.ines)
    grading.adjust(answer, None, version=1, by=gus)
    grading.comment(answer, "", version=1, by=gus)
    grading.lift(slip, answer, by=gus)
    grading.say_graded(answer, by=gus)

    assert told(answer) == [
        "said it is graded as it stands",
        "lifted “Slip”",
        "took the comment for the student away",
        "took the adjustment away",
        "took the flag down",
        "flagged it for review",
        "wrote a note for graders",
        "wrote a comment for the student",
        "adjusted the score by +0.5",
        "applied “Slip”",
    ]
    lines = history(answer)
    assert (lines[4]["by"], lines[5]["by"]) == ("Ines Instructor", "Gus Grader")
    assert lines[6]["quote"] == "Ask Ines."


def test_an_edit_of_the_rubric_that_moves_scores_is_told_too(world, answer):
    slip = world.items["1.1"][1]
    change_item(slip, points=-100, by=world.ines)
    change_item(slip, text="A slip", by=world.ines)
    change_item(world.items["2"][1], points=-100, by=world.ines)

    assert told(answer) == ["changed “A slip” for every paper: −0.5 became −1"]
    assert history(answer)[0]["undo"] is None


def test_only_what_would_change_something_can_be_taken_back(world, answer):
    slip = world.items["1.1"][1]
    grading.apply(slip, answer, by=world.gus)
    assert undo(answer, "applied “Slip”") == {"kind": "mark", "item": slip.pk, "on": False}

    grading.lift(slip, answer, by=world.gus)
    assert undo(answer, "applied “Slip”") is None
    assert undo(answer, "lifted “Slip”") == {"kind": "mark", "item": slip.pk, "on": True}

    remove_item(slip, by=world.ines)
    assert undo(answer, "lifted “Slip”") is None


def test_words_and_points_go_back_to_what_they_were_before(world, answer):
    grading.comment(answer, "First", version=0, by=world.gus)
    grading.comment(answer, "Second", version=1, by=world.ines)
    grading.adjust(answer, 50, version=0, by=world.gus)
    grading.adjust(answer, -25, version=1, by=world.gus)

    assert undo(answer, "changed the comment for the student") == {
        "kind": "comment",
        "text": "First",
    }
    assert undo(answer, "wrote a comment for the student") == {"kind": "comment", "text": ""}
    assert undo(answer, "adjusted the score by −0.25") == {"kind": "adjustment", "points": "0.5"}
    assert undo(answer, "adjusted the score by +0.5") == {"kind": "adjustment", "points": None}


def test_said_and_flagged_switch_back(world, answer):
    grading.say_graded(answer, by=world.gus)
    grading.flag(answer, by=world.gus)

    assert undo(answer, "said it is graded as it stands") == {"kind": "grading", "on": False}
    assert undo(answer, "flagged it for review") == {"kind": "flag", "on": False}


def test_erased_ink_comes_back_where_it_lay(world, as_, answer, page):
    key = str(uuid.uuid4())
    drawn = grading.annotate(
        answer, by=world.gus, key=key, page=page, kind="text", points=[[0.1, 0.2]], text="Why?"
    )
    assert undo(answer, "drew words on the page") == {"kind": "ink", "key": key, "ink": None}
    grading.erase(drawn, by=world.gus)

    back = undo(answer, "erased words on the page")
    path = f"/api/v1/answers/{answer.pk}/annotations/{key}/"
    response = as_("gus").put(path, back["ink"], content_type="application/json")

    assert response.status_code == 200
    again = Annotation.objects.get()
    assert (str(again.key), again.points, again.text) == (key, [[0.1, 0.2]], "Why?")


def test_what_a_group_lifted_says_why(world, answer):
    slip, wrong = world.items["1.1"][1:]
    group = add_group(world.questions["1.1"], text="Pick", exclusive=False, by=world.gus)
    for item in (slip, wrong):
        change_item(item, group=group, by=world.gus)
        grading.apply(item, answer, by=world.gus)
    change_group(group, text="Pick", exclusive=True, by=world.ines)

    assert told(answer)[0] == "lifted “Slip”, as only one of its group applies"


def test_lines_of_another_answer_are_not_told(world, as_, answer):
    grading.flag(world.answers[2, "1.1"], by=world.gus)

    assert as_("gus").get(f"/api/v1/answers/{answer.pk}/history/").json() == []


def test_a_long_history_takes_as_many_queries_as_a_short_one(
    world, as_, answer, django_assert_num_queries, django_assert_max_num_queries
):
    path = f"/api/v1/answers/{answer.pk}/history/"
    grading.flag(answer, by=world.gus)
    gus = as_("gus")
    with django_assert_max_num_queries(13) as few:
        gus.get(path)
    for count in range(30):
        Entry.objects.create(
            exam=world.exam,
            answer_id=answer.pk,
            question_id=answer.question_id,
            item_id=world.items["1.1"][count % 3].pk,
            verb=("applied", "lifted", "erased")[count % 3],
            by=world.ines,
        )

    with django_assert_num_queries(len(few)):
        assert len(gus.get(path).json()) == 31


def test_the_history_tells_no_students_name(world, as_, answer):
    world.exam.matches.create(submission=world.papers[0], membership=world.members["sam"])
    grading.comment(answer, "Good.", version=0, by=world.gus)

    text = as_("gus").get(f"/api/v1/answers/{answer.pk}/history/").content.decode()

    assert "Gus Grader" in text
    for secret in ("Sam", "sam@", "s0000002"):
        assert secret not in text
