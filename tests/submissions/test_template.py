from __future__ import annotations

import io
import tempfile
import time

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from PIL import Image

from config.demo.template import lay_out
from gradebook.files import read
from gradebook.models import Region, Template
from jobs.models import Job
from submissions import blank_exam, read_at_once, template
from submissions.blank_exam import WIDTH
from submissions.models import Page, TemplateUpload, Upload
from submissions.sources import BadUpload
from submissions.template import ask_for_template, coming_template, take_template


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


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(blank())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def cut_off() -> bytes:
    whole = blank(3)
    return whole[: len(whole) * 3 // 4]


def spinning(pages=1) -> bytes:
    """A PDF of honest looks whose last page draws 8 ** 14 lines."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(blank(pages))) as pdf:
        form = _form(pdf, b"0 0 m 9 9 l S")
        for _ in range(14):
            form = _form(pdf, b"/F Do " * 8, F=form)
        page = pdf.pages[-1]
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
        page.Contents = pdf.make_stream(b"/F Do")
        pdf.save(out)
    return out.getvalue()


def _form(pdf, drawing, **uses):
    resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(**uses))
    form = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=[0, 0, 612, 792],
        Resources=resources,
    )
    return pdf.make_stream(drawing, form)


def take(world, data, name="midterm.pdf"):
    return take_template(world.exam, ContentFile(data), name, world.ines)


def ask(world, data, name="midterm.pdf"):
    return ask_for_template(world.exam, ContentFile(data), name, world.ines)


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
        (b"\x89PNG\r\n\x1a\n", "is not a PDF"),
        (blank(201), "201 pages, and 200 is the most"),
        (blank(size=(100, 1000)), "1.4 × 13.9 inches, which is no size of a sheet"),
        (blank(MediaBox=[0, 0, 9e5, 9e5]), "12,500.0 × 12,500.0 inches, which is no size"),
        (blank(UserUnit=1000), "no size of a sheet"),
        (blank(size=(10, 10)), "no size of a sheet"),
        (blank(MediaBox=[0, 0, 0, 0]), "0.0 × 0.0 inches"),
        (blank(MediaBox=["a", "b", "c", "d"]), "damaged"),
        (blank(Rotate="upright"), "does not say how large it is"),
        (locked(), "needs a password"),
        (cut_off(), "damaged, perhaps cut off"),
    ],
)
def test_what_is_no_blank_exam_is_refused_in_words_and_at_once(bare, data, words):
    with pytest.raises(BadUpload, match=words):
        take(bare, data)
    with pytest.raises(BadUpload, match=words):
        ask(bare, data)
    assert not Template.objects.exists()
    assert not TemplateUpload.objects.exists()
    assert not Job.objects.exists()


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


def test_a_page_that_is_never_drawn_is_given_up_in_words(bare, quiz, work, monkeypatch, tmp_path):
    monkeypatch.setattr(blank_exam, "PAGE_SECONDS", 2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old = take(bare, quiz)

    upload = ask(bare, spinning(3))
    began = time.monotonic()
    work()

    # Left to itself the page would draw for hours, and a helper for a minute.
    assert time.monotonic() - began < 45
    words = "Page 3 of midterm.pdf takes too long to draw. Print it to a new PDF and upload that."
    assert coming_template(bare.exam).problem == words
    assert Job.objects.get(args__template=upload.pk).error == words
    assert Template.objects.get() == old
    assert Template.objects.get().sha256 == old.sha256
    (root,) = tmp_path.glob("marginalia-*-work")
    assert not [left for left in root.iterdir() if left.is_dir()]


def test_many_slow_pages_are_given_up_before_the_job_is(bare, monkeypatch):
    monkeypatch.setattr(blank_exam, "ALL_SECONDS", 0)

    with pytest.raises(BadUpload, match=r"The pages of midterm\.pdf take too long"):
        take(bare, blank(2))


def test_sending_a_spinning_file_answers_before_anything_is_drawn(bare, as_, monkeypatch):
    monkeypatch.setattr("submissions.blank_exam._picture", None)  # whoever draws here breaks
    url = f"/exams/{bare.exam.pk}/template/"

    answer = as_("ines").post(url, upload(spinning()), headers={"Accept": "application/json"})

    assert answer.status_code == 202
    assert answer.json() == {"pages": 1, "next": f"/exams/{bare.exam.pk}/outline/"}
    assert Job.objects.get().state == "queued"
    assert not Template.objects.exists()


def test_the_page_tells_how_far_it_is_and_then_opens_the_outline(bare, as_, quiz, work):
    url, outline = f"/exams/{bare.exam.pk}/template/", f"/exams/{bare.exam.pk}/outline/"
    client = as_("ines")
    assert client.post(url, upload(quiz))["Location"] == outline

    page = client.get(outline).content.decode()
    assert "midterm.pdf is here" in page
    assert f'hx-get="{url}"' in page
    assert "drawing the template’s pages" in client.get(f"/exams/{bare.exam.pk}/").content.decode()
    told = client.get(url, headers={"HX-Request": "true"})
    assert "Drawing the template’s pages" in told.content.decode()
    assert "HX-Refresh" not in told
    work()

    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "outline-editor" in client.get(outline).content.decode()
    assert bare.exam.template.page_count == 3
    assert not TemplateUpload.objects.exists()


def test_beside_the_open_editor_nothing_is_reloaded(bare, as_, quiz, work):
    take(bare, quiz)
    client, url = as_("ines"), f"/exams/{bare.exam.pk}/template/?editing=1"
    ask(bare, blank(3))
    page = client.get(f"/exams/{bare.exam.pk}/outline/").content.decode()
    assert "outline-editor" in page
    assert f'hx-get="{url}"' in page
    work()

    told = client.get(url, headers={"HX-Request": "true"})

    assert "HX-Refresh" not in told
    assert "The new template is here." in told.content.decode()


def test_a_failure_is_shown_until_it_is_closed(bare, as_, quiz, work, monkeypatch):
    take(bare, quiz)
    monkeypatch.setattr(blank_exam, "PAGE_SECONDS", 1)
    ask(bare, spinning(3))
    work()
    client, outline = as_("ines"), f"/exams/{bare.exam.pk}/outline/"

    page = client.get(outline).content.decode()
    assert "takes too long to draw" in page
    assert "The template you had is still in use." in page
    assert "blank exam could not be used" in client.get(f"/exams/{bare.exam.pk}/").content.decode()
    client.post(f"/exams/{bare.exam.pk}/template/", {"forget": "1"})

    assert "takes too long" not in client.get(outline).content.decode()


def test_the_latest_of_two_templates_counts(bare, quiz, work):
    ask(bare, blank(2))
    ask(bare, quiz)

    work()

    assert Template.objects.get().page_count == 3
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_one_that_was_overtaken_while_it_was_drawn_is_left_off(bare, quiz, work, monkeypatch):
    ask(bare, blank(2))
    put = template._put_coming

    def overtaken(upload, sheets):
        if upload.page_count == 2:
            ask(bare, quiz)
        put(upload, sheets)

    monkeypatch.setattr(template, "_put_coming", overtaken)
    work()

    assert Template.objects.get().page_count == 3


def test_the_same_file_sent_twice_is_drawn_once(bare, quiz):
    assert ask(bare, quiz) == ask(bare, quiz)
    assert Job.objects.count() == 1


def test_what_was_given_up_is_drawn_when_it_is_sent_again(bare, quiz, work):
    upload = ask(bare, quiz)
    job = Job.objects.get()
    assert job.claim("one")
    job.fail("This work was stopped before its end.")
    assert coming_template(bare.exam).problem == "This work was stopped before its end."

    assert ask(bare, quiz) == upload
    work()

    assert Template.objects.get().page_count == 3


def test_a_command_s_template_takes_the_place_of_one_on_its_way(bare, quiz, work):
    ask(bare, blank(2))

    take(bare, quiz)
    work()

    assert Template.objects.get().page_count == 3


def test_scans_that_came_meanwhile_keep_the_old_template(bare, quiz, work):
    take(bare, quiz)
    ask(bare, blank(4))
    scans = Upload.objects.create(
        exam=bare.exam, name="batch.pdf", file="x.pdf", size=1, sha256="0" * 64
    )
    Page.objects.create(upload=scans, number=1)

    work()

    assert "must have as many" in coming_template(bare.exam).problem
    assert Template.objects.get().page_count == 3


def test_the_api_takes_a_template_and_says_how_far_it_is(bare, as_, quiz, work):
    url, client = reverse("api_template", args=[bare.exam.pk]), as_("ines")

    def put(data):
        body = encode_multipart(BOUNDARY, upload(data))
        return client.put(url, body, content_type=MULTIPART_CONTENT)

    assert client.get(url).json() == {"pages": None, "uploaded_at": None, "coming": None}
    answer = put(quiz)
    assert answer.status_code == 202
    coming = answer.json()["coming"]
    assert (coming["name"], coming["state"], coming["pages"]) == ("midterm.pdf", "queued", 3)
    work()
    assert client.get(url).json()["pages"] == 3
    assert client.get(url).json()["coming"] is None

    assert put(b"hello").status_code == 400
    put(blank(5))
    assert client.delete(url).status_code == 204
    work()
    assert client.get(url).json()["pages"] == 3


def test_a_bad_file_is_told_to_scripts_and_to_people(bare, as_):
    url = f"/exams/{bare.exam.pk}/template/"
    client = as_("ines")

    told = client.post(url, upload(b"hello"), headers={"Accept": "application/json"})
    shown = client.post(url, upload(b"hello"))

    assert told.status_code == 400
    assert "plain text" in told.json()["detail"]
    assert shown.status_code == 302
    assert client.post(url, {}, headers={"Accept": "application/json"}).status_code == 400


@pytest.mark.parametrize(("name", "status"), [("gus", 403), ("sam", 404), ("otto", 404)])
def test_only_instructors_upload_a_template(bare, as_, name, status):
    assert as_(name).post(f"/exams/{bare.exam.pk}/template/").status_code == status


@pytest.mark.parametrize(
    ("name", "status"), [("ines", 200), ("gus", 200), ("sam", 404), ("otto", 404)]
)
def test_staff_see_the_template_s_pages(bare, as_, name, status):
    page = take(bare, blank()).pages.get()
    url = f"/templates/{page.template_id}/pages/1/{page.sha256}.jpg"

    client = as_(name)

    assert client.get(url).status_code == status
    assert client.get(url.replace(page.sha256, "0" * 64)).status_code in (404, status)


def test_a_file_that_takes_long_to_open_is_refused_in_words(bare, monkeypatch):
    monkeypatch.setattr(read_at_once, "SECONDS", 0.01)

    with pytest.raises(BadUpload, match=r"could not be opened within bounds \(time\)\. Print it"):
        ask(bare, blank())


def picture(pdf, data, size, bits, code):
    return pikepdf.Stream(
        pdf,
        data,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=size[0],
        Height=size[1],
        BitsPerComponent=bits,
        ColorSpace=pikepdf.Name.DeviceGray,
        Filter=code,
    )


def test_a_blank_exam_whose_picture_cannot_be_decoded_is_refused(bare):
    pdf = pikepdf.open(io.BytesIO(blank(2)))
    data = b"\0\0\0\0\x30\0\1\0\0\0\x13" + b"\xff" * 8 + bytes(9) + b"no" * 99
    page = pdf.pages[1]
    lost = picture(pdf, data, (900, 880), 1, pikepdf.Name.JBIG2Decode)
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=lost))
    page.Contents = pdf.make_stream(b"q 612 0 0 792 0 0 cm /Im Do Q")
    bad = io.BytesIO()
    pdf.save(bad)

    with pytest.raises(BadUpload, match=r"picture on page 2 of .* cannot be decoded\. Print"):
        take(bare, bad.getvalue())


def test_a_blank_exam_with_print_and_a_picture_cut_off_is_refused(bare):
    pdf = pikepdf.open(io.BytesIO(blank(2)))
    figure = io.BytesIO()
    Image.effect_noise((400, 300), 60).save(figure, "JPEG")
    half = figure.getvalue()[: len(figure.getvalue()) // 2]
    page = pdf.pages[1]
    cut = picture(pdf, half, (400, 300), 8, pikepdf.Name.DCTDecode)
    page.add_resource(cut, pikepdf.Name.XObject, pikepdf.Name.Figure)
    page.contents_add(b"q 200 0 0 150 200 300 cm /Figure Do Q")
    bad = io.BytesIO()
    pdf.save(bad)

    with pytest.raises(BadUpload, match=r"picture on page 2 of .* cannot be decoded\. Print"):
        take(bare, bad.getvalue())
