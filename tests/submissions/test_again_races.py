"""One file sent again by several at once. On PostgreSQL this is the real race."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, local

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connections

from gradebook.models import Template
from submissions import intake
from submissions.intake import take_upload
from submissions.models import Upload
from submissions.sources import HereAlready

PEOPLE = 6


def send(world, *, again=True):
    file = ContentFile(b"%PDF-1.7 the very same")
    return take_upload(world.exam, file, "batch.pdf", world.ines, again=again)


@pytest.fixture
def templated(world):
    Template.objects.create(exam=world.exam, file="t.pdf", sha256="0" * 64, page_count=3)
    return world


def test_who_finds_the_next_number_taken_gets_the_one_after_it(templated, monkeypatch):
    insert, left = intake._insert, [IntegrityError("somebody has it")]

    def came_second(*args):
        insert(*args)
        if left:
            raise left.pop()

    monkeypatch.setattr(intake, "_insert", came_second)

    upload = send(templated)

    assert Upload.objects.get(sha256=upload.sha256) == upload
    with pytest.raises(HereAlready):
        send(templated, again=False)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_all_who_send_a_file_again_at_once_are_taken(transactional_db, templated, monkeypatch):
    insert, start, mine = intake._insert, Barrier(PEOPLE), local()

    def at_once(*args):
        # Everybody has looked for the next number, and found the same.
        if not getattr(mine, "started", False):
            mine.started = True
            start.wait(20)
        insert(*args)

    monkeypatch.setattr(intake, "_insert", at_once)

    def run(_):
        try:
            return send(templated).copy
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PEOPLE) as pool:
        assert sorted(pool.map(run, range(PEOPLE))) == list(range(PEOPLE))
