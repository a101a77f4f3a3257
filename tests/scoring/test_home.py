from __future__ import annotations

import pytest
from django.utils import timezone

from gradebook.models import Course, Exam, Membership, Question, Role
from rubrics import grading
from scoring.collect import collect
from scoring.home import shelves
from scoring.models import Copy, Release
from submissions.models import Answer, Match, Page, Submission, Upload


def work(user, course):
    """Return the first exam as `user` sees it listed."""
    return shelves(user, [course])[0].works[0]


@pytest.fixture
def known(world):
    """The world with Sam's and Nia's papers known; the third is nobody's."""
    for name, paper in zip(("sam", "nia"), world.papers, strict=False):
        Match.objects.create(exam=world.exam, submission=paper, membership=world.members[name])
    return world


def release(world, *, score=750):
    made = Release.objects.create(exam=world.exam, by=world.ines)
    Copy.objects.create(
        submission=world.papers[0],
        release=made,
        student=world.members["sam"],
        result={"score": score, "points": 900},
        digest="x",
    )
    return made


def own(world, name):
    return shelves(getattr(world, name), [world.course])[0].owns


# What staff see


def test_staff_see_how_far_an_exam_is_and_what_is_next(known):
    for question in ("1.1", "1.2"):
        grading.say_graded(known.answers[1, question], by=known.gus)

    seen = work(known.gus, known.course)

    assert (seen.at.answers, seen.at.graded, seen.percent) == (9, 2, 22)
    assert (seen.at.papers, seen.at.matched, seen.at.parts, seen.at.points) == (3, 2, 3, 900)
    assert seen.action.label == "Grade 1.1 a"
    assert seen.url == f"/questions/{known.questions['1.1'].pk}/grade/"


def test_the_list_says_the_same_points_as_a_result(known):
    Exam.objects.update(bonus_on_top=True)
    for number in ("2", "1.1"):
        part = known.questions[number]
        Question.objects.filter(pk=part.parent_id or part.pk).update(bonus=True)
        seen = work(known.ines, known.course)

        (result,) = collect(Exam.objects.get(), known.papers[:1])
        assert seen.at.points == result.points


def test_an_exam_graded_whole_is_the_instructors_to_go_on_with(known):
    for answer in known.answers.values():
        grading.say_graded(answer, by=known.gus)

    assert work(known.gus, known.course).action is None
    assert work(known.ines, known.course).action.label == "Confirm 1 name"


def test_what_waits_is_counted(known):
    upload = Upload.objects.create(exam=known.exam, name="b.pdf", file="x", size=1, sha256="0" * 64)
    for number, state in enumerate(("doubtful", "error", "waiting", "blank"), 1):
        Page.objects.create(upload=upload, number=number, state=state)

    at = work(known.ines, known.course).at

    assert (at.doubtful, at.reading, at.opening, at.unmatched) == (2, 1, 1, 1)


def test_an_exam_without_anything_starts_with_its_outline(world):
    course = Course.objects.create(name="CS1")
    Membership.objects.create(course=course, user=world.ines, role=Role.INSTRUCTOR)
    exam = Exam.objects.create(course=course, name="Quiz")

    seen = work(world.ines, course)
    assert (seen.note, seen.url) == ("No outline yet", f"/exams/{exam.pk}/outline/")

    Question.objects.create(exam=exam, order=1, number="1", points=450)
    assert work(world.ines, course).note == "1 part, 4.5 points · no scans yet"


def test_a_released_exam_says_when_in_the_courses_time(known):
    Course.objects.filter(pk=known.course.pk).update(time_zone="Asia/Tokyo")
    made = release(known)
    Release.objects.filter(pk=made.pk).update(at="2026-12-03T20:00:00Z")

    seen = work(known.ines, Course.objects.get(pk=known.course.pk))

    assert seen.note == "Released 4 December 2026 · 3 papers"


# What a student sees


def test_a_student_sees_nothing_of_an_exam_before_its_release_and_then_their_own_score(known, as_):
    assert own(known, "sam") == []
    page = as_("sam").get("/").text
    assert "Midterm" not in page
    assert "Yours show up here once they are released." in page

    release(known)

    [one] = own(known, "sam")
    assert (one.score, one.points) == (750, 900)
    page = as_("sam").get("/").text
    assert "<strong>7.5</strong>" in page
    assert f"/copies/{one.copy}/" in page


def test_a_student_without_a_copy_sees_no_score(known, as_):
    release(known)

    [one] = own(known, "nia")
    assert one.copy is None
    assert "7.5" not in as_("nia").get("/").text


def test_a_copy_whose_paper_turned_out_to_be_somebody_elses_is_shown_to_neither(known):
    release(known)
    Match.objects.filter(membership=known.members["nia"]).delete()
    Match.objects.filter(membership=known.members["sam"]).update(membership=known.members["nia"])

    assert [one.copy for name in ("sam", "nia") for one in own(known, name)] == [None, None]


def test_what_was_taken_back_says_so_to_whom_it_was_taken_from_and_no_score(known, as_):
    made = release(known)
    made.taken_back_at = timezone.now()
    made.save()
    made.copies.update(withdrawn_at=made.taken_back_at)

    [one] = own(known, "sam")
    assert (one.copy, one.score, one.taken_back) == (None, 0, True)
    for url in ("/", f"/courses/{known.course.pk}/"):
        page = as_("sam").get(url).text
        assert "Taken back for now" in page
        assert "No exam yet" not in page
        assert "No paper" not in page
        assert "7.5" not in page
        assert "/copies/" not in page
        assert "Midterm" not in as_("nia").get(url).text

    release(known)
    [one] = own(known, "sam")
    assert (one.score, one.taken_back) == (750, False)


def test_an_exam_shows_up_for_students_once_it_is_released(known, as_):
    release(known)
    Exam.objects.create(course=known.course, name="Surprise quiz")

    assert [one.exam.name for one in own(known, "sam")] == ["Midterm"]
    assert "Surprise" not in as_("sam").get(f"/courses/{known.course.pk}/").text
    assert "Surprise" in as_("ines").get(f"/courses/{known.course.pk}/").text


def test_a_students_page_names_nothing_of_the_staffs(known, as_):
    page = as_("sam").get(f"/courses/{known.course.pk}/").text

    for words in ("/people/", "/exams/", "/grade/", "papers", "Nia"):
        assert words not in page


# The pages


def test_each_role_reaches_the_course(as_, world):
    url = f"/courses/{world.course.pk}/"

    expected = {"ines": 200, "gus": 200, "sam": 200, "otto": 404}
    assert {name: as_(name).get(url).status_code for name in expected} == expected


def test_only_instructors_are_offered_people_and_new_exams(as_, world):
    url = f"/courses/{world.course.pk}/"

    offered = {name: "/exams/new/" in as_(name).get(url).text for name in ("ines", "gus", "sam")}
    assert offered == {"ines": True, "gus": False, "sam": False}


def test_home_asks_strangers_to_sign_in(client, db):
    assert client.get("/")["Location"] == "/login/?next=/"


def test_home_teaches_who_has_nothing_yet(as_, world):
    page = as_("otto").get("/").text

    assert "otto@example.edu" in page
    assert "Ask a colleague who has a course here" in page


def test_the_operator_sees_every_course(client, world):
    world.otto.is_superuser = True
    world.otto.save()
    client.force_login(world.otto)

    assert "Grade 1.1" in client.get("/").text


def test_home_shows_the_latest_exams_and_the_course_all(as_, world):
    for number in range(7):
        Exam.objects.create(course=world.course, name=f"Quiz {number}")

    assert "All 8 exams" in as_("ines").get("/").text
    assert as_("ines").get(f"/courses/{world.course.pk}/").text.count("exams__row") == 8


@pytest.mark.parametrize("name", ["ines", "sam"])
@pytest.mark.parametrize("count", [1, 15])
def test_home_takes_the_same_queries_for_few_and_many(
    as_, known, name, count, django_assert_max_num_queries
):
    release(known)
    for number in range(count):
        course = Course.objects.create(name=f"CS{number}")
        for who in ("ines", "sam"):
            Membership.objects.create(
                course=course, user=getattr(known, who), role=known.members[who].role
            )
        exam = Exam.objects.create(course=course, name="Quiz")
        paper = Submission.objects.create(exam=exam, number=1, code_name="x")
        question = Question.objects.create(exam=exam, order=1, number="1", points=100)
        Answer.objects.create(submission=paper, question=question)
        if name == "sam":
            made = Release.objects.create(exam=exam, by=known.ines)
            Copy.objects.create(submission=paper, release=made, result={}, digest="x")
    client = as_(name)

    with django_assert_max_num_queries(16):
        assert client.get("/").text.count("exams__row") >= count + 1
