"""Solutions: attached by instructors, frozen with a release, and reached by nobody else."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gradebook.files import read
from gradebook.models import Exam
from rubrics import grading
from scoring import solutions
from scoring.changes import change
from scoring.collect import collect
from scoring.drawing import CannotDraw, digest_of, draw, working_copies
from scoring.models import Copy, Solution
from scoring.release import release, take_back
from scoring.results import Solution as Told
from scoring.results import from_json, to_json
from scoring.solution_pdf import MOST_PAGES
from submissions.sources import BadUpload
from tests.scoring.papers import midterm, noted, saved, scan, text_of


def pdf_of(pages: int = 2, words: str = "") -> bytes:
    pdf = pikepdf.new()
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(612, 792))
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        said = f"BT /F1 24 Tf 72 700 Td (solved {number} {words}) Tj ET"
        page.obj.Contents = pikepdf.Stream(pdf, said.encode())
    return saved(pdf)


def sent(data: bytes, name: str = "solved.pdf") -> solutions.Sent:
    return solutions.take(ContentFile(data), name)


@pytest.fixture
def solved(graded):
    """1.1 is solved by a PDF and words, the group above it by words; students may have them."""
    graded.pdf = sent(pdf_of())
    by = graded.ines
    solutions.put(graded.questions["1.1"], "It is $a^2 + b^2$, *always*.", graded.pdf, by=by)
    solutions.put(graded.group, "Warm up 🙂 first.", solutions.Sent(), by=by)
    solutions.show(graded.exam, by=by)
    return graded


def sams(made) -> Copy:
    return made.copies.get(submission__number=1)


def own(copy: Copy) -> str:
    return reverse("copy_solution", args=[copy.pk, "1.1"])


def test_the_student_reads_them_beside_their_result(as_, solved):
    copy = sams(release(solved.exam, by=solved.ines))
    client = as_("sam")

    page = client.get(reverse("copy", args=[copy.pk])).text
    answer = client.get(own(copy))

    assert "always" in page
    assert "Warm up 🙂 first." in page
    assert own(copy) in page
    assert answer["Content-Type"] == "application/pdf"
    # After it was taken back the back button shows none.
    assert answer["Cache-Control"] == "private, no-store"
    assert b"".join(answer.streaming_content) == read(solved.pdf.file)


def test_the_copy_has_words_under_the_part_and_pdfs_at_the_end_with_bookmarks(solved):
    copy = draw(sams(release(solved.exam, by=solved.ines)))

    text = text_of(read(copy.file.name))
    assert text.index("Add") < text.index("always") < text.index("Multiply")
    assert "2 pages at the end" in text
    assert text.index("solved 1") < text.index("solved 2")
    with pikepdf.open(copy.file.open()) as pdf, pdf.open_outline() as outline:
        last = outline.root[-1]
        assert (last.title, [one.title for one in last.children]) == ("Solutions", ["1.1 a"])
        tree = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
        (figure,) = tree[int(pdf.pages[-1].StructParents)]
        assert str(figure.Alt) == "Solution of 1.1 a, page 2 of 2"
        kept = json.loads(pdf.attachments["result.json"].get_file().read_bytes())
        assert kept["version"] == 2


def test_one_pdf_of_two_parts_is_joined_once(solved):
    solutions.put(solved.questions["2"], "", solved.pdf, by=solved.ines)
    copy = draw(sams(release(solved.exam, by=solved.ines)))

    assert text_of(read(copy.file.name)).count("solved 1") == 1
    with pikepdf.open(copy.file.open()) as pdf, pdf.open_outline() as outline:
        assert [one.title for one in outline.root[-1].children] == ["1.1 a", "2"]


def test_students_get_none_unless_it_is_said(as_, solved):
    solutions.hide(solved.exam)
    copy = draw(sams(release(solved.exam, by=solved.ines)))
    client = as_("sam")

    assert "always" not in client.get(reverse("copy", args=[copy.pk])).text
    assert client.get(own(copy)).status_code == 404
    assert b"always" not in json.dumps(copy.result).encode()
    assert "always" not in text_of(read(copy.file.name))


def test_before_between_and_after_releases_nobody_reaches_them(as_, solved):
    staffs = reverse("solution_pdf", args=[solved.exam.pk, solved.pdf.sha256])
    assert as_("sam").get(staffs).status_code == 404
    assert as_("otto").get(staffs).status_code == 404

    first = sams(release(solved.exam, by=solved.ines))
    assert "ETag" not in as_("sam").get(own(first))
    tag = f'"{solved.pdf.sha256}.pdf"'
    for name in ("nia", "otto", "gus", "ines"):
        assert as_(name).get(own(first)).status_code == 404
    assert as_("sam").get(staffs).status_code == 404

    take_back(solved.exam, by=solved.ines)
    for headers in ({}, {"If-None-Match": tag}):
        assert as_("sam").get(own(first), headers=headers).status_code == 404
    second = sams(release(solved.exam, by=solved.ines))
    assert as_("sam").get(own(first)).status_code == 404
    assert as_("sam").get(own(second)).status_code == 200


def test_what_was_released_stays_though_another_takes_its_place(as_, solved):
    copy = sams(release(solved.exam, by=solved.ines))
    other = sent(pdf_of(1, "otherwise"))
    solutions.put(solved.questions["1.1"], "New words.", other, by=solved.ines)
    solutions.put(solved.group, "", solutions.Sent(), by=solved.ines)
    client = as_("sam")

    page = client.get(reverse("copy", args=[copy.pk])).text
    assert "always" in page
    assert "Warm up" in page
    assert "New words" not in page
    assert b"".join(client.get(own(copy)).streaming_content) == read(solved.pdf.file)
    assert "solved 2" in text_of(read(draw(copy).file.name))
    staffs = [reverse("solution_pdf", args=[solved.exam.pk, other.sha256])]
    assert as_("sam").get(staffs[0]).status_code == 404


def test_a_released_copy_outlives_the_question_itself(solved):
    copy = sams(release(solved.exam, by=solved.ines))
    solved.questions["1.1"].delete()

    assert "solved 2" in text_of(read(draw(copy).file.name))


def test_a_copy_whose_solution_is_gone_says_so(solved):
    copy = sams(release(solved.exam, by=solved.ines))
    Solution.objects.all().delete()

    with pytest.raises(CannotDraw, match="1 of its solutions"):
        draw(copy)


def test_staff_see_what_a_release_would_change(solved):
    before, _ = collect(solved.exam, solved.papers[:2])
    solutions.put(solved.group, "Otherwise.", solutions.Sent(), by=solved.ines)
    after, _ = collect(solved.exam, solved.papers[:2])

    found = change(before, after)
    assert found is not None
    assert found.words_alone
    assert found.solutions
    assert digest_of(before) != digest_of(after)


def test_only_a_change_of_nothing_but_solutions_is_called_so(as_, solved):
    release(solved.exam, by=solved.ines)
    solutions.put(solved.group, "Otherwise.", solutions.Sent(), by=solved.ines)
    grading.comment(solved.answers[2, "1.1"], "Well done.", version=0, by=solved.gus)

    text = as_("ines").get(reverse("changes", args=[solved.exam.pk])).content.decode()

    assert [cell.strip() for cell in re.findall(r"<td>([^<]*)", text)] == [
        "Remarks, rubric or pages",
        "Solutions",
    ]


def test_results_without_solutions_are_written_as_ever(graded):
    (result,) = collect(graded.exam, graded.papers[:1])
    data = to_json(result)

    assert data["version"] == 1
    assert "solution" not in json.dumps(data)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20), st.text("0123456789abcdef", max_size=9), st.integers(0, 99))
def test_a_result_with_solutions_survives_json_exactly(text, sha, pages):
    first, *others = midterm().questions
    told = Told(text, sha, pages)
    part = replace(first, solution=told, parts=(replace(first.parts[0], solution=told),))
    result = replace(midterm(), questions=(part, *others))

    assert from_json(json.loads(json.dumps(to_json(result)))) == result


def test_another_takes_the_place_of_the_first_and_both_are_kept(graded):
    question = graded.questions["2"]
    solutions.put(question, "One.", solutions.Sent(), by=graded.ines)
    solutions.put(question, "Two.", solutions.Sent(), by=graded.gus)

    assert [one.text for one in Solution.objects.standing()] == ["Two."]
    assert Solution.objects.filter(question=question).count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Solution.objects.create(exam=graded.exam, question=question, text="Three.")


def test_solutions_cost_one_query_however_many(solved, django_assert_num_queries):
    for question in solved.questions.values():
        solutions.put(question, "So.", solutions.Sent(), by=solved.ines)

    with django_assert_num_queries(1):
        assert len(solutions.shown_by_question(solved.exam)) == 4


def test_an_exam_without_questions_says_where_they_come_from(as_, graded):
    empty = Exam.objects.create(course=graded.course, name="Later")

    page = as_("ines").get(reverse("solutions", args=[empty.pk])).text

    assert "No questions yet" in page
    assert reverse("outline", args=[empty.pk]) in page


# What is sent


def send(client, question, **form):
    return client.post(reverse("solution", args=[question.pk]), form)


def file(data: bytes, name: str = "solved.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/pdf")


def test_an_instructor_attaches_changes_and_takes_away(as_, graded):
    client, question = as_("ines"), graded.questions["1.1"]

    assert send(client, question, text="So.", file=file(pdf_of())).status_code == 302
    first = solutions.solution_of(question)
    assert (first.text, first.page_count, first.name, first.by) == (
        "So.",
        2,
        "solved.pdf",
        graded.ines,
    )
    # The PDF stays where only the words change.
    send(client, question, text="Or so.")
    assert solutions.solution_of(question).sha256 == first.sha256
    send(client, question, text="Or so.", without="on")
    assert solutions.solution_of(question).file == ""
    send(client, question, remove="1")
    assert solutions.solution_of(question) is None


def test_a_form_opened_earlier_replaces_no_solution_of_a_colleague(as_, graded):
    question = graded.questions["2"]
    theirs = solutions.put(question, "Hers.", solutions.Sent(), by=graded.gus)
    client = as_("ines")

    late = send(client, question, text="His.", seen="0")

    assert late.status_code == 409
    assert "changed this solution meanwhile" in late.text
    assert "Gus Grader" in late.text
    assert "Hers." in late.text
    assert "His." in late.text
    assert solutions.solution_of(question) == theirs
    assert f'name="seen" value="{theirs.pk}"' in late.text
    assert send(client, question, text="His.", seen=theirs.pk).status_code == 302
    assert solutions.solution_of(question).text == "His."


def test_what_a_colleague_wrote_meanwhile_is_not_taken_away(as_, graded):
    question = graded.questions["2"]
    first = solutions.put(question, "One.", solutions.Sent(), by=graded.ines)
    solutions.put(question, "Two.", solutions.Sent(), by=graded.gus)
    client = as_("ines")

    late = send(client, question, text="One.", remove="1", seen=first.pk)
    assert (late.status_code, "Two." in late.text) == (409, True)
    assert solutions.solution_of(question).text == "Two."

    solutions.put(question, "", solutions.Sent(), by=graded.gus)
    late = send(client, question, text="One, better.", seen=first.pk)
    assert (late.status_code, "it was taken away" in late.text) == (409, True)


def test_a_form_sent_twice_saves_once(as_, graded):
    client, question = as_("ines"), graded.questions["2"]

    for _ in range(2):
        assert send(client, question, text="So.", seen="0").status_code == 302

    assert Solution.objects.filter(question=question).count() == 1


def test_the_list_says_what_there_is_and_whether_students_get_it(as_, solved):
    client, url = as_("ines"), reverse("solutions", args=[solved.exam.pk])

    page = client.get(url).text
    assert "2 with a solution" in page
    assert "solved.pdf" in page
    assert "Students get the solutions" in page
    client.post(url)
    assert "Students get no solutions" in client.get(url).text
    client.post(url, {"shown": "1"})
    client.post(url, {"shown": "1"})
    assert "Students get the solutions" in client.get(url).text


def test_the_list_takes_the_same_queries_for_few_and_many(
    as_, solved, django_assert_max_num_queries
):
    client, url = as_("ines"), reverse("solutions", args=[solved.exam.pk])
    with django_assert_max_num_queries(20) as few:
        client.get(url)
    for question in solved.questions.values():
        solutions.put(question, "So.", solutions.Sent(), by=solved.ines)

    with django_assert_max_num_queries(len(few)):
        client.get(url)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "zero bytes"),
        (b"no PDF at all", "is not a PDF"),
        (b"%PDF-1.7\nbut nothing more", "damaged"),
        (pdf_of(MOST_PAGES + 1), "60 is the most"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(as_, graded, data, said):
    answer = send(as_("ines"), graded.questions["1.1"], file=file(data))

    assert answer.status_code == 422
    assert said in answer.text
    assert not Solution.objects.exists()


def test_a_locked_pdf_is_refused_in_words(graded):
    with pikepdf.open(io.BytesIO(pdf_of())) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))

    with pytest.raises(BadUpload, match="needs a password"):
        sent(out.getvalue())


def test_a_pdf_that_is_too_large_is_refused_before_it_is_opened(graded, monkeypatch):
    monkeypatch.setattr("scoring.solution_pdf.MOST_BYTES", 1 << 10)

    with pytest.raises(BadUpload, match="larger than"):
        sent(pdf_of(20))


def test_nothing_at_all_is_no_solution(as_, graded):
    assert "or choose a PDF" in send(as_("ines"), graded.questions["1.1"], text=" ").text


def test_a_pdf_that_would_act_is_kept_as_plain_pages():
    with pikepdf.open(io.BytesIO(pdf_of(1))) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=script
        )
        pdf.pages[0].obj.Annots = pikepdf.Array([link])
        pdf.pages[0].obj.AA = pikepdf.Dictionary(O=script)
        pdf.Root.OpenAction = script
        pdf.attachments["evil.exe"] = b"MZ"
        hostile = saved(pdf)
    kept = read(sent(hostile).file)

    with pikepdf.open(io.BytesIO(kept)) as pdf:
        everything = b"\n".join(thing.unparse() for thing in pdf.objects)
        assert not pdf.attachments
    assert b"JavaScript" not in everything
    assert b"app.alert" not in everything
    assert sent(hostile).file == sent(hostile).file


def test_a_pdf_says_nothing_of_who_made_it_or_from_what():
    kept = read(sent(noted("Zyxwvut Quillhaven")).file)

    with pikepdf.open(io.BytesIO(kept)) as pdf:
        pdf.save(unpacked := io.BytesIO(), compress_streams=False)
        picture = Image.open(io.BytesIO(pdf.pages[0].obj.Resources.XObject.Im0.read_raw_bytes()))
    assert b"Quillhaven" in noted("Zyxwvut Quillhaven")
    assert b"Quillhaven" not in unpacked.getvalue()
    assert picture.size == (85, 110)
    assert not picture.getexif()


def test_the_same_result_gives_the_same_bytes_with_solutions_too(solved):
    (copy,) = working_copies(solved.exam, solved.papers[:1])
    first = read(draw(copy).file.name)
    Copy.objects.all().delete()
    (again,) = working_copies(solved.exam, solved.papers[:1])

    assert read(draw(again).file.name) == first


def test_scans_as_solutions_keep_their_turn_and_box(solved):
    solutions.put(solved.questions["2"], "", sent(scan((842, 595), rotate=90)), by=solved.ines)
    copy = draw(sams(release(solved.exam, by=solved.ines)))

    with pikepdf.open(copy.file.open()) as pdf:
        assert int(pdf.pages[-1].obj.Rotate) == 90


def test_a_form_that_names_what_cannot_be_seen_is_taken_as_one_that_names_nothing(as_, graded):
    sent = send(as_("ines"), graded.questions["2"], text="His.", seen="9" * 5000)

    assert sent.status_code == 302
