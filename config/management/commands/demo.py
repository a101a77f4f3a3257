from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config.demo import people, story


class Command(BaseCommand):
    help = "Fill the database with an invented course: a midterm being graded, a quiz that is out."

    def handle(self, **options: Any) -> str:
        story.tell(lambda step: self.stdout.write(f"  {step}"))
        logins = [
            ("instructor", people.INSTRUCTOR),
            ("grader", people.GRADERS[0]),
            ("student", people.AVERY),
        ]
        lines = [f"  {role:<12}{person.email}" for role, person in logins]
        return "\n".join(
            ["", "Sign in as", *lines, f"  all with the password {story.PASSWORD}", ""]
        )
