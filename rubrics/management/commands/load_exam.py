from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import CommandError
from django.db import transaction

from gradebook import commands
from gradebook.counted import counted, counted_points
from gradebook.models import Course, Exam
from gradebook.outline import OutlineError
from gradebook.plans import ExamPlan
from rubrics.outline import WouldLose, identified, save_outline
from rubrics.outline_files import read_outline
from submissions.sources import BadUpload
from submissions.template import take_template


class Command(commands.Command):
    help = (
        "Load an exam from an exam file (docs/exam-file.md). The course is made if it is missing;"
        " an exam of that name in it is brought to what the file says."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="the exam file (JSON)")
        parser.add_argument("--course", required=True, help="the course's name")
        parser.add_argument("--term", default="", help="the course's term, as Fall 2026")
        parser.add_argument(
            "--template", type=Path, help="the blank exam (PDF); else the one the file names"
        )
        parser.add_argument(
            "--losing",
            type=int,
            help="how many grades and open requests may go with parts the file does not have",
        )

    def handle(self, **options: Any) -> None:
        file: Path = options["file"]
        plan = _read(file)
        if not plan.name:
            raise CommandError(f"{file}: the exam needs a name: {{“exam”: “Midterm”, …}}.")
        template = options["template"] or _beside(file, plan)
        if template:
            with commands.reading(template):
                template.open("rb").close()
        with transaction.atomic():
            course = _course(options["course"], options["term"])
            exam, created = Exam.objects.get_or_create(course=course, name=plan.name)
        try:
            if template:
                with template.open("rb") as opened:
                    take_template(exam, File(opened), template.name, None)
            self._save(file, exam, created, options["losing"])
        except (OSError, BadUpload, CommandError) as error:
            if created:
                exam.delete()
            if isinstance(error, OSError):
                raise CommandError(f"{template} cannot be taken: {error.strerror}.") from error
            raise CommandError(str(error)) from error

    def _save(self, file: Path, exam: Exam, created: bool, losing: int | None) -> None:
        exam = Exam.objects.get(pk=exam.pk)
        template = getattr(exam, "template", None)
        # Once more, now that the template says how many pages there are.
        plan = _read(file, template.page_count if template else None)
        try:
            saved = save_outline(exam, identified(plan, exam), by=None, losing=losing)
        except WouldLose as error:
            raise CommandError(
                f"{error} Nothing was changed. Say --losing {error.count} to let them go."
            ) from None
        leaves = plan.leaves()
        points = sum(leaf.points or 0 for leaf in leaves)
        unplaced = exam.questions.leaves().filter(regions=None).count()
        text = f"{'Made' if created else 'Changed'} {exam.course}/{exam.name}: "
        text += f"{counted(len(leaves), 'part')}, {counted_points(points)}."
        if unplaced:
            text += f" {unplaced} of them have no region on the template yet."
        data = {"exam": exam.pk, "course": exam.course_id, "created": created}
        self.say(text, data | {"parts": len(leaves), "points": points / 100, **saved._asdict()})


def _read(file: Path, pages: int | None = None) -> ExamPlan:
    try:
        with commands.reading(file), file.open("rb") as opened:
            return read_outline(opened, pages=pages)
    except OutlineError as error:
        told = "\n".join(f"  {problem}" for problem in error.problems)
        raise CommandError(f"{file} needs mending:\n{told}") from None


def _course(name: str, term: str) -> Course:
    """Return the course of that name, made if there is none; a term tells namesakes apart."""
    name, term = name.strip(), term.strip()
    try:
        Course(name=name, term=term).clean_fields()
    except ValidationError as error:
        told = (
            f"--{'course' if field == 'name' else field}: {said[0]}"
            for field, said in error.message_dict.items()
        )
        raise CommandError(" ".join(told)) from None
    namesakes = Course.objects.filter(name=name)
    if term:
        return namesakes.get_or_create(name=name, term=term)[0]
    if namesakes.exists() or any(str(course) == name for course in Course.objects.all()):
        return commands.find_course(name)
    return Course.objects.get_or_create(name=name, term="")[0]


def _beside(file: Path, plan: ExamPlan) -> Path | None:
    """Return the template the file names, if it lies beside it."""
    path = file.parent / Path(plan.template).name
    return path if plan.template and path.is_file() else None
