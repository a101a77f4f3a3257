"""Several people at one request. On PostgreSQL (`./run test --services`) this is the real race."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from gradebook.models import Section
from rubrics import grading, outline
from rubrics.models import Entry
from rubrics.scores import mismatches
from scoring import regrade_windows, regrades
from scoring import release as verbs
from scoring.models import Copy, Regrade, RegradeReply, Viewing
from scoring.regrades import Refused
from scoring.release import take_back
from scoring.results import from_json

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 6
WHY = "The second line is right."


@pytest.fixture
def world(transactional_db, world):
    return world


@pytest.fixture
def asked(released):
    return regrades.ask(released.copies["sam"], "1.1", WHY)


def together(work, people=PEOPLE):
    """Run `work(n)` for n people at the same moment; return what each got, or its refusal."""
    start = Barrier(people)

    def run(number):
        try:
            start.wait()
            return work(number)
        except Refused as refused:
            return str(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(run, range(people)))


def lines(verb):
    return Entry.objects.filter(verb=verb).count()


def test_a_form_sent_many_times_at_once_asks_once(released):
    got = together(lambda _: regrades.ask(released.copies["sam"], "1.1", WHY))

    assert {regrade.pk for regrade in got} == {Regrade.objects.get().pk}
    assert lines(Entry.Verb.ASKED_REGRADE) == 1


def test_of_two_reasons_sent_at_once_one_stands_and_the_other_is_told(released):
    got = together(lambda number: regrades.ask(released.copies["sam"], "1.1", f"Why {number}?"))

    assert sorted(map(type, got), key=str).count(Regrade) == 1
    assert got.count(regrades.ASKED) == PEOPLE - 1


def test_of_many_who_answer_at_once_one_does_and_the_others_are_told_its_words(asked, released):
    people = [released.gus, released.ines]

    got = together(
        lambda number: regrades.reply(
            asked, f"Words {number}.", change=False, by=people[number % 2]
        )
    )

    (reply,) = [one for one in got if isinstance(one, RegradeReply)]
    assert RegradeReply.objects.get() == reply
    assert sum(reply.text in one for one in got if isinstance(one, str)) == PEOPLE - 1
    assert lines(Entry.Verb.ANSWERED_REGRADE) == 1


def test_a_request_is_never_both_withdrawn_and_answered(asked, released):
    def work(number):
        if number % 2:
            return regrades.withdraw(asked)
        return regrades.reply(asked, "It stays.", change=False, by=released.gus)

    got = together(work)

    asked.refresh_from_db()
    answered = RegradeReply.objects.exists()
    assert answered != (asked.withdrawn_at is not None)
    told = regrades.ANSWERED if answered else regrades.WITHDRAWN
    assert got.count(told) == PEOPLE // 2


def test_the_score_shown_is_the_one_seen_whatever_is_clicked_meanwhile(asked, released):
    correct, slip, _ = released.items["1.1"]
    grading.apply(correct, asked.answer, by=released.gus)

    def work(number):
        if number:
            act = grading.lift if number % 2 else grading.apply
            return act(slip, asked.answer, by=released.ines)
        return regrades.reply(asked, "Right.", change=True, seen=200, by=released.gus)

    (reply, *_) = together(work)

    shown = from_json(Copy.objects.get(pk=released.copies["sam"].pk).result)
    part = shown.questions[0].parts[0]
    if isinstance(reply, RegradeReply):
        assert (reply.after, part.score, shown.score) == (200, 200, 800)
        assert [item.text for item in part.items if item.applied] == ["Correct"]
    else:
        assert (part.score, shown.score) == (150, 750)
    assert mismatches() == []


def test_two_requests_about_one_paper_answered_at_once_both_reach_its_copy(asked, released):
    other = regrades.ask(released.copies["sam"], "2", WHY)
    for one, version in ((asked, 0), (other, 1)):
        grading.adjust(one.answer, 0 if version else 50, version=version, by=released.gus)

    def work(number):
        one, seen = ((asked, 200), (other, 250))[number]
        return regrades.reply(one, "Right.", change=True, seen=seen, by=released.gus)

    got = together(work, people=2)

    assert [one.changed for one in got] == [True, True]
    shown = from_json(Copy.objects.get(pk=released.copies["sam"].pk).result)
    assert shown.score == 200 + 400 + 250


def test_a_release_taken_back_while_somebody_replies_loses_neither(asked, released):
    grading.adjust(asked.answer, 50, version=0, by=released.gus)
    copy = released.copies["sam"]
    before = copy.result

    def work(number):
        if number:
            return take_back(released.exam, by=released.ines)
        return regrades.reply(asked, "Right.", change=True, seen=200, by=released.gus)

    reply, taken = together(work, people=2)

    copy.refresh_from_db()
    assert [one.pk for one in taken] == [copy.release_id]
    assert copy.withdrawn_at is not None
    if reply == regrades.HIDDEN:
        assert copy.result == before
        assert not RegradeReply.objects.exists()
    else:
        assert RegradeReply.objects.get().earlier == before
        assert from_json(copy.result).score == from_json(before).score + 50


def kept_waiting():
    """Whether somebody waits for what this connection holds."""
    query = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return bool(cursor.fetchone()[0])


@pytest.mark.services
@pytest.mark.parametrize("act", ["release", "take back"])
def test_whoever_changes_copies_takes_them_in_one_order(released, monkeypatch, act):
    """The first copy is somebody else's for a while: nobody who waits for it holds the second."""
    monkeypatch.setattr(verbs, "BATCH", 1)
    exam, by = released.exam, released.ines
    take_back(exam, by=by)
    for name in ("nia", "sam"):
        section = Section.objects.create(course=released.course, name=name)
        released.members[name].sections.add(section)
        last = verbs.release(exam, by=by, to="sections", sections=[section])
    first, second = Copy.objects.standing().order_by("pk")
    assert second.submission == released.papers[0]

    def work():
        try:
            if act == "release":
                verbs.release(exam, by=by, again=last.pk)
            else:
                take_back(exam, by=by)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Copy.objects.select_for_update().get(pk=first.pk)
            done = pool.submit(work)
            while not kept_waiting():
                assert not done.done()
            Copy.objects.select_for_update(nowait=True).get(pk=second.pk)
        done.result()
    assert set(Copy.objects.standing()).isdisjoint({first, second})


def aside(work):
    """What `work` gives on a connection of its own, while this one is in the middle."""

    def run():
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.mark.services
def test_students_open_results_while_a_release_again_is_written(released):
    def look():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            return Viewing.objects.create(copy=released.copies["sam"], by=released.sam)

    with transaction.atomic():
        verbs.release(released.exam, by=released.ines, again=verbs.latest(released.exam))
        assert aside(look).pk


@pytest.mark.services
@pytest.mark.parametrize("change", [False, True])
def test_a_reply_that_waited_for_a_release_is_of_what_it_shows(asked, released, change):
    grading.adjust(asked.answer, 50, version=0, by=released.gus)

    def work():
        try:
            return regrades.reply(asked, "So it is.", change=change, seen=200, by=released.gus)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            verbs.release(released.exam, by=released.ines, again=verbs.latest(released.exam))
            done = pool.submit(work)
            while not kept_waiting():
                assert not done.done()
        reply = done.result()

    assert (reply.before, reply.after) == (200, 200)


@pytest.mark.services
def test_a_pdf_that_a_worker_saves_is_no_other_release(released, monkeypatch):
    hold, saved = verbs._hold, list[int]()

    def save_then_hold(copies):
        if not saved:
            copy = Copy.objects.filter(pk=released.copies["sam"].pk)
            saved.append(aside(lambda: copy.update(drawn_at=timezone.now())))
        return hold(copies)

    monkeypatch.setattr(verbs, "_hold", save_then_hold)
    made = verbs.release(released.exam, by=released.ines, again=verbs.latest(released.exam))

    assert saved == [1]
    assert made.copies.count() == 2


@pytest.mark.services
def test_a_part_does_not_go_while_somebody_asks_about_it(released, monkeypatch):
    plan = outline.plan_of(released.exam)
    without = replace(plan, questions=tuple(q for q in plan.questions if q.number != "2"))
    put_to, started = regrade_windows.put_to, Event()
    losing = []

    def remove():
        try:
            started.wait()
            outline.save_outline(released.exam, without, by=released.ines)
        except outline.WouldLose as would:
            losing.append(would.count)
        finally:
            connections.close_all()

    def wait_for_the_outline(answer):
        started.set()
        while not kept_waiting():
            assert not removed.done()
        return put_to(answer)

    monkeypatch.setattr(regrades, "put_to", wait_for_the_outline)
    with ThreadPoolExecutor(1) as pool:
        removed = pool.submit(remove)
        asked = regrades.ask(released.copies["sam"], "2", WHY)
        removed.result()

    assert Regrade.objects.open().get() == asked
    assert losing == [worked_on_and_asked(released)]


def worked_on_and_asked(released):
    """How many answers and requests go with part 2, as the outline says it now."""
    plan = outline.plan_of(released.exam)
    without = replace(plan, questions=tuple(q for q in plan.questions if q.number != "2"))
    with pytest.raises(outline.WouldLose) as would:
        outline.save_outline(released.exam, without, by=released.ines)
    return would.value.count
