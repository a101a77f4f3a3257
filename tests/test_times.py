"""Every page says times by the course's clocks."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gradebook.models import Course, Membership
from scoring import release as verbs
from scoring.models import Copy, Release
from submissions.models import Match, Upload

ROOT = Path(__file__).parent.parent
# In Tokyo it is the third already, 05:06.
AT = datetime(2026, 11, 2, 20, 6, tzinfo=UTC)


@pytest.fixture
def tokyo(world):
    """An exam of a course in Tokyo: a file, a release, one taken back, a student who left."""
    Course.objects.update(time_zone="Asia/Tokyo")
    exam, ines = world.exam, world.ines
    Upload.objects.create(
        exam=exam, name="a.pdf", file="a", size=1, sha256="1" * 64, uploaded_at=AT, formed_at=AT
    )
    Match.objects.create(
        exam=exam, submission=world.papers[0], membership=world.members["sam"], confirmed_at=AT
    )
    verbs.release(exam, by=ines)
    Release.objects.update(at=AT)
    Release.objects.create(exam=exam, at=AT, by=ines, taken_back_at=AT, taken_back_by=ines)
    Membership.objects.filter(user=world.nia).update(left_at=AT)
    return world


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("sam", "/copies/{copy}/", "Released 3 November 2026, 05:06"),
        ("ines", "/", "Released 3 November 2026"),
        ("ines", "/courses/{course}/", "Released 3 November 2026"),
        ("ines", "/members/{nia}/", "Left on 3 November 2026"),
        ("ines", "/exams/{exam}/", "3 Nov, 05:06"),
        ("ines", "/exams/{exam}/scans/", "3 Nov, 05:06"),
        ("ines", "/exams/{exam}/scans/progress/", "3 Nov, 05:06"),
        ("ines", "/exams/{exam}/copies/", "frozen since 3 Nov, 05:06"),
        ("ines", "/exams/{exam}/release/", "3 November 2026, 05:06 (JST)"),
        ("ines", "/exams/{exam}/release/", "released 3 Nov, 05:06 by Ines Instructor"),
    ],
)
def test_a_page_says_times_as_the_course_s_clocks_show_them(as_, tokyo, name, address, said):
    where = address.format(
        exam=tokyo.exam.pk,
        course=tokyo.course.pk,
        nia=tokyo.members["nia"].pk,
        copy=Copy.objects.exclude(release=None).get().pk,
    )

    text = " ".join(as_(name).get(where).text.split())

    assert said in text
    assert "20:06" not in text


def test_templates_say_a_time_in_one_way_only():
    others = re.compile(
        r"\|\s*(?:date|time|timezone|localtime|utc|timesince|timeuntil)\b|\{%\s*now\b"
    )

    wrong = [
        f"{page.relative_to(ROOT)}: {found[0]}"
        for page in sorted((ROOT / "templates").rglob("*.html"))
        for found in others.finditer(page.read_text())
    ]

    assert wrong == []


def test_only_a_course_turns_a_moment_to_its_clocks():
    apps = ("config", "jobs", "gradebook", "submissions", "rubrics", "scoring")
    using = [
        str(file.relative_to(ROOT))
        for app in apps
        for file in sorted((ROOT / app).rglob("*.py"))
        if "ZoneInfo(" in file.read_text()
    ]

    assert using == ["gradebook/models/course.py"]


def test_a_moment_is_written_in_one_way_only():
    """A day and an hour without a year: by `Course.moment`, in pages and in answers alike."""
    own = re.compile(r"%[bB]\b[^\n]*%H|j [MF], H:i")
    apps = ("config", "jobs", "gradebook", "submissions", "rubrics", "scoring", "templates")
    writing = [
        str(file.relative_to(ROOT))
        for app in apps
        for kind in ("*.py", "*.html")
        for file in sorted((ROOT / app).rglob(kind))
        if own.search(file.read_text())
    ]

    assert writing == ["gradebook/models/course.py"]
