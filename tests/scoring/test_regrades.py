from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from gradebook.files import read
from gradebook.outline import parse
from gradebook.plans import to_dict
from rubrics import grading
from rubrics.history import history
from rubrics.models import Entry
from rubrics.outline import WouldLose, plan_of, save_outline
from rubrics.outline_editor import opened
from rubrics.rubric import change_item
from scoring import regrades
from scoring.drawing import draw
from scoring.models import Copy, Regrade, RegradeReply
from scoring.regrade_windows import (
    Asking,
    Terms,
    asking,
    put_to,
    set_terms,
    set_window,
    shut,
    words,
)
from scoring.regrades import Refused
from scoring.release import release, take_back
from scoring.results import from_json
from submissions.models import Answer, Match
from tests.scoring.papers import text_of

HOUR = timedelta(hours=1)
WHY = "My second line says the same as the solution."


@pytest.fixture
def asked(released):
    """Sam asked about 1.1, which is put to Gus."""
    return regrades.ask(released.copies["sam"], "1.1", WHY)


def stands(copy):
    """Return what a student sees: the total and each part's score."""
    result = from_json(Copy.objects.get(pk=copy.pk).result)
    one, two = result.questions
    return result.score, [part.score for part in (*one.parts, two)]


# Asking


def test_a_request_goes_to_who_graded_the_answer(asked, released):
    assert (asked.grader, asked.student, asked.reason) == (
        released.gus,
        released.members["sam"],
        WHY,
    )
    assert asked.answer == released.answers[1, "1.1"]


def test_a_request_goes_to_whom_the_instructors_named(released):
    part = released.questions["1.1"].pk
    set_terms(released.exam, {part: Terms(grader=released.ines.pk)}, by=released.ines)

    assert regrades.ask(released.copies["sam"], "1.1", WHY).grader == released.ines


def test_a_request_is_put_to_all_when_its_grader_left(released):
    member = released.members["gus"]
    member.left_at = timezone.now()
    member.save()

    assert put_to(released.answers[1, "1.1"]) is None


def test_the_same_words_twice_ask_once_and_others_are_refused(asked, released):
    again = regrades.ask(released.copies["sam"], "1.1", f"  {WHY}\r\n")

    assert again == asked
    with pytest.raises(Refused, match="already"):
        regrades.ask(released.copies["sam"], "1.1", "Something else.")
    assert Regrade.objects.count() == 1


@pytest.mark.parametrize(
    ("reason", "said"), [(" \n", "Say why"), ("x" * 2001, "2,000"), ("\x00", "character in it")]
)
def test_a_reason_says_something_and_is_not_too_long(released, reason, said):
    with pytest.raises(Refused, match=said):
        regrades.ask(released.copies["sam"], "1.1", reason)


def test_the_end_of_a_line_counts_as_one_character(released):
    text = "line\r\n" * 400

    assert len(regrades.ask(released.copies["sam"], "1.1", text).reason) == 1999


def test_a_closed_question_stays_closed_and_only_that(released):
    part = released.questions["1.1"].pk
    set_terms(released.exam, {part: Terms(closed=True)}, by=released.ines)
    now = timezone.now()
    set_window(released.exam, now - HOUR, now + HOUR, by=released.ines)

    with pytest.raises(Refused, match="closed"):
        regrades.ask(released.copies["sam"], "1.1", WHY)
    assert regrades.ask(released.copies["sam"], "1.2", WHY).is_open


def test_nobody_asks_outside_of_the_window(released):
    now, exam = timezone.now(), released.exam
    for opens, closes, said in (
        (now + HOUR, now + 2 * HOUR, "You can ask"),
        (now - 2 * HOUR, now - HOUR, "closed on"),
    ):
        set_window(exam, opens, closes, by=released.ines)
        with pytest.raises(Refused, match=said):
            regrades.ask(released.copies["sam"], "1.1", WHY)
    shut(exam, by=released.ines)
    with pytest.raises(Refused, match="cannot be asked"):
        regrades.ask(released.copies["sam"], "1.1", WHY)


def test_a_window_is_open_from_its_first_instant_until_its_last(released):
    window = released.exam.regrade_window
    moment = timedelta(microseconds=1)

    assert asking(window, window.opens_at - moment) is Asking.LATER
    assert asking(window, window.opens_at) is Asking.NOW
    assert asking(window, window.closes_at - moment) is Asking.NOW
    assert asking(window, window.closes_at) is Asking.OVER
    assert asking(None, window.opens_at) is Asking.NEVER


def test_a_window_is_told_in_the_time_of_the_course_with_its_zone(released):
    released.course.time_zone = "Asia/Tokyo"
    released.course.save()
    opens = datetime(2026, 12, 1, 20, tzinfo=UTC)
    set_window(released.exam, opens, opens + 24 * HOUR, by=released.ines)
    released.exam.refresh_from_db()

    told = [
        words(released.exam, released.exam.regrade_window, opens + n * HOUR) for n in (-1, 0, 24)
    ]

    assert told == [
        "You can ask for regrades from 2 Dec, 05:00 until 3 Dec, 05:00 (JST).",
        "You can ask for regrades until 3 Dec, 05:00 (JST).",
        "Regrade requests closed on 3 Dec, 05:00 (JST).",
    ]


def test_a_number_means_the_question_it_stood_for_when_it_was_released(released):
    one, two = released.questions["1.1"], released.questions["1.2"]
    for question, number in ((one, "x"), (two, "1.1"), (one, "1.2")):
        question.number = number
        question.save()

    assert regrades.ask(released.copies["sam"], "1.1", WHY).answer.question == one


# Withdrawing


def test_who_withdrew_may_ask_anew(asked, released):
    regrades.withdraw(asked)
    regrades.withdraw(asked)

    assert not Regrade.objects.open().exists()
    assert regrades.ask(released.copies["sam"], "1.1", "Better words.") != asked


def test_what_is_answered_is_not_withdrawn(asked, released):
    regrades.reply(asked, "It stays.", change=False, by=released.gus)

    with pytest.raises(Refused, match="answered"):
        regrades.withdraw(asked)
    asked.refresh_from_db()
    assert asked.withdrawn_at is None


def test_what_is_withdrawn_is_not_answered(asked, released):
    regrades.withdraw(asked)

    with pytest.raises(Refused, match="withdrew"):
        regrades.reply(asked, "Too late.", change=False, by=released.gus)
    assert not RegradeReply.objects.exists()


# Answering


def test_a_reply_without_a_change_leaves_the_copy_as_it_is(asked, released):
    grading.lift(released.items["1.1"][1], released.answers[1, "1.1"], by=released.gus)

    reply = regrades.reply(asked, "It stays.", change=False, by=released.gus)

    assert (reply.changed, reply.before, reply.after) == (False, 150, 150)
    assert stands(released.copies["sam"]) == (750, [150, 400, 200])


def test_a_change_reaches_that_answer_of_that_student_at_once_and_nothing_else(asked, released):
    # The slip is forgiven to all, and another part was graded otherwise meanwhile.
    change_item(released.items["1.1"][1], points=-25, text="Small slip", by=released.ines)
    grading.apply(released.items["1.2"][1], released.answers[1, "1.2"], by=released.gus)
    nias = stands(released.copies["nia"])

    reply = regrades.reply(asked, "You are right.", change=True, seen=175, by=released.gus)

    assert (reply.changed, reply.before, reply.after, reply.moved) == (True, 150, 175, 25)
    assert stands(released.copies["sam"]) == (775, [175, 400, 200])
    assert stands(released.copies["nia"]) == nias
    result = from_json(Copy.objects.get(pk=released.copies["sam"].pk).result)
    assert [caption.score for sheet in result.pages for caption in sheet.captions] == [
        175,
        400,
        200,
    ]
    assert [item.text for item in result.questions[0].parts[0].items if item.applied] == [
        "Small slip"
    ]


def test_what_was_frozen_before_is_kept_with_the_reply(asked, released):
    before = Copy.objects.get(pk=released.copies["sam"].pk)
    grading.adjust(asked.answer, 50, version=0, by=released.gus)

    reply = regrades.reply(asked, "Right.", change=True, seen=200, by=released.gus)

    after = Copy.objects.get(pk=before.pk)
    assert reply.earlier == before.result
    assert (after.digest != before.digest, after.file.name) == (True, "")


def test_a_score_that_moved_while_the_reply_was_written_is_told(asked, released):
    grading.adjust(asked.answer, 50, version=0, by=released.gus)

    with pytest.raises(Refused, match="it is 2 now"):
        regrades.reply(asked, "Right.", change=True, seen=150, by=released.gus)
    assert stands(released.copies["sam"])[0] == 750


def test_a_change_that_shows_nothing_new_is_none(asked, released):
    reply = regrades.reply(asked, "It stays.", change=True, seen=150, by=released.gus)

    assert (reply.changed, reply.earlier) == (False, None)


def test_a_comment_alone_can_be_shown(asked, released):
    grading.comment(asked.answer, "See the solution.", version=0, by=released.gus)

    reply = regrades.reply(asked, "I wrote it down.", change=True, seen=150, by=released.gus)

    assert (reply.changed, reply.moved) == (True, 0)
    result = from_json(Copy.objects.get(pk=released.copies["sam"].pk).result)
    assert result.questions[0].parts[0].comments == ("See the solution.",)


def test_ink_of_the_answer_comes_and_goes_and_that_of_others_stays(released):
    prove, sheet = released.answers[1, "2"], released.pages["sam"][2]
    other = released.answers[1, "1.2"]
    asked = regrades.ask(released.copies["sam"], "2", WHY)
    line = {"kind": "pen", "points": [[0.5, 0.5], [0.6, 0.6]]}
    for key, answer in (("2", prove), ("3", other)):
        uuid = f"{key * 8}-2222-4222-8222-222222222222"
        grading.annotate(answer, by=released.gus, key=uuid, page=sheet, **line)
    grading.erase(prove.annotations.get(kind="box"), by=released.gus)

    regrades.reply(asked, "Look.", change=True, seen=200, by=released.gus)

    result = from_json(Copy.objects.get(pk=released.copies["sam"].pk).result)
    assert [[ink.kind for ink in sheet.annotations] for sheet in result.pages] == [[], [], ["pen"]]


def test_ink_lies_as_the_page_lay_when_it_was_released(released):
    prove, sheet = released.answers[1, "2"], released.pages["sam"][2]
    asked = regrades.ask(released.copies["sam"], "2", WHY)
    before = from_json(Copy.objects.get(pk=released.copies["sam"].pk).result).pages[2].annotations
    sheet.turn, sheet.sheet_turn = 90, 90
    sheet.width, sheet.height = sheet.height, sheet.width
    sheet.save()
    grading.comment(prove, "Turned.", version=1, by=released.gus)

    regrades.reply(asked, "Look.", change=True, seen=200, by=released.gus)

    after = from_json(Copy.objects.get(pk=released.copies["sam"].pk).result).pages[2].annotations
    assert after == before


def test_the_same_reply_twice_answers_once_and_another_is_told_of_it(asked, released):
    reply = regrades.reply(asked, "It stays.", change=False, by=released.gus)

    assert regrades.reply(asked, "It stays.\r\n", change=False, by=released.gus) == reply
    with pytest.raises(Refused, match=r"Gus Grader answered this request already: “It stays\.”"):
        regrades.reply(asked, "Well.", change=False, by=released.ines)
    assert RegradeReply.objects.count() == 1


def test_while_nothing_is_released_only_words_are_sent(asked, released):
    take_back(released.exam, by=released.ines)
    grading.adjust(asked.answer, 50, version=0, by=released.gus)

    with pytest.raises(Refused, match="sees no result of this part"):
        regrades.reply(asked, "Right.", change=True, seen=200, by=released.gus)
    regrades.reply(asked, "Right.", change=False, by=released.gus)
    made = release(released.exam, by=released.ines)
    assert stands(made.copies.get(submission=released.papers[0]))[1][0] == 200


def test_a_copy_whose_paper_is_somebody_elses_now_is_not_changed(asked, released):
    grading.adjust(asked.answer, 50, version=0, by=released.gus)
    Match.objects.filter(submission=released.papers[0]).delete()

    with pytest.raises(Refused, match="sees no result of this part"):
        regrades.reply(asked, "Right.", change=True, seen=200, by=released.gus)
    assert stands(released.copies["sam"])[1][0] == 150


def test_the_same_words_sent_again_with_a_change_are_refused_and_not_called_sent(asked, released):
    grading.adjust(asked.answer, 50, version=0, by=released.gus)
    regrades.reply(asked, "Right.", change=False, by=released.gus)

    with pytest.raises(Refused, match="without a change"):
        regrades.reply(asked, "Right.", change=True, seen=200, by=released.gus)
    assert not RegradeReply.objects.get().changed


def test_a_change_that_shows_nothing_new_may_be_sent_twice(asked, released):
    for _ in range(2):
        reply = regrades.reply(asked, "As it was.", change=True, seen=150, by=released.gus)

    assert not reply.changed


def test_points_changed_since_are_not_mixed_into_the_old_copy(asked, released):
    Answer.objects.filter(pk=asked.answer_id).update(score=250)
    type(released.questions["1.1"]).objects.filter(number="1.1").update(points=300)

    with pytest.raises(Refused, match="release the exam again"):
        regrades.reply(asked, "Right.", change=True, seen=250, by=released.gus)


def test_a_request_is_passed_on_while_it_is_open(asked, released):
    regrades.pass_on(asked, released.ines, by=released.ines)
    regrades.pass_on(asked, released.ines, by=released.ines)

    assert Regrade.objects.get().grader == released.ines
    regrades.reply(asked, "It stays.", change=False, by=released.ines)
    with pytest.raises(Refused, match="not open"):
        regrades.pass_on(asked, None, by=released.ines)


# History


def test_everything_is_in_the_answers_history_without_the_students_name(asked, released):
    regrades.pass_on(asked, released.ines, by=released.ines)
    grading.adjust(asked.answer, 50, version=0, by=released.ines)
    regrades.reply(asked, "You are right.", change=True, seen=200, by=released.ines)

    lines = history(asked.answer)[:4]

    assert [(line["by"], line["words"], line["quote"]) for line in lines] == [
        (
            "Ines Instructor",
            "answered the regrade request: 1.5 became 2 for the student",
            "You are right.",
        ),
        ("Ines Instructor", "adjusted the score by +0.5", ""),
        ("Ines Instructor", "put the regrade request to Ines Instructor", ""),
        ("The student", "asked for a regrade", WHY),
    ]
    assert "Sam" not in str(history(asked.answer))


def test_windows_and_terms_are_in_the_history_and_repeating_writes_nothing(released):
    part, exam = released.questions["1.1"].pk, released.exam
    for _ in range(2):
        set_terms(exam, {part: Terms(closed=True), 0: Terms(closed=True)}, by=released.ines)
        shut(exam, by=released.ines)

    lines = Entry.objects.filter(exam=exam, verb=Entry.Verb.SET_REGRADES)
    assert len(lines) == 3
    assert {line.by for line in lines} == {released.ines}


def test_the_pdf_says_the_new_score_and_the_old_file_is_not_given_out(asked, released):
    copy = draw(released.copies["sam"])
    before = copy.file.name
    assert "7.5 / 9" in text_of(read(before))
    grading.adjust(asked.answer, 50, version=0, by=released.gus)

    regrades.reply(asked, "Right.", change=True, seen=200, by=released.gus)

    after = draw(Copy.objects.get(pk=copy.pk)).file.name
    assert after != before
    assert "8 / 9" in text_of(read(after))


# Parts that are removed from the exam


def plan_without(world, *numbers):
    """The exam's outline but for some parts."""
    data = to_dict(plan_of(world.exam, ids=True))
    del data["points"], data["questions"][0]["points"]
    keys = [world.questions[number].pk for number in numbers]
    data["questions"] = [one for one in data["questions"] if one["id"] not in keys]
    parts = data["questions"][0]["parts"]
    data["questions"][0]["parts"] = [part for part in parts if part["id"] not in keys]
    for one in [*data["questions"], *data["questions"][0]["parts"]]:
        one.pop("number", None)
    return parse(data)


def without(world, *numbers):
    """Remove parts from the exam, and all that was said about their answers."""
    plan = plan_without(world, *numbers)
    try:
        save_outline(world.exam, plan, by=world.ines)
    except WouldLose as lost:
        save_outline(world.exam, plan, by=world.ines, losing=lost.count)


def test_what_was_asked_and_answered_stays_when_its_part_is_removed(asked, released):
    grading.adjust(released.answers[1, "1.1"], 50, version=0, by=released.gus)
    regrades.reply(asked, "Right.", change=True, seen=200, by=released.gus)
    earlier = asked.reply.earlier
    without(released, "1.1")

    (kept,) = Regrade.objects.all()
    assert (kept.answer, kept.number, kept.submission) == (None, "1.1", released.papers[0])
    assert (kept.reason, kept.reply.text) == (WHY, "Right.")
    assert kept.reply.earlier == earlier is not None


def test_an_open_request_is_closed_by_the_removal_of_its_part(asked, released, as_):
    without(released, "1.1")
    asked.refresh_from_db()

    assert not asked.is_open
    assert not Regrade.objects.open().exists()
    for act in (
        lambda: regrades.reply(asked, "So?", change=False, by=released.gus),
        lambda: regrades.withdraw(asked),
        lambda: regrades.pass_on(asked, released.ines, by=released.ines),
    ):
        with pytest.raises(Refused):
            act()
    gus = as_("gus")
    listed = gus.get(f"/exams/{released.exam.pk}/regrades/").text
    assert "part removed" in listed
    slip = gus.get(f"/regrades/{asked.pk}/")
    assert "This part was removed from the exam" in slip.text
    assert WHY in slip.text


def test_a_part_that_students_asked_about_goes_only_when_that_is_said(released):
    regrades.ask(released.copies["sam"], "2", WHY)
    plan = plan_without(released, "2")

    with pytest.raises(WouldLose, match="of 1 answer and 1 open regrade request would go with 2"):
        save_outline(released.exam, plan, by=released.ines, losing=1)
    save_outline(released.exam, plan, by=released.ines, losing=2)

    assert not released.exam.questions.filter(number="2").exists()


def test_a_request_alone_is_counted_before_its_part_goes(released):
    regrades.ask(released.copies["sam"], "1.1", WHY)
    for paper, item in ((1, 1), (2, 0)):
        grading.lift(released.items["1.1"][item], released.answers[paper, "1.1"], by=released.gus)

    with pytest.raises(WouldLose) as lost:
        save_outline(released.exam, plan_without(released, "1.1"), by=released.ines)

    assert str(lost.value) == "1 open regrade request would go with 1.1 a."
    assert lost.value.count == 1


def test_requests_that_wait_for_nobody_are_not_counted(released, as_):
    ask = regrades.ask(released.copies["sam"], "2", WHY)
    assert opened(released.exam)["asked"] == {str(released.questions["2"].pk): 1}
    regrades.withdraw(ask)
    again = regrades.ask(released.copies["sam"], "2", WHY)
    regrades.reply(again, "No.", change=False, by=released.gus)

    with pytest.raises(WouldLose, match="of 1 answer would go with 2"):
        save_outline(released.exam, plan_without(released, "2"), by=released.ines)

    assert opened(released.exam)["asked"] == {}


def test_a_request_opened_before_its_part_was_removed_is_refused_in_words(asked, released, as_):
    without(released, "1.1")

    with pytest.raises(Refused, match="removed"):
        regrades.reply(asked, "So?", change=False, by=released.gus)
    answer = as_("gus").post(f"/regrades/{asked.pk}/", {"text": "So?", "change": "no"})
    assert answer.status_code == 409
    assert "So?" in answer.text


def test_a_student_reads_that_a_part_was_removed_and_is_not_offered_to_ask(asked, released, as_):
    copy = released.copies["sam"].pk
    without(released, "1.1", "2")
    sam = as_("sam")

    shown = sam.get(f"/copies/{copy}/").text
    assert "This part was removed from the exam" in shown
    assert f"/copies/{copy}/regrades/2/" not in shown
    assert f"/copies/{copy}/regrades/1.2/" in shown
    own = sam.get(f"/copies/{copy}/regrades/1.1/").text
    assert WHY in own
    assert "Withdraw" not in own
