from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from gradebook.models import Exam, Membership, Role, Section, User
from rubrics import grading
from scoring.listing import ORDERS, Chosen, Paper, in_order
from scoring.release import release, take_back
from submissions.models import Answer, Match, Submission


@pytest.fixture
def url(world):
    return f"/exams/{world.exam.pk}/submissions/"


@pytest.fixture
def shown(as_, url):
    """The numbers of the papers a page shows, in its order."""

    def look(query=""):
        response = as_("ines").get(url + query)
        assert response.status_code == 200
        return [row.paper.number for row in response.context["rows"]]

    return look


@pytest.fixture
def scored(world):
    """Paper 1 is Sam's, 7.5 points; 2 Nia's, 9 points; 3 nobody's, one part graded."""
    for number in world.questions:
        grading.apply(world.items[number][1], world.answers[1, number], by=world.gus)
        grading.apply(world.items[number][0], world.answers[2, number], by=world.gus)
    grading.apply(world.items["2"][2], world.answers[3, "2"], by=world.gus)
    for number, name in ((1, "sam"), (2, "nia")):
        Match.objects.create(
            exam=world.exam, submission=world.papers[number - 1], membership=world.members[name]
        )
    grading.flag(world.answers[1, "2"], by=world.gus)
    section = Section.objects.create(course=world.course, name="Morning")
    world.members["nia"].sections.add(section)
    world.section = section
    return world


def test_only_instructors_see_all_papers(as_, url):
    assert as_("otto").get(url).status_code == 404
    assert as_("sam").get(url).status_code == 404
    assert as_("gus").get(url).status_code == 403


def test_a_row_says_whose_how_far_and_what(as_, url, scored):
    page = as_("ines").get(url)

    sam, nia, nobody = page.context["rows"]
    assert (sam.paper.student, sam.total, sam.paper.flags) == ("Student, Sam", "7.5", 1)
    assert (nia.paper.section, nia.total) == ("Morning", "9")
    assert (nobody.paper.student, nobody.total, nobody.paper.graded) == ("", "–", 1)
    assert sam.scores == ["5", "2.5"]
    assert nobody.scores == ["–", "0"]
    assert f'href="/submissions/{sam.paper.pk}/"' in page.content.decode()


def test_scores_of_parts_stand_beside_each_other_if_asked_for(as_, url, scored):
    page = as_("ines").get(f"{url}?columns=parts")

    assert [head.label for head in page.context["heads"]][-3:] == ["1.1 a", "1.2 b", "2"]
    assert page.context["rows"][0].scores == ["1.5", "3.5", "2.5"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", [1, 2, 3]),
        ("-paper", [3, 2, 1]),
        ("student", [2, 1, 3]),
        ("-student", [1, 2, 3]),
        ("total", [1, 2, 3]),
        ("-total", [2, 1, 3]),
        ("graded", [3, 1, 2]),
        ("-flags", [1, 2, 3]),
        ("section", [2, 1, 3]),
        ("nothing", [1, 2, 3]),
        ("--total", [1, 2, 3]),
    ],
)
def test_the_address_says_the_order_and_what_is_unknown_stands_last(shown, scored, sort, order):
    assert shown(f"?sort={sort}") == order


def test_papers_sort_by_the_score_in_a_question(shown, scored):
    two, group = scored.questions["2"].pk, scored.group.pk
    # One part of two is graded: no score in the question yet.
    grading.apply(scored.items["1.1"][0], scored.answers[3, "1.1"], by=scored.gus)

    assert shown(f"?sort=q{two}") == [3, 1, 2]
    assert shown(f"?sort=-q{two}") == [2, 1, 3]
    assert shown(f"?sort=-q{group}") == [2, 1, 3]
    assert shown(f"?sort=q{group}") == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=sam", [1]),
        ("?q=STUDENT+s00", [1]),
        ("?q=nia@example", [2]),
        ("?q=maple", [3]),
        ("?q=3", [2, 3]),
        ("?q=sam+nia", []),
        ("?status=graded", [1, 2]),
        ("?status=partly", [3]),
        ("?status=ungraded", []),
        ("?status=flagged", [1]),
        ("?status=nobody", [3]),
        ("?status=unreleased", [1, 2, 3]),
        ("?status=odd", [1, 2, 3]),
        ("?q=%00", [1, 2, 3]),
    ],
)
def test_papers_are_found_by_words_and_state(shown, scored, query, found):
    assert shown(query) == found


def test_papers_of_a_section_are_shown_alone(shown, scored):
    assert shown(f"?section={scored.section.pk}") == [2]
    assert shown(f"?section={scored.section.pk + 1}") == []


def test_what_was_released_is_told(shown, scored):
    grading.say_graded(scored.answers[3, "1.1"], by=scored.gus)
    release(scored.exam, by=scored.ines)

    assert shown("?status=unreleased") == [3]
    assert shown("?sort=-released")[-1] == 3


def test_a_paper_whose_later_release_was_taken_back_is_not_released(shown, scored):
    first = release(scored.exam, by=scored.ines)
    second = release(scored.exam, by=scored.ines, again=first.pk)
    take_back(scored.exam, by=scored.ines, only=second.pk)

    assert shown("?status=unreleased") == [1, 2, 3]


def test_a_paper_matched_anew_since_its_release_is_not_released(shown, scored):
    release(scored.exam, by=scored.ines)
    Match.objects.filter(submission=scored.papers[0]).update(membership=scored.members["gus"])

    assert shown("?status=unreleased") == [1, 3]


def test_code_names_show_where_graders_see_them(as_, url, scored):
    for anonymous in (True, False):
        Exam.objects.update(anonymous=anonymous)
        page = as_("ines").get(url)

        labels = [head.label for head in page.context["heads"]]
        assert ("Code name" in labels) is anonymous
        assert ("kestrel-41" in page.content.decode()) is anonymous


def test_a_head_leads_to_its_order_and_back(as_, url, scored):
    page = as_("ines").get(f"{url}?q=s&sort=-total&page=2")
    heads = {head.label: head for head in page.context["heads"]}

    assert heads["Total"].sorted == "descending"
    assert heads["Total"].url == "?q=s&sort=total"
    assert heads["Student"].url == "?q=s&sort=student"
    assert heads["2"].url == f"?q=s&sort=-q{scored.questions['2'].pk}"
    assert 'aria-sort="descending"' in page.content.decode()


def test_an_exam_without_papers_says_where_they_come_from(as_, url):
    Submission.objects.all().delete()

    assert "No papers yet" in as_("ines").get(url).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_papers(as_, url, scored):
    ines, address = as_("ines"), f"{url}?sort=-q{scored.group.pk}&q=e"
    ines.get(address)
    with CaptureQueriesContext(connection) as few:
        ines.get(address)
    for number in range(10, 60):
        user = User.objects.create(email=f"p{number}@example.edu", last_name=f"Person {number}")
        member = Membership.objects.create(course=scored.course, user=user, role=Role.STUDENT)
        member.sections.add(scored.section)
        paper = Submission.objects.create(
            exam=scored.exam, number=number, code_name=f"wren-{number}"
        )
        Match.objects.create(exam=scored.exam, submission=paper, membership=member)
        for question in scored.questions.values():
            Answer.objects.create(submission=paper, question=question, graded=True, score=100)
    with CaptureQueriesContext(connection) as many:
        page = ines.get(address)

    assert len(page.context["rows"]) > 50
    assert len(many) == len(few)
    assert len(many) <= 18


papers = st.lists(
    st.builds(
        Paper,
        pk=st.integers(1, 999),
        number=st.integers(1, 999),
        code=st.text(max_size=5),
        last=st.text(max_size=5),
        member=st.integers(0, 3),
        parts=st.just(3),
        graded=st.integers(0, 3),
        score=st.integers(-500, 500),
        flags=st.integers(0, 2),
    ),
    max_size=20,
)


@given(papers, st.sampled_from(sorted(ORDERS)), st.booleans())
def test_an_order_keeps_every_paper_and_puts_the_unknown_last(some, key, falling):
    value = ORDERS[key]

    found = in_order(some, value, falling=falling)

    assert sorted(map(id, found)) == sorted(map(id, some))
    told = [value(paper) for paper in found]
    known = [one for one in told if one is not None]
    assert told == known + [None] * (len(told) - len(known))
    assert known == sorted(known, reverse=falling)


@given(papers, st.text(max_size=6))
def test_looking_for_words_only_ever_narrows(some, words):
    assert set(map(id, Chosen(words=words).of(some))) <= set(map(id, some))
