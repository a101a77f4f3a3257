"""Large files that come in parts: a connection that drops loses one part, not a gigabyte.

    begin -> put, part by part, in any order, each as often as one likes -> finish

Whoever chooses the same file again goes on where it stopped. Parts nobody came back for go after
some days, and with the file they were parts of.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import IO, NamedTuple, cast

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from gradebook.files import keep
from gradebook.models import Exam, User
from submissions.intake import LONGEST_NAME, check_welcome, said_to_be_here, take_upload
from submissions.models import Delivery, Part, Upload
from submissions.sources import BadUpload, HereAlready

PART_BYTES = 8 << 20  # a worker of the web holds one in memory while it arrives
MOST = 10  # a person's unfinished ones on an exam; the oldest gives way
KEEP = timedelta(days=3)
LEASE = timedelta(minutes=2)  # for reading one part


class WrongPart(Exception):
    """A part that is none of this file's, in words for who wrote the script."""


class Busy(Exception):
    """Another request takes this very file in: ask once more in a moment."""

    def __init__(self) -> None:
        super().__init__("This file is being taken in at this moment. Ask once more.")


class Gone(Exception):
    """Another request let the file go, or it was refused when that one took it in."""

    def __init__(self) -> None:
        super().__init__("What came of this file was let go meanwhile. Send it anew.")


class Unfinished(NamedTuple):
    delivery: Delivery
    percent: int


def part_count(delivery: Delivery) -> int:
    return -(-delivery.size // PART_BYTES)


def part_size(delivery: Delivery, number: int) -> int:
    """Return how many bytes part `number`, from 0, must have. Raises WrongPart."""
    if number >= part_count(delivery):
        raise WrongPart(f"This file has parts 0 to {part_count(delivery) - 1}.")
    return min(PART_BYTES, delivery.size - number * PART_BYTES)


def missing(delivery: Delivery) -> list[int]:
    here = set(delivery.parts.values_list("number", flat=True))
    return [number for number in range(part_count(delivery)) if number not in here]


def begin(
    exam: Exam, by: User, name: str, size: int, modified: int, *, again: bool = False
) -> Delivery:
    """Return the delivery of this person's file, a new one or the one that was broken off.

    Raises BadUpload for what cannot be taken whatever it holds, and HereAlready, unless `again`,
    for a file that this person sent to its end before.
    """
    name = name[-LONGEST_NAME:]
    check_welcome(exam, name, size)
    delivery, _ = Delivery.objects.select_related("upload").get_or_create(
        exam=exam, sent_by=by, name=name, size=size, modified=modified
    )
    if delivery.upload is not None:
        if not (again or delivery.upload.problem):
            raise HereAlready(said_to_be_here(delivery.upload, name))
        delivery.delete()
        return begin(exam, by, name, size, modified, again=again)
    for old in unfinished(exam, by).exclude(pk=delivery.pk).reverse()[MOST - 1 :]:
        with suppress(Busy):
            discard(old)
    return delivery


def put(delivery: Delivery, number: int, stream: IO[bytes]) -> None:
    """Keep a part; one that is here already, or whose file is, is left as it is.

    Raises WrongPart, and Gone when the delivery was discarded meanwhile.
    """
    wanted = part_size(delivery, number)
    if delivery.upload_id is not None:
        return
    data = stream.read(wanted + 1)
    if len(data) != wanted:
        raise WrongPart(
            f"Part {number} of this file has {wanted:,} bytes, not {len(data):,}. "
            "Send it whole, with its Content-Length."
        )
    kept = keep("parts", data, ".part")
    with transaction.atomic():
        # Held until the row stands: a file without one goes with what nothing refers to.
        held = Delivery.objects.select_for_update().filter(pk=delivery.pk).first()
        if held is None:
            raise Gone
        if held.upload_id is None:
            held.parts.get_or_create(number=number, defaults={"file": kept.name})


def finish(delivery: Delivery, *, again: bool = False) -> Upload:
    """Take the whole file in, once.

    Raises WrongPart while parts are missing, Busy while another request does it, Gone when one
    discarded it, and BadUpload.
    """
    if not _claimed(delivery):
        # Whoever lost the answer asks again, and is told what the first request made of it.
        return _made_by_another(delivery)
    try:
        return _take(delivery, again)
    except BadUpload as error:
        # Who is asked whether they want it once more shall not send it all once more.
        if not isinstance(error, HereAlready):
            _let_go(delivery)
        raise
    finally:
        _mine(delivery).update(taken_until=None)


def _claimed(delivery: Delivery) -> bool:
    """Make the delivery this request's, if it is nobody's."""
    free = Q(taken_until=None) | Q(taken_until__lt=timezone.now())
    delivery.taken_until = timezone.now() + LEASE
    there = Delivery.objects.filter(free, pk=delivery.pk, upload=None)
    return there.update(taken_until=delivery.taken_until) == 1


def _mine(delivery: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=delivery.pk, taken_until=delivery.taken_until)


def _made_by_another(delivery: Delivery) -> Upload:
    """Return what another request made of the file. Raises Busy, or Gone when that let it go."""
    found = Delivery.objects.select_related("upload").filter(pk=delivery.pk).first()
    if found is None:
        raise Gone
    if found.upload is None:
        raise Busy
    return found.upload


def _keep_on(delivery: Delivery) -> None:
    """Have the delivery for another while. Raises Busy or Gone when it is not ours any more."""
    until = timezone.now() + LEASE
    if not _mine(delivery).update(taken_until=until):
        _made_by_another(delivery)
        raise Busy
    delivery.taken_until = until


def _take(delivery: Delivery, again: bool) -> Upload:
    parts = list(delivery.parts.all())
    if len(parts) < part_count(delivery):
        raise WrongPart(f"{part_count(delivery) - len(parts)} parts are missing.")
    names = [str(part.file.name) for part in parts]
    joined = Joined(names, partial(_keep_on, delivery))
    file: File[bytes] = File(cast("IO[bytes]", joined), delivery.name)
    file.size = delivery.size
    try:
        upload = take_upload(delivery.exam, file, delivery.name, delivery.sent_by, again=again)
    except FileNotFoundError:
        # Somebody tidied up by hand: what is gone has to come once more.
        _forget_lost(parts)
        raise WrongPart("Some parts got lost. Send those that are missing.") from None
    _mine(delivery).update(upload=upload)
    _drop(parts)
    return upload


def discard(delivery: Delivery) -> None:
    """Let a delivery go with all that came of it. Safe to repeat.

    Raises Busy while a request takes it in: that one reads the parts, and makes an upload of them.
    """
    with transaction.atomic():
        # Held, so that nobody begins to take it in, or adds a part, before it is gone.
        held = Delivery.objects.select_for_update().filter(pk=delivery.pk).first()
        if held is None:
            return
        if held.upload_id is None and held.taken_until and held.taken_until > timezone.now():
            raise Busy
        names = _forget(held.parts.all())
        held.delete()
    _delete(names)


def _let_go(delivery: Delivery) -> None:
    """Discard a delivery that is this request's own."""
    _mine(delivery).update(taken_until=None)
    with suppress(Busy):
        discard(delivery)


def discard_old() -> int:
    """Discard what nobody came back for, and forget what arrived; return how many.

    Whoever sends a part has come back: the newest counts.
    """
    newest = Coalesce(Max("parts__arrived_at"), "started_at")
    gone = 0
    for delivery in Delivery.objects.annotate(newest=newest).filter(
        newest__lt=timezone.now() - KEEP
    ):
        with suppress(Busy):
            discard(delivery)
            gone += 1
    return gone


def unfinished(exam: Exam, by: User) -> QuerySet[Delivery]:
    return Delivery.objects.filter(exam=exam, sent_by=by, upload=None)


def unfinished_rows(exam: Exam, by: User) -> list[Unfinished]:
    """Return a person's files that were broken off, and how much of each is here."""
    rows = unfinished(exam, by).annotate(here=Count("parts"))
    return [Unfinished(row, 100 * row.here // part_count(row)) for row in rows]


def _drop(parts: Sequence[Part]) -> None:
    """Delete parts and their files."""
    with transaction.atomic():
        names = _forget(parts)
    _delete(names)


def _forget(parts: Iterable[Part]) -> set[str]:
    """Delete the rows of parts; return the files that are now a part of no delivery."""
    gone = {part.pk: str(part.file.name) for part in parts}
    names = set(gone.values())
    Part.objects.filter(pk__in=list(gone)).delete()
    return names - set(Part.objects.filter(file__in=names).values_list("file", flat=True))


def _delete(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _forget_lost(parts: Sequence[Part]) -> None:
    lost = [part.pk for part in parts if not default_storage.exists(str(part.file.name))]
    Part.objects.filter(pk__in=lost).delete()


class Joined(io.RawIOBase):
    """Stored files read as one, from the start, one open at a time; `each` is called before one
    is opened, and at the end."""

    def __init__(self, names: Sequence[str], each: Callable[[], None]) -> None:
        self._names = names
        self._each = each
        self._next = 0
        self._open: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset or whence:
            raise io.UnsupportedOperation("It is read from its start.")
        self._shut()
        self._next = 0
        return 0

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer will do
        while True:
            if self._open is None:
                self._each()
                if self._next == len(self._names):
                    return 0
                self._open = default_storage.open(self._names[self._next], "rb")
                self._next += 1
            if piece := self._open.read(len(buffer)):
                buffer[: len(piece)] = piece
                return len(piece)
            self._shut()

    def close(self) -> None:
        self._shut()
        super().close()

    def _shut(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            with suppress(OSError):
                opened.close()
