"""A file whose end is told and that is let go at once. On PostgreSQL this is the real race."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier

import pytest
from django.core.files.storage import default_storage
from django.db import connections

from gradebook.models import Template
from submissions import deliveries
from submissions.deliveries import Busy, Gone
from submissions.models import Delivery, Part, Upload

ROUNDS = 12


@pytest.fixture
def exam(transactional_db, world, monkeypatch):
    monkeypatch.setattr(deliveries, "PART_BYTES", 1000)
    Template.objects.create(exam=world.exam, file="t.pdf", sha256="0" * 64, page_count=3)
    return world.exam


def sent(exam, by, number):
    data = b"%PDF-1.7\n" + f"{number:06}".encode() * 1000
    delivery = deliveries.begin(exam, by, f"{number}.pdf", len(data), 0)
    for part in deliveries.missing(delivery):
        deliveries.put(delivery, part, BytesIO(data[part * 1000 : (part + 1) * 1000]))
    return delivery.pk


def at_once(pk, *acts):
    """Run each act on a row of its own of the delivery at the same moment; return what each got."""
    start = Barrier(len(acts))

    def run(act):
        try:
            row = Delivery.objects.select_related("exam__course", "upload", "sent_by").get(pk=pk)
            start.wait()
            return act(row)
        except (Busy, Gone) as told:
            return told
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.services
def test_either_the_file_is_taken_or_it_is_let_go_and_each_is_told_which(exam, world):
    for number in range(ROUNDS):
        pk = sent(exam, world.ines, number)
        parts = list(Part.objects.values_list("file", flat=True))

        taken, gone = at_once(pk, deliveries.finish, deliveries.discard)

        upload = Upload.objects.filter(name=f"{number}.pdf").first()
        if upload is not None:
            assert taken == upload
            assert gone is None or isinstance(gone, Busy)
        else:
            assert isinstance(taken, Gone)
            assert gone is None
            assert not Delivery.objects.filter(pk=pk).exists()
        assert not Part.objects.exists()
        assert not any(default_storage.exists(name) for name in parts)


@pytest.mark.services
def test_a_file_whose_end_is_told_twice_at_once_is_one_upload(exam, world):
    for number in range(ROUNDS):
        told = at_once(sent(exam, world.ines, number), deliveries.finish, deliveries.finish)

        upload = Upload.objects.get(name=f"{number}.pdf")
        assert upload in told
        assert all(one == upload or isinstance(one, Busy) for one in told)
