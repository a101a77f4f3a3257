"""Telling students by e-mail: one letter for each released copy and each answer to a request.

A letter is taken by a conditional write before it goes out, and no error that leaves open whether
it went makes it go again by itself: better once and "unclear" than twice. See docs/results.md.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from gradebook.models import Exam, User
from scoring.audience import seen_copies
from scoring.models import Copy, Letter, RegradeReply
from scoring.news import news_of

State = Letter.State
# Pauses before a letter is tried again that the mail server could not take, in seconds.
PAUSES = (60, 300, 1800, 7200, 21_600)
# So long after it was taken, a letter is not being sent any more.
SILENCE = timedelta(minutes=15)

DIED = "The work stopped while it was being sent. It may have arrived."
BROKE_OFF = "The mail server broke off while it was being sent. It may have arrived."
NO_ADDRESS = "This is not an e-mail address."
TAKEN_BACK = "The result was taken back, or a later letter tells of it."
LEFT = "The student left the course."
NOT_REACHED = "The mail server could not be reached."


class Later(Exception):
    """It cannot be sent now, and was not; the text says why."""


class Never(Exception):
    """It was refused for good; the text says why."""


class Unclear(Exception):
    """Nobody knows if it was sent; the text says why."""


# Asking


def write_letters(copies: Iterable[Copy]) -> int:
    """Write a letter for each of these copies that has none; return for how many."""
    pks = [copy.pk for copy in copies]
    rows = Copy.objects.filter(pk__in=pks, letter=None, student__isnull=False)
    letters = [
        Letter(copy_id=pk, address=address)
        for pk, address in rows.order_by("pk").values_list("pk", "student__user__email")
    ]
    # Somebody else may have asked at the same moment.
    return len(Letter.objects.bulk_create(letters, ignore_conflicts=True))


def write_of_reply(reply: RegradeReply) -> Letter | None:
    """Write that a request was answered, in exams whose releases were written of."""
    regrade = reply.regrade
    exam = regrade.submission.exam_id
    if not Letter.objects.filter(copy__submission__exam=exam).exists():
        return None
    return Letter.objects.create(reply=reply, address=regrade.student.user.email)


def of_replies(exam: Exam) -> QuerySet[Letter]:
    """Return the letters that tell of answers to the exam's regrade requests."""
    return Letter.objects.filter(reply__regrade__submission__exam=exam)


def send_again(letters: QuerySet[Letter]) -> int:
    """Let letters that went wrong, or of which nobody knows, wait to be sent; return how many.

    They go to the address the student has now.
    """
    count = 0
    address_now = Coalesce("copy__student__user__email", "reply__regrade__student__user__email")
    for pk, address in stuck(letters).values_list("pk", address_now):
        fresh = {"state": State.QUEUED, "reason": "", "address": address or ""}
        count += stuck(Letter.objects.filter(pk=pk)).update(**fresh)
    return count


def stuck(letters: QuerySet[Letter]) -> QuerySet[Letter]:
    """Return those a person may send again."""
    silent = Q(state=State.SENDING, tried_at__lt=timezone.now() - SILENCE)
    return letters.filter(Q(state__in=Letter.STUCK) | silent)


def counts(letters: QuerySet[Letter]) -> dict[str, int]:
    """Return how many of the letters are in which state."""
    rows = letters.values_list("state")
    return dict(rows.annotate(Count("pk")).order_by())


# Sending


def leave_unclear(letters: Sequence[int]) -> None:
    """Say of letters an earlier attempt took, and did not finish, that nobody knows."""
    taken = Letter.objects.filter(pk__in=letters, state=State.SENDING)
    taken.update(state=State.UNKNOWN, reason=DIED)


def take(pk: int) -> Letter | None:
    """Take a waiting letter to send it; None if somebody else has, or it is called off."""
    waiting = Letter.objects.filter(pk=pk, state=State.QUEUED)
    taken = {"state": State.SENDING, "attempts": F("attempts") + 1, "tried_at": timezone.now()}
    if not waiting.update(**taken):
        return None
    letter = Letter.objects.select_related(
        "copy__release__by",
        "copy__student__user",
        "copy__submission__exam__course",
        "reply__regrade__student__user",
        "reply__regrade__submission__exam__course",
    ).get(pk=pk)
    if not _still_to_tell(letter):
        left = letter.student is not None and letter.student.left_at is not None
        _end(letter, State.CALLED_OFF, LEFT if left else TAKEN_BACK)
        return None
    return letter


def _still_to_tell(letter: Letter) -> bool:
    """Whether the student sees a result of the exam, be it a later one no later letter tells of.

    A release again writes nobody whose result stays; what was to be said before still is.
    """
    copy, student = letter.copy, letter.student
    mine = {"student": student.pk if student else None, "release__exam": letter.exam.pk}
    seen = seen_copies().filter(**mine, student__left_at=None)
    if copy is None:
        return seen.exists()
    later = Letter.objects.filter(**{f"copy__{key}": value for key, value in mine.items()})
    return seen.exists() and not later.filter(copy__gt=copy.pk).exists()


class Post:
    """A connection to the mail server, opened when it is needed, and anew after any trouble."""

    def __init__(self) -> None:
        self._line: Any = None

    def __enter__(self) -> Post:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Raises Later."""
        if self._line is not None:
            return
        line = get_connection()
        try:
            line.open()
        except (OSError, smtplib.SMTPException) as error:
            raise Later(f"{NOT_REACHED} {error}"[:300]) from None
        self._line = line

    def close(self) -> None:
        if self._line is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._line.close()
        self._line = None

    def hand_over(self, mail: EmailMessage) -> None:
        """Send one message. Raises Later, Never, Unclear."""
        mail.connection = self._line
        try:
            _say_no_nonsense(mail)
            mail.send()
        except (smtplib.SMTPException, OSError) as error:
            # A server that refuses may hang up as well; what comes next is not to suffer for it.
            self.close()
            raise _meaning(error) from None


def send(letter: Letter, post: Post) -> str:
    """Send a letter that was taken, and write down how it went.

    Returns "", or why it has to wait: the server could not take it now.
    """
    try:
        post.hand_over(message(letter))
    except Later as problem:
        _end(letter, State.QUEUED, str(problem))
        return str(problem)
    except Never as refusal:
        _end(letter, State.FAILED, str(refusal))
    except Unclear as doubt:
        _end(letter, State.UNKNOWN, str(doubt))
    else:
        _end(letter, State.SENT, "")
    return ""


def _say_no_nonsense(mail: EmailMessage) -> None:
    """Raises Never for what is no address, before a server is asked."""
    try:
        validate_email(mail.to[0])
        mail.message()
    except (ValidationError, ValueError):
        raise Never(NO_ADDRESS) from None


def _meaning(error: smtplib.SMTPException | OSError) -> Later | Never | Unclear:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refusal(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPException) and not isinstance(
        error, smtplib.SMTPServerDisconnected
    ):
        return Never(str(error)[:300])
    return Unclear(BROKE_OFF)


def _refusal(code: int, said: bytes | str) -> Later | Never:
    """Return what a server's answer means: 4xx is for now, 5xx for good (RFC 5321, 4.2.1)."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    words = f"The mail server said: {code} {' '.join(text.split())}"[:300]
    return Never(words) if code >= 500 else Later(words)


def _end(letter: Letter, state: State, reason: str) -> None:
    """Write how it went, unless a person has said otherwise since."""
    sent = {"sent_at": timezone.now()} if state == State.SENT else {}
    mine = Letter.objects.filter(
        pk=letter.pk, attempts=letter.attempts, state__in=[State.SENDING, State.UNKNOWN]
    )
    mine.update(state=state, reason=reason, **sent)


def give_up(letters: Sequence[int], why: str) -> None:
    """Say of letters still waiting that they are tried no more."""
    waiting = Letter.objects.filter(pk__in=letters, state=State.QUEUED)
    waiting.update(state=State.FAILED, reason=why[:300])


def hold(letters: Sequence[int], why: str) -> list[int]:
    """Say of waiting letters why they wait on; return which do."""
    waiting = Letter.objects.filter(pk__in=letters, state=State.QUEUED)
    waiting.update(reason=why)
    return list(waiting.values_list("pk", flat=True))


# What it says


def message(letter: Letter) -> EmailMessage:
    """Return the letter: what is there and where, and nothing of what it says itself."""
    exam, student = letter.exam, letter.student
    said = {
        "student": student.user if student else None,
        "exam": exam,
        "link": settings.SITE_URL.rstrip("/") + reverse("result", args=[exam.pk]),
    }
    if letter.copy:
        said["news"] = news_of(letter.copy)
    by, about, template = _told(letter)
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return EmailMessage(
        subject=" ".join(f"{exam.name}, {exam.course.name}: {about}".split()),
        body=render_to_string(template, said | {"by": by}),
        to=[letter.address],
        reply_to=_reply_to(by),
        headers={
            "Message-ID": f"<letter-{letter.pk}-{letter.attempts}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _told(letter: Letter) -> tuple[User | None, str, str]:
    """Return who signs, what the letter is about, and its template."""
    if letter.copy is None:
        # Who answered is not named: students are not told who graded them.
        return None, "your regrade request", "scoring/letter_reply.txt"
    release = letter.copy.release
    assert release is not None
    return release.by, "your result", "scoring/letter.txt"


def _reply_to(by: User | None) -> list[str]:
    """A student who writes back writes to who released, not to a machine."""
    return [by.email] if by and by.is_active else []
