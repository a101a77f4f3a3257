"""The scan itself, for who looks closer."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from gradebook.files import read
from submissions import jpegs


@pytest.fixture
def paper(quiz, scans, take, work, upside_down):
    take(quiz, scans(0, upside_down(1), 2))
    work()
    return quiz.submissions.get()


def pages(client, paper):
    return client.get(f"/api/v1/submissions/{paper.pk}/").json()["pages"]


def test_the_scan_itself_stands_upright_and_is_not_re_encoded(as_, paper):
    client = as_("ines")
    plain, turned, _ = pages(client, paper)

    one, two = client.get(plain["original"]), client.get(turned["original"])
    first, second = (paper.pages.get(template_page=number) for number in (1, 2))
    assert b"".join(one.streaming_content) == read(first.image.name)
    assert jpegs.without_exif(two.content) == read(second.image.name)
    assert Image.open(io.BytesIO(two.content)).getexif()[0x0112] == 3
    assert turned["original"].endswith("?turn=180")


def test_who_must_not_see_names_gets_the_scans_of_other_pages_alone(as_, paper):
    client = as_("gus")
    cover, other, _ = pages(client, paper)
    page = paper.pages.get(template_page=1)
    stem = page.image.name.rsplit("/", 1)[-1]

    assert cover["url"]
    assert cover["original"] == ""
    assert client.get(f"/pages/{page.pk}/image/{stem}").status_code == 404
    assert client.get(other["original"]).status_code == 200


def test_who_must_not_see_names_gets_no_notes_in_the_file_of_a_scan(
    as_, quiz, scans, take, work, paper_quiz
):
    """A scanner or a telephone may write its owner into them."""
    note = b"Owner: Sam Student"
    noted = [jpeg[:2] + b"\xff\xfe\x00\x14" + note + jpeg[2:] for jpeg in paper_quiz.jpegs[:3]]
    take(quiz, scans(*noted))
    work()
    page = quiz.submissions.get().pages.get(template_page=2)
    path = f"/pages/{page.pk}/image/{page.image.name.rsplit('/', 1)[-1]}"

    blind = as_("gus").get(path)

    assert blind.content == paper_quiz.jpegs[1]
    assert note in b"".join(as_("ines").get(path).streaming_content)


def test_another_name_finds_nothing(as_, paper):
    page = paper.pages.get(template_page=2)

    assert as_("ines").get(f"/pages/{page.pk}/image/{'0' * 64}.jpg").status_code == 404
