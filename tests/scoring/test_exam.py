from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gradebook.models import Exam, Question, Template
from jobs.models import Job
from rubrics import grading
from rubrics.models import Claim
from scoring.collect import collect
from scoring.models import Copy, Release
from scoring.views.exam import _reliability
from submissions.models import Answer, Match, Page, Submission, Upload


@pytest.fixture
def url(world):
    return f"/exams/{world.exam.pk}/"


@pytest.fixture
def shown(as_, url):
    """What a person's page shows: its context, and its words as `text`."""

    def look(name: str, at: str = url) -> SimpleNamespace:
        response = as_(name).get(at)
        assert response.status_code == 200
        found = response.context[0].flatten()
        return SimpleNamespace(**found, text=response.content.decode())

    return look


def upload(exam, name="Sam Student.pdf", **fields):
    given = {"file": "x", "size": 1, "sha256": name.rjust(64, "0")[-64:], **fields}
    return Upload.objects.create(exam=exam, name=name, **given)


def pages(of, *states, first=1):
    Page.objects.bulk_create(
        Page(upload=of, number=number, state=state)
        for number, state in enumerate(states, start=first)
    )


def grade_all(world, by=None):
    for (_paper, number), answer in world.answers.items():
        grading.apply(world.items[number][1], answer, by=by or world.gus)


def test_outsiders_and_students_do_not_get_in(as_, url):
    assert as_("otto").get(url).status_code == 404
    assert as_("sam").get(url).status_code == 404


def test_who_is_not_signed_in_is_led_to_the_door(client, url):
    assert client.get(url).status_code == 302


def test_an_exam_is_only_looked_at(as_, url):
    assert as_("ines").post(url).status_code == 405


def test_the_instructor_sees_six_steps_with_their_links(shown, world):
    page = shown("ines")

    assert [step.label for step in page.steps] == [
        "Outline",
        "Scans",
        "Students",
        "Grading",
        "Review",
        "Release",
    ]
    assert [step.url for step in page.steps] == [
        f"/exams/{world.exam.pk}/outline/",
        f"/exams/{world.exam.pk}/scans/",
        f"/exams/{world.exam.pk}/match/",
        "#parts",
        f"/exams/{world.exam.pk}/review/",
        f"/exams/{world.exam.pk}/release/",
    ]


def test_a_grader_is_offered_nothing_that_only_instructors_may(shown, world):
    page = shown("gus")

    assert [step.url for step in page.steps if step.url.startswith("/")] == [
        f"/exams/{world.exam.pk}/scans/"
    ]
    for word in ("settings", "outline", "match", "release", "copies", "scores.csv", "review"):
        assert f"/exams/{world.exam.pk}/{word}" not in page.text


def test_the_line_under_the_name_says_what_the_exam_is(shown):
    assert shown("ines").about == "2 questions, 3 parts, 9 points · 2 students"


def test_bonus_on_top_is_not_part_of_what_the_exam_is_out_of(shown, world):
    Question.objects.filter(pk=world.questions["2"].pk).update(bonus=True)
    assert "9 points" in shown("ines").about

    Exam.objects.update(bonus_on_top=True)
    assert "6 points" in shown("ines").about


def test_a_group_that_is_a_bonus_on_top_is_no_part_of_it_either(shown, world):
    Exam.objects.update(bonus_on_top=True)
    Question.objects.filter(pk=world.questions["1.1"].parent_id).update(bonus=True)

    (paper,) = collect(Exam.objects.get(), world.papers[:1])
    assert shown("ines").at.points == paper.points == 300


def test_a_part_leads_to_its_next_ungraded_answer(shown, world):
    assert f'href="/questions/{world.questions["2"].pk}/grade/"' in shown("gus").text


def test_a_part_without_papers_leads_nowhere(shown, world):
    Submission.objects.all().delete()

    assert "/grade/" not in shown("gus").text


def test_the_main_button_goes_on_where_the_grader_stopped(shown, world):
    assert shown("gus").action["label"] == "Grade 1.1 a"

    grading.apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)

    page = shown("gus")
    assert page.action == {
        "label": "Grade 2",
        "url": f"/questions/{world.questions['2'].pk}/grade/",
    }
    assert shown("ines").action["label"] == "Grade 1.1 a"


def test_there_is_one_main_button(shown, world):
    assert shown("ines").text.count("button--primary") == 1
    Exam.objects.get().questions.all().delete()
    assert shown("ines").text.count("button--primary") == 1
    assert shown("gus").text.count("button--primary") == 0


def test_totals_count_wholly_graded_papers_only_and_say_so(shown, world):
    page = shown("ines")
    assert page.so_far is None
    assert "Totals appear here once" in page.text

    grade_all(world)
    more_papers(world, 1, first=4)
    grading.apply(
        world.items["2"][2],
        Answer.objects.get(submission__number=4, question__number="2"),
        by=world.gus,
    )

    page = shown("ines")
    assert dict(page.so_far["figures"]) == {
        "Mean": "7.5",
        "Median": "7.5",
        "Std dev": "0.0",
        "Reliability": "–",
    }
    assert sum(bar["count"] for bar in page.so_far["bars"]) == 3
    assert "From 3 of 4 papers: those that are wholly graded" in page.text


@pytest.mark.parametrize(
    ("papers", "said"),
    [(9, "too few papers to tell"), (10, "1.00"), (12, "1.00")],
)
def test_few_papers_tell_no_reliability(papers, said):
    assert _reliability(np.array([[n, n] for n in range(papers)])) == said


def test_a_reliability_below_nothing_is_no_figure():
    opposed = np.array([[n, 30 - 2 * n] for n in range(12)])

    assert _reliability(opposed) == "too few papers to tell"


def test_one_paper_makes_no_mean(shown, world):
    for number in ("1.1", "1.2", "2"):
        grading.apply(world.items[number][1], world.answers[1, number], by=world.gus)

    page = shown("ines")

    assert page.so_far is None
    assert "1 of 3 papers is wholly graded. From 3 on, their scores show here." in page.text
    assert "7.5 mean" not in page.text


def test_means_of_parts_are_of_their_graded_answers(shown, world):
    grading.apply(world.items["2"][1], world.answers[1, "2"], by=world.gus)
    grading.apply(world.items["2"][2], world.answers[2, "2"], by=world.gus)

    rows = [row for section in shown("gus").sections for row in section.rows]
    assert {row.question.number: row.mean_text for row in rows}["2"] == "1.3"


def test_who_is_grading_a_part_now_is_told(shown, world):
    Claim.objects.create(
        answer=world.answers[1, "2"], by=world.ines, until=timezone.now() + timedelta(minutes=1)
    )

    assert "grading now" in shown("gus").text


def test_doubtful_pages_are_named_with_their_file(shown, world):
    pages(upload(world.exam), "blank", "doubtful", "error", "discarded", first=84)

    (need,) = [need for need in shown("ines").needs if "page" in need.text]

    assert (need.count, need.text) == (2, "pages need a look")
    assert need.note == "Sam Student.pdf, pages 85, 86"
    assert need.url == f"/exams/{world.exam.pk}/repair/"


def test_graders_of_an_anonymous_exam_read_no_file_names_nor_errors(shown, world):
    of = upload(world.exam)
    pages(of, "doubtful")
    upload(world.exam, "Nia Neighbour.txt", problem="Nia Neighbour.txt is not a PDF.")
    Job.objects.create(
        kind="intake.open",
        args={"upload": of.pk},
        state="failed",
        error="Sam Student.pdf broke.",
        finished_at=timezone.now(),
    )
    Match.objects.create(
        exam=world.exam, submission=world.papers[0], membership=world.members["sam"]
    )

    page = shown("gus")
    assert len(page.needs) == 3
    for name in ("Sam", "Nia", "Student.pdf", "s0000002", "sam@"):
        assert name not in page.text
    assert "Sam Student.pdf, page 1" in shown("ines").text

    Exam.objects.update(anonymous=False)
    assert "Sam Student.pdf, page 1" in shown("gus").text


def test_flags_are_counted_and_lead_to_the_answers(shown, world):
    for paper in (1, 2):
        grading.flag(world.answers[paper, "1.1"], by=world.gus)

    (need,) = shown("gus").needs

    assert (need.count, need.text) == (2, "answers are flagged for review")
    assert need.url == f"/exams/{world.exam.pk}/flagged/"


def test_nobody_is_asked_about_names_that_are_still_being_read(shown, world):
    reading = Job.objects.ask("match.exam", exam=world.exam.pk)
    assert shown("ines").needs == []
    assert "names are being read" in shown("ines").text
    assert 'hx-trigger="every 3s"' in shown("ines").text

    Job.objects.filter(pk=reading.pk).update(state="done", finished_at=timezone.now())
    assert [need.text for need in shown("ines").needs] == ["papers without a sure name"]
    assert 'hx-trigger="every 3s"' not in shown("ines").text


def test_papers_without_a_name_wait_for_instructors_only(shown, world):
    assert [need.text for need in shown("ines").needs] == ["papers without a sure name"]
    assert shown("gus").needs == []


def test_files_that_could_not_be_used_are_told_with_the_reason(shown, world):
    upload(world.exam, "notes.txt", problem="This is not a PDF.")

    need = shown("ines").needs[0]
    assert (need.count, need.note) == (1, "notes.txt: This is not a PDF.")


@pytest.fixture
def job(world):
    def make(kind="copies.exam", state="failed", **fields):
        ended = timezone.now() if state in ("failed", "done") else None
        error = "It broke." if state == "failed" else ""
        given = {"args": {"exam": world.exam.pk}, "finished_at": ended, "error": error, **fields}
        return Job.objects.create(kind=kind, state=state, **given)

    return make


def test_stopped_work_is_told_until_it_is_asked_for_again(shown, world, job):
    job()
    first = shown("ines").needs[0]
    assert (first.count, first.url) == (1, f"/exams/{world.exam.pk}/copies/")
    assert first.note == "It broke."

    job(state="queued")
    assert shown("ines").needs[0].text == "papers without a sure name"


def test_mail_that_was_not_sent_leads_to_the_letters(shown, world, job):
    release = Release.objects.create(exam=world.exam, by=world.ines)
    above = job("letters.release", state="done", args={"release": release.pk})
    job("letters.send", args={"letters": [1]}, parent=above)

    (need,) = (need for need in shown("ines").needs if "e-mail" in need.text)
    assert need.text == "batch of e-mail was not sent"
    assert need.url == f"/exams/{world.exam.pk}/release/letters/"
    assert not any("e-mail" in need.text for need in shown("gus").needs)


def test_work_is_known_by_its_upload_its_release_and_its_parent(shown, world, job):
    job("intake.open", args={"upload": upload(world.exam).pk})
    release = Release.objects.create(exam=world.exam, by=world.ines)
    above = job("copies.release", state="done", args={"release": release.pk})
    job("copies.draw", args={"copies": [1, 2]}, parent=above)
    job("copies.draw", args={"copies": [3, 4]}, parent=above)

    told = {need.text: need.count for need in shown("ines").needs}
    assert told["batch of scans was not finished"] == 1
    assert told["batches of graded copies were not drawn"] == 2


def test_a_file_that_could_not_be_used_is_told_once(shown, world, job):
    refused = upload(world.exam)
    Upload.objects.filter(pk=refused.pk).update(problem="It needs a password.")
    job("intake.open", args={"upload": refused.pk})

    assert [need.text for need in shown("ines").needs if need.kind == "bad"] == [
        "file could not be used"
    ]


def test_work_of_another_exam_is_not_told(shown, world, job):
    other = Exam.objects.create(course=world.course, name="Final")
    job(args={"exam": other.pk})

    assert [need.text for need in shown("ines").needs] == ["papers without a sure name"]


def test_the_page_asks_again_only_while_scans_come_in(shown, world):
    assert "every 3s" not in shown("ines").text

    pages(upload(world.exam), "waiting", "blank")

    page = shown("ines")
    assert "every 3s" in page.text
    assert page.steps[1].note == "1 of 2 pages read"


def test_a_released_exam_says_when_in_the_courses_time(shown, world):
    world.course.time_zone = "America/New_York"
    world.course.save()
    release = Release.objects.create(exam=world.exam, by=world.ines)
    Copy.objects.create(submission=world.papers[0], release=release, result={}, digest="x")
    Release.objects.filter(pk=release.pk).update(at="2026-11-03T02:30:00Z")
    grade_all(world)

    step = shown("ines").steps[-1]
    assert (step.value, step.note) == ("Released", "2 Nov, 21:30, Ines Instructor")


def test_a_release_taken_back_is_none(shown, world):
    Release.objects.create(exam=world.exam, by=world.ines, taken_back_at=timezone.now())

    assert shown("ines").steps[-1].value == "Not yet"


def more_papers(world, count, first):
    papers = Submission.objects.bulk_create(
        Submission(exam=world.exam, number=n, code_name=f"paper-{n}")
        for n in range(first, first + count)
    )
    Answer.objects.bulk_create(
        Answer(submission=paper, question=question, graded=n % 3 > 0, score=n % 200)
        for n, paper in enumerate(papers)
        for question in world.questions.values()
    )
    of = upload(world.exam, f"{count}.pdf")
    pages(of, *["doubtful", "blank", "waiting"] * count)
    upload(world.exam, f"{count}.txt", problem="No.")


def test_the_number_of_queries_does_not_grow_with_the_papers(as_, url, world):
    as_("ines").get(url)
    grade_all(world)
    more_papers(world, 5, first=10)
    with CaptureQueriesContext(connection) as few:
        as_("ines").get(url)
    more_papers(world, 300, first=100)
    grade_all(world, by=world.ines)
    with CaptureQueriesContext(connection) as many:
        as_("ines").get(url)

    assert len(many) == len(few)
    assert len(many) <= 42


def test_an_exam_without_template_or_questions_teaches_the_first_step(shown, world):
    bare = Exam.objects.create(course=world.course, name="Final")
    at = f"/exams/{bare.pk}/"
    assert "Start with the blank exam" in shown("ines", at).text
    assert "Not set up yet" in shown("gus", at).text

    Template.objects.create(exam=bare, file="x", sha256="0" * 64, page_count=2)
    page = shown("ines", at)
    assert "Where are the questions?" in page.text
    assert "2 pages" in page.about


def test_a_question_whose_parts_are_still_to_come_is_no_outline(shown, world):
    Question.objects.filter(parent=world.group).delete()
    world.questions["2"].delete()

    page = shown("ines")
    assert page.steps[0].value == "Not yet"
    assert page.text.count("button--primary") == 1
