from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.splitting import Seen, form_papers


def stack(*pages: object) -> list[Seen]:
    """Pages in scan order: 3 placed, (2, 3) one of these, "blank", "foreign", "error"."""
    seen = []
    for number, page in enumerate(pages, 1):
        if isinstance(page, int):
            seen.append(Seen(number, page, "placed", 0.8))
        elif isinstance(page, tuple):
            seen.append(Seen(number, None, "doubtful", 0.8, alike=page))
        else:
            seen.append(Seen(number, None, page))
    return seen


def orders(plan) -> list[list[int]]:
    """For each paper, the scan numbers by template page."""
    return [[paper.pages[page] for page in sorted(paper.pages)] for paper in plan.papers]


def every_number(plan) -> list[int]:
    found = list(plan.loose)
    for paper in plan.papers:
        found += {*paper.pages.values(), *paper.extra, *paper.doubts}
    return sorted(found)


def test_whole_papers_in_order_are_simply_cut():
    plan = form_papers(stack(1, 2, 3, 1, 2, 3), 3)

    assert orders(plan) == [[1, 2, 3], [4, 5, 6]]
    assert not plan.loose
    assert not plan.reasons


def test_every_page_of_an_exam_of_one_page_is_a_paper():
    plan = form_papers(stack(1, 1, "blank", 1), 1)

    assert orders(plan) == [[1], [2], [4]]
    assert not any(paper.doubts for paper in plan.papers)


def test_a_missing_page_is_said_and_shifts_no_later_paper():
    plan = form_papers(stack(1, 2, 3, 4, 1, 2, 4, 1, 2, 3, 4), 4)

    assert orders(plan) == [[1, 2, 3, 4], [5, 6, 7], [8, 9, 10, 11]]
    assert [paper.missing for paper in plan.papers] == [(), (3,), ()]


def test_a_last_and_a_first_page_missing_side_by_side_keep_two_papers():
    plan = form_papers(stack(1, 2, 3, 4, 5, 2, 3, 4, 5, 6), 6)

    assert orders(plan) == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]
    assert [paper.missing for paper in plan.papers] == [(6,), (1,)]


def test_a_doubled_page_is_a_doubt_and_the_first_keeps_its_place():
    plan = form_papers(stack(1, 2, 2, 3, 1, 2, 3), 3)

    assert orders(plan) == [[1, 2, 4], [5, 6, 7]]
    assert plan.papers[0].doubts == {3: 2}
    assert plan.reasons[3] == "Page 2 of this paper is here already."


def test_of_two_pages_what_follows_a_doubled_first_may_be_of_either_paper():
    """One eaten between two papers and one scanned twice look the same."""
    plan = form_papers(stack(1, 2, 1, 1, 2, 1, 2), 2)

    assert orders(plan) == [[1, 2], [3], [6, 7]]
    assert plan.papers[1].doubts == {4: 1, 5: 2}
    assert plan.papers[1].missing == (2,)
    assert "Page 1 came twice before it" in plan.reasons[5]


def test_of_two_pages_scanned_last_first_too():
    plan = form_papers(stack(2, 1, 2, 2, 1, 2, 1, 2, 1), 2)

    assert [5 in paper.doubts for paper in plan.papers] == [False, True, False, False]
    assert every_number(plan) == list(range(1, 10))


def test_sheets_of_two_pages_that_all_lie_last_page_first_keep_together():
    plan = form_papers(stack(2, 1, 2, 1, 2, 1), 2)

    assert orders(plan) == [[2, 1], [4, 3], [6, 5]]
    assert not plan.reasons


def test_of_two_pages_one_lost_at_the_end_is_no_other_order():
    assert orders(form_papers(stack(2, 1, 2, 1, 2), 2)) == [[1], [2, 3], [4, 5]]
    assert orders(form_papers(stack(1, 2, 1, 2, 1), 2)) == [[1, 2], [3, 4], [5]]


def test_of_two_pages_a_doubled_last_is_its_own_doubt_alone():
    plan = form_papers(stack(1, 2, 2, 1, 2), 2)

    assert orders(plan) == [[1, 2], [4, 5]]
    assert plan.papers[0].doubts == {3: 2}


def test_two_doubled_papers_in_a_row_both_stay():
    plan = form_papers(stack(1, 2, 3, 3, 4, 1, 2, 2, 3, 4), 4)

    assert orders(plan) == [[1, 2, 3, 5], [6, 7, 9, 10]]


def test_two_pages_swapped_stay_in_their_paper():
    plan = form_papers(stack(1, 2, 3, 4, 1, 3, 2, 4, 1, 2, 3, 4), 4)

    assert orders(plan) == [[1, 2, 3, 4], [5, 7, 6, 8], [9, 10, 11, 12]]
    assert not plan.reasons


def test_a_paper_cut_in_the_middle_is_one_paper():
    plan = form_papers(stack(5, 6, 1, 2, 3, 4), 6)

    assert orders(plan) == [[3, 4, 5, 6, 1, 2]]
    assert plan.papers[0].missing == ()


def test_one_paper_in_another_order_among_others_is_one_paper():
    plan = form_papers(stack(1, 2, 3, 4, 5, 6, 5, 6, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6), 6)

    assert [len(paper.pages) for paper in plan.papers] == [6, 6, 6]


@pytest.mark.parametrize(
    "order", [(5, 6, 1, 2, 3, 4), (6, 5, 4, 3, 2, 1), (1, 3, 5, 2, 4, 6), (2, 1, 4, 3, 6, 5)]
)
def test_a_batch_that_keeps_one_order_throughout_is_cut_by_that_order(order):
    plan = form_papers(stack(*order * 9), 6)

    assert len(plan.papers) == 9
    assert all(not paper.missing and not paper.doubts for paper in plan.papers)
    assert list(plan.papers[1].pages.values()) != []
    assert {*plan.papers[1].pages.values()} == set(range(7, 13))


def test_a_foreign_page_inside_a_paper_waits_there_and_shifts_nothing():
    plan = form_papers(stack(1, 2, "foreign", 3, 1, 2, 3), 3)

    assert orders(plan) == [[1, 2, 4], [5, 6, 7]]
    assert plan.papers[0].extra == (3,)
    assert plan.papers[0].doubts == {3: None}


def test_a_foreign_page_between_papers_belongs_to_none():
    plan = form_papers(stack(1, 2, 3, "foreign", 1, 2, 3), 3)

    assert plan.loose == (4,)
    assert plan.reasons[4] == "It is not a page of this exam."


def test_blank_backs_stay_with_their_sheet_without_a_doubt():
    plan = form_papers(stack(1, "blank", 2, "blank", 1, "blank", 2, "blank"), 2)

    assert [paper.extra for paper in plan.papers] == [(2, 4), (6, 8)]
    assert not any(paper.doubts for paper in plan.papers)


def test_an_unreadable_page_leaves_its_place_empty_and_waits():
    plan = form_papers(stack(1, "error", 3, 1, 2, 3), 3)

    assert plan.papers[0].missing == (2,)
    assert plan.papers[0].doubts == {2: None}


def test_look_alikes_that_fill_a_gap_exactly_are_placed_by_order_and_it_is_said():
    alike = (2, 3, 4)
    plan = form_papers(stack(1, alike, alike, alike, 1, alike, alike, alike), 4)

    assert orders(plan) == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert plan.papers[0].by_order == (2, 3, 4)
    assert "neighbours" in plan.reasons[3]


def test_look_alikes_with_one_too_few_are_not_guessed():
    alike = (2, 3, 4)
    plan = form_papers(stack(1, alike, alike, 1, alike, alike, alike), 4)

    assert orders(plan) == [[1], [4, 5, 6, 7]]
    assert set(plan.papers[0].doubts) == {2, 3}
    assert plan.reasons[2] == "It may be page 2, 3 or 4."


def test_a_sure_page_among_look_alikes_decides_for_its_neighbours():
    plan = form_papers(stack(1, (2, 3), 3, 4, 1, 2, 3, 4), 4)

    assert orders(plan) == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_a_narrow_claim_on_a_taken_place_is_a_doubt_with_the_next_place():
    alike = (2, 3, 4, 5)
    narrow = Seen(8, 2, "placed", 0.8, 0.2, alike=(3, 4, 5))
    pages = stack(1, alike, alike, alike, alike, 1, alike, alike, alike, alike)
    pages[7] = narrow

    plan = form_papers(pages, 5)

    assert len(plan.papers) == 2
    assert plan.papers[1].doubts[8] == 3
    assert not plan.papers[0].doubts


def test_a_page_without_print_is_taken_by_its_neighbours():
    plan = form_papers(stack(1, 2, "blank", 4, 1, 2, "foreign", 4), 4, unplaceable=(3,))

    assert orders(plan) == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert plan.papers[0].by_order == (3,)


def test_papers_shuffled_together_are_left_to_a_person():
    pages = [2, 6, 7, 4, 4, 6, 5, 1, 1, 2, 5, 6, 8, 3, 5, 3, 8, 7, 8, 4, 1, 3, 2, 7]
    plan = form_papers(stack(*pages), 8)

    sure = {n for paper in plan.papers for n in paper.pages.values()}
    assert not sure
    assert every_number(plan) == list(range(1, 25))


def test_one_disordered_paper_alone_is_one_paper_with_its_gaps_said():
    plan = form_papers(stack(4, 6, 2, 7, 8, 3), 8)

    assert len(plan.papers) == 1
    assert plan.papers[0].missing == (1, 5)
    assert not plan.loose


def test_a_stub_of_two_pages_does_not_swallow_the_next_paper():
    plan = form_papers(stack(1, 2, *range(1, 28), *range(1, 28)), 27)

    assert [len(paper.pages) for paper in plan.papers] == [2, 27, 27]


def test_nothing_at_all_makes_no_paper():
    assert form_papers([], 5).papers == ()
    assert form_papers(stack("blank", "foreign"), 5).loose == (1, 2)


@given(st.lists(st.sampled_from([1, 2, 3, 4, (2, 3), "blank", "foreign", "error"]), max_size=24))
@settings(max_examples=150, deadline=None)
def test_no_page_is_ever_lost_or_placed_twice(pages):
    plan = form_papers(stack(*pages), 4)

    assert every_number(plan) == list(range(1, len(pages) + 1))
    placed = [n for paper in plan.papers for n in paper.pages.values()]
    assert len(placed) == len(set(placed))


def test_papers_with_mishaps_here_and_there_are_found_again():
    chance = random.Random(4)
    pages: list[int] = []
    truth = []
    for _ in range(60):
        paper = list(range(1, 9))
        if chance.random() < 0.3:
            paper.remove(chance.randrange(1, 9))
        elif chance.random() < 0.3:
            at = chance.randrange(7)
            paper[at], paper[at + 1] = paper[at + 1], paper[at]
        truth.append(set(range(len(pages) + 1, len(pages) + len(paper) + 1)))
        pages += paper

    plan = form_papers(stack(*pages), 8)

    right = sum({*paper.pages.values()} in truth for paper in plan.papers)
    assert right >= 57


def test_a_look_alike_that_stands_elsewhere_than_it_looks_waits_alone():
    alike = (2, 3, 4)
    plan = form_papers(stack(1, alike, (2, 4), alike, 1, 2, 3, 4), 4)

    assert plan.papers[0].by_order == (2, 4)
    assert plan.papers[0].doubts == {3: 3}
    assert plan.reasons[3] == "It looks like page 2 or 4, but stands where page 3 belongs."


def waiting(plan) -> set[int]:
    return {*plan.loose, *(number for paper in plan.papers for number in paper.doubts)}


def test_papers_shuffled_into_each_other_wait_to_their_last_page():
    shuffled = (1, 2, 1, 2, 3, 4, 5, 3, 6, 4, 5, 7, 8, 6, 9, 7, 8, 9)
    plan = form_papers(stack(*shuffled, *range(1, 10)), 9)

    assert orders(plan) == [[*range(19, 28)]]
    assert waiting(plan) == set(range(1, 19))


def test_a_whole_paper_between_two_parts_of_another_may_be_of_both():
    plan = form_papers(stack(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7, 6, 8, 7, 8, *range(1, 9)), 8)

    assert len(plan.papers) == 1
    assert waiting(plan) == set(range(1, 17))


def test_pages_that_go_on_stay_together_though_one_of_two_papers_is_far_astray():
    # Page 5 of the second and page 3 of the first changed places.
    plan = form_papers(stack(1, 2, 5, 4, 5, 6, 7, 8, 1, 2, 3, 4, 3, 6, 8, *range(1, 9)), 8)

    assert [min(order) for order in orders(plan)] == [1, 9, 16]
    assert {5, 13} <= waiting(plan)
    assert orders(plan)[2] == [*range(16, 24)]


def test_a_page_out_of_order_in_a_paper_that_lacks_one_is_asked_about():
    plan = form_papers(stack(1, 2, 6, 4, 5, 1, 2, 3, 4, 5, 6), 6)

    assert 3 in plan.papers[0].doubts
    assert orders(plan) == [[1, 2, 4, 5], [6, 7, 8, 9, 10, 11]]


def test_a_paper_face_down_before_others_keeps_its_pages_to_itself():
    plan = form_papers(stack(6, 5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6), 6)

    assert orders(plan) == [[6, 5, 4, 3, 2, 1], [7, 8, 9, 10, 11, 12], [13, 14, 15, 16, 17]]
    assert not waiting(plan)


def test_a_first_page_that_is_missing_does_not_make_an_order():
    plan = form_papers(stack(2, 3, 1, 2, 3, 1, 2, 3), 3)

    assert orders(plan) == [[1, 2], [3, 4, 5], [6, 7, 8]]
    assert plan.papers[0].missing == (1,)


def test_a_page_that_claims_its_place_moves_one_that_only_could_be_there():
    """A page of another exam whose little print fits several scratch pages, before the real one."""
    plan = form_papers(stack(1, (2, 3), 2, 3, 1, 2, 3), 3)

    assert orders(plan) == [[1, 3, 4], [5, 6, 7]]
    assert plan.papers[0].doubts == {2: None}
    assert plan.papers[0].missing == ()
    assert plan.reasons == {2: "No free place in this paper fits it: it may be of another exam."}


def test_what_moved_on_names_only_places_that_are_free():
    plan = form_papers(stack(1, (2, 3, 5), 2, 3, 4, 1, 2, 3, 4, 5), 5)

    assert plan.papers[0].pages == {1: 1, 2: 3, 3: 4, 4: 5}
    assert plan.papers[0].missing == (5,)
    assert plan.reasons == {2: "It may be page 5."}


def test_a_narrow_claim_moves_what_fits_far_worse():
    pages = stack(1, (2, 3, 4), 2, 3, 4, 1, 2, 3, 4)
    pages[1] = Seen(2, None, "doubtful", 0.56, alike=(2, 3, 4))
    pages[2] = Seen(3, 2, "placed", 0.87, 0.2, alike=(3, 4))

    plan = form_papers(pages, 4)

    assert orders(plan) == [[1, 3, 4, 5], [6, 7, 8, 9]]
    assert plan.papers[0].doubts == {2: None}
