"""An exam whose papers are drawn, small and quick: for benches of the pages."""

from __future__ import annotations

import io
import random
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from gradebook.files import keep
from gradebook.models import Course, Exam, Membership, Question, Region, Role, User
from rubrics.models import Group, Item
from submissions.models import Answer, Page, Submission, Upload

SIZE = (1275, 1650)
NAMES = ("kestrel", "otter", "maple", "heron", "birch", "lynx", "plover", "sorrel")
PROMPTS = (
    ("a", "Layers", "Name three kinds of layer that a convolutional network usually has.", 300),
    ("b", "Two reasons", "Give two reasons to prefer convolutions for pictures.", 400),
    (
        "c",
        "Sigmoid",
        "A binary classifier ends in a ReLU followed by a sigmoid. What happens?",
        200,
    ),
)
WRITTEN = (
    "fewer weights, so it trains on less data",
    "the same filter looks everywhere: shift invariant",
    "weight sharing -> smaller model, overfits less",
    "conv, pooling (max / avg), batch norm",
    "ReLU(z) >= 0 so sigmoid >= 0.5: always class 1",
)


class Drawn(NamedTuple):
    exam: Exam
    questions: list[Question]
    grader: User


def drawn_exam(papers: int) -> Drawn:
    """Return an exam of one question in three parts, `papers` papers of two drawn pages each."""
    grader = User.objects.create_user("gus@example.edu", "only for benches", first_name="Gus")
    course = Course.objects.create(name="CS230 Deep Learning", term="Fall 2026")
    Membership.objects.create(course=course, user=grader, role=Role.GRADER)
    exam = Exam.objects.create(course=course, name="Midterm", created_by=grader)
    questions = _outline(exam)
    upload = Upload.objects.create(
        exam=exam, name="morning.pdf", file="x.pdf", size=1, sha256="0" * 64, page_count=2 * papers
    )
    for number in range(1, papers + 1):
        _paper(exam, upload, questions, number)
    return Drawn(exam, questions, grader)


def _outline(exam: Exam) -> list[Question]:
    top = Question.objects.create(exam=exam, order=1, number="1", title="Short answer")
    questions = []
    for index, (label, title, _prompt, points) in enumerate(PROMPTS):
        question = Question.objects.create(
            exam=exam,
            parent=top,
            order=index + 2,
            number=f"1.{index + 1}",
            label=label,
            title=title,
            points=points,
        )
        Region.objects.create(
            exam=exam,
            kind="question",
            question=question,
            page=1,
            x=0.06,
            y=0.1 + 0.29 * index,
            width=0.88,
            height=0.27,
        )
        _rubric(question)
        questions.append(question)
    return questions


def _rubric(question: Question) -> None:
    group = Group.objects.create(question=question, text="Explanation")
    rows = [
        ("Correct", 0, None),
        ("Reasons too close, or the second not quite right", -100, None),
        ("Only one valid reason", -200, None),
        ("Incorrect or blank", -(question.points or 0), None),
        ("Mentions weight sharing", 0, group),
        ("Locality named but not explained, e.g. $$k \\times k \\ll H \\times W$$", -50, group),
    ]
    for position, (text, points, where) in enumerate(rows):
        Item.objects.create(
            question=question, text=text, points=points, group=where, position=position
        )


def _paper(exam: Exam, upload: Upload, questions: list[Question], number: int) -> None:
    code = f"{NAMES[number % len(NAMES)]}-{number}"
    submission = Submission.objects.create(exam=exam, number=number, code_name=code)
    for question in questions:
        Answer.objects.create(
            submission=submission, question=question, score=question.points or 0, ink=210.0
        )
    for page in (1, 2):
        picture = page_picture(number, page)
        Page.objects.create(
            upload=upload,
            number=2 * number + page - 2,
            state=Page.State.PLACED,
            submission=submission,
            template_page=page,
            position=page,
            preview=kept(picture),
            thumbnail=kept(picture.resize((127, 165))),
            width=SIZE[0],
            height=SIZE[1],
            affine=[1, 0, 0.003 * (number % 3), 0, 1, 0.004 * (number % 4)],
        )


def kept(picture: Image.Image) -> str:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return keep("pages", out.getvalue(), ".jpg").name


def page_picture(number: int, page: int) -> Image.Image:
    hand = random.Random(number * 10 + page)
    picture = Image.new("L", SIZE, 252)
    pen = ImageDraw.Draw(picture)
    shift = (0.003 * (number % 3) * SIZE[0], 0.004 * (number % 4) * SIZE[1])
    print_, writing = ImageFont.load_default(26), ImageFont.load_default(38)
    for index, (label, _title, prompt, points) in enumerate(PROMPTS if page == 1 else ()):
        x, y = 110 + shift[0], (0.12 + 0.29 * index) * SIZE[1] + shift[1]
        pen.text((x, y), f"({label}) ({points // 100} points) {prompt}", fill=30, font=print_)
        for line in range(3):
            words = hand.choice(WRITTEN)
            place = (x + hand.randint(0, 40), y + 80 + 90 * line + hand.randint(-8, 8))
            pen.text(place, words, fill=90, font=writing)
    pen.text((110, SIZE[1] - 80), f"Page {page} of 2", fill=120, font=print_)
    return picture
