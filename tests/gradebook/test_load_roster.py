from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from gradebook.models import Membership, User

CSV = "Name,Email,SID\nSam Student,sam@example.edu,s0000002\nNoor New,noor@example.edu,s9\n"


@pytest.fixture
def run(world, tmp_path):
    def load(text, *options):
        file = tmp_path / "roster.csv"
        file.write_text(text)
        out = io.StringIO()
        call_command("load_roster", world.course.name, str(file), *options, stdout=out)
        return out.getvalue().strip()

    return load


def test_a_roster_is_taken_over_and_said_in_a_sentence(run, world):
    assert run(CSV) == f"{world.course}: 1 joined, 0 changed, 0 left, 1 unchanged"
    assert Membership.objects.filter(user__email="noor@example.edu", left_at=None).exists()
    assert Membership.objects.get(user=world.nia).left_at is None


def test_scripts_get_json_and_may_let_people_leave(run, world):
    assert json.loads(run(CSV, "--leave", "--json"))["left"] == 1
    assert Membership.objects.get(user=world.nia).left_at is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CSV + "X,nowhere,\n", "Line 4: “nowhere” is not an e-mail address"),
        (CSV + "X,x@example.edu,s0000003\n", "is the student ID of nia@example.edu"),
    ],
)
def test_a_bad_roster_writes_nothing(run, text, words):
    with pytest.raises(CommandError, match="Nothing was written") as error:
        run(text)

    assert words in str(error.value)
    assert not User.objects.filter(email="noor@example.edu").exists()


def test_a_missing_file_is_said(world):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("load_roster", world.course.name, "/nowhere.csv")
