from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gradebook.models import Region
from rubrics import grading
from scoring import regrades
from scoring.models import Regrade
from scoring.regrade_windows import Terms, set_terms, set_window, shut
from scoring.release import release, take_back
from submissions.models import Match, Page

HOUR = timedelta(hours=1)
WHY = "Nia told me <b>hers</b> is right."


@pytest.fixture
def url(released):
    return reverse("copy_regrade", args=[released.copies["sam"].pk, "1.1"])


def page(response):
    return response.content.decode()


def test_each_part_of_the_copy_leads_to_its_form(as_, released, url):
    copy = page(as_("sam").get(reverse("copy", args=[released.copies["sam"].pk])))
    form = page(as_("sam").get(url))

    assert copy.count("Ask for a regrade") == 3
    assert url in copy
    assert "You can ask for regrades until" in copy
    assert 'maxlength="2000"' in form
    assert "Slip" in form
    assert "Please do not sign it" in form


def test_a_request_is_sent_once_and_shown_where_it_belongs(as_, released, url):
    client = as_("sam")
    for _ in range(2):
        response = client.post(url, {"reason": WHY})

    assert response["Location"] == f"/copies/{released.copies['sam'].pk}/#part-1-1"
    assert Regrade.objects.count() == 1
    copy = page(client.get(response["Location"]))
    assert "You asked for a regrade" in copy
    assert "&lt;b&gt;hers" in copy
    assert "It waits for an answer." in copy
    assert copy.count("Ask for a regrade") == 2


def test_without_a_reason_nothing_is_sent(as_, url):
    response = as_("sam").post(url, {"reason": " "})

    assert response.status_code == 422
    assert "Say why" in page(response)
    assert not Regrade.objects.exists()


def test_too_long_a_reason_is_kept_in_the_form(as_, url):
    response = as_("sam").post(url, {"reason": "long " * 500})

    assert response.status_code == 422
    assert "long long" in page(response)


def test_a_window_that_closed_meanwhile_keeps_what_was_written(as_, released, url):
    client, now = as_("sam"), timezone.now()
    assert "Send the request" in page(client.get(url))
    set_window(released.exam, now - 2 * HOUR, now - HOUR, by=released.ines)

    response = client.post(url, {"reason": "My careful words."})

    assert response.status_code == 409
    text = page(response)
    assert "Regrade requests closed on" in text
    assert "My careful words." in text
    assert "Send the request" not in text
    assert not Regrade.objects.exists()


def test_a_closed_part_says_so_and_takes_nothing(as_, released, url):
    part = released.questions["1.1"].pk
    set_terms(released.exam, {part: Terms(closed=True)}, by=released.ines)
    client = as_("sam")

    assert "Closed for regrade requests" in page(
        client.get(reverse("copy", args=[released.copies["sam"].pk]))
    )
    assert "Send the request" not in page(client.get(url))
    response = client.post(url, {"reason": WHY})
    assert response.status_code == 409
    assert page(response).count("This part is closed for regrade requests.") == 1


def test_without_a_window_the_copy_says_nothing_of_regrades(as_, released, url):
    shut(released.exam, by=released.ines)

    copy = page(as_("sam").get(reverse("copy", args=[released.copies["sam"].pk])))

    assert "regrade" not in copy.lower()


def test_the_answer_is_shown_with_the_new_score_and_not_who_gave_it(as_, released, url):
    client = as_("sam")
    client.post(url, {"reason": WHY})
    asked = Regrade.objects.get()
    grading.adjust(asked.answer, 50, version=0, by=released.gus)
    regrades.reply(asked, "You are right,\nsorry.", change=True, seen=200, by=released.gus)

    for address in (url, reverse("copy", args=[released.copies["sam"].pk])):
        text = page(client.get(address))
        assert "1.5 became 2" in text
        assert ">You are right,\nsorry.</math-text>" in text
        assert "Gus" not in text
        assert "Withdraw" not in text
    assert "<strong>8</strong> <span>/ 9</span>" in text


def test_an_open_request_is_withdrawn_with_a_button_or_by_delete(as_, released, url):
    client = as_("sam")
    for act in (lambda: client.post(url, {"withdraw": "1"}), lambda: client.delete(url)):
        client.post(url, {"reason": WHY})
        assert "Withdraw the request" in page(client.get(url))
        assert act().status_code == 303
        assert "Send the request" in page(client.get(url))
    assert not Regrade.objects.open().exists()


def test_others_find_nothing_there(as_, released, url):
    as_("sam").post(url, {"reason": WHY})

    for name in ("nia", "otto", "gus", "ines"):
        client = as_(name)
        assert client.get(url).status_code == 404
        assert client.post(url, {"reason": "Mine."}).status_code == 404
        assert client.delete(url).status_code == 404
    assert Regrade.objects.open().count() == 1


def test_a_neighbours_copy_says_nothing_of_the_request(as_, released, url):
    as_("sam").post(url, {"reason": WHY})
    nias = released.copies["nia"].pk

    for address in (reverse("copy", args=[nias]), reverse("copy_regrade", args=[nias, "1.1"])):
        text = page(as_("nia").get(address))
        assert "told me" not in text
        assert "You asked" not in text


def test_what_was_asked_is_hidden_with_the_release_and_comes_back_with_the_next(as_, released, url):
    as_("sam").post(url, {"reason": WHY})
    take_back(released.exam, by=released.ines)
    assert as_("sam").get(url).status_code == 404
    made = release(released.exam, by=released.ines)

    copy = made.copies.get(submission=released.papers[0])

    assert "You asked for a regrade" in page(as_("sam").get(reverse("copy", args=[copy.pk])))


@pytest.mark.parametrize("number", ["1", "9", "1.1.1"])
def test_only_parts_with_points_can_be_asked_about(as_, released, number):
    url = reverse("copy_regrade", args=[released.copies["sam"].pk, number])

    assert as_("sam").get(url).status_code == 404
    assert as_("sam").post(url, {"reason": WHY}).status_code == 404


def test_whose_paper_it_turns_out_to_be_sees_nothing_of_what_another_asked(as_, released, url):
    as_("sam").post(url, {"reason": "Sam's own words."})
    take_back(released.exam, by=released.ines)
    Match.objects.filter(submission=released.papers[1]).delete()
    Match.objects.filter(submission=released.papers[0]).update(membership=released.members["nia"])
    made = release(released.exam, by=released.ines)
    copy = made.copies.get(submission=released.papers[0]).pk

    text = page(as_("nia").get(reverse("copy", args=[copy])))
    assert "own words" not in text
    assert text.count("Ask for a regrade") == 3
    response = as_("nia").post(reverse("copy_regrade", args=[copy, "1.1"]), {"reason": "Mine."})
    assert response.status_code == 302
    assert Regrade.objects.open().count() == 2


def test_the_student_s_own_answer_stands_beside_the_reason(as_, released):
    region = released.questions["2"].regions.get()
    copy = released.copies["sam"].pk

    shown = page(as_("sam").get(reverse("copy_regrade", args=[copy, "2"])))

    place = [one["number"] for one in released.copies["sam"].result["pages"]].index(region.page)
    assert f'<image href="/copies/{copy}/pages/{place + 1}.jpg"' in shown
    view = re.search(r'class="ink" viewBox="([^"]*)"', shown)
    assert view
    left, _, width, _ = map(float, view[1].split())
    assert left == pytest.approx(1000 * (region.x - 0.01), abs=5)
    assert width == pytest.approx(1000 * (region.width + 0.02), abs=5)
    # What the grader drew there, too.
    assert "<rect" in shown


def test_on_a_page_that_was_turned_since_all_of_it_is_shown(as_, released):
    scan = released.pages["sam"][released.questions["2"].regions.get().page - 1]
    Page.objects.filter(pk=scan.pk).update(sheet_turn=180)

    shown = page(as_("sam").get(reverse("copy_regrade", args=[released.copies["sam"].pk, "2"])))

    assert re.search(r'class="ink" viewBox="0.0 0.0 1000.0', shown)


def test_without_a_region_or_a_scan_there_is_the_form_alone(as_, released):
    Region.objects.filter(question=released.questions["2"]).delete()

    shown = page(as_("sam").get(reverse("copy_regrade", args=[released.copies["sam"].pk, "2"])))

    assert "Your answer" not in shown
    assert "<textarea" in shown
