"""Stacks as short strings: `1a` is page 1 of printed paper a; `1` the same without its code.

`-` is an empty back, `?` a page of something else, `1/2` one that may be either.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.coded import BY_ORDER, Coded, sort_coded
from submissions.splitting import Seen

PAPERS = "abcd"


def stack(said: str):
    coded, others = [], []
    for number, word in enumerate(said.split(), 1):
        if word[-1] in PAPERS:
            coded.append(Coded(number, PAPERS.index(word[-1]), int(word[:-1])))
        elif word in ("-", "?"):
            others.append(Seen(number, None, "blank" if word == "-" else "foreign"))
        elif "/" in word:
            could = tuple(int(page) for page in word.split("/"))
            others.append(Seen(number, None, "doubtful", alike=could))
        else:
            others.append(Seen(number, int(word), "placed"))
    return coded, others


def told(said: str, pages: int, taken: str = "", unplaceable=()):
    """What became of each page: its place ("1a"), its new paper ("+1"), "twice", "lost" or "."."""
    coded, others = stack(said)
    filled = {page.place for page in stack(taken)[0]}
    found = sort_coded(coded, others, filled, pages, unplaceable)
    words = {n: f"{page}{PAPERS[paper]}" for n, (paper, page) in found.places.items()}
    words |= dict.fromkeys(found.twice, "twice") | dict.fromkeys(found.lost, "lost")
    for paper in found.papers:
        words |= {number: f"+{page}" for page, number in paper.pages.items()}
    return " ".join(words.get(number, ".") for number in range(1, len(said.split()) + 1))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        # The order of coded pages says nothing.
        ("3a 1b 2a 2b 1a 3b", "3a 1b 2a 2b 1a 3b"),
        # A page without its code, where papers keep together.
        ("1a 2 3a 1b 2b 3b", "1a 2a 3a 1b 2b 3b"),
        ("1a 2a 3 1b 2b 3b", "1a 2a 3a 1b 2b 3b"),
        ("1a 2a 3a 1 2b 3b", "1a 2a 3a 1b 2b 3b"),
        ("1a 2a 3a 1b 2b 3", "1a 2a 3a 1b 2b 3b"),
        ("1a 2a 3 1 2b 3b", "1a 2a 3a 1b 2b 3b"),
        ("1a 2/3 3a 1b 2b 3b", "1a 2a 3a 1b 2b 3b"),
        ("1a 2a 3a - 1b - 2 3b -", "1a 2a 3a . 1b . 2b 3b ."),
        # With the last page first.
        ("3a 2 1a 3b 2b 1", "3a 2a 1a 3b 2b 1b"),
        # It fits both neighbours, or none.
        ("1a 2 3b 1c 2c 3c", "1a lost 3b 1c 2c 3c"),
        ("1a 2a 3a 2 1b 2b 3b", "1a 2a 3a lost 1b 2b 3b"),
        # A whole paper without codes, and one of which most is there.
        ("1a 2a 3a 1 2 3 1b 2b 3b", "1a 2a 3a +1 +2 +3 1b 2b 3b"),
        ("1a 2a 3a 1 3 1b 2b 3b", "1a 2a 3a +1 +3 1b 2b 3b"),
        # A paper that lacks its last page does not take a spare paper's.
        ("1a 2a 1 2 3 1b 2b 3b", "1a 2a +1 +2 +3 1b 2b 3b"),
        # Something else among them is nobody's.
        ("1a ? 2a 3a", "1a . 2a 3a"),
        # Twice.
        ("1a 2a 2a 3a", "1a 2a twice 3a"),
    ],
)
def test_a_stack_whose_papers_keep_together(said, wanted):
    assert told(said, 3) == wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("3a 1b 2c 2 1a 2b 3c 1c 3b", "3a 1b 2c lost 1a 2b 3c 1c 3b"),
        ("3a 1b 2c 1 2 1a 2b 3c 1c 3b", "3a 1b 2c lost lost 1a 2b 3c 1c 3b"),
        ("3a 1b 2c 1 2 3 1a 2b 3c 1c 3b", "3a 1b 2c +1 +2 +3 1a 2b 3c 1c 3b"),
    ],
)
def test_in_a_scattered_stack_the_order_says_nothing(said, wanted):
    assert told(said, 3) == wanted


def test_a_place_of_an_earlier_upload_is_not_taken_again():
    assert told("1a 2a 3a", 3, taken="2a 1b") == "1a twice 3a"


def test_of_a_lost_page_it_is_told_which_paper_alone_lacks_it():
    coded, others = stack("3a 1b 2c 2 1a 2b 3c 1c 3b")

    assert sort_coded(coded, others, set(), 3).lost == {4: 0}
    assert sort_coded(coded, others, {(0, 2)}, 3).lost == {4: None}


def test_every_page_that_is_not_plainly_placed_has_a_reason():
    coded, others = stack("1a 2 3a - ?")
    found = sort_coded(coded, others, set(), 3)

    assert found.reasons == {
        2: BY_ORDER,
        4: "It is blank.",
        5: "It is not a page of this exam.",
    }


words = st.builds(lambda page, paper: f"{page}{paper}", st.integers(1, 3), st.sampled_from("abcd"))
uncoded = st.sampled_from(["1", "2", "3", "-", "?", "2/3"])


@given(st.lists(words | uncoded, min_size=1, max_size=24))
def test_no_page_is_lost_and_no_place_is_given_twice(said):
    coded, others = stack(" ".join(said))
    found = sort_coded(coded, others, set(), 3)

    held = [number for paper in found.papers for number in paper.pages.values()]
    settled = [*found.places, *held, *found.twice, *found.lost]
    rest = {page.number for page in others} - {*settled}
    assert len(settled) == len({*settled})
    assert {*settled} | rest == set(range(1, len(said) + 1))
    assert rest <= set(found.reasons)
    assert len({*found.places.values()}) == len(found.places)
    assert all(
        found.places.get(page.number, page.place) == page.place for page in coded
    )  # no coded page anywhere but where its code says
