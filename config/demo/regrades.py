"""What students of the quiz ask: three requests, one of them answered."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from gradebook.models import Exam, User
from scoring import regrades
from scoring.grafting import leaves
from scoring.models import Copy, Regrade
from scoring.regrade_windows import set_window, window_of
from scoring.results import from_json

OPEN_FOR = timedelta(days=14)
WHY = (
    "My second line says what the solution says, only in other words. Could you look again?",
    "The last step is on the back of the page. It may have been overlooked.",
    "I crossed out the first attempt; the one below it is meant to count.",
)
REPLY = (
    "I looked again: the idea is there, but the step that the points are for is missing. It stays."
)


def ask_for_regrades(exam: Exam, *, by: User) -> None:
    """Open a window and let three students ask about a part that cost them points."""
    if window_of(exam) is not None:
        return
    set_window(exam, timezone.now(), timezone.now() + OPEN_FOR, by=by)
    asked: list[Regrade] = []
    copies = Copy.objects.standing().filter(release__exam=exam)
    for copy in copies.select_related("release").order_by("submission__number"):
        parts = leaves(from_json(copy.result).questions)
        lost = [
            part.number for part in parts if part.score is not None and part.score < part.points
        ]
        if lost and len(asked) < len(WHY):
            asked.append(regrades.ask(copy, lost[0], WHY[len(asked)]))
    if asked:
        regrades.reply(asked[0], REPLY, change=False, by=by)
