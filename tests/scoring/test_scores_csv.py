from __future__ import annotations

import csv
import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from gradebook.models import Membership, Section
from rubrics.grading import adjust, apply
from scoring.exports.scores import lines
from scoring.models import Viewing
from scoring.release import release, take_back
from submissions.models import Match


@pytest.fixture
def graded(world):
    """Sam's paper is wholly graded; Nia has none; paper 2 has no student."""
    Match.objects.create(
        exam=world.exam, submission=world.papers[0], membership=world.members["sam"]
    )
    apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)
    apply(world.items["1.2"][0], world.answers[1, "1.2"], by=world.gus)
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    adjust(world.answers[1, "2"], -25, version=0, by=world.gus)
    return world


def rows(exam):
    return list(csv.reader(io.StringIO("".join(lines(exam)), newline="")))


def test_the_header_is_the_one_scripts_expect(graded):
    assert ",".join(rows(graded.exam)[0]) == (
        "First Name,Last Name,SID,Email,Sections,Total Score,Max Points,Status,Submission ID,"
        "Submission Time,Lateness (H:M:S),View Count,Submission Count,"
        "1.1: Add (2.0 pts),1.2: Multiply (4.0 pts),2: Prove (3.0 pts)"
    )


def test_an_untitled_part_is_named_by_its_number(graded):
    question = graded.questions["2"]
    question.title, question.points = "", 275
    question.save()

    assert rows(graded.exam)[0][-1] == "2 (2.75 pts)"


def test_everyone_on_the_roster_has_a_row(graded):
    sam = Section.objects.create(course=graded.course, name="A")
    graded.members["sam"].sections.add(sam)

    _, nia, row = rows(graded.exam)

    assert nia[:8] == ["Nia", "Neighbour", "s0000003", "nia@example.edu", "", "", "9.0", "Missing"]
    assert nia[8:] == ["", "", "", "0", "0", "", "", ""]
    assert row[:8] == [
        "Sam",
        "Student",
        "s0000002",
        "sam@example.edu",
        "A",
        "8.25",
        "9.0",
        "Graded",
    ]
    assert row[8] == str(graded.papers[0].pk)
    assert row[10:] == ["00:00:00", "0", "1", "1.5", "4.0", "2.75"]


def test_the_time_is_the_courses(graded):
    graded.course.time_zone = "America/Los_Angeles"
    graded.course.save()

    assert rows(graded.exam)[2][9].endswith(("-0800", "-0700"))


def test_a_paper_graded_in_part_has_no_total(graded):
    graded.answers[1, "2"].marks.all().delete()
    graded.answers[1, "2"].adjustment.delete()
    type(graded.answers[1, "2"]).objects.filter(pk=graded.answers[1, "2"].pk).update(graded=False)

    row = rows(graded.exam)[2]

    assert (row[5], row[7]) == ("", "Ungraded")
    assert row[-3:] == ["1.5", "4.0", ""]


def test_bonus_on_top_is_not_part_of_the_maximum(graded):
    type(graded.questions["2"]).objects.filter(pk=graded.questions["2"].pk).update(bonus=True)
    assert rows(graded.exam)[1][6] == "9.0"

    type(graded.exam).objects.update(bonus_on_top=True)
    graded.exam.refresh_from_db()
    assert rows(graded.exam)[1][6] == "6.0"


def test_who_left_keeps_a_row_if_they_have_a_paper(graded):
    Membership.objects.update(left_at=graded.papers[0].created_at)

    assert [row[0] for row in rows(graded.exam)[1:]] == ["Sam"]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_name_becomes_a_formula_and_no_number_is_spoiled(graded, begin):
    type(graded.sam).objects.filter(pk=graded.sam.pk).update(first_name=f"{begin}SUM(A1)")
    type(graded.exam).objects.update(floor=False)
    adjust(graded.answers[1, "2"], -900, version=1, by=graded.gus)
    graded.exam.refresh_from_db()

    row = next(row for row in rows(graded.exam) if row[3] == "sam@example.edu")

    assert row[0] == f"'{begin}SUM(A1)"
    assert row[-1] == "-6.0"
    assert row[5] == "-0.5"


def test_the_file_takes_a_bounded_number_of_queries(graded, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        rows(graded.exam)


def test_the_command_writes_a_file_and_says_who_is_not_in_it(graded, tmp_path, capsys):
    file = tmp_path / "scores.csv"

    call_command("export_scores", str(graded.exam.pk), "-o", str(file))

    assert file.read_text().count("\n") == 3
    assert "2 papers without a student are not in it" in capsys.readouterr().out
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_scores", str(graded.exam.pk), "-o", str(tmp_path / "no" / "x.csv"))


def seen_by(exam):
    """Each student's view count, by e-mail."""
    return {row[3]: row[11] for row in rows(exam)[1:]}


def test_a_student_s_looks_at_the_released_copy_are_counted(graded, as_):
    made = release(graded.exam, by=graded.ines)
    copy = made.copies.get()
    client = as_("sam")
    assert seen_by(graded.exam)["sam@example.edu"] == "0"

    client.get(reverse("copy", args=[copy.pk]))
    client.get(reverse("copy", args=[copy.pk]))
    client.get(reverse("api_copy", args=[copy.pk]))
    client.head(reverse("copy", args=[copy.pk]))
    as_("ines").get(reverse("copy", args=[copy.pk]))

    assert seen_by(graded.exam) == {"sam@example.edu": "3", "nia@example.edu": "0"}
    assert {look.by for look in Viewing.objects.filter(copy=copy)} == {graded.sam}


def test_looks_at_an_earlier_release_count_and_another_student_s_do_not(graded, as_):
    first = release(graded.exam, by=graded.ines)
    as_("sam").get(reverse("copy", args=[first.copies.get().pk]))
    take_back(graded.exam, by=graded.ines)
    second = release(graded.exam, by=graded.ines)
    as_("sam").get(reverse("copy", args=[second.copies.get().pk]))
    assert seen_by(graded.exam)["sam@example.edu"] == "2"

    Match.objects.update(membership=graded.members["nia"])

    assert seen_by(graded.exam) == {"sam@example.edu": "0", "nia@example.edu": "0"}
