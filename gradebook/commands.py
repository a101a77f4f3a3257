"""What management commands share: finding things by the names people use, and `--json`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gradebook.models import Course, Exam, User
from gradebook.sent import storable


def find_course(text: str) -> Course:
    """Return the course with this number or name ("CS230", or "CS230 · Fall 2026").

    Raises CommandError, in words, for none or several.
    """
    courses = list(Course.objects.all())
    found = [course for course in courses if text in (str(course.pk), course.name, str(course))]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(
            f"Several courses are called “{text}”: {_list(found)}. Give the number before it."
        )
    if not courses:
        raise CommandError("There is no course yet.")
    raise CommandError(f"There is no course “{text}”. There are: {_list(courses)}.")


def find_exam(text: str) -> Exam:
    """Return the exam with this number, "Course/Exam name", or name if only one has it.

    Raises CommandError, in words, for none or several.
    """
    exams = list(Exam.objects.select_related("course").order_by("pk"))
    found = [exam for exam in exams if text in _names(exam)]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(
            f"Several exams are called “{text}”: {_list(found)}. Give the number before it."
        )
    if not exams:
        raise CommandError("There is no exam yet.")
    raise CommandError(f"There is no exam “{text}”. There are: {_list(exams)}.")


def _names(exam: Exam) -> set[str]:
    course = exam.course
    return {
        str(exam.pk),
        exam.name,
        f"{course.name}/{exam.name}",
        f"{course}/{exam.name}",
        f"{course.pk}/{exam.name}",
    }


def _list(rows: list[Course] | list[Exam]) -> str:
    """Return up to ten rows as "7 CS230 · Fall 2026/Midterm, …"."""
    names = [
        f"{row.pk} {row.course}/{row.name}" if isinstance(row, Exam) else f"{row.pk} {row}"
        for row in rows[:10]
    ]
    return ", ".join(names) + (", …" if len(rows) > 10 else "")


def find_person(email: str) -> User | None:
    """Return who has the e-mail address, None for an empty one. Raises CommandError for nobody."""
    person = User.objects.filter(email__iexact=email).first() if email else None
    if email and person is None:
        raise CommandError(f"Nobody here has the e-mail address {email}.")
    return person


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what hinders reading a file into a sentence."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what hinders writing a file or into a folder into a sentence."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None


def try_to_write(path: Path) -> None:
    """Raise CommandError if no file can be written there: before long work, not after it."""
    with writing(path):
        new = not path.exists()
        path.open("ab").close()
        if new:
            path.unlink()


def printable(text: object) -> str:
    """Return a text, a file name say, in characters that any terminal and database takes."""
    return str(text).encode("utf-8", "backslashreplace").decode()


class Command(BaseCommand):
    """A command that says one sentence, or one JSON object with `--json`.

    Subclasses do their work in `handle` and end with `self.say(text, data)`; those with arguments
    of their own call `super().add_arguments(parser)`.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="say what was done as JSON, for scripts"
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        self._as_json = bool(options.get("json"))
        for name, value in options.items():
            if isinstance(value, str) and not storable(value):
                raise CommandError(f"“{printable(value)}” ({name}) is not a text in UTF-8.")
        return super().execute(*args, **options)

    def say(self, text: str, data: dict[str, Any]) -> None:
        """Print the sentence, or the data if `--json` was asked for."""
        if self._as_json:
            text = json.dumps(data, ensure_ascii=False, default=str)
        self.stdout.write(printable(text))
