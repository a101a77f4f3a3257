from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from contextlib import ExitStack

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from gradebook.models import Exam, Membership, Question
from jobs import folders
from jobs.models import Job
from jobs.runner import work_through
from rubrics import bulk
from rubrics.evaluations import files, tables, taking_over
from rubrics.evaluations.plans import plan
from rubrics.evaluations.tables import BadFile
from rubrics.evaluations.taking_over import Refused, take_over
from rubrics.grading import adjust, apply, comment, say_graded
from rubrics.item_groups import add_group
from rubrics.models import Comment, Entry, Item, Mark
from rubrics.rubric import add_item, change_item, order_items
from rubrics.scores import mismatches
from rubrics.tasks import take_evaluations
from rubrics.views import evaluations as view
from scoring.copies.zip import written
from scoring.exports import evaluations
from submissions.models import Answer, Match, Submission

# As Gradescope writes it: points as what is taken, and nothing said of full marks.
HEADER = (
    "Assignment Submission ID,Question Submission ID,First Name,Last Name,SID,Email,Sections,"
    "Score,Submission Time,Correct,Slip,No reason,Adjustment,Comments,Grader,Tags\n"
)
SAM = "1,11,Sam,Student,s0000002,sam@example.edu,A,1.5,2026-03-08 15:44:18 -0500,"
NIA = "2,12,Nia,Neighbour,,NIA@example.edu,A,0.75,2026-03-08 15:44:18 -0500,"
ZOE = "3,13,Zoë,Zwölf,s77,zoe@example.edu,A,3.0,2026-03-08 15:44:18 -0500,true,false,false,,,,\n"
LEGEND = (
    "Rubric Numbers,,,,,,,,,1,2,3,,,,\n"
    "Point Values,,,,,,,,,0.0,0.5,1.0,,,,\n"
    "Rubric Type,,,,,,,,,Checkbox,Checkbox,Checkbox,,,,\n"
    "Scoring Method,Negative\n"
)
ONE = (
    HEADER
    + f'{SAM}false,true,false,,"Mind the sign",Gus,\n'
    + f"{NIA}false,false,true,-0.25,,Gus,\n"
    + ZOE.replace(",3.0,", ",2.0,")
    + LEGEND
)


def zip_of(texts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"Midterm/{name}.csv", text)
    out.seek(0)
    return out


@pytest.fixture
def matched(world):
    for paper, name in zip(world.papers, ("sam", "nia"), strict=False):
        Match.objects.create(exam=world.exam, submission=paper, membership=world.members[name])
    return world


@pytest.fixture
def empty(matched):
    """A second exam of the course: Sam's and Nia's papers, and no questions."""
    exam = Exam.objects.create(course=matched.course, name="Final")
    for number, name in enumerate(("sam", "nia"), start=1):
        paper = Submission.objects.create(exam=exam, number=number, code_name=f"owl-{number}")
        Match.objects.create(exam=exam, submission=paper, membership=matched.members[name])
    return exam


def take(exam, file, by=None, *, replace=False):
    return take_over(exam, plan(exam, files.read(file)), replace=replace, by=by)


def standing(exam):
    """Each student's scores by part, None where nobody graded."""
    rows = Answer.objects.filter(submission__exam=exam, submission__match__isnull=False)
    return {
        (row.submission.match.membership_id, row.question.number): row.score if row.graded else None
        for row in rows.select_related("submission__match", "question")
    }


def marked(exam):
    """Which item applies to whom, by what it says and what group it is in."""
    rows = Mark.objects.filter(answer__submission__exam=exam, answer__graded=True)
    return sorted(
        rows.values_list(
            "answer__submission__match__membership__user__email",
            "answer__question__number",
            "item__text",
            "item__points",
            "item__group__text",
        ),
        key=repr,
    )


# Reading


def test_points_that_are_taken_become_points_that_act(matched):
    (part,) = files.read(zip_of({"1.1_Add": ONE}))

    assert [item.points for item in part.items] == [0, -50, -100]
    assert part.rule.points == 200
    assert part.guessed
    assert [row.applied for row in part.rows] == [(1,), (2,), (0,)]
    assert [files.scored(part, row) for row in part.rows] == [150, 75, 200]


def test_points_that_act_already_stay_as_they_are():
    text = ONE.replace("0.0,0.5,1.0", "0.0,-0.5,-1.0")

    (part,) = files.read(zip_of({"1.1_Add": text}))

    assert [item.points for item in part.items] == [0, -50, -100]
    assert part.rule.points == 200


def test_of_positive_scoring_the_most_that_was_given_is_what_there_is():
    text = ONE.replace("Negative", "Positive").replace("0.0,0.5,1.0", "2.0,1.5,1.0")

    (part,) = files.read(zip_of({"1.1_Add": text}))

    assert [item.points for item in part.items] == [200, 150, 100]
    assert part.rule.points == 200


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (io.BytesIO(b""), "no ZIP file"),
        (io.BytesIO(b"PK\x03\x04 and then nothing"), "no ZIP file"),
        (zip_of({"readme": "hello"}), "holds no evaluations"),
        (zip_of({"1_A": "a,b\n1,2\n"}), "holds no evaluations"),
        (zip_of({"1_A": b"\xff"}), "cannot be read"),
        (zip_of({"1_A": ONE, "1_B": ONE}), "Two files are of question 1"),
        (zip_of({f"{n}_A": "" for n in range(1, 502)}), "501 CSV files"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(file, words):
    with pytest.raises(BadFile, match=words):
        files.read(file)


def packed(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1_A.csv", data)
    out.seek(0)
    return out


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"0" * (25 << 20), "longer than 1 MB"),
        (b"," * (25 << 20), "longer than 1 MB"),
        (b'a,"\n",' * (3 << 20), "longer than 1 MB"),
        (b"," * 500, "501 columns; 400 fit"),
        (HEADER.encode() + b"\n" * (20 << 20), "more than 20,000 rows"),
        (HEADER.encode() + ZOE.encode() * 20_001, "more than 20,000 rows"),
        (HEADER.encode() + (b"a," * 999 + b"\n") * 20_000, "columns; 400 fit"),
        (HEADER.encode() + (b'"' + b"a" * 100_000 + b'"' + b"\n") * 250, "larger than 20 MB"),
    ],
)
def test_what_unpacks_to_more_than_fits_is_read_no_further(data, words):
    file = packed(data)
    tracemalloc.start()
    try:
        with pytest.raises(BadFile, match=words):
            files.read(file)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_a_zip_of_very_many_members_is_not_listed():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.txt", b"")
    out.seek(0)
    tracemalloc.start()
    try:
        with pytest.raises(BadFile, match="holds too many files"):
            files.read(out)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_reading_and_planning_end_when_their_time_is_over(matched):
    parts = files.read(zip_of({"1.1_Add": ONE}))

    with pytest.raises(BadFile, match="takes too long"):
        files.read(zip_of({"1.1_Add": ONE}), tables.Watch(0))
    with pytest.raises(BadFile, match="takes too long"):
        plan(matched.exam, parts, tables.Watch(0))
    assert plan(matched.exam, parts, tables.Watch()).writes == 2


def test_a_page_waits_for_no_file_that_takes_too_long(as_, matched, monkeypatch):
    client = as_("ines")
    draft = upload(client, matched.exam, zip_of({"1.1_Add": ONE}))["Location"]
    monkeypatch.setattr(tables.Watch, "__init__", lambda watch: setattr(watch, "end", 0))

    sent = upload(client, matched.exam, zip_of({"1.1_Add": ONE}))
    seen, confirmed = client.get(draft), client.post(draft)

    for answer in (sent, seen, confirmed):
        assert answer.status_code == 422
        assert "The ZIP takes too long to read." in answer.text
    assert not Job.objects.exists()


def test_few_files_are_read_at_a_time_and_the_next_can_be_tried_again(as_, matched):
    client = as_("ines")
    draft = upload(client, matched.exam, zip_of({"1.1_Add": ONE}))["Location"]

    with ExitStack() as others:
        for _ in range(view.MOST):
            assert others.enter_context(folders.one_of(view.MOST, "evaluations"))
        busy = client.get(draft)
        assert "Other files are being read just now." in busy.text

    assert "2 answers to 1 part" in client.get(draft).text


def test_lines_are_counted_over_all_files(monkeypatch):
    monkeypatch.setattr(tables, "MOST_LINES", 20)

    with pytest.raises(BadFile, match="more than 20 lines"):
        files.read(zip_of({"1_A": ONE, "2_B": ONE, "3_C": ONE}))


def test_as_much_as_may_be_sent_is_read():
    long = HEADER.replace("Slip", "x" * 4000) + ZOE * 19_995 + LEGEND

    (part,) = files.read(packed(long.encode()))

    assert len(part.rows) == 19_995


def test_a_number_of_thousands_of_digits_is_none():
    with pytest.raises(BadFile, match="holds no evaluations"):
        files.read(zip_of({"1" * 5000 + "_A": ONE}))


def test_broken_cells_are_named_by_their_line(matched):
    text = ONE.replace(",1.5,", ",many,").replace("Zwölf,", "Zwölf,,")

    found = plan(matched.exam, files.read(zip_of({"1.1_Add": text})))

    assert found.problems == (
        "Question 1.1: line 2: “many” is not a number of points.",
        "Question 1.1: line 4 has 17 cells, not 16.",
    )
    with pytest.raises(Refused):
        take_over(matched.exam, found, replace=False, by=None)


# An exam with an outline


def test_rows_become_marks_that_say_who_brought_them(matched):
    done = take(matched.exam, zip_of({"1.1_Add": ONE}), matched.ines)

    assert done == (1, 2, 0)
    assert standing(matched.exam)[matched.members["sam"].pk, "1.1"] == 150
    assert standing(matched.exam)[matched.members["nia"].pk, "1.1"] == 75
    assert {mark.by for mark in Mark.objects.all()} == {matched.ines}
    entries = Entry.objects.filter(answer_id=matched.answers[1, "1.1"].pk)
    assert [entry.verb for entry in entries] == ["applied", "commented"]
    assert {entry.by for entry in entries} == {matched.ines}
    assert Comment.objects.get().text == "Mind the sign"
    assert mismatches() == []


def test_items_the_file_has_join_the_rubric_and_others_stay(matched):
    take(matched.exam, zip_of({"1.1_Add": ONE}))

    items = matched.questions["1.1"].items.offered()
    assert [(item.text, item.points) for item in items] == [
        ("Correct", 0),
        ("Slip", -50),
        ("No reason", -100),
        ("Wrong", -200),
    ]
    assert items[1] == matched.items["1.1"][1]


def test_what_is_planned_is_told_before(matched):
    text = ONE.replace(",1.5,", ",1.25,")
    found = plan(matched.exam, files.read(zip_of({"1.1_Add": text, "7_Else": ONE})))

    assert found.nobody == ("Zoë Zwölf",)
    assert found.foreign == ("7 Else",)
    assert [tuple(one) for one in found.parts[0].differences] == [("Sam Student", 125, 150)]
    assert found.writes == 2
    assert (found.parts[0].added, found.parts[0].items) == (1, 4)
    assert Mark.objects.count() == 0


def test_a_question_that_moved_is_known_by_its_title(matched):
    found = plan(matched.exam, files.read(zip_of({"5_Prove": ONE})))

    assert found.parts[0].question == matched.questions["2"]


def test_an_id_and_an_address_of_two_people_are_nobody_s(matched):
    text = ONE.replace("s0000002,sam@", "s0000002,nia@")

    found = plan(matched.exam, files.read(zip_of({"1.1_Add": text})))

    assert "Sam Student" in found.nobody


def test_answers_graded_here_stay_unless_one_says_so(matched):
    graded = matched.answers[1, "1.1"]
    apply(matched.items["1.1"][2], graded, by=matched.gus)
    adjust(graded, 50, version=0, by=matched.gus)

    done = take(matched.exam, zip_of({"1.1_Add": ONE}), matched.ines)
    assert (done.answers, done.left) == (1, 1)
    assert standing(matched.exam)[matched.members["sam"].pk, "1.1"] == 50

    done = take(matched.exam, zip_of({"1.1_Add": ONE}), matched.ines, replace=True)
    assert (done.answers, done.left) == (2, 0)
    assert standing(matched.exam)[matched.members["sam"].pk, "1.1"] == 150
    assert Entry.objects.filter(verb="lifted", answer_id=graded.pk).exists()
    assert mismatches() == []


def test_a_comment_the_file_lacks_goes_with_what_is_replaced_and_with_nothing_else(matched):
    replaced, ungraded = matched.answers[1, "1.1"], matched.answers[2, "1.1"]
    for answer in (replaced, ungraded):
        comment(answer, "See page 2.", version=0, by=matched.gus)
    apply(matched.items["1.1"][2], replaced, by=matched.gus)
    text = ONE.replace('"Mind the sign"', "")

    take(matched.exam, zip_of({"1.1_Add": text}), matched.ines, replace=True)

    assert [one.answer for one in Comment.objects.all()] == [ungraded]
    line = Entry.objects.filter(answer_id=replaced.pk, verb="commented").last()
    assert (line.before, line.after) == ({"text": "See page 2."}, {"text": ""})
    comment(replaced, "Look again.", version=0, by=matched.gus)
    assert replaced.comment.version == 3  # none of those before it comes back


def test_taking_a_file_over_twice_changes_nothing(matched):
    take(matched.exam, zip_of({"1.1_Add": ONE}))
    before = Entry.objects.count(), Mark.objects.count()

    take(matched.exam, zip_of({"1.1_Add": ONE}), replace=True)

    assert (Entry.objects.count(), Mark.objects.count()) == before


NOTED = "Only where the sign alone is wrong"


@pytest.mark.parametrize("replacing", [False, True])
def test_an_item_of_other_points_joins_and_the_one_that_stands_is_not_changed(matched, replacing):
    slip = matched.items["1.1"][1]
    change_item(slip, note=NOTED, by=matched.gus)
    for paper in (1, 3):
        apply(slip, matched.answers[paper, "1.1"], by=matched.gus)
    text = ONE.replace("0.0,0.5,1.0", "0.0,0.25,1.0").replace(",1.5,", ",1.75,")

    take(matched.exam, zip_of({"1.1_Add": text}), replace=replacing)

    slip.refresh_from_db()
    assert (slip.points, slip.note) == (-50, NOTED)
    offered = matched.questions["1.1"].items.offered().filter(text="Slip")
    assert sorted(offered.values_list("points", flat=True)) == [-50, -25]
    scores = [Answer.objects.get(pk=matched.answers[paper, "1.1"].pk).score for paper in (1, 3)]
    assert scores == [175 if replacing else 150, 150]
    assert mismatches() == []


@pytest.mark.parametrize(("here", "kind"), [(False, "Pick one"), (True, "Group")])
def test_a_group_that_stands_is_picked_from_as_before(matched, here, kind):
    question = matched.questions["1.1"]
    group = add_group(question, text="Signs", exclusive=here, by=None)
    for text in ("Slip", "No reason"):
        item = add_item(question, text=text, points=-50, group=group, by=None)
        if text == "Slip" or not here:
            apply(item, matched.answers[3, "1.1"], by=matched.gus)
    before = Answer.objects.get(pk=matched.answers[3, "1.1"].pk).score
    text = ONE.replace("0.0,0.5,1.0", "0.0,0.5,0.5").replace(",0.75,", ",1.25,")
    text = text.replace(",Checkbox,Checkbox,,", f",{kind}: Signs,{kind}: Signs,,")

    take(matched.exam, zip_of({"1.1_Add": text}))

    group.refresh_from_db()
    assert group.exclusive is here
    assert Answer.objects.get(pk=matched.answers[3, "1.1"].pk).score == before
    assert standing(matched.exam)[matched.members["nia"].pk, "1.1"] == 125
    # A group to pick one from takes no items that may apply together: one of the same name does.
    assert question.groups.filter(text="Signs").count() == (2 if here else 1)


def test_equal_items_of_two_groups_are_told_apart(matched):
    question = matched.questions["1.1"]
    groups = [add_group(question, text=text, exclusive=True, by=None) for text in "AB"]
    twins = [add_item(question, text="Slip", points=-25, group=one, by=None) for one in groups]
    order_items(question, [twins[1].pk, twins[0].pk], by=None)
    apply(twins[0], matched.answers[1, "1.1"], by=matched.gus)
    apply(twins[1], matched.answers[2, "1.1"], by=matched.gus)
    apply(twins[1], matched.answers[3, "1.1"], by=matched.gus)
    data = b"".join(written(evaluations.files(matched.exam)))
    before = marked(matched.exam)
    order_items(question, [twins[0].pk, twins[1].pk], by=None)

    take(matched.exam, io.BytesIO(data), replace=True)

    assert marked(matched.exam) == before


@pytest.mark.parametrize("again", ["false,false,true", "false,true,false"])
def test_a_student_who_stands_twice_is_a_problem(matched, again):
    found = plan(matched.exam, files.read(zip_of({"1.1_Add": f"{ONE}{SAM}{again},,,,\n"})))

    assert found.problems == ("Question 1.1: Sam Student stands twice, lines 2 and 9.",)
    with pytest.raises(Refused):
        take_over(matched.exam, found, replace=True, by=None)
    assert Mark.objects.count() == 0


def test_a_row_nobody_graded_does_not_stand_beside_another(matched):
    ungraded = SAM.replace(",1.5,", ",,") + "false,false,false,,,,\n"

    take(matched.exam, zip_of({"1.1_Add": ONE + ungraded}))

    assert standing(matched.exam)[matched.members["sam"].pk, "1.1"] == 150


def test_a_single_row_says_what_is_taken(matched):
    text = HEADER + f"{SAM}false,true,false,,,,\n".replace(",1.5,", ",0.75,") + LEGEND
    text = text.replace("0.0,0.5,1.0", "0.0,1.25,1.0")

    found = plan(matched.exam, files.read(zip_of({"1.1_Add": text})))

    assert found.parts[0].differences == ()
    take_over(matched.exam, found, replace=False, by=None)
    assert standing(matched.exam)[matched.members["sam"].pk, "1.1"] == 75


def test_the_rule_that_stands_here_says_which_way_points_act(matched):
    type(matched.exam).objects.filter(pk=matched.exam.pk).update(ceiling=False)
    matched.exam.refresh_from_db()
    text = HEADER + f"{SAM}false,true,false,,,,\n".replace(",1.5,", ",3.0,") + LEGEND
    text = text.replace("0.0,0.5,1.0", "0.0,1.0,0.5")

    found = plan(matched.exam, files.read(zip_of({"1.1_Add": text})))

    assert [item.points for item in found.parts[0].part.items] == [0, 100, 50]
    assert found.parts[0].differences == ()


def test_a_file_that_does_not_say_how_it_is_scored_is_read_as_the_question_is(matched):
    Question.objects.filter(number="1.1").update(scoring="positive")
    text = HEADER + f"{SAM}false,true,false,,,,\n" + LEGEND.replace("Scoring Method,Negative\n", "")

    found = plan(matched.exam, files.read(zip_of({"1.1_Add": text.replace("0.0,0.5", "0.0,1.5")})))

    assert [item.points for item in found.parts[0].part.items] == [0, 150, 100]
    assert found.parts[0].differences == ()


def test_a_rubric_that_would_grow_too_long_is_a_problem(matched):
    question = matched.questions["1.1"]
    Item.objects.bulk_create(Item(question=question, text=f"{n}", points=0) for n in range(197))

    found = plan(matched.exam, files.read(zip_of({"1.1_Add": ONE})))

    assert found.problems == ("Question 1.1: its rubric would have 201 items; 200 fit.",)


def test_a_part_that_fails_leaves_nothing_half_done(matched, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(bulk, "carry_out", fails)
    with pytest.raises(RuntimeError):
        take(matched.exam, zip_of({"1.1_Add": ONE}))

    assert "No reason" not in {item.text for item in Item.objects.all()}


def test_no_paper_of_anybody_is_a_problem(world):
    found = plan(world.exam, files.read(zip_of({"1.1_Add": ONE})))

    assert found.problems == ("No row belongs to a paper of this exam. Match its papers first.",)


# An exam without one


def test_an_empty_exam_takes_its_outline_from_the_files(empty):
    parts = {"1.1_Add_two": ONE, "1.2_Times": ONE, "2_Prove": ONE}

    take(empty, zip_of(parts))

    assert [(each.number, each.title, each.points) for each in empty.questions.all()] == [
        ("1", "", None),
        ("1.1", "Add two", 200),
        ("1.2", "Times", 200),
        ("2", "Prove", 200),
    ]
    assert standing(empty)[Membership.objects.get(user__first_name="Sam").pk, "2"] == 150


def test_numbers_with_a_gap_are_a_problem(empty):
    found = plan(empty, files.read(zip_of({"1.1_A": ONE, "1.3_B": ONE})))

    assert found.problems == ("Before question 1.3 a file is missing: the numbers leave a gap.",)


@pytest.mark.parametrize("seed", range(4))
def test_our_own_evaluations_in_an_empty_exam_give_the_same_scores(matched, empty, seed):
    dice = random.Random(seed)
    exam = matched.exam
    type(exam).objects.filter(pk=exam.pk).update(floor=dice.random() < 0.5)
    exam.refresh_from_db()
    for question in matched.questions.values():
        Question.objects.filter(pk=question.pk).update(
            scoring=dice.choice(["", "negative", "positive"]),
            ceiling=dice.choice([None, True, False]),
            title=dice.choice(["Add: 1/2 + «x»", "=SUM(A1)", "", "Prove"]),
        )
        group = add_group(question, text="-Pick", exclusive=True, by=None)
        for text, points in [("=2+2", 25), ("'=x", -75), ("Remark\nof two lines", None)]:
            inside = group if dice.random() < 0.5 else None
            add_item(question, text=text, points=points, group=inside, by=None)
        add_item(question, text="Slip", points=-125, by=None)
        other = add_group(question, text="Other", exclusive=False, by=None)
        for inside in dice.sample([group, other, None], 3):
            add_item(question, text="Twin", points=-25, group=inside, by=None)
        items = list(question.items.offered())
        for paper in (1, 2):
            answer = matched.answers[paper, question.number]
            for item in dice.sample(items, dice.randrange(4)):
                apply(item, answer, by=matched.gus)
            if dice.random() < 0.3:
                adjust(answer, dice.choice([-250, 75]), version=0, by=matched.gus)
            if dice.random() < 0.3:
                comment(answer, "=Well, +done", version=0, by=matched.gus)
            if dice.random() < 0.2:
                say_graded(answer, by=matched.gus)

    data = b"".join(written(evaluations.files(exam)))
    take(empty, io.BytesIO(data), matched.ines)

    assert standing(empty) == standing(exam)
    assert marked(empty) == marked(exam)
    assert mismatches() == []
    rows = [
        list(
            Item.objects.filter(question__exam=each, removed_at=None)
            .order_by("question__order", "position")
            .values_list(
                "question__number",
                "question__title",
                "question__points",
                "text",
                "points",
                "group__text",
                "group__exclusive",
            )
        )
        for each in (exam, empty)
    ]
    assert sorted(map(repr, rows[0])) == sorted(map(repr, rows[1]))
    assert sorted(
        Comment.objects.filter(answer__question__exam=empty).values_list("text")
    ) == sorted(
        Comment.objects.filter(answer__question__exam=exam, answer__graded=True).values_list("text")
    )


# The page and the command


def work_off():
    work_through("test", until_idle=True, most=9, stop=lambda: False)


def upload(client, exam, file, **headers):
    sent = SimpleUploadedFile("evaluations.zip", file.read())
    return client.post(reverse("evaluations", args=[exam.pk]), {"file": sent}, headers=headers)


def test_a_zip_is_shown_before_anything_is_written(as_, matched):
    client = as_("ines")
    text = ONE.replace(",1.5,", ",1.25,")

    draft = upload(client, matched.exam, zip_of({"1.1_Add": text, "7_Else": ONE}))["Location"]
    shown = client.get(draft).text

    assert "2 answers to 1 part" in shown
    assert "Zoë Zwölf" in shown
    assert "1.1 · Sam Student: 1.25 in the file, 1.5 here" in shown
    assert "<q>7 Else</q>" in shown
    assert Mark.objects.count() == 0
    waiting = client.post(draft, follow=True)
    assert "Waiting to start." in waiting.text
    assert Mark.objects.count() == 0
    work_off()
    ended = client.get(reverse("evaluations", args=[matched.exam.pk])).text
    assert "2 answers to 1 part taken over." in ended
    assert {mark.by for mark in Mark.objects.all()} == {matched.ines}
    assert client.get(draft).status_code == 302


def asked(client, exam, parts):
    """A job to take these parts over, as the page asks for it."""
    client.post(upload(client, exam, zip_of(parts))["Location"])
    return Job.objects.get(kind="evaluations.take")


def test_an_attempt_after_a_killed_one_goes_on_and_counts_nothing_twice(as_, matched, monkeypatch):
    job = asked(as_("ines"), matched.exam, {"1.1_Add": ONE, "2_Prove": ONE})
    job.claim("first")
    taken: list[str] = []

    def dies(exam, part, *rest, **how):
        if taken:
            raise KeyboardInterrupt
        taken.append(part.number)
        return real(exam, part, *rest, **how)

    real = taking_over._take
    monkeypatch.setattr(taking_over, "_take", dies)
    with pytest.raises(KeyboardInterrupt):
        take_evaluations(job)
    assert set(Mark.objects.values_list("answer__question__number", flat=True)) == {"1.1"}
    monkeypatch.setattr(taking_over, "_take", real)
    history = {entry.pk for entry in Entry.objects.all()}

    take_evaluations(job)

    assert job.message == "4 answers to 2 parts taken over."
    since = Entry.objects.exclude(pk__in=history)
    assert {entry.question_id for entry in since} == {matched.questions["2"].pk}
    assert mismatches() == []


def test_the_file_goes_when_it_is_replaced_taken_over_or_refused(as_, matched, own_files):
    client = as_("ines")

    def there():
        return set(own_files.glob("evaluations/*/*.zip"))

    upload(client, matched.exam, zip_of({"1.1_Add": ONE}))
    first = there()
    upload(client, matched.exam, zip_of({"1.1_Add": ONE}))
    assert len(first) == len(there()) == 1
    assert not first & there()

    job = asked(client, matched.exam, {"1.1_Add": ONE})
    assert len(there()) == 1
    job.claim("first")
    take_evaluations(job)
    assert there() == set()
    take_evaluations(job)  # the attempt before was stopped when all was through but its own end
    assert job.message == "2 answers to 1 part taken over."
    job.finish()
    job.delete()

    asked(client, matched.exam, {"1.1_Add": ONE})
    Match.objects.all().delete()
    work_off()
    assert there() == set()


def test_what_came_in_between_is_said_in_the_same_words(as_, matched):
    client = as_("ines")
    job = asked(client, matched.exam, {"1.1_Add": ONE})
    Match.objects.all().delete()

    work_off()

    job.refresh_from_db()
    assert job.error == "No row belongs to a paper of this exam. Match its papers first."
    shown = client.get(reverse("evaluations", args=[matched.exam.pk])).text
    assert job.error in shown
    home = client.get(f"/exams/{matched.exam.pk}/").text
    assert "file of evaluations was not taken over" in home


def test_a_refusal_says_what_to_do_next_and_leads_to_where_the_file_is_chosen(as_, matched):
    client = as_("ines")
    job = asked(client, matched.exam, {"1.1_Add": ONE})
    Match.objects.all().delete()
    work_off()
    here = reverse("evaluations", args=[matched.exam.pk])

    shown = client.get(here).text
    alone = client.get(reverse("evaluations_progress", args=[matched.exam.pk, job.pk])).text

    assert "Put it right, then choose the ZIP again." in shown
    assert f'href="{here}#drop-file"' in shown
    assert 'id="drop-file"' in shown
    assert f'href="{here}">Back, to try again' in alone


def test_a_refusal_half_way_says_that_what_was_taken_over_stays(as_, matched):
    client = as_("ines")
    asked(client, matched.exam, {"1.1_Add": ONE, "2_Prove": ONE})
    job = Job.objects.get(kind="evaluations.take")
    job.claim("first")
    job.remember(taken=["1.1"], so_far=[1, 2, 0])
    job.fail("Question 2 went meanwhile. Upload the file again.")

    shown = client.get(reverse("evaluations", args=[matched.exam.pk])).text

    assert "The questions taken over before that stay." in shown
    assert "choose the ZIP again; it goes on with the rest." in shown


def test_a_file_that_is_gone_is_said(as_, matched):
    job = asked(as_("ines"), matched.exam, {"1.1_Add": ONE})
    default_storage.delete(job.args["file"])

    work_off()

    job.refresh_from_db()
    assert job.error == "This file is too old. Upload it again."


def test_one_file_after_the_other(as_, matched):
    client = as_("ines")
    asked(client, matched.exam, {"1.1_Add": ONE})
    draft = upload(client, matched.exam, zip_of({"2_Prove": ONE}))["Location"]

    busy = client.post(draft, follow=True)

    assert "Another file is being taken over." in busy.text
    work_off()
    client.post(draft)
    work_off()
    assert Answer.objects.filter(question=matched.questions["2"], graded=True).count() == 2


@pytest.mark.parametrize(("name", "status"), [("ines", 200), ("gus", 403), ("otto", 404)])
def test_instructors_alone_see_how_far_it_is(as_, matched, name, status):
    job = asked(as_("ines"), matched.exam, {"1.1_Add": ONE})

    address = reverse("evaluations_progress", args=[matched.exam.pk, job.pk])

    assert as_(name).get(address).status_code == status


def test_another_exam_s_import_is_not_shown(as_, matched, empty):
    job = asked(as_("ines"), matched.exam, {"1.1_Add": ONE})
    work_off()

    client = as_("ines")
    assert client.get(reverse("evaluations_progress", args=[empty.pk, job.pk])).status_code == 404
    assert "taken over" not in client.get(reverse("evaluations", args=[empty.pk])).text


def test_replacing_is_asked_for(as_, matched):
    apply(matched.items["1.1"][2], matched.answers[1, "1.1"], by=matched.gus)
    client = as_("ines")
    draft = upload(client, matched.exam, zip_of({"1.1_Add": ONE}))["Location"]

    assert "Replace what 1 answer here is graded with" in client.get(draft).text
    client.post(draft, {"replace": "on"})
    work_off()
    assert standing(matched.exam)[matched.members["sam"].pk, "1.1"] == 150


def test_a_bad_file_and_one_that_cannot_be_used_say_why(as_, matched):
    client = as_("ines")

    bad = upload(client, matched.exam, io.BytesIO(b"x"))
    assert (bad.status_code, "no ZIP file" in bad.text) == (422, True)
    asked = upload(client, matched.exam, io.BytesIO(b"x"), accept="application/json")
    assert "no ZIP file" in asked.json()["errors"]["file"][0]
    draft = upload(client, matched.exam, zip_of({"1.1_Add": ONE.replace(",1.5,", ",x,")}))
    assert "cannot be used yet" in client.get(draft["Location"]).text
    assert client.post(draft["Location"]).status_code == 422
    assert client.post(reverse("evaluations", args=[matched.exam.pk])).status_code == 422


def test_a_draft_is_of_one_exam(as_, matched, empty):
    client = as_("ines")
    draft = upload(client, matched.exam, zip_of({"1.1_Add": ONE}))["Location"]

    moved = draft.replace(f"/exams/{matched.exam.pk}/", f"/exams/{empty.pk}/")

    assert client.post(moved)["Location"] == reverse("evaluations", args=[empty.pk])
    assert Mark.objects.count() == 0


def test_the_command_says_what_stays_when_it_stops_before_its_end(matched, tmp_path, monkeypatch):
    file = tmp_path / "evaluations.zip"
    file.write_bytes(zip_of({"1.1_Add": ONE, "2_Prove": ONE}).read())
    gone = matched.questions["2"].pk
    monkeypatch.setattr(taking_over, "hold_questions", lambda pks: gone not in pks)

    with pytest.raises(CommandError, match="Parts before this one are taken over") as stopped:
        call_command("load_evaluations", "Midterm", str(file))

    assert "Question 2 went meanwhile" in str(stopped.value)
    assert Mark.objects.filter(answer__question=matched.questions["1.1"]).count() == 2


def test_the_command_takes_a_zip_over_and_says_what_became_of_it(matched, tmp_path, capsys):
    file = tmp_path / "evaluations.zip"
    file.write_bytes(zip_of({"1.1_Add": ONE}).read())

    call_command("load_evaluations", "Midterm", str(file), "--by", "ines@example.edu")

    said = capsys.readouterr().out
    assert "Took 2 answers to 1 part over." in said
    assert "Rows without a paper: Zoë Zwölf." in said
    file.write_bytes(b"x")
    with pytest.raises(CommandError, match="no ZIP file"):
        call_command("load_evaluations", "Midterm", str(file))
