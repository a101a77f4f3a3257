"""How the grading workspace feels: `./run bench [--services] browser [--actions 100]`.

Drives Chromium against gunicorn as `./run serve` starts it, on SQLite or PostgreSQL, in a folder
of its own; then once more through a door that holds everything up for 40 ms each way. Times are
taken in the page, from the key's own time stamp to the end of the first frame that shows the
change ("painted"), or to the moment the page says "Saved" ("persisted").

`--beside FOLDER`, another checkout: that one's front end is measured too, in turns with this one,
a few actions each, so that both have the same company on a machine that has other work.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from bench.__main__ import p95
from bench._distance import further_away
from bench._served import HERE, own_place, served

TURN = 5  # actions before another server has its turn
PAUSE = 450  # ms between two papers: nobody judges an answer faster
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]

# Notes, for each key, when its frame was done and when everything was saved.
PROBE = """() => {
  window.bench = {painted: [], persisted: [], moved: []};
  const frame = (run) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = run;
    channel.port2.postMessage(0);
  });
  let pressed = 0;
  let clicked = false;
  addEventListener("keydown", (event) => {
    pressed = event.timeStamp;
    clicked = event.key !== "z";
  }, true);
  new MutationObserver((changes) => {
    if (!changes.some(({target}) => target.matches(".item__toggle")) || !clicked) return;
    const start = pressed;
    frame(() => bench.painted.push(performance.now() - start));
  }).observe(document.querySelector("rubric-panel"),
             {subtree: true, attributeFilter: ["aria-pressed"]});
  const state = document.querySelector("save-state");
  new MutationObserver(() => {
    const saved = state.dataset.state === "saved" && clicked;
    if (saved) bench.persisted.push(performance.now() - pressed);
  }).observe(state, {attributeFilter: ["data-state"]});
  new MutationObserver(() => {
    const start = pressed;
    frame(() => bench.moved.push(performance.now() - start));
  }).observe(document.querySelector("[data-code]"), {childList: true, subtree: true});
}"""


def cookies(papers: int, graders: int) -> tuple[str, list[str]]:
    """Draw an exam; return its grade page's path and so many graders' session cookies."""
    from django.test import Client

    from bench._drawn import drawn_exam
    from gradebook.models import Membership, Role, User

    drawn = drawn_exam(papers)
    made = []
    for n in range(graders):
        user = User.objects.create_user(f"grader-{n}@example.edu", first_name="Grace")
        Membership.objects.create(course=drawn.exam.course, user=user, role=Role.GRADER)
        client = Client()
        client.force_login(user)
        made.append(client.cookies["sessionid"].value)
    return f"/questions/{drawn.questions[1].pk}/grade/", made


def opened(browser: Browser, address: str, path: str, cookie: str) -> Tab:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    tab = context.new_page()
    tab.goto(address + path)
    tab.locator("grading-page[data-ready]").wait_for(state="attached")
    tab.wait_for_timeout(1000)
    tab.evaluate(PROBE)
    return tab


def grade(tab: Tab, actions: int) -> None:
    """Press an item's key and `z`, so many times."""
    for turn in range(actions):
        tab.keyboard.press("1234"[turn % 4])
        tab.wait_for_timeout(PAUSE / 2)
        tab.keyboard.press("z")
        tab.wait_for_timeout(PAUSE)


def report(title: str, times: dict[str, list[float]]) -> None:
    print(f"{title}, load {os.getloadavg()[0]:.1f}", flush=True)
    names = {"painted": "click painted", "persisted": "click saved", "moved": "next paper painted"}
    for key, values in times.items():
        print(
            f"  {names[key]:<20} median {statistics.median(values):6.1f}"
            f"   p95 {p95(values):6.1f} ms   {len(values)} times",
            flush=True,
        )


def compare(browser: Browser, addresses: dict[str, str], path: str, options: Options) -> None:
    """Measure each of the servers, by what they are called, in turns; print the times."""
    tabs = {
        name: opened(browser, address, path, cookie)
        for (name, address), cookie in zip(addresses.items(), options.cookies, strict=False)
    }
    for _ in range(0, options.actions, TURN):
        for tab in tabs.values():
            tab.bring_to_front()
            grade(tab, TURN)
    for name, tab in tabs.items():
        report(name, tab.evaluate("bench"))
        tab.context.close()


class Options(argparse.Namespace):
    actions: int
    papers: int
    latency: list[int]
    beside: Path | None
    cookies: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--actions", type=int, default=100)
    parser.add_argument("--papers", type=int, default=460)
    parser.add_argument("--latency", type=int, nargs="*", default=[0, 80], help="ms of network")
    parser.add_argument("--beside", type=Path, help="another checkout to measure in turns")
    options = parser.parse_args(namespace=Options())
    codes = {"this": HERE} | ({"beside": options.beside} if options.beside else {})
    with ExitStack() as stack:
        stack.enter_context(own_place(Path(stack.enter_context(TemporaryDirectory()))))
        path, options.cookies = cookies(options.papers, len(codes))
        servers = {name: stack.enter_context(served(code)) for name, code in codes.items()}
        chromium = stack.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        stack.callback(browser.close)
        for latency in options.latency:
            with ExitStack() as doors:
                addresses = {
                    f"{name}, {latency} ms of network": doors.enter_context(
                        further_away(server.address, latency)
                    )
                    for name, server in servers.items()
                }
                compare(browser, addresses, path, options)


if __name__ == "__main__":
    main()
