"""Nobody sees what is not theirs, or not yet, or no longer."""

from __future__ import annotations

import io
import json
import subprocess

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from rubrics import grading
from rubrics.models import Item
from rubrics.rubric import change_item
from scoring.drawing import draw
from scoring.models import Copy
from scoring.release import release, take_back
from submissions.models import Match, Page
from tests.scoring.papers import text_of


def own(copy):
    """Every address under a copy."""
    return [
        reverse("copy", args=[copy]),
        reverse("copy_pdf", args=[copy]),
        *(reverse("copy_page", args=[copy, number]) for number in (1, 2, 3)),
        reverse("api_copy_pdf", args=[copy]),
        reverse("api_copy", args=[copy]),
    ]


def staffs(world):
    """Every address of scoring that students have no business at."""
    exam, paper = world.exam.pk, world.papers[0].pk
    names = ("release", "scores_csv", "exports", "copies", "copies_zip", "api_scores")
    of_paper = ("submission", "submission_copy", "api_submission_pdf", "api_result")
    return [
        *(reverse(name, args=[exam]) for name in names),
        *(reverse(name, args=[paper]) for name in of_paper),
    ]


def statuses(client, urls):
    return {client.get(url).status_code for url in urls}


@pytest.fixture
def released(graded):
    made = release(graded.exam, by=graded.ines)
    return draw(made.copies.get(submission=graded.papers[0]))


def test_only_the_student_sees_a_released_copy(as_, released):
    assert statuses(as_("sam"), own(released.pk)) == {200}
    for name in ("nia", "otto", "gus", "ines"):
        assert statuses(as_(name), own(released.pk)) == {404}


def test_who_is_not_signed_in_is_sent_to_sign_in(client, released):
    assert statuses(client, own(released.pk)[:-2]) == {302}
    assert statuses(client, own(released.pk)[-2:]) <= {401, 403}


def test_before_the_release_there_is_nothing_to_see(as_, graded):
    client = as_("sam")

    assert statuses(client, own(1)) == {404}
    assert client.get(reverse("api_copies")).json()["results"] == []


def test_after_it_is_taken_back_all_is_gone_for_everybody(as_, graded, released):
    client = as_("sam")
    picture = reverse("copy_page", args=[released.pk, 1])
    response = client.get(picture)
    tag = response.get("ETag", f'"{graded.pages["sam"][0].preview.name.rsplit("/", 1)[-1]}"')
    take_back(graded.exam, by=graded.ines)

    page, *others = own(released.pk)
    assert statuses(client, others) == {404}
    response = client.get(page, follow=True)
    assert response.redirect_chain == [(reverse("result", args=[graded.exam.pk]), 302)]
    assert response.status_code == 404
    assert "7.5" not in response.text
    assert client.get(picture, headers={"If-None-Match": tag}).status_code == 404
    assert client.get(reverse("api_copies")).json()["results"] == []


def test_an_address_whose_copy_was_replaced_leads_its_student_to_the_new_one(as_, graded, released):
    again = release(graded.exam, by=graded.ines, again=released.release_id)
    mine = again.copies.get(submission=graded.papers[0])
    page, *others = own(released.pk)

    response = as_("sam").get(page, follow=True)

    assert response.redirect_chain[-1] == (reverse("copy", args=[mine.pk]), 302)
    assert response.status_code == 200
    assert statuses(as_("sam"), others) == {404}


@pytest.mark.parametrize("then", ["again", "taken back"])
def test_an_address_of_a_gone_copy_is_no_other_s_and_not_who_left_s(as_, graded, released, then):
    if then == "again":
        release(graded.exam, by=graded.ines, again=released.release_id)
    else:
        take_back(graded.exam, by=graded.ines)
    page = own(released.pk)[0]

    for name in ("nia", "otto", "gus", "ines"):
        assert as_(name).get(page).status_code == 404

    member = graded.members["sam"]
    member.left_at = timezone.now()
    member.save()
    assert as_("sam").get(page).status_code == 404


def test_an_address_of_a_copy_that_was_never_theirs_leads_nobody_on(as_, graded, released):
    take_back(graded.exam, by=graded.ines)
    Match.objects.filter(submission=released.submission_id).delete()

    assert as_("sam").get(own(released.pk)[0]).status_code == 404


def test_a_working_copy_is_no_students(as_, graded):
    as_("ines").get(reverse("submission_copy", args=[graded.papers[0].pk]))
    working = Copy.objects.get(release=None)

    for name in ("sam", "ines"):
        assert statuses(as_(name), own(working.pk)) == {404}


def test_a_paper_that_turns_out_to_be_anothers_is_shown_to_neither(as_, graded, released):
    Match.objects.filter(submission=graded.papers[1]).delete()
    match = Match.objects.get(submission=graded.papers[0])
    match.membership = graded.members["nia"]
    match.save()

    for name in ("sam", "nia"):
        assert statuses(as_(name), own(released.pk)) == {404}


def test_who_left_the_course_sees_nothing(as_, graded, released):
    member = graded.members["sam"]
    member.left_at = graded.exam.created_at
    member.save()

    assert statuses(as_("sam"), own(released.pk)) == {404}


def test_a_page_whose_scan_was_replaced_is_not_shown_in_its_place(as_, graded, released):
    Page.objects.filter(pk=graded.pages["sam"][0].pk).update(sha256="f" * 64)

    assert as_("sam").get(reverse("copy_page", args=[released.pk, 1])).status_code == 404
    assert "there is no picture of it" in as_("sam").get(own(released.pk)[0]).content.decode()


def test_students_and_outsiders_reach_nothing_of_the_staff(as_, graded, released):
    assert statuses(as_("sam"), staffs(graded)) == {404}
    assert statuses(as_("otto"), staffs(graded)) == {404}


def test_graders_release_nothing_and_take_nothing_away(as_, graded):
    mine = [reverse(name, args=[graded.papers[0].pk]) for name in ("submission", "api_result")]
    others = [url for url in staffs(graded) if url not in mine]
    client = as_("gus")

    assert statuses(client, mine) == {200}
    assert statuses(client, others) == {403}
    assert client.post(reverse("release", args=[graded.exam.pk])).status_code == 403
    assert client.delete(reverse("api_release", args=[graded.exam.pk])).status_code == 403
    assert client.post(reverse("copies", args=[graded.exam.pk])).status_code == 403


@pytest.mark.parametrize("name", ["submission", "api_result"])
def test_graders_of_an_anonymous_exam_see_no_name(as_, graded, name):
    first = graded.pages["sam"][0]
    text = as_("gus").get(reverse(name, args=[graded.papers[0].pk])).content.decode()

    assert "kestrel-41" in text
    for secret in ("Sam", "s0000002", "sam@example.edu", "batch.pdf"):
        assert secret not in text
    assert first.preview.name.rsplit("/", 1)[1].split(".")[0] not in text


def test_graders_see_the_cover_where_the_name_stands(as_, graded):
    first = graded.pages["sam"][0]
    text = as_("gus").get(reverse("submission", args=[graded.papers[0].pk])).content.decode()

    assert first.covered.name.rsplit("/", 1)[1].split(".")[0] in text


def test_instructors_see_the_name_though_the_exam_is_anonymous(as_, graded):
    page = as_("ines").get(reverse("submission", args=[graded.papers[0].pk]))

    assert "Sam Student" in page.content.decode()


def test_frozen_numbers_stay_in_pages_files_and_api(as_, graded, released):
    client = as_("sam")
    before = [client.get(url) for url in own(released.pk)]
    change_item(graded.items["1.1"][1], points=-200, by=graded.ines)

    after = [client.get(url) for url in own(released.pk)]

    assert json.loads(after[-1].content) == json.loads(before[-1].content)
    assert b"".join(after[1].streaming_content) == b"".join(before[1].streaming_content)


def test_no_cache_keeps_what_a_student_sees(as_, graded, released):
    client = as_("sam")

    for url in [
        *own(released.pk),
        "/",
        reverse("course", args=[graded.course.pk]),
        reverse("api_copies"),
        reverse("api_copy_regrades", args=[released.pk]),
    ]:
        said = client.get(url)["Cache-Control"]
        assert "private" in said, url
        assert "no-store" in said, url


def test_a_token_reaches_as_far_as_its_person(graded, released):
    client = APIClient()
    client.force_authenticate(graded.nia)

    assert client.get(reverse("api_copy", args=[released.pk])).status_code == 404
    assert [one["score"] for one in client.get(reverse("api_copies")).json()["results"]] == ["2"]


def test_what_graders_tell_each_other_reaches_no_student(as_, graded):
    prove = graded.answers[1, "2"]
    grading.write_note(prove, "Copied from his neighbour?", version=0, by=graded.gus)
    grading.flag(prove, by=graded.gus)
    copy = draw(release(graded.exam, by=graded.ines).copies.get(submission=graded.papers[0]))
    client = as_("sam")

    seen = [client.get(url) for url in own(copy.pk)]

    pdf = b"".join(seen[1].streaming_content)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        inside = opened.attachments["result.json"].get_file().read_bytes().decode()
    texts = [seen[0].content.decode(), seen[-1].content.decode(), inside, text_of(pdf)]
    assert all("Say " in text for text in texts)
    for text in texts:
        assert "neighbour?" not in text
        assert "flag" not in text.lower()


def test_a_note_for_graders_reaches_no_student_in_page_data_or_pdf(as_, graded):
    Item.objects.update(note="Zebra: be kind here")
    made = release(graded.exam, by=graded.ines)
    copy = draw(made.copies.get(submission=graded.papers[0]))
    client = as_("sam")

    for name in ("copy", "api_copy"):
        told = client.get(reverse(name, args=[copy.pk])).content.decode()
        assert "Slip" in told
        assert "Zebra" not in told
    file = b"".join(client.get(reverse("copy_pdf", args=[copy.pk])).streaming_content)
    with pikepdf.open(io.BytesIO(file)) as pdf:
        result = pdf.attachments["result.json"].get_file().read_bytes().decode()
    assert "Slip" in result
    assert "Zebra" not in result
    words = subprocess.run(
        ["pdftotext", "-", "-"], input=file, capture_output=True, check=True
    ).stdout.decode()
    assert "Slip" in words
    assert "Zebra" not in words
    assert client.get(reverse("api_rubric", args=[graded.questions["1.1"].pk])).status_code == 404
