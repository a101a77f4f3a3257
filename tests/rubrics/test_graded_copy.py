from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from gradebook.outline import OutlineError, parse
from gradebook.plans import to_dict
from rubrics.graded_copy import read_text
from rubrics.outline_files import read_outline

MIDTERM = json.loads((Path(__file__).parents[2] / "config/demo/outline.json").read_text())

COPY = """Quiz 1
Student
Sam Student
Total Points
4.5 / 8 pts
Question 1
Warm-up 2.5 / 6 pts
1.1 a 1.5 / 2 pts
- 0 pts Correct
✓ - 0.5 pts Slip in the
last step
- 2 pts Wrong
1.2 b(ii) 1 / 4 pts
✓ - 3 pts
💬 Look at page 3, Sam:
- it is all there
Question 2
Prove
2 / 2 pts
✓ + 2 pts Proof
+ 0 pts None
Question assigned to the following page: 1.1
"""


def leaves(plan):
    return [(each.number, each.label, each.title, each.points) for each in plan.leaves()]


def items(plan, number):
    (leaf,) = [each for each in plan.leaves() if each.number == number]
    return [(item.text, item.points) for item in leaf.rubric]


def written(outline, word, mark, minus):
    """An outline as the text of a graded copy, in one of the ways these are laid out."""
    lines = [outline["exam"], "Total Points", f"101.5 / {outline['points']} pts"]
    for question in outline["questions"]:
        parts = question.get("parts")
        lines.append(f"{word}{question['number']} {question['title']} 1 / {question['points']} pts")
        for part in parts or [question]:
            if parts:
                lines.append(f"{word}{part['number']} {part['label']} 1 / {part['points']}")
            for place, item in enumerate(part["rubric"]):
                applied = mark if place in part["sample"]["applied"] else ""
                points = abs(item["points"])
                lines.append(f"{applied}{minus} {points} pts {item['text']}".strip())
            lines += [f"💬 {said}" for said in [part["sample"].get("comment")] if said]
    return "\n".join(lines)


def test_heads_become_questions_and_lines_below_them_items():
    plan = parse(read_text(COPY))

    assert plan.name == "Quiz 1"
    assert leaves(plan) == [
        ("1.1", "a", "", 200),
        ("1.2", "b(ii)", "", 400),
        ("2", "", "Prove", 200),
    ]
    assert [question.title for question in plan.questions] == ["Warm-up", "Prove"]
    assert items(plan, "1.1") == [
        ("Correct", 0),
        ("Slip in the last step", -50),
        ("Wrong", -200),
    ]
    assert items(plan, "1.2") == [("", -300)]


def test_a_question_whose_items_give_points_starts_from_zero():
    plan = parse(read_text(COPY))

    assert plan.settings["scoring"] == "negative"
    assert [each.scoring for each in plan.leaves()] == ["", "", "positive"]
    assert items(plan, "2") == [("Proof", 200), ("None", 0)]


def test_what_a_grader_said_to_one_student_is_in_no_rubric():
    text = COPY.replace("✓ - 3 pts", "✓ - 3 pts No idea\n- 1 pts Point adjustment\nfor lateness")

    assert items(parse(read_text(text)), "1.2") == [("No idea", -300)]
    assert "Sam" not in str(read_text(text))


@pytest.mark.parametrize("word", ["Question ", "QUESTION ", ""])
@pytest.mark.parametrize(("mark", "minus"), [("✓ ", "-"), ("✔", "\N{MINUS SIGN}"), ("√ ", "–")])
def test_the_text_of_a_whole_midterm_gives_its_outline_back(word, mark, minus):
    plan = parse(read_text(written(MIDTERM, word, mark, minus)))

    assert len(plan.leaves()) == 50
    found = [
        (leaf.number, item.points, item.text) for leaf in plan.leaves() for item in leaf.rubric
    ]
    assert len(found) == 190
    assert found == [
        (part["number"], round(item["points"] * 100), item["text"])
        for question in MIDTERM["questions"]
        for part in question.get("parts") or [question]
        for item in part["rubric"]
    ]
    assert to_dict(plan)["points"] == 124


@pytest.mark.parametrize(
    "line",
    [
        "Question 9 / 10",
        "12 / 20 pts",
        "4.5 / 8 pts",
        "1.1 a 2 / 2",
        "Question 1 says why",
        "5 of 6",
    ],
)
def test_a_line_that_can_be_no_head_goes_on_with_its_item(line):
    text = COPY.replace("- 2 pts Wrong", f"- 2 pts Wrong\n{line}")

    assert items(parse(read_text(text)), "1.1")[2] == (f"Wrong {line}", -200)


@pytest.mark.parametrize(
    "head",
    [
        "3 Convolutional architectures 12 / 12 pts",
        "Question 3 Convolutional architectures 12 / 12",
        "3: Convolutional architectures - / 12 pts",
        "3 Convolutional architectures 12 / 12",
        "Question 3",
    ],
)
@pytest.mark.parametrize("before", ["1.2", "", "comment"])
def test_a_head_whose_number_does_not_follow_is_named(head, before):
    start = COPY[: COPY.index("Question 2\n" if before else "Question 1\n")]
    start = start.replace("💬", "✓ - 0 pts") if before == "1.2" else start

    with pytest.raises(OutlineError) as refusal:
        read_text(f"{start}{head}\n12 / 12 pts\n✓ - 0 pts Correct\n4 End 1 / 3 pts\n")

    place = len(start.splitlines()) + 1
    behind = "comes after 1.2" if before else "is the first one"
    said = refusal.value.problems[0]
    assert said.startswith(
        f"Line {place}: “{head}” looks like the head of question 3, but {behind}"
    )


def test_only_the_gap_is_named_and_not_each_head_behind_it():
    text = COPY.replace("Question 2\nProve\n", "3 Prove ")

    with pytest.raises(OutlineError) as refusal:
        read_text(text.replace("Question assigned", "4 End 1 / 1 pts\nQuestion assigned"))

    assert len(refusal.value.problems) == 1


@pytest.mark.parametrize("line", ["5 of 6 right 1 / 2", "3.7 is not 4 / 5", "Question 1.1 a 2 / 2"])
def test_words_that_look_like_a_head_are_asked_about(line):
    with pytest.raises(OutlineError, match=r"If it is no head, join it to the line above\."):
        read_text(COPY.replace("- 2 pts Wrong", f"- 2 pts Wrong\n{line}"))

    joined = COPY.replace("- 2 pts Wrong", f"- 2 pts Wrong {line}")
    assert items(parse(read_text(joined)), "1.1")[2] == (f"Wrong {line}", -200)


def test_a_head_that_was_not_seen_shows_in_the_points():
    with pytest.raises(OutlineError, match=r"its points are 6, but its parts add up to 2"):
        parse(read_text(COPY.replace("1.2 b(ii) 1 / 4 pts", "1.2 b(ii)")))


@pytest.mark.parametrize("text", ["", "Dear Sam,\nwell done.", "Question 1\n", "1.5 / 2"])
def test_a_text_without_questions_is_refused_in_words(text):
    with pytest.raises(OutlineError, match="No question was found"):
        read_text(text)


def test_a_hostile_text_is_read_in_no_time():
    for line in ("1.1 " + "a " * 50_000, "- 1 pts" * 20_000, "1" * 200_000, "1/" * 100_000):
        with pytest.raises(OutlineError):
            read_text(line)
    with pytest.raises(OutlineError, match="two million"):
        read_text("x" * 3_000_000)


# Files


def pdf(text):
    """A PDF with the text on it, as a browser or an office would print it."""
    import typst

    source = '#set page(height: auto)\n#set text(font: "Noto Sans")\n'
    source += "\n".join(
        f"#par[#{json.dumps(line, ensure_ascii=False)}]" for line in text.splitlines()
    )
    return typst.compile(source.encode())


def test_a_pdf_is_read_like_its_text():
    plan = read_outline(io.BytesIO(pdf(COPY.replace("💬", "Comment:"))))

    assert plan == parse(read_text(COPY))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 broken", "No question was found"),
        (b"\x00\xff\xfe\x01", "neither an exam file"),
        (b"\x89PNG\r\n\x1a\n", "neither an exam file"),
        (b"{", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_other_files_are_refused_in_words(data, words):
    with pytest.raises(OutlineError, match=words):
        read_outline(io.BytesIO(data))


@pytest.mark.parametrize("before", ["", "1 / 2 pts\n- 1 pts Slip\n"])
def test_a_text_that_never_comes_to_its_next_item_is_soon_read(before):
    text = f"Quiz\nQuestion 1\n{before}" + "ab\n" * 690_000 + "1 / 2 pts\n"
    start = time.process_time()

    read_text(text)

    # The process's own time: a second where lines are gathered, a dozen where each is copied.
    assert time.process_time() - start < 8


def test_an_item_longer_than_one_may_be_is_named():
    with pytest.raises(OutlineError, match="characters; 4000 fit"):
        parse(read_text(f"Question 1\nAdd 1 / 2 pts\n- 1 pts Slip\n{'ab ' * 2000}"))


def test_the_editor_takes_a_copy_up_and_saves_nothing(as_, world):
    url = f"/exams/{world.exam.pk}/outline/loaded/"
    before = list(world.exam.questions.values_list("pk", "title"))

    for data in (COPY.encode(), pdf(COPY.replace("💬", "Comment:")) + b"%" * 4_000_000):
        answer = as_("ines").post(url, data, content_type="application/json")
        assert answer.status_code == 200
        questions = answer.json()["questions"]
        assert questions[0]["parts"][0]["rubric"][1] == {
            "text": "Slip in the last step",
            "points": -0.5,
        }
    assert list(world.exam.questions.values_list("pk", "title")) == before


def test_load_exam_takes_a_copy_too(world, tmp_path, capsys):
    (tmp_path / "copy.txt").write_text(COPY)

    call_command("load_exam", str(tmp_path / "copy.txt"), course="CS230 Deep Learning")

    assert "Quiz 1: 3 parts, 8 points" in capsys.readouterr().out
