from __future__ import annotations

import pytest
from django.urls import reverse

from gradebook.models import Section
from scoring.models import Release
from scoring.release import release, take_back


@pytest.fixture
def scores(graded):
    return reverse("api_scores", args=[graded.exam.pk])


def test_scores_list_everyone_on_the_roster(as_, scores):
    rows = as_("ines").get(scores).json()["results"]

    found = {row["first_name"]: (row["status"], row["score"], row["points"]) for row in rows}
    assert found == {"Sam": ("Graded", "7.5", "9"), "Nia": ("Ungraded", None, "9")}
    assert {row["first_name"]: row["parts"] for row in rows} == {
        "Sam": {"1.1": "1.5", "1.2": "4", "2": "2"},
        "Nia": {"1.1": "2", "1.2": None, "2": None},
    }


def test_who_has_no_paper_is_missing(as_, scores, graded):
    graded.papers[1].match.delete()

    rows = as_("ines").get(scores).json()["results"]

    nia = next(row for row in rows if row["first_name"] == "Nia")
    assert (nia["status"], nia["submission"], nia["parts"]["1.1"]) == ("Missing", None, None)


def test_scores_come_by_pages(as_, scores):
    page = as_("ines").get(scores, {"limit": 1, "offset": 1}).json()

    assert (page["count"], len(page["results"]), page["next"]) == (2, 1, None)


def test_scores_cost_the_same_for_many(as_, scores, django_assert_max_num_queries):
    client = as_("ines")
    with django_assert_max_num_queries(10):
        client.get(scores)


def test_put_releases_once_and_delete_takes_back(as_, graded):
    client, url = as_("ines"), reverse("api_release", args=[graded.exam.pk])

    first, again = client.put(url), client.put(url)

    assert first.status_code == again.status_code == 200
    assert first.json()["id"] == again.json()["id"] == Release.objects.get().pk
    assert first.json()["papers"] == 2
    assert first.json()["open"] == ["5 answers are not graded yet", "1 paper has no student"]
    assert client.delete(url).status_code == client.delete(url).status_code == 204
    assert client.get(url).status_code == 404


def test_an_empty_put_says_nothing_is_to_do_only_when_everybody_sees_theirs(as_, graded):
    client, url = as_("ines"), reverse("api_release", args=[graded.exam.pk])
    section = Section.objects.create(course=graded.course, name="A")
    graded.members["sam"].sections.add(section)
    client.put(url, {"to": "sections", "sections": ["A"]}, content_type="application/json")

    refused = client.put(url)

    assert refused.status_code == 409
    assert "not to 1 student" in refused.text
    rest = client.put(url, {"to": "rest"}, content_type="application/json")
    assert (rest.status_code, rest.json()["papers"]) == (200, 1)
    assert client.put(url).status_code == 200


def test_a_release_counts_the_papers_students_still_see(as_, graded):
    client, url = as_("ines"), reverse("api_release", args=[graded.exam.pk])
    first = client.put(url).json()["id"]
    section = Section.objects.create(course=graded.course, name="A")
    graded.members["sam"].sections.add(section)
    made = release(graded.exam, by=graded.ines, to="sections", sections=[section], again=first)
    take_back(graded.exam, by=graded.ines, only=made.pk)

    told = client.get(url).json()
    assert (told["id"], told["papers"]) == (first, 1)


def test_a_release_without_students_is_refused_in_words(as_, graded):
    graded.exam.matches.all().delete()

    response = as_("ines").put(reverse("api_release", args=[graded.exam.pk]))

    assert response.status_code == 409
    assert "nobody" in response.json()["detail"]


def test_a_result_is_the_copys_own_format(as_, graded):
    result = as_("ines").get(reverse("api_result", args=[graded.papers[0].pk])).json()

    assert (result["format"], result["score"], result["student"]) == (
        "marginalia-result",
        750,
        "Sam Student",
    )


def test_a_student_lists_their_copies(as_, graded):
    release(graded.exam, by=graded.ines)
    take_back(graded.exam, by=graded.ines)
    release(graded.exam, by=graded.ines)

    (row,) = as_("sam").get(reverse("api_copies")).json()["results"]

    assert (row["exam"], row["score"], row["points"]) == ("Midterm", "7.5", "9")
    assert row["pdf"].endswith(f"/api/v1/copies/{row['id']}/pdf/")
    assert as_("sam").get(reverse("api_copy", args=[row["id"]])).json()["score"] == 750
