from __future__ import annotations

import cv2
import numpy as np
import zxingcpp
from hypothesis import assume, given
from hypothesis import strategies as st

from submissions.page_codes import (
    DIGITS,
    FIRST_RUN,
    LAST_RUN,
    MOST_PAGES,
    MOST_PAPERS,
    TEXT_LENGTH,
    Code,
    parse,
    symbol,
)

codes = st.builds(
    Code,
    st.integers(FIRST_RUN, LAST_RUN),
    st.integers(1, MOST_PAPERS),
    st.integers(1, MOST_PAGES),
)
places = st.integers(0, DIGITS - 1)


@given(codes)
def test_what_is_printed_is_read(code):
    assert parse(code.text) == parse(code.digits) == code
    assert len(code.text) == TEXT_LENGTH


@given(codes, places, st.sampled_from("0123456789"))
def test_a_wrong_digit_is_noticed(code, place, digit):
    digits = code.digits
    assume(digits[place] != digit)

    assert parse(digits[:place] + digit + digits[place + 1 :]) is None


@given(codes, places, places)
def test_two_digits_that_changed_places_are_noticed(code, one, other):
    digits = [*code.digits]
    assume(digits[one] != digits[other])
    digits[one], digits[other] = digits[other], digits[one]

    assert parse("".join(digits)) is None


@given(codes, places)
def test_a_digit_too_few_or_too_many_is_noticed(code, place):
    digits = code.digits

    assert parse(digits[:place] + digits[place + 1 :]) is None
    assert parse(digits[:place] + "7" + digits[place:]) is None


@given(st.text(max_size=30))
def test_anything_else_is_no_code(text):
    assert parse(text) is None


def test_hyphens_and_spaces_may_be_lost():
    code = Code(47131, 17, 3)

    assert code.text == "47131-0017-003-97"
    assert parse(" 47131 0017—003 97\n") == code


@given(codes)
def test_the_symbol_says_the_same(code):
    black = np.where(symbol(code.digits), 0, 255).astype(np.uint8)
    drawn = cv2.copyMakeBorder(black, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=255)
    (read,) = zxingcpp.read_barcodes(
        cv2.resize(drawn, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    )

    assert parse(read.text) == code
    assert read.ec_level == "H"
