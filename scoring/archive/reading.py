"""An archive back into rows and files: all of it or nothing.

What an archive says is not believed: files must have the content their names promise, rows the
columns of this version, numbers must be of rows there are, scores must follow from the marks.
"""

from __future__ import annotations

import json
import lzma
import random
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import F, FileField, Model, Q

from gradebook.files import keep_file
from gradebook.models import Course, Exam, User
from gradebook.sent import storable
from rubrics.scores import mismatches
from scoring.archive.contents import KINDS, Kind, target
from scoring.archive.shapes import exchanged
from scoring.archive.wellformed import malformed
from scoring.archive.writing import FORMAT, PEOPLE, VERSION
from scoring.models import Copy
from scoring.results import from_json
from submissions.models import PrintRun
from submissions.page_codes import FIRST_RUN, LAST_RUN

FILE = re.compile(r"files/(([a-z-]+)/[0-9a-f]{2}/[0-9a-f]{64}(\.[a-z0-9]{1,8}))")
LONGEST_ROW = 16 << 20  # bytes
MOST_ROWS = 5_000_000  # of all kinds together; numbers are taken before rows are read
LARGEST_FILE = 2 << 30  # bytes
MOST_TIMES = 50  # what is scanned is packed already
BATCH, BATCH_BYTES = 500, 32 << 20
CHUNK = 1 << 20
# What a damaged ZIP makes its readers say; of one that seems encrypted it is a RuntimeError.
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, EOFError)


class BadArchive(Exception):
    """Nothing was loaded; the text says why, to a person."""


def load(path: Path, *, course: str = "") -> Exam:
    """Load an archive as a course of its own with this exam; `course` names it otherwise.

    People are found by their e-mail address, or made without a password. Raises BadArchive, and
    OSError if the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            head = _head(archive)
            _store_files(archive, head)
            with transaction.atomic():
                return _Loader(archive, head).load(course)
    except BROKEN as error:
        raise BadArchive(f"This is no whole archive: {error}.") from None
    except (DatabaseError, OverflowError) as error:
        raise BadArchive(f"The archive contradicts itself or what is here: {error}") from None


def _head(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        with archive.open("archive.json") as file:
            head = json.loads(file.read(CHUNK))
    except (KeyError, ValueError):
        raise BadArchive("This is no archive of Marginalia: it has no archive.json.") from None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise BadArchive("This is no archive of Marginalia.")
    if head.get("version") != VERSION:
        raise BadArchive(
            f"This archive is of version {head.get('version')}; version {VERSION} is read here."
        )
    rows = head.get("rows")
    counts = list(rows.values()) if isinstance(rows, dict) else [None]
    numbers = [one.get("numbers") if isinstance(one, dict) else None for one in counts]
    if not all(map(_count, numbers)):
        raise BadArchive("archive.json does not say how many rows there are.")
    if sum(filter(None, numbers)) > MOST_ROWS:
        raise BadArchive(f"It has more than {MOST_ROWS:,} rows, and is no archive of an exam.")
    return head


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_ROWS


# Files


def _store_files(archive: zipfile.ZipFile, head: Mapping[str, Any]) -> None:
    """Keep every file under its content's name; what no row comes to name is pruned some day."""
    names = [info for info in archive.infolist() if info.filename.startswith("files/")]
    if len(names) != head.get("files"):
        raise BadArchive(f"{head.get('files')} files should be in it, {len(names)} are.")
    if sum(info.file_size for info in names) > MOST_TIMES * sum(one.compress_size for one in names):
        raise BadArchive("Its files unpack to far more than scans do.")
    for info in names:
        found = FILE.fullmatch(info.filename)
        if found is None or info.file_size > LARGEST_FILE:
            raise BadArchive(f"{info.filename[:200]} is no file of an exam.")
        name, folder, suffix = found.groups()
        with TemporaryFile() as whole:
            _unpack(archive, info, whole)
            if keep_file(folder, whole, suffix).name != name:
                raise BadArchive(f"{name} does not hold what its name promises: it was changed.")


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, into: IO[bytes]) -> None:
    left = info.file_size
    with archive.open(info) as file:
        while piece := file.read(CHUNK):
            left -= len(piece)
            if left < 0:
                raise BadArchive(f"{info.filename} is larger than it says.")
            into.write(piece)


# Rows


class _Loader:
    """Rows of one archive on their way into the database, in one transaction."""

    def __init__(self, archive: zipfile.ZipFile, head: Mapping[str, Any]) -> None:
        self.archive = archive
        self.numbers: dict[type[Model], Sequence[int]] = {
            kind.model: reserve(kind.model, head["rows"].get(kind.name, {}).get("numbers", 0))
            for kind in KINDS
        }
        self.files = {info.filename[len("files/") :] for info in archive.infolist()}
        self.people: dict[str, int] = {}

    def load(self, course: str) -> Exam:
        self._load_people()
        for kind in KINDS:
            self._load_kind(kind, course)
        exams = Exam.objects.filter(pk__in=self.numbers[Exam])
        if len(exams) != 1:
            raise BadArchive(f"An archive holds one exam; this one holds {len(exams)}.")
        if _tangled(exams[0]):
            raise BadArchive("A question is said to be a part of one that does not come before it.")
        if wrong := mismatches(exams[0].pk):
            raise BadArchive(f"{len(wrong)} scores do not follow from the marks beside them.")
        return exams[0]

    def _load_people(self) -> None:
        for number, row, _ in self._lines(PEOPLE):
            if row.keys() != {"email", "first_name", "last_name"}:
                raise BadArchive(f"{PEOPLE}, line {number}: not the columns of a person.")
            person = User.objects.filter(email__iexact=row["email"]).first()
            if person is None:
                person = User(**row)
                person.set_unusable_password()
                self._clean(person, PEOPLE, number, ())
                person.save()
            self.people[row["email"]] = person.pk

    def _load_kind(self, kind: Kind, course: str) -> None:
        for batch in self._batches(kind.name):
            rows = [self._row(kind, number, row) for number, row in batch]
            for row in rows:
                _fit(row, course)
            kind.model._base_manager.bulk_create(rows)
            self._join_sets(kind, [row for _, row in batch])

    def _row(self, kind: Kind, number: int, row: dict[str, Any]) -> Model:
        """Return a row as a model of this database. Raises BadArchive, naming the line."""
        fields = {one.name: one for one in kind.fields}
        if row.keys() != {"id", *fields, *(one.name for one in kind.sets)}:
            raise BadArchive(f"{kind.name}, line {number}: not the columns of this version.")
        if odd := malformed(kind.model, row):
            raise BadArchive(f"{kind.name}, line {number}: {odd} is not as it has to be.")
        if not all(isinstance(row[one.name], list) for one in kind.sets):
            raise BadArchive(f"{kind.name}, line {number}: not the columns of this version.")
        values: dict[str, Any] = {"pk": self._exchange(kind.model, row["id"])}
        for name, one in fields.items():
            value = row[name]
            if isinstance(one, FileField) and value and str(value) not in self.files:
                raise BadArchive(f"{kind.name}, line {number}: its file is not in the archive.")
            model = target(kind, one)
            values[one.attname] = self._exchange(model, value) if model else value
        try:
            for name, shape in kind.ids.items():
                values[name] = exchanged(values[name], shape, self._exchange)
        except (AttributeError, TypeError, ValueError):
            raise BadArchive(f"{kind.name}, line {number}: its facts cannot be read.") from None
        made = kind.model(**values)
        linked = [one.name for one in fields.values() if target(kind, one)]
        self._clean(made, kind.name, number, linked)
        return made

    def _clean(self, row: Model, name: str, number: int, linked: Sequence[str]) -> None:
        try:
            row.clean_fields(exclude=linked)
            if isinstance(row, Copy):
                from_json(row.result)
        except (ValidationError, ValueError, TypeError) as error:
            said = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise BadArchive(f"{name}, line {number}: {said}") from None

    def _join_sets(self, kind: Kind, rows: Iterable[dict[str, Any]]) -> None:
        for one in kind.sets:
            through = one.remote_field.through
            here, there = one.m2m_column_name(), one.m2m_reverse_name()
            through._base_manager.bulk_create(
                through(
                    **{
                        here: self._exchange(kind.model, row["id"]),
                        there: self._exchange(one.related_model, member),
                    }
                )
                for row in rows
                for member in row[one.name]
            )

    def _exchange(self, model: type[Model], number: Any) -> int | None:
        """Return the primary key here of a number, or of a person's e-mail address."""
        if number is None:
            return None
        if model is User:
            if not isinstance(number, str) or number not in self.people:
                raise BadArchive(f"{str(number)[:200]} did something, but is not among its people.")
            return self.people[number]
        numbers = self.numbers[model]
        if type(number) is not int or not 1 <= number <= len(numbers):
            raise BadArchive(f"It names a {model._meta.verbose_name} {number!r:.50} it lacks.")
        return numbers[number - 1]

    def _batches(self, name: str) -> Iterator[list[tuple[int, dict[str, Any]]]]:
        """Yield the lines of a model's file, by number, some at a time and no more than fit."""
        batch, size = [], 0
        for number, row, length in self._lines(name):
            batch.append((number, row))
            size += length
            if len(batch) == BATCH or size > BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _lines(self, name: str) -> Iterator[tuple[int, dict[str, Any], int]]:
        """Yield the number, content and length in bytes of each line of a model's file."""
        try:
            file = self.archive.open(f"rows/{name}.jsonl")
        except KeyError:
            raise BadArchive(f"It has no rows/{name}.jsonl.") from None
        with file:
            number = 0
            while line := file.readline(LONGEST_ROW + 1):
                number += 1
                yield number, _object(line, f"{name}, line {number}"), len(line)


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line, parse_constant=_no_number) if len(line) <= LONGEST_ROW else None
    except (ValueError, RecursionError):
        row = None
    # What cannot be stored is always escaped, and our own rows escape next to nothing.
    if not isinstance(row, dict) or (b"\\u" in line and not all(map(storable, _texts(row)))):
        raise BadArchive(f"{where}: no row of an archive.")
    return row


def _no_number(name: str) -> None:
    raise ValueError(name)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _texts(one)


def _tangled(exam: Exam) -> bool:
    """Whether a question is its own part, by however many steps, or one of another exam."""
    parts = exam.questions.filter(parent__isnull=False)
    return parts.filter(~Q(parent__exam=exam.pk) | Q(parent__order__gte=F("order"))).exists()


def _fit(row: Model, course: str) -> None:
    """Give a row what must be otherwise beside what is here already."""
    if isinstance(row, Course):
        row.name = course or row.name
        if row.time_zone not in available_timezones():
            raise BadArchive(f"Its course is in no time zone: “{row.time_zone[:50]}”.")
        if Course.objects.filter(name=row.name, term=row.term).exists():
            raise BadArchive(f"There is a course {row} here already. Give this one another name.")
    while isinstance(row, PrintRun) and PrintRun.objects.filter(code=row.code).exists():
        # Papers printed with it are in already; only ones scanned later would not be known.
        row.code = random.SystemRandom().randint(FIRST_RUN, LAST_RUN)


def reserve(model: type[Model], count: int) -> Sequence[int]:
    """Take `count` primary keys of a table, so that nobody else gets them."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, count],
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        last = cast(int, found[0]) if found else 0
        cursor.execute(
            "UPDATE sqlite_sequence SET seq = %s WHERE name = %s"
            if found
            else "INSERT INTO sqlite_sequence (seq, name) VALUES (%s, %s)",
            [last + count, table],
        )
        return range(last + 1, last + count + 1)
