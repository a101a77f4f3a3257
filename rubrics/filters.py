"""Some of the answers to a question: which, and the words for it. Kept in the address of a page.

Filter.read(request.GET, question, names=True).of(question.answers.all())
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet

from gradebook.models import Membership, Question, Role, Section, User
from gradebook.points import hundredths, points_text
from gradebook.sent import number, storable
from rubrics.judges import stands_by
from rubrics.models import Comment, Mark, Note
from submissions.models import Answer

LONGEST = 100
GRADED = {"yes": True, "no": False}
FLAG = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """What answers must have to be shown. None or empty: it does not matter.

    `low` and `high` bound the score of graded answers, in hundredths, both included.
    """

    item: int | None = None
    low: int | None = None
    high: int | None = None
    grader: int | None = None
    section: int | None = None
    graded: bool | None = None
    flag: bool | None = None
    text: str = ""

    @classmethod
    def read(cls, told: Mapping[str, str], question: Question, *, names: bool) -> Filter:
        """Return what an address asks for; what cannot be meant is left out.

        So is an item of another question, who grades nothing here, and, without `names`, a
        section: a small one would tell whose papers are in it.
        """
        item = number(told.get("item"))
        grader, section = number(told.get("grader")), number(told.get("section"))
        course = question.exam.course_id
        if item and not question.items.offered().filter(pk=item).exists():
            item = None
        if grader and not staff(course).filter(user=grader).exists():
            grader = None
        if section and not (names and Section.objects.filter(course=course, pk=section).exists()):
            section = None
        return cls(
            item=item,
            low=_points(told.get("low")),
            high=_points(told.get("high")),
            grader=grader,
            section=section,
            graded=GRADED.get(told.get("graded", "")),
            flag=FLAG.get(told.get("flag", "")),
            text=_text(told.get("text", "")),
        )

    def of(self, answers: QuerySet[Answer]) -> QuerySet[Answer]:
        if self.item:
            answers = answers.filter(_has(Mark, item=self.item))
        if self.low is not None:
            answers = answers.filter(graded=True, score__gte=self.low)
        if self.high is not None:
            answers = answers.filter(graded=True, score__lte=self.high)
        if self.grader:
            answers = answers.filter(stands_by(self.grader))
        if self.section:
            answers = answers.filter(submission__match__membership__sections=self.section)
        if self.graded is not None:
            answers = answers.filter(graded=self.graded)
        if self.flag is not None:
            answers = answers.filter(flag__isnull=not self.flag)
        if self.text:
            words = [_has(model, text__icontains=self.text) for model in (Comment, Note)]
            answers = answers.filter(words[0] | words[1])
        return answers

    @property
    def query(self) -> str:
        """Return it as an address holds it, "" for all answers."""
        switch = {True: "yes", False: "no", None: ""}
        told = {
            "item": self.item,
            "low": "" if self.low is None else _plain(self.low),
            "high": "" if self.high is None else _plain(self.high),
            "grader": self.grader,
            "section": self.section,
            "graded": switch[self.graded],
            "flag": switch[self.flag],
            "text": self.text,
        }
        return urlencode({name: value for name, value in told.items() if value})

    def __bool__(self) -> bool:
        return bool(self.query)

    def words(self, question: Question) -> str:
        """Return what it asks for in words for a person, "" for all answers."""
        said = [
            {True: "graded", False: "not graded"}.get(self.graded, ""),  # type: ignore[arg-type]
            {True: "flagged", False: "not flagged"}.get(self.flag, ""),  # type: ignore[arg-type]
            self._item_words(question),
            self._range_words(),
            self._by_words(),
            self._section_words(),
            f"words “{self.text}”" if self.text else "",
        ]
        return ", ".join(filter(None, said))

    def _item_words(self, question: Question) -> str:
        item = question.items.filter(pk=self.item).first() if self.item else None
        return f"with “{_short(str(item))}”" if item else ""

    def _range_words(self) -> str:
        if self.low is None and self.high is None:
            return ""
        if self.low is not None and self.high is not None:
            return f"score {points_text(self.low)} to {points_text(self.high)}"
        bound = "from" if self.high is None else "up to"
        return f"score {bound} {points_text(self.low if self.high is None else self.high)}"

    def _by_words(self) -> str:
        by = User.objects.filter(pk=self.grader).first() if self.grader else None
        return f"graded by {by}" if by else ""

    def _section_words(self) -> str:
        section = Section.objects.filter(pk=self.section).first() if self.section else None
        return f"section {section.name}" if section else ""


ALL = Filter()


def staff(course: int) -> QuerySet[Membership]:
    """Return who grades, or did, in a course."""
    graders = Membership.objects.filter(course=course, role__in=[Role.GRADER, Role.INSTRUCTOR])
    return graders.select_related("user").order_by("user__last_name", "user__first_name", "pk")


def _has(model: type[Mark | Comment | Note], **which: object) -> Exists:
    return Exists(model._default_manager.filter(answer=OuterRef("pk"), **which))


def _text(told: str) -> str:
    return told.strip()[:LONGEST] if storable(told) else ""


def _points(told: str | None) -> int | None:
    try:
        return hundredths(told) if told else None
    except ValueError:
        return None


def _plain(points: int) -> str:
    return points_text(points).replace("\N{MINUS SIGN}", "-")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
