from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from scoring import solutions
from scoring.models import Solution, SolutionsShown
from tests.scoring.papers import scan

JSON = {"content_type": "application/json"}


@pytest.fixture
def url(world):
    return reverse("api_solution", args=[world.questions["2"].pk])


def put_pdf(client, url, data, **more):
    file = SimpleUploadedFile("solved.pdf", data, "application/pdf")
    body = encode_multipart(BOUNDARY, {"file": file, **more})
    return client.put(url, body, content_type=MULTIPART_CONTENT)


def test_words_are_attached_listed_and_taken_away(as_, world, url):
    client = as_("ines")

    made = client.put(url, {"text": "By *induction*."}, **JSON).json()

    assert (made["question"], made["text"], made["pages"]) == (
        world.questions["2"].pk,
        "By *induction*.",
        0,
    )
    listed = client.get(reverse("api_solutions", args=[world.exam.pk])).json()
    assert listed == {"shown": False, "solutions": [made]}
    assert [client.delete(url).status_code for _ in range(2)] == [204, 204]
    assert client.get(url).status_code == 404
    assert Solution.objects.get().by == world.ines


def test_a_pdf_comes_beside_the_words_and_each_stays_without_the_other(as_, world, url):
    client = as_("ines")
    client.put(url, {"text": "See the file."}, **JSON)

    both = put_pdf(client, url, scan((300, 400))).json()

    assert (both["text"], both["file"], both["pages"]) == ("See the file.", "solved.pdf", 1)
    pdf = client.get(reverse("api_solution_pdf", args=[world.questions["2"].pk]))
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")
    other = client.put(url, {"text": "Else."}, **JSON).json()
    assert (other["text"], other["pages"]) == ("Else.", 1)
    words = client.put(url, {"without": True}, **JSON).json()
    assert (words["text"], words["pages"]) == ("Else.", 0)
    assert client.put(url, {"without": True, "text": ""}, **JSON).status_code == 400


def test_what_a_colleague_said_meanwhile_is_not_put_back(as_, world, url, monkeypatch):
    """Only the file is sent, so the words stay; those that stand when it is saved."""
    before = solutions.put(world.questions["2"], "Old", solutions.Sent(), by=world.ines)
    solutions.put(world.questions["2"], "New", solutions.Sent(), by=world.ines)
    monkeypatch.setattr(solutions, "solution_of", lambda question: before)

    answer = as_("ines").put(url, {"without": True}, **JSON)

    assert answer.status_code == 409
    monkeypatch.undo()
    assert solutions.solution_of(world.questions["2"]).text == "New"


def test_what_is_no_pdf_is_refused_in_words(as_, url):
    answer = put_pdf(as_("ines"), url, b"no pdf")

    assert answer.status_code == 400
    assert answer.json()["file"]
    assert not Solution.objects.exists()


def test_whether_students_get_them_is_said(as_, world):
    client, url = as_("ines"), reverse("api_solutions", args=[world.exam.pk])

    for shown in (True, True, False):
        assert client.put(url, {"shown": shown}, **JSON).json() == {"shown": shown}
        assert SolutionsShown.objects.exists() == shown
