from __future__ import annotations

import io

import pikepdf
import pytest
from django.core.files.base import ContentFile
from PIL import Image

from config.demo.template import lay_out
from gradebook.files import read
from gradebook.models import Region, Template
from submissions.blank_exam import WIDTH
from submissions.sources import BadUpload
from submissions.template import take_template


@pytest.fixture(scope="module")
def quiz() -> bytes:
    return lay_out("quiz").pdf


def blank(pages=1, size=(612, 792), **keys) -> bytes:
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=size)
        pdf.pages[-1].obj.update({f"/{key}": value for key, value in keys.items()})
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def take(world, data, name="midterm.pdf"):
    return take_template(world.exam, ContentFile(data), name, world.ines)


def upload(data, name="midterm.pdf"):
    file = io.BytesIO(data)
    file.name = name
    return {"file": file}


@pytest.fixture
def bare(world):
    """The world's exam with nothing drawn yet."""
    Region.objects.all().delete()
    return world


def test_every_page_becomes_a_picture_of_one_width(bare, quiz):
    template = take(bare, quiz)

    assert template.page_count == 3
    assert read(template.file.name) == quiz
    for page in template.pages.all():
        picture = Image.open(io.BytesIO(read(page.image.name)))
        assert picture.width == WIDTH
        assert picture.height == pytest.approx(WIDTH * page.height / page.width, abs=1)


def test_a_page_lying_on_its_side_is_set_upright(bare):
    page = take(bare, blank(Rotate=90)).pages.get()

    assert (page.width, page.height) == (792, 612)
    picture = Image.open(io.BytesIO(read(page.image.name)))
    assert picture.width > picture.height


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04word/document.xml", "begins like a Word file"),
        (b"%PDF-1.7 nothing", "damaged"),
        (b"", "zero bytes"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (blank(201), "201 pages, and 200 is the most"),
        (blank(size=(100, 1000)), "could not be drawn"),
    ],
)
def test_what_is_no_blank_exam_is_refused_in_words(bare, data, words):
    with pytest.raises(BadUpload, match=words):
        take(bare, data)
    assert not Template.objects.exists()


def test_a_page_of_any_claimed_size_is_drawn_at_the_same_width(bare):
    page = take(bare, blank(size=(14_000, 14_000))).pages.get()

    assert Image.open(io.BytesIO(read(page.image.name))).width == WIDTH


def test_another_template_takes_the_place_of_the_old(bare, quiz):
    old = take(bare, blank(2))

    new = take(bare, quiz)

    assert new.pk == old.pk
    assert new.pages.count() == 3


def test_regions_beyond_the_new_template_keep_the_old(world, quiz):
    take(world, quiz)

    with pytest.raises(BadUpload, match="regions on page 3, and this PDF has 1 page"):
        take(world, blank())
    assert Template.objects.get().page_count == 3


def test_scans_on_the_old_pages_keep_their_number(bare, quiz, page):
    take(bare, quiz)

    with pytest.raises(BadUpload, match="must have as many"):
        take(bare, blank(4))
    take(bare, blank(3))


def test_the_instructor_uploads_and_is_led_to_the_outline(bare, as_, quiz):
    url = f"/exams/{bare.exam.pk}/template/"

    answer = as_("ines").post(url, upload(quiz), headers={"Accept": "application/json"})

    assert answer.status_code == 201
    assert answer.json() == {"pages": 3, "next": f"/exams/{bare.exam.pk}/outline/"}


def test_a_bad_file_is_told_to_scripts_and_to_people(bare, as_):
    url = f"/exams/{bare.exam.pk}/template/"
    client = as_("ines")

    told = client.post(url, upload(b"hello"), headers={"Accept": "application/json"})
    shown = client.post(url, upload(b"hello"))

    assert told.status_code == 400
    assert "plain text" in told.json()["detail"]
    assert shown.status_code == 302
    assert client.post(url, {}, headers={"Accept": "application/json"}).status_code == 400


@pytest.mark.parametrize(("name", "status"), [("gus", 403), ("sam", 403), ("otto", 404)])
def test_only_instructors_upload_a_template(bare, as_, name, status):
    assert as_(name).post(f"/exams/{bare.exam.pk}/template/").status_code == status


@pytest.mark.parametrize(
    ("name", "status"), [("ines", 200), ("gus", 200), ("sam", 403), ("otto", 404)]
)
def test_staff_see_the_template_s_pages(bare, as_, name, status):
    page = take(bare, blank()).pages.get()
    url = f"/templates/{page.template_id}/pages/1/{page.sha256}.jpg"

    client = as_(name)

    assert client.get(url).status_code == status
    assert client.get(url.replace(page.sha256, "0" * 64)).status_code in (404, status)
