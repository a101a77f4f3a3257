"""Papers damaged on purpose: none is lost, none goes wrong in silence, and the damage is real."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest

from config.demo.scanner import bind
from gradebook.files import keep
from gradebook.models import Template
from submissions.models import Page
from submissions.print_runs import ask_for_papers
from submissions.prints import print_of
from tests.submissions.batches import CODE_SCRIBBLED, Batch, batch, formed, looked_at
from tests.submissions.damaged import count, table
from tests.submissions.layouts import RUN, layout, written
from tests.submissions.page_damage import PAGE_DAMAGES
from tests.submissions.stack_damage import STACK_DAMAGES, Leaf, stack
from tests.submissions.verdicts import Formed, Verdict, judged

SEEDS = (9001, 9002, 9003)


@cache
def outcome_of(seed: int, name: str) -> tuple[Batch, Verdict]:
    made = batch(seed, name)
    papers = formed(made, looked_at(made))
    return made, judged(made.leaves, papers, layout(name).print_.unplaceable)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_page_of_a_damaged_batch_is_lost_or_wrong_in_silence(seed):
    made, verdict = outcome_of(seed, "quiz")

    assert len(verdict.outcomes) == len(made.leaves)
    assert not {"silent", "lost"} & set(verdict.outcomes)


@pytest.mark.parametrize("seed", SEEDS)
def test_papers_that_nothing_happened_to_are_not_shifted(seed):
    _, verdict = outcome_of(seed, "quiz")

    assert not verdict.shifted


def test_no_page_with_a_code_is_lost_or_wrong_in_silence_though_codes_are_scribbled_over():
    made, verdict = outcome_of(9003, "coded quiz")

    assert any(CODE_SCRIBBLED in leaf.damages for leaf in made.leaves)
    assert not {"silent", "lost"} & set(verdict.outcomes)


# Through the real intake


def scanned(made: Batch, tmp_path):
    path = tmp_path / f"{made.seed}.pdf"
    bind(path, list(made.jpegs()))
    return path


def verdict_of_rows(made: Batch, upload) -> Verdict:
    upload.refresh_from_db()
    assert upload.formed_at
    assert upload.pages.count() == len(made.leaves)
    assert not upload.pages.filter(state__in=(Page.State.WAITING, Page.State.DISCARDED)).exists()
    return judged(made.leaves, Formed.of_rows(upload), layout(made.layout).print_.unplaceable)


@pytest.mark.parametrize("seed", [9011, 9012])
def test_the_intake_loses_no_page_of_a_damaged_upload_and_asks_where_it_is_wrong(
    seed, quiz, take, work, tmp_path
):
    made = batch(seed, "quiz")

    upload = take(quiz, scanned(made, tmp_path))
    work()

    verdict = verdict_of_rows(made, upload)
    assert not {"silent", "lost"} & set(verdict.outcomes)
    assert not verdict.shifted
    assert Counter(verdict.outcomes)["right"] > len(made.leaves) / 2


def test_the_intake_puts_damaged_papers_with_codes_where_they_were_printed(
    quiz, world, take, work, tmp_path, paper_quiz
):
    kept = keep("templates", paper_quiz.small.template.read_bytes(), ".pdf")
    Template.objects.filter(exam=quiz).update(file=kept.name, sha256=kept.sha256)
    quiz.refresh_from_db()
    run = ask_for_papers(quiz, copies=layout("coded quiz").papers, by=world.ines)
    work()
    # The batch's own print, of the same blank exam, bears another run's number.
    type(run).objects.filter(pk=run.pk).update(code=RUN)
    made = batch(9021, "coded quiz")
    assert print_of(quiz.template).stamps == layout("coded quiz").print_.stamps

    upload = take(quiz, scanned(made, tmp_path))
    work()

    verdict = verdict_of_rows(made, upload)
    assert not {"silent", "lost"} & set(verdict.outcomes)
    printed = upload.pages.filter(state=Page.State.PLACED, code_by="symbol").select_related(
        "printed"
    )
    for page in printed:
        leaf = made.leaves[page.number - 1]
        assert (page.printed.number, page.template_page) == (leaf.paper + 1, leaf.page)
    assert printed.count() > len(made.leaves) / 2


# The generator itself


@pytest.mark.parametrize("name", PAGE_DAMAGES)
def test_every_damage_of_a_page_is_to_be_seen_and_the_same_by_the_same_seed(name):
    page = np.ascontiguousarray(written(layout("quiz"), 1, 0, 1)[::2, ::2])
    untouched = page.copy()

    once, again = (PAGE_DAMAGES[name](page, np.random.default_rng(4)) for _ in "ab")

    assert once.shape == page.shape
    assert np.array_equal(once, again)
    assert np.count_nonzero(np.abs(once.astype(int) - page) > 20) > 50
    assert np.array_equal(page, untouched)


@pytest.mark.parametrize("name", STACK_DAMAGES)
@pytest.mark.parametrize("seed", range(5))
def test_every_mishap_of_a_stack_changes_it_and_says_whom_it_befell(name, seed):
    leaves = stack(3, 4)

    stirred = STACK_DAMAGES[name](leaves, np.random.default_rng(seed))

    plain = [(leaf.kind, leaf.paper, leaf.page, leaf.turn) for leaf in stirred]
    assert plain != [(leaf.kind, leaf.paper, leaf.page, leaf.turn) for leaf in leaves]
    assert any(leaf.stirred == (name,) for leaf in stirred)


def test_a_batch_is_made_of_its_seed_alone():
    one, other = batch(17, "quiz"), batch(17, "quiz")

    assert one == other != batch(18, "quiz")
    assert np.array_equal(one.picture(3), other.picture(3))


# The judge


def papers(*places: tuple[int, int] | None) -> Formed:
    """Scans in order, each at a paper and a page of it, or waiting."""
    placed = {number: place for number, place in enumerate(places, 1) if place}
    return Formed(placed, set(range(1, len(places) + 1)) - set(placed), set())


def test_a_page_in_a_stranger_s_paper_is_wrong_and_in_silence_if_nobody_is_asked():
    leaves = [Leaf("page", 0, 1), Leaf("page", 0, 2), Leaf("page", 0, 3), Leaf("page", 1, 4)]

    silent = judged(leaves, papers((7, 1), (7, 2), (7, 3), (7, 4)))
    asked = judged([*leaves, Leaf("page", 1, 1)], papers((7, 1), (7, 2), (7, 3), (7, 4), None))

    assert silent.outcomes == ("right", "right", "right", "silent")
    assert silent.shifted == (1,)
    assert asked.outcomes == ("right", "right", "right", "wrong", "waits")


def test_a_page_that_no_paper_and_no_queue_holds_is_lost():
    leaves = [Leaf("page", 0, 1), Leaf("page", 0, 2)]

    assert judged(leaves, Formed({1: (7, 1)}, (), ())).outcomes == ("right", "lost")


def test_print_taken_for_an_empty_back_is_silent_and_a_back_is_right():
    leaves = [Leaf("page", 0, 1), Leaf("back", 0)]

    assert judged(leaves, Formed({}, {1, 2}, {1, 2})).outcomes == ("silent", "right")


def test_the_table_counts_each_scan_by_what_befell_it():
    rates: dict[str, Counter[str]] = {"all scans": Counter(), "page: torn": Counter()}
    made = Batch(1, "quiz", [Leaf("page", 0, 1, damages=("torn",))])

    count(rates, made, Verdict(("waits",), ()))

    assert "| page: torn | 1 | 0 | 1 | 0 | 0 | 0 |" in table(rates).splitlines()
