"""Who joins, changes and leaves when a roster is taken over. Planned first, then carried out.

People are found by e-mail address, in whatever case. A name somebody uses already is kept: they,
or another course, wrote it first; only who never signed in and stands nowhere else is renamed.
Who leaves keeps what they did; coming back finds it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from gradebook.models import Course, Membership, Role, Section, User
from gradebook.roster import Row

BATCH = 500


class Change(NamedTuple):
    """One thing that differs: which, as it is, as the roster has it."""

    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking a roster over would do to a course."""

    joins: tuple[Row, ...]
    changes: tuple[tuple[Row, tuple[Change, ...]], ...]
    leaves: tuple[Membership, ...]
    same: int
    problems: tuple[str, ...]

    @property
    def nothing_to_do(self) -> bool:
        return not (self.joins or self.changes or self.leaves)


class Refused(Exception):
    """The roster cannot be taken over as it is; `problems` say why."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def plan(course: Course, rows: Sequence[Row], *, leave: bool) -> Plan:
    """Compare a roster with the course. With `leave`, students it does not name leave."""
    members = _members(course)
    named = {row.email.lower() for row in rows}
    known = _known_elsewhere(course, [member.user for member in members.values()])
    joins: list[Row] = []
    changes: list[tuple[Row, tuple[Change, ...]]] = []
    same = 0
    for row in rows:
        member = members.get(row.email.lower())
        if member is None or member.left_at is not None:
            joins.append(row)
        elif differences := _differences(member, row, member.user_id not in known):
            changes.append((row, differences))
        else:
            same += 1
    leaves = [
        member
        for email, member in members.items()
        if leave and member.left_at is None and member.role == Role.STUDENT and email not in named
    ]
    problems = _problems(members, rows)
    return Plan(tuple(joins), tuple(changes), tuple(leaves), same, tuple(problems))


def _members(course: Course) -> dict[str, Membership]:
    members = Membership.objects.filter(course=course).select_related("user")
    return {m.user.email.lower(): m for m in members.prefetch_related("sections")}


def _differences(member: Membership, row: Row, may_name: bool) -> tuple[Change, ...]:
    pairs = [
        ("student ID", member.sid, row.sid or member.sid),
        ("role", Role(member.role).label, row.role.label),
        (
            "sections",
            ", ".join(sorted(section.name for section in member.sections.all())),
            ", ".join(sorted(row.sections)),
        ),
    ]
    if may_name:
        pairs.insert(0, ("name", str(member.user), f"{row.first} {row.last}".strip()))
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


def _problems(members: dict[str, Membership], rows: Sequence[Row]) -> Iterable[str]:
    """Say what the file alone cannot know: IDs of others here, and courses left untaught."""
    holds = {email: member.sid for email, member in members.items()}
    lines = {row.email.lower(): f"Line {row.line}: " for row in rows}
    holds |= {row.email.lower(): row.sid for row in rows if row.sid}
    taken: dict[str, str] = {}
    # Those the file does not name come first: theirs is the ID already.
    for email in sorted(holds, key=lambda email: email in lines):
        sid = holds[email]
        if sid and sid in taken:
            yield f"{lines.get(email, '')}{sid} is the student ID of {taken[sid]} here."
        taken.setdefault(sid, email)
    taken_over = {row.email.lower(): row for row in rows}
    teaching = [e for e, m in members.items() if m.role == Role.INSTRUCTOR and not m.left_at]
    roles = [taken_over[email].role if email in taken_over else None for email in teaching]
    staying = any(role in {None, Role.INSTRUCTOR} for role in roles)
    joining = any(row.role == Role.INSTRUCTOR for row in rows)
    if teaching and not staying and not joining:
        yield "This would leave the course without an instructor."


def carry_out(course: Course, rows: Sequence[Row], *, leave: bool) -> Plan:
    """Take a roster over, all of it or nothing; return what was done. Safe to repeat."""
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        done = plan(course, rows, leave=leave)
        if done.problems:
            raise Refused(done.problems)
        touched = [*done.joins, *(row for row, _ in done.changes)]
        users = _people(course, touched)
        _free_sids(course, touched, users)
        _seat(course, touched, users)
        left = [member.pk for member in done.leaves]
        Membership.objects.filter(pk__in=left).update(left_at=timezone.now())
        return done


def _people(course: Course, rows: Sequence[Row]) -> dict[str, User]:
    """Return the users of these rows by e-mail, made where there are none, named where unused."""
    users = _found(rows)
    # In one order for everybody: two courses that let the same people in never wait in a ring.
    new = [row for row in rows if row.email.lower() not in users]
    new.sort(key=lambda row: row.email.lower())
    made = [_stranger(row) for row in new]
    # Another course may have let somebody in meanwhile: then theirs is the account.
    User.objects.bulk_create(made, batch_size=BATCH, ignore_conflicts=True)
    users |= _found(new)
    renamed, known = [], _known_elsewhere(course, users.values())
    for row in rows:
        user = users[row.email.lower()]
        if user.pk not in known and (user.first_name, user.last_name) != (row.first, row.last):
            user.first_name, user.last_name = row.first, row.last
            renamed.append(user)
    User.objects.bulk_update(renamed, ["first_name", "last_name"], batch_size=BATCH)
    return users


def _found(rows: Sequence[Row]) -> dict[str, User]:
    """Return those of the rows' people who have an account, by e-mail."""
    users: dict[str, User] = {}
    for start in range(0, len(rows), BATCH):
        emails = [row.email.lower() for row in rows[start : start + BATCH]]
        found = User.objects.annotate(lower=Lower("email")).filter(lower__in=emails)
        users.update({user.email.lower(): user for user in found})
    return users


def _known_elsewhere(course: Course, users: Iterable[User]) -> set[int]:
    """Return whose names are not this course's to write: they signed in, or stand in another.

    Whoever may make a course could otherwise rename people of every other one.
    """
    people = list(users)
    known = {user.pk for user in people if user.last_login is not None}
    for start in range(0, len(people), BATCH):
        others = Membership.objects.filter(user__in=people[start : start + BATCH])
        known.update(others.exclude(course=course).values_list("user_id", flat=True))
    return known


def _stranger(row: Row) -> User:
    user = User(email=row.email, first_name=row.first, last_name=row.last)
    user.set_unusable_password()
    return user


def _free_sids(course: Course, rows: Sequence[Row], users: dict[str, User]) -> None:
    """Let two people exchange student IDs: each is taken away before it is given."""
    given = [users[row.email.lower()].pk for row in rows if row.sid]
    Membership.objects.filter(course=course, user__in=given).update(sid="")


def _seat(course: Course, rows: Sequence[Row], users: dict[str, User]) -> None:
    kept = {m.user_id: m for m in Membership.objects.filter(course=course)}
    new: list[Membership] = []
    changed: list[Membership] = []
    for row in rows:
        user = users[row.email.lower()]
        member = kept.get(user.pk) or Membership(course=course, user=user)
        member.role, member.left_at = row.role, None
        member.sid = row.sid or member.sid
        (changed if member.pk else new).append(member)
    Membership.objects.bulk_create(new, batch_size=BATCH)
    Membership.objects.bulk_update(changed, ["role", "left_at", "sid"], batch_size=BATCH)
    seated = {member.user_id: member for member in (*new, *changed)}
    _group(course, {seated[users[row.email.lower()].pk]: row.sections for row in rows})


def _group(course: Course, wanted: dict[Membership, tuple[str, ...]]) -> None:
    """Put members into exactly these sections, made where they do not exist."""
    names = {name for sections in wanted.values() for name in sections}
    Section.objects.bulk_create(
        [Section(course=course, name=name) for name in sorted(names)], ignore_conflicts=True
    )
    sections = {section.name: section for section in Section.objects.filter(course=course)}
    through = Membership.sections.through
    pks = [member.pk for member in wanted]
    for start in range(0, len(pks), BATCH):
        through.objects.filter(membership_id__in=pks[start : start + BATCH]).delete()
    through.objects.bulk_create(
        [
            through(membership_id=member.pk, section_id=sections[name].pk)
            for member, sections_of in wanted.items()
            for name in dict.fromkeys(sections_of)
        ],
        batch_size=BATCH,
    )
