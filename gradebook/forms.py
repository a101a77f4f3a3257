"""The forms of courses, people and exams, and the one that asks for a password link."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm

from gradebook.models import Course, Exam, Membership, Role, User
from gradebook.once import once
from gradebook.roster import LONGEST_SECTION, Row
from gradebook.tables import EMPTY

LETTER = "password letter"


class NamedForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A form of something whose name may be taken already, or at this very moment."""

    def validate_unique(self) -> None:
        # The course is no field of an exam's form, which by itself leaves its constraint out.
        super().validate_unique()
        if not self.errors:
            self._in_words(self.instance.validate_constraints)

    def take(self, save: Callable[[], object] | None = None) -> bool:
        """Save what was sent; return False, with the reason on the form, if the name is taken."""

        def write() -> None:
            with once(self.instance):
                (save or self.save)()

        return self._in_words(write)

    def _in_words(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except forms.ValidationError as error:
            self.add_error("name", error.messages)
            return False
        return True


class CourseForm(NamedForm):
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Dates and times of this course are shown in it."
    )

    class Meta:
        model = Course
        fields = ["name", "term", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs |= {"placeholder": "CS230 Deep Learning"}
        self.fields["term"].widget.attrs |= {"placeholder": "Fall 2026"}
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = _by_region(time_zones())
        if self.instance.pk is None:
            self.initial["time_zone"] = settings.TIME_ZONE


def _by_region(zones: list[str]) -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Return choices: "UTC" and the like first, then places under their part of the world."""
    found: dict[str, list[tuple[str, str]]] = {}
    alone: list[tuple[str, str | list[tuple[str, str]]]] = []
    for zone in zones:
        region, _, place = zone.replace("_", " ").partition("/")
        if place:
            found.setdefault(region, []).append((zone, place))
        else:
            alone.append((zone, region))
    return [*alone, *found.items()]


@cache
def time_zones() -> list[str]:
    """Return places people know ("Europe/Zurich"), not the aliases kept for old machines."""
    places = {name for name in available_timezones() if re.match(r"[A-Z][a-z]+/[A-Z]", name)}
    places -= {name for name in places if name.startswith("Etc/")}
    return ["UTC", *sorted(places | {settings.TIME_ZONE} - {"UTC"})]


class ExamForm(NamedForm):
    class Meta:
        model = Exam
        fields = ["name", "minutes", "scoring"]
        widgets = {"scoring": forms.RadioSelect}
        help_texts = {
            "minutes": "How long students have, if you want it on record.",
            "scoring": "Single questions may differ.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs |= {"placeholder": "Midterm"}
        self.fields["minutes"].widget.attrs |= {"min": 1, "placeholder": "90"}


class RosterForm(forms.Form):
    file = forms.FileField(
        error_messages={
            "required": "Choose a CSV file first.",
            "empty": EMPTY.format(what="roster"),
        }
    )


class PersonForm(forms.Form):
    """One person of a course. An e-mail address, and a name in use, is its owner's to change."""

    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(
        max_length=150, help_text="Somebody with a single name has it here."
    )
    email = forms.EmailField(
        label="E-mail", max_length=254, help_text="They sign in with this address."
    )
    sid = forms.CharField(label="Student ID", max_length=64, required=False)
    role = forms.ChoiceField(choices=Role.choices[::-1])
    sections = forms.CharField(required=False, help_text="Separate several with commas.")

    def __init__(
        self, *args: Any, course: Course, member: Membership | None = None, **kwargs: Any
    ) -> None:
        self.course, self.member = course, member
        if member is not None:
            kwargs["initial"] = _facts(member)
        super().__init__(*args, **kwargs)
        if member is not None:
            del self.fields["email"]
            if not member.user.may_be_named_by(member.course_id):
                del self.fields["first_name"], self.fields["last_name"]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        here = Membership.objects.present().filter(course=self.course, user__email__iexact=email)
        if here.exists():
            raise forms.ValidationError("Somebody with this address is in the course already.")
        return email

    def clean_sections(self) -> tuple[str, ...]:
        parts = map(str.strip, re.split(r"[;,]", self.cleaned_data["sections"]))
        names = tuple(dict.fromkeys(filter(None, parts)))
        if any(len(name) > LONGEST_SECTION for name in names):
            raise forms.ValidationError(f"A section’s name has {LONGEST_SECTION} letters at most.")
        return names

    def row(self) -> Row:
        """Return what was typed as a roster's row."""
        said = self.cleaned_data
        return Row(
            line=1,
            first=said.get("first_name", ""),
            last=said.get("last_name", ""),
            sid=said["sid"],
            email=said.get("email", ""),
            role=Role(said["role"]),
            sections=said["sections"],
        )


def _facts(member: Membership) -> dict[str, Any]:
    return {
        "first_name": member.user.first_name,
        "last_name": member.user.last_name,
        "sid": member.sid,
        "role": member.role,
        "sections": ", ".join(section.name for section in member.sections.all()),
    }


class PasswordLinkForm(PasswordResetForm):
    """Sends the link also to people who never had a password: those a roster brought in.

    The letter leaves from a thread of its own: a page that takes longer for addresses that are
    known would tell which are.
    """

    def get_users(self, email: str) -> Iterator[User]:
        return iter(User.objects.filter(email__iexact=email, is_active=True))

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        send = super().send_mail
        threading.Thread(target=send, args=args, kwargs=kwargs, name=LETTER).start()
