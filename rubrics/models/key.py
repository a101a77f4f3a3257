from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gradebook.models import User

# What can be rebound: the acts of static/js/grading/acts.js, which has their keys and words.
# fmt: off
ACTS = frozenset([
    *(f"{what}-{number}" for what in ("item", "choice") for number in range(1, 11)),
    "find", "comment", "adjust", "flag", "note", "history", "add", "up", "down", "looked",
    "next", "previous", "following", "question-before", "question-after", "undo", "redo", "help",
    "page-before", "page-after", "larger", "smaller", "fit", "pan",
    "pen", "text", "box", "pin", "colour", "erase",
])
# fmt: on


class Key(models.Model):
    """The key a person gave to an act of the grading page; empty: switched off.

    Inside an open group of items keys choose, so an act "choice-…" may share its key with one
    outside.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="keys")
    act = models.CharField(max_length=40)
    key = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["act"]
        constraints = [
            models.UniqueConstraint(fields=["person", "act"], name="an_act_has_one_key_a_person"),
            models.UniqueConstraint(
                fields=["person", "key"],
                condition=~Q(key="") & ~Q(act__startswith="choice-"),
                name="a_key_does_one_thing",
            ),
            models.UniqueConstraint(
                fields=["person", "key"],
                condition=Q(act__startswith="choice-") & ~Q(key=""),
                name="a_key_chooses_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act}: {self.key or 'off'}"


def keys_of(person: User) -> dict[str, str]:
    """Return what the person rebound: act to key, "" where it is switched off."""
    return dict(Key.objects.filter(person=person).values_list("act", "key"))
