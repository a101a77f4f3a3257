"""Regrade requests: asked, passed on, withdrawn, answered. Each verb is one transaction.

Whatever is done to a request holds its row, so of two who come at once the second finds what the
first did and is told. See docs/results.md.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from gradebook.locks import share_question
from gradebook.models import Question, User
from gradebook.once import once
from gradebook.points import points_text
from gradebook.sent import storable
from rubrics.models import Entry
from scoring.asking import ask_for_letter
from scoring.letters import write_of_reply
from scoring.models import Copy, Regrade, RegradeReply, Release
from scoring.models.regrade import LONGEST
from scoring.refreezing import CannotShow, Frozen, differs, frozen_of, show_anew
from scoring.regrade_windows import Asking, asking, is_closed, put_to, window_of, words
from submissions.models import Answer

VERBS = (
    Entry.Verb.ASKED_REGRADE,
    Entry.Verb.WITHDREW_REGRADE,
    Entry.Verb.PASSED_REGRADE,
    Entry.Verb.ANSWERED_REGRADE,
    Entry.Verb.SET_REGRADES,
)
NO_REASON = "Say why: what should be looked at again?"
NO_REPLY = "Write to the student what you found."
CLOSED = "This part is closed for regrade requests."
NEVER = "Regrades of this exam cannot be asked for."
ASKED = "You have asked about this part already. Your first request stands."
WITHDRAWN = "The student withdrew this request. Nothing was sent."
REMOVED = "This part was removed from the exam."
ANSWERED = "Your request was answered already, so it cannot be withdrawn."
HIDDEN = (
    "The student sees no result of this part now. Reply without a change: a new score shows with "
    "the next release."
)
KEPT = "You answered in these words already, without a change. Nothing more was shown."


class Refused(Exception):
    """Nothing was done; the text says why, to a person."""


class Unsaid(Refused):
    """The words that were sent are none, or too many."""


def question_of(release: Release, number: str) -> Question | None:
    """Return the question a number stood for when the release was frozen, if it is there still."""
    leaves = Question.objects.leaves().filter(exam=release.exam_id)
    if release.parts:
        return leaves.filter(pk=release.parts.get(number)).first()
    return leaves.filter(number=number).first()


def ask(copy: Copy, number: str, reason: str) -> Regrade:
    """Ask for a regrade of one part of a released copy, for its student.

    The same words sent twice ask once. Raises Refused where that may not be, or not now.
    """
    text = _words(reason, NO_REASON)
    assert copy.release is not None
    question = question_of(copy.release, number)
    answers = Answer.objects.select_related("question__exam__course")
    with transaction.atomic():
        if question is not None:
            # An outline that is being saved counts who asked before it takes a part away.
            share_question(question.pk)
        answer = answers.filter(submission=copy.submission_id, question=question).first()
        if answer is None:
            raise Refused(REMOVED)
        if there := _standing(answer, copy, text):
            return there
        _check_open(answer.question)
        return _write(answer, copy, number, text)


def _write(answer: Answer, copy: Copy, number: str, text: str) -> Regrade:
    assert copy.student_id is not None
    made = Regrade(
        answer=answer,
        submission_id=answer.submission_id,
        number=number,
        student_id=copy.student_id,
        copy=copy,
        reason=text,
    )
    made.grader = put_to(answer)
    try:
        with once(made):
            made.save()
    except ValidationError:
        # The same form, sent once more at the same moment, was quicker.
        if there := _standing(answer, copy, text):
            return there
        raise
    _note(made, Entry.Verb.ASKED_REGRADE, None, {"text": text})
    return made


def _standing(answer: Answer, copy: Copy, text: str) -> Regrade | None:
    asked = Regrade.objects.filter(answer=answer, student=copy.student_id, withdrawn_at=None)
    there = asked.first()
    if there is not None and there.reason != text:
        raise Refused(ASKED)
    return there


def _check_open(question: Question) -> None:
    exam = question.exam
    window = window_of(exam)
    if asking(window, timezone.now()) is not Asking.NOW:
        raise Refused(words(exam, window) or NEVER)
    if is_closed(question):
        raise Refused(CLOSED)


def withdraw(regrade: Regrade) -> None:
    """Take a request back, for its student; once more changes nothing. Raises Refused."""
    with transaction.atomic():
        held = Regrade.objects.select_for_update().get(pk=regrade.pk)
        if held.withdrawn_at is not None:
            return
        if RegradeReply.objects.filter(regrade=held).exists():
            raise Refused(ANSWERED)
        _check_there(held)
        held.withdrawn_at = timezone.now()
        held.save(update_fields=["withdrawn_at"])
        _note(held, Entry.Verb.WITHDREW_REGRADE, None, {})


def pass_on(regrade: Regrade, grader: User | None, *, by: User) -> None:
    """Put an open request to another grader, or with None to all. Raises Refused."""
    with transaction.atomic():
        held = Regrade.objects.select_for_update().get(pk=regrade.pk)
        if held.grader_id == (grader.pk if grader else None):
            return
        if not held.is_open:
            raise Refused("This request is not open any more.")
        before, held.grader = held.grader_id, grader
        held.save(update_fields=["grader"])
        after = {"grader": grader.pk, "name": str(grader)} if grader else {"grader": None}
        _note(held, Entry.Verb.PASSED_REGRADE, by, after, {"grader": before})


def reply(
    regrade: Regrade, text: str, *, change: bool, seen: int | None = None, by: User
) -> RegradeReply:
    """Answer a request; with `change` the student sees the grading as it stands now, at once.

    `seen` is the score in hundredths that its person had in front, None for not graded. The same
    words sent twice by one person answer once. Raises Refused when somebody was quicker.
    """
    said = _words(text, NO_REPLY)
    with transaction.atomic():
        answer = _hold(regrade)
        held = Regrade.objects.select_for_update().get(pk=regrade.pk)
        there = _replied(held, said, by)
        if answer is None and there is None:
            raise Refused(REMOVED)
        frozen = frozen_of(held)
        if there is not None:
            if change and answer and frozen and not there.changed and differs(frozen, answer):
                raise Refused(KEPT)
            return there
        assert answer is not None
        facts = _changed(frozen, answer, seen) if change else _kept(frozen)
        made = RegradeReply.objects.create(regrade=held, text=said, by=by, **facts)
        told = {"changed": made.changed, "before": made.before, "after": made.after}
        _note(held, Entry.Verb.ANSWERED_REGRADE, by, {"text": said, **told})
        if letter := write_of_reply(made):
            ask_for_letter(letter, by=by)
    return made


def _check_there(held: Regrade) -> None:
    if held.answer_id is None:
        raise Refused(REMOVED)


def _hold(regrade: Regrade) -> Answer | None:
    """Keep clicks on the answer and edits of its rubric off until this transaction ends.

    None if its part was removed.
    """
    found = Answer.objects.filter(pk=regrade.answer_id or 0).first()
    if found is None:
        return None
    share_question(found.question_id)
    Answer.objects.select_for_update().filter(pk=found.pk).first()
    answers = Answer.objects.select_related("question__exam__course", "submission")
    return answers.filter(pk=found.pk).first()


def _replied(held: Regrade, text: str, by: User) -> RegradeReply | None:
    """Return the person's own reply in the same words; raise Refused if it is too late."""
    if held.withdrawn_at is not None:
        raise Refused(WITHDRAWN)
    there = RegradeReply.objects.select_related("by").filter(regrade=held).first()
    if there is not None and (there.by_id, there.text) != (by.pk, text):
        raise Refused(f"{there.by or 'Somebody'} answered this request already: “{there.text}”")
    return there


def _kept(frozen: Frozen | None) -> dict[str, Any]:
    score = frozen.part.score if frozen else None
    return {"changed": False, "before": score, "after": score}


def _changed(frozen: Frozen | None, answer: Answer, seen: int | None) -> dict[str, Any]:
    if frozen is None:
        raise Refused(HIDDEN)
    now = answer.score if answer.graded else None
    if now != seen:
        raise Refused(
            f"The score changed while you wrote: it is {points_text(now)} now. "
            "Look at it, then reply."
        )
    try:
        if not show_anew(frozen, answer):
            return _kept(frozen)
    except CannotShow as problem:
        raise Refused(str(problem)) from None
    earlier = frozen.copy.result
    return {"changed": True, "before": frozen.part.score, "after": now, "earlier": earlier}


def _words(text: str, missing: str) -> str:
    """Return what was typed as it is kept. Browsers count the end of a line as one character."""
    said = text.replace("\r\n", "\n").strip()
    if not said:
        raise Unsaid(missing)
    if not storable(said):
        raise Unsaid("There is a character in it that cannot be kept.")
    if len(said) > LONGEST:
        raise Unsaid(f"At most {LONGEST:,} characters, please: this has {len(said):,}.")
    return said


def _note(
    regrade: Regrade,
    verb: Entry.Verb,
    by: User | None,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    assert regrade.answer is not None
    question = regrade.answer.question
    Entry.objects.create(
        exam_id=question.exam_id,
        answer_id=regrade.answer_id,
        question_id=question.pk,
        verb=verb,
        by=by,
        before=before,
        after={"regrade": regrade.pk, **after},
    )
