"""An archive for research: the same exam and scores, and nobody can be told from it.

People are pseudonyms drawn for this one archive, which nobody can compute again. Of the scans
only those pictures are in it that graders may see who must not see names.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import uuid4

from django.db.models import Model, QuerySet

from gradebook import models as gradebook
from gradebook.models import Exam, Membership
from rubrics import models as rubrics
from rubrics.models import Entry
from scoring import models as scoring
from scoring.archive.contents import Kind
from scoring.archive.writing import Numbers, Written, packed
from submissions import models as submissions
from submissions.covers import hidden_rects
from submissions.models import Page
from submissions.pictures import file_of, lies_surely

# Who wrote, as it was read, printed, doubted or put right; and what was frozen with names in it.
NAMING = frozenset(
    {
        gradebook.Section,
        submissions.Crop,
        submissions.Photograph,
        submissions.NameCheck,
        submissions.Denial,
        submissions.Reading,
        submissions.PrintRun,
        submissions.PrintedPaper,
        submissions.Repair,
        submissions.LookAgain,
        scoring.Copy,
        scoring.Viewing,
    }
)
# What people wrote about each other's work.
WORDS = frozenset({rubrics.Comment, rubrics.Note, scoring.Regrade, scoring.RegradeReply})
DRAWN = ("box", "item")  # ink that is no writing
# Lines of the history that hold no words about anybody.
WORDLESS = (
    Entry.Verb.APPLIED,
    Entry.Verb.LIFTED,
    Entry.Verb.ADJUSTED,
    Entry.Verb.GRADED,
    Entry.Verb.UNGRADED,
    Entry.Verb.FLAGGED,
    Entry.Verb.UNFLAGGED,
    Entry.Verb.ADDED_ITEM,
    Entry.Verb.CHANGED_ITEM,
    Entry.Verb.REMOVED_ITEM,
    Entry.Verb.RESTORED_ITEM,
    Entry.Verb.ADDED_GROUP,
    Entry.Verb.CHANGED_GROUP,
    Entry.Verb.REMOVED_GROUP,
    Entry.Verb.CHANGED_QUESTION,
    Entry.Verb.CHANGED_EXAM,
    Entry.Verb.RELEASED,
    Entry.Verb.TOOK_BACK,
)


class Pseudonyms(Numbers):
    """Numbers in which people are pseudonyms, and members stand in an order drawn by chance.

    A roster is loaded by name, so the order alone would say who is who.
    """

    def begin(self) -> None:
        self._emails = {pk: f"p{secrets.token_hex(8)}@anonymous.invalid" for pk in self._emails}
        numbers = self._of[Membership]
        drawn = list(numbers.values())
        random.SystemRandom().shuffle(drawn)
        self._of[Membership] = dict(zip(numbers, drawn, strict=True))

    def people_said(self) -> Iterator[dict[str, Any]]:
        """Yield everyone who is named by a row, as a person to load."""
        for email in sorted(self._emails[pk] for pk in self.people if pk in self._emails):
            yield {"email": email, "first_name": "Person", "last_name": email.partition("@")[0]}


class Anonymous(Written):
    """The rows of an exam without who wrote; with `words`, with what was said about them."""

    def __init__(self, exam: Exam, file: IO[bytes], *, words: bool) -> None:
        self.words = words
        self.pictures: dict[int, str] = {}  # by page
        self.left_out = 0
        super().__init__(exam, file)

    def begin(self) -> Numbers:
        self._find_pictures()
        numbers = Pseudonyms(self.rows_of)
        numbers.begin()
        return numbers

    def head(self) -> dict[str, Any]:
        """The head of every archive, and what is not in this one."""
        said = {"anonymous": True, "words": self.words, "pictures_left_out": self.left_out}
        return super().head() | said

    def rows_of(self, kind: Kind) -> QuerySet[Model]:
        rows = super().rows_of(kind)
        if kind.model in NAMING or (kind.model in WORDS and not self.words):
            return rows.none()
        if kind.model is Entry and not self.words:
            return rows.filter(verb__in=WORDLESS)
        if kind.model is rubrics.Annotation and not self.words:
            return rows.filter(kind__in=DRAWN)
        return rows

    def altered(self, kind: Kind, pk: int, row: dict[str, Any]) -> dict[str, Any]:
        alter = _ALTER.get(kind.model)
        return row | alter(self, pk, row) if alter else row

    def _rows(self, kind: Kind) -> Iterator[dict[str, Any]]:
        rows = super()._rows(kind)
        return iter(sorted(rows, key=lambda row: row["id"])) if kind.model is Membership else rows

    def _people(self) -> Iterator[dict[str, Any]]:
        assert isinstance(self.numbers, Pseudonyms)
        return self.numbers.people_said()

    def _find_pictures(self) -> None:
        """Note of each page of a paper what may be seen of it: its covered picture, or nothing."""
        hidden = hidden_rects(self.exam.pk)
        pages = Page.objects.filter(upload__exam=self.exam, submission__isnull=False)
        seen = pages.filter(state__in=[Page.State.PLACED, Page.State.EXTRA])
        for page in seen.exclude(preview="").select_related("upload", "name_check").iterator():
            sure = lies_surely(page) and page.template_page is not None
            name = file_of(page, "preview", names=False, hidden=hidden) if sure else ""
            if name:
                self.pictures[page.pk] = name
            else:
                self.left_out += 1


def _member(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    since = one.exam.course.created_at.isoformat()
    left = since if row["left_at"] else None
    return {"sid": "", "sections": [], "joined_at": since, "left_at": left}


def _paper(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    return {"code_name": f"paper-{secrets.token_hex(6)}"}


def _upload(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"scans-{row['id']}",
        "file": "",
        "sha256": secrets.token_hex(32),
        "warnings": [],
        "problem": "",
    }


def _page(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    seen = one.pictures.get(pk, "")
    gone = dict.fromkeys(("sheet", "image", "sha256", "reason", "code", "code_by"), "")
    covered = seen if row["covered"] else ""
    return gone | {"preview": seen, "thumbnail": seen, "covered": covered, "printed": None}


def _release(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    return {"sections": []}


def _entry(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    after = row["after"] or {}
    if row["verb"] == Entry.Verb.PASSED_REGRADE and after.get("name"):
        return {"after": after | {"name": "a grader"}}
    if row["verb"] in (Entry.Verb.RELEASED, Entry.Verb.TOOK_BACK):
        # To which sections is left out.
        return {"after": {"release": after.get("release")}}
    return {}


def _annotation(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    return _keyed(one, pk, row) | ({} if one.words else {"text": ""})


def _keyed(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    return {"key": str(uuid4())}  # so that it loads beside the exam it was made of


def _regrade(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    return {"copy": None}


def _reply(one: Anonymous, pk: int, row: dict[str, Any]) -> dict[str, Any]:
    return {"earlier": None}


_ALTER = {
    Membership: _member,
    submissions.Submission: _paper,
    submissions.Upload: _upload,
    Page: _page,
    rubrics.Annotation: _annotation,
    rubrics.Batch: _keyed,
    Entry: _entry,
    scoring.Release: _release,
    scoring.Regrade: _regrade,
    scoring.RegradeReply: _reply,
}


def anonymous(exam: Exam, *, words: bool = False) -> Iterator[bytes]:
    """Yield the exam's archive without names, in pieces; another one each time."""
    with TemporaryFile() as file:
        yield from packed(Anonymous(exam, file, words=words))
