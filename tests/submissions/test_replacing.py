"""One page scanned again: it takes the old one's place, or waits for a person."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import simplejpeg
from django.core.files.uploadedfile import SimpleUploadedFile

from rubrics import grading
from submissions import corrections, repair_rows
from submissions.models import LookAgain, Page, Repair, Upload

State = Page.State


@pytest.fixture
def taken(quiz, scans, take, work, foreign):
    """Two papers, of the second page 2 is missing; a foreign page lies behind the first."""
    upload = take(quiz, scans(0, 1, 2, foreign, 3, 5))
    work()
    return upload


@pytest.fixture
def again(paper_quiz):
    """A page of the batch as a second scan would have it: other bytes, the same sheet."""

    def scan(page, quality=60):
        grey = simplejpeg.decode_jpeg(paper_quiz.jpegs[page], colorspace="GRAY")
        return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(grey), quality, "GRAY", "Gray"))

    return scan


@pytest.fixture
def send(as_, quiz, work):
    """Send a file for a page, or for an empty place, as the desk does, and do the work."""

    def post(content, name="again.jpg", page=None, **said):
        url = f"/pages/{page.pk}/replace/" if page else f"/exams/{quiz.pk}/repair/scan/"
        form = {"back": "repair", "file": SimpleUploadedFile(name, content), **said}
        response = as_("ines").post(url, form, follow=True)
        work()
        return response.content.decode()

    return post


def at(exam, number, page):
    return Page.objects.get(
        submission__exam=exam, submission__number=number, template_page=page, state=State.PLACED
    )


def fresh():
    return Page.objects.filter(upload__rescan__isnull=False).get()


def test_a_new_scan_takes_the_old_ones_place_and_the_old_one_is_kept(
    quiz, taken, send, again, world
):
    old = at(quiz, 1, 2)
    answer = old.submission.answers.filter(question__regions__page=2).first()
    grading.say_graded(answer, by=world.gus)

    said = send(again(1), page=old)

    new = at(quiz, 1, 2)
    old.refresh_from_db()
    assert "It takes its place as soon as it is read." in said
    assert new == fresh() != old
    assert new.crops.count() == quiz.regions.filter(page=2).count()
    assert (old.state, old.submission) == (State.DISCARDED, new.submission)
    answer.refresh_from_db()
    assert answer.graded
    assert LookAgain.objects.get().reason == (
        "Page 2 was replaced. Ink on the old one stays on that."
    )
    act = Repair.objects.get()
    assert (str(act), act.by) == ("Page 2 of paper 1 was scanned again.", world.ines)
    assert not quiz.submissions.filter(number=3).exists()


def test_a_replacement_is_undone_and_redone(quiz, taken, send, again, world):
    old = at(quiz, 1, 2)
    send(again(1), page=old)
    new, act = fresh(), Repair.objects.get()

    corrections.put_back(act, by=world.ines)
    assert at(quiz, 1, 2) == old
    new.refresh_from_db()
    assert (new.state, new.submission) == (State.DISCARDED, None)
    corrections.do_again(act, by=world.ines)

    assert at(quiz, 1, 2) == new


def test_a_lost_page_is_sent_for_its_empty_place(quiz, taken, as_, again, work):
    form = {"paper": 2, "page": 2, "file": SimpleUploadedFile("lost.jpg", again(4))}

    answer = as_("ines").post(f"/exams/{quiz.pk}/repair/scan/", form, follow=True)
    coming = answer.content.decode()
    work()

    assert "lost.jpg is being read." in coming
    assert "scans/progress/?seen=1" in coming
    assert at(quiz, 2, 2) == fresh()
    assert quiz.submissions.count() == 2


def test_another_page_than_it_was_sent_for_waits_and_the_old_one_stays(quiz, taken, send, again):
    old = at(quiz, 1, 2)

    send(again(2), page=old)

    assert at(quiz, 1, 2) == old
    assert fresh().state == State.DOUBTFUL
    assert fresh().reason == "It was sent for page 2 of paper 1, but looks like page 3."
    assert not Repair.objects.exists()


def test_a_wrong_scan_is_told_on_the_desk_where_it_was_sent_from(quiz, taken, send, again, as_):
    old, words = at(quiz, 1, 2), "but looks like page 3."
    send(again(2), name="wrong.jpg", page=old)

    def shown(query):
        return as_("ines").get(f"/exams/{quiz.pk}/repair/?{query}").content.decode()

    assert f"wrong.jpg: It was sent for page 2 of paper 1, {words}" in shown(f"at={old.pk}")
    assert "wrong.jpg: " not in shown(f"at={at(quiz, 1, 3).pk}")


def test_a_wrong_scan_for_an_empty_place_is_told_there(quiz, taken, again, as_, work):
    form = {"paper": 2, "page": 2, "file": SimpleUploadedFile("lost.jpg", again(2))}
    as_("ines").post(f"/exams/{quiz.pk}/repair/scan/", form)
    work()

    answer = as_("ines").get(f"/exams/{quiz.pk}/repair/?paper=2&place=2").content.decode()

    assert "lost.jpg: It was sent for page 2 of paper 2, but looks like page 3." in answer
    assert f"?at={fresh().pk}" in answer
    assert "is being read" not in answer


@pytest.mark.parametrize(
    ("which", "state", "words"),
    [("foreign", "extra", "does not look like it"), ("blank", "doubtful", "is blank")],
)
def test_what_is_no_page_of_the_exam_waits(quiz, taken, send, which, state, words, blank, again):
    old = at(quiz, 1, 2)
    other = np.full((2200, 1700, 1), 250, np.uint8)
    for row in range(14):
        cv2.putText(other, "Shopping list, Monday " * 2, (70, 150 + 140 * row), 0, 2.0, 30, 5)
    strange = bytes(simplejpeg.encode_jpeg(other, 75, "GRAY", "Gray"))

    send({"foreign": strange, "blank": blank}[which], page=old)

    assert at(quiz, 1, 2) == old
    assert fresh().state == state
    assert fresh().reason == f"It was sent for page 2 of paper 1, but {words}."


def test_a_page_without_a_place_is_replaced_by_one_that_waits_beside_its_paper(
    quiz, taken, send, again, as_
):
    stranger = taken.pages.get(number=4)

    send(again(4), page=stranger)
    shown = as_("ines").get(f"/exams/{quiz.pk}/repair/?at={fresh().pk}").context["desk"]

    stranger.refresh_from_db()
    assert stranger.state == State.DISCARDED
    assert fresh().state == State.DOUBTFUL
    assert tuple(shown.chosen.sure) == (2, 2, True)


def test_a_file_of_several_pages_is_refused_in_words(quiz, taken, as_, scans, work, again):
    old = at(quiz, 1, 2)
    url = f"/pages/{old.pk}/replace/"
    with scans(1, 2, name="two.pdf").open("rb") as file:
        form = {"back": "repair", "seen": repair_rows.token(old), "file": file}
        as_("ines").post(url, form)
    work()
    shown = as_("ines").get(f"/exams/{quiz.pk}/repair/?at={old.pk}").content.decode()

    assert "two.pdf was sent as a new scan of one page, but is not one page." in shown
    assert at(quiz, 1, 2) == old
    assert not Upload.objects.get(name="two.pdf").pages.exists()


def test_no_file_and_a_wrong_one_are_refused_in_words(quiz, taken, send, as_):
    old = at(quiz, 1, 2)

    wrong = send(b"hello", name="notes.txt", page=old)
    none = as_("ines").post(f"/pages/{old.pk}/replace/", {"back": "repair"}, follow=True)

    assert "notes.txt" in wrong
    assert "Choose a file of scans" in none.content.decode()
    assert at(quiz, 1, 2) == old


def test_a_scan_sent_twice_is_taken_once(quiz, taken, send, again):
    old = at(quiz, 1, 2)

    send(again(1), page=old)
    said = send(again(1), page=old)

    assert "is here already" in said
    assert Repair.objects.count() == 1


def test_the_old_page_may_have_moved_while_the_new_one_was_read(quiz, taken, as_, again, work):
    old = at(quiz, 1, 2)
    form = {"back": "repair", "file": SimpleUploadedFile("again.jpg", again(1))}
    as_("ines").post(f"/pages/{old.pk}/replace/", form)
    corrections.place(old, quiz.submissions.get(number=2), 2)

    work()

    assert at(quiz, 2, 2) == fresh()
    assert not Page.objects.filter(submission__number=1, template_page=2).exists()
