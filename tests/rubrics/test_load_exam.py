from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config.demo.template import HERE, lay_out
from gradebook.models import Course, Exam, Question
from rubrics.grading import apply
from rubrics.outline import dump

QUIZ = {
    "exam": "Quiz",
    "scoring": "positive",
    "questions": [
        {
            "title": "Add",
            "points": 2,
            "regions": [{"page": 1, "x": 0.1, "y": 0.1, "width": 0.5, "height": 0.2}],
        },
        {"title": "Prove", "points": 3.5},
    ],
}


def call(*arguments) -> str:
    out = io.StringIO()
    call_command(*[str(each) for each in arguments], stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def write(tmp_path):
    def file(data):
        path = tmp_path / "quiz.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        return path

    return file


def test_an_exam_and_its_course_are_made(db, write):
    said = call("load_exam", write(QUIZ), "--course", "CS1", "--term", "Spring")

    exam = Exam.objects.get()
    assert said == (
        "Made CS1 · Spring/Quiz: 2 parts, 5.5 points. 1 of them have no region on the template yet."
    )
    assert exam.scoring == "positive"


def test_scripts_are_told_in_json(db, write):
    said = json.loads(call("load_exam", write(QUIZ), "--course", "CS1", "--json"))

    assert said["exam"] == Exam.objects.get().pk
    assert (said["created"], said["parts"], said["points"]) == (True, 2, 5.5)


def test_loading_again_changes_the_exam_and_keeps_its_questions(db, write):
    call("load_exam", write(QUIZ), "--course", "CS1")
    before = list(Question.objects.values_list("pk", flat=True))
    more = {**QUIZ, "questions": [*QUIZ["questions"], {"title": "New", "points": 1}]}

    said = call("load_exam", write(more), "--course", "CS1")

    assert said.startswith("Changed CS1/Quiz: 3 parts")
    assert list(Question.objects.values_list("pk", flat=True))[:2] == before
    assert Course.objects.count() == 1


def test_what_was_dumped_loads_as_the_same_exam(db, tmp_path):
    call("load_exam", HERE / "outline.json", "--course", "CS230")
    file = tmp_path / "out.json"

    said = call("dump_exam", "Deep Learning Midterm", "-o", file)
    call("load_exam", file, "--course", "Another")

    first, second = Exam.objects.order_by("pk")
    assert said == f"Wrote Deep Learning Midterm to {file}."
    assert dump(first) == dump(second)
    assert json.loads(call("dump_exam", "CS230/Deep Learning Midterm")) == dump(first)


def test_the_template_beside_the_file_is_taken(db, write, tmp_path):
    (tmp_path / "blank.pdf").write_bytes(lay_out("quiz").pdf)

    call("load_exam", write({**QUIZ, "template": "blank.pdf"}), "--course", "CS1")

    assert Exam.objects.get().template.page_count == 3


def test_a_region_beyond_the_template_is_refused_and_nothing_is_made(db, write, tmp_path):
    (tmp_path / "blank.pdf").write_bytes(lay_out("quiz").pdf)
    far = {"page": 9, "x": 0, "y": 0, "width": 1, "height": 1}
    file = write({**QUIZ, "questions": [{"points": 1, "regions": [far]}]})

    with pytest.raises(CommandError, match="page 9 is beyond the template, which has 3"):
        call("load_exam", file, "--course", "CS1", "--template", tmp_path / "blank.pdf")
    assert not Exam.objects.exists()


def test_grades_go_only_when_their_number_is_said(world, write):
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    data = dump(world.exam)
    data["questions"].pop()
    data["points"] = 6
    file = write(data)

    with pytest.raises(CommandError, match="Say --losing 1 to let them go"):
        call("load_exam", file, "--course", world.course.name)
    assert Question.objects.count() == 4

    call("load_exam", file, "--course", world.course.name, "--losing", 1)
    assert Question.objects.count() == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("{", "not JSON"),
        ({"questions": []}, "needs a name"),
        ({"exam": "Quiz", "questions": [{}]}, "question 1: points are missing"),
    ],
)
def test_a_bad_file_is_named_with_what_to_mend(db, write, data, words):
    with pytest.raises(CommandError, match=words):
        call("load_exam", write(data), "--course", "CS1")
    assert not Course.objects.exists()


def test_a_file_that_is_not_there_is_said(db, tmp_path):
    with pytest.raises(CommandError, match=r"nowhere.json cannot be read"):
        call("load_exam", tmp_path / "nowhere.json", "--course", "CS1")


def test_a_course_named_twice_needs_its_term(db, write):
    Course.objects.create(name="CS1", term="Spring")
    Course.objects.create(name="CS1", term="Fall")

    with pytest.raises(CommandError, match="Several courses"):
        call("load_exam", write(QUIZ), "--course", "CS1")
    call("load_exam", write(QUIZ), "--course", "CS1 · Fall")
    assert Exam.objects.get().course.term == "Fall"
