from __future__ import annotations

import json
import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from gradebook.models import Question
from jobs.models import Job
from rubrics import grading, seconds
from rubrics.models import Entry, SecondLook
from rubrics.rubric import change_item
from scoring.models import Copy, Release
from scoring.release import NotReleased, release, standing, take_back
from scoring.release_checks import ready
from scoring.results import from_json
from submissions.models import Answer, Match, Page, Submission


def url(world):
    return reverse("release", args=[world.exam.pk])


def form(client, world, *, tick=False, **whom):
    """Post the form as a person does who looked at the page, chose, and maybe ticked the box."""
    shown = client.get(url(world), whom).context
    agreed = {"agreed": shown["ready"].key} if tick else {}
    return client.post(url(world), {"seen": shown["seen"], **agreed, **whom})


def test_a_release_freezes_the_result_of_every_paper_with_a_student(graded):
    made = release(graded.exam, by=graded.ines)

    copies = {copy.student.user.first_name: copy for copy in made.copies.all()}
    assert {name: copy.result["score"] for name, copy in copies.items()} == {"Sam": 750, "Nia": 200}
    assert from_json(copies["Sam"].result).student == "Sam Student"
    assert standing(graded.exam) == made


def test_what_nobody_graded_stays_ungraded_in_the_copy(graded):
    release(graded.exam, by=graded.ines)
    grading.apply(graded.items["2"][0], graded.answers[2, "2"], by=graded.gus)

    nias = from_json(Copy.objects.get(submission=graded.papers[1]).result)

    assert [part.score for part in nias.questions] == [200, None]


def test_a_release_is_written_into_the_history_and_asks_for_the_copies(graded):
    made = release(graded.exam, by=graded.ines)
    take_back(graded.exam, by=graded.ines)

    said = Entry.objects.filter(verb__in=["released", "took back"]).values_list("verb", "after")
    assert list(said) == [
        ("released", {"release": made.pk, "papers": 2}),
        ("took back", {"release": made.pk}),
    ]
    job = Job.objects.get(kind="copies.release")
    assert (job.args, job.asked_by) == ({"release": made.pk}, graded.ines)


def test_an_exam_is_released_once_at_a_time(graded):
    release(graded.exam, by=graded.ines)

    with pytest.raises(NotReleased, match="already"):
        release(graded.exam, by=graded.ines)

    assert (Release.objects.count(), Copy.objects.count()) == (1, 2)


def test_nothing_is_released_when_no_paper_has_a_student(graded):
    Match.objects.all().delete()

    with pytest.raises(NotReleased, match="nobody"):
        release(graded.exam, by=graded.ines)

    assert (Release.objects.count(), Copy.objects.count(), Job.objects.count()) == (0, 0, 0)


def test_releasing_again_freezes_anew_and_keeps_what_was(graded):
    first = release(graded.exam, by=graded.ines)
    take_back(graded.exam, by=graded.ines)
    change_item(graded.items["1.1"][1], points=-100, by=graded.ines)
    second = release(graded.exam, by=graded.ines)

    scores = [
        one.copies.get(submission=graded.papers[0]).result["score"] for one in (first, second)
    ]
    assert scores == [750, 700]


def test_taking_back_what_is_not_released_does_nothing(graded):
    assert take_back(graded.exam, by=graded.ines) == []
    assert not Entry.objects.filter(verb="took back").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_release_at_once_one_does(graded):
    outcomes = []

    def act():
        try:
            outcomes.append(release(graded.exam, by=graded.ines).pk)
        except NotReleased:
            outcomes.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(pk is None for pk in outcomes) == [False, True]
    assert (Release.objects.count(), Copy.objects.count()) == (1, 2)


def test_one_part_beyond_those_named_is_one_more_part(graded):
    for number in (3, 4):
        question = Question.objects.create(
            exam=graded.exam, order=10 + number, number=str(number), points=100
        )
        Answer.objects.create(submission=graded.papers[0], question=question, score=100)
    Answer.objects.exclude(question__number="1.1").update(graded=False)

    (grading_check, *_) = ready(graded.exam).checks

    assert "(1) and 1 more part. Students" in grading_check.note


def test_the_list_names_what_is_open(graded):
    Page.objects.filter(pk=graded.pages["sam"][0].pk).update(state=Page.State.DOUBTFUL)

    found = ready(graded.exam)

    assert (found.matched, found.papers) == (2, 3)
    assert [(check.count, check.text) for check in found.checks] == [
        (5, "5 answers are not graded yet"),
        (1, "1 paper has no student"),
        (1, "1 page needs a look"),
        (0, "Every student has a paper"),
    ]
    assert found.checks[0].note.startswith("1.1 a (1), 1.2 b (2), 2 (2).")


def test_without_papers_the_list_says_only_that(as_, graded):
    pages = Page.objects.filter(upload__exam=graded.exam)
    pages.exclude(pk=graded.pages["sam"][0].pk).delete()
    pages.update(state=Page.State.DOUBTFUL, submission=None, position=0)
    Submission.objects.filter(exam=graded.exam).delete()

    page = as_("ines").get(url(graded))

    assert [check.text for check in page.context["ready"].checks] == [
        "There are no papers yet",
        "1 page needs a look",
    ]
    assert f'href="{reverse("scans", args=[graded.exam.pk])}">Upload scans' in page.text
    assert "nobody to release to" not in page.text

    pages.delete()
    assert [check.text for check in ready(graded.exam).checks] == ["There are no papers yet"]


def test_the_list_is_settled_when_all_is_done(graded):
    graded.papers[2].delete()
    for number, place in (("1.2", 0), ("2", 0)):
        grading.apply(graded.items[number][place], graded.answers[2, number], by=graded.gus)

    assert [check.count for check in ready(graded.exam).checks] == [0, 0, 0, 0]


def test_a_click_releases_when_what_is_open_was_agreed_to(as_, graded):
    client = as_("ines")

    assert form(client, graded).status_code == 422
    assert standing(graded.exam) is None
    assert form(client, graded, tick=True).status_code == 302
    assert standing(graded.exam).by == graded.ines
    assert "2 students" in client.get(url(graded)).content.decode()


def test_a_page_that_is_out_of_date_releases_nothing(as_, graded):
    client = as_("ines")
    shown = client.get(url(graded)).context
    Match.objects.filter(submission=graded.papers[1]).delete()

    response = client.post(url(graded), {"seen": shown["seen"], "agreed": shown["ready"].key})

    assert response.status_code == 422
    assert "Something changed" in response.content.decode()
    assert standing(graded.exam) is None


def test_a_list_of_as_many_other_things_is_to_be_agreed_to_anew(as_, graded):
    client = as_("ines")
    shown = client.get(url(graded)).context
    grading.apply(graded.items["1.2"][0], graded.answers[2, "1.2"], by=graded.gus)
    Answer.objects.filter(pk=graded.answers[1, "1.1"].pk).update(graded=False)

    response = client.post(url(graded), {"seen": shown["seen"], "agreed": shown["ready"].key})

    assert response.status_code == 422
    assert "another list" in response.text
    assert "1.1 a (2), 1.2 b (1), 2 (2)." in response.text
    assert standing(graded.exam) is None


@pytest.mark.parametrize("method", ["delete", "post"])
def test_a_release_is_taken_back_by_the_page(as_, graded, method):
    made = release(graded.exam, by=graded.ines)

    response = getattr(as_("ines"), method)(url(graded), {"take_back": made.pk})

    assert response.status_code in (302, 303)
    assert standing(graded.exam) is None


@pytest.mark.parametrize("said", ["abc", "", "-1", "9" * 20, "0"])
def test_what_names_no_release_takes_none_back(as_, graded, said):
    made = release(graded.exam, by=graded.ines)

    as_("ines").post(url(graded), {"take_back": said})

    assert standing(graded.exam) == made


def test_the_page_says_when_grades_changed_since(as_, graded):
    release(graded.exam, by=graded.ines)
    client = as_("ines")
    assert "would score otherwise" not in client.get(url(graded)).content.decode()

    change_item(graded.items["1.1"][1], text="Blunder", by=graded.ines)
    assert "No total moved" in client.get(url(graded)).content.decode()

    change_item(graded.items["1.1"][1], points=-100, by=graded.ines)
    assert "1 student would score otherwise now: 1 down" in client.get(url(graded)).text


def test_the_page_costs_the_same_for_any_number_of_papers(
    as_, graded, django_assert_max_num_queries
):
    client = as_("ines")
    more = Submission.objects.bulk_create(
        Submission(exam=graded.exam, number=10 + n, code_name=f"more-{n}") for n in range(60)
    )
    Answer.objects.bulk_create(
        Answer(submission=paper, question=graded.questions["2"]) for paper in more
    )
    with django_assert_max_num_queries(20):
        client.get(url(graded))
    release(graded.exam, by=graded.ines)
    with django_assert_max_num_queries(28):
        client.get(url(graded))


def test_the_command_releases_and_says_what_is_open(graded, capsys):
    call_command("release", "Midterm", "--by", "ines@example.edu", "--json")

    said = json.loads(capsys.readouterr().out)
    assert said["papers"] == 2
    assert said["open"] == ["5 answers are not graded yet", "1 paper has no student"]
    assert standing(graded.exam).by == graded.ines


def test_the_command_takes_back(graded, capsys):
    release(graded.exam, by=graded.ines)

    call_command("release", "Midterm", "--take-back")

    assert standing(graded.exam) is None
    assert "taken back" in capsys.readouterr().out


def test_flags_that_stand_are_asked_about(graded):
    assert not any("flag" in check.text for check in ready(graded.exam).checks)
    grading.flag(graded.answers[1, "1.1"], by=graded.gus)

    (check,) = (check for check in ready(graded.exam).open if "flag" in check.text)

    assert (check.count, check.text) == (1, "1 answer is flagged for review")
    assert check.url == f"/exams/{graded.exam.pk}/flagged/"


def test_second_looks_that_differ_are_asked_about_and_open_ones_told(graded):
    look = SecondLook.objects.create(answer=graded.answers[1, "1.1"], by=graded.ines)
    (told,) = (check for check in ready(graded.exam).checks if "second look" in check.text)
    assert (told.count, told.hard, told.url) == (1, False, f"/exams/{graded.exam.pk}/agreement/")

    seconds.give(look, [graded.items["1.1"][2].pk], adjustment=0, by=graded.ines)

    (asked,) = (check for check in ready(graded.exam).checks if "second look" in check.text)
    assert (asked.text, asked.hard) == ("1 second look differs and is not settled", True)
