"""A realistic course, made quickly: 52 parts of 5 items each, every paper graded or none."""

from __future__ import annotations

import random
from typing import NamedTuple

from django.db import connection, transaction

from gradebook.models import Course, Exam, Membership, Question, Role, User
from rubrics.models import Item, Mark
from rubrics.scores import rescore_questions
from submissions.models import Answer, Match, Submission

PARTS = 52
ITEMS = (("Right", 0), ("Small slip", -50), ("Half", -100), ("Little", -150), ("Wrong", -200))
BATCH = 5000


class World(NamedTuple):
    exam: Exam
    grader: User
    leaves: list[Question]


def make(papers: int, *, graded: bool = True) -> World:
    """Make an exam with so many papers, each with a student, graded or still to grade."""
    dice = random.Random(papers)
    with transaction.atomic():
        course = Course.objects.create(name=f"Bench {papers}", term=str(Course.objects.count()))
        grader = User.objects.create_user(f"grader{course.pk}@example.edu")
        Membership.objects.create(course=course, user=grader, role=Role.GRADER)
        exam = Exam.objects.create(course=course, name="Final")
        leaves = _outline(exam)
        submissions = _papers(exam, papers)
        answers = _answers(leaves, submissions)
        if graded:
            _grade(leaves, answers, grader, dice)
        # Rows of one transaction are unknown to PostgreSQL's planner until it is told.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        rescore_questions([leaf.pk for leaf in leaves])
    return World(exam, grader, leaves)


def _outline(exam: Exam) -> list[Question]:
    leaves = Question.objects.bulk_create(
        Question(exam=exam, order=n, number=str(n), title=f"Part {n}", points=200)
        for n in range(1, PARTS + 1)
    )
    Item.objects.bulk_create(
        Item(question=leaf, text=text, points=points, position=position)
        for leaf in leaves
        for position, (text, points) in enumerate(ITEMS)
    )
    return leaves


def _papers(exam: Exam, count: int) -> list[Submission]:
    users = User.objects.bulk_create(
        (
            User(email=f"s{exam.pk}-{n}@example.edu", first_name="Ada", last_name=f"Student {n}")
            for n in range(count)
        ),
        batch_size=BATCH,
    )
    members = Membership.objects.bulk_create(
        (
            Membership(course=exam.course, user=user, role=Role.STUDENT, sid=f"s{n:07d}")
            for n, user in enumerate(users)
        ),
        batch_size=BATCH,
    )
    submissions = Submission.objects.bulk_create(
        (Submission(exam=exam, number=n + 1, code_name=f"paper-{n}") for n in range(count)),
        batch_size=BATCH,
    )
    Match.objects.bulk_create(
        (
            Match(exam=exam, submission=submission, membership=member)
            for submission, member in zip(submissions, members, strict=True)
        ),
        batch_size=BATCH,
    )
    return submissions


def _answers(leaves: list[Question], submissions: list[Submission]) -> list[Answer]:
    return Answer.objects.bulk_create(
        (Answer(submission=paper, question=leaf) for paper in submissions for leaf in leaves),
        batch_size=BATCH,
    )


def _grade(
    leaves: list[Question], answers: list[Answer], grader: User, dice: random.Random
) -> None:
    items = {leaf.pk: list(leaf.items.all()) for leaf in leaves}
    Mark.objects.bulk_create(
        (
            Mark(answer=answer, item=dice.choice(items[answer.question_id]), by=grader)
            for answer in answers
        ),
        batch_size=BATCH,
    )
