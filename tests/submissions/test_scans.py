from __future__ import annotations

import pytest
from django.test import Client

from gradebook.models import Region
from jobs import Refusal
from jobs.models import Job
from rubrics import grading
from submissions import corrections, intake, overview
from submissions.models import Answer, Match, Page, Submission, Upload

State = Page.State
JSON = {"Accept": "application/json"}


@pytest.fixture
def taken(quiz, scans, take, work, foreign):
    """Two papers; page 2 of the second came twice, and a foreign page lies between them."""
    upload = take(quiz, scans(0, 1, 2, foreign, 3, 4, 4, 5))
    work()
    return upload


@pytest.fixture
def stranger(taken):
    return taken.pages.get(number=4)


def url(exam, rest=""):
    return f"/exams/{exam.pk}/scans/{rest}"


def many(exam, upload, papers, looks=0):
    """Rows as they stand after a large intake, without files."""
    start = exam.submissions.count()
    made = Submission.objects.bulk_create(
        Submission(exam=exam, number=start + n, code_name=f"paper-{start + n}")
        for n in range(1, papers + 1)
    )
    Page.objects.bulk_create(
        Page(
            upload=upload,
            number=1000 + 3 * paper.number + place,
            state=State.PLACED,
            submission=paper,
            template_page=place,
        )
        for paper in made
        for place in (1, 2, 3)
    )
    Page.objects.bulk_create(
        Page(upload=upload, number=9000 + n, state=State.DOUBTFUL, reason="?") for n in range(looks)
    )


def test_a_new_paper_begins_with_the_only_page_it_looks_like(as_, taken):
    doubled = taken.pages.get(number=7)

    as_("ines").post(f"/pages/{doubled.pk}/start/", {"turn": 0, "page": ""})

    doubled.refresh_from_db()
    assert (doubled.state, doubled.template_page) == (State.PLACED, 2)
    assert doubled.submission.number == 3


def test_papers_that_lack_pages_are_named_in_the_heading(as_, quiz, taken):
    corrections.discard(taken.pages.get(number=1))
    for page in taken.pages.filter(state__in=[State.DOUBTFUL, State.EXTRA]):
        corrections.discard(page)

    shown = as_("ines").get(url(quiz)).content.decode()

    assert "1 paper lacks pages" in shown
    assert "nothing needs a look" not in shown


def test_the_page_shows_papers_and_what_needs_a_look(as_, quiz, taken):
    shown = as_("ines").get(url(quiz)).content.decode()

    assert "8 pages · 2 papers" in shown
    assert "2 pages need a look" in shown
    assert "morning.pdf, page 4" in shown
    assert "The page before it is page 3 of paper 1." in shown


def test_an_exam_without_template_or_scans_teaches_the_first_step(as_, world, quiz):
    client = as_("ines")

    assert "The blank exam comes first" in client.get(url(world.exam)).content.decode()
    assert "Drop the scans of all papers" in client.get(url(quiz)).content.decode()


@pytest.mark.parametrize(
    ("name", "status"), [("ines", 200), ("gus", 200), ("sam", 404), ("otto", 404)]
)
def test_only_staff_see_scans(as_, quiz, name, status):
    client = as_(name)

    assert client.get(url(quiz)).status_code == status
    assert client.get(url(quiz, "progress/")).status_code == status
    assert client.get(f"/api/v1/exams/{quiz.pk}/uploads/").status_code == status
    assert client.get(f"/api/v1/exams/{quiz.pk}/submissions/").status_code == status


def test_the_number_of_queries_does_not_grow(as_, quiz, taken, django_assert_max_num_queries):
    client = as_("ines")
    for papers, looks in ((0, 0), (300, 40)):
        many(quiz, taken, papers, looks)
        with django_assert_max_num_queries(29):
            assert client.get(url(quiz)).status_code == 200


def test_papers_with_missing_pages_can_be_listed_alone(as_, quiz, taken):
    Page.objects.filter(submission__number=2, template_page=3).update(state=State.DISCARDED)

    shown = as_("ines").get(url(quiz) + "?papers=incomplete").content.decode()

    assert "Paper 2" in shown
    assert "2 of 3" in shown
    assert ">Paper 1<" not in shown


def test_a_paper_shows_its_pages_and_the_places_that_are_empty(as_, quiz, taken):
    Page.objects.filter(submission__number=2, template_page=3).update(state=State.DISCARDED)

    shown = as_("ines").get(url(quiz, "2/")).content.decode()

    assert "missing: 3" in shown
    assert shown.count("thumb__page--missing") == 1
    assert "← Paper 1" in shown


def test_a_chosen_page_shows_what_it_was_recognised_by_and_comes_back_to_its_paper(
    as_, quiz, taken
):
    page = taken.pages.get(submission__number=2, template_page=3)
    client = as_("ines")

    shown = client.get(url(quiz, f"2/?at={page.pk}")).content.decode()
    answer = client.post(f"/pages/{page.pk}/discard/", {"back": "2"})

    assert "Page 3 of paper 2" in shown
    assert "template page 3" in shown
    assert answer.url == url(quiz, "2/")


def test_the_place_offered_is_one_that_is_free():
    assert overview.likely_place([14], [], 13) == 14
    assert overview.likely_place([3, 14], [], 13) == 14
    assert overview.likely_place([3], [], 13) == 3
    assert overview.likely_place([3, 14], [3, 4], 13) == 3
    assert overview.likely_place([14], [3, 4], 2) is None
    assert overview.likely_place([], [], 13) is None


# Sending


def test_a_script_sends_a_file_and_people_see_how_far_it_is(as_, quiz, scans, work):
    client = as_("ines")
    with scans(0, 1, 2).open("rb") as file:
        answer = client.post(f"/exams/{quiz.pk}/uploads/", {"file": file}, headers=JSON)
    waiting = client.get(url(quiz, "progress/?seen=0"))
    work()
    done = client.get(url(quiz, "progress/?seen=0"))

    assert answer.status_code == 201
    assert "every 1s" in waiting.content.decode()
    assert "HX-Trigger" not in waiting.headers
    assert "3 pages, 1 paper" in done.content.decode()
    assert "every 1s" not in done.content.decode()
    assert done.headers["HX-Trigger"] == "scans-changed"


def test_the_page_asks_on_until_names_are_read(as_, quiz, scans, work):
    client = as_("ines")
    with scans(0, 1, 2).open("rb") as file:
        client.post(f"/exams/{quiz.pk}/uploads/", {"file": file}, headers=JSON)
    work()
    Job.objects.ask("match.exam", exam=quiz.pk)

    reading = client.get(url(quiz, "progress/?seen=1&busy=1"))
    work()
    read = client.get(url(quiz, "progress/?seen=1&busy=1"))
    after = client.get(url(quiz, "progress/?seen=1"))

    assert "every 1s" in reading.text
    assert "Reading names…" in reading.text
    assert "busy=1" in reading.text
    assert "HX-Trigger" not in reading.headers
    assert "every 1s" not in read.text
    assert read.headers["HX-Trigger"] == "names-read"
    assert "HX-Trigger" not in after.headers


def test_a_bad_file_is_told_to_scripts_and_to_people(as_, quiz, tmp_path):
    (tmp_path / "notes.pdf").write_bytes(b"hello")
    client = as_("gus")
    answers = []
    for headers in (JSON, {}):
        with (tmp_path / "notes.pdf").open("rb") as file:
            answers.append(
                client.post(f"/exams/{quiz.pk}/uploads/", {"file": file}, headers=headers)
            )

    assert answers[0].status_code == 400
    assert "plain text" in answers[0].json()["detail"]
    assert answers[1].status_code == 302
    assert client.post(f"/exams/{quiz.pk}/uploads/", headers=JSON).status_code == 400


def test_a_file_that_is_here_comes_once_more_by_page_script_and_plain_form(as_, quiz, scans):
    client, path = as_("ines"), scans(0, 1, 2)

    def sent(url=f"/exams/{quiz.pk}/uploads/", headers=JSON, **more):
        with path.open("rb") as file:
            return client.post(url, {"file": file} | more, headers=headers)

    api = f"/api/v1/exams/{quiz.pk}/uploads/"
    first, twice, told = sent(), sent(), sent(api)

    assert (first.status_code, twice.status_code, told.status_code) == (201, 409, 409)
    assert twice.json()["again"]
    assert told.json()["again"]
    assert sent(again="1").status_code == 201
    assert sent(api, again="1").status_code == 201
    assert sent(headers={}, again="1").status_code == 302
    assert list(quiz.uploads.values_list("copy", flat=True)) == [0, 1, 2, 3]
    assert "Take files again that are here already" in client.get(url(quiz)).text


@pytest.mark.parametrize("door", ["/exams/{}/uploads/", "/api/v1/exams/{}/uploads/"])
def test_a_new_file_beside_one_that_is_here_is_told_and_not_asked_for_again(
    as_, quiz, scans, take, door
):
    client, old, new = as_("ines"), scans(0, 1, 2), scans(3, 4, 5, name="noon.pdf")
    take(quiz, old)
    with old.open("rb") as here, new.open("rb") as fresh:
        answer = client.post(door.format(quiz.pk), {"file": [here, fresh]}, headers=JSON)

    told, taken = answer.json(), Upload.objects.latest("pk")
    assert (answer.status_code, Upload.objects.count()) == (409, 2)
    assert told["ids"] == [taken.pk]
    assert not told["again"]
    assert f"{old.name} is here already" in told["detail"]


def test_work_that_failed_is_shown_and_may_be_asked_for_again(as_, quiz, scans, take, work):
    upload = take(quiz, scans(0, 1, 2))
    job = Job.objects.get(kind="intake.open")
    job.claim("gone")
    job.fail("Something went wrong on our side.")
    client = as_("ines")

    shown = client.get(url(quiz)).content.decode()
    client.post(f"/uploads/{upload.pk}/again/")
    work()

    assert "Something went wrong on our side." in shown
    assert "Try again" in shown
    assert quiz.submissions.count() == 1


def test_a_file_that_cannot_be_used_is_not_tried_again_in_vain(as_, quiz, tmp_path, take):
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.7\n" + b"\x80garbage" * 40)
    upload = take(quiz, tmp_path / "notes.pdf")
    with pytest.raises(Refusal):
        intake.open_upload(Job.objects.get(kind="intake.open"))

    shown = as_("ines").get(url(quiz)).content.decode()

    upload.refresh_from_db()
    assert upload.problem in shown
    assert "Try again" not in shown


def test_the_first_papers_are_on_their_way_while_files_are_read(as_, quiz, scans, take, work):
    client = as_("ines")
    assert "No papers yet" in client.get(url(quiz)).content.decode()

    take(quiz, scans(0, 1, 2))
    shown = client.get(url(quiz)).content.decode()
    assert "Papers are on their way" in shown
    assert "No papers yet" not in shown

    work()
    assert "on their way" not in client.get(url(quiz)).content.decode()


# Anonymous grading


def test_graders_of_an_anonymous_exam_see_no_file_names_no_names_and_no_strangers(
    as_, quiz, taken, world
):
    paper = quiz.submissions.get(number=1)
    Match.objects.create(exam=quiz, submission=paper, membership=world.members["sam"])
    client = as_("gus")

    shown = client.get(url(quiz)).content.decode() + client.get(url(quiz, "1/")).content.decode()
    told = client.get(f"/api/v1/exams/{quiz.pk}/uploads/").content.decode()
    listed = client.get(f"/api/v1/exams/{quiz.pk}/submissions/").content.decode()
    one = client.get(f"/api/v1/submissions/{paper.pk}/").content.decode()

    for text in (shown, told, listed, one):
        assert "morning" not in text
        assert "Sam" not in text
        assert "Student" not in text.replace("Student ID", "")
    assert "file 1, page 4" in shown
    assert "Put it there" not in shown
    stranger = taken.pages.get(number=4)
    assert f"/pages/{stranger.pk}/" not in shown
    assert client.post(f"/pages/{stranger.pk}/discard/").status_code == 403


def test_instructors_and_graders_who_may_know_see_names(as_, quiz, taken, world):
    paper = quiz.submissions.get(number=1)
    Match.objects.create(exam=quiz, submission=paper, membership=world.members["sam"])
    before = as_("ines").get(url(quiz)).content.decode()
    quiz.anonymous = False
    quiz.save()

    assert "Student, Sam" in before
    assert "Student, Sam" in as_("gus").get(url(quiz)).content.decode()


def test_a_page_nobody_recognised_is_not_shown_where_names_are_hidden(client, world, stranger):
    quiz = stranger.upload.exam
    stem = stranger.preview.name.rsplit("/", 1)[-1]
    address = f"/pages/{stranger.pk}/preview/{stem}"
    client.force_login(world.ines)
    seen = client.get(address).status_code
    client.force_login(world.gus)
    hidden = client.get(address).status_code
    quiz.anonymous = False
    quiz.save()

    assert (seen, hidden, client.get(address).status_code) == (200, 404, 200)


# Putting right


def test_a_page_is_put_where_a_person_says(as_, quiz, stranger, work):
    Page.objects.filter(submission__number=2, template_page=3).delete()
    client = as_("ines")

    for _ in range(2):
        client.post(f"/pages/{stranger.pk}/place/", {"paper": 2, "page": 3})

    stranger.refresh_from_db()
    assert (stranger.state, stranger.submission.number, stranger.template_page) == (
        State.PLACED,
        2,
        3,
    )
    assert "does not fit" in stranger.reason


def test_a_page_that_fits_is_laid_and_cut_where_it_is_put(quiz, taken, work):
    place = taken.pages.get(submission__number=2, template_page=2)
    twin = taken.pages.get(state=State.DOUBTFUL, template_page=2)
    corrections.discard(place)

    corrections.place(twin, quiz.submissions.get(number=2), 2)

    twin.refresh_from_db()
    assert twin.affine
    assert not twin.reason
    regions = quiz.regions.filter(page=2)
    assert twin.crops.count() == regions.count()
    answers = Answer.objects.filter(submission__number=2, question__regions__in=regions)
    assert all(answer.ink is not None for answer in answers)


def test_a_place_that_is_taken_stays_so(as_, quiz, stranger):
    answer = as_("ines").post(f"/pages/{stranger.pk}/place/", {"paper": 1, "page": 2}, follow=True)

    stranger.refresh_from_db()
    assert "Page 2 of paper 1 is there already" in answer.content.decode()
    assert stranger.submission is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"paper": 9, "page": 1}, "Say which paper"),
        ({"page": 1}, "Say which paper"),
        ({"paper": 1}, "Say which page"),
        ({"paper": 1, "page": 40}, "The template has pages 1 to 3."),
        ({"paper": "x", "page": 1}, "A paper has a number"),
    ],
)
def test_nonsense_is_refused_in_words(as_, stranger, sent, words):
    answer = as_("ines").post(f"/pages/{stranger.pk}/place/", sent, follow=True)

    assert words in answer.content.decode()


def test_a_page_begins_a_paper_once(as_, quiz, stranger):
    for _ in range(2):
        as_("ines").post(f"/pages/{stranger.pk}/start/", {"page": 2})

    stranger.refresh_from_db()
    assert quiz.submissions.count() == 3
    assert stranger.submission.number == 3
    assert stranger.submission.answers.count() == quiz.questions.leaves().count()


def test_an_extra_sheet_lies_behind_the_others(as_, quiz, stranger):
    as_("ines").post(f"/pages/{stranger.pk}/add/", {"paper": 1})

    stranger.refresh_from_db()
    assert stranger.state == State.EXTRA
    assert list(quiz.submissions.get(number=1).pages.order_by("position"))[-1] == stranger


def test_a_discarded_page_comes_back_to_its_place(as_, quiz, taken):
    page = taken.pages.get(submission__number=1, template_page=2)
    client = as_("ines")

    client.post(f"/pages/{page.pk}/discard/")
    client.post(f"/pages/{page.pk}/discard/")
    page.refresh_from_db()
    away = page.state
    ink = Answer.objects.filter(submission__number=1, ink=None, submission__exam=quiz).count()
    client.post(f"/pages/{page.pk}/restore/")
    page.refresh_from_db()

    assert away == State.DISCARDED
    assert ink
    assert (page.state, page.template_page) == (State.PLACED, 2)
    assert not Answer.objects.filter(submission__exam=quiz, ink=None).exists()


def test_a_page_turns_once_however_often_it_is_sent(as_, stranger):
    client = as_("ines")
    for _ in range(2):
        client.post(f"/pages/{stranger.pk}/turn/", {"turn": stranger.turn})

    before = stranger.preview.name
    stranger.refresh_from_db()
    assert stranger.turn == 180
    assert stranger.preview.name != before


def test_the_last_page_moved_away_takes_its_empty_paper_along(quiz, scans, take, work):
    take(quiz, scans(0, 2, name="odd.pdf"))
    take(quiz, scans(1, name="even.pdf"))
    work()
    page = Page.objects.get(upload__name="even.pdf")

    corrections.place(page, quiz.submissions.get(number=1), 2)

    assert list(quiz.submissions.values_list("number", flat=True)) == [1]


# Taking an upload back


def test_an_upload_without_grades_goes_with_its_papers(as_, quiz, taken):
    as_("ines").post(f"/uploads/{taken.pk}/delete/")

    assert not Upload.objects.filter(pk=taken.pk).exists()
    assert not quiz.submissions.exists()


def test_deleting_a_file_asks_and_says_what_goes_with_it(as_, quiz, taken):
    ines, url = as_("ines"), f"/uploads/{taken.pk}/delete/"
    papers = quiz.submissions.count()

    asked = " ".join(ines.get(url).content.decode().split())

    assert f'href="{url}"' in ines.get(f"/exams/{quiz.pk}/scans/").content.decode()
    assert f"go its {taken.pages.count()} pages and {papers} papers, with who wrote them" in asked
    assert "There is no undo." in asked
    assert Upload.objects.filter(pk=taken.pk).exists()


def test_a_paper_with_pages_of_another_file_is_said_to_stay(as_, quiz, taken, scans, take, work):
    other = take(quiz, scans(1, name="other.pdf"))
    work()
    page = other.pages.get()
    corrections.discard(
        Page.objects.get(submission__number=1, template_page=2, state=Page.State.PLACED)
    )
    corrections.place(page, quiz.submissions.get(number=1), 2)

    asked = " ".join(as_("ines").get(f"/uploads/{other.pk}/delete/").content.decode().split())

    assert "goes its one page." in asked
    assert "1 more paper with pages of other files too stays, without the pages of this" in asked


def test_an_upload_somebody_graded_stays(as_, quiz, taken, world):
    answer = Answer.objects.filter(submission__exam=quiz).first()
    item = answer.question.items.first()
    grading.apply(item, answer, by=world.gus)

    said = as_("ines").post(f"/uploads/{taken.pk}/delete/", follow=True).content.decode()

    assert "Nothing was deleted" in said
    assert Upload.objects.filter(pk=taken.pk).exists()


def test_a_comment_keeps_an_upload_as_a_grade_does(quiz, taken, world):
    answer = Answer.objects.filter(submission__exam=quiz).first()
    grading.comment(answer, "See me.", version=0, by=world.gus)

    with pytest.raises(corrections.Refused, match="worked on an answer"):
        corrections.delete_upload(taken)


def test_graders_do_not_delete(as_, taken):
    assert as_("gus").post(f"/uploads/{taken.pk}/delete/").status_code == 403


# The API


def test_a_script_sends_scans_and_lists_papers(as_, quiz, scans, work):
    client = as_("ines")
    with scans(0, 1, 2).open("rb") as file:
        sent = client.post(f"/api/v1/exams/{quiz.pk}/uploads/", {"file": file})
    work()
    (upload,) = client.get(f"/api/v1/exams/{quiz.pk}/uploads/").json()
    papers = client.get(f"/api/v1/exams/{quiz.pk}/submissions/").json()
    one = client.get(f"/api/v1/submissions/{papers['results'][0]['id']}/").json()

    assert sent.status_code == 201
    assert (upload["state"], upload["pages"], upload["papers"]) == ("formed", 3, 1)
    assert papers["count"] == 1
    assert papers["results"][0]["placed"] == 3
    assert [page["number"] for page in one["pages"]] == [1, 2, 3]


def test_a_script_hears_what_is_wrong(as_, quiz, tmp_path):
    (tmp_path / "notes.pdf").write_bytes(b"hello")
    with (tmp_path / "notes.pdf").open("rb") as file:
        answer = as_("ines").post(f"/api/v1/exams/{quiz.pk}/uploads/", {"file": file})

    assert answer.status_code == 400
    assert "plain text" in str(answer.json()["detail"])


def test_numbers_are_written_as_people_do():
    assert overview.spans([3, 12, 13, 14]) == "3, 12–14"
    assert overview.spans([]) == ""


def test_signing_in_comes_first(quiz):
    assert Client().get(url(quiz)).status_code == 302
    assert Region.objects.filter(exam=quiz).exists()
