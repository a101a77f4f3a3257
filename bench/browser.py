"""How the grading workspace feels: `python -m bench.browser [--actions 120] [--papers 130]`.

Drives Chromium against gunicorn as `./run serve` starts it, on SQLite, in a folder of its own.
Times are taken in the page, from the key's own time stamp to the end of the first frame that
shows the change ("painted"), or to the moment the page says "Saved" ("persisted").
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

from bench.__main__ import p95

PORT = 8497
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


@contextmanager
def served(folder: Path, papers: int) -> Iterator[tuple[str, str]]:
    """Serve a drawn exam; yield its grade page's address and a session cookie's value."""
    os.environ |= {
        "SECRET_KEY": "only-for-benches-" + "x" * 40,
        "HTTPS": "no",
        "DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        "LOG_LEVEL": "WARNING",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from bench._drawn import drawn_exam

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    drawn = drawn_exam(papers)
    client = Client()
    client.force_login(drawn.grader)
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "8"]
    server = subprocess.Popen([*command, "--bind", f"127.0.0.1:{PORT}"])
    try:
        _wait()
        yield f"/questions/{drawn.questions[1].pk}/grade/", client.cookies["sessionid"].value
    finally:
        server.terminate()
        server.wait(10)


def _wait() -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def grade(tab: Tab, actions: int) -> dict[str, list[float]]:
    """Press an item's key and `z`, so many times; return the times in milliseconds."""
    tab.evaluate(PROBE)
    for turn in range(actions):
        tab.keyboard.press("1234"[turn % 4])
        tab.wait_for_timeout(PAUSE / 2)
        tab.keyboard.press("z")
        tab.wait_for_timeout(PAUSE)
    times: dict[str, list[float]] = tab.evaluate("bench")
    return times


def report(title: str, times: dict[str, list[float]]) -> None:
    print(title)
    names = {"painted": "click painted", "persisted": "click saved", "moved": "next paper painted"}
    for key, values in times.items():
        print(
            f"  {names[key]:<20} median {statistics.median(values):6.1f}"
            f"   p95 {p95(values):6.1f} ms   {len(values)} times"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--actions", type=int, default=120)
    parser.add_argument("--papers", type=int, default=280)
    parser.add_argument("--latency", type=int, nargs="*", default=[0, 80], help="ms of network")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), options.papers) as (path, cookie),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "chromium", args=FLAGS
        )
        for latency in options.latency:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            url = f"http://127.0.0.1:{PORT}"
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
            tab = context.new_page()
            tab.goto(url + path)
            tab.locator("grading-page[data-ready]").wait_for(state="attached")
            tab.wait_for_timeout(1000)
            _slow(tab, latency)
            report(f"{latency} ms of network added", grade(tab, options.actions))
            context.close()
        browser.close()


def _slow(tab: Tab, latency: int) -> None:
    network = tab.context.new_cdp_session(tab)
    network.send("Network.enable")
    limits = {"offline": False, "latency": latency, "downloadThroughput": -1}
    network.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": -1})


if __name__ == "__main__":
    main()
