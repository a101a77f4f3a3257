"""The demo's story: a course with a midterm being graded and a quiz that is out.

Every step is the real one: files go in as uploads, workers take them through the pipeline,
graders' words go through the history. Each step looks first whether it was done, so an
interrupted demo goes on where it stopped.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files import File

from config.demo import people
from config.demo.grading import grades
from config.demo.regrades import ask_for_regrades
from config.demo.scanner import make_batches
from config.demo.small import make_small
from config.demo.template import draw_template, exam_file
from gradebook.enrolment import carry_out
from gradebook.models import Course, Exam, Role, User
from gradebook.outline import parse
from gradebook.roster import read_roster
from rubrics import bulk
from rubrics.outline import save_outline
from scoring.release import release
from submissions.intake import take_upload
from submissions.models import Match, Page, Submission
from submissions.template import take_template
from submissions.whose import confirm

PASSWORD = "marginalia"
SEED = 230
QUIZ_STUDENTS = 8
LOOK_SECONDS = 5  # between two words on how far the workers are


def tell(say: Callable[[str], None]) -> None:
    """Play the whole story, saying each step before it is taken."""
    say("Inventing a course of 24 students and three graders.")
    course = make_course()
    with tempfile.TemporaryDirectory(prefix="marginalia-demo-") as folder:
        say("Drawing the blank midterm: 27 pages, 50 parts.")
        midterm = make_midterm(course, Path(folder))
        if not midterm.uploads.exists():
            say("Writing and scanning 23 papers by hand: 621 pages.")
            batches = make_batches(Path(folder), people.STUDENTS, SEED, processes=2)
            upload(midterm, batches.paths)
        quiz, deserved = make_quiz(course, Path(folder))
    say("Taking the scans in: recognising, sorting and reading every page.")
    work(say)
    say("Grading, and leaving some of it to you.")
    grade_midterm(midterm)
    say("Releasing a quiz, so that students have something to see.")
    finish_quiz(quiz, deserved)
    work(say)


def work(say: Callable[[str], None]) -> None:
    """Let two workers do all the long work there is, in processes that begin afresh.

    Forked from this one they would inherit the locks of the typesetter's and NumPy's threads.
    """
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "runjobs", "--until-idle"]
    command.append("--processes=2")
    pages = Page.objects.all()
    waiting = pages.filter(state=Page.State.WAITING)
    said = waiting.count()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as workers:
        while workers.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                workers.wait(LOOK_SECONDS)
            left, total = waiting.count(), pages.count()
            if left != said:
                said = left
                say(f"  {total - left} of {total} pages")
    if workers.returncode:
        raise subprocess.CalledProcessError(workers.returncode, command)


def make_course() -> Course:
    course, _ = Course.objects.get_or_create(
        name=people.COURSE, term=people.TERM, defaults={"time_zone": "America/Los_Angeles"}
    )
    carry_out(course, read_roster(people.roster_csv().encode()).rows, leave=False)
    # A password is slow to hash by design, and here all have the same.
    hashed = make_password(PASSWORD)
    for user in User.objects.filter(memberships__course=course, memberships__left_at=None):
        if not user.has_usable_password():
            user.password = hashed
            user.save(update_fields=["password"])
    return course


def instructor(course: Course) -> User:
    return course.memberships.filter(role=Role.INSTRUCTOR).select_related("user")[0].user


def make_midterm(course: Course, folder: Path) -> Exam:
    outline = exam_file()
    exam, new = _exam(course, outline["exam"])
    if new:
        template = draw_template(folder)
        _take(exam, template.pdf, outline)
    return exam


def make_quiz(course: Course, folder: Path) -> tuple[Exam, list[dict[str, Any]]]:
    """Return the quiz, and the grades that what is written on its papers deserves."""
    small = make_small(folder, people.STUDENTS[:QUIZ_STUDENTS], SEED)
    exam, new = _exam(course, small.exam_file["exam"])
    if new:
        _take(exam, small.template.read_bytes(), small.exam_file)
        upload(exam, [small.batch])
    return exam, small.grades


def _exam(course: Course, name: str) -> tuple[Exam, bool]:
    exam, _ = Exam.objects.get_or_create(
        course=course, name=name, defaults={"created_by": instructor(course)}
    )
    return exam, not exam.questions.exists()


def _take(exam: Exam, pdf: bytes, outline: dict[str, Any]) -> None:
    by = instructor(exam.course)
    take_template(exam, File(io.BytesIO(pdf)), "template.pdf", by)
    save_outline(exam, parse(outline), by=by)


def upload(exam: Exam, paths: list[Path]) -> None:
    for path in paths:
        with path.open("rb") as file:
            take_upload(exam, File(file), path.name, instructor(exam.course))


def grade_midterm(exam: Exam) -> None:
    """Let each grader grade the parts that fall to them; papers without a sure name wait."""
    matched = set(Match.objects.filter(exam=exam).values_list("membership__sid", flat=True))
    graders = list(
        User.objects.filter(
            memberships__course=exam.course, memberships__role=Role.GRADER
        ).order_by("pk")
    )
    file = [g for g in grades(people.STUDENTS, SEED)["grades"] if g["sid"] in matched]
    for turn, grader in enumerate(graders):
        mine = [
            {**grade, "questions": dict(_every(grade["questions"], turn, len(graders)))}
            for grade in file
        ]
        bulk.grade(exam, {"grades": mine}, by=grader)


def _every(questions: dict[str, Any], turn: int, graders: int) -> Iterator[tuple[str, Any]]:
    for place, (number, said) in enumerate(sorted(questions.items())):
        if place % graders == turn:
            yield number, said


def finish_quiz(exam: Exam, grades: list[dict[str, Any]]) -> None:
    by = instructor(exam.course)
    _match_by_hand(exam, by)
    bulk.grade(exam, {"grades": grades}, by=by)
    if not exam.releases.standing().exists():
        release(exam, by=by)
        ask_for_regrades(exam, by=by)


def _match_by_hand(exam: Exam, by: User) -> None:
    """Do what an instructor would: confirm the best candidate of each paper that waits."""
    for paper in Submission.objects.filter(exam=exam, match=None).select_related("reading"):
        taken = Match.objects.filter(exam=exam).values_list("membership_id", flat=True)
        free = [c for c in paper.reading.candidates if c["membership"] not in taken]
        if free:
            member = exam.course.memberships.get(pk=free[0]["membership"])
            confirm(paper, member, by=by)
