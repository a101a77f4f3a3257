"""Run a function on an untrusted file in a process that may die, so that the worker does not.

A crafted PDF makes its reader spin, swallow all memory or abort. The helper is a fresh interpreter
with limits of its own, not a fork: a Celery worker is daemonic and may not fork through
`multiprocessing`, and forking beside threads is unsafe. It bounds time and memory. It is no wall
against code that runs: the helper has the rights of its parent. A worker that is killed takes its
helper with it, and the helper what it started: nobody else would ever stop them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial, partialmethod
from types import TracebackType
from typing import IO, Any, Literal, TypeVar, TypeVarTuple

from jobs import folders

Ts = TypeVarTuple("Ts")
R = TypeVar("R")
Reason = Literal["time", "memory", "crash"]

SECONDS = 60.0
MEMORY_BYTES = 2 << 30
IDLE_SECONDS = 20.0  # a helper that nobody asked anything for so long ends itself
GRACE_SECONDS = 5  # after which the helper ends itself, should its parent not have done so
_LENGTH = struct.Struct(">Q")
_PR_SET_PDEATHSIG = 1


class SandboxError(Exception):
    """The helper was stopped, or stopped itself. `reason` says by what."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class Sandbox:
    """A helper process that serves many calls, and is replaced after it died or idled away.

    with Sandbox(seconds=20) as box:
        pages = box.call(count_pages, path)

    `seconds` bounds each call, in wall time and in CPU time; `memory_bytes` the address space of
    the helper and of every process it starts. Not to be shared between threads.
    """

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        memory_bytes: int = MEMORY_BYTES,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.seconds = seconds
        self.memory_bytes = memory_bytes
        self.idle_seconds = idle_seconds
        self.broke = False  # whether a call ever overran a limit or took the helper down
        self._helper: subprocess.Popen[bytes] | None = None
        self._folder = ""

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def call(self, function: Callable[[*Ts], R], *args: *Ts) -> R:
        """Return what the top-level `function` returns, raise what it raises.

        Raises SandboxError when it overran a limit or took the helper down.
        """
        try:
            return self._call(function, *args)
        except SandboxError:
            self.broke = True
            raise

    def _call(self, function: Callable[[*Ts], R], *args: *Ts) -> R:
        request = pickle.dumps((function, args, self.seconds))
        helper = self._started()
        assert helper.stdin is not None
        try:
            _send(helper.stdin, request)
        except OSError:
            raise SandboxError("crash", self._epitaph()) from None
        good, value = self._answer(helper)
        if good:
            return value  # type: ignore[no-any-return]  # what R is, the caller knows
        if isinstance(value, MemoryError):
            self.close()
            raise SandboxError("memory", f"more than {self.memory_bytes >> 20} MB")
        raise value

    def close(self) -> None:
        """End the helper and all it started; leave no zombie and no file. Safe to repeat."""
        helper, self._helper = self._helper, None
        if helper is None:
            return
        # The helper leads a group of its own, so a renderer it started dies with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(helper.pid, signal.SIGKILL)
        helper.wait()
        for pipe in (helper.stdin, helper.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._helper is not None and self._helper.poll() is not None:
            self.close()
        if self._helper is None:
            # What is killed cannot tidy up: its temporary files lie where this process does it,
            # or, when that is killed too, where `folders.sweep` finds them.
            self._folder = folders.new()
            self._helper = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    "from submissions.sandbox import _serve; "
                    f"_serve({self.memory_bytes}, {os.getpid()}, {self.idle_seconds})",
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ
                | {
                    "PYTHONPATH": os.pathsep.join(sys.path),
                    "OPENBLAS_NUM_THREADS": "1",
                    "TMPDIR": self._folder,
                },
                start_new_session=True,
            )
        return self._helper

    def _answer(self, helper: subprocess.Popen[bytes]) -> tuple[bool, Any]:
        assert helper.stdout is not None
        deadline = time.monotonic() + self.seconds
        try:
            (length,) = _LENGTH.unpack(_read(helper.stdout, _LENGTH.size, deadline))
            return pickle.loads(_read(helper.stdout, length, deadline))  # type: ignore[no-any-return]  # what R is, the caller knows
        except TimeoutError:
            self.close()
            raise SandboxError("time", f"more than {self.seconds:g} s") from None
        except EOFError:
            raise self._death(helper) from None

    def _death(self, helper: subprocess.Popen[bytes]) -> SandboxError:
        detail = self._epitaph()
        if helper.returncode == -signal.SIGXCPU:
            return SandboxError("time", f"more than {self.seconds:g} s of computing")
        return SandboxError("crash", detail)

    def _epitaph(self) -> str:
        helper = self._helper
        if helper is None:
            return "no helper"
        with contextlib.suppress(subprocess.TimeoutExpired):
            helper.wait(2)
        code = helper.poll()
        self.close()
        if code is not None and code < 0:
            return f"stopped by {signal.Signals(-code).name}"
        return f"ended with {code}"


def run(
    function: Callable[[*Ts], R],
    *args: *Ts,
    seconds: float = SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> R:
    """Call `function(*args)` once in a helper of its own. Raises what `Sandbox.call` raises."""
    with Sandbox(seconds=seconds, memory_bytes=memory_bytes) as box:
        return box.call(function, *args)


def _send(pipe: IO[bytes], frame: bytes) -> None:
    pipe.write(_LENGTH.pack(len(frame)))
    pipe.write(frame)
    pipe.flush()


def _read(pipe: IO[bytes], size: int, deadline: float) -> bytes:
    """Read exactly `size` bytes. Raises TimeoutError or EOFError."""
    pieces = bytearray()
    while len(pieces) < size:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise TimeoutError
        piece = os.read(pipe.fileno(), min(size - len(pieces), 1 << 20))
        if not piece:
            raise EOFError
        pieces += piece
    return bytes(pieces)


def _serve(memory_bytes: int, parent: int, idle_seconds: float) -> None:
    """The helper's loop: take a call, answer it, until the parent closes the pipe or is silent."""
    _die_with(parent)
    # The libraries that start renderers do not let one say so.
    tied = partialmethod(subprocess.Popen.__init__, preexec_fn=partial(_die_with, os.getpid()))
    subprocess.Popen.__init__ = tied  # type: ignore[method-assign,assignment]
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with contextlib.suppress(EOFError, TimeoutError):
        while True:
            deadline = time.monotonic() + idle_seconds
            (length,) = _LENGTH.unpack(_read(sys.stdin.buffer, _LENGTH.size, deadline))
            _send(answers, _outcome(_read(sys.stdin.buffer, length, deadline + idle_seconds)))


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it is gone. Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It died before the kernel was told.
        os._exit(1)


def _outcome(frame: bytes) -> bytes:
    try:
        function, args, seconds = pickle.loads(frame)
        _allow_cpu(seconds)
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
        return pickle.dumps((True, function(*args)))
    except MemoryError:
        return pickle.dumps((False, MemoryError()))
    except Exception as error:
        try:
            pickle.loads(frame := pickle.dumps((False, error)))
        except Exception:
            return pickle.dumps((False, SandboxError("crash", repr(error))))
        return frame
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _allow_cpu(seconds: float) -> None:
    """Let this call compute for `seconds`: the limit counts from the helper's birth."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
