"""Whatever a grader's browser receives of an anonymous exam tells nobody's name.

A student with a name, e-mail and ID found nowhere else writes in a pink found nowhere else, on
scans that carry the name in their file's name and inside. Everything a grader reaches is visited
in Chromium, and every answer that arrives is searched: bytes, addresses, headers, pictures.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, quote, urldefrag, urlsplit

import cv2
import numpy as np
import pikepdf
import pytest
import simplejpeg
from django.core.files.base import ContentFile
from django.urls import get_resolver, reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Error, Response
from playwright.sync_api import Page as Tab

from gradebook.files import read
from gradebook.models import TemplatePage
from rubrics import grading
from rubrics.models import SecondLook
from scoring import regrades, solutions
from scoring.regrade_windows import set_window
from scoring.release import release
from submissions import imaging
from submissions.models import Crop, Page
from submissions.pictures import laid_over, stem_of
from tests.browser.conftest import sign_in
from tests.scoring.papers import noted
from tests.scoring.papers import scan as drawn
from tests.scoring.test_permissions import PLACES, addresses
from tests.submissions.conftest import paper_quiz, quiz, scans, take, work

__all__ = ["paper_quiz", "quiz", "scans", "take", "work"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST, LAST, SID, EMAIL = "Zyxwvut", "Quillhaven", "97531086420", "zq@whimbrel.example"
FILE = "Zyxwvut-Quillhaven-97531086420.pdf"
SECRETS = (FIRST, LAST, SID, EMAIL, "whimbrel", FILE, f"{FIRST} {LAST}", f"{LAST}, {FIRST}")
PINK = (255, 0, 190)
OPEN = {"anyone", "signed in", "member", "grader"}
KEYS = ["ArrowRight", "ArrowLeft", "[", "[", "+", "+", "+", "]", "]", "h", "Escape", "/", "Escape"]
COVER = 226  # submissions.imaging.painted
COLOURLESS = 24  # how far JPEG may pull the three colours of a grey dot apart


def written(jpeg: bytes, *, name: bool) -> bytes:
    """A scanned page in colour, its file telling who wrote it; `name`: in pink ink, too."""
    grey = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")
    page = np.ascontiguousarray(np.repeat(grey, 3, axis=2))
    height, width = page.shape[:2]
    if name:
        for x, y, w, h in NAMED:
            left, top, wide, high = (round(x * width), round(y * height), w * width, h * height)
            at = (left + 10, top + round(high * 0.7))
            cv2.putText(page, f"{FIRST} {LAST}", at, 0, wide / 700, PINK, 6)
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x013B] = f"{FIRST} {LAST}"  # the artist
    exif[0x010E] = EMAIL  # the description
    Image.fromarray(page).save(out, "JPEG", quality=88, exif=exif, comment=f"{LAST} {SID}".encode())
    return out.getvalue()


NAMED: list[tuple[float, float, float, float]] = []


@pytest.fixture
def blind(world, quiz, scans, paper_quiz, take, work) -> SimpleNamespace:
    """The quiz, read from the student's scans, matched, graded by Ines, a second look asked for.

    It is released with a solution, and the student asked for two regrades; Ines answered one.
    """
    sam = world.sam
    sam.first_name, sam.last_name, sam.email = FIRST, LAST, EMAIL
    sam.save()
    world.members["sam"].sid = SID
    world.members["sam"].save()
    NAMED[:] = [region.rect for region in quiz.regions.exclude(kind="question") if region.page == 1]
    assert NAMED
    sheets = [written(paper_quiz.jpegs[n], name=n % 3 == 0) for n in range(6)]
    take(quiz, scans(*sheets, name=FILE))
    work()
    papers = list(quiz.submissions.order_by("number"))
    assert [paper.pages.filter(state="placed").count() for paper in papers] == [3, 3]
    quiz.matches.all().delete()
    for paper, name in zip(papers, ("sam", "nia"), strict=True):
        quiz.matches.create(submission=paper, membership=world.members[name])
    leaves = list(quiz.questions.leaves())
    answers = [leaf.answers.get(submission=papers[0]) for leaf in leaves]
    for answer in answers[:2]:
        grading.apply(answer.question.items.first(), answer, by=world.ines)
    grading.comment(answers[0], "Well seen", version=0, by=world.ines)
    look = SecondLook.objects.create(answer=answers[0], by=world.ines)
    pdf = ContentFile(noted(f"{FIRST} {LAST} {SID} {EMAIL}"))
    solved = solutions.put(leaves[0], "", solutions.take(pdf, FILE), by=world.ines)
    solutions.show(quiz, by=world.ines)
    copy = release(quiz, by=world.ines).copies.get(submission=papers[0])
    set_window(quiz, timezone.now(), timezone.now() + timedelta(days=1), by=world.ines)
    asked, answered = (regrades.ask(copy, leaf.number, "Look again.") for leaf in leaves[:2])
    regrades.pass_on(asked, world.gus, by=world.ines)
    regrades.reply(answered, "It stays.", change=False, by=world.ines)
    pages = list(papers[0].pages.order_by("position"))
    return SimpleNamespace(
        course=world.course,
        exam=quiz,
        questions={"1.1": leaves[0]},
        answers={(1, "1.1"): answers[0]},
        items={"1.1": list(leaves[0].items.all()) * 2},
        members=world.members,
        page=pages[0],
        pages={"sam": pages},
        papers=papers,
        look=look,
        solved=solved,
        regrade=asked,
        answered=answered,
        blank=TemplatePage.objects.filter(template__exam=quiz).first(),
        leaves=leaves,
        gus=world.gus,
        world=world,
    )


class Listener:
    """Keeps every answer a profile receives, bodies read while they are there."""

    def __init__(self, context: BrowserContext) -> None:
        self.waiting: list[Response] = []
        self.heard: dict[str, tuple[str, bytes]] = {}
        self.leaks: list[str] = []
        self.pictures = 0
        self.pdfs = 0
        context.on("response", lambda response: self.waiting.append(response))

    def read(self) -> None:
        for response in self.waiting:
            head = f"{response.url} {response.request.headers} {response.all_headers()}"
            try:
                body = response.body()
            except Error:  # a redirect has none, and what a next page cut off
                body = b""
            self.judge(response.url, head, body)
        self.waiting.clear()

    def judge(self, url: str, head: str, body: bytes) -> None:
        self.heard[url] = (head, body)
        self.leaks += [f"{secret!r} in the head of {url}" for secret in told(head.encode())]
        self.leaks += [f"{secret!r} in {url}" for secret in told(body)]
        together = "/thumbnails/" in url and body[:1] == b"{"
        for page, small in (json.loads(body) if together else {}).items():
            picture = base64.b64decode(small.partition(",")[2])
            self.judge(f"{urlsplit(url).scheme}://here/pages/{page}/thumbnail/x.jpg", "", picture)
        if body[:5] == b"%PDF-":
            self.pdfs += 1
            self.leaks += [f"{why} in {url}" for why in unpacked(body)]
        if body[:3] == b"\xff\xd8\xff" or body[:4] == b"\x89PNG":
            self.pictures += 1
            self.leaks += [f"{why} in {url}" for why in shown(url, body)]


def told(body: bytes) -> list[str]:
    """Which secrets stand in bytes: plain, in capitals, quoted for addresses, or as base64."""
    low = body.lower()
    found = [secret for secret in SECRETS for form in forms(secret) if form in low]
    return found + [secret for secret in SECRETS for form in base64s(secret) if form in body]


def forms(secret: str) -> set[bytes]:
    plain = secret.lower()
    wide = plain.encode("utf-16-le")[:-1]  # in either order of bytes
    quoted = {quote(plain, safe=safe).lower().encode() for safe in ("/", "")}
    return {plain.encode(), wide, *quoted}


def base64s(secret: str) -> Iterator[bytes]:
    """What of a text stands in base64 whatever stands around it, at each of three offsets."""
    for text in (secret, secret.lower(), secret.upper()):
        for before in range(3):
            coded = base64.b64encode(b"x" * before + text.encode()).rstrip(b"=")
            yield coded[(0, 2, 3)[before] : -1]


def shown(url: str, body: bytes) -> Iterator[str]:
    """What a picture tells: the pink, words inside the file, or a name not painted over."""
    picture = Image.open(io.BytesIO(body))
    dots = np.asarray(picture.convert("RGB")).astype(int)
    if int((dots.max(axis=2) - dots.min(axis=2)).max()) > COLOURLESS:
        yield "pink ink"
    if picture.getexif() or picture.info.get("comment") or picture.info.get("exif"):
        yield "words inside the file"
    parts = urlsplit(url).path.split("/")
    if parts[1] != "pages":
        return
    page = Page.objects.get(pk=parts[2])
    if page.template_page != 1:
        return
    height, width = dots.shape[:2]
    for rect in NAMED:
        x, y, w, h = laid_over(page.affine, rect)
        rows = slice(round(y * height), round((y + h) * height))
        inside = dots[rows, round(x * width) : round((x + w) * width)]
        if abs(inside - COVER).max() > 12:
            yield "something beside the cover"


def unpacked(pdf: bytes) -> Iterator[str]:
    """What a PDF tells once it is unpacked: texts, streams, and words inside its pictures."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for thing in opened.objects:
            yield from (f"{secret!r}" for text in texts(thing) for secret in told(text))
            if isinstance(thing, pikepdf.Stream):
                raw = thing.read_raw_bytes()
                packed = b"" if raw[:3] == b"\xff\xd8\xff" else thing.read_bytes()
                yield from (f"{secret!r}" for secret in told(raw) + told(packed))
                if not packed:
                    yield from shown("http://here/", raw)


def texts(thing: pikepdf.Object) -> Iterator[bytes]:
    """The strings of an object and of what lies directly in it."""
    if isinstance(thing, pikepdf.String):
        yield bytes(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array):
        array = isinstance(thing, pikepdf.Array)
        inside: list[Any] = list(thing) if array else [value for _, value in thing.items()]
        for one in inside:
            if isinstance(one, pikepdf.Object) and not one.is_indirect:
                yield from texts(one)


def reached(blind: SimpleNamespace) -> Iterator[str]:
    """Every address that somebody less than an instructor may read, API and pages."""
    for name in addresses(get_resolver().url_patterns):
        place = PLACES[name]
        if "get" in place.methods.split() and place.who in OPEN:
            yield reverse(name, args=place.args(blind))


def files(blind: SimpleNamespace) -> Iterator[str]:
    """Every picture there is of the exam's pages, whether a page links to it or not."""
    for page in Page.objects.filter(upload__exam=blind.exam):
        for kept in (page.preview, page.covered, page.thumbnail, page.image):
            for kind in ("preview", "covered", "thumbnail", "image"):
                if kept:
                    yield reverse("page_image", args=[page.pk, kind, stem_of(kept.name)])
    for crop in Crop.objects.filter(page__upload__exam=blind.exam):
        yield reverse("crop", args=[crop.pk, stem_of(crop.image.name)])


def crawl(tab: Tab, listener: Listener, start: list[str]) -> set[str]:
    """Visit all links breadth-first; downloads are fetched. Returns the paths.

    Of links that differ in what a query says, not in what it asks, one is enough.
    """
    waiting, seen = list(start), set(start)
    asked = {asks(path) for path in start}
    while waiting:
        path = waiting.pop(0)
        if path.endswith(".pdf"):  # Chromium's own viewer gives nothing of it away
            fetch(tab, listener, path)
            continue
        try:
            tab.goto(path, wait_until="load")
        except Error:  # a file to keep
            fetch(tab, listener, path)
            continue
        if tab.locator("grading-page").count() and not urlsplit(path).query:
            grade_through(tab)
        listener.read()
        links = tab.locator("a[href]").evaluate_all("all => all.map((one) => one.href)")
        here = urlsplit(tab.url).netloc
        for link in links:
            parts = urlsplit(urldefrag(link).url)
            found = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.netloc == here and asks(found) not in asked:
                asked.add(asks(found))
                seen.add(found)
                waiting.append(found)
    return seen


def fetch(tab: Tab, listener: Listener, path: str) -> None:
    """Take a file as it is, with no page around it."""
    response = tab.request.get(path)
    listener.judge(response.url, str(response.headers), response.body() if response.ok else b"")


def asks(path: str) -> tuple[str, frozenset[str]]:
    parts = urlsplit(path)
    return parts.path, frozenset(parse_qs(parts.query, keep_blank_values=True))


def grade_through(tab: Tab) -> None:
    """Next and previous, every page of the paper, close up, history and the find box."""
    tab.locator("grading-page[data-ready]").wait_for(state="attached")
    for key in KEYS:
        tab.keyboard.press(key)
    tab.wait_for_load_state("networkidle")


def test_the_search_finds_a_name_that_is_there(blind):
    first, second = blind.pages["sam"][:2]
    address = f"/pages/{first.pk}/preview/x.jpg"
    open_ = read(first.preview.name)

    assert set(shown(address, open_)) == {"pink ink", "something beside the cover"}
    small = imaging.shrunk(imaging.decoded(open_, 0))
    assert "pink ink" in set(shown(address, small))
    assert set(shown(address, read(first.covered.name))) == set()
    scan = read(second.image.name)
    assert set(shown(f"/pages/{second.pk}/image/x.jpg", scan)) == {"words inside the file"}
    coded = base64.b64encode(f"to {LAST}".encode()).decode()
    for text in (FIRST.upper(), quote(EMAIL, safe=""), f"{LAST}, {FIRST}", f"x/{FILE}", SID, coded):
        assert told(text.encode()), text
    assert told(b"kestrel-41, Ines Instructor") == []
    assert told(EMAIL.encode("utf-16-be")) == told(EMAIL.encode("utf-16-le")) != []
    assert set(unpacked(noted(SID))) == {repr(SID), "words inside the file"}
    assert set(unpacked(drawn())) == set()


def test_nothing_a_grader_receives_tells_whose_paper_it_is(blind, context):
    # A plain tab: what Chromium shows JSON and pictures in breaks any content policy.
    tab = context.new_page()
    sign_in(tab, blind.gus)
    listener = Listener(context)
    starts = [reverse("home"), *reached(blind)]
    starts += [
        reverse(name, args=[leaf.pk])
        for leaf in blind.leaves
        for name in ("answers", "groups", "grade")
    ]
    starts += [reverse(name, args=[blind.answered.pk]) for name in ("regrade", "api_regrade")]

    seen = crawl(tab, listener, starts)
    for path in files(blind):
        fetch(tab, listener, path)
    listener.read()

    assert sorted(set(listener.leaks)) == []
    # What was looked at: the workspace, the bird's eye, a second look, a paper, pictures.
    for part in ("/answers/", "/seconds/", "/groups/", "/scans/1/", "/regrades/", "/api/v1/"):
        assert any(part in path for path in seen), part
    assert listener.pictures >= 10
    assert listener.pdfs >= 1
