"""Asking for papers: over the page, the API, the command; and what is said when it cannot be."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from gradebook.files import keep
from gradebook.models import Exam, Region, Template
from jobs.models import Job
from submissions.local_files import local_path
from submissions.models import PrintedPaper, PrintRun
from submissions.print_runs import CannotPrint, ask_for_papers


@pytest.fixture
def exam(quiz: Exam, paper_quiz: SimpleNamespace) -> Exam:
    """The quiz, with the PDF of its blank pages."""
    kept = keep("templates", paper_quiz.small.template.read_bytes(), ".pdf")
    Template.objects.filter(exam=quiz).update(file=kept.name, sha256=kept.sha256)
    return Exam.objects.get(pk=quiz.pk)


def pages_of(run: PrintRun) -> int:
    with pikepdf.open(local_path(run.file.name)) as pdf:
        return len(pdf.pages)


def test_an_instructor_asks_for_papers_and_fetches_them(as_, exam, work):
    ines = as_("ines")
    page = reverse("print_papers", args=[exam.pk])

    assert ines.post(page, {"copies": "2", "two_sided": "on"}).status_code == 302
    waiting = ines.get(page).content.decode()
    assert "drawing" in waiting
    assert ines.get(reverse("print_progress", args=[exam.pk])).status_code == 200
    work()

    run = PrintRun.objects.get()
    assert (run.exam, run.copies, run.two_sided, run.asked_by.first_name) == (exam, 2, True, "Ines")
    assert [paper.number for paper in run.papers.all()] == [1, 2]
    assert pages_of(run) == 8
    answer = ines.get(reverse("print_pdf", args=[run.pk]))
    assert answer["Content-Type"] == "application/pdf"
    assert f"quiz-papers-{run.code}.pdf" in answer["Content-Disposition"]
    assert answer.streaming
    assert ines.get(reverse("print_progress", args=[exam.pk])).status_code == 286


def test_a_pdf_that_is_not_drawn_yet_leads_back_to_the_page(as_, exam, world):
    run = ask_for_papers(exam, copies=1, by=world.ines)

    answer = as_("ines").get(reverse("print_pdf", args=[run.pk]))

    assert answer["Location"] == reverse("print_papers", args=[exam.pk])


def test_a_paper_for_each_student_and_some_without_a_name(exam, world, work):
    run = ask_for_papers(exam, copies=2, roster=True, by=world.ines)
    work()

    run.refresh_from_db()
    named = run.papers.exclude(membership=None)
    assert run.copies == 4
    assert {paper.membership for paper in named} == {world.members["sam"], world.members["nia"]}
    assert {paper.number for paper in named} == {1, 2}
    assert pages_of(run) == 12


def test_neither_code_nor_name_is_printed_on_what_is_also_hidden(exam, world, work):
    ask_for_papers(exam, copies=1, by=world.ines)
    work()
    x, y, width, height = PrintRun.objects.get().places[0]["rect"]
    Region.objects.create(exam=exam, kind="hidden", page=1, x=x, y=y, width=width, height=height)

    run = ask_for_papers(exam, roster=True, by=world.ines)
    work()

    run.refresh_from_db()
    left, top, wide, high = run.places[0]["rect"]
    assert run.problem == ""
    assert left >= x + width or left + wide <= x or top >= y + height or top + high <= y


def test_the_numbers_of_named_papers_are_drawn_by_lot(exam, world, monkeypatch):
    shuffled = []
    monkeypatch.setattr(random.SystemRandom, "shuffle", lambda self, them: shuffled.append([*them]))

    ask_for_papers(exam, roster=True, by=world.ines)

    assert shuffled == [[1, 2]]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Say how many papers to print"),
        ({"copies": "0"}, "Say how many papers to print"),
        ({"copies": "-1"}, "greater than or equal to 0"),
        ({"copies": "many"}, "as a whole number"),
        ({"copies": "9999"}, "9,999 papers of 3 pages are more than one PDF should hold"),
    ],
)
def test_what_cannot_be_printed_is_refused_at_once(as_, exam, form, words):
    answer = as_("ines").post(reverse("print_papers", args=[exam.pk]), form)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not PrintRun.objects.exists()


def test_without_a_template_the_page_says_what_comes_first(as_, world):
    page = reverse("print_papers", args=[world.exam.pk])

    assert "The blank exam comes first" in as_("ines").get(page).content.decode()
    with pytest.raises(CannotPrint, match="Add the blank exam first"):
        ask_for_papers(world.exam, copies=1, by=world.ines)


def test_names_need_a_region_where_they_are_covered(as_, exam, world):
    exam.regions.filter(kind=Region.Kind.NAME).delete()
    page = as_("ines").get(reverse("print_papers", args=[exam.pk])).content.decode()

    assert "Draw the name region on the outline first" in page
    with pytest.raises(CannotPrint, match="Draw the name region"):
        ask_for_papers(exam, roster=True, by=world.ines)


def test_names_need_somebody_to_bear_them(exam, world):
    exam.course.memberships.students().delete()

    with pytest.raises(CannotPrint, match="nobody on the roster"):
        ask_for_papers(exam, roster=True, by=world.ines)


def test_the_page_of_an_anonymous_exam_says_what_printed_names_rest_on(as_, exam):
    page = reverse("print_papers", args=[exam.pk])
    ines = as_("ines")

    assert "rests on the covers" in ines.get(page).content.decode()
    Exam.objects.filter(pk=exam.pk).update(anonymous=False)
    assert "rests on the covers" not in ines.get(page).content.decode()


# What only drawing shows


def failed(run: PrintRun) -> str:
    run.refresh_from_db()
    job = Job.objects.get(kind="print.papers")
    assert (job.state, job.error, bool(run.file)) == ("failed", run.problem, False)
    return run.problem


def test_a_template_without_a_blank_spot_says_which_pages_are_full(exam, world, work, as_):
    names = Region.objects.filter(exam=exam, kind__in=["name", "id"])
    names.update(x=0, y=0, width=1, height=1)
    Region.objects.filter(exam=exam).update(page=1)
    run = ask_for_papers(exam, copies=1, by=world.ines)
    work()

    assert "one is free on every page but page 1" in failed(run)
    shown = as_("ines").get(reverse("print_papers", args=[exam.pk])).content.decode()
    assert "not drawn" in shown
    assert "Leave a margin free" in shown


def test_a_template_that_was_replaced_meanwhile_is_not_printed(exam, world, work):
    run = ask_for_papers(exam, copies=1, by=world.ines)
    Template.objects.filter(exam=exam).update(sha256="0" * 64)
    work()

    assert "was replaced meanwhile" in failed(run)


def test_a_name_that_has_no_room_is_left_out_by_name_and_stops_no_other(exam, world, work, as_):
    world.sam.first_name = "Wolfeschlegel" * 9
    world.sam.save()
    run = ask_for_papers(exam, roster=True, by=world.ines)
    work()

    run.refresh_from_db()
    number = run.papers.get(membership=world.members["sam"]).number
    [said] = run.left_out
    assert said.startswith(f"Paper {number}: “WolfeschlegelWolfe")
    assert (run.problem, pages_of(run)) == ("", 6)
    assert "is not printed. Write it by hand" in (
        as_("ines").get(reverse("print_papers", args=[exam.pk])).content.decode()
    )


def test_a_long_name_is_printed_in_a_shorter_form(exam, world, work):
    world.sam.first_name = "Maximilian Alexander Ferdinand Konstantin Theodor"
    world.sam.last_name = "Hohenberger-Castellanos"
    world.sam.save()
    run = ask_for_papers(exam, roster=True, by=world.ines)
    work()

    run.refresh_from_db()
    assert (run.problem, run.left_out, pages_of(run)) == ("", [], 6)


def test_a_template_that_cannot_be_opened_says_so(exam, world, work):
    kept = keep("templates", b"%PDF-1.7\nnothing", ".pdf")
    Template.objects.filter(exam=exam).update(file=kept.name, sha256=kept.sha256)
    run = ask_for_papers(exam, copies=1, by=world.ines)
    work()

    assert "The blank exam" in failed(run)


def test_a_run_is_drawn_once_however_often_its_job_runs(exam, world, work):
    run = ask_for_papers(exam, copies=1, by=world.ines)
    work()
    run.refresh_from_db()
    Job.objects.ask("print.papers", run=run.pk)
    work()

    assert PrintRun.objects.get().drawn_at == run.drawn_at


def test_a_code_that_is_taken_is_drawn_again(exam, world, monkeypatch):
    drawn = iter([47131, 47131, 55555])
    monkeypatch.setattr(random.SystemRandom, "randint", lambda self, a, b: next(drawn))

    first = ask_for_papers(exam, copies=1, by=world.ines)
    second = ask_for_papers(exam, copies=1, by=world.ines)

    assert (first.code, second.code) == (47131, 55555)
    assert PrintedPaper.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [{"code": 9_999}, {"code": 100_000}, {"copies": 0}, {"page_count": 0}, {"file": "x.pdf"}],
    ids=str,
)
def test_the_database_refuses_what_is_no_print_run(exam, wrong):
    right = {"exam": exam, "code": 47131, "copies": 1, "page_count": 3}

    with pytest.raises(IntegrityError), transaction.atomic():
        PrintRun.objects.create(**right | wrong)


# The API and the command


def test_scripts_ask_wait_and_fetch(as_, exam, work):
    ines = as_("ines")
    asked = ines.post(
        f"/api/v1/exams/{exam.pk}/prints/",
        {"copies": 1, "roster": True},
        content_type="application/json",
    )
    made = asked.json()
    assert (asked.status_code, made["state"], made["copies"], made["named"]) == (
        202,
        "working",
        3,
        2,
    )
    pdf = f"/api/v1/prints/{made['id']}/pdf/"
    assert ines.get(pdf).status_code == 202
    work()

    assert ines.get(f"/api/v1/prints/{made['id']}/").json()["state"] == "done"
    assert b"".join(ines.get(pdf).streaming_content).startswith(b"%PDF")
    assert [one["id"] for one in ines.get(f"/api/v1/exams/{exam.pk}/prints/").json()] == [
        made["id"]
    ]


def test_scripts_are_told_why_not(as_, exam, work):
    ines = as_("ines")
    prints = f"/api/v1/exams/{exam.pk}/prints/"

    refused = ines.post(prints, {}, content_type="application/json")
    assert refused.status_code == 400
    assert "Say how many" in json.dumps(refused.json())
    asked = ines.post(prints, {"copies": 1}, content_type="application/json").json()
    Template.objects.filter(exam=exam).update(sha256="0" * 64)
    work()
    answer = ines.get(f"/api/v1/prints/{asked['id']}/pdf/")
    assert (answer.status_code, "replaced" in answer.json()["detail"]) == (503, True)


def test_the_command_writes_the_pdf(exam, tmp_path, capsys):
    out = tmp_path / "papers.pdf"
    call_command(
        "print_papers", str(exam.pk), "--copies", "2", "--roster", "-o", str(out), "--json"
    )

    said = json.loads(capsys.readouterr().out)
    assert (said["copies"], said["named"]) == (4, 2)
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 12


def test_the_command_says_why_not(exam, tmp_path):
    with pytest.raises(CommandError, match="Say how many"):
        call_command("print_papers", str(exam.pk), "-o", str(tmp_path / "x.pdf"))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command(
            "print_papers", str(exam.pk), "--copies", "1", "-o", str(tmp_path / "no/x.pdf")
        )
