"""An exam as an archive: its rows as they are at one instant, then the files these name.

Rows get numbers of the archive's own, 1, 2, …, in the order they were made, so an exam gives the
same bytes wherever it lies: what was loaded and is archived again is the same file.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import FileField, Model, QuerySet

from gradebook.models import Exam, User
from scoring.archive.contents import KINDS, Kind, target
from scoring.archive.shapes import exchanged
from scoring.collect import reading
from scoring.copies.zip import CHUNK, Sink
from scoring.models import Archiving

FORMAT = "marginalia-archive"
VERSION = 1
PEOPLE = "gradebook.user"
READ = 1 << 16


class Numbers:
    """The archive's own numbers. What is gone and only remembered gets one after all others."""

    def __init__(self, rows: Callable[[Kind], QuerySet[Model]]) -> None:
        self._of: dict[type[Model], dict[int, int]] = {
            kind.model: {
                pk: number for number, pk in enumerate(rows(kind).values_list("pk", flat=True), 1)
            }
            for kind in KINDS
        }
        self.rows = {model: len(numbers) for model, numbers in self._of.items()}
        self._emails: dict[int, str] = dict(User.objects.values_list("pk", "email"))
        self.people: set[int] = set()

    def __call__(self, model: type[Model], pk: int | None) -> int | str | None:
        """Return a row's number, of a person the e-mail address; None if the person is gone."""
        if pk is None:
            return None
        if model is User:
            self.people.add(pk)
            return self._emails.get(pk)
        numbers = self._of[model]
        return numbers.setdefault(pk, len(numbers) + 1)

    def used(self, model: type[Model]) -> int:
        return len(self._of[model])


class Written:
    """The rows of an exam, read at one instant and written to `file`."""

    def __init__(self, exam: Exam, file: IO[bytes]) -> None:
        self.exam = exam
        self._file = file
        self._spans: list[tuple[str, int]] = []  # name, end
        self.files: set[str] = set()
        with reading():
            self.numbers = self.begin()
            for kind in KINDS:
                self._write(kind.name, self._rows(kind))
            self._write(PEOPLE, self._people())

    # What another kind of archive does otherwise

    def begin(self) -> Numbers:
        """Number the rows, at the instant at which all are read."""
        return Numbers(self.rows_of)

    def rows_of(self, kind: Kind) -> QuerySet[Model]:
        """Return the rows of a kind that are written."""
        return kind.rows(self.exam)

    def altered(self, kind: Kind, pk: int, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row, numbers exchanged, as it is written."""
        return row

    def head(self) -> dict[str, Any]:
        """What stands in archive.json: the format, and how many rows and numbers each model has."""
        numbers = self.numbers
        return {
            "format": FORMAT,
            "version": VERSION,
            "course": str(self.exam.course),
            "exam": self.exam.name,
            "files": len(self.files),
            "rows": {
                kind.name: {"rows": numbers.rows[kind.model], "numbers": numbers.used(kind.model)}
                for kind in KINDS
            },
        }

    def parts(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the name of every model's rows, and their bytes in pieces."""
        start = 0
        for name, end in self._spans:
            yield f"rows/{name}.jsonl", self._pieces(start, end)
            start = end

    def _pieces(self, start: int, end: int) -> Iterator[bytes]:
        self._file.seek(start)
        while start < end and (piece := self._file.read(min(READ, end - start))):
            start += len(piece)
            yield piece

    def _write(self, name: str, rows: Iterator[dict[str, Any]]) -> None:
        for row in rows:
            self._file.write(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        self._spans.append((name, self._file.tell()))

    def _rows(self, kind: Kind) -> Iterator[dict[str, Any]]:
        fields, sets = kind.fields, _sets(kind, self.rows_of(kind))
        named = [one.name for one in fields if isinstance(one, FileField)]
        rows = self.rows_of(kind).values_list("pk", *(one.attname for one in fields))
        for pk, *values in rows.iterator():
            row: dict[str, Any] = {"id": self.numbers(kind.model, pk)}
            for one, value in zip(fields, values, strict=True):
                model = target(kind, one)
                row[one.name] = self.numbers(model, value) if model else _plain(value)
            for name, shape in kind.ids.items():
                row[name] = exchanged(row[name], shape, self.numbers)
            for name, (model, members) in sets.items():
                row[name] = sorted(self.numbers(model, one) for one in members.get(pk, ()))
            row = self.altered(kind, pk, row)
            self.files.update(row[name] for name in named if row[name])
            yield row

    def _people(self) -> Iterator[dict[str, Any]]:
        people = User.objects.filter(pk__in=self.numbers.people)
        for person in sorted(people, key=lambda one: one.email):
            yield {
                "email": person.email,
                "first_name": person.first_name,
                "last_name": person.last_name,
            }


def _sets(kind: Kind, rows: QuerySet[Model]) -> dict[str, tuple[type[Model], dict[int, list[int]]]]:
    """Return the many-to-many fields of all rows: the model they name, and who has which."""
    found = {}
    for one in kind.sets:
        members: dict[int, list[int]] = {}
        pairs = rows.filter(**{f"{one.name}__isnull": False})
        for pk, member in pairs.values_list("pk", one.name):
            members.setdefault(pk, []).append(member)
        found[one.name] = (one.related_model, members)
    return found


def _plain(value: Any) -> Any:
    """Return a column's value as JSON has it: times in UTC, keys as texts."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value


def archived(exam: Exam) -> Iterator[bytes]:
    """Yield the exam's archive in pieces: a ZIP, made while it is sent; the same exam, same bytes.

    Rows are read at one instant before the first piece; nobody waits while files are sent.
    """
    with TemporaryFile() as file:
        yield from packed(Written(exam, file))


def packed(written: Written) -> Iterator[bytes]:
    """Yield the ZIP of written rows, and of the files these name, in pieces."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", allowZip64=True) as archive:  # type: ignore[call-overload]  # only writes
        head = json.dumps(written.head(), indent=1, ensure_ascii=False).encode()
        archive.writestr(_entry("archive.json", zipfile.ZIP_DEFLATED), head)
        for name, pieces in written.parts():
            with archive.open(_entry(name, zipfile.ZIP_DEFLATED), "w") as entry:
                for piece in pieces:
                    entry.write(piece)
                    yield sink.take()
        for stored in sorted(written.files):
            info = _entry(f"files/{stored}", zipfile.ZIP_STORED)
            with default_storage.open(stored, "rb") as scan, archive.open(info, "w") as entry:
                while piece := scan.read(CHUNK):
                    entry.write(piece)
                    yield sink.take()
    yield sink.take()


def taken(exam: Exam, *, by: User | None) -> Generator[bytes, None, None]:
    """Yield the archive, and note that it was taken once the last piece is."""
    size = 0
    for piece in archived(exam):
        size += len(piece)
        yield piece
    # The exam may be gone by now; nobody needs to know then.
    if Exam.objects.filter(pk=exam.pk).exists():
        Archiving.objects.create(exam=exam, by=by, size=size)


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # dated 1980, as every archive
    info.compress_type = method
    info.external_attr = 0o644 << 16
    return info
