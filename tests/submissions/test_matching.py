from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.likelihood import folded
from submissions.matching import assign
from submissions.reading import ALPHABET, NOTHING, Reading
from submissions.verdicts import PaperReading, Person

MEI_SATO = Person(1, "Mei", "Sato", "s0031742")
MEI_SAITO = Person(2, "Mei", "Saito", "s0817455")
BEN = Person(3, "Benjamin", "Orr-Whitcombe", "s0620918")
LUCIA = Person(4, "Lucía", "Ferreira", "s0417049")
TARIQ = Person(5, "Tariq", "Benali", "s0419328")
ROSTER = [MEI_SATO, MEI_SAITO, BEN, LUCIA, TARIQ]


def heard(text: str, certain: float = 0.97) -> Reading:
    """A reading of `text` as the recogniser would give it: a step a letter, a step between."""
    letters = folded(text)
    probs = np.full((2 * len(letters) + 1, 1 + len(ALPHABET)), (1 - certain) / len(ALPHABET))
    probs[::2, 0] = certain
    for n, letter in enumerate(letters):
        probs[2 * n + 1, 1 + ALPHABET.index(letter)] = certain
    return Reading(text, certain, np.log(probs).astype(np.float32), False)


def paper(key: int | str, name: str | None, sid: str | None) -> PaperReading:
    """A paper on which this was written; "" for a region left empty, None for no region."""
    said = [None if text is None else heard(text) if text else NOTHING for text in (name, sid)]
    return PaperReading(key, said[0], said[1])


def verdict_on(name, sid, taken=None, others=()):
    return assign([paper(12, name, sid), *others], ROSTER, taken or {})[0]


@pytest.mark.parametrize(
    ("name", "sid", "person"),
    [
        ("Mei Sato", "s0031742", MEI_SATO),
        ("Sato, Mei", "s0031742", MEI_SATO),
        ("M. Sato", "0031742", MEI_SATO),
        ("Lucia Ferreira", "s0417049", LUCIA),
        ("LUCÍA FERREIRA", "s0417049", LUCIA),
        ("Mei Salto", "s0031742", MEI_SATO),  # one letter misread
        ("Benjamin Orr", "s0620978", BEN),  # half a name, one digit misread
        ("Tariq Benali", "", TARIQ),
        ("Tariq Benali", None, TARIQ),
        (None, "s0419328", TARIQ),
    ],
)
def test_what_is_clear_is_matched(name, sid, person):
    verdict = verdict_on(name, sid)

    assert (verdict.person, verdict.sure) == (person.key, True)
    assert verdict.candidates[0].person == person.key


@pytest.mark.parametrize(
    ("name", "sid", "reason"),
    [
        ("", "", "No name and no number is written."),
        ("", None, "No name is written."),
        (None, None, "This exam has no place for a name or a number."),
        (
            "Mei",
            None,
            "The name fits both Mei Sato and Mei Saito, and there is no number to decide.",
        ),
        ("Otto Lindqvist", "s0555123", "What is written fits nobody on the roster."),
        ("", "s0555123", "No name is written, and the number fits nobody on the roster."),
        ("Otto Lindqvist", "", "No number is written, and the name fits nobody on the roster."),
        ("Otto Lindqvist", None, "What is written fits nobody on the roster."),
        (
            "Tariq Benali",
            "s0417049",
            "The name looks like Tariq Benali’s, the number like Lucía Ferreira’s.",
        ),
        ("Tariq Benali", "s0555123", "The number does not look like Tariq Benali’s."),
        ("Lulu", "s0417049", "The name does not look like Lucía Ferreira’s."),
        ("Mei Sato", "s00", "Mei Sato and Mei Saito are hard to tell apart here."),
        ("Mei Saito", "s", "It looks like Mei Saito’s, but Mei Sato is not ruled out."),
        (
            "Mei Saito",
            "s00",
            "The name looks like Mei Saito’s, the number a little more like Mei Sato’s.",
        ),
    ],
)
def test_what_is_doubtful_waits_and_says_why(name, sid, reason):
    verdict = verdict_on(name, sid)

    assert not verdict.sure
    assert verdict.reason == reason


def test_ink_that_says_nothing_is_not_called_written():
    specks = Reading("", 0.1, None, False)

    (verdict,) = assign([PaperReading(12, specks, specks)], ROSTER, {})

    assert verdict.reason == "No name and no number can be read."


def test_a_faint_likeness_is_not_enough_even_with_nobody_else_to_choose():
    (verdict,) = assign([paper(12, "Luca", None)], [LUCIA], {})

    assert not verdict.sure
    assert verdict.reason == "Lucía Ferreira fits, but not clearly."


def test_the_number_decides_between_two_like_names():
    verdict = verdict_on("Mei", "s0031742")

    assert (verdict.person, verdict.sure) == (MEI_SATO.key, True)
    assert verdict.reason == (
        "The name alone would not settle it; the number decides for Mei Sato."
    )
    assert verdict.candidates[0].name_score == pytest.approx(0.5, abs=0.2)
    assert verdict.candidates[0].sid_score > 0.9


def test_two_papers_of_one_person_both_wait():
    first, second = assign(
        [paper(12, "Mei Sato", "s0031742"), paper(40, "Mei Sato", "s0031742")], ROSTER, {}
    )

    assert (first.sure, second.sure) == (False, False)
    assert first.reason == second.reason == "Two papers look like Mei Sato’s: 12 and 40."


def test_papers_are_called_by_their_label():
    papers = [PaperReading(n, heard("Tariq Benali"), None, label=f"B{n}") for n in (3, 11, 7)]

    verdict = assign(papers, ROSTER, {})[0]

    assert verdict.reason == "Three papers look like Tariq Benali’s: B3, B7 and B11."


def test_a_strangers_faint_likeness_does_not_hold_up_the_real_paper():
    real, stranger = assign(
        [paper(12, "Tariq Benali", "s0419328"), paper(13, "Ina Benak", "s0419999")], ROSTER, {}
    )

    assert (real.person, real.sure) == (TARIQ.key, True)
    assert not stranger.sure


def test_a_persons_word_stands_against_what_is_written():
    verdict = verdict_on("Tariq Benali", "s0419328", taken={12: BEN.key})

    assert (verdict.person, verdict.sure) == (BEN.key, True)
    assert verdict.reason == "A person said so."
    assert verdict.candidates[0].person == TARIQ.key


def test_whom_a_person_gave_away_is_not_given_again():
    others = [paper(41, "", "")]

    verdict = verdict_on("Tariq Benali", "s0419328", taken={41: TARIQ.key}, others=others)

    assert not verdict.sure
    assert verdict.person != TARIQ.key
    assert verdict.candidates[0].person == TARIQ.key
    assert verdict.reason == (
        "It looks like Tariq Benali’s, but a person gave Tariq Benali paper 41."
    )


def test_a_paper_taken_from_somebody_waits_and_holds_nobody_up():
    papers = [paper(12, "Tariq Benali", "s0419328"), paper(13, "Tariq Benali", "s0419328")]

    denied, other = assign(papers, ROSTER, {}, None, [(12, TARIQ.key), (99, TARIQ.key)])

    assert not denied.sure
    assert denied.reason == "A person said that it is not Tariq Benali’s."
    assert denied.person != TARIQ.key
    # The two would rival each other without that word.
    assert (other.person, other.sure) == (TARIQ.key, True)


def test_a_word_about_a_paper_or_person_not_here_is_harmless():
    verdict = verdict_on("Tariq Benali", "s0419328", taken={99: LUCIA.key, 98: 77})

    assert (verdict.person, verdict.sure) == (TARIQ.key, True)


def test_a_name_in_other_letters_is_matched_by_its_number():
    roster = [*ROSTER, Person(6, "美", "佐藤", "s0900417")]

    (verdict,) = assign([paper(12, "", "s0900417")], roster, {})

    assert (verdict.person, verdict.sure) == (6, True)


def test_a_person_without_a_number_is_matched_by_name():
    roster = [*ROSTER, Person(6, "Wilhelmina", "Castellanos", "")]

    (verdict,) = assign([paper(12, "Wilhelmina Castellanos", "s0900417")], roster, {})

    assert (verdict.person, verdict.sure) == (6, True)


def test_a_text_without_scores_is_matched_by_its_edits():
    texts = PaperReading(
        12, Reading("Tarlq Benali", 0, None, False), Reading("s0419328", 0, None, False)
    )

    (verdict,) = assign([texts], ROSTER, {})

    assert (verdict.person, verdict.sure) == (TARIQ.key, True)


def test_at_most_five_candidates_best_first():
    roster = [Person(n, "Mei", f"Sato{'abcdefgh'[n]}", f"s003174{n}") for n in range(8)]

    (verdict,) = assign([paper(12, "Mei Sato", "s0031744")], roster, {})

    certainties = [candidate.certainty for candidate in verdict.candidates]
    assert len(certainties) == 5
    assert certainties == sorted(certainties, reverse=True)
    assert all(0 <= certainty <= 1 for certainty in certainties)


def test_no_papers_and_nobody_on_the_roster():
    assert assign([], ROSTER, {}) == []
    (verdict,) = assign([paper(12, "Mei Sato", "s0031742")], [], {})
    assert (verdict.person, verdict.sure) == (None, False)
    assert verdict.reason == "There is nobody on the roster yet."


NAMES = st.sampled_from(
    ["Mei Sato", "Mei Saito", "Mei", "Sato", "Tariq Benali", "Orr", "Lucia", "Zed Nobody", ""]
)
SIDS = st.sampled_from([person.sid for person in ROSTER] + ["s0031743", "999", ""])
WRITTEN = st.lists(st.tuples(NAMES, SIDS), max_size=7)
TAKEN = st.dictionaries(
    st.integers(0, 8), st.sampled_from([person.key for person in ROSTER]), max_size=3
)


def papers_of(written: list[tuple[str, str]]) -> list[PaperReading]:
    return [paper(n, name, sid) for n, (name, sid) in enumerate(written)]


@settings(max_examples=60, deadline=None)
@given(WRITTEN, TAKEN)
def test_never_two_sure_papers_for_one_person_and_a_word_always_stands(written, taken):
    one_each = {key: who for key, who in taken.items() if list(taken.values()).count(who) == 1}

    verdicts = assign(papers_of(written), ROSTER, one_each)

    sure = [verdict.person for verdict in verdicts if verdict.sure]
    assert len(sure) == len(set(sure))
    proposed = [verdict.person for verdict in verdicts if verdict.person is not None]
    assert len(proposed) == len(set(proposed))
    for verdict in verdicts:
        if verdict.paper in one_each:
            assert (verdict.person, verdict.sure) == (one_each[verdict.paper], True)
        elif verdict.sure:
            assert verdict.person not in one_each.values()


@settings(max_examples=40, deadline=None)
@given(WRITTEN, TAKEN, st.randoms(use_true_random=False))
def test_the_order_of_papers_and_roster_does_not_matter(written, taken, random):
    papers, roster = papers_of(written), list(ROSTER)
    before = assign(papers, roster, taken)

    random.shuffle(papers)
    random.shuffle(roster)
    after = assign(papers, roster, taken)

    assert sorted(after, key=lambda verdict: verdict.paper) == before


# Papers printed for somebody


def printed_for(person, name, sid, others=()):
    return assign([paper(12, name, sid), *others], ROSTER, {}, {12: person.key})[0]


def test_a_paper_printed_for_somebody_is_theirs_where_their_name_is_read():
    verdict = printed_for(MEI_SATO, "Mei Sato", None)

    assert (verdict.person, verdict.sure) == (MEI_SATO.key, True)
    assert (
        verdict.reason == "It was printed for them, and nothing that is written speaks against it."
    )


def test_for_whom_it_was_printed_decides_between_two_like_names():
    assert not verdict_on("Mei", None).sure
    assert printed_for(MEI_SAITO, "Mei", None).person == MEI_SAITO.key


@pytest.mark.parametrize(
    ("name", "sid", "reason"),
    [
        (
            "Tariq Benali",
            "s0419328",
            "It was printed for Lucía Ferreira. What is written looks like Tariq Benali’s.",
        ),
        ("", "", "It was printed for Lucía Ferreira. No name and no number is written."),
        ("Otto Lindqvist", "s0417049", "The name does not look like Lucía Ferreira’s."),
        (
            "Tariq",
            None,
            "It was printed for Lucía Ferreira. What is written looks like Tariq Benali’s.",
        ),
    ],
)
def test_somebody_else_on_a_paper_printed_for_one_makes_it_wait(name, sid, reason):
    verdict = printed_for(LUCIA, name, sid)

    assert not verdict.sure
    assert verdict.reason == reason


def test_one_for_whom_nothing_is_written_yet_is_proposed_first():
    assert printed_for(TARIQ, "", "").candidates[0].person == TARIQ.key


def test_who_left_the_roster_gets_no_paper_for_having_one_printed():
    verdict = assign([paper(12, "Tariq Benali", None)], ROSTER[:4], {}, {12: TARIQ.key})[0]

    assert not verdict.sure
