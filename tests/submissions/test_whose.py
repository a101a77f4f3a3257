"""Whose paper it is: what the machine may say, and what it may never undo."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from gradebook.models import Region
from jobs.models import Job
from jobs.runner import work_through
from submissions import reading, readings
from submissions import whose as whose_module
from submissions.matching import assign
from submissions.models import Denial, Match, Reading, Submission
from submissions.readings import read_papers, readings_of
from submissions.whose import (
    NOT_CUT,
    Outcome,
    Refused,
    ask_for_matching,
    confirm,
    match_exam,
    outcome,
    unconfirm,
)
from tests.submissions.written import prepare, scan, student, write_on


@pytest.fixture
def exam(world):
    """The world's midterm with written papers: Sam's is 1, Nia's 2, and 3 is left empty."""
    prepare(world.exam)
    for paper, name, sid in zip(
        world.papers,
        ("Sam Student", "Nia Neighbour", ""),
        (world.members["sam"].sid, world.members["nia"].sid, ""),
        strict=True,
    ):
        write_on(scan(paper), name, sid)
    return world.exam


@pytest.fixture
def matched(exam):
    read_papers(exam)
    match_exam(exam)
    return exam


def whose(exam):
    """Who has which paper: {1: "Sam", …}."""
    matches = Match.objects.filter(exam=exam).select_related("submission", "membership__user")
    return {match.submission.number: match.membership.user.first_name for match in matches}


@pytest.fixture
def read_count(monkeypatch):
    """The number of crops that went through the recogniser so far."""
    read, seen = reading.read, []

    def counted(*args, **kwargs):
        seen.append(args)
        return read(*args, **kwargs)

    monkeypatch.setattr(reading, "read", counted)
    return lambda: len(seen)


# The machine


def test_clear_papers_are_matched_and_the_rest_waits_with_a_reason(exam):
    assert read_papers(exam) == 3
    assert match_exam(exam) == Outcome(matched=2, waiting=1, absent=0)

    assert whose(exam) == {1: "Sam", 2: "Nia"}
    read = Reading.objects.get(submission__number=3)
    assert read.reason == "No name and no number is written."
    match = Match.objects.get(submission__number=1)
    assert match.by is None
    assert match.confirmed_at is None
    assert match.certainty > 0.99


def test_what_was_read_and_who_it_may_be_is_kept_best_first(matched, world):
    read = Reading.objects.get(submission__number=1)

    assert "Sam" in read.name
    certainties = [one["certainty"] for one in read.candidates]
    assert certainties == sorted(certainties, reverse=True)
    assert set(read.candidates[0]) == {"membership", "certainty", "name", "sid"}
    assert read.candidates[0]["membership"] == world.members["sam"].pk


def test_a_changed_roster_matches_anew_without_reading_anew(matched, world, read_count):
    world.members["nia"].left_at = timezone.now()
    world.members["nia"].save()

    assert read_papers(matched) == 0
    match_exam(matched)
    assert whose(matched) == {1: "Sam"}

    world.members["nia"].left_at = None
    world.members["nia"].save()
    match_exam(matched)
    assert whose(matched) == {1: "Sam", 2: "Nia"}
    assert read_count() == 0


def test_a_student_who_joins_late_gets_the_paper_that_waited(exam, world):
    paper = Submission.objects.create(exam=exam, number=4, code_name="wren-4")
    write_on(scan(paper), "Priya Raman", "s0412873")
    read_papers(exam)
    assert match_exam(exam).waiting == 2

    student(exam, "Priya", "Raman", "s0412873")
    match_exam(exam)

    assert whose(exam)[4] == "Priya"


def test_a_crop_that_was_cut_anew_is_read_anew_and_no_other(matched, world, read_count):
    page = world.papers[2].pages.get()
    write_on(page, "Nobody Known", "")

    assert read_papers(matched) == 1
    assert read_count() == 2
    assert "Nobody" in Reading.objects.get(submission=world.papers[2]).name


def test_two_workers_at_the_same_papers_read_each_of_them_once(exam, read_count):
    helped: list[int] = []

    def help_once(done: int, total: int) -> None:
        if not helped:
            helped.append(read_papers(exam, from_the_end=True))

    assert (read_papers(exam, help_once), helped) == (0, [3])
    assert read_count() == 3 * 2


@pytest.mark.parametrize(("worth", "asked"), [(3, 1), (4, 0)])
def test_help_is_asked_for_where_much_is_to_be_read(exam, monkeypatch, worth, asked):
    monkeypatch.setattr(readings, "WORTH_HELP", worth)

    ask_for_matching(exam)
    work_through("here", until_idle=True, most=5, stop=lambda: False)

    assert Job.objects.filter(kind="match.read", args={"exam": exam.pk}).count() == asked
    assert whose(exam) == {1: "Sam", 2: "Nia"}


def test_the_reading_kept_is_the_reading_made(exam, world, monkeypatch):
    made: list[reading.Reading] = []
    read = reading.read

    def kept_too(*args, **kwargs):
        made.append(read(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(reading, "read", kept_too)
    read_papers(exam)

    paper = dict(readings_of(exam))[world.papers[0]]
    assert paper.label == "1"
    assert paper.name is not None
    assert (paper.name.text, paper.name.certainty) == (made[0].text, made[0].certainty)
    assert np.array_equal(np.asarray(paper.name.log_probs), np.asarray(made[0].log_probs))


def test_the_template_is_taken_away_before_reading(exam, monkeypatch):
    seen = []
    read = reading.read

    def spy(crop, kind, template_crop=None):
        seen.append((kind, crop.shape, template_crop.shape))
        return read(crop, kind, template_crop)

    monkeypatch.setattr(reading, "read", spy)
    read_papers(exam)

    assert {kind for kind, _, _ in seen} == {"name", "id"}
    # The very region, in the size that the template's picture has.
    assert {blank[:2] for _, _, blank in seen} == {(120, 900)}


def test_without_a_place_for_names_everybody_waits(world):
    assert read_papers(world.exam) == 3
    assert match_exam(world.exam) == Outcome(matched=0, waiting=3, absent=2)
    reasons = set(Reading.objects.values_list("reason", flat=True))
    assert reasons == {"This exam has no place for a name or a number."}


def test_a_paper_whose_first_page_is_missing_says_so(exam, world):
    world.papers[0].pages.all().delete()

    read_papers(exam)
    match_exam(exam)

    assert Reading.objects.get(submission=world.papers[0]).reason == NOT_CUT
    assert whose(exam) == {2: "Nia"}


def test_with_a_name_alone_the_name_decides(exam):
    Region.objects.filter(exam=exam, kind="id").delete()

    read_papers(exam)
    match_exam(exam)

    assert whose(exam) == {1: "Sam", 2: "Nia"}


def test_two_papers_of_one_student_both_wait(exam, world):
    write_on(world.papers[2].pages.get(), "Sam Student", world.members["sam"].sid, font="patrick")

    read_papers(exam)
    match_exam(exam)

    assert whose(exam) == {2: "Nia"}
    reason = Reading.objects.get(submission=world.papers[2]).reason
    assert reason == "Two papers look like Sam Student’s: 1 and 3."


def test_a_match_that_stands_is_not_made_anew(matched):
    before = set(Match.objects.values_list("pk", "matched_at"))

    match_exam(matched)

    assert set(Match.objects.values_list("pk", "matched_at")) == before


def test_matching_takes_as_many_queries_for_many_papers(matched, django_assert_max_num_queries):
    for n in range(4, 30):
        Reading.objects.create(
            submission=Submission.objects.create(exam=matched, number=n, code_name=f"wren-{n}")
        )

    with django_assert_max_num_queries(20):
        match_exam(matched)


# A person


def test_a_persons_word_stands_whatever_the_machine_reads(matched, world):
    confirm(world.papers[2], world.members["sam"], by=world.ines)

    match_exam(matched)

    assert whose(matched) == {3: "Sam", 2: "Nia"}
    match = Match.objects.get(submission=world.papers[2])
    assert match.by == world.ines
    assert match.confirmed_at is not None


def test_what_a_person_says_while_the_machine_thinks_stands(matched, world, monkeypatch):
    def slow(*args):
        verdicts = assign(*args)
        confirm(world.papers[2], world.members["nia"], by=world.ines)
        return verdicts

    monkeypatch.setattr(whose_module, "assign", slow)
    match_exam(matched)

    assert whose(matched) == {1: "Sam", 3: "Nia"}


def test_the_machines_other_match_of_that_student_is_let_go(matched, world):
    confirm(world.papers[2], world.members["sam"], by=world.ines)

    assert whose(matched) == {2: "Nia", 3: "Sam"}
    reason = Reading.objects.get(submission=world.papers[0]).reason
    assert reason == "It was matched to Sam Student, who was then given paper 3."


def test_another_persons_word_is_not_undone(matched, world):
    confirm(world.papers[0], world.members["sam"], by=world.ines)

    with pytest.raises(Refused, match="Sam Student has paper 1 already; Ines Instructor said so"):
        confirm(world.papers[2], world.members["sam"], by=world.ines)

    assert whose(matched)[1] == "Sam"


def test_a_colleague_who_was_faster_is_not_overruled_unseen(matched, world):
    confirm(world.papers[2], world.members["sam"], by=world.ines)

    with pytest.raises(Refused, match="A colleague gave this paper to Sam Student"):
        confirm(world.papers[2], world.members["nia"], by=world.ines, seen=0)

    confirm(world.papers[2], world.members["nia"], by=world.ines, seen=world.members["sam"].pk)
    assert whose(matched) == {3: "Nia"}


def test_confirming_twice_is_confirming_once(matched, world):
    for _ in range(2):
        confirm(world.papers[0], world.members["sam"], by=world.ines, seen=0)

    assert Match.objects.filter(submission=world.papers[0]).count() == 1


@pytest.mark.parametrize("who", ["ines", "gus"])
def test_only_a_student_gets_a_paper(matched, world, who):
    with pytest.raises(Refused, match="is not a student"):
        confirm(world.papers[2], world.members[who], by=world.ines)


def test_who_left_or_is_elsewhere_gets_no_paper(matched, world):
    world.members["sam"].left_at = timezone.now()
    with pytest.raises(Refused, match="left the course"):
        confirm(world.papers[2], world.members["sam"], by=world.ines)

    world.members["nia"].course_id = 0
    with pytest.raises(Refused, match="not in this course"):
        confirm(world.papers[2], world.members["nia"], by=world.ines)


def test_taking_back_lets_the_paper_wait(matched, world):
    for _ in range(2):
        unconfirm(world.papers[0], by=world.ines)

    assert whose(matched) == {2: "Nia"}
    assert outcome(matched) == Outcome(matched=1, waiting=2, absent=1)


def test_a_paper_taken_from_a_student_is_not_given_back_to_them_by_the_machine(matched, world):
    unconfirm(world.papers[0], by=world.ines)
    reading = Reading.objects.filter(submission=world.papers[0])
    at_once = reading.get().reason

    match_exam(matched)

    assert whose(matched) == {2: "Nia"}
    assert at_once == reading.get().reason == "A person said that it is not Sam Student’s."
    assert Denial.objects.get().by == world.ines
    # Given to that student by a person after all, it is theirs.
    confirm(world.papers[0], world.members["sam"], by=world.ines)
    assert not Denial.objects.exists()


def test_a_word_taken_back_denies_nobody_anything(matched, world):
    confirm(world.papers[0], world.members["sam"], by=world.ines)
    unconfirm(world.papers[0], by=world.ines)

    match_exam(matched)

    assert whose(matched) == {1: "Sam", 2: "Nia"}


def test_a_paper_taken_away_while_the_machine_thinks_stays_away(matched, world, monkeypatch):
    def taken_meanwhile(*args):
        verdicts = assign(*args)
        unconfirm(world.papers[0], by=world.ines)
        return verdicts

    monkeypatch.setattr(whose_module, "assign", taken_meanwhile)
    match_exam(matched)

    assert whose(matched) == {2: "Nia"}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_give_one_student_two_papers_one_is_refused(transactional_db, world):
    start = Barrier(2)

    def give(paper):
        try:
            start.wait()
            confirm(paper, world.members["sam"], by=world.ines)
        except Refused:
            return "refused"
        finally:
            connections.close_all()
        return "given"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(give, world.papers[:2]))

    assert sorted(said) == ["given", "refused"]
    assert Match.objects.count() == 1


# Asking for it


def test_the_job_reads_and_matches(exam):
    ask_for_matching(exam)
    work_through("here", until_idle=True, most=5, stop=lambda: False)

    job = Job.objects.get()
    assert job.state == "done", job.trace
    assert job.message == "2 matched, 1 waits for a person."
    assert whose(exam) == {1: "Sam", 2: "Nia"}


def test_asking_often_asks_once_until_it_runs(exam):
    assert ask_for_matching(exam) == ask_for_matching(exam)

    Job.objects.get().claim("here")
    second = ask_for_matching(exam)

    # The one that runs may have looked at the roster before it changed.
    assert second.state == "queued"
    assert ask_for_matching(exam) == second
    second.claim("there")
    assert ask_for_matching(exam).state == "queued"


def test_the_command_says_how_it_went(exam):
    out = StringIO()

    call_command("match", str(exam.pk), "--json", stdout=out)

    assert json.loads(out.getvalue()) == {"matched": 2, "waiting": 1, "absent": 0}
    call_command("match", "Midterm", stdout=out)
    assert "2 papers are matched, 1 waits for a person; 0 students have no paper." in out.getvalue()
