"""The invented course: who teaches it, who grades, who sits the exam.

Nobody here exists. Two names differ by a letter, some carry accents, one is long: what a roster
does to the reading of names.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

COURSE = "CS230 Deep Learning"
TERM = "Fall 2026"
SECTIONS = ("Section 1", "Section 2")


@dataclass(frozen=True)
class Person:
    """One line of the roster. `role` is instructor, grader or student; staff have no SID."""

    first: str
    last: str
    sid: str
    email: str
    role: str = "student"
    section: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def _student(first: str, last: str, sid: str, mailbox: str, section: int) -> Person:
    return Person(first, last, sid, f"{mailbox}@example.edu", "student", SECTIONS[section - 1])


def _staff(first: str, last: str, mailbox: str, role: str) -> Person:
    return Person(first, last, "", f"{mailbox}@example.edu", role)


INSTRUCTOR = _staff("Mira", "Keller", "mira.keller", "instructor")
GRADERS = (
    _staff("Tom", "Okafor", "tom.okafor", "grader"),
    _staff("Lena", "Brandt", "lena.brandt", "grader"),
    _staff("Ravi", "Menon", "ravi.menon", "grader"),
)
AVERY = _student("Avery", "Rhodes", "s0412873", "avery.rhodes", 1)
STUDENTS = (
    _student("Amira", "Haddad", "s0417731", "amira.haddad", 1),
    _student("Beatriz", "Núñez", "s0419064", "beatriz.nunez", 2),
    _student("Callum", "Fraser", "s0410582", "callum.fraser", 1),
    AVERY,
    _student("Chen", "Wei", "s0413369", "wei.chen", 2),
    _student("Daniel", "Sato", "s0415520", "daniel.sato", 1),
    _student("Daniel", "Saito", "s0415502", "daniel.saito", 2),
    _student("Elif", "Yildiz", "s0411947", "elif.yildiz", 1),
    _student("Farid", "Mansour", "s0418215", "farid.mansour", 2),
    _student("Grace", "Mwangi", "s0416678", "grace.mwangi", 1),
    _student("Hanna", "Björk", "s0414106", "hanna.bjork", 2),
    _student("Isaac", "Levin", "s0412390", "isaac.levin", 1),
    _student("Jiaying", "Zhao", "s0419853", "jiaying.zhao", 2),
    _student("Kwame", "Asante", "s0410274", "kwame.asante", 1),
    _student("Lucía", "Ferreira", "s0417049", "lucia.ferreira", 2),
    _student("Maximilian Alexander", "Hohenberger-Castellanos", "s0413815", "max.hohenberger", 1),
    _student("Noor", "Al-Rashid", "s0418692", "noor.alrashid", 2),
    _student("Oliver", "Whitcombe", "s0411163", "oliver.whitcombe", 1),
    _student("Priya", "Raman", "s0416437", "priya.raman", 2),
    _student("Renée", "Dubois", "s0414759", "renee.dubois", 1),
    _student("Sofia", "Lindqvist", "s0412046", "sofia.lindqvist", 2),
    _student("Tariq", "Benali", "s0419328", "tariq.benali", 1),
    _student("Xinyi", "Liu", "s0415981", "xinyi.liu", 2),
    _student("Zoë", "van der Meer", "s0410637", "zoe.vandermeer", 1),
)
# On the roster, but not in the room: the demo has one paper fewer than students.
ABSENT = next(person for person in STUDENTS if person.sid == "s0418692")


def roster_csv() -> str:
    """The whole course in the roster's own layout, staff first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("First Name", "Last Name", "SID", "Email", "Role", "Section"))
    for person in (INSTRUCTOR, *GRADERS, *STUDENTS):
        writer.writerow(
            (person.first, person.last, person.sid, person.email, person.role, person.section)
        )
    return text.getvalue()
