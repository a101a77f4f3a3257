"""Large files that come in parts, as the page and scripts send them."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from gradebook.files import keep, read
from gradebook.models import Membership
from jobs.models import Job
from submissions import deliveries
from submissions.intake import take_upload
from submissions.models import Delivery, Part, Upload

# Parts are named by their content: beside other tests they would be others' parts too.
pytestmark = pytest.mark.usefixtures("own_files")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(deliveries, "PART_BYTES", 60_000)


@pytest.fixture
def batch(scans):
    return scans(0, 1, 2).read_bytes()


def begin(client, exam, data, name="morning.pdf", **more):
    told = {"name": name, "size": len(data), "modified": 1_790_000_000_000} | more
    url = f"/api/v1/exams/{exam.pk}/deliveries/"
    return client.post(url, told, content_type="application/json")


def put(client, delivery, data, number, body=None):
    size = deliveries.PART_BYTES
    piece = data[number * size : (number + 1) * size] if body is None else body
    url = f"/api/v1/deliveries/{delivery}/parts/{number}/"
    return client.put(url, piece, content_type="application/octet-stream")


def finish(client, delivery, **more):
    url = f"/api/v1/deliveries/{delivery}/upload/"
    return client.post(url, more, content_type="application/json")


def sent(client, exam, data, **more):
    told = begin(client, exam, data, **more).json()
    for number in told["missing"]:
        put(client, told["id"], data, number)
    return told["id"]


def test_a_file_in_parts_is_the_file(as_, quiz, batch, work):
    client = as_("ines")
    told = begin(client, quiz, batch).json()
    for number in reversed(told["missing"]):
        assert put(client, told["id"], batch, number).status_code == 204
    done = finish(client, told["id"])
    work()

    upload = Upload.objects.get(pk=done.json()["upload"])
    assert len(told["missing"]) > 3
    assert read(upload.file.name) == batch
    assert (upload.name, upload.size, upload.uploaded_by.first_name) == (
        "morning.pdf",
        len(batch),
        "Ines",
    )
    assert quiz.submissions.count() == 1


def test_after_a_lost_connection_it_goes_on_with_what_is_missing(as_, quiz, batch):
    client = as_("ines")
    first = begin(client, quiz, batch).json()
    put(client, first["id"], batch, 0)
    put(client, first["id"], batch, 2)

    again = begin(client, quiz, batch).json()

    assert again["id"] == first["id"]
    assert again["missing"] == [n for n in first["missing"] if n not in (0, 2)]
    early = finish(client, first["id"])
    assert early.status_code == 400
    assert early.json()["missing"] == again["missing"]


def test_everything_may_be_sent_twice(as_, quiz, batch):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    put(client, delivery, batch, 0)
    one, two = finish(client, delivery), finish(client, delivery)

    assert one.json() == two.json()
    assert Upload.objects.count() == 1
    assert Job.objects.filter(kind="intake.open").count() == 1


def test_who_asks_while_the_file_is_taken_in_is_told_to_wait_and_then_what_it_became(
    as_, quiz, batch, monkeypatch
):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    told: list[Any] = []

    def meanwhile(*args, **more):
        # Its reader looks at the delivery as the second request does, in the midst of the first.
        if not told:
            told.append(None)
            told[0] = finish(client, delivery, again=True)
        return take_upload(*args, **more)

    monkeypatch.setattr(deliveries, "take_upload", meanwhile)
    first, after = finish(client, delivery, again=True), finish(client, delivery, again=True)

    assert (told[0].status_code, told[0]["Retry-After"]) == (202, "2")
    assert told[0].json()["upload"] is None
    assert first.status_code == 201
    assert after.json() == first.json()
    assert Upload.objects.count() == 1


def test_a_file_whose_taker_died_is_taken_by_the_next_once_the_lease_is_over(as_, quiz, batch):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    row = Delivery.objects.filter(pk=delivery)
    row.update(taken_until=timezone.now() + deliveries.LEASE)
    early = finish(client, delivery)
    row.update(taken_until=timezone.now() - timedelta(seconds=1))

    assert early.status_code == 202
    assert finish(client, delivery).status_code == 201


def test_who_was_slower_than_the_lease_leaves_the_file_to_whoever_has_it(
    as_, quiz, batch, monkeypatch
):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    other = timezone.now() + timedelta(hours=1)

    def slowly(*args, **more):
        Delivery.objects.filter(pk=delivery).update(taken_until=other)
        return take_upload(*args, **more)

    monkeypatch.setattr(deliveries, "take_upload", slowly)

    assert finish(client, delivery).status_code == 202
    assert not Upload.objects.exists()
    assert Delivery.objects.get(pk=delivery).taken_until == other


def test_parts_are_gone_once_the_file_is_here(as_, quiz, batch):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    names = list(Part.objects.values_list("file", flat=True))
    finish(client, delivery)

    assert len(names) > 3
    assert not Part.objects.exists()
    assert not any(default_storage.exists(name) for name in names)


def test_a_part_that_another_delivery_has_too_stays(as_, quiz, batch, client, world):
    mine = sent(as_("ines"), quiz, batch)
    client.force_login(world.gus)
    theirs = sent(client, quiz, batch)
    finish(client, theirs)
    client.force_login(world.ines)

    assert finish(client, mine).status_code == 409
    assert finish(client, mine, again=True).status_code == 201
    assert Upload.objects.count() == 2


def test_parts_that_got_lost_are_asked_for_once_more(as_, quiz, batch):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    default_storage.delete(Part.objects.get(number=1).file.name)

    lost = finish(client, delivery)

    assert lost.status_code == 400
    assert lost.json()["missing"] == [1]
    put(client, delivery, batch, 1)
    assert finish(client, delivery).status_code == 201


@pytest.mark.parametrize(
    ("number", "body"), [(0, b""), (0, b"short"), (0, bytes(60_001)), (99, b"x"), (10**18, b"x")]
)
def test_a_part_has_the_length_and_the_number_it_must_have(as_, quiz, batch, number, body):
    client = as_("ines")
    told = begin(client, quiz, batch).json()

    assert put(client, told["id"], batch, number, body).status_code == 400
    assert not Part.objects.exists()


def test_a_part_without_a_length_is_told_to_have_one(as_, quiz, batch):
    client = as_("ines")
    told = begin(client, quiz, batch).json()

    answer = client.put(
        f"/api/v1/deliveries/{told['id']}/parts/0/", HTTP_TRANSFER_ENCODING="chunked"
    )

    assert answer.status_code == 400
    assert "Send it whole, with its Content-Length." in answer.json()["detail"]


def test_a_part_of_a_delivery_that_goes_meanwhile_finds_nothing(as_, quiz, batch, monkeypatch):
    client = as_("ines")
    told = begin(client, quiz, batch).json()

    def meanwhile(*file):
        Delivery.objects.all().delete()
        return keep(*file)

    monkeypatch.setattr(deliveries, "keep", meanwhile)

    answer = put(client, told["id"], batch, 0)

    assert (answer.status_code, answer.json()["detail"]) == (404, str(deliveries.Gone()))
    assert not Part.objects.exists()


def test_a_file_being_taken_in_is_not_let_go(as_, quiz, batch, monkeypatch):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    told: list[Any] = []

    def meanwhile(*args, **more):
        told.append(client.delete(f"/api/v1/deliveries/{delivery}/"))
        told.append(client.post(f"/deliveries/{delivery}/discard/", follow=True))
        return take_upload(*args, **more)

    monkeypatch.setattr(deliveries, "take_upload", meanwhile)

    assert finish(client, delivery).status_code == 201
    assert (told[0].status_code, told[0].json()["detail"]) == (409, str(deliveries.Busy()))
    assert "morning.pdf is being taken in at this moment." in told[1].text
    assert client.delete(f"/api/v1/deliveries/{delivery}/").status_code == 204
    assert Upload.objects.count() == 1


def test_a_file_let_go_before_its_end_is_told_says_so(as_, quiz, batch, monkeypatch):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    claimed = deliveries._claimed

    def meanwhile(row):
        assert client.delete(f"/api/v1/deliveries/{delivery}/").status_code == 204
        return claimed(row)

    monkeypatch.setattr(deliveries, "_claimed", meanwhile)
    answer = finish(client, delivery)

    assert (answer.status_code, answer.json()["detail"]) == (404, str(deliveries.Gone()))
    assert not Upload.objects.exists()


def test_of_many_begun_one_being_taken_in_gives_no_way(as_, quiz, batch):
    client = as_("ines")
    for number in range(deliveries.MOST + 1):
        begin(client, quiz, batch, name=f"{number}.pdf")
        if number == 0:
            Delivery.objects.update(taken_until=timezone.now() + deliveries.LEASE)

    assert Delivery.objects.filter(name="0.pdf").exists()


def test_a_part_that_comes_after_the_end_is_not_kept(as_, quiz, batch, monkeypatch):
    client = as_("ines")
    delivery = sent(client, quiz, batch)
    finish(client, delivery)
    monkeypatch.setattr(deliveries, "keep", None)

    assert put(client, delivery, batch, 0).status_code == 204
    assert not Part.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"size": -1}, {"size": "x"}, {"name": ""}, {"modified": 10**30}]
)
def test_nonsense_begins_nothing(as_, quiz, batch, wrong):
    assert begin(as_("ines"), quiz, batch, **wrong).status_code == 400
    assert not Delivery.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_anything_is_sent(as_, quiz, batch, settings):
    settings.MAX_UPLOAD_BYTES = 1000

    answer = begin(as_("ines"), quiz, batch)

    assert answer.status_code == 400
    assert "is the most for one file" in answer.json()["detail"]


def test_what_is_no_scan_is_told_at_the_end_and_leaves_nothing(as_, quiz):
    client, data = as_("ines"), b"Dear all,\n" * 20_000
    delivery = sent(client, quiz, data)

    answer = finish(client, delivery)

    assert answer.status_code == 400
    assert "plain text" in answer.json()["detail"]
    assert not Part.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("name", ["gus", "sam", "otto"])
def test_nobody_reaches_what_another_sends(as_, quiz, batch, client, world, name):
    delivery = sent(as_("ines"), quiz, batch)
    client.force_login(getattr(world, name))

    assert client.get(f"/api/v1/deliveries/{delivery}/").status_code == 404
    assert put(client, delivery, batch, 0).status_code == 404
    assert finish(client, delivery).status_code == 404
    assert client.delete(f"/api/v1/deliveries/{delivery}/").status_code == 404
    assert client.post(f"/deliveries/{delivery}/discard/").status_code == 404
    assert Part.objects.count() == deliveries.part_count(Delivery.objects.get())


@pytest.mark.parametrize(("name", "status"), [("gus", 201), ("sam", 404), ("otto", 404)])
def test_only_staff_send(as_, quiz, batch, name, status):
    assert begin(as_(name), quiz, batch).status_code == status


def test_who_left_the_course_sends_no_more(as_, quiz, batch, world):
    client = as_("gus")
    delivery = sent(client, quiz, batch)
    Membership.objects.filter(user=world.gus).delete()

    assert put(client, delivery, batch, 0).status_code == 404
    assert finish(client, delivery).status_code == 404


def test_the_same_file_is_not_sent_again_to_hear_that_it_is_here(as_, quiz, batch):
    client = as_("ines")
    finish(client, sent(client, quiz, batch))

    told = begin(client, quiz, batch)

    assert told.status_code == 409
    assert told.json()["again"]
    assert "morning.pdf is here already, uploaded" in told.json()["detail"]
    finish(client, sent(client, quiz, batch, again=True), again=True)
    assert list(Upload.objects.values_list("copy", flat=True)) == [0, 1]


def test_the_page_says_what_did_not_arrive_whole_to_who_sent_it(as_, quiz, batch, client, world):
    told = begin(as_("ines"), quiz, batch).json()
    put(client, told["id"], batch, 0)
    mine = client.get(f"/exams/{quiz.pk}/scans/").text
    client.force_login(world.gus)
    theirs = client.get(f"/exams/{quiz.pk}/scans/").text
    client.force_login(world.ines)
    client.post(f"/deliveries/{told['id']}/discard/")

    assert "morning.pdf</strong> is only partly here" in mine
    assert "only partly here" not in theirs
    assert "only partly here" not in client.get(f"/exams/{quiz.pk}/scans/").text
    assert not Delivery.objects.exists()


def test_of_many_begun_the_oldest_gives_way(as_, quiz, batch):
    client = as_("ines")
    for number in range(deliveries.MOST + 2):
        told = begin(client, quiz, batch, name=f"{number}.pdf").json()
        put(client, told["id"], batch, 0)

    names = list(Delivery.objects.values_list("name", flat=True))
    assert names == [f"{number}.pdf" for number in range(2, deliveries.MOST + 2)]
    assert Part.objects.count() == deliveries.MOST


def test_what_nobody_came_back_for_goes_after_some_days(as_, quiz, batch, work):
    client = as_("ines")
    old, new = (sent(client, quiz, batch, name=name) for name in ("old.pdf", "new.pdf"))
    long_ago = timezone.now() - deliveries.KEEP - timedelta(hours=1)
    Delivery.objects.update(started_at=long_ago)  # somebody sends the new one day after day
    Part.objects.filter(delivery=old).update(arrived_at=long_ago)
    shared = Part.objects.filter(delivery=new).first().file.name

    Job.objects.ask("deliveries.discard")
    work()

    assert [one.pk for one in Delivery.objects.all()] == [new]
    assert default_storage.exists(shared)


def test_parts_on_their_way_are_no_leftovers(as_, quiz, batch):
    sent(as_("ines"), quiz, batch)
    names = list(Part.objects.values_list("file", flat=True))
    for name in names:
        os.utime(default_storage.path(name), (1, 1))

    call_command("prune")

    assert all(default_storage.exists(name) for name in names)
