"""Releases to everyone, to sections, to the rest, and again."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from gradebook.models import Course, Section
from rubrics.models import Entry
from rubrics.rubric import change_item
from scoring.audience import audience, seen_copies
from scoring.models import Copy, Release
from scoring.release import NotReleased, latest, release, standing, take_back
from submissions.models import Match
from tests.scoring.test_release import form, url


@pytest.fixture
def sections(graded):
    """Sam sits in A and Nia in B; both are graded."""
    graded.a, graded.b = (
        Section.objects.create(course=graded.course, name=name) for name in ("A", "B")
    )
    graded.members["sam"].sections.add(graded.a)
    graded.members["nia"].sections.add(graded.b)
    return graded


def to(world, *sections, **more):
    return release(world.exam, by=world.ines, to="sections", sections=sections, **more)


def whose():
    return {copy.student.user.first_name for copy in seen_copies().select_related("student__user")}


def score(world, number=0):
    return seen_copies().get(submission=world.papers[number]).result["score"]


def test_a_release_to_a_section_reaches_its_students_alone(sections):
    to(sections, sections.a)

    assert whose() == {"Sam"}


def test_several_releases_stand_beside_each_other(sections):
    to(sections, sections.a)
    to(sections, sections.b)

    assert whose() == {"Sam", "Nia"}
    assert Release.objects.standing().count() == 2


def test_who_is_in_two_sections_is_reached_by_either_once(sections):
    sections.members["sam"].sections.add(sections.b)
    to(sections, sections.a, sections.b)

    assert whose() == {"Sam", "Nia"}
    assert Copy.objects.count() == 2


def test_a_second_section_of_somebody_does_not_show_them_anew_unasked(sections):
    sections.members["sam"].sections.add(sections.b)
    to(sections, sections.a)

    with pytest.raises(NotReleased, match="already"):
        to(sections, sections.b)
    assert whose() == {"Sam"}


def test_who_is_in_no_section_is_reached_by_the_rest(sections):
    sections.members["nia"].sections.clear()
    to(sections, sections.a, sections.b)
    first = seen_copies().get()

    release(sections.exam, by=sections.ines, to="rest")

    assert whose() == {"Sam", "Nia"}
    assert seen_copies().filter(pk=first.pk).exists()  # Sam's was left alone


def test_who_moves_to_another_section_keeps_what_they_see(sections):
    to(sections, sections.a)
    sections.members["sam"].sections.set([sections.b])

    assert whose() == {"Sam"}


def test_the_rest_is_nobody_once_everyone_sees_theirs(sections):
    release(sections.exam, by=sections.ines)

    with pytest.raises(NotReleased, match="Nobody is left"):
        release(sections.exam, by=sections.ines, to="rest")


def test_a_release_again_replaces_what_stood(sections):
    first = release(sections.exam, by=sections.ines)
    change_item(sections.items["1.1"][1], points=-100, by=sections.ines)
    assert score(sections) == 750

    second = release(sections.exam, by=sections.ines, again=first.pk)

    assert score(sections) == 700
    assert list(Release.objects.standing()) == [second]
    assert first.copies.get(submission=sections.papers[0]).result["score"] == 750  # kept


def test_a_release_again_to_one_section_leaves_the_others(sections):
    first = release(sections.exam, by=sections.ines)
    change_item(sections.items["1.1"][1], points=-100, by=sections.ines)
    change_item(sections.items["1.1"][0], points=-50, by=sections.ines)

    to(sections, sections.a, again=first.pk)

    assert (score(sections), score(sections, 1)) == (700, 200)
    assert Release.objects.standing().count() == 2


def test_taking_back_what_replaced_another_does_not_bring_that_back(sections):
    first = release(sections.exam, by=sections.ines)
    second = to(sections, sections.a, again=first.pk)

    assert take_back(sections.exam, by=sections.ines, only=second.pk) == [second]

    assert whose() == {"Nia"}


def test_all_is_taken_back_at_once(sections):
    to(sections, sections.a)
    to(sections, sections.b)

    assert len(take_back(sections.exam, by=sections.ines)) == 2

    assert whose() == set()
    assert standing(sections.exam) is None


def test_whoever_did_not_see_the_last_release_releases_nothing(sections):
    first = to(sections, sections.a)
    to(sections, sections.b)

    with pytest.raises(NotReleased, match="meantime"):
        release(sections.exam, by=sections.ines, again=first.pk)


def test_a_paper_cannot_stand_in_two_releases(sections):
    release(sections.exam, by=sections.ines)
    other = Release.objects.create(exam=sections.exam)

    with (
        pytest.raises(IntegrityError, match=r"scoring_copy\.submission|a_paper_stands"),
        transaction.atomic(),
    ):
        Copy.objects.create(
            submission=sections.papers[0], release=other, result={}, digest="another"
        )


def test_a_student_whose_paper_is_another_one_now_sees_that_one_alone(sections):
    release(sections.exam, by=sections.ines)
    match = Match.objects.get(submission=sections.papers[0])
    match.submission = sections.papers[2]
    match.save()
    assert whose() == {"Nia"}

    release(sections.exam, by=sections.ines, to="rest")

    assert seen_copies().get(student=sections.members["sam"]).submission == sections.papers[2]
    assert Copy.objects.standing().filter(student=sections.members["sam"]).count() == 1


def test_the_history_says_to_whom_and_what_was_replaced(sections):
    first = release(sections.exam, by=sections.ines)
    second = to(sections, sections.a, sections.b, again=first.pk)

    entry = Entry.objects.filter(verb="released").last()
    assert entry.after == {"release": second.pk, "papers": 2, "to": "A, B", "replaced": 2}


def test_the_counts_say_who_sees_theirs(sections):
    to(sections, sections.a)

    found = audience(sections.exam)

    assert (found.papers, found.seen, found.rest) == (2, 1, 1)
    assert [(one.section.name, one.papers, one.state) for one in found.sections] == [
        ("A", 1, "released"),
        ("B", 1, ""),
    ]


def test_the_page_offers_the_sections_and_releases_to_the_one_ticked(as_, sections):
    client = as_("ines")
    page = client.get(url(sections)).text
    assert "Some sections" in page

    form(client, sections, tick=True, to="sections", sections=[sections.a.pk])

    assert whose() == {"Sam"}
    page = client.get(url(sections)).text
    assert "1 of 2 students" in page
    assert 'value="rest" checked' in page


def test_the_page_wants_a_section_named_and_knows_no_other_courses(as_, sections):
    other = Section.objects.create(course=Course.objects.create(name="Else"), name="A")
    client = as_("ines")

    for chosen in ([], [other.pk], ["nonsense"], [2**63], ["9" * 40], [-1]):
        answer = form(client, sections, tick=True, to="sections", sections=chosen)
        assert answer.status_code == 422
        assert "Choose at least one section" in answer.text
    assert standing(sections.exam) is None


def test_a_form_that_was_sent_twice_releases_again_once(as_, sections):
    release(sections.exam, by=sections.ines)
    client = as_("ines")
    shown = client.get(url(sections)).context
    sent = {"seen": shown["seen"], "agreed": shown["ready"].key, "to": "all"}

    answers = [client.post(url(sections), sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 422]
    assert Release.objects.count() == 2


def test_one_of_several_releases_is_taken_back_by_the_page(as_, sections):
    first = to(sections, sections.a)
    to(sections, sections.b)

    as_("ines").post(url(sections), {"take_back": first.pk})

    assert whose() == {"Nia"}


def test_programs_release_to_sections_too(as_, sections):
    client, address = as_("ines"), reverse("api_release", args=[sections.exam.pk])

    def put(**body):
        return client.put(address, body, content_type="application/json")

    made = put(to="sections", sections=["A"])
    assert (made.status_code, made.json()["sections"]) == (200, ["A"])
    assert put(to="sections", sections=["A"]).status_code == 409
    assert put(to="sections", sections=["C"]).status_code == 400
    assert put(to="sections").status_code == 400
    assert put(to="rest").status_code == 200
    assert whose() == {"Sam", "Nia"}
    assert put(again=latest(sections.exam)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_who_release_again_at_once_one_does(sections):
    first = release(sections.exam, by=sections.ines)
    outcomes = []

    def act():
        try:
            outcomes.append(release(sections.exam, by=sections.ines, again=first.pk).pk)
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
    assert Copy.objects.standing().count() == 2


def test_the_page_costs_the_same_for_any_number_of_releases_and_sections(
    as_, sections, django_assert_max_num_queries
):
    def count():
        with django_assert_max_num_queries(99) as asked:
            as_("ines").get(url(sections))
        return len(asked)

    to(sections, sections.a)
    few = count()
    to(sections, sections.b)
    more = [Section.objects.create(course=sections.course, name=f"S{n}") for n in range(9)]
    sections.members["nia"].sections.add(*more)

    assert count() <= few


def test_the_check_list_is_that_of_whom_it_is_released_to(as_, sections):
    client, world = as_("ines"), sections

    def open_for(**whom):
        return [check.text for check in client.get(url(world), whom).context["ready"].open]

    assert "5 answers are not graded yet" in open_for(to="all")
    assert open_for(to="sections", sections=world.a.pk) == []
    assert "2 answers are not graded yet" in open_for(to="sections", sections=world.b.pk)
    # Whom nobody chose: everyone.
    assert open_for(to="sections") == open_for(to="all")


def test_what_is_open_elsewhere_is_nothing_to_agree_to(as_, sections):
    client = as_("ines")

    answer = form(client, sections, to="sections", sections=[sections.a.pk])

    assert answer.status_code == 302
    assert form(client, sections, to="all").status_code == 422


def test_a_tick_beside_the_list_of_others_agrees_to_nothing(as_, sections):
    """Without a script the list is that of the first choice until the form is sent."""
    client, world = as_("ines"), sections
    shown = client.get(url(world), {"to": "sections", "sections": world.b.pk}).context
    sent = {"seen": shown["seen"], "agreed": shown["ready"].key, "to": "all"}

    answer = client.post(url(world), sent)

    assert answer.status_code == 422
    assert "another list" in answer.text
    assert "5 answers are not graded yet" in answer.text
    assert standing(world.exam) is None
    assert (
        client.post(url(world), sent | {"agreed": answer.context["ready"].key}).status_code == 302
    )
