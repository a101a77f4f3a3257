"""The benches run, each once and small, so that they never rot; and their clock is right."""

from __future__ import annotations

import subprocess
import sys
import time
from types import ModuleType

import pytest

from bench import __main__ as bench

BENCHES = bench.discover(bench.modules())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_runs(name):
    bench.prepare(BENCHES[name], papers=2)()


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_says_what_it_times(name):
    assert BENCHES[name].__doc__


def test_benches_are_found_by_their_name():
    place = ModuleType("bench.sums")
    exec("def time_adding(): pass\ndef adding(): pass\n", place.__dict__)
    place.__dict__["time_borrowed"] = bench.time_them

    assert list(bench.discover([place])) == ["sums.adding"]


def test_a_pattern_is_part_of_a_name():
    benches = dict.fromkeys(["intake.page", "intake.batch", "copies.page"], lambda: lambda: None)

    assert list(bench.matching(benches, "page")) == ["intake.page", "copies.page"]
    assert list(bench.matching(benches, "in*page")) == ["intake.page"]


def test_a_bench_that_returns_nothing_is_refused():
    with pytest.raises(TypeError, match="must return what is to be timed"):
        bench.prepare(lambda: 7)  # type: ignore[return-value]  # what is tested


def test_papers_are_given_to_those_that_ask():
    asked = []

    def time_many(papers: int = 1000):
        asked.append(papers)
        return list

    bench.prepare(time_many, papers=2)
    bench.prepare(time_many)
    bench.prepare(lambda: list, papers=2)

    assert asked == [2, 1000]


def test_the_first_call_warms_up_and_is_not_counted():
    calls = []

    figure = bench.measure("it", lambda: calls.append(1), repeat=3, seconds=60)

    assert (figure.runs, len(calls)) == (3, 4)


def test_time_runs_out_but_never_before_one_run():
    assert bench.measure("it", lambda: None, repeat=1000, seconds=0).runs == 1


def test_work_counts_as_cpu():
    def work() -> None:
        until = time.process_time() + 0.02
        while time.process_time() < until:
            pass

    figure = bench.measure("it", work, repeat=3, seconds=60)

    assert figure.cpu_median >= 20
    assert figure.wall_median >= 20


def test_the_95th_percentile_leaves_one_in_twenty_above():
    assert bench.p95([float(n) for n in range(1, 21)]) == 19
    assert bench.p95([7.0]) == 7


def test_an_unknown_name_is_told(capsys):
    assert bench.main(["time", "no-such-bench"]) == 1
    assert "no-such-bench" in capsys.readouterr().err


@pytest.mark.services
def test_graders_at_once_grade_each_answer_once():
    command = [sys.executable, "-m", "bench.graders", "--graders=3", "--papers=5", "--seconds=3"]

    told = subprocess.run([*command, "--pause=0.1"], capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "errors: 0" in told.stdout
    assert "None graded twice, none skipped, none lost; all scores right." in told.stdout
