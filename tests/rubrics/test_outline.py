from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.demo.template import HERE
from gradebook.models import Exam, Option, Question, Region
from gradebook.outline import OutlineError, parse, parse_text
from gradebook.plans import to_dict
from rubrics.grading import adjust, apply, comment
from rubrics.models import Entry, Item, Mark
from rubrics.outline import (
    Stale,
    WouldLose,
    dump,
    identified,
    plan_of,
    save_outline,
    version_of,
)
from rubrics.outline_editor import taken_up
from rubrics.scores import mismatches
from submissions.models import Answer, Crop, Submission

BOX = {"page": 1, "x": 0.1, "y": 0.2, "width": 0.5, "height": 0.1}


def editor(exam):
    """What the editor opens: the outline with its keys, without rubrics and settings."""
    data = to_dict(plan_of(exam, ids=True, rubrics=False))
    return {
        "questions": strip(data["questions"]),
        "name_region": data["name_region"],
        "id_region": data["id_region"],
        "hidden_regions": data["hidden_regions"],
    }


def strip(questions):
    for question in questions:
        question.pop("number")
        if question.get("parts"):
            question.pop("points")
            strip(question["parts"])
    return questions


def save(world, data, **options):
    return save_outline(world.exam, parse(data), by=world.ines, **options)


def numbers(exam):
    return list(exam.questions.values_list("number", "title", "points"))


def test_saving_what_was_opened_changes_nothing(world):
    before = Entry.objects.count()

    saved = save(world, editor(world.exam))

    assert (saved.added, saved.changed, saved.removed, saved.moved) == (0, 0, 0, False)
    assert Entry.objects.count() == before


def test_parts_are_added_moved_and_renumbered_in_one_go(world):
    data = editor(world.exam)
    group, proof = data["questions"]
    group["parts"].insert(0, {"title": "New", "points": 1.5})
    data["questions"] = [proof, group]

    saved = save(world, data)

    assert numbers(world.exam) == [
        ("1", "Prove", 300),
        ("2", "Warm-up", None),
        ("2.1", "New", 150),
        ("2.2", "Add", 200),
        ("2.3", "Multiply", 400),
    ]
    assert saved.added == 1
    assert Question.objects.get(title="Multiply").pk == world.questions["1.2"].pk


def test_two_questions_swap_places(world):
    data = editor(world.exam)
    data["questions"][0]["parts"].reverse()

    save(world, data)

    assert [title for _, title, _ in numbers(world.exam)][1:3] == ["Multiply", "Add"]


def test_a_new_part_has_answers_and_one_item(world):
    data = editor(world.exam)
    data["questions"].append({"title": "New", "points": 5})

    save(world, data)

    new = Question.objects.get(title="New")
    assert set(new.answers.values_list("score", "graded")) == {(500, False)}
    assert new.answers.count() == 3
    assert list(new.items.values_list("text", "points")) == [("Correct", 0)]


def test_changed_points_rescore_graded_answers(world):
    answer = world.answers[1, "1.1"]
    apply(world.items["1.1"][1], answer, by=world.gus)
    data = editor(world.exam)
    data["questions"][0]["parts"][0]["points"] = 3

    saved = save(world, data)

    answer.refresh_from_db()
    assert answer.score == 250
    assert saved.rescored == 3
    assert mismatches() == []


def test_a_part_with_grades_goes_only_when_the_count_is_said(world):
    answer = world.answers[1, "2"]
    apply(world.items["2"][1], answer, by=world.gus)
    comment(world.answers[2, "2"], "Nice idea.", version=0, by=world.gus)
    data = editor(world.exam)
    data["questions"].pop()

    for losing in (None, 1, 3):
        with pytest.raises(WouldLose, match="2 answers would go with 2") as refused:
            save(world, data, losing=losing)
        assert refused.value.count == 2
        assert Question.objects.filter(number="2").exists()

    save(world, data, losing=2)

    assert not Question.objects.filter(number="2").exists()
    assert not Answer.objects.filter(pk=answer.pk).exists()


def test_what_went_is_kept_in_the_history(world):
    answer = world.answers[1, "2"]
    apply(world.items["2"][1], answer, by=world.gus)
    adjust(answer, -25, version=0, by=world.gus)
    comment(answer, "Half way.", version=0, by=world.gus)
    data = editor(world.exam)
    data["questions"].pop()

    save(world, data, losing=1)

    entry = Entry.objects.get(verb="removed question")
    assert entry.before
    (said,) = entry.before["answers"]
    assert entry.by == world.ines
    assert [item["text"] for item in entry.before["rubric"]] == ["Correct", "Slip", "Wrong"]
    assert said["marks"] == [[world.items["2"][1].pk, world.gus.pk]]
    assert said["adjustment"] == [-25, world.gus.pk]
    assert said["comment"] == ["Half way.", world.gus.pk]
    assert said["score"] == 225


def test_an_ungraded_part_goes_without_a_word(world):
    data = editor(world.exam)
    data["questions"].pop()

    assert save(world, data).removed == 1
    assert Answer.objects.count() == 6


def test_a_part_saved_out_of_a_group_that_goes_keeps_its_grades(world):
    answer = world.answers[1, "1.1"]
    apply(world.items["1.1"][0], answer, by=world.gus)
    data = editor(world.exam)
    data["questions"][0:1] = data["questions"][0]["parts"]

    save(world, data)

    assert [title for _, title, _ in numbers(world.exam)] == ["Add", "Multiply", "Prove"]
    assert Mark.objects.filter(answer=answer).exists()


def test_a_graded_part_that_becomes_a_group_is_asked_about(world):
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    data = editor(world.exam)
    data["questions"][1] = {"id": world.questions["2"].pk, "parts": [{"points": 1}, {"points": 2}]}

    with pytest.raises(WouldLose):
        save(world, data)
    save(world, data, losing=1)

    assert world.questions["2"].answers.count() == 0
    assert [number for number, _, _ in numbers(world.exam)][-2:] == ["2.1", "2.2"]


def test_a_graded_part_can_be_wrapped_in_a_group(world):
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    data = editor(world.exam)
    leaf = data["questions"].pop()
    data["questions"].append({"title": "Proofs", "parts": [leaf, {"points": 1}]})

    save(world, data)

    assert Question.objects.get(title="Prove").number == "2.1"
    assert world.questions["2"].answers.filter(graded=True).count() == 1


def test_a_group_without_parts_becomes_a_part_with_answers(world):
    data = editor(world.exam)
    data["questions"][0] = {"id": world.group.pk, "points": 6}

    save(world, data)

    assert world.group.answers.count() == 3
    assert world.group.items.count() == 1


def test_a_region_that_stays_keeps_its_crops(world, page):
    region = Region.objects.get(question=world.questions["1.1"])
    Crop.objects.create(page=page, region=region, image="a.jpg", sha256="0", width=1, height=1)
    Answer.objects.update(ink=4.0)
    data = editor(world.exam)
    data["questions"][0]["parts"][1]["regions"] = [BOX, {**BOX, "page": 2}]

    saved = save(world, data)

    assert saved.moved
    assert Crop.objects.filter(region=region).exists()
    assert world.questions["1.2"].regions.count() == 2
    assert world.questions["1.2"].answers.filter(ink=None).count() == 3
    assert world.questions["1.1"].answers.filter(ink=None).count() == 0


def test_crops_are_asked_for_only_when_a_region_moved(world, django_capture_on_commit_callbacks):
    data = editor(world.exam)
    data["questions"][1]["title"] = "Prove it"
    with django_capture_on_commit_callbacks() as still:
        save(world, data)

    data["questions"][1]["regions"] = [BOX]
    with django_capture_on_commit_callbacks() as moved:
        save(world, data)

    assert (len(still), len(moved)) == (0, 1)


def options(*labels, **more):
    return [
        {"label": label, **BOX, "y": 0.2 + place / 10, **more} for place, label in enumerate(labels)
    ]


def chosen(world, number):
    return list(Option.objects.filter(question=world.questions[number]).values_list("pk", "label"))


def test_options_are_saved_kept_and_taken_away(world):
    data = editor(world.exam)
    data["questions"][1]["options"] = options("A", "B", "C")
    assert save(world, data).moved
    first = chosen(world, "2")
    assert [label for _, label in first] == ["A", "B", "C"]

    assert not save(world, data).moved
    assert chosen(world, "2") == first
    del data["questions"][1]["options"]
    assert not save(world, data).moved
    assert chosen(world, "2") == first

    data["questions"][1]["options"] = options("B", "A")
    assert save(world, data).moved
    assert [label for _, label in chosen(world, "2")] == ["B", "A"]
    data["questions"][1]["options"] = []
    save(world, data)
    assert chosen(world, "2") == []


def test_options_come_back_from_a_file_and_make_another_version(world):
    data = editor(world.exam)
    before = version_of(world.exam)
    data["questions"][1]["options"] = options("A", "B")
    save(world, data)
    assert version_of(world.exam) != before

    copy = Exam.objects.create(course=world.course, name="Copy")
    save_outline(copy, parse(dump(world.exam)), by=world.ines)

    assert dump(copy)["questions"] == dump(world.exam)["questions"]
    assert list(copy.questions.get(number="2").options.values_list("label", "y")) == [
        ("A", 0.2),
        ("B", pytest.approx(0.3)),
    ]


def test_a_part_that_becomes_a_question_has_no_options_any_more(world):
    data = editor(world.exam)
    data["questions"][1]["options"] = options("A", "B")
    save(world, data)
    data["questions"][1] = {"id": world.questions["2"].pk, "parts": [{"points": 1}]}

    save(world, data)

    assert chosen(world, "2") == []


def test_an_option_off_its_page_is_refused_by_the_database(world):
    with pytest.raises(IntegrityError, match="an_option_lies_on_its_page"), transaction.atomic():
        Option.objects.create(
            question=world.questions["2"], position=0, label="A", **{**BOX, "x": 0.9}
        )


def test_name_and_id_regions_are_drawn_and_taken_away(world):
    data = {**editor(world.exam), "name_region": BOX, "id_region": {**BOX, "y": 0.5}}
    save(world, data)
    assert world.exam.regions.exclude(kind="question").count() == 2

    save(world, {**data, "name_region": None})
    assert list(world.exam.regions.exclude(kind="question").values_list("kind", flat=True)) == [
        "id"
    ]


def test_places_also_hidden_are_several_and_keep_their_rows(world):
    low, other = {**BOX, "y": 0.8}, {**BOX, "page": 2}
    save(world, {**editor(world.exam), "hidden_regions": [other, BOX, low]})
    rows = dict(world.exam.regions.filter(kind="hidden").values_list("y", "pk"))

    data = editor(world.exam)
    assert data["hidden_regions"] == [BOX, low, other]
    saved = save(world, {**data, "hidden_regions": [low]})

    assert saved.moved
    assert list(world.exam.regions.filter(kind="hidden").values_list("pk", flat=True)) == [
        rows[0.8]
    ]
    assert dump(world.exam)["hidden_regions"] == [low]


def test_a_file_that_says_nothing_of_hidden_places_leaves_them(world):
    save(world, {**editor(world.exam), "hidden_regions": [BOX]})
    data = editor(world.exam)
    data.pop("hidden_regions")

    save(world, data)
    assert taken_up(parse(data), world.exam)["hidden_regions"] == [BOX]
    assert world.exam.regions.filter(kind="hidden").exists()


def test_a_hidden_place_belongs_to_no_question(world):
    with (
        pytest.raises(IntegrityError, match="a_region_is_a_questions_or_tells_who_wrote"),
        transaction.atomic(),
    ):
        world.exam.regions.create(kind="hidden", question=world.questions["2"], **BOX)


def test_a_stale_save_is_refused_and_loses_nothing(world):
    data, version = editor(world.exam), version_of(world.exam)
    save(world, {**data, "name_region": BOX}, version=version)
    data["questions"].pop()

    with pytest.raises(Stale):
        save(world, data, version=version)

    assert Question.objects.count() == 4


def test_grading_does_not_make_the_editor_stale(world):
    version = version_of(world.exam)
    apply(world.items["1.1"][0], world.answers[1, "1.1"], by=world.gus)
    world.items["1.1"][1].text = "Slip of the pen"
    world.items["1.1"][1].save()

    assert version_of(world.exam) == version


def test_a_question_of_another_exam_is_refused(world):
    other = Exam.objects.create(course=world.course, name="Final")
    foreign = Question.objects.create(exam=other, order=1, number="1", points=100)

    with pytest.raises(OutlineError, match="not in this exam any more"):
        save(world, {"questions": [{"id": foreign.pk, "points": 1}]})


def test_the_history_tells_who_changed_which_question(world):
    data = editor(world.exam)
    data["questions"][1]["title"] = "Prove it"

    save(world, data)

    entry = Entry.objects.get(verb="changed question")
    assert entry.by == world.ines
    assert entry.before
    assert entry.after
    assert (entry.before["title"], entry.after["title"]) == ("Prove", "Prove it")


# Loading files


def test_a_loaded_file_dumps_as_it_came(world):
    exam = Exam.objects.create(course=world.course, name="Deep Learning Midterm")
    first = parse_text((HERE / "outline.json").read_bytes())
    save_outline(exam, first, by=world.ines)

    again = Exam.objects.create(course=world.course, name="Again")
    save_outline(again, parse(dump(exam)), by=world.ines)

    assert {**dump(again), "exam": exam.name} == dump(exam)
    assert exam.questions.leaves().count() == 50
    assert Item.objects.filter(question__exam=exam).count() == 190
    assert exam.minutes == 180


def test_loading_a_file_again_changes_nothing(world):
    file = parse(dump(world.exam))
    apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)
    before = Entry.objects.count()

    save_outline(world.exam, identified(file, world.exam), by=world.ines)

    assert Entry.objects.count() == before
    assert Mark.objects.count() == 1


def test_a_question_put_in_the_middle_of_a_file_keeps_the_others_grades(world):
    apply(world.items["2"][1], world.answers[1, "2"], by=world.gus)
    data = dump(world.exam)
    data.pop("points")
    data["questions"].insert(0, {"title": "First", "points": 1})
    for question in data["questions"]:
        question.pop("number", None)
        for part in question.get("parts", []):
            part.pop("number")

    save_outline(world.exam, identified(parse(data), world.exam), by=world.ines)

    assert Mark.objects.get().answer.question.title == "Prove"
    assert Question.objects.get(title="Prove").number == "3"


def test_a_file_changes_the_rubric_and_leaves_items_that_apply(world):
    used = world.items["2"][2]
    apply(used, world.answers[1, "2"], by=world.gus)
    data = dump(world.exam)
    data["questions"][1]["rubric"] = [
        {"text": "Slip", "points": -1},
        {"group": "Style", "exclusive": True, "items": [{"text": "Terse", "points": None}]},
        {"text": "Correct", "points": 0},
    ]

    save_outline(world.exam, identified(parse(data), world.exam), by=world.ines)

    items = world.questions["2"].items.offered()
    assert [(item.text, item.points) for item in items] == [
        ("Slip", -100),
        ("Terse", None),
        ("Correct", 0),
        ("Wrong", -300),
    ]
    assert items[0].pk == world.items["2"][1].pk
    assert Mark.objects.get().item == used
    assert mismatches() == []


def test_settings_in_a_file_rescore_too(world):
    apply(world.items["1.1"][0], world.answers[1, "1.1"], by=world.gus)
    data = {**dump(world.exam), "scoring": "positive"}

    save_outline(world.exam, identified(parse(data), world.exam), by=world.ines)

    assert set(Answer.objects.values_list("score", flat=True)) == {0}
    assert mismatches() == []


def shuffled(draw, questions):
    """Move, drop, wrap and add questions at random."""
    kept = [one for one in questions if draw(st.integers(0, 4))]
    kept = draw(st.permutations(kept))
    made = []
    for one in kept:
        if one.get("parts"):
            parts = shuffled(draw, one["parts"])
            made.append({**one, "parts": parts} if parts else {"points": 1})
        elif draw(st.booleans()):
            made.append({"title": "Wrap", "parts": [one, {"points": draw(st.integers(0, 9))}]})
        else:
            made.append({**one, "points": draw(st.integers(0, 9))})
    return made


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_rearrangement_is_saved_and_every_score_follows(world, rolled_back, data):
    with rolled_back():
        for key in ((1, "1.1"), (2, "2")):
            apply(world.items[key[1]][1], world.answers[key], by=world.gus)
        wanted = editor(world.exam)
        wanted["questions"] = shuffled(data.draw, wanted["questions"])
        plan = parse(wanted)

        try:
            save_outline(world.exam, plan, by=world.ines)
        except WouldLose as refused:
            save_outline(world.exam, plan, by=world.ines, losing=refused.count)

        saved = plan_of(world.exam, ids=True, rubrics=False)
        assert [(each.number, each.points) for each in saved.walk()] == [
            (each.number, each.points) for each in plan.walk()
        ]
        leaves = world.exam.questions.leaves()
        assert Answer.objects.count() == 3 * leaves.count()
        assert mismatches() == []


@pytest.mark.parametrize("papers", [1, 8])
def test_saving_takes_as_many_queries_for_many_papers(world, papers, django_assert_max_num_queries):
    Submission.objects.bulk_create(
        Submission(exam=world.exam, number=number, code_name=f"name-{number}")
        for number in range(10, 10 + papers)
    )
    data = editor(world.exam)
    data["questions"].append({"parts": [{"points": 1} for _ in range(papers * 3)]})

    with django_assert_max_num_queries(32):
        save(world, data)
