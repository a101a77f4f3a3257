"""The page "Whose paper is this?", with and without scripts, and the API beside it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from gradebook.models import Region
from jobs.models import Job
from submissions.models import Crop, Match, Reading, Upload
from submissions.whose import ask_for_matching, confirm
from tests.submissions.written import crowd, prepare, scan, student

PAGES = ["match", "match_papers", "match_students"]
SWAP = {"HX-Request": "true", "HX-Target": "desk"}


def candidate(member, certainty):
    return {"membership": member.pk, "certainty": certainty, "name": certainty, "sid": None}


@pytest.fixture
def exam(world):
    """Three papers wait: 1 surely Sam's, 2 nearly as surely Nia's, 3 either's."""
    sam, nia = world.members["sam"], world.members["nia"]
    readings = [
        ("Sam Student", [candidate(sam, 0.95), candidate(nia, 0.03)]),
        ("Nia Neighbor", [candidate(nia, 0.8), candidate(sam, 0.1)]),
        ("S", [candidate(nia, 0.45), candidate(sam, 0.4)]),
    ]
    for paper, (name, candidates) in zip(world.papers, readings, strict=True):
        Reading.objects.create(
            submission=paper, name=name, candidates=candidates, reason="Hard to tell."
        )
    return world.exam


@pytest.fixture
def url(exam):
    return reverse("match", args=[exam.pk])


@pytest.fixture
def api(as_):
    """Call the API as somebody: `api("ines", "put", path, data)`."""

    def call(name, method, path, data=None):
        send = getattr(as_(name), method)
        return send(f"/api/v1/{path}", data, content_type="application/json")

    return call


def give(client, url, paper, member, **keys):
    data = {"paper": paper.pk, "student": member.pk, "seen": 0, **keys}
    return client.post(url, data, headers=keys.get("headers"))


def text(response):
    return " ".join(response.content.decode().split())


# Who may


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("who", "status"), [("ines", 200), ("gus", 403), ("sam", 404), ("otto", 404)]
)
def test_only_instructors_may_look(exam, as_, name, who, status):
    assert as_(who).get(reverse(name, args=[exam.pk])).status_code == status


@pytest.mark.parametrize("name", ["match", "match_undo", "match_again"])
@pytest.mark.parametrize(("who", "status"), [("gus", 403), ("sam", 404), ("otto", 404)])
def test_only_instructors_may_decide(exam, world, as_, name, who, status):
    data = {"paper": world.papers[0].pk, "student": world.members["sam"].pk}

    assert as_(who).post(reverse(name, args=[exam.pk]), data).status_code == status
    assert not Match.objects.exists()


def test_a_paper_of_another_exam_is_not_there(exam, world, as_, url):
    other = type(exam).objects.create(course=world.course, name="Final")
    foreign = other.submissions.create(number=1, code_name="wren-1")

    assert give(as_("ines"), url, foreign, world.members["sam"]).status_code == 404
    assert not Match.objects.exists()


def test_somebody_of_another_course_is_not_there(exam, world, as_, url):
    course = type(world.course).objects.create(name="Elsewhere")
    other = student(type(exam)(course=course), "Ole", "Outside", "s9")

    assert give(as_("ines"), url, world.papers[0], other).status_code == 404


# One by one


def test_the_least_sure_paper_comes_first(as_, url):
    page = text(as_("ines").get(url))

    assert "Paper 3" in page
    assert "0 of 3 matched · 3 left" in page
    assert "Neighbour, Nia" in page
    assert page.index("Neighbour, Nia") < page.index("Student, Sam")


def test_without_scripts_the_next_paper_comes_after_a_redirect(as_, url, world):
    client = as_("ines")

    response = give(client, url, world.papers[2], world.members["nia"])

    assert response.status_code == 302
    page = text(client.get(response["Location"]))
    assert "Paper 2" in page
    assert "Paper 3 is Nia Neighbour’s." in page
    assert "1 of 3 matched · 2 left" in page


def test_with_scripts_the_next_paper_is_the_answer(as_, url, world):
    response = give(as_("ines"), url, world.papers[2], world.members["nia"], headers=SWAP)

    assert response.status_code == 200
    assert "<html" not in text(response)
    assert "Paper 2" in text(response)
    assert 'id="match-count" class="quiet tabular" hx-swap-oob="true"' in text(response)
    following = f"?paper={world.papers[1].pk}&said={world.papers[2].pk}"
    assert response["HX-Replace-Url"] == url + following


def test_skipping_leads_round_the_papers_that_wait(as_, url):
    client, desk, order = as_("ines"), None, []
    for _ in range(4):
        desk = client.get(url, {"paper": desk.next} if desk else {}).context["desk"]
        order.append(desk.paper.number)

    assert order == [3, 2, 1, 3]


def test_after_the_last_paper_everyone_is_matched(as_, url, world):
    confirm(world.papers[0], world.members["sam"], by=world.ines)
    world.papers[2].delete()

    response = give(as_("ines"), url, world.papers[1], world.members["nia"], headers=SWAP)

    assert "Everyone is matched" in text(response)
    assert "On to grading" in text(response)


def test_a_refusal_stays_with_the_paper_and_says_why(as_, url, world):
    confirm(world.papers[0], world.members["sam"], by=world.ines)
    client = as_("ines")

    swapped = give(client, url, world.papers[2], world.members["sam"], headers=SWAP)
    plain = give(client, url, world.papers[2], world.members["sam"])

    assert swapped.status_code == 422
    assert "Sam Student has paper 1 already" in text(swapped)
    assert "Paper 3" in text(swapped)
    assert "Sam Student has paper 1 already" in text(client.get(plain["Location"]))


def test_enter_is_offered_for_one_who_is_likely_and_free(as_, url, world):
    client = as_("ines")
    rows = client.get(url, {"paper": world.papers[0].pk}).context["desk"].rows
    assert [row.first for row in rows] == [True, False]

    confirm(world.papers[1], world.members["sam"], by=world.ines)

    rows = client.get(url, {"paper": world.papers[0].pk}).context["desk"].rows
    assert [row.first for row in rows] == [False, False]
    assert "confirmed for" in text(client.get(url, {"paper": world.papers[0].pk}))


def test_nobody_is_offered_where_nothing_was_read(as_, url, world):
    Reading.objects.filter(submission=world.papers[2]).update(name="", sid="")

    page = as_("ines").get(url)

    assert page.context["desk"].paper == world.papers[2]
    assert list(page.context["desk"].rows) == []
    assert page.context["desk"].reason == "Hard to tell."


def test_a_paper_nobody_has_read_yet_can_be_given(as_, url, world):
    Reading.objects.all().delete()

    assert "Nothing was read on this paper yet." in text(as_("ines").get(url))


def test_the_crops_are_shown_and_the_next_ones_are_named(as_, url, world, exam):
    prepare(exam)
    for paper in world.papers:
        page = scan(paper)
        for region in Region.objects.filter(exam=exam).exclude(kind="question"):
            sha = f"{paper.number}{region.kind}".ljust(64, "0")
            Crop.objects.create(
                page=page, region=region, image="c.jpg", sha256=sha, width=9, height=1
            )

    desk = as_("ines").get(url).context["desk"]

    assert desk.crops.name.sha256.startswith("3name")
    assert ["2name" in desk.ahead[0], "2id" in desk.ahead[1]] == [True, True]


def test_taking_back_shows_the_paper_again(as_, url, world, exam):
    client = as_("ines")
    give(client, url, world.papers[2], world.members["nia"])

    undo = reverse("match_undo", args=[exam.pk])
    response = client.post(undo, {"paper": world.papers[2].pk}, headers=SWAP)

    assert "Paper 3" in text(response)
    assert "0 of 3 matched" in text(response)
    assert not Match.objects.exists()


def test_words_are_taken_back_one_after_the_other(as_, url, world, exam):
    client = as_("ines")
    give(client, url, world.papers[0], world.members["sam"])
    give(client, url, world.papers[1], world.members["nia"])

    undo = reverse("match_undo", args=[exam.pk])
    response = client.post(undo, {"paper": world.papers[1].pk}, headers=SWAP)

    assert "Paper 1 is Sam Student’s." in text(response)
    response = client.post(undo, {"paper": world.papers[0].pk}, headers=SWAP)
    assert response.context["said"] is None
    assert not Match.objects.exists()


def test_whom_a_person_denied_a_paper_is_not_one_key_away(as_, url, world, exam):
    paper, sam = world.papers[0], world.members["sam"]
    Match.objects.create(exam=exam, submission=paper, membership=sam, certainty=0.95)
    client = as_("ines")
    page = client.get(f"{url}?paper={paper.pk}")
    assert "It is not theirs" in text(page)

    undo = reverse("match_undo", args=[exam.pk])
    response = client.post(undo, {"paper": paper.pk}, headers=SWAP)

    assert "A person said that it is not Sam Student’s." in text(response)
    first = response.context["desk"].rows[0]
    assert (first.member, first.first, first.denied) == (sam, False, True)
    searched = client.get(f"{url}?paper={paper.pk}&q=sam")
    assert "not theirs, somebody said" in text(searched).partition('id="found"')[2]
    # By a key of its own the word may be taken back.
    give(client, url, paper, sam)
    assert Match.objects.get().confirmed_at


@pytest.mark.parametrize("paper", ["", "x", "999999", "3" * 40])
def test_a_strange_address_shows_the_first_paper(as_, url, paper):
    assert "Paper 3" in text(as_("ines").get(url, {"paper": paper, "said": paper}))


# The roster


def test_search_finds_by_name_number_and_email(as_, url, world):
    client = as_("ines")

    for words in ("neigh", "s0000003", "nia@example"):
        found = client.get(url, {"paper": world.papers[2].pk, "q": words}).context["found"]
        assert [row.member for row in found] == [world.members["nia"]]


def test_search_with_scripts_answers_with_what_was_found_alone(as_, url, world):
    headers = {"HX-Request": "true", "HX-Target": "found"}
    confirm(world.papers[0], world.members["sam"], by=world.ines)

    page = text(as_("ines").get(url, {"paper": world.papers[2].pk, "q": "sam"}, headers=headers))

    assert page.startswith("<form")
    assert "confirmed for" in page


def test_one_who_is_not_on_the_roster_can_be_added(as_, url, world):
    page = text(as_("ines").get(url, {"paper": world.papers[2].pk, "q": "<Zoe>"}))

    assert "Nobody on the roster has “&lt;Zoe&gt;”" in page
    assert reverse("people", args=[world.course.pk]) in page


# The lists


def test_papers_are_listed_by_how_they_stand(as_, world, exam):
    confirm(world.papers[0], world.members["sam"], by=world.ines)
    Match.objects.create(
        exam=exam, submission=world.papers[1], membership=world.members["nia"], certainty=0.9
    )
    client, url = as_("ines"), reverse("match_papers", args=[exam.pk])

    def numbers(show):
        return [row.paper.number for row in client.get(url, {"show": show}).context["rows"]]

    assert [numbers(s) for s in ("", "waiting", "machine", "confirmed")] == [
        [1, 2, 3],
        [3],
        [2],
        [1],
    ]
    assert [one["count"] for one in client.get(url).context["filters"]] == [3, 1, 1, 1]


def test_students_without_a_paper_are_listed_with_papers_that_may_be_theirs(as_, world, exam):
    confirm(world.papers[1], world.members["nia"], by=world.ines)

    page = as_("ines").get(reverse("match_students", args=[exam.pk]))

    (lacking,) = page.context["lacking"]
    assert lacking.member == world.members["sam"]
    assert [number for _, number in lacking.papers] == [1, 3]
    assert "2 papers wait" in text(page)


def test_two_papers_of_one_student_are_told(as_, world, exam):
    Reading.objects.filter(submission=world.papers[2]).update(
        candidates=[candidate(world.members["sam"], 0.9)]
    )

    page = as_("ines").get(reverse("match_students", args=[exam.pk]))

    (double,) = page.context["doubles"]
    assert [paper.number for paper in double.papers] == [1, 3]


# Matching again


def test_matching_again_is_asked_for_and_its_progress_shown(as_, url, world, exam):
    client = as_("ines")

    response = client.post(reverse("match_again", args=[exam.pk]), follow=True)

    job = Job.objects.get(kind="match.exam")
    assert job.asked_by == world.ines
    assert "Reading names: 3 of 3" in text(response)
    Job.objects.update(state="running", attempt=1, lease_until=timezone.now(), done=1, total=3)
    progress = client.get(reverse("match_progress", args=[exam.pk]), headers=SWAP)
    assert "Reading names: 1 of 3" in text(progress)
    Job.objects.update(state="done", finished_at=timezone.now(), message="3 matched.")
    progress = client.get(reverse("match_progress", args=[exam.pk]), headers=SWAP)
    assert "3 matched." in text(progress)
    assert (progress.status_code, progress.headers["HX-Trigger"]) == (286, "job-finished")


@pytest.mark.parametrize(
    ("kind", "args"),
    [
        ("intake.chunk", lambda exam, upload: {"upload": upload.pk, "first": 1}),
        ("intake.form", lambda exam, upload: {"upload": upload.pk}),
        ("crops.cut", lambda exam, upload: {"exam": exam.pk, "pages": []}),
        ("match.exam", lambda exam, upload: {"exam": exam.pk}),
    ],
)
def test_nothing_looks_finished_before_names_are_read(as_, world, kind, args):
    upload = Upload.objects.create(exam=world.exam, name="a.pdf", file="a", size=1, sha256="1" * 64)
    Job.objects.ask(kind, **args(world.exam, upload))
    Reading.objects.create(submission=world.papers[0], name="Sam")
    client = as_("ines")

    page = text(client.get(reverse("match", args=[world.exam.pk])))

    assert "Reading names: 1 of 3" in page
    assert "0 of 3 matched<" in page
    assert "Paper 1" not in page
    assert "Everyone is matched" not in page
    for name in ("match_papers", "match_students"):
        assert "Names are still being read" in text(client.get(reverse(name, args=[world.exam.pk])))


def test_another_exam_s_work_is_not_waited_for(as_, world, url):
    other = type(world.exam).objects.create(course=world.course, name="Final")
    Job.objects.ask("match.exam", exam=other.pk)

    assert "Reading names" not in text(as_("ines").get(url))


def test_a_changed_roster_is_noticed(as_, url, world, exam):
    ask_for_matching(exam)
    Job.objects.update(state="done", finished_at=timezone.now())
    assert "The roster changed" not in text(as_("ines").get(url))

    student(exam, "Zoe", "Newcomer", "s77")

    assert "The roster changed" in text(as_("ines").get(url))


def test_before_the_first_scan_the_page_says_what_to_do(as_, world):
    world.exam.submissions.all().delete()

    assert "No papers yet" in text(as_("ines").get(reverse("match", args=[world.exam.pk])))


# Many


def paths(exam, papers):
    first = papers[-1]
    return [
        reverse("match", args=[exam.pk]),
        reverse("match", args=[exam.pk]) + f"?paper={first.pk}&q=ada",
        reverse("match_papers", args=[exam.pk]),
        reverse("match_students", args=[exam.pk]),
        reverse("api_matches", args=[exam.pk]),
    ]


def test_queries_do_not_grow_with_papers(as_, world, django_assert_max_num_queries):
    papers = crowd(world.exam, 300, waiting=60)
    client = as_("ines")

    for path in paths(world.exam, papers):
        with django_assert_max_num_queries(24):
            assert client.get(path).status_code == 200


# The API


def test_the_api_lists_papers_with_what_was_read(api, exam, world):
    confirm(world.papers[0], world.members["sam"], by=world.ines)

    said = api("ines", "get", f"exams/{exam.pk}/matches/").json()

    assert (said["matched"], said["waiting"], said["absent"]) == (1, 2, 1)
    first = said["papers"][0]
    assert first["match"]["email"] == "sam@example.edu"
    assert first["match"]["confirmed_by"] == "ines@example.edu"
    assert first["read"] == {"name": "Sam Student", "sid": ""}
    assert said["papers"][1]["match"] is None


def test_the_api_gives_takes_back_and_refuses(api, exam, world):
    paths = [f"submissions/{paper.pk}/match/" for paper in world.papers]
    sam = {"membership": world.members["sam"].pk}

    assert api("ines", "put", paths[0], sam).json()["match"]["confirmed"] is True
    refused = api("ines", "put", paths[1], sam)
    assert refused.status_code == 409
    assert "has paper 1 already" in refused.json()["detail"]
    assert api("ines", "put", paths[1], {}).status_code == 400
    for _ in range(2):
        assert api("ines", "delete", paths[0]).status_code == 204
    assert api("ines", "put", paths[1], sam).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("gus", 403), ("sam", 404), ("otto", 404)])
def test_the_api_tells_names_to_instructors_only(api, exam, world, who, status):
    path = f"submissions/{world.papers[0].pk}/match/"
    assert api(who, "get", f"exams/{exam.pk}/matches/").status_code == status
    data = {"membership": world.members["sam"].pk}
    assert api(who, "put", path, data).status_code == status
    assert api(who, "delete", path).status_code == status
