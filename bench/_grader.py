"""One scripted grader: a signed-in session that sends what the grading page would send."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

PULSE = 3.0  # as static/js/grading/watch.js
IDLE = 1.5  # gunicorn closes a connection that rested for two seconds
TRIES = 5
PASSWORD = "only for benches"

Delta = tuple[str, int]  # what was said: its kind and, of a mark, the item


@dataclass
class Log:
    """What happened: seconds by kind of request, what next gave, what the server has agreed to."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    graded: list[int] = field(default_factory=list)
    let_go: list[int] = field(default_factory=list)
    said: dict[tuple[int, Delta], Any] = field(default_factory=dict)


class Line:
    """A connection that is kept alive, as a browser's; one thread uses it at a time."""

    def __init__(self, address: str, cookies: SimpleCookie, log: Log) -> None:
        self.host = urlsplit(address).netloc
        self.cookies, self.log = cookies, log
        self.connection = http.client.HTTPConnection(self.host, timeout=30)
        self.used = 0.0

    def send(
        self, kind: str, method: str, path: str, body: bytes | None = None, type_: str = ""
    ) -> tuple[int, bytes]:
        headers = {"Cookie": self.cookies.output(attrs=[], header="", sep=";").strip()}
        if token := self.cookies.get("csrftoken"):
            headers["X-CSRFToken"] = token.value
        if type_:
            headers["Content-Type"] = type_
        if time.monotonic() - self.used > IDLE:
            self.connection.close()
        start = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        data = response.read()
        self.log.seconds[kind].append(time.perf_counter() - start)
        self.used = time.monotonic()
        for cookie in response.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return response.status, data

    def ask(self, kind: str, method: str, path: str, told: object = None) -> Any:
        """Send, again after what went wrong, and return the JSON that comes back."""
        body = None if told is None else json.dumps(told).encode()
        for attempt in range(TRIES):
            try:
                status, data = self.send(
                    kind, method, path, body, "application/json" if body else ""
                )
                if status < 400 or (kind == "claim" and status == 409):
                    is_json = data[:1] in (b"{", b"[")
                    return json.loads(data) if is_json else None
                self.log.errors.append(f"{method} {path}: {status} {data[:120]!r}")
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                self.log.errors.append(f"{method} {path}: {error!r}")
            time.sleep(0.2 * 2**attempt)
        raise RuntimeError(f"{method} {path} never worked: {self.log.errors[-1]}")


class Grader(threading.Thread):
    """Grades questions, one after the other, until the time is over or nothing is left.

    `pause`: seconds of thought before each key, on average; `whole`: also sends what the page
    sends by itself (claims, pulses, papers and pictures fetched ahead).
    """

    def __init__(
        self, address: str, email: str, questions: Sequence[int], *, seed: int, pause: float,
        whole: bool,
    ) -> None:  # fmt: skip
        super().__init__(name=email)
        self.log = Log()
        self.email, self.questions = email, list(questions)
        self.dice, self.pause, self.whole = random.Random(seed), pause, whole
        self.cookies = SimpleCookie()
        self.hand = Line(address, self.cookies, self.log)
        self.page = Line(address, self.cookies, self.log)
        self.behind = ThreadPoolExecutor(1)
        self.works: dict[int, Any] = {}
        self.pictures: set[str] = set()  # a browser asks for each once
        self.pulsed = 0.0
        self.until = 0.0
        self.broken: BaseException | None = None

    def sign_in(self) -> None:
        _, page = self.hand.send("sign in", "GET", "/login/")
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        form = {"username": self.email, "password": PASSWORD}
        form["csrfmiddlewaretoken"] = token[1].decode()
        body, type_ = urlencode(form).encode(), "application/x-www-form-urlencoded"
        status, _ = self.hand.send("sign in", "POST", "/login/", body, type_)
        assert status == 302, f"{self.email} could not sign in: {status}"
        self.log.seconds.clear()

    def run(self) -> None:
        try:
            for question in self.questions:
                self._grade(question)
        except BaseException as error:
            self.broken = error
        finally:
            self.behind.shutdown()
            for line in (self.hand, self.page):
                line.connection.close()

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until

    def _grade(self, question: int) -> None:
        pk = None if self.over else self._next(self.hand, question, 0)
        while pk is not None:
            work = self.works.get(pk) or self._read(self.hand, pk)
            ahead = self._ahead(work)
            self._judge(work)
            self.log.graded.append(pk)
            after = ahead.result()
            self._leave(pk)
            if self.over and after is not None:
                self._leave(after)
                self.log.let_go.append(after)
                return
            pk = after

    def _next(self, line: Line, question: int, number: int) -> int | None:
        path = f"/api/v1/questions/{question}/next/"
        told = line.ask("next", "POST", path, {"after": number})
        pk: int | None = told["answer"]
        if pk is not None:
            self.log.given.append(pk)
            if pk not in self.works:
                self._keep(told["work"])
        return pk

    def _read(self, line: Line, pk: int) -> Any:
        return self._keep(line.ask("paper", "GET", f"/api/v1/answers/{pk}/"))

    def _keep(self, work: Any) -> Any:
        self.works[work["id"]] = work
        for old in list(self.works)[:-24]:
            del self.works[old]
        return work

    # What the page does by itself, on a connection of its own.

    def _ahead(self, work: Any) -> Future[int | None]:
        """Have the next paper claimed and fetched while this one is judged."""
        found: Future[int | None] = Future()
        self.behind.submit(self._settle, work, found)
        return found

    def _settle(self, work: Any, found: Future[int | None]) -> None:
        try:
            if self.whole:
                self.page.ask("claim", "PUT", f"/api/v1/answers/{work['id']}/claim/")
                self.pulsed = time.monotonic()
            pk = self._next(self.page, work["question"]["id"], work["paper"]["number"])
            # The last of a question is offered once more.
            found.set_result(None if pk == work["id"] else pk)
            if self.whole:
                self._fetch(work, pk)
        except BaseException as error:
            self.broken = error
            if not found.done():
                found.set_exception(error)

    def _fetch(self, work: Any, following: int | None) -> None:
        self.page.send("thumbnails", "GET", work["thumbnails"])
        if following:
            self._picture(self.works[following])

    def _picture(self, work: Any) -> None:
        url = work["pages"][0]["url"]
        if url not in self.pictures:
            self.pictures.add(url)
            self.page.send("picture", "GET", url)

    def _pulse(self, pk: int) -> None:
        self.pulsed = time.monotonic()
        self.page.ask("pulse", "GET", f"/api/v1/answers/{pk}/pulse/")

    def _leave(self, pk: int) -> None:
        self.behind.submit(self.page.ask, "release", "DELETE", f"/api/v1/answers/{pk}/claim/")

    # What the hand does.

    def _judge(self, work: Any) -> None:
        """Toggle one to three items, the last of three off again; now and then say more."""
        items = [item["id"] for item in work["rubric"]["items"]]
        chosen = self.dice.sample(items, min(len(items), self.dice.randint(1, 3)))
        for item in chosen:
            self._mark(work, item, on=True)
        if len(chosen) == 3:
            self._mark(work, chosen[0], on=False)
        chance = self.dice.random()
        if chance < 0.1:
            words = f"{self.email} looked at paper {work['paper']['number']}."
            self._say(work, "comment", words, {"text": words, "version": 0})
        elif chance < 0.15:
            self._say(work, "adjustment", "0.5", {"points": "0.5", "version": 0})
        elif chance < 0.2:
            self._say(work, "flag", True)
        self._think(work)

    def _mark(self, work: Any, item: int, *, on: bool) -> None:
        self._think(work)
        path = f"/api/v1/answers/{work['id']}/marks/{item}/"
        told = self.hand.ask("click", "PUT" if on else "DELETE", path)
        assert (item in told["marks"]) == on, f"{path} was answered by {told['marks']}"
        self.log.said[work["id"], ("mark", item)] = on

    def _say(self, work: Any, kind: str, words: object, told: object = None) -> None:
        self._think(work)
        self.hand.ask("click", "PUT", f"/api/v1/answers/{work['id']}/{kind}/", told)
        self.log.said[work["id"], (kind, 0)] = words

    def _think(self, work: Any) -> None:
        if not self.pause:
            return
        time.sleep(self.dice.expovariate(1 / self.pause))
        if self.whole and time.monotonic() - self.pulsed > PULSE:
            self.pulsed = time.monotonic()
            with contextlib.suppress(RuntimeError):
                self.behind.submit(self._pulse, work["id"])
