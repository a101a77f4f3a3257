from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gradebook.models import Membership, Role
from rubrics import grading
from scoring import needs, regrades
from scoring.models import Copy, Regrade, RegradeWindow
from scoring.regrade_list import next_open, open_requests
from scoring.regrade_windows import Terms, set_terms, set_window, terms_of
from tests.conftest import person

WHY = "The second line is right."


@pytest.fixture
def asked(released):
    return regrades.ask(released.copies["sam"], "1.1", WHY)


def page(response):
    return response.content.decode()


# The list


def test_the_list_says_what_was_asked_and_what_came_of_it(as_, asked, released):
    other = regrades.ask(released.copies["sam"], "2", "And this.")
    grading.adjust(other.answer, 50, version=1, by=released.gus)
    regrades.reply(other, "Yes.", change=True, seen=300, by=released.gus)

    text = page(as_("ines").get(reverse("regrades", args=[released.exam.pk])))

    assert WHY in text
    assert "2 became 3" in text
    assert text.index(WHY) < text.index("And this.")
    for name, value in (("Asked", "2"), ("Open", "1"), ("Points moved", "+1")):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in text


def test_without_requests_there_is_nothing_to_choose_and_no_next_one(as_, released):
    shown = as_("ines").get(f"{reverse('regrades', args=[released.exam.pk])}?state=open")
    text = page(shown)

    assert "No requests yet" in text
    for gone in ("Answer the next", "Points moved", "All requests", "<select"):
        assert gone not in text, gone


def test_what_no_request_is_like_leaves_the_filter(as_, asked, released):
    text = page(as_("ines").get(f"{reverse('regrades', args=[released.exam.pk])}?state=kept"))

    for there in ("No request is like that", "Answer the next", "Points moved", "<select"):
        assert there in text, there


def test_instructors_find_the_letters_beside_the_requests(as_, asked, released):
    url = reverse("regrades", args=[released.exam.pk])
    there = f'href="{reverse("reply_letters", args=[released.exam.pk])}"'

    assert there in as_("ines").get(url).text
    assert there not in as_("gus").get(url).text


def test_the_list_is_narrowed_by_state_part_grader_and_to_ones_own(as_, asked, released):
    done = regrades.ask(released.copies["sam"], "2", "And this.")
    regrades.pass_on(done, released.ines, by=released.ines)
    regrades.reply(done, "No.", change=False, by=released.ines)
    url = reverse("regrades", args=[released.exam.pk])
    part = released.questions["1.1"].pk

    for query, shown in (
        ("state=open", [WHY]),
        ("state=kept", ["And this."]),
        ("state=changed", []),
        (f"question={part}", [WHY]),
        (f"grader={released.ines.pk}", ["And this."]),
        ("mine=yes", [WHY]),
        ("state=nonsense&question=x", [WHY, "And this."]),
    ):
        text = page(as_("gus").get(f"{url}?{query}"))
        assert [one for one in (WHY, "And this.") if one in text] == shown, query


def test_graders_of_an_anonymous_exam_see_code_names_and_instructors_the_student(
    as_, asked, released
):
    for address in (
        reverse("regrades", args=[released.exam.pk]),
        reverse("regrade", args=[asked.pk]),
    ):
        gus, ines = page(as_("gus").get(address)), page(as_("ines").get(address))
        assert "kestrel-41" in gus
        for secret in ("Sam", "s0000002", "sam@example.edu"):
            assert secret not in gus
        assert "Sam Student" in ines


def test_a_list_of_many_costs_what_a_list_of_one_costs(
    as_, asked, released, django_assert_max_num_queries
):
    url, client = reverse("regrades", args=[released.exam.pk]), as_("ines")
    client.get(url)
    student = released.members["sam"]
    others = [
        Regrade(
            answer=answer,
            submission=answer.submission,
            number="1",
            student=student,
            reason=WHY,
            grader=released.gus,
        )
        for answer in released.answers.values()
        if answer.pk != asked.answer_id
    ]
    Regrade.objects.bulk_create(others)

    with django_assert_max_num_queries(14):
        text = page(client.get(url))
    assert text.count(WHY) == 9


def test_next_leads_to_ones_own_first_and_round(as_, asked, released):
    url = reverse("regrade_next", args=[released.exam.pk])
    ines = regrades.ask(released.copies["sam"], "1.2", WHY)
    regrades.pass_on(ines, released.ines, by=released.ines)
    third = regrades.ask(released.copies["sam"], "2", WHY)

    def lead(name, after):
        return as_(name).get(url, {"after": after} if after else {})["Location"]

    assert lead("gus", 0) == reverse("regrade", args=[asked.pk])
    assert lead("gus", asked.pk) == reverse("regrade", args=[third.pk])
    assert lead("gus", third.pk) == reverse("regrade", args=[asked.pk])
    assert lead("ines", 0) == reverse("regrade", args=[ines.pk])
    # Nothing else is put to her, but she may answer what waits for others.
    assert lead("ines", ines.pk) == reverse("regrade", args=[third.pk])
    regrades.withdraw(asked)
    regrades.withdraw(third)
    assert lead("gus", 0) == reverse("regrades", args=[released.exam.pk])
    assert lead("ines", ines.pk) == reverse("regrades", args=[released.exam.pk])


# One request


def test_a_request_opens_in_the_workspace_with_its_reason_and_both_scores(as_, asked, released):
    text = page(as_("gus").get(reverse("regrade", args=[asked.pk])))

    assert "<grading-page" in text
    assert WHY in text
    assert "The student sees <b>1.5</b> / 2." in text
    assert f'<answer-slip class="slip" data-answer="{asked.answer_id}">' in text


def test_the_new_grading_can_be_shown_where_it_differs_from_what_the_student_sees(
    as_, asked, released
):
    url, client = reverse("regrade", args=[asked.pk]), as_("gus")
    assert "data-with-score hidden>" in page(client.get(url))
    grading.comment(asked.answer, "See the solution.", version=0, by=released.gus)

    assert "data-with-score>" in page(client.get(url))


def test_the_workspace_without_a_request_has_no_slip(as_, asked):
    assert "answer-slip" not in page(as_("gus").get(reverse("answer", args=[asked.answer_id])))


def test_a_reply_is_sent_once_and_leads_on(as_, asked, released):
    url, client = reverse("regrade", args=[asked.pk]), as_("gus")
    grading.adjust(asked.answer, 50, version=0, by=released.gus)
    for _ in range(2):
        response = client.post(url, {"text": "Right.", "change": "yes", "seen": "2"})

    assert response["Location"] == f"/exams/{released.exam.pk}/regrades/next/?after={asked.pk}"
    asked.refresh_from_db()
    assert (asked.reply.text, asked.reply.after, asked.reply.by) == ("Right.", 200, released.gus)
    assert Copy.objects.get(pk=released.copies["sam"].pk).result["score"] == 800


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"text": " ", "change": "no"}, 422, "Write to the student"),
        ({"text": "x" * 2001, "change": "no"}, 422, "2,000"),
        ({"text": "Kept words.", "change": "yes", "seen": "1"}, 409, "it is 1.5 now"),
        ({"text": "Kept words.", "change": "yes", "seen": "?"}, 409, "it is 1.5 now"),
    ],
)
def test_a_reply_that_cannot_be_sent_says_why_and_keeps_its_words(as_, asked, sent, status, said):
    response = as_("gus").post(reverse("regrade", args=[asked.pk]), sent)

    assert response.status_code == status
    assert said in page(response)
    assert sent["text"].strip() in page(response)
    assert Regrade.objects.open().count() == 1


def test_who_comes_second_is_told_and_loses_no_word(as_, asked, released):
    regrades.reply(asked, "It stays.", change=False, by=released.gus)

    response = as_("ines").post(
        reverse("regrade", args=[asked.pk]), {"text": "My words.", "change": "no"}
    )

    assert response.status_code == 409
    assert "Gus Grader answered this request already" in page(response)
    assert "What you wrote was not sent: “My words.”" in page(response)


def test_only_whom_it_is_put_to_and_instructors_answer(as_, asked, released):
    url = reverse("regrade", args=[asked.pk])
    regrades.pass_on(asked, released.ines, by=released.ines)
    sent = {"text": "No.", "change": "no"}

    assert as_("gus").post(url, sent).status_code == 403
    assert "It is put to Ines Instructor." in page(as_("gus").get(url))
    regrades.pass_on(asked, None, by=released.ines)
    assert as_("gus").post(url, sent).status_code == 302


def test_instructors_put_a_request_to_somebody_who_grades(as_, asked, released):
    url, client = reverse("regrade_grader", args=[asked.pk]), as_("ines")
    for chosen, grader in (
        (released.ines.pk, released.ines),
        (released.sam.pk, released.ines),
        ("", None),
    ):
        assert client.post(url, {"grader": chosen}).status_code == 302
        asked.refresh_from_db()
        assert asked.grader == grader
    assert as_("gus").post(url, {"grader": ""}).status_code == 403


@pytest.mark.parametrize("name", ["sam", "nia", "otto"])
def test_no_student_reaches_the_staffs_pages(as_, asked, released, name):
    for one in ("regrades", "regrade_next", "regrade_window"):
        assert as_(name).get(reverse(one, args=[released.exam.pk])).status_code == 404
    for one in ("regrade", "regrade_grader"):
        assert as_(name).post(reverse(one, args=[asked.pk])).status_code == 404


# The window


def fields(world, **changes):
    sent = {"on": "on", "opens_at": "2026-12-01T08:00", "closes_at": "2026-12-08T23:59"}
    for question in world.questions.values():
        sent |= {f"was-{question.pk}": "0.0", f"grader-{question.pk}": ""}
    return {name: value for name, value in (sent | changes).items() if value is not None}


def test_times_are_typed_and_shown_by_the_clocks_of_the_course(as_, released):
    released.course.time_zone = "Asia/Tokyo"
    released.course.save()
    url, client = reverse("regrade_window", args=[released.exam.pk]), as_("ines")

    assert client.post(url, fields(released)).status_code == 302

    window = RegradeWindow.objects.get()
    assert window.opens_at.isoformat() == "2026-11-30T23:00:00+00:00"
    assert window.by == released.ines
    assert 'value="2026-12-01T08:00"' in page(client.get(url))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"closes_at": "2026-12-01T08:00"}, "It has to close after it opens."),
        ({"opens_at": None}, "Give a day and a time."),
        ({"opens_at": "tomorrow"}, "Enter a valid date/time."),
        ({"opens_at": "0001-01-01T00:00"}, "Give a year from 2000 to 2199."),
        ({"closes_at": "9999-12-31T23:59"}, "Give a year from 2000 to 2199."),
    ],
)
def test_a_window_that_cannot_be_is_refused_in_words(as_, released, changes, said):
    before = RegradeWindow.objects.get().closes_at
    url = reverse("regrade_window", args=[released.exam.pk])

    response = as_("ines").post(url, fields(released, **changes))

    assert response.status_code == 422
    assert page(response).count(said) == 1
    assert RegradeWindow.objects.get().closes_at == before


def test_it_is_switched_off_and_opened_questions_stay_as_they_were(as_, released):
    part = released.questions["1.1"].pk
    url, client = reverse("regrade_window", args=[released.exam.pk]), as_("ines")
    client.post(url, fields(released, **{f"closed-{part}": "on"}))
    client.post(url, fields(released, on=None, **{f"was-{part}": "1.0", f"closed-{part}": "on"}))

    assert not RegradeWindow.objects.exists()
    assert terms_of(released.exam)[part].closed


def test_what_a_colleague_said_of_another_part_meanwhile_stays(as_, released):
    one, two = (released.questions[number].pk for number in ("1.1", "2"))
    set_terms(released.exam, {two: Terms(closed=True)}, by=released.gus)

    url = reverse("regrade_window", args=[released.exam.pk])
    as_("ines").post(url, fields(released, **{f"grader-{one}": released.gus.pk}))

    assert terms_of(released.exam) == {one: Terms(False, released.gus.pk), two: Terms(True)}


def test_all_parts_are_closed_at_once_and_keep_whom_requests_go_to(as_, released):
    one = released.questions["1.1"].pk
    set_terms(released.exam, {one: Terms(grader=released.gus.pk)}, by=released.ines)
    url = reverse("regrade_window", args=[released.exam.pk])
    sent = fields(released, **{f"was-{one}": f"0.{released.gus.pk}"}, all="closed")

    as_("ines").post(url, sent | {f"grader-{one}": released.gus.pk})

    leaves = {question.pk for question in released.exam.questions.leaves()}
    said = terms_of(released.exam)
    assert said == {pk: Terms(True, released.gus.pk if pk == one else None) for pk in leaves}


def test_all_parts_are_opened_at_once_with_one_date(as_, released):
    leaves = released.exam.questions.leaves()
    set_terms(released.exam, {one.pk: Terms(closed=True) for one in leaves}, by=released.ines)
    url = reverse("regrade_window", args=[released.exam.pk])
    ticked = {f"closed-{one.pk}": "on" for one in leaves}

    as_("ines").post(url, fields(released, **ticked, all="open"))

    assert not any(terms.closed for terms in terms_of(released.exam).values())
    assert RegradeWindow.objects.get().closes_at.day in (8, 9)


def test_whom_a_colleague_named_meanwhile_stays_when_all_are_closed(as_, released):
    two = released.questions["2"].pk
    url = reverse("regrade_window", args=[released.exam.pk])
    sent = fields(released, all="closed")
    set_terms(released.exam, {two: Terms(grader=released.gus.pk)}, by=released.ines)

    as_("ines").post(url, sent)

    assert terms_of(released.exam)[two] == Terms(True, released.gus.pk)


def test_the_parts_of_a_question_are_folded_and_say_what_holds(as_, released):
    group = released.questions["1.1"].parent
    released.exam.questions.filter(number="2").update(order=20)
    for place in range(5, 14):
        released.exam.questions.create(parent=group, order=place, number=f"1.{place}", points=100)
    two = released.questions["1.1"].pk
    set_terms(released.exam, {two: Terms(True, released.gus.pk)}, by=released.ines)

    shown = page(as_("ines").get(reverse("regrade_window", args=[released.exam.pk])))

    assert shown.count('<details class="regrades__block">') == 2
    assert "11 parts, 1 closed, 1 put to somebody" in shown


# Exam home


def test_exam_home_names_open_requests_to_whom_they_wait_for(as_, asked, released):
    url = reverse("exam", args=[released.exam.pk])
    assert "regrade request waits" in page(as_("gus").get(url))
    assert "regrade request waits" in page(as_("ines").get(url))
    regrades.pass_on(asked, released.ines, by=released.ines)
    assert "regrade request waits" not in page(as_("gus").get(url))
    regrades.reply(asked, "No.", change=False, by=released.ines)
    assert "regrade request waits" not in page(as_("ines").get(url))


def test_a_request_put_to_who_left_waits_for_the_instructors(as_, asked, released):
    Membership.objects.filter(pk=released.members["gus"].pk).update(left_at=timezone.now())

    known = needs.facts(released.exam, released.ines)

    assert known.regrades == (1, 0)
    assert "regrade request waits" in page(as_("ines").get(f"/exams/{released.exam.pk}/"))


def test_two_graders_have_their_own_requests(as_, asked, released):
    mara = person("mara@example.edu", "Mara", "Marker")
    Membership.objects.create(course=released.course, user=mara, role=Role.GRADER)
    released.mara = mara

    assert needs.facts(released.exam, mara).regrades == (1, 0)
    assert "It is put to Gus Grader." in page(as_("mara").get(reverse("regrade", args=[asked.pk])))


def test_a_window_told_to_staff_is_what_students_read(as_, released):
    now = timezone.now()
    set_window(released.exam, now - timedelta(days=2), now - timedelta(days=1), by=released.ines)

    text = page(as_("gus").get(reverse("regrades", args=[released.exam.pk])))

    assert "Students read: “Regrade requests closed on" in text


def test_who_asked_and_grades_now_is_not_led_to_their_own_request(as_, asked, released):
    Regrade.objects.filter(pk=asked.pk).update(grader=None)
    released.members["sam"].role = Role.GRADER
    released.members["sam"].save()
    client = as_("sam")

    assert next_open(released.exam, released.sam, None) is None
    assert open_requests(released.exam, released.sam) == (1, 0)
    page = client.get(reverse("regrade", args=[asked.pk])).text
    assert "You asked for this yourself, so somebody else answers it." in page
