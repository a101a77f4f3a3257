"""A printed page that was faded to white where its paper lacks it; and backs, which are empty."""

from __future__ import annotations

import pytest

from submissions import corrections, repairs
from submissions.empty_looking import may_be
from submissions.models import Page

ANN, BOB = "Ann", "Bob"


def stack(*leaves: tuple[str, int] | None) -> tuple[dict[int, tuple[str, int]], list[int]]:
    """Places by scan number, and the numbers of the empty pages among them."""
    placed = {number: leaf for number, leaf in enumerate(leaves, 1) if leaf}
    return placed, [number for number, leaf in enumerate(leaves, 1) if not leaf]


def paper(who: str, *pages: int) -> list[tuple[str, int] | None]:
    return [(who, page) if page else None for page in pages]


@pytest.mark.parametrize(
    ("leaves", "found"),
    [
        (paper(ANN, 1, 0, 3, 4), {2: (ANN, 2)}),
        (paper(ANN, 4, 0, 2, 1), {2: (ANN, 3)}),
        (paper(ANN, 1, 2, 3, 0), {4: (ANN, 4)}),
        (paper(ANN, 0, 2, 3, 4), {1: (ANN, 1)}),
        (paper(ANN, 1, 2, 3, 4) + paper(BOB, 0, 2, 3, 4), {5: (BOB, 1)}),
        (paper(ANN, 4, 3, 2, 0) + paper(BOB, 4, 3, 2, 1), {4: (ANN, 1)}),
        # The backs of both sheets beside it are empty as well: any of the three may be it.
        (paper(ANN, 1, 0, 0, 0, 3, 0, 4, 0), dict.fromkeys((2, 3, 4), (ANN, 2))),
    ],
)
def test_an_empty_page_where_one_is_missing_may_be_that_page(leaves, found):
    assert may_be(*stack(*leaves), range(1, 5)) == found


@pytest.mark.parametrize(
    "leaves",
    [
        paper(ANN, 1, 0, 2, 0, 3, 0, 4, 0) + paper(BOB, 1, 0, 2, 0, 3, 0, 4, 0),
        paper(ANN, 1, 2, 0, 4, 3),
        paper(ANN, 1, 0, 4),
        paper(ANN, 1, 0, 2, 0, 3, 0, 4, 0) + paper(BOB, 1, 0, 2, 0),
        paper(ANN, 0),
    ],
    ids=["whole papers", "out of order", "two missing", "a stub", "nothing else"],
)
def test_other_empty_pages_are_backs(leaves):
    assert may_be(*stack(*leaves), range(1, 5)) == {}


def test_a_page_that_came_in_another_file_is_not_missed():
    leaves = paper(ANN, 1, 0, 3)

    assert may_be(*stack(*leaves), range(1, 4), {(ANN, 2)}) == {}


def test_the_empty_page_waits_for_a_person_and_backs_do_not(quiz, scans, take, work, blank):
    upload = take(quiz, scans(0, blank, 1, blank, 2, blank, 3, blank, 5, 6, 7, 8))
    work()

    pages = upload.pages.order_by("number")
    waiting = {page.number: page.reason for page in pages if page.state == Page.State.DOUBTFUL}
    assert waiting == {8: "Page 2 of this paper is missing, and may be this empty one."}
    assert [page.number for page in pages if page.state == Page.State.BLANK] == [2, 4, 6]


def test_of_scans_on_one_side_without_a_missing_page_nothing_is_asked(
    quiz, scans, take, work, blank
):
    upload = take(quiz, scans(0, 1, 2, blank, 3, 4, 5))
    work()

    assert not upload.pages.filter(state=Page.State.DOUBTFUL).exists()


def test_the_repair_desk_offers_the_place_where_it_is_missing(
    quiz, scans, take, work, blank, as_, world
):
    upload = take(quiz, scans(0, 1, 2, 3, blank, 5))
    work()
    page = upload.pages.get(number=5)

    response = as_("ines").get(f"/exams/{quiz.pk}/repair/?at={page.pk}")

    chosen = response.context["desk"].chosen
    assert chosen.page == page
    assert (chosen.sure.paper, chosen.sure.number) == (2, 2)
    assert "It is page 2 of paper 2" in response.content.decode()
    # It fits nothing, so no fit is told of.
    assert "Fits" not in dict(chosen.facts)

    corrections.place(page, quiz.submissions.get(number=2), 2, by=world.ines)
    corrections.put_back(repairs.last_of(quiz, world.ines), by=world.ines)
    page.refresh_from_db()
    assert (page.state, page.alike) == (Page.State.DOUBTFUL, [2])
