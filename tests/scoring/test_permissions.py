"""Every address, asked by every role, with every method it knows.

An address that is not in the table fails the test: whoever adds a page says here who may see it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from gradebook.files import keep, read
from gradebook.models import Region, Template, TemplatePage
from jobs.models import Job
from rubrics.item_groups import add_group
from rubrics.models import SecondLook
from scoring import solutions
from scoring.erasure import exams
from scoring.models import Deletion
from scoring.regrade_windows import set_window
from scoring.regrades import ask
from scoring.release import release
from submissions import pictures
from submissions.models import Crop, Delivery, Page, PrintRun, Repair
from tests.scoring.papers import scan

ROLES = ["stranger", "otto", "sam", "nia", "gus", "ines"]
STUDENTS = ["sam", "nia"]
RANK = {"stranger": 0, "otto": 1, "sam": 2, "nia": 2, "gus": 3, "ines": 4}
LEAST = {"anyone": 0, "signed in": 1, "member": 2, "grader": 3, "instructor": 4, "teacher": 4}
# These people alone: everybody else, staff included, learns nothing.
ALONE = {"Sam alone": {"sam"}, "Gus alone": {"gus"}, "students with a copy": {"sam", "nia"}}
NOTHING: dict[str, dict[str, Any]] = {"pages": {}, "papers": {}, "accepted": {}}
WRITES = {"post", "put", "patch", "delete"}


@dataclass(frozen=True)
class Place:
    """Where an address leads, and who at least may use which methods there."""

    who: str
    methods: str = "get"
    args: Callable[[SimpleNamespace], list[Any]] = lambda world: []
    # Methods that ask for more than the page itself.
    stricter: tuple[tuple[str, str], ...] = ()
    form: Callable[[SimpleNamespace], dict[str, Any]] = lambda world: {}


def course(world):
    return [world.course.pk]


def exam(world):
    return [world.exam.pk]


def question(world):
    return [world.questions["1.1"].pk]


def part(world):
    return [*exam(world), *question(world)]


def answer(world):
    return [world.answers[1, "1.1"].pk]


def item(world):
    return [world.items["1.1"][1].pk]


def small_pages(world):
    """Of a paper whose page with the name has no small picture: the same ones for everybody."""
    paper = world.papers[0]
    Page.objects.filter(submission=paper, position=1).update(thumbnail="")
    return [paper.pk, pictures.hash_of(pictures.thumbnails(paper, names=False))]


def member(world):
    return [world.members["nia"].pk]


def deletion(world):
    return [Deletion.objects.create(course=world.course, kind="exam", name="Past").pk]


def page(world):
    return [world.page.pk]


def paper(world):
    return [world.papers[0].pk]


def copy(world):
    return [world.copy.pk]


def regrade(world):
    return [world.regrade.pk]


def mine(world):
    return {"paper": world.papers[0].pk, "student": world.members["sam"].pk}


def undone(world):
    return {"repair": world.repair.pk}


def printed(world):
    return [world.run.pk]


def coming(world):
    return [world.delivery.pk]


def stem(file):
    return file.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


PLACES: dict[str, Place] = {
    # Accounts
    "login": Place("anyone", "get post"),
    "logout": Place("signed in", "post"),
    "password_change": Place("signed in", "get post"),
    "password_change_done": Place("signed in"),
    "password_reset": Place("anyone", "get post"),
    "password_reset_done": Place("anyone"),
    "password_reset_confirm": Place("anyone", "get", lambda world: ["x", "y"]),
    "password_reset_complete": Place("anyone"),
    "healthz": Place("anyone"),
    "schema": Place("signed in"),
    "api_token": Place("signed in", "post delete"),
    # gradebook
    "course_new": Place("teacher", "get post"),
    "course_settings": Place("instructor", "get post", course),
    "exam_new": Place("instructor", "get post", course),
    "people": Place("instructor", "get", course),
    "person_new": Place("instructor", "get post", course),
    "roster": Place("instructor", "get post", course),
    "person": Place("instructor", "get post", member),
    "person_leave": Place("instructor", "post", member),
    "person_back": Place("instructor", "post", member),
    "api_courses": Place("signed in", "get", stricter=(("post", "teacher"),)),
    "api_course": Place("member", "get", course),
    "api_members": Place("instructor", "get", course),
    "api_exams": Place("grader", "get", course, (("post", "instructor"),)),
    "api_exam": Place("grader", "get", exam),
    # rubrics
    "grade": Place("grader", "get", question),
    "groups": Place("grader", "get post", question),
    "answers": Place("grader", "get post", question),
    "answer": Place("grader", "get", answer),
    "look_again": Place("grader", "get", exam),
    "second": Place("grader", "get", exam),
    "second_look": Place("grader", "get post", lambda world: [world.look.pk]),
    "agreement": Place("instructor", "get post", exam),
    "assignment": Place("instructor", "get post", exam),
    "grading": Place("grader", "get", exam),
    "flagged": Place("grader", "get", exam),
    "outline": Place("instructor", "get put", exam),
    "outline_file": Place("instructor", "get", exam),
    "settings": Place("instructor", "get post", exam),
    "evaluations": Place("instructor", "get post", exam),
    "evaluations_progress": Place(
        "instructor", "get", lambda world: [*exam(world), world.taking.pk]
    ),
    "evaluations_draft": Place("instructor", "get post", lambda world: [*exam(world), "word"]),
    "template": Place("instructor", "get post", exam),
    "api_template": Place("instructor", "get put delete", exam),
    "api_answer": Place("grader", "get", answer),
    "api_mark": Place("grader", "put delete", lambda world: answer(world) + item(world)),
    "api_adjustment": Place("grader", "put delete", answer),
    "api_comment": Place("grader", "put delete", answer),
    "api_note": Place("grader", "put delete", answer),
    "api_flag": Place("grader", "put delete", answer),
    "api_grading": Place("grader", "put delete", answer),
    "api_looked": Place("grader", "put", answer),
    "api_claim": Place("grader", "put delete", answer),
    "api_pulse": Place("grader", "get", answer),
    "api_history": Place("grader", "get", answer),
    "api_annotation": Place(
        "grader", "put delete", lambda world: [*answer(world), str(uuid.UUID(int=7))]
    ),
    "api_questions": Place("grader", "get", exam),
    "api_next": Place("grader", "post", question),
    "api_rubric": Place("grader", "get post put", question),
    "api_groups": Place("grader", "post", question),
    "api_rubric_undo": Place("grader", "post", question),
    "api_imports": Place("grader", "get post", question),
    "api_scoring": Place("grader", "patch", question),
    "api_comments": Place("grader", "get", question),
    "api_keys": Place("signed in", "get delete"),
    "api_key": Place("signed in", "put delete", lambda world: ["next"]),
    "api_single_keys": Place("signed in", "put delete"),
    "api_preview": Place("signed in", "post"),
    "api_item": Place("grader", "patch put delete", item),
    "api_group": Place("grader", "put delete", lambda world: [world.pick.pk]),
    "api_outline": Place("instructor", "get put", exam),
    "outline_loaded": Place("instructor", "post", exam),
    "roster_draft": Place("instructor", "get post", lambda world: [*course(world), "word"]),
    "template_page": Place(
        "grader", "get", lambda world: [world.blank.template_id, 1, world.blank.sha256]
    ),
    # submissions
    "scans": Place("grader", "get", exam),
    "scans_progress": Place("grader", "get", exam),
    "paper": Place("grader", "get", lambda world: [*exam(world), 1]),
    "upload": Place("grader", "post", exam),
    "delivery_discard": Place("Gus alone", "post", coming),
    "upload_again": Place("grader", "post", lambda world: [world.page.upload_id]),
    "upload_delete": Place("instructor", "get post", lambda world: [world.page.upload_id]),
    # The exam is anonymous: only who may know names puts pages right.
    "page_place": Place("instructor", "post", page),
    "page_start": Place("instructor", "post", page),
    "page_add": Place("instructor", "post", page),
    "page_discard": Place("instructor", "post", page),
    "page_restore": Place("instructor", "post", page),
    "page_turn": Place("instructor", "post", page),
    "page_confirm": Place("instructor", "post", page),
    "page_split": Place("instructor", "post", page),
    "page_replace": Place("instructor", "post", page),
    "page_names": Place("instructor", "post", exam),
    "repair": Place("instructor", "get", exam),
    "repair_join": Place("instructor", "post", exam),
    "repair_accept": Place("instructor", "post", exam),
    "repair_scan": Place("instructor", "post", exam),
    "repair_undo": Place("instructor", "post", exam, form=undone),
    "repair_redo": Place("instructor", "post", exam, form=undone),
    "page_image": Place(
        "grader",
        "get",
        lambda world: [(second := world.pages["sam"][1]).pk, "preview", stem(second.preview)],
    ),
    "thumbnails": Place("grader", "get", small_pages),
    "crop": Place("instructor", "get", lambda world: [world.crop.pk, stem(world.crop.image)]),
    "match": Place("instructor", "get post", exam, form=mine),
    "match_again": Place("instructor", "post", exam),
    "match_progress": Place("instructor", "get", exam),
    "match_papers": Place("instructor", "get", exam),
    "match_students": Place("instructor", "get", exam),
    "match_undo": Place("instructor", "post", exam, form=mine),
    "api_uploads": Place("grader", "get post", exam),
    "api_deliveries": Place("grader", "post", exam),
    "api_delivery": Place("Gus alone", "get delete", coming),
    "api_part": Place("Gus alone", "put", lambda world: [*coming(world), 0]),
    "api_delivered": Place("Gus alone", "post", coming),
    "api_submissions": Place("grader", "get", exam),
    "api_submission": Place("grader", "get", paper),
    "print_papers": Place("instructor", "get post", exam),
    "print_progress": Place("instructor", "get", exam),
    "print_pdf": Place("instructor", "get", printed),
    "api_prints": Place("instructor", "get post", exam),
    "api_print": Place("instructor", "get", printed),
    "api_print_pdf": Place("instructor", "get", printed),
    "api_matches": Place("instructor", "get", exam),
    "api_match": Place("instructor", "put delete", paper),
    # jobs
    "job": Place("Gus alone", "get", lambda world: [world.job.pk]),
    # scoring
    "statistics": Place("signed in"),
    "review": Place("instructor", "get", exam),
    "review_graders": Place("instructor", "get", exam),
    "review_svg": Place("instructor", "get", exam),
    "review_csv": Place("instructor", "get", lambda world: [*exam(world), "parts"]),
    "review_part": Place("instructor", "get", part),
    "review_part_svg": Place("instructor", "get", part),
    "review_part_csv": Place("instructor", "get", part),
    "release": Place("instructor", "get post delete", exam),
    "archive_zip": Place("instructor", "get", exam),
    "exam_delete": Place("instructor", "get post", exam),
    "deletions": Place("instructor", "get", course),
    "deletion_again": Place("instructor", "post", deletion),
    "student_delete": Place("instructor", "get post", member),
    "student_data": Place("instructor", "get", member),
    "changes": Place("instructor", "get", exam),
    "letters": Place("instructor", "get post", exam),
    "reply_letters": Place("instructor", "get post", exam),
    "preview": Place("instructor", "get", exam),
    "preview_paper": Place("instructor", "get", paper),
    "result": Place("students with a copy", "get", exam),
    "scores_csv": Place("instructor", "get", exam),
    "exports": Place("instructor", "get", exam),
    "export": Place("instructor", "get", lambda world: [*exam(world), "evaluations.zip"]),
    "canvas_gradebook": Place("instructor", "get post", exam),
    "canvas_draft": Place("instructor", "get", lambda world: [*exam(world), "word"]),
    "canvas_filled": Place("instructor", "get", lambda world: [*exam(world), "word"]),
    "copies": Place("instructor", "get post", exam),
    "copies_progress": Place("instructor", "get", lambda world: [*exam(world), world.drawing.pk]),
    "copies_zip": Place("instructor", "get", exam),
    "submissions": Place("instructor", "get", exam),
    "submission": Place("grader", "get", paper),
    "submission_copy": Place("instructor", "get post", paper),
    "copy": Place("Sam alone", "get", copy),
    "copy_pdf": Place("Sam alone", "get post", copy),
    "copy_page": Place("Sam alone", "get", lambda world: [*copy(world), 1]),
    "solutions": Place("instructor", "get post", exam),
    "solution": Place("instructor", "get post", question),
    "solution_pdf": Place("grader", "get", lambda world: [*exam(world), world.solved.sha256]),
    "copy_solution": Place("Sam alone", "get", lambda world: [*copy(world), "1.1"]),
    "regrades": Place("grader", "get", exam),
    "regrade_next": Place("grader", "get", exam),
    "regrade_window": Place("instructor", "get post", exam),
    "regrade": Place("grader", "get post", regrade),
    "regrade_grader": Place("instructor", "post", regrade),
    "copy_regrade": Place(
        "Sam alone",
        "get post delete",
        lambda world: [*copy(world), "1.1"],
        form=lambda world: {"reason": "Why?"},
    ),
    "api_scores": Place("instructor", "get", exam),
    "api_exports": Place("instructor", "get", exam),
    "api_canvas": Place("instructor", "post", exam),
    "api_export": Place("instructor", "get", lambda world: [*exam(world), "canvas.csv"]),
    "api_release": Place("instructor", "get put delete", exam),
    "api_result": Place("grader", "get", paper),
    "api_copies": Place("signed in"),
    "api_copy": Place("Sam alone", "get", copy),
    "api_copy_pdf": Place("Sam alone", "get post", copy),
    "api_submission_pdf": Place("instructor", "get post", paper),
    "api_copy_regrades": Place("Sam alone", "get", copy),
    "api_copy_regrade": Place("Sam alone", "put delete", lambda world: [*copy(world), "1.1"]),
    "api_regrades": Place("grader", "get", exam),
    "api_regrade": Place("grader", "get", regrade),
    "api_regrade_reply": Place("grader", "put", regrade),
    "api_regrade_grader": Place("instructor", "put", regrade),
    "api_regrade_window": Place("instructor", "get put delete", exam),
    "api_regrade_terms": Place("instructor", "get put", question),
    "api_solutions": Place("instructor", "get put", exam),
    "api_solution": Place("instructor", "get put delete", question),
    "api_solution_pdf": Place("instructor", "get", question),
    "api_deletions": Place("instructor", "get", course),
    "api_exam_deletion": Place("instructor", "get post", exam),
    "api_student_deletion": Place("instructor", "get post", member),
    "home": Place("signed in"),
    "course": Place("member", "get", course),
    "exam": Place("grader", "get", exam),
}


def addresses(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name"
            yield pattern.name
        else:
            yield from addresses(pattern.url_patterns)


def test_every_address_is_in_the_table():
    known = set(addresses(get_resolver().url_patterns))

    assert known - PLACES.keys() == set(), "say here who may reach them"
    assert PLACES.keys() - known == set(), "these are gone"


@pytest.fixture
def peopled(graded):
    """The world with one of everything: a rubric group, pictures, a crop, jobs, a release."""
    world = graded
    world.pick = add_group(world.questions["1.1"], text="Pick", exclusive=True, by=None)
    world.page = Page.objects.filter(submission=world.papers[0]).order_by("position")[0]
    kept = keep("crops", read(world.page.preview.name), ".jpg")
    world.crop = Crop.objects.create(
        page=world.page,
        region=Region.objects.create(
            exam=world.exam, kind="name", page=1, x=0.1, y=0.1, width=0.2, height=0.1
        ),
        image=kept.name,
        sha256=kept.sha256,
        width=1,
        height=1,
    )
    template = Template.objects.filter(exam=world.exam).first() or Template.objects.create(
        exam=world.exam, file=kept.name, sha256=kept.sha256, page_count=3
    )
    world.blank, _ = TemplatePage.objects.get_or_create(
        template=template,
        number=1,
        defaults={"width": 612, "height": 792, "image": kept.name, "sha256": kept.sha256},
    )
    world.job = Job.objects.ask("match.exam", by=world.gus, key="a job", exam=world.exam.pk)
    world.taking = Job.objects.ask("evaluations.take", by=world.ines, exam=world.exam.pk)
    world.drawing = Job.objects.ask("copies.exam", by=world.ines, key="", exam=world.exam.pk)
    world.repair = Repair.objects.create(
        exam=world.exam, kind="accept", before=NOTHING, after=NOTHING, by=world.ines
    )
    world.delivery = Delivery.objects.create(
        exam=world.exam, name="large.pdf", size=9, modified=0, sent_by=world.gus
    )
    world.run = PrintRun.objects.create(
        exam=world.exam,
        code=47131,
        copies=1,
        page_count=3,
        file=keep("prints", b"%PDF-1.7", ".pdf").name,
        drawn_at=timezone.now(),
    )
    # At an answer neither of the staff has graded.
    world.look = SecondLook.objects.create(answer=world.answers[3, "2"], by=world.ines)
    sent = solutions.take(ContentFile(scan()), "solved.pdf")
    world.solved = solutions.put(world.questions["1.1"], "", sent, by=world.ines)
    solutions.show(world.exam, by=world.ines)
    made = release(world.exam, by=world.ines)
    world.copy = made.copies.get(submission=world.papers[0])
    now = timezone.now()
    set_window(world.exam, now, now + timedelta(days=1), by=world.ines)
    world.regrade = ask(world.copy, "1.1", "The slip is none.")
    return world


CASES = [
    (name, method, who)
    for name, place in PLACES.items()
    for method, who in [
        *((method, place.who) for method in place.methods.split()),
        *place.stricter,
    ]
]


@pytest.mark.parametrize(("name", "method", "who"), CASES)
def test_only_who_may_reaches(peopled, rolled_back, name, method, who):
    url = reverse(name, args=PLACES[name].args(peopled))
    for role in ROLES:
        client = Client()
        if role != "stranger":
            client.force_login(getattr(peopled, role))
        with rolled_back():
            response = send_to(client, method, url, PLACES[name].form(peopled))

        said = (name, method, role, response.status_code)
        if may(role, who):
            assert response.status_code not in {401, 403, 404, 405}, said
            assert response.status_code < 500, said
        elif role == "stranger":
            assert turned_away(response), said
        elif role in {"otto", *STUDENTS} and who == "teacher":
            assert response.status_code == 403, said
        elif role in {"otto", *STUDENTS} or who in ALONE:
            # What is there looks like what is not.
            assert response.status_code == 404, said
        else:
            # A grader: of names they are not to see they learn nothing either.
            assert response.status_code in {403, 404}, said


# A person's keys and a course's roster; and to ask twice for a deletion leads to its record.
NOT_OF_AN_EXAM = {"exam_delete", "api_key", "roster_draft"}
OF_AN_EXAM = [
    (name, place.methods.split()[0])
    for name, place in PLACES.items()
    if place.who != "anyone" and place.args not in {Place.args, course, member, deletion}
    if name not in NOT_OF_AN_EXAM
]


def test_an_exam_that_is_being_deleted_is_reached_by_nobody(peopled, rolled_back):
    urls = {name: reverse(name, args=PLACES[name].args(peopled)) for name, _ in OF_AN_EXAM}
    exams.ask(peopled.exam, by=peopled.ines)

    there = set()
    for role in ("ines", "sam"):
        client = Client()
        client.force_login(getattr(peopled, role))
        for name, method in OF_AN_EXAM:
            with rolled_back():
                response = send_to(client, method, urls[name], PLACES[name].form(peopled))
            if response.status_code != 404:
                there.add(name)
    assert there == set()


def may(role: str, who: str) -> bool:
    return role in ALONE[who] if who in ALONE else RANK[role] >= LEAST[who]


def send_to(client: Client, method: str, url: str, form: dict[str, Any]) -> Any:
    """Ask with next to nothing: an empty object for the API, a form for pages."""
    send = getattr(client, method)
    if method not in WRITES:
        return send(url)
    if method == "post" and not url.startswith("/api/"):
        return send(url, form)
    return send(url, data={}, content_type="application/json")


def turned_away(response: Any) -> bool:
    """A page leads a stranger to the sign-in page; the API says 401 or 403."""
    if response.status_code == 302:
        return str(response["Location"]).startswith(reverse("login"))
    return response.status_code in {401, 403}
