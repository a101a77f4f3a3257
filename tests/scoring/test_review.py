from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from gradebook.models import Exam, Question, Section
from rubrics import grading
from scoring.marksheet import Marksheet
from scoring.review import Review, distribution, sections
from submissions.models import Answer, Match, Submission

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def url(world):
    return f"/exams/{world.exam.pk}/review/"


@pytest.fixture
def papers(world):
    """Grade every part; `papers(7)` makes seven more before. The items come by turns."""

    def make(more=0, whole=True):
        first = Submission.objects.count() + 1
        for number in range(first, first + more):
            paper = Submission.objects.create(
                exam=world.exam, number=number, code_name=f"wren-{number}"
            )
            for question in world.questions.values():
                world.answers[number, question.number] = Answer.objects.create(
                    submission=paper, question=question, score=question.points or 0
                )
        for (paper, number), answer in world.answers.items():
            if whole or number != "2":
                grading.apply(world.items[number][paper % 3], answer, by=world.gus)

    return make


def put_in_section(world, name, *numbers):
    section = Section.objects.create(course=world.course, name=name)
    for number, who in zip(numbers, ("sam", "nia", "gus", "ines"), strict=False):
        member = world.members[who]
        member.sections.add(section)
        paper = Submission.objects.get(exam=world.exam, number=number)
        Match.objects.create(exam=world.exam, submission=paper, membership=member)
    return section


def table(response):
    return list(csv.reader(io.StringIO(response.content.decode())))


def test_only_instructors_review(as_, url):
    assert as_("otto").get(url).status_code == 404
    assert as_("sam").get(url).status_code == 404
    assert as_("gus").get(url).status_code == 403


def test_before_anything_is_graded_the_page_says_what_will_be_here(as_, url):
    page = as_("ines").get(url)

    assert page.context["told"] is None
    assert "Nothing to review yet" in page.content.decode()


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_papers_of_many_are_never_told_as_a_class(as_, url, world, count):
    for paper in range(1, count + 1):
        for number in ("1.1", "1.2", "2"):
            grading.apply(world.items[number][1], world.answers[paper, number], by=world.gus)

    page = as_("ines").get(url)
    text = page.content.decode()

    assert page.context["told"] is None
    assert page.context["lines"] == []
    assert "Totals show here from 3 on" in text
    assert "7.5" not in text
    for line in table(as_("ines").get(f"{url}parts.csv"))[1:]:
        assert set(line[5:]) == {""}
    part = as_("ines").get(f"{url}{world.questions['2'].pk}/")
    assert "2.5" not in part.content.decode()


def test_the_only_paper_is_no_class_either(as_, url, world):
    Submission.objects.exclude(number=1).delete()
    for number in ("1.1", "1.2", "2"):
        grading.apply(world.items[number][1], world.answers[1, number], by=world.gus)

    page = as_("ines").get(url)

    assert "One paper is no class" in page.content.decode()
    assert page.context["told"] is None


def test_the_totals_are_those_of_wholly_graded_papers(as_, url, world, papers):
    papers()
    more = Submission.objects.create(exam=world.exam, number=9, code_name="wren-9")
    for question in world.questions.values():
        world.answers[9, question.number] = Answer.objects.create(
            submission=more, question=question, score=question.points or 0
        )
    grading.apply(world.items["2"][2], world.answers[9, "2"], by=world.gus)

    page = as_("ines").get(url)

    # 9, 7.5 and 0 points.
    facts = dict(page.context["told"].facts)
    assert facts["Mean"] == "5.50"
    assert facts["Median"] == "7.50"
    assert facts["Std dev"] == "4.82"
    assert (facts["Lowest"], facts["Highest"]) == ("0", "9")
    assert (facts["Lower quartile"], facts["Upper quartile"]) == ("3.75", "8.25")
    assert "3 of 4 papers wholly graded" in page.content.decode()


def test_a_part_is_told_by_its_graded_answers_on_whichever_paper(as_, url, papers):
    papers(whole=False)

    page = as_("ines").get(url)

    lines = {line.question.number: line for line in page.context["lines"]}
    assert page.context["told"] is None
    assert lines["1.1"].count == 3
    assert lines["1.1"].texts["mean"] == "1.17"
    assert lines["1"].texts["mean"] == "3.67"
    assert (lines["2"].count, lines["2"].texts["mean"]) == (0, "–")
    assert lines["1.1"].texts["difficulty"] == "0.58"


def test_few_papers_tell_no_discrimination(as_, url, world, papers):
    papers()
    client, home = as_("ines"), reverse("exam", args=[world.exam.pk])
    page, so_far = client.get(url), client.get(home).context["so_far"]

    assert {line.texts["apart"] for line in page.context["lines"]} == {"–"}
    assert {(part["discrimination"], part["odd"]) for part in so_far["parts"]} == {("–", False)}
    assert "It shows from 10 papers on" in client.get(home).text

    papers(7)
    page, so_far = client.get(url), client.get(home).context["so_far"]
    assert {line.texts["apart"] for line in page.context["lines"]} != {"–"}
    assert {part["discrimination"] for part in so_far["parts"]} != {"–"}
    assert "higher is easier" in page.text
    assert "higher is easier" in client.get(home).text


def test_few_papers_tell_no_reliability(as_, url, papers):
    papers()
    assert as_("ines").get(url).context["reliability"] == [
        ("Reliability", "too few papers to tell")
    ]

    papers(7)
    assert dict(as_("ines").get(url).context["reliability"])["Reliability"] not in {"–", "0.00"}


def test_a_section_is_looked_at_alone(as_, url, world, papers):
    papers(7)
    morning = put_in_section(world, "Morning", 1, 2, 3)

    page = as_("ines").get(f"{url}?section={morning.pk}")

    assert dict(page.context["told"].facts)["Mean"] == "5.50"
    assert "Morning: All 3 papers" in page.content.decode()
    assert page.context["by_section"] == []
    assert page.context["review"].papers == 3


def test_sections_stand_beside_each_other_and_small_ones_tell_nothing(as_, url, world, papers):
    papers(7)
    put_in_section(world, "Morning", 1, 2, 3)
    evening = Section.objects.create(course=world.course, name="Evening")
    lone = Submission.objects.get(number=4)
    world.members["ines"].sections.add(evening)
    Match.objects.create(exam=world.exam, submission=lone, membership=world.members["ines"])

    page = as_("ines").get(url)
    lines = {line.name: line for line in page.context["by_section"]}

    assert list(lines) == ["Evening", "Morning", "No section"]
    assert lines["Evening"].count == 1
    assert set(lines["Evening"].texts.values()) == {"–"}
    assert lines["Morning"].texts["mean"] == "5.50"
    rest = [sum_of(world, paper) for paper in range(4, 11)]
    assert lines["Morning"].beside == pytest.approx(550 - np.mean(rest))


def sum_of(world, paper):
    return sum(Answer.objects.get(pk=world.answers[paper, n].pk).score for n in world.questions)


def test_another_courses_section_is_not_taken(as_, url, world, papers):
    papers()
    other = type(world.course).objects.create(name="Other")
    section = Section.objects.create(course=other, name="Away")

    for asked in (section.pk, "x", "9" * 30):
        assert as_("ines").get(f"{url}?section={asked}").context["review"].section is None


def test_a_part_shows_its_items_with_count_and_share(as_, url, world, papers):
    papers(7)
    question = world.questions["1.1"]

    page = as_("ines").get(f"{url}{question.pk}/")

    said = [(str(one.item), one.count, one.share) for one in page.context["items"]]
    assert said == [("Correct", 3, "30 %"), ("Slip", 4, "40 %"), ("Wrong", 3, "30 %")]
    assert "1.1 a · Add" in page.content.decode()


def test_a_question_with_parts_is_reviewed_as_a_whole(as_, url, world, papers):
    papers(7)

    page = as_("ines").get(f"{url}{world.group.pk}/")

    assert page.context["line"].count == 10
    assert {one.item.question.number for one in page.context["items"]} == {"1.1", "1.2"}


def test_a_part_of_another_exam_is_not_here(as_, url, world):
    other = Exam.objects.create(course=world.course, name="Other")
    away = Question.objects.create(exam=other, order=1, number="1", points=100)

    for place in ("", "histogram.svg", "histogram.csv"):
        assert as_("ines").get(f"{url}{away.pk}/{place}").status_code == 404
    assert as_("ines").get(f"{url}nothing.csv").status_code == 404


@pytest.mark.parametrize("place", ["histogram.svg", "{part}/histogram.svg"])
def test_a_picture_is_a_file_that_needs_no_other(as_, url, world, papers, place):
    Exam.objects.update(name="<b>Mid & term</b>")
    papers()

    response = as_("ines").get(url + place.format(part=world.questions["2"].pk))

    assert response["Content-Type"].startswith("image/svg+xml")
    assert "attachment" in response["Content-Disposition"]
    text = response.content.decode()
    drawn = ET.fromstring(text)
    assert drawn.find(f"{SVG}title").text.startswith("<b>Mid & term</b>")
    assert "href" not in text
    assert "var(" not in text
    said = [one.text for one in drawn.iter(f"{SVG}text")]
    assert "3 papers of 3" in said[1]
    bars = list(drawn.iter(f"{SVG}rect"))[1:]
    assert sum(int(bar.find(f"{SVG}title").text.split(": ")[1]) for bar in bars) == 3


def test_a_picture_of_too_few_leads_to_the_page_that_says_so(as_, url):
    response = as_("ines").get(f"{url}histogram.svg")

    assert response.status_code == 302
    assert response["Location"] == url


def test_the_tables_are_files_of_plain_numbers(as_, url, world, papers):
    Question.objects.filter(pk=world.questions["2"].pk).update(title="=cmd|' /C calc'!A0")
    papers(7)

    histogram = table(as_("ines").get(f"{url}histogram.csv"))
    parts = table(as_("ines").get(f"{url}parts.csv"))
    items = table(as_("ines").get(f"{url}items.csv"))

    assert sum(int(row[2]) for row in histogram[1:]) == int(histogram[-1][3]) == 10
    assert [row[0] for row in parts[1:]] == ["1", "1.1", "1.2", "2"]
    assert parts[4][2].startswith("'=")
    assert float(parts[2][5]) == 1.2
    assert items[1] == ["1.1", "", "Correct", "0.0", "3", "10"]
    assert table(as_("ines").get(f"{url}sections.csv"))[1][0] == "No section"


def test_graders_are_told_with_the_mean_share_from_ten_answers_on(as_, url, world, papers):
    papers(3)
    grading.say_graded(world.answers[1, "1.1"], by=world.ines)

    page = as_("ines").get(f"{url}graders/")

    said = {str(person): (count, mean) for person, count, mean in page.context["graders"]}
    assert said["Ines Instructor"] == (1, "–")
    assert said["Gus Grader"][0] == 17
    assert said["Gus Grader"][1].endswith(" %")


def test_the_graders_come_into_the_page_without_their_pages_title(as_, url, world, papers):
    papers(3)

    text = as_("ines").get(url).content.decode()

    (fetched,) = re.findall(r"<div[^>]* hx-get=[^>]*>", text)
    assert 'hx-swap="outerHTML ignoreTitle:true"' in fetched


def test_the_number_of_queries_does_not_grow_with_the_papers(as_, url, world, papers):
    papers(2)
    put_in_section(world, "Morning", 1, 2)
    ines = as_("ines")
    ines.get(url)
    counts = []
    for more in (0, 40):
        papers(more)
        for address in (url, f"{url}{world.group.pk}/", f"{url}graders/", f"{url}items.csv"):
            with CaptureQueriesContext(connection) as queries:
                assert ines.get(address).status_code == 200
            counts.append(len(queries))

    assert counts[:4] == counts[4:]
    assert max(counts) <= 16


def outline(parts):
    return [Question(pk=n + 1, order=n, number=str(n + 1), points=1000) for n in range(parts)]


def reviewed(scores, graded=None):
    papers, parts = scores.shape
    known = np.ones(scores.shape, dtype=bool) if graded is None else graded
    sheet = Marksheet(np.arange(papers), tuple(range(1, parts + 1)), scores * known, known)
    return Review(Exam(bonus_on_top=False), outline(parts), sheet)


@given(
    st.tuples(st.integers(3, 14), st.integers(2, 6)).flatmap(
        lambda shape: st.tuples(
            arrays(np.int64, shape, elements=st.integers(-300, 1500)),
            arrays(np.bool_, shape, elements=st.booleans()),
        )
    )
)
def test_every_line_agrees_with_numpy_and_scipy(drawn):
    scores, graded = drawn
    review = reviewed(scores, graded)
    whole = scores[graded.all(axis=1)]

    for column, line in enumerate(review.lines):
        mine = scores[graded[:, column], column]
        assert line.count == len(mine)
        assert (line.told is None) == (len(mine) < 3)
        if line.told:
            assert line.told.figures.mean == pytest.approx(mine.mean())
            assert line.difficulty == pytest.approx(mine.mean() / 1000)
        if line.apart is not None:
            rest = np.delete(whole, column, axis=1).sum(axis=1)
            assert line.apart == pytest.approx(stats.pearsonr(whole[:, column], rest).statistic)
    assert (review.told is None) == (len(whole) < 3)
    if review.told:
        totals = whole.sum(axis=1)
        assert review.told.figures.median == np.median(totals)
        assert sum(each.count for each in review.told.bins) == len(totals)
        assert [row[3] for row in review.told.rows][-1] == len(totals)


def test_sections_differ_from_the_others_by_the_difference_of_means(db):
    scores = np.array([[n * 10, n * n] for n in range(20)], dtype=np.int64)
    review = reviewed(scores)

    first, second = sections(review, {0: set(range(8)), 5: set(range(8, 20))})[::-1]

    totals = scores.sum(axis=1)
    assert first.beside == pytest.approx(totals[:8].mean() - totals[8:].mean())
    assert second.beside == pytest.approx(-first.beside)
    test = stats.ttest_ind(totals[:8], totals[8:], equal_var=False)
    assert first.beside / first.error == pytest.approx(test.statistic)


def test_shares_add_up_along_the_table():
    told = distribution([0, 100, 100, 900], 1000, of=4)

    assert told is not None
    assert told.rows[0] == ("0 to 1", 1, "25 %", 1, "25 %")
    assert told.rows[1] == ("1 to 2", 2, "50 %", 3, "75 %")
    assert told.rows[-1][3:] == (4, "100 %")
