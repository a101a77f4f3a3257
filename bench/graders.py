"""Many graders at once: `./run bench --services graders [--graders 30] [--papers 300]`.

Signed-in sessions grade an exam of 52 parts against gunicorn, each as the grading page would:
ask for the next ungraded answer, toggle one to three items, now and then comment, adjust or flag,
go on; beside it what the page sends by itself (`--bare` leaves that out). Prints how long requests
took as the graders saw it, and the CPU of server and database; afterwards looks whether an answer
was graded by two, left out or lost. Everything shares one machine, so with two cores the graders'
own work is in the figures too. `--pause 0` thinks at no key.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench._grader import PASSWORD, Delta, Grader
from bench._served import Server, cpu_of, own_place, served

if TYPE_CHECKING:
    from bench.world import World

QUESTIONS = 6  # that the graders begin with, so that five share one
PAGES = 27
SEED = 30


def signed_in(server: Server, world: World, options: argparse.Namespace) -> list[Grader]:
    """Make the graders' accounts and sign each of them in."""
    from django.contrib.auth.hashers import make_password

    from gradebook.models import Membership, Role, User

    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(email=f"grader-{n}@example.edu", password=password) for n in range(options.graders)
    )
    Membership.objects.bulk_create(
        Membership(course=world.exam.course, user=user, role=Role.GRADER) for user in users
    )
    leaves = [leaf.pk for leaf in world.leaves]
    graders = []
    for n, user in enumerate(users):
        first = n % QUESTIONS
        grader = Grader(
            server.address, user.email, leaves[first:] + leaves[:first],
            seed=SEED + n, pause=options.pause, whole=not options.bare,
        )  # fmt: skip
        grader.sign_in()
        graders.append(grader)
    return graders


def add_pages(world: World) -> None:
    """Give every paper its pages; they all look the same."""
    from bench._drawn import SIZE, kept, page_picture
    from gradebook.models import Region
    from submissions.models import Page, Submission, Upload

    picture = page_picture(1, 1)
    preview, thumbnail = kept(picture), kept(picture.resize((127, 165)))
    papers = list(Submission.objects.filter(exam=world.exam))
    upload = Upload.objects.create(
        exam=world.exam, name="scans.pdf", file="x.pdf", size=1, sha256="0" * 64
    )
    Page.objects.bulk_create(
        (
            Page(
                upload=upload, number=PAGES * at + n, state=Page.State.PLACED, submission=paper,
                template_page=n, position=n, preview=preview, thumbnail=thumbnail,
                width=SIZE[0], height=SIZE[1], affine=[1, 0, 0, 0, 1, 0],
            )
            for at, paper in enumerate(papers)
            for n in range(1, PAGES + 1)
        ),
        batch_size=5000,
    )  # fmt: skip
    Region.objects.bulk_create(
        Region(
            exam=world.exam, kind="question", question=leaf, page=1 + n // 2,
            x=0.06, y=0.1 + n % 2 * 0.4, width=0.88, height=0.3,
        )
        for n, leaf in enumerate(world.leaves)
    )  # fmt: skip


def work(graders: Sequence[Grader], seconds: float) -> float:
    """Let all of them grade for so long; return the seconds it took."""
    start = time.monotonic()
    for grader in graders:
        grader.until = start + seconds
        grader.start()
    for grader in graders:
        grader.join()
    return time.monotonic() - start


def database_cpu() -> float:
    """Return the CPU seconds of the connections to this PostgreSQL database, else 0."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return sum(cpu_of(pid) for (pid,) in cursor.fetchall())


def percentile(values: Sequence[float], share: int) -> float:
    """Return the smallest of the values that `share` % do not exceed (nearest rank)."""
    return sorted(values)[-(-share * len(values) // 100) - 1]


def lines(graders: Sequence[Grader], seconds: float) -> Iterator[str]:
    took: dict[str, list[float]] = defaultdict(list)
    for grader in graders:
        for kind, values in grader.log.seconds.items():
            took[kind] += values
    yield f"{'ms':<10} {'p50':>8} {'p95':>8} {'p99':>8} {'most':>8} {'times':>7} {'a second':>9}"
    for kind, values in sorted(took.items()):
        cells = [1000 * percentile(values, share) for share in (50, 95, 99, 100)]
        rates = f"{len(values):>7} {len(values) / seconds:>9.1f}"
        yield f"{kind:<10} " + " ".join(f"{cell:>8.1f}" for cell in cells) + f" {rates}"
    errors = [error for grader in graders for error in grader.log.errors]
    yield f"errors: {len(errors)}" + "".join(f"\n  {error}" for error in errors[:5])


# Afterwards


def faults(world: World, graders: Sequence[Grader]) -> list[str]:
    """Return in words what went wrong with the grading: nothing, ever."""
    from rubrics.scores import mismatches

    found = [f"{grader.name} broke off: {grader.broken!r}" for grader in graders if grader.broken]
    found += [f"A score is stored wrong: {one}" for one in mismatches(world.exam.pk)]
    return [*found, *_doubled(world, graders), *_skipped(world, graders), *_lost(graders)]


def _doubled(world: World, graders: Sequence[Grader]) -> Iterator[str]:
    from rubrics.judges import given_in

    by = defaultdict(set)
    for answer, person in given_in(world.exam).values_list("answer_id", "by_id"):
        by[answer].add(person)
    yield from (f"{len(who)} people graded answer {pk}" for pk, who in by.items() if len(who) > 1)
    times = Counter(pk for grader in graders for pk in grader.log.graded)
    yield from (f"Answer {pk} was led to {count} times" for pk, count in times.items() if count > 1)


def _skipped(world: World, graders: Sequence[Grader]) -> Iterator[str]:
    """Papers nobody graded though later ones of the question are, and promises not kept."""
    from submissions.models import Answer

    open_ = {pk for grader in graders for pk in grader.log.let_go}
    graded = {pk for grader in graders for pk in grader.log.graded}
    for grader in graders:
        gone = set(grader.log.given) - set(grader.log.graded) - set(grader.log.let_go)
        yield from (f"{grader.name} was promised answer {pk} and never came there" for pk in gone)
    answers = Answer.objects.filter(submission__exam=world.exam)
    for leaf in world.leaves:
        rows = answers.filter(question=leaf).order_by("submission__number")
        state = list(rows.values_list("pk", "graded"))
        last = max((at for at, (_, done) in enumerate(state) if done), default=-1)
        yield from (
            f"Answer {pk} to part {leaf.number} was skipped"
            for pk, done in state[: last + 1]
            if not done and pk not in open_
        )
        yield from (f"Answer {pk} is not graded" for pk, done in state if pk in graded and not done)


def _lost(graders: Sequence[Grader]) -> Iterator[str]:
    from rubrics.models import Adjustment, Comment, Flag, Mark

    said = {key: words for grader in graders for key, words in grader.log.said.items()}
    stands: dict[tuple[int, Delta], object] = {}
    for answer, item in Mark.objects.values_list("answer_id", "item_id"):
        stands[answer, ("mark", item)] = True
    for answer, text in Comment.objects.values_list("answer_id", "text"):
        stands[answer, ("comment", 0)] = text
    for answer in Adjustment.objects.filter(points=50).values_list("answer_id", flat=True):
        stands[answer, ("adjustment", 0)] = "0.5"
    for answer in Flag.objects.values_list("answer_id", flat=True):
        stands[answer, ("flag", 0)] = True
    for key, words in said.items():
        if stands.pop(key, False) != words:
            yield f"{key} was saved as {words!r}, which does not stand"
    yield from (f"{key} stands as {words!r}, which nobody saved" for key, words in stands.items())


def measure(server: Server, options: argparse.Namespace) -> list[str]:
    """Let the graders work, print what it took, and return what went wrong."""
    from bench import world as worlds

    world = worlds.make(options.papers, graded=False)
    add_pages(world)
    graders = signed_in(server, world, options)
    before, base = server.cpu(), database_cpu()
    print(f"{options.graders} graders, {options.papers} papers, load {os.getloadavg()[0]:.1f}")
    own = time.process_time()
    seconds = work(graders, options.seconds)
    own, cpu, database = time.process_time() - own, server.cpu() - before, database_cpu() - base
    print("\n".join(lines(graders, seconds)))
    requests = sum(len(values) for one in graders for values in one.log.seconds.values())
    print(
        f"{sum(len(one.log.graded) for one in graders)} answers in {seconds:.0f} s; CPU s: server "
        f"{cpu:.1f}, database {database:.1f}, graders {own:.1f}; {requests} requests, "
        f"{1000 * (cpu + database) / requests:.1f} ms each; load {os.getloadavg()[0]:.1f}"
    )
    return faults(world, graders)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--graders", type=int, default=30)
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pause", type=float, default=1, help="seconds of thought before a key")
    parser.add_argument("--bare", action="store_true", help="only what the hand sends")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        own_place(Path(folder)),
        served() as server,
    ):
        wrong = measure(server, options)
    print("\n".join(wrong[:20]) or "None graded twice, none skipped, none lost; all scores right.")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
