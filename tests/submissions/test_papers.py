from __future__ import annotations

from gradebook.models import Question
from rubrics.scores import mismatches
from submissions import papers
from submissions.code_names import WORDS, code_names
from submissions.models import Answer, Page, Submission, Upload
from submissions.splitting import Paper, Plan


def test_code_names_are_told_apart_and_stay_the_same():
    names = code_names(7, range(1, 501), set())

    assert len(set(names.values())) == 500
    assert code_names(7, [499, 3], set()) == {3: names[3], 499: names[499]}
    assert names != code_names(8, range(1, 501), set())


def test_a_taken_code_name_is_not_given_again():
    first = code_names(7, [1], set())[1]

    assert code_names(7, [1], {first})[1] != first


def test_words_are_there_once_and_short():
    assert len(set(WORDS)) == len(WORDS) > 150
    assert max(map(len, WORDS)) < 12


def test_new_papers_are_numbered_on(world):
    made = papers.new_papers(world.exam, 2)

    assert [paper.number for paper in made] == [4, 5]
    assert not {paper.code_name for paper in made} & {"kestrel-41", "otter-7", "maple-12"}


def test_new_answers_begin_at_the_score_their_question_begins_at(world):
    Question.objects.filter(pk=world.questions["1.2"].pk).update(scoring="positive")
    Answer.objects.filter(question=world.questions["1.2"]).update(score=0)
    paper = papers.new_papers(world.exam, 1)[0]

    papers.make_answers(world.exam)
    papers.make_answers(world.exam)

    scores = dict(paper.answers.values_list("question__number", "score"))
    assert scores == {"1.1": 200, "1.2": 0, "2": 300}
    assert mismatches(world.exam.pk) == []


def test_many_papers_take_few_queries(world, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        papers.new_papers(world.exam, 300)
        papers.make_answers(world.exam)

    assert Answer.objects.count() == Submission.objects.count() * 3


def test_pages_nobody_is_sure_of_make_no_empty_paper(world):
    upload = Upload.objects.create(exam=world.exam, name="a.pdf", file="a", size=1, sha256="1" * 64)
    pages = {
        number: Page.objects.create(upload=upload, number=number, state=Page.State.DOUBTFUL)
        for number in (1, 2)
    }
    plan = Plan((Paper({}, doubts={1: None}), Paper({2: 2})), (), {1: "It may be page 1 or 2."})

    papers.carry_out(upload, plan, pages)
    papers.carry_out(upload, plan, pages)

    assert world.exam.submissions.count() == 4
    assert [page.submission_id is None for page in upload.pages.order_by("number")] == [True, False]
    assert upload.pages.get(number=1).reason == "It may be page 1 or 2."
    assert upload.pages.get(number=2).position == 2
