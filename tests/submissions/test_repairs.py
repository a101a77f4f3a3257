"""What people put right is written down, and can be undone as long as nobody went on from there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rubrics import grading
from submissions import corrections, look_again, repair_rows, repairs
from submissions.joining import join, split
from submissions.models import Answer, Denial, LookAgain, Match, Page, Repair, Submission
from submissions.repairs import Refused

State = Page.State


@pytest.fixture
def taken(quiz, scans, take, work, foreign):
    """Two papers; page 2 of the second came twice, and a foreign page lies between them."""
    upload = take(quiz, scans(0, 1, 2, foreign, 3, 4, 4, 5))
    work()
    return upload


@pytest.fixture
def stranger(taken):
    return taken.pages.get(number=4)


@pytest.fixture
def twin(taken):
    return taken.pages.get(state=State.DOUBTFUL)


def lies(exam):
    """Everything an undo has to bring back: where each page lies and how, and all papers."""
    fields = ("pk", *repair_rows.FIELDS, "preview", "covered", "thumbnail", "width", "height")
    pages = Page.objects.filter(upload__exam=exam).order_by("pk").values(*fields)
    papers = exam.submissions.values("pk", "number", "code_name", "created_at")
    crops = Page.objects.filter(upload__exam=exam, state="placed").order_by("pk", "crops__region")
    return list(pages), list(papers), list(crops.values_list("pk", "crops__sha256"))


def paper(exam, number):
    return exam.submissions.get(number=number)


def at(exam, number, page):
    return Page.objects.get(
        submission__exam=exam, submission__number=number, template_page=page, state=State.PLACED
    )


def move(exam, by):
    corrections.discard(at(exam, 2, 3), by=by)
    stranger = Page.objects.get(upload__exam=exam, number=4)
    corrections.place(stranger, paper(exam, 2), 3, by=by)


def move_on(exam, by):
    """The last page of a paper moves: the paper goes along."""
    page = at(exam, 2, 1)
    for other in Page.objects.filter(submission=page.submission).exclude(pk=page.pk):
        corrections.discard(other)
        Page.objects.filter(pk=other.pk).update(submission=None)
    corrections.discard(at(exam, 1, 1))
    corrections.place(page, paper(exam, 1), 1, by=by)


def confirm(exam, by):
    Page.objects.filter(pk=at(exam, 1, 2).pk).update(reason="Its neighbours say so.")
    corrections.confirm(at(exam, 1, 2), by=by)


def start(exam, by):
    corrections.start_paper(Page.objects.get(upload__exam=exam, number=4), 2, by=by)


def insert(exam, by):
    corrections.add_to(at(exam, 2, 2), paper(exam, 1), by=by)


def turn(exam, by):
    corrections.turn(at(exam, 1, 3), 90, by=by)


def discard(exam, by):
    corrections.discard(at(exam, 1, 3), by=by)


def restore(exam, by):
    page = at(exam, 1, 3)
    corrections.discard(page)
    corrections.restore(page, by=by)


def split_off(exam, by):
    split(at(exam, 2, 2), by=by)


def join_up(exam, by):
    made = split(at(exam, 2, 2))
    join(paper(exam, 2), made, by=by)


ACTS = {
    act.__name__: act
    for act in (
        move,
        move_on,
        confirm,
        start,
        insert,
        turn,
        discard,
        restore,
        split_off,
        join_up,
    )
}


@pytest.mark.parametrize("name", ACTS)
def test_every_act_is_undone_and_redone_to_the_last_crop(quiz, taken, world, work, name):
    ACTS[name](quiz, world.ines)
    done = repairs.last_of(quiz, world.ines)
    after = lies(quiz)

    corrections.put_back(done, by=world.ines)
    before = lies(quiz)
    corrections.do_again(done, by=world.ines)
    again = lies(quiz)
    corrections.put_back(done, by=world.gus)

    assert before != after
    assert again == after
    assert lies(quiz) == before
    done.refresh_from_db()
    assert done.undone_by == world.gus
    every = Answer.objects.filter(submission__exam=quiz).count()
    assert every == quiz.submissions.count() * quiz.questions.leaves().count()


def test_undoing_brings_back_what_was_there_before_anybody_did_anything(quiz, taken, world):
    before = lies(quiz)

    turn(quiz, world.ines)
    insert(quiz, world.ines)
    split(at(quiz, 1, 2), by=world.ines)
    while act := repairs.last_of(quiz, world.ines):
        corrections.put_back(act, by=world.ines)

    assert lies(quiz) == before


def test_an_act_says_who_did_what_and_when(quiz, taken, world):
    turn(quiz, world.ines)

    act = Repair.objects.get()
    assert (str(act), act.by, act.kind) == ("Page 3 of paper 1 was turned.", world.ines, "turn")
    assert timezone.now() - act.at < timedelta(minutes=1)


def test_an_act_that_changes_nothing_leaves_no_line(quiz, taken, world):
    page = at(quiz, 1, 3)
    corrections.place(page, page.submission, 3, by=world.ines)
    corrections.confirm(page, by=world.ines)
    corrections.restore(page, by=world.ines)

    assert not Repair.objects.exists()


def test_what_was_changed_again_is_not_put_back(quiz, taken, world):
    page = at(quiz, 1, 3)
    corrections.turn(page, 180, by=world.ines)
    corrections.turn(page, 90, by=world.gus)
    before = lies(quiz)

    with pytest.raises(Refused, match="changed again since"):
        corrections.put_back(repairs.last_of(quiz, world.ines), by=world.ines)

    assert lies(quiz) == before
    assert Repair.objects.filter(undone_at=None).count() == 2


def test_a_place_that_was_given_away_is_not_taken_back(quiz, taken, world, twin):
    discard(quiz, world.ines)
    corrections.place(twin, paper(quiz, 1), 3, by=world.gus)

    with pytest.raises(Refused, match="Something else lies there"):
        corrections.put_back(repairs.last_of(quiz, world.ines), by=world.ines)

    assert at(quiz, 1, 3) == twin


def test_a_new_paper_that_was_graded_is_not_taken_away(quiz, taken, world):
    made = split(at(quiz, 2, 2), by=world.ines)
    grading.say_graded(made.answers.first(), by=world.gus)

    with pytest.raises(Refused, match="Graders have worked on paper 3"):
        corrections.put_back(repairs.last_of(quiz, world.ines), by=world.ines)

    assert quiz.submissions.count() == 3
    assert at(quiz, 3, 2).submission == made


def test_what_is_undone_twice_is_undone_once(quiz, taken, world):
    discard(quiz, world.ines)
    act = Repair.objects.get()

    corrections.put_back(act, by=world.ines)
    corrections.put_back(act, by=world.ines)
    corrections.do_again(act, by=world.ines)
    corrections.do_again(act, by=world.ines)

    act.refresh_from_db()
    assert act.undone_at is None
    assert Page.objects.filter(upload=taken, state=State.DISCARDED).count() == 1


def test_undo_goes_back_act_by_act_and_forth_again_until_something_else_is_done(quiz, taken, world):
    turn(quiz, world.ines)
    discard(quiz, world.gus)
    insert(quiz, world.ines)
    first, others, second = Repair.objects.all()

    assert repairs.last_of(quiz, world.ines) == second
    corrections.put_back(second, by=world.ines)
    assert repairs.last_of(quiz, world.ines) == first
    assert repairs.next_of(quiz, world.ines) == second
    assert repairs.last_of(quiz, world.gus) == others
    split(at(quiz, 2, 2), by=world.ines)
    assert repairs.next_of(quiz, world.ines) is None


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(["do", "undo", "do", "undo", "redo"])
@given(st.lists(st.sampled_from(["do", "undo", "undo", "redo"]), max_size=10))
def test_undo_and_redo_are_two_stacks_and_a_new_act_clears_the_second(quiz, world, steps):
    quiz.repairs.all().delete()
    nothing: repair_rows.State = {"pages": {}, "papers": {}, "accepted": {}}
    done: list[Repair] = []
    undone: list[Repair] = []
    for step in steps:
        if step == "do":
            kind = Repair.Kind.TURN
            act = quiz.repairs.create(kind=kind, before=nothing, after=nothing, by=world.ines)
            done, undone = [*done, act], []
        elif step == "undo" and done:
            repairs.undo(done[-1], by=world.ines)
            undone.append(done.pop())
        elif step == "redo" and undone:
            repairs.redo(undone[-1], by=world.ines)
            done.append(undone.pop())
        assert repairs.last_of(quiz, world.ines) == (done[-1] if done else None)
        assert repairs.next_of(quiz, world.ines) == (undone[-1] if undone else None)


def test_an_act_of_a_page_that_is_gone_is_refused(quiz, taken, world):
    discard(quiz, world.ines)
    corrections.delete_upload(taken)

    with pytest.raises(Refused):
        corrections.put_back(Repair.objects.get(), by=world.ines)


def test_a_page_somebody_else_moved_meanwhile_is_left_to_them(quiz, taken, world):
    mine, theirs = at(quiz, 1, 3), at(quiz, 1, 3)
    corrections.discard(theirs, by=world.gus)

    with pytest.raises(Refused, match="Somebody changed this page"):
        corrections.add_to(mine, paper(quiz, 2), by=world.ines)

    mine.refresh_from_db()
    assert mine.state == State.DISCARDED


# Papers


def test_a_split_takes_what_follows_and_leaves_the_grades(quiz, taken, world, stranger, work):
    corrections.add_to(stranger, paper(quiz, 1))
    graded = paper(quiz, 1).answers.first()
    grading.say_graded(graded, by=world.gus)

    made = split(at(quiz, 1, 2), by=world.ines)

    assert [page.template_page for page in made.pages.order_by("position")] == [2, 3, None]
    assert [page.template_page for page in paper(quiz, 1).pages.all()] == [1]
    assert made.answers.count() == quiz.questions.leaves().count()
    assert not made.answers.filter(graded=True).exists()
    graded.refresh_from_db()
    assert (graded.submission, graded.graded) == (paper(quiz, 1), True)


def test_nothing_stays_behind_a_paper_that_is_split_at_its_first_page(quiz, taken):
    with pytest.raises(Refused, match="nothing would stay behind"):
        split(at(quiz, 1, 1))
    with pytest.raises(Refused, match="lies in a paper"):
        split(taken.pages.get(number=4))


def test_papers_that_collide_are_not_joined(quiz, taken):
    with pytest.raises(Refused, match="Both paper 1 and paper 2 have pages 1–3"):
        join(paper(quiz, 1), paper(quiz, 2))
    with pytest.raises(Refused, match="with itself"):
        join(paper(quiz, 1), paper(quiz, 1))

    assert quiz.submissions.count() == 2


def test_the_paper_with_grades_stays_when_two_are_joined(quiz, taken, world):
    made = split(at(quiz, 2, 2))
    answer = made.answers.first()
    grading.say_graded(answer, by=world.gus)

    assert join(paper(quiz, 2), made, by=world.ines) == made

    assert sorted(page.template_page for page in made.pages.all()) == [1, 2, 3]
    assert list(quiz.submissions.values_list("number", flat=True)) == [1, 3]
    assert Answer.objects.get(pk=answer.pk).graded


def test_two_papers_with_grades_are_not_joined(quiz, taken, world):
    made = split(at(quiz, 2, 2))
    for one in (made, paper(quiz, 2)):
        grading.say_graded(one.answers.first(), by=world.gus)

    with pytest.raises(Refused, match="Graders have worked on both"):
        join(paper(quiz, 2), made)


def say(submission, member, by):
    now = timezone.now()
    return Match.objects.create(
        exam=submission.exam,
        submission=submission,
        membership=member,
        by=by,
        confirmed_at=now,
    )


def test_whose_a_paper_is_by_a_persons_word_holds_for_the_joined_one(quiz, taken, world):
    made = split(at(quiz, 2, 2))
    Match.objects.create(exam=quiz, submission=paper(quiz, 2), membership=world.members["nia"])
    say(made, world.members["sam"], world.gus)

    stays = join(paper(quiz, 2), made, by=world.ines)
    joined = Match.objects.get(submission=stays)
    corrections.put_back(Repair.objects.last(), by=world.ines)

    assert (joined.membership, joined.by) == (world.members["sam"], world.gus)
    assert joined.confirmed_at is not None
    back = Match.objects.get(membership=world.members["sam"])
    assert (back.submission_id, back.by) == (made.pk, world.gus)
    assert not Match.objects.filter(submission=stays).exists()


def test_whose_a_paper_is_not_is_known_of_the_joined_one_and_after_undoing(quiz, taken, world):
    made = split(at(quiz, 2, 2))
    Denial.objects.create(submission=made, membership=world.members["sam"], by=world.gus)

    stays = join(paper(quiz, 2), made, by=world.ines)
    assert Denial.objects.get().submission == stays
    corrections.put_back(Repair.objects.last(), by=world.ines)

    denial = Denial.objects.get()
    assert (denial.submission_id, denial.membership, denial.by) == (
        made.pk,
        world.members["sam"],
        world.gus,
    )


@pytest.mark.parametrize("swapped", [False, True])
def test_a_joined_paper_is_not_both_somebodys_and_denied_them(quiz, taken, world, swapped):
    made, sam = split(at(quiz, 2, 2)), world.members["sam"]
    theirs, other = (paper(quiz, 2), made) if swapped else (made, paper(quiz, 2))
    say(theirs, sam, world.gus)
    Denial.objects.create(submission=other, membership=sam, by=world.gus)

    stays = join(paper(quiz, 2), made, by=world.ines)
    joined = Match.objects.get(submission=stays).membership
    denied = Denial.objects.exists()
    corrections.put_back(Repair.objects.last(), by=world.ines)

    assert joined == sam
    assert not denied
    assert Denial.objects.get().submission_id == other.pk


def test_papers_of_two_students_are_not_joined(quiz, taken, world):
    made = split(at(quiz, 2, 2))
    say(made, world.members["sam"], world.ines)
    say(paper(quiz, 2), world.members["nia"], world.ines)

    with pytest.raises(Refused, match="Nia Neighbour’s and paper 3 Sam Student’s"):
        join(paper(quiz, 2), made)


# Answers to look at again


def graded(exam, world, page, number=2):
    """The graded answer of a paper whose question lies on a template page."""
    answer = Answer.objects.filter(
        submission=paper(exam, number), question__regions__page=page
    ).first()
    grading.say_graded(answer, by=world.gus)
    return answer


def waiting():
    rows = LookAgain.objects.filter(looked_at=None).order_by("pk")
    return [(row.answer_id, row.reason) for row in rows]


def test_a_graded_answer_whose_page_changed_is_to_be_looked_at_again(quiz, taken, world):
    first, second = graded(quiz, world, 2), graded(quiz, world, 3)
    page = at(quiz, 2, 2)

    corrections.turn(page, 180, by=world.ines)
    assert waiting() == [(first.pk, "Page 2 was turned.")]
    corrections.discard(page, by=world.ines)
    assert waiting()[1:] == [(first.pk, "Page 2 was taken out of this paper.")]
    corrections.restore(page, by=world.ines)
    assert waiting()[2:] == [(first.pk, "Page 2 was put into this paper.")]

    assert second.pk not in dict(waiting())
    first.refresh_from_db()
    assert first.graded
    assert look_again.why(first)["reasons"][0] == "Page 2 was turned."
    assert look_again.counts(quiz) == {first.question_id: 1}
    assert list(look_again.answers(quiz)) == [first]


def test_an_answer_that_nobody_graded_needs_no_second_look(quiz, taken, world):
    corrections.discard(at(quiz, 2, 2), by=world.ines)

    assert waiting() == []


def test_an_extra_sheet_may_be_for_any_answer(quiz, taken, world, stranger):
    answers = [graded(quiz, world, 2), graded(quiz, world, 3)]

    corrections.add_to(stranger, paper(quiz, 2), by=world.ines)

    # All are told at once, and were made at once, so in no order of their own.
    assert set(waiting()) == {
        (answer.pk, "An extra sheet was put into this paper.") for answer in answers
    }
    assert len(waiting()) == 2


def test_undoing_takes_the_mark_away_unless_somebody_looked_meanwhile(quiz, taken, world):
    first = graded(quiz, world, 2)
    second = graded(quiz, world, 2, number=1)
    for number in (1, 2):
        corrections.turn(at(quiz, number, 2), 180, by=world.ines)
    look_again.looked(second, by=world.gus)
    of_two, of_one = Repair.objects.order_by("-pk")

    corrections.put_back(of_two, by=world.ines)
    corrections.put_back(of_one, by=world.ines)
    after = waiting()
    corrections.do_again(of_one, by=world.ines)

    assert after == [(second.pk, "Page 2 was turned.")]
    assert waiting() == []
    assert first.pk not in dict(after)
    looked = LookAgain.objects.get(looked_at__isnull=False)
    assert (looked.answer, looked.looked_by) == (second, world.gus)


def test_a_split_and_a_join_mark_what_lost_and_got_pages(quiz, taken, world):
    there, gone = graded(quiz, world, 1), graded(quiz, world, 3)

    made = split(at(quiz, 2, 2), by=world.ines)
    assert waiting() == [(gone.pk, "Page 3 was taken out of this paper.")]
    join(paper(quiz, 2), made, by=world.ines)

    assert waiting()[1:] == [(gone.pk, "Page 3 was put into this paper.")]
    assert there.pk not in dict(waiting())


def test_reasons_tell_a_replaced_page_from_one_that_left():
    lies = {"submission_id": 1, "template_page": 3, "state": "placed", "turn": 0}
    away = lies | {"state": "discarded"}

    assert look_again.reasons({"7": lies, "8": away}, {"7": away, "8": lies}) == {
        (1, 3): "Page 3 was replaced. Ink on the old one stays on that."
    }
    assert look_again.reasons({"7": lies}, {"7": lies | {"reason": "?"}}) == {}
    moved = lies | {"submission_id": 2}
    assert look_again.reasons({"7": lies}, {"7": moved}) == {
        (1, 3): "Page 3 was taken out of this paper.",
        (2, 3): "Page 3 was put into this paper.",
    }


def test_submission_rows_come_back_under_their_own_key(quiz, taken, world):
    before = list(Submission.objects.filter(exam=quiz).values_list("pk", "number"))

    made = split(at(quiz, 2, 2))
    join(made, paper(quiz, 2), by=world.ines)
    corrections.put_back(repairs.last_of(quiz, world.ines), by=world.ines)

    assert list(quiz.submissions.values_list("pk", "number")) == [*before, (made.pk, 3)]
