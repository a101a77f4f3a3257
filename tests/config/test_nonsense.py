"""What no honest browser or program sends is refused, and nothing breaks over it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from gradebook.sent import number, storable

HUGE = "9" * 5000


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *[("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)],
        *[(None, None), ("", None), ("-1", None), ("1.5", None), ("1e3", None), (" 1", None)],
        # Digits of other scripts, and those Python calls decimal and none: keys are plain.
        *[("٣", None), ("²", None), ("9" * 19, None), (HUGE, None)],
    ],
)
def test_a_number_is_read_or_is_none(text, meant):
    assert number(text) == meant


@pytest.mark.parametrize(
    ("text", "fits"),
    [("", True), ("naïve 🙂 ‮x", True), ("a\0b", False), ("\ud83d", False), ("x\udcff", False)],
)
def test_a_text_can_be_stored_or_not(text, fits):
    assert storable(text) is fits


def test_huge_numbers_in_forms_are_no_keys(world, as_, page):
    ines, exam, question = as_("ines"), world.exam.pk, world.questions["1.1"].pk
    match, groups = reverse("match", args=[exam]), reverse("groups", args=[question])
    sent = {"key": uuid4(), "group": "x", "name": "x", "as_they_stand": "on"}

    back = ines.post(reverse("page_turn", args=[page.pk]), {"by": "0", "back": HUGE})
    assert back.url == reverse("scans", args=[exam]) + "#look"
    names = ines.post(reverse("page_names", args=[exam]), {"back": HUGE})
    assert names.url == reverse("scans", args=[exam]) + "#hidden"
    assert ines.get(match, {"paper": HUGE, "said": HUGE}).status_code == 200
    assert ines.post(match, {"paper": HUGE, "student": HUGE, "seen": HUGE}).status_code == 404
    assert ines.post(groups, {**sent, "answer": f"{HUGE}.x"}).status_code == 422
    assert ines.post(groups, {**sent, "answer": "1.x", "item": HUGE}).status_code in {302, 422}
    assert ines.post(groups, {"undo": HUGE}).status_code == 404


def test_a_groups_name_that_cannot_be_stored_is_refused(world, as_):
    groups = reverse("groups", args=[world.questions["1.1"].pk])
    answer = f"{world.answers[1, '1.1'].pk}.x"
    sent = {"key": uuid4(), "name": "a\0b", "answer": answer, "as_they_stand": "on"}

    response = as_("ines").post(groups, sent)

    assert response.status_code == 422
    assert "garbled" in response.text
