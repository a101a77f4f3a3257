from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from jobs import folders
from submissions.sandbox import GRACE_SECONDS, Sandbox, SandboxError, run

GONE_SECONDS = 30  # on a machine with much else to do; what hangs, hangs for a minute


@pytest.fixture
def own_root(monkeypatch, tmp_path: Path) -> None:
    """A place for this test's folders where no worker beside it sweeps."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_call_returns_what_the_function_returns():
    assert run(divmod, 17, 5, seconds=20) == (3, 2)


def test_an_error_of_the_function_comes_through():
    with pytest.raises(ZeroDivisionError):
        run(divmod, 1, 0, seconds=20)


def test_one_helper_serves_many_calls():
    with Sandbox(seconds=20) as box:
        assert box.call(os.getpid) == box.call(os.getpid) != os.getpid()


def test_waiting_too_long_is_stopped():
    with pytest.raises(SandboxError) as stopped:
        run(time.sleep, 60, seconds=0.5)

    assert stopped.value.reason == "time"


def test_computing_too_long_is_stopped_by_the_wall_clock():
    started = time.monotonic()
    with pytest.raises(SandboxError, match="time"):
        run(pow, 3, 10**9, seconds=0.5)

    # Three to that power takes minutes.
    assert time.monotonic() - started < 45


def test_memory_is_bounded():
    with pytest.raises(SandboxError) as stopped:
        run(bytes, 2 << 30, seconds=20, memory_bytes=1 << 30)

    assert stopped.value.reason == "memory"


def test_an_abort_is_a_crash_and_the_next_call_finds_a_new_helper():
    with Sandbox(seconds=20) as box:
        with pytest.raises(SandboxError) as stopped:
            box.call(os.abort)

        assert stopped.value.reason == "crash"
        assert "SIGABRT" in stopped.value.detail
        assert box.call(abs, -3) == 3


def test_a_helper_that_idled_away_is_replaced():
    with Sandbox(seconds=20, idle_seconds=0.2) as box:
        first = box.call(os.getpid)
        assert _gone(first)

        assert box.call(os.getpid) != first
        assert not box.broke


@pytest.mark.usefixtures("own_root")
def test_a_helper_of_a_killed_worker_leaves_its_folder_to_the_next_sweep(tmp_path: Path):
    trace = tmp_path / "pids"
    worker = multiprocessing.get_context("fork").Process(target=_hang, args=(trace,))
    worker.start()
    over = threading.Event()
    while not (trace.exists() and trace.read_text().endswith("\n")) and worker.is_alive():
        over.wait(0.02)
    (left,) = _folders_of(worker.pid)
    folders.sweep()
    assert left.is_dir()

    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join(5)
    assert left.is_dir()
    folders.sweep()

    assert not left.exists()


@pytest.mark.usefixtures("own_root")
def test_folders_of_living_processes_and_of_other_machines_stay_until_they_are_old():
    mine = Path(folders.new())
    elsewhere = mine.with_name(f"{mine.name.partition('.')[0]}x.999999999-abc")
    elsewhere.mkdir()
    folders.sweep()
    assert mine.is_dir()
    assert elsewhere.is_dir()

    for folder in (mine, elsewhere):
        long_ago = time.time() - folders.OLD_SECONDS - 60
        os.utime(folder, (long_ago, long_ago))
    folders.sweep()

    assert not mine.exists()
    assert not elsewhere.exists()


def _folders_of(pid: int | None) -> list[Path]:
    root = Path(folders.new()).parent
    return [folder for folder in root.iterdir() if f".{pid}-" in folder.name]


def test_what_the_function_prints_does_not_spoil_the_answer():
    with Sandbox(seconds=20) as box:
        box.call(os.system, "echo noise")

        assert box.call(abs, -3) == 3


def test_a_large_answer_arrives_whole():
    assert len(run(bytes, 30_000_000, seconds=20)) == 30_000_000


def test_children_of_the_helper_die_with_it(tmp_path: Path):
    trace = tmp_path / "pid"
    with pytest.raises(SandboxError, match="time"):
        run(os.system, f"echo $$ > {trace}; exec sleep 60", seconds=1)

    assert _gone(int(trace.read_text()))


def test_a_worker_that_is_killed_takes_helper_and_renderer_with_it(tmp_path: Path):
    trace = tmp_path / "pids"
    worker = multiprocessing.get_context("fork").Process(target=_hang, args=(trace,))
    worker.start()
    over = threading.Event()
    while not (trace.exists() and trace.read_text().endswith("\n")) and worker.is_alive():
        over.wait(0.02)
    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join(5)

    renderer, helper = map(int, trace.read_text().split())
    assert (_gone(helper), _gone(renderer)) == (True, True)


def test_a_helper_whose_parent_died_before_it_was_tied_ends():
    program = f"from submissions.sandbox import _serve; _serve(2 << 30, {os.getpid()} + 1, 20)"
    ended = subprocess.run([sys.executable, "-c", program], stdin=subprocess.PIPE, timeout=30)

    assert ended.returncode == 1


def test_a_helper_would_stop_itself_a_little_later_than_its_parent_does():
    with Sandbox(seconds=20) as box:
        left, _ = box.call(signal.getitimer, signal.ITIMER_REAL)

        assert 20 < left <= 20 + GRACE_SECONDS
        assert box.call(signal.getsignal, signal.SIGALRM) == signal.SIG_DFL


def test_no_zombie_is_left():
    with Sandbox(seconds=20) as box:
        helper = box.call(os.getpid)

    assert _gone(helper)
    assert f"{helper} " not in subprocess.run(["ps", "-A"], capture_output=True, text=True).stdout


def test_it_works_inside_a_daemonic_process():
    answers: multiprocessing.Queue[int] = multiprocessing.Queue()
    worker = multiprocessing.get_context("fork").Process(target=_ask, args=(answers,), daemon=True)
    worker.start()
    worker.join(30)

    assert answers.get(timeout=5) == 3


def _ask(answers: multiprocessing.Queue[int]) -> None:
    answers.put(run(abs, -3, seconds=20))


def _hang(trace: Path) -> None:
    with Sandbox(seconds=60) as box:
        box.call(subprocess.call, ["sh", "-c", f"echo $$ $PPID > {trace}; exec sleep 60"])


def _gone(pid: int) -> bool:
    """Whether the process ends: being killed takes a little."""
    over = threading.Event()
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z":
            return True
        over.wait(0.02)
    os.kill(pid, signal.SIGKILL)
    return False
