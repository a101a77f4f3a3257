"""Files that a person sends at once: their pictures are one stack, each other file is by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from django.conf import settings
from django.core.files import File

from gradebook.models import Exam, User
from submissions import stacks
from submissions.intake import check_welcome, take_upload
from submissions.models import Upload
from submissions.sources import HEAD, BadUpload
from submissions.stacks import Member


class Sent(NamedTuple):
    """A file on its way in: its name, with folders if it has some, and how to open it."""

    name: str
    open: Callable[[], AbstractContextManager[File[bytes]]]


@contextmanager
def _rewound(file: File[bytes]) -> Iterator[File[bytes]]:
    file.seek(0)
    yield file


def sent_by_form(file: File[bytes]) -> Sent:
    return Sent(file.name or "scan", partial(_rewound, file))


def sent_from_disk(path: Path, name: str) -> Sent:
    """A file that is opened only while it is read: a thousand at once are too many."""
    return Sent(name, lambda: File(path.open("rb"), name))


class Taken(NamedTuple):
    uploads: list[Upload]
    refused: list[BadUpload]


def take_together(
    exam: Exam, sent: Sequence[Sent], by: User | None, *, again: bool = False
) -> Taken:
    """Take files in as `take_upload` does; one that is refused does not keep the others out."""
    taken = Taken([], [])
    looks = [(one.name, stacks.look(one.name, _head(one))) for one in sent]
    for group in stacks.grouped(looks):
        try:
            if len(group) == 1:
                taken.uploads.append(_take_one(exam, sent[group[0]], by, again))
            else:
                taken.uploads.append(_take_stack(exam, [sent[n] for n in group], by, again))
        except BadUpload as error:
            taken.refused.append(error)
    return taken


def _head(sent: Sent) -> bytes:
    with sent.open() as file:
        return bytes(file.read(HEAD))


def _take_one(exam: Exam, sent: Sent, by: User | None, again: bool) -> Upload:
    with sent.open() as file:
        return take_upload(exam, file, stacks.base_of(sent.name), by, again=again)


def _take_stack(exam: Exam, pictures: Sequence[Sent], by: User | None, again: bool) -> Upload:
    name = stacks.label([stacks.base_of(picture.name) for picture in pictures])
    check_welcome(exam, name, sum(_size(picture) for picture in pictures))
    with NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as out:
        stacks.pack(out, (Member(picture.name, picture.open) for picture in pictures))
        out.flush()
        return take_upload(exam, File(out), name, by, again=again)


def _size(sent: Sent) -> int:
    with sent.open() as file:
        return file.size or 0
