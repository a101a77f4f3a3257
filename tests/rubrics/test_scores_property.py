"""Any sequence of grading and editing leaves the scores that computing from scratch gives."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradebook.locks import hold_questions
from rubrics import grading, item_groups, rubric
from rubrics.models import Adjustment, Entry, Item, Mark
from rubrics.points import score
from rubrics.scores import mismatches, rescore_questions

POINTS = st.one_of(st.none(), st.integers(-500, 500))
PICK = st.integers(0, 50)
VERBS = st.one_of(
    st.tuples(st.just("apply"), PICK, PICK),
    st.tuples(st.just("lift"), PICK, PICK),
    st.tuples(st.just("adjust"), PICK, POINTS),
    st.tuples(st.just("graded"), PICK, st.booleans()),
    st.tuples(st.just("add"), PICK, POINTS),
    st.tuples(st.just("points"), PICK, POINTS),
    st.tuples(st.just("remove"), PICK, PICK),
    st.tuples(st.just("restore"), PICK, PICK),
    st.tuples(st.just("group"), PICK, PICK),
    st.tuples(st.just("exclusive"), PICK, st.booleans()),
    st.tuples(st.just("worth"), PICK, st.integers(0, 900)),
    st.tuples(st.just("scoring"), PICK, st.sampled_from(["", "negative", "positive"])),
    st.tuples(st.just("floor"), PICK, st.sampled_from([None, True, False])),
    st.tuples(st.just("ceiling"), PICK, st.sampled_from([None, True, False])),
)


class Walk:
    """The world, and one way to do each verb to some answer, item or question of it."""

    def __init__(self, world: SimpleNamespace) -> None:
        self.world = world
        self.answers = list(world.answers.values())
        self.questions = list(world.questions.values())

    def item(self, pick: int, answer=None) -> Item:
        items = Item.objects.filter(question=answer.question) if answer else Item.objects.all()
        return list(items.order_by("pk"))[pick % items.count()]

    def do(self, verb: str, pick: int, value) -> None:
        getattr(self, verb)(pick, value)

    def apply(self, pick, value):
        answer = self.answers[pick % len(self.answers)]
        grading.apply(self.item(value, answer), answer, by=self.world.gus)

    def lift(self, pick, value):
        answer = self.answers[pick % len(self.answers)]
        grading.lift(self.item(value, answer), answer, by=self.world.gus)

    def adjust(self, pick, value):
        answer = self.answers[pick % len(self.answers)]
        current = Adjustment.objects.filter(answer=answer).first()
        version = current.version if current else 0
        grading.adjust(answer, value, version=version, by=self.world.gus)

    def graded(self, pick, value):
        say = grading.say_graded if value else grading.unsay_graded
        say(self.answers[pick % len(self.answers)], by=self.world.gus)

    def add(self, pick, value):
        question = self.questions[pick % len(self.questions)]
        rubric.add_item(question, text="new", points=value, by=self.world.gus)

    def points(self, pick, value):
        rubric.change_item(self.item(pick), points=value, by=self.world.gus)

    def remove(self, pick, value):
        rubric.remove_item(self.item(pick), by=self.world.gus)

    def restore(self, pick, value):
        rubric.restore_item(self.item(pick), by=self.world.gus)

    def group(self, pick, value):
        item = self.item(pick)
        groups = list(item.question.groups.all())
        group = groups[value % len(groups)] if groups else None
        if group is None:
            group = item_groups.add_group(item.question, text="g", exclusive=True, by=None)
        rubric.change_item(item, group=group, by=self.world.gus)

    def exclusive(self, pick, value):
        for group in self.questions[pick % len(self.questions)].groups.all():
            item_groups.change_group(group, text=group.text, exclusive=value, by=self.world.gus)

    def _set(self, pick, **fields):
        question = self.questions[pick % len(self.questions)]
        type(question).objects.filter(pk=question.pk).update(**fields)
        hold_questions([question.pk])
        rescore_questions([question.pk])

    def worth(self, pick, value):
        self._set(pick, points=value)

    def scoring(self, pick, value):
        self._set(pick, scoring=value)

    def floor(self, pick, value):
        self._set(pick, floor=value)

    def ceiling(self, pick, value):
        self._set(pick, ceiling=value)


def from_scratch(answer) -> tuple[int, bool]:
    """Score one answer in plain Python, from what was said about it."""
    answer = type(answer).objects.select_related("question__exam").get(pk=answer.pk)
    applied = list(Mark.objects.filter(answer=answer).values_list("item__points", flat=True))
    adjustment = Adjustment.objects.filter(answer=answer).first()
    said = hasattr(answer, "grading")
    points = score(answer.question.rule(), applied, adjustment.points if adjustment else 0)
    return points, bool(applied) or adjustment is not None or said


@pytest.mark.django_db
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(VERBS, min_size=1, max_size=25))
def test_any_walk_ends_at_the_scores_computed_from_scratch(rolled_back, world, verbs):
    with rolled_back():
        walk = Walk(world)
        for verb in verbs:
            walk.do(*verb)

        for answer in walk.answers:
            answer.refresh_from_db()
            assert (answer.score, answer.graded) == from_scratch(answer)
        assert mismatches() == []


@pytest.mark.django_db
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(["apply", "lift"]), PICK, PICK), max_size=30))
def test_the_history_replays_to_the_marks_that_stand(rolled_back, world, verbs):
    with rolled_back():
        walk = Walk(world)
        for verb in verbs:
            walk.do(*verb)

        replayed: set[tuple[int, int]] = set()
        for entry in Entry.objects.order_by("pk"):
            change = replayed.add if entry.verb == "applied" else replayed.discard
            change((entry.answer_id, entry.item_id))
        assert replayed == set(Mark.objects.values_list("answer_id", "item_id"))
