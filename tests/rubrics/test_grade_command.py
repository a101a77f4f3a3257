from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from gradebook.locks import hold_questions
from rubrics.grading import Stale, adjust
from rubrics.models import Comment, Entry, Mark
from rubrics.rubric import remove_item
from rubrics.scores import mismatches


@pytest.fixture
def grade(world, tmp_path, capsys):
    """Write a file, run the command on it, return its JSON answer."""
    world.exam.matches.create(submission=world.papers[0], membership=world.members["sam"])

    def run(grades, *options):
        file = tmp_path / "grades.json"
        file.write_text(grades if isinstance(grades, str) else json.dumps({"grades": grades}))
        call_command("grade", str(world.exam.pk), str(file), "--json", *options)
        return json.loads(capsys.readouterr().out)

    return run


def score(world, number, question):
    answer = world.answers[number, question]
    answer.refresh_from_db()
    return answer.score, answer.graded


SAM = {"sid": "s0000002", "questions": {"1.1": {"applied": [1], "comment": "Mind the sign 🙂"}}}
TWO = {"paper": 2, "questions": {"2": {"applied": [0], "adjustment": -0.75}}}


def test_a_file_grades_by_student_and_by_paper(world, grade):
    assert grade([SAM, TWO]) == {"papers": 2, "answers": 2, "changed": 2}

    assert score(world, 1, "1.1") == (150, True)
    assert score(world, 2, "2") == (225, True)
    assert world.answers[1, "1.1"].comment.text == "Mind the sign 🙂"
    assert mismatches() == []


def test_the_same_file_again_changes_nothing(world, grade):
    grade([SAM, TWO])
    told = Entry.objects.count()

    assert grade([SAM, TWO])["changed"] == 0
    assert Entry.objects.count() == told


def test_an_empty_comment_takes_the_comment_away_and_none_leaves_it(world, grade):
    grade([SAM])
    grade([{"paper": 1, "questions": {"1.1": {"applied": [1]}}}])
    assert Comment.objects.count() == 1

    for changed in (1, 0):
        done = grade([{"paper": 1, "questions": {"1.1": {"comment": ""}}}])
        assert done["changed"] == changed
    assert Comment.objects.count() == 0


def test_marks_become_exactly_those_named(world, grade):
    grade([SAM])
    again = {"email": "SAM@example.edu", "questions": {"1.1": {"applied": [0, 2]}}}

    grade([again], "--by", "gus@example.edu")

    marks = Mark.objects.filter(answer=world.answers[1, "1.1"])
    assert [mark.item.text for mark in marks.order_by("item")] == ["Correct", "Wrong"]
    assert {mark.by for mark in marks} == {world.gus}


PROBLEMS = [
    ("{", "is not JSON"),
    ("[]", "a list “grades”"),
    ([{"sid": "nobody", "questions": {}}], "grade 2: no paper belongs to"),
    ([{"questions": {}}], "nobody named"),
    ([{"sid": "s0000002"}], "“questions” is needed"),
    ([{**SAM, "questions": {"9": {}}}], "question 9: there is no such part"),
    ([{**SAM, "questions": {"1": {}}}], "question 1: there is no such part"),
    ([{**SAM, "questions": {"1.1": {"applied": [3]}}}], "there is none at 3"),
    ([{**SAM, "questions": {"1.1": {"applied": ["0"]}}}], "list of places"),
    ([{**SAM, "questions": {"1.1": {"adjustment": "much"}}}], "not a number of points"),
    ([{**SAM, "questions": {"1.1": {"adjustment": []}}}], "number of points"),
    ([{**SAM, "questions": {"1.1": {"comment": 1}}}], "must be a text"),
    ([{**SAM, "questions": {"1.1": {"mark": 1}}}], "“mark” is unknown"),
    ([{**SAM, "questions": {"1.1": []}}], "an object is needed"),
    ([{**SAM, "questions": {"1.1": {"comment": "a\0b"}}}], "cannot be stored"),
    ([{**SAM, "questions": {"1.1": {"comment": "\ud83d"}}}], "cannot be stored"),
    ([{**SAM, "questions": {"1.1": {"comment": "x" * 10_001}}}], "10,001 letters; 10,000 fit"),
    ([{"sid": {}, "paper": [[1]], "questions": {}}], "nobody named"),
    ([{"sid": "x" * 9999, "questions": {}}], "no paper belongs to sid " + "x" * 40 + "…."),
    ("[" * 200_000, "nest too deep"),
    ('{"grades": ' + "9" * 5000 + "}", "far too long"),
]


@pytest.mark.parametrize(("grades", "words"), PROBLEMS)
def test_a_wrong_file_grades_nothing_and_says_why(world, grade, grades, words):
    both = grades if isinstance(grades, str) else [TWO, *grades]

    with pytest.raises(CommandError) as error:
        grade(both)

    assert words in str(error.value)
    assert not Entry.objects.exists()


def test_every_problem_is_named_at_once(world, grade):
    with pytest.raises(CommandError) as error:
        grade([{"sid": "x", "questions": {}}, {**SAM, "questions": {"7": {}, "8": {}}}])

    assert str(error.value).count("\n- ") == 3


def test_one_part_graded_twice_is_refused(world, grade):
    same = {"paper": 1, "questions": {"1.1": {"applied": [0]}}}

    with pytest.raises(CommandError, match=r"question 1\.1: this part is graded twice"):
        grade([SAM, same])

    assert not Entry.objects.exists()


def test_a_version_from_before_a_removal_does_not_come_back(world, grade):
    answer = world.answers[1, "1.1"]
    grade([{"sid": "s0000002", "questions": {"1.1": {"adjustment": 1}}}])
    adjust(answer, None, version=1, by=world.gus)
    grade([{"sid": "s0000002", "questions": {"1.1": {"adjustment": 2}}}])

    with pytest.raises(Stale):
        adjust(answer, 50, version=1, by=world.gus)


def test_a_missing_file_and_an_unknown_grader_are_said(world, grade, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("grade", str(world.exam.pk), str(tmp_path / "no.json"))
    with pytest.raises(CommandError, match="Nobody here"):
        grade([SAM], "--by", "ghost@example.edu")


def test_verify_scores_finds_nothing_and_then_something(world, capsys):
    call_command("verify_scores", str(world.exam.pk), "--json")
    assert json.loads(capsys.readouterr().out) == {"checked": 9, "wrong": []}

    type(world.papers[0]).objects.first().answers.update(score=7)
    with pytest.raises(SystemExit):
        call_command("verify_scores")
    assert "stored 0.07, should be 2" in capsys.readouterr().out


def test_a_file_that_is_no_text_is_said(world, tmp_path):
    file = tmp_path / "latin.json"
    file.write_bytes(b'{"grades": "\xff"}')

    with pytest.raises(CommandError, match="not a text file"):
        call_command("grade", str(world.exam.pk), str(file))


def test_an_item_removed_a_moment_ago_is_applied_to_nobody(world, grade, monkeypatch):
    def and_remove(pks):
        # As when a colleague was first at the question's row.
        remove_item(world.items["1.1"][2], by=world.ines)
        return hold_questions(pks)

    monkeypatch.setattr("rubrics.bulk.hold_questions", and_remove)
    last = {**SAM, "questions": {"1.1": {"applied": [2]}}}

    with pytest.raises(CommandError, match="the rubric has 2 items; there is none at 2"):
        grade([last])

    assert not Mark.objects.exists()
