"""An exam's archive for research: the same scores, and nobody to be told from it."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from PIL import Image, ImageDraw

from gradebook.files import keep
from gradebook.models import Course, Exam, Membership, Region, Section, Template
from rubrics.models import Annotation, Comment, Entry, Mark, Note
from rubrics.scores import mismatches
from scoring import regrades
from scoring.archive.anonymous import anonymous
from scoring.archive.reading import load
from scoring.models import Regrade
from submissions.covers import hidden_rects, mark_of, rects_on
from submissions.models import Page, PrintedPaper, PrintRun, Reading, Submission, Upload
from tests.conftest import person
from tests.scoring.conftest import SIZE

WORDS = ("Say *why*", "because of my dog", "No dog.", "Ask Ines about it.")
NAMES = (
    *("Sam", "Student@", "Nia", "Neighbour", "Ines", "Instructor", "Gus", "Grader"),
    *("@example.edu", "s0000002", "s0000003", "Tue 9:00", "kestrel-41", "otter-7", "batch.pdf"),
    *("scan_of_sam", "47131"),
)
BOX = (0.1, 0.05, 0.5, 0.08)  # where the name is written, in fractions of the page


@pytest.fixture
def full(released):
    """A released exam whose first pages have a name in their picture and a cover over it."""
    world, exam = released, released.exam
    x, y, width, height = BOX
    Region.objects.create(exam=exam, kind="name", page=1, x=x, y=y, width=width, height=height)
    mark = mark_of(rects_on([1], hidden_rects(exam.pk)))
    for name in ("sam", "nia"):
        for page in world.pages[name]:
            kept = keep("previews", drawn(f"{name} {page.pk}"), ".jpg").name
            cover = keep("covered", drawn(f"{page.pk}", name=""), ".jpg").name
            first = page.template_page == 1
            Page.objects.filter(pk=page.pk).update(
                preview=kept,
                image=kept,
                thumbnail=kept,
                covered=cover if first else "",
                covers=mark if first else "",
                reason="Sam wrote this.",
            )
            page.refresh_from_db()
    blank = keep("templates", drawn("blank", name=""), ".jpg").name
    template = Template.objects.create(exam=exam, file=blank, sha256="0" * 64, page_count=3)
    template.pages.create(number=1, width=612, height=792, image=blank, sha256="1" * 64)
    Upload.objects.filter(exam=exam).update(
        file=keep("uploads", b"scan_of_sam", ".pdf").name, warnings=["batch.pdf: coarse"]
    )
    world.members["sam"].sections.add(Section.objects.create(course=world.course, name="Tue 9:00"))
    Reading.objects.create(
        submission=world.papers[0],
        name="Sam Student",
        sid="s0000002",
        candidates=[{"membership": world.members["sam"].pk, "certainty": 1}],
    )
    run = PrintRun.objects.create(
        exam=exam, code=47131, copies=1, page_count=3, template_sha256="0" * 64
    )
    paper = PrintedPaper.objects.create(
        run=run, number=1, membership=world.members["sam"], submission=world.papers[0]
    )
    Page.objects.filter(pk=world.pages["sam"][0].pk).update(
        printed=paper, code="47131-1-1", code_by="symbol"
    )
    Note.objects.create(answer=world.answers[1, "2"], text="Ask Ines about it.", by=world.gus)
    asked = regrades.ask(world.copies["sam"], "1.1", "because of my dog")
    regrades.pass_on(asked, world.ines, by=world.gus)
    regrades.reply(asked, "No dog.", change=False, by=world.ines)
    return world


def drawn(words: str, name: str = "SAM STUDENT") -> bytes:
    """A page's picture with thick dark ink in the name's box, or a white cover over that box."""
    image = Image.new("L", SIZE, 250)
    draw = ImageDraw.Draw(image)
    draw.text((90, 400), words, fill=20, font_size=28)
    left, top = BOX[0] * SIZE[0], BOX[1] * SIZE[1]
    box = (left, top, left + BOX[2] * SIZE[0], top + BOX[3] * SIZE[1])
    draw.rectangle(box, fill=250)
    if name:
        draw.text((left + 10, top + 20), name, fill=10, font_size=48)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "anonymous.zip"


def content(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {name: found.read(name) for name in found.namelist()}


def packed(exam, **options):
    return b"".join(anonymous(exam, **options))


def rows(files, name):
    return [json.loads(line) for line in files[f"rows/{name}.jsonl"].splitlines()]


def ink_in_the_box(data: bytes) -> int:
    """Count dark pixels where the name is written."""
    grey = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
    height, width = grey.shape
    x, y, w, h = BOX
    box = grey[int(y * height) : int((y + h) * height), int(x * width) : int((x + w) * width)]
    return int((box < 128).sum())


# What is not in it


@pytest.mark.parametrize("words", [False, True])
def test_no_name_address_or_number_is_in_any_byte_of_it(full, words):
    files = content(packed(full.exam, words=words))

    said = " ".join(WORDS) if words else ""
    for name, data in files.items():
        for one in (name for name in NAMES if name not in said):
            assert one.encode() not in data, (name, one)
    assert all(row["email"].endswith("@anonymous.invalid") for row in rows(files, "gradebook.user"))


def test_no_picture_shows_ink_where_the_name_was_written(full):
    uncovered = full.pages["sam"][0].preview
    assert ink_in_the_box(uncovered.read()) > 500

    files = content(packed(full.exam))

    shown = {row["template_page"]: row["preview"] for row in rows(files, "submissions.page")}
    assert set(shown) == {1, 2, 3}
    first = [row for row in rows(files, "submissions.page") if row["template_page"] == 1]
    for row in first:
        assert row["preview"] == row["covered"] == row["thumbnail"]
        assert ink_in_the_box(files[f"files/{row['preview']}"]) == 0
    assert not any(name.startswith(("files/uploads", "files/sheets")) for name in files)


@pytest.mark.parametrize("lacking", [{"covered": ""}, {"covers": "another"}, {"score": 0.1}])
def test_a_page_whose_cover_is_missing_or_weak_has_no_picture_and_is_counted(full, lacking):
    page = full.pages["sam"][0]
    Page.objects.filter(pk=page.pk).update(**lacking)

    files = content(packed(full.exam))

    head = json.loads(files["archive.json"])
    assert head["pictures_left_out"] == 1
    assert (head["anonymous"], head["words"]) == (True, False)
    (row,) = [
        row
        for row in rows(files, "submissions.page")
        if row["template_page"] == 1 and not row["preview"]
    ]
    assert (row["covered"], row["thumbnail"], row["image"], row["sheet"]) == ("", "", "", "")
    assert f"files/{page.preview.name}" not in files


def test_words_are_in_it_only_if_asked_for(full):
    without, having = packed(full.exam), packed(full.exam, words=True)

    def said(data):
        texts = b"\n".join(content(data).values()).decode(errors="replace")
        return {one for one in WORDS if one in texts}

    assert said(without) == set()
    assert said(having) == set(WORDS)


def test_pseudonyms_and_their_order_are_drawn_anew_each_time(full):
    for number in range(12):
        someone = person(f"p{number}@example.edu", "P", str(number))
        Membership.objects.create(course=full.course, user=someone, role="student")

    one, other = (content(packed(full.exam)) for _ in range(2))

    people = [{row["email"] for row in rows(data, "gradebook.user")} for data in (one, other)]
    assert not people[0] & people[1]

    def roles(data):
        return [row["role"] for row in rows(data, "gradebook.membership")]

    # Sixteen members: that five drawings all begin with Ines, Gus, Sam, Nia is no chance.
    plain = ["instructor", "grader", *["student"] * 14]
    assert any(roles(content(packed(full.exam))) != plain for _ in range(5))


# What is in it


def scores(exam):
    papers = Submission.objects.filter(exam=exam).order_by("number")
    return [
        list(paper.answers.order_by("question__order").values_list("score", "graded"))
        for paper in papers
    ]


@pytest.mark.parametrize("words", [False, True])
def test_it_loads_and_gives_the_same_scores(full, path, words):
    path.write_bytes(packed(full.exam, words=words))

    loaded = load(path, course="Research")

    assert scores(loaded) == scores(full.exam)
    assert mismatches() == []
    assert Mark.objects.filter(answer__submission__exam=loaded).count() == 4
    assert Comment.objects.filter(answer__submission__exam=loaded).exists() is words
    assert Regrade.objects.filter(answer__submission__exam=loaded).exists() is words
    assert Annotation.objects.filter(answer__submission__exam=loaded).count() == 1
    assert Entry.objects.filter(exam=loaded, verb="applied").count() == 4
    assert not loaded.course.sections.exists()
    assert {one.sid for one in loaded.course.memberships.all()} == {""}
    assert "Person p" in str(loaded.matches.first().membership.user)


def test_what_was_loaded_opens_for_who_runs_the_site(full, path, client):
    path.write_bytes(packed(full.exam))
    loaded = load(path, course="Research")
    root = person("root@example.edu", "Root", "Root")
    root.is_superuser = True
    root.save()
    client.force_login(root)

    paper = Submission.objects.filter(exam=loaded).first()
    answer = paper.answers.first()
    for name, pk in (("scans", loaded.pk), ("submission", paper.pk), ("answer", answer.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 200


# Ways to it


def test_the_command_writes_it(full, path, capsys):
    call_command("archive", "Midterm", "--anonymous", "--with-words", "-o", path)

    assert json.loads(content(path.read_bytes())["archive.json"])["words"] is True
    assert not full.exam.archivings.exists()
    with pytest.raises(CommandError, match="goes with --anonymous"):
        call_command("archive", "Midterm", "--with-words", "-o", path)


def test_the_exports_page_offers_both_archives(full, as_):
    page = as_("ines").get(reverse("exports", args=[full.exam.pk])).content.decode()
    assert reverse("archive_zip", args=[full.exam.pk]) in page
    address = reverse("export", args=[full.exam.pk, "anonymous-archive.zip"])
    assert address in page

    sent = b"".join(as_("ines").get(address).streaming_content)

    assert json.loads(content(sent)["archive.json"])["anonymous"] is True
    assert as_("gus").get(address).status_code == 403
    assert (Course.objects.count(), Exam.objects.count()) == (1, 1)
