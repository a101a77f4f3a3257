"""`python -m bench list` and `python -m bench time [pattern]`: see `./run bench`."""

from __future__ import annotations

import argparse
import fnmatch
import gc
import inspect
import json
import os
import pkgutil
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from types import ModuleType

import django

Timed = Callable[[], object]
Bench = Callable[..., Timed]


@dataclass(frozen=True)
class Figure:
    """What one bench took, in milliseconds; CPU counts finished child processes too."""

    name: str
    runs: int
    wall_median: float
    wall_p95: float
    cpu_median: float
    cpu_p95: float


def modules() -> Iterator[ModuleType]:
    """Yield the modules of this folder that may hold benches."""
    for found in pkgutil.iter_modules(import_module("bench").__path__):
        if not found.name.startswith("_"):
            yield import_module(f"bench.{found.name}")


def discover(places: Iterable[ModuleType]) -> dict[str, Bench]:
    """Return the `time_*` functions written in the modules, by `module.name`."""
    return {
        f"{place.__name__.rpartition('.')[2]}.{name.removeprefix('time_')}": function
        for place in places
        for name, function in inspect.getmembers(place, inspect.isfunction)
        if name.startswith("time_") and function.__module__ == place.__name__
    }


def matching(benches: Mapping[str, Bench], pattern: str) -> dict[str, Bench]:
    """Return the benches whose name holds the pattern, where `*` and `?` stand for others."""
    return {name: it for name, it in benches.items() if fnmatch.fnmatch(name, f"*{pattern}*")}


def prepare(bench: Bench, papers: int | None = None) -> Timed:
    """Let the bench get ready and return what is to be timed.

    Raises TypeError when that cannot be called: a bench that did its work while it got
    ready would time nothing.
    """
    takes_papers = "papers" in inspect.signature(bench).parameters
    timed = bench(papers=papers) if takes_papers and papers is not None else bench()
    if not callable(timed):
        raise TypeError(f"{bench.__name__} must return what is to be timed, not {timed!r}.")
    return timed


def measure(name: str, timed: Timed, *, repeat: int, seconds: float) -> Figure:
    """Call once to warm up, then up to `repeat` times, but not for longer than `seconds`."""
    timed()
    walls: list[float] = []
    cpus: list[float] = []
    gc.collect()
    until = time.perf_counter() + seconds
    while len(walls) < repeat and (not walls or time.perf_counter() < until):
        cpu, wall = _cpu_seconds(), time.perf_counter()
        timed()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((_cpu_seconds() - cpu) * 1000)
    return Figure(
        name, len(walls), statistics.median(walls), p95(walls), statistics.median(cpus), p95(cpus)
    )


def p95(values: list[float]) -> float:
    """Return the smallest of the values that 95 % do not exceed (nearest rank)."""
    return sorted(values)[-(-95 * len(values) // 100) - 1]


def _cpu_seconds() -> float:
    # os.times() ticks in hundredths; this process is measured finer.
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


@contextmanager
def scratch_database() -> Iterator[None]:
    """Work on an empty database that goes afterwards."""
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)


def line(figure: Figure) -> str:
    return (
        f"{figure.name:<40} {figure.wall_median:>10.1f} {figure.wall_p95:>10.1f}"
        f" {figure.cpu_median:>10.1f} {figure.cpu_p95:>10.1f} {figure.runs:>5}"
    )


def time_them(benches: dict[str, Bench], options: argparse.Namespace) -> list[Figure]:
    figures = []
    print(f"{'ms':<40} {'wall':>10} {'p95':>10} {'cpu':>10} {'p95':>10} {'runs':>5}")
    for name, bench in benches.items():
        timed = prepare(bench, options.papers)
        figure = measure(name, timed, repeat=options.repeat, seconds=options.seconds)
        print(line(figure), flush=True)
        figures.append(figure)
    return figures


def list_them(benches: dict[str, Bench]) -> None:
    for name, bench in benches.items():
        print(f"{name:<40} {(inspect.getdoc(bench) or '').partition(chr(10))[0]}")


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("what", choices=["list", "time"])
    parser.add_argument("pattern", nargs="?", default="", help="part of a name")
    parser.add_argument("--repeat", type=int, default=20, help="times each, at most")
    parser.add_argument("--seconds", type=float, default=10, help="for each, at most")
    parser.add_argument("--papers", type=int, help="instead of each bench's own number")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    options = arguments(words)
    benches = matching(discover(modules()), options.pattern)
    if not benches:
        print(f"No bench is called like {options.pattern!r}.", file=sys.stderr)
        return 1
    if options.what == "list":
        list_them(benches)
        return 0
    with scratch_database():
        figures = time_them(benches, options)
    if options.json:
        with open(options.json, "w") as file:
            json.dump([asdict(figure) for figure in figures], file, indent=2)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    django.setup()
    sys.exit(main(sys.argv[1:]))
