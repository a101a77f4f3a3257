from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.demo.template import HERE
from gradebook.outline import (
    EXAM_KEYS,
    OPTION_KEYS,
    QUESTION_KEYS,
    REGION_KEYS,
    OutlineError,
    parse,
    parse_text,
)
from gradebook.plans import (
    ExamPlan,
    GroupPlan,
    ItemPlan,
    OptionPlan,
    QuestionPlan,
    RegionPlan,
    to_dict,
)

BOX = {"page": 1, "x": 0.1, "y": 0.2, "width": 0.5, "height": 0.1}
A = {"label": "A", **BOX}


def exam(*questions, **more):
    return {"exam": "Quiz", "questions": list(questions), **more}


def leaf(points=2, **more):
    return {"points": points, **more}


def test_the_yardstick_exam_is_read_whole():
    plan = parse_text((HERE / "outline.json").read_bytes())

    items = [item for part in plan.leaves() for item in part.rubric or ()]
    assert len(plan.leaves()) == 50
    assert sum(part.points or 0 for part in plan.leaves()) == 12_400
    assert len(items) == 190
    assert plan.settings == {"minutes": 180, "scoring": "negative", "floor": True, "ceiling": True}


def test_numbers_follow_from_the_place_in_the_tree():
    plan = parse(exam({"parts": [leaf() for _ in range(10)]}, leaf()))

    assert [part.number for part in plan.leaves()][-2:] == ["1.10", "2"]


def test_what_is_not_said_stays_unsaid():
    part = parse(exam(leaf())).questions[0]

    assert part.regions is None
    assert part.options is None
    assert part.rubric is None
    assert parse(exam(leaf(regions=[]))).questions[0].regions == ()


def test_a_part_without_a_region_is_only_a_warning():
    plan = parse(exam(leaf(), leaf(regions=[BOX])))

    assert plan.warnings == ["Part 1 has no region on the template yet."]


WRONG = [
    (exam({"title": "x"}), "question 1: points are missing."),
    (exam(leaf(), {"parts": [leaf(), {}]}), "question 2, part 2.2: points are missing."),
    (exam(leaf(-1)), "question 1: points are below zero."),
    (exam(leaf(float("nan"))), "question 1: points are a number"),
    (exam(leaf(float("inf"))), "question 1: points are a number"),
    (exam(leaf(0.125)), "more decimals"),
    (exam(leaf(10**9)), "too many points"),
    (exam(leaf(True)), "points are a number"),
    (exam(leaf(titel="x")), "“titel” is not known here. Did you mean “title”?"),
    (exam(leaf(), pionts=2), "Did you mean “points”?"),
    (exam({"parts": [leaf(number="2.10")]}), "it says it is number 2.10, but stands as 1.1."),
    (exam(leaf(number=1.5)), "write its number in quotes, “1”."),
    (exam({"points": 5, "parts": [leaf(), leaf()]}), "its points are 5, but its parts add up to 4"),
    (exam(leaf(), points=3), "the exam: its points are 3, but its questions add up to 2."),
    (exam(leaf(regions=[{**BOX, "x": 0.6}])), "question 1, region 1: it lies outside the page"),
    (exam(leaf(regions=[{**BOX, "width": 0}])), "outside the page"),
    (exam(leaf(regions=[{**BOX, "y": float("nan")}])), "outside the page"),
    (exam(leaf(regions=[{**BOX, "page": 4}]), pages=3), "page 4 is beyond the template"),
    (exam(leaf(regions=[{**BOX, "page": 0}])), "“page” is a whole number from 1."),
    (exam(leaf(), name_region={**BOX, "height": 2}), "the name region: it lies outside the page"),
    (exam(leaf(), hidden_regions=[BOX, {**BOX, "x": 2}]), "hidden region 2: it lies outside"),
    (exam(leaf(), hidden_regions=[BOX] * 51), "51 hidden regions are too many; 50 fit."),
    (exam(leaf(), hidden_regions=BOX), "“hidden_regions”"),
    (exam(leaf(id=7), leaf(id=7)), "question 2: the same question (id 7) stands at question 1 too"),
    (exam({"id": 7, "parts": [leaf(id=7)]}), "part 1.1: question 7 stands inside itself."),
    (exam({"regions": [BOX], "parts": [leaf()]}), "“regions” belongs to its parts"),
    (exam({"options": [A], "parts": [leaf()]}), "“options” belongs to its parts"),
    (exam(leaf(options=[BOX])), "question 1, option 1: its label is missing."),
    (exam(leaf(options=[{**A, "label": " "}])), "its label is missing."),
    (exam(leaf(options=[{**A, "label": "x" * 17}])), "“label” has 17 characters; 16 fit."),
    (exam(leaf(options=[A, A])), "question 1: two options are called A."),
    (exam(leaf(options=[A, {**A, "label": "B", "page": 2}])), "options lie on several pages"),
    (exam(leaf(options=[{**A, "width": 0.001}])), "option 1: it is too small to hold a mark."),
    (exam(leaf(options=[{**A, "points": 1}])), "option 1: “points” is not known here."),
    (exam(leaf(options=[A] * 27)), "27 options are too many; 26 fit."),
    (exam(leaf(options=["A"])), "an option has a label, a page, x, y, width and height."),
    (exam(leaf(title="x" * 301)), "“title” has 301 characters; 300 fit."),
    (exam(leaf(rubric=[{"text": "y" * 4001}])), "rubric item 1: “text” has 4001 characters"),
    (exam(leaf(rubric=[{"group": "", "items": []}])), "a group needs a text."),
    (exam(leaf(scoring="both")), "“scoring” is one of negative, positive."),
    (exam(leaf(floor="yes")), "“floor” is true or false."),
    (exam(*[leaf() for _ in range(501)]), "501 parts are too many; 500 fit."),
    (exam("x"), "question 1: this is not an object in braces."),
    ({"exam": "Quiz"}, "“questions” are missing."),
    ([], "An exam file is an object"),
]


@pytest.mark.parametrize(("data", "words"), WRONG, ids=[words[:40] for _, words in WRONG])
def test_a_mistake_is_named_with_its_place(data, words):
    with pytest.raises(OutlineError) as caught:
        parse(data)

    assert any(words in problem for problem in caught.value.problems), caught.value.problems


def test_every_mistake_is_told_at_once():
    with pytest.raises(OutlineError) as caught:
        parse(exam({}, leaf(-1), leaf(titel="x")))

    assert len(caught.value.problems) == 3


def test_the_template_knows_better_than_the_file_how_many_pages_there_are():
    with pytest.raises(OutlineError, match="page 2 is beyond the template, which has 1"):
        parse(exam(leaf(regions=[{**BOX, "page": 2}]), pages=9), pages=1)


def test_questions_nest_five_deep_and_no_deeper():
    def nested(depth):
        return leaf() if depth == 1 else {"parts": [nested(depth - 1)]}

    assert parse(exam(nested(5))).leaves()[0].number == "1.1.1.1.1"
    with pytest.raises(OutlineError, match="5 deep at most"):
        parse(exam(nested(6)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "This is not JSON: line 1, column 2"),
        (b"\xff\xfe\x00", "not a text file"),
        (b'{"questions": ' + b"[" * 100_000, "nest too deep"),
        (b'{"points": ' + b"9" * 5000 + b"}", "far too long"),
    ],
)
def test_what_is_no_json_is_refused_in_words(text, words):
    with pytest.raises(OutlineError, match=words):
        parse_text(text)


POINTS = st.integers(0, 100_000)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
MAYBE = st.none() | st.booleans()
ITEM = st.builds(
    ItemPlan, text=TEXT, points=st.none() | st.integers(-100_000, 100_000), note=st.just("") | TEXT
)
GROUP = st.builds(
    GroupPlan,
    text=TEXT.filter(bool),
    exclusive=st.booleans(),
    items=st.lists(ITEM, min_size=1, max_size=3).map(tuple),
)
RUBRIC = st.none() | st.lists(ITEM | GROUP, max_size=4).map(tuple)
SIDE = st.floats(0.01, 0.5)
REGION = st.builds(RegionPlan, page=st.integers(1, 9), x=SIDE, y=SIDE, width=SIDE, height=SIDE)
REGIONS = st.none() | st.lists(REGION, max_size=3).map(
    lambda regions: tuple(sorted(regions, key=RegionPlan.reading_order))
)
LABELS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=16)
OPTIONS = st.none() | st.lists(LABELS, max_size=3, unique=True).map(
    lambda labels: tuple(OptionPlan(label, RegionPlan(1, 0.1, 0.1, 0.1, 0.1)) for label in labels)
)
LEAF = st.builds(
    QuestionPlan,
    number=st.just(""),
    label=TEXT,
    title=TEXT,
    points=POINTS,
    bonus=st.booleans(),
    scoring=st.sampled_from(["", "negative", "positive"]),
    floor=MAYBE,
    ceiling=MAYBE,
    regions=REGIONS,
    options=OPTIONS,
    rubric=RUBRIC,
)
NODE = st.recursive(
    LEAF,
    lambda below: st.builds(
        QuestionPlan,
        number=st.just(""),
        label=TEXT,
        title=TEXT,
        bonus=st.booleans(),
        parts=st.lists(below, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=6,
)
PLAN = st.builds(
    ExamPlan,
    questions=st.lists(NODE, max_size=3).map(tuple),
    name=TEXT,
    settings=st.fixed_dictionaries(
        {},
        optional={
            "minutes": st.none() | st.integers(1, 600),
            "scoring": st.sampled_from(["negative", "positive"]),
            "floor": st.booleans(),
            "bonus_on_top": st.booleans(),
            "rubric_shown": st.sampled_from(["all", "applied", "none"]),
            "distribution_shown": st.sampled_from(["none", "figures", "histogram"]),
            "rubric_editors": st.sampled_from(["graders", "instructors"]),
        },
    ),
    spots=st.fixed_dictionaries({}, optional={"name": st.none() | REGION, "id": REGION}),
    hidden=REGIONS,
)


def deepest(parts):
    return 1 + max((deepest(part.parts) for part in parts), default=0) if parts else 0


@given(PLAN.filter(lambda plan: deepest(plan.questions) <= 5))
def test_reading_what_was_written_gives_the_same(plan):
    once = parse_text(json.dumps(to_dict(plan)).replace('"number": "",', ""))

    assert parse_text(json.dumps(to_dict(once))) == once
    assert [leaf.points for leaf in once.leaves()] == [leaf.points for leaf in plan.leaves()]
    assert [leaf.rubric for leaf in once.leaves()] == [leaf.rubric for leaf in plan.leaves()]
    assert [leaf.regions for leaf in once.leaves()] == [leaf.regions for leaf in plan.leaves()]
    assert [leaf.options for leaf in once.leaves()] == [leaf.options for leaf in plan.leaves()]
    assert (once.settings, once.spots) == (plan.settings, plan.spots)
    assert once.hidden == plan.hidden


DOCUMENT = Path(__file__).parents[2] / "docs" / "exam-file.md"


def test_the_documented_example_is_read():
    example = DOCUMENT.read_text().split("```json")[1].split("```")[0]

    plan = parse_text(example)

    assert plan.warnings == ["Part 2 has no region on the template yet."]
    assert [leaf.points for leaf in plan.leaves()] == [300, 450]


def test_every_key_is_documented():
    text = DOCUMENT.read_text()

    for key in EXAM_KEYS | QUESTION_KEYS | REGION_KEYS | OPTION_KEYS:
        assert f"`{key}`" in text, key
