"""One small named world for every test. Its cast:

Ines teaches CS230 and Gus grades it. Sam and Nia are students there. Otto is at the same
university but not in the course. `world` holds them with one exam of two questions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client

from gradebook.models import Course, Exam, Membership, Question, Region, Role, User
from rubrics.models import Item
from submissions.models import Answer, Page, Submission, Upload


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Places that are counted on a machine are this worker's own, and of what it starts."""
    folder = str(tmp_path_factory.mktemp("own"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what needed a second try (`.ci/run` gives browsers one), so that it is mended."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_line(f"RERUN {report.nodeid}: {report.longreprtext[-200:]}")


PASSWORD = "correct horse battery"


def person(email: str, first: str, last: str) -> User:
    return User.objects.create_user(email, PASSWORD, first_name=first, last_name=last)


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    """CS230 with its people and a midterm: 1 (group) with 1.1 (2 pts), 1.2 (4 pts); 2 (3 pts)."""
    course = Course.objects.create(name="CS230 Deep Learning", term="Fall 2026")
    cast = {
        "ines": person("ines@example.edu", "Ines", "Instructor"),
        "gus": person("gus@example.edu", "Gus", "Grader"),
        "sam": person("sam@example.edu", "Sam", "Student"),
        "nia": person("nia@example.edu", "Nia", "Neighbour"),
        "otto": person("otto@example.edu", "Otto", "Outsider"),
    }
    roles = {"ines": Role.INSTRUCTOR, "gus": Role.GRADER, "sam": Role.STUDENT, "nia": Role.STUDENT}
    members = {
        name: Membership.objects.create(
            course=course, user=cast[name], role=role, sid=f"s{index:07d}" if index > 1 else ""
        )
        for index, (name, role) in enumerate(roles.items())
    }
    exam = Exam.objects.create(course=course, name="Midterm", created_by=cast["ines"])
    group = Question.objects.create(exam=exam, order=1, number="1", title="Warm-up")
    one = Question.objects.create(
        exam=exam, parent=group, order=2, number="1.1", label="a", title="Add", points=200
    )
    two = Question.objects.create(
        exam=exam, parent=group, order=3, number="1.2", label="b", title="Multiply", points=400
    )
    three = Question.objects.create(exam=exam, order=4, number="2", title="Prove", points=300)
    for page, question in enumerate((one, two, three), start=1):
        Region.objects.create(
            exam=exam,
            kind="question",
            question=question,
            page=page,
            x=0.1,
            y=0.2,
            width=0.8,
            height=0.3,
        )
    items = {
        question.number: [
            Item.objects.create(question=question, text=text, points=points, position=position)
            for position, (text, points) in enumerate(
                [("Correct", 0), ("Slip", -50), ("Wrong", -question.points)]
            )
        ]
        for question in (one, two, three)
    }
    papers = [
        Submission.objects.create(exam=exam, number=number, code_name=name)
        for number, name in enumerate(("kestrel-41", "otter-7", "maple-12"), start=1)
    ]
    answers = {
        (paper.number, question.number): Answer.objects.create(
            submission=paper, question=question, score=question.points
        )
        for paper in papers
        for question in (one, two, three)
    }
    return SimpleNamespace(
        course=course,
        exam=exam,
        members=members,
        group=group,
        questions={"1.1": one, "1.2": two, "2": three},
        items=items,
        papers=papers,
        answers=answers,
        **cast,
    )


@pytest.fixture
def as_(client: Client, world: SimpleNamespace):
    """Sign somebody of the cast in: `as_("gus").get(url)`."""

    def sign_in(name: str) -> Client:
        client.force_login(getattr(world, name))
        return client

    return sign_in


@pytest.fixture
def page(world: SimpleNamespace) -> Page:
    """The first page of the first paper, as it stands after intake (without its files)."""
    upload = Upload.objects.create(
        exam=world.exam, name="batch.pdf", file="x.pdf", size=1, sha256="0" * 64, page_count=3
    )
    return Page.objects.create(
        upload=upload,
        number=1,
        state=Page.State.PLACED,
        submission=world.papers[0],
        template_page=1,
        affine=[1, 0, 0, 0, 1, 0],
    )


@pytest.fixture
def rolled_back():
    """A block whose writes are taken back, so that every hypothesis example starts alike."""

    @contextmanager
    def block() -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return block


@pytest.fixture
def own_files(settings, tmp_path):
    """A storage of this test's own: what it deletes, no test beside it may name in its database.

    It is the folder, for workers that the test starts.
    """
    folder = tmp_path / "files"
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "default": files}
    return folder
