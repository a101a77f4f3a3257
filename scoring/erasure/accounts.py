"""A person's account, which goes with the last course they stand in."""

from __future__ import annotations

import json

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session

from gradebook.models import User


def remove_unless_needed(user: User) -> bool:
    """Delete an account that stands in no course any more, and where it signed in from.

    The person who runs the site keeps theirs.
    """
    if user.is_superuser or user.memberships.exists():
        return False
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(username__iexact=user.email).delete()
    _forget_sessions(user)
    user.delete()
    return True


def _forget_sessions(user: User) -> None:
    """Delete their sessions, and rosters with their address that wait to be confirmed."""
    mine = []
    for session in Session.objects.iterator():
        data = session.get_decoded()
        owner = data.get("_auth_user_id")
        waits = owner is None and user.email.lower() in json.dumps(data, default=str).lower()
        if owner == str(user.pk) or waits:
            mine.append(session.pk)
    Session.objects.filter(pk__in=mine).delete()
