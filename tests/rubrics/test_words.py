from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.words import begins, html

CASES = [
    ("*fine*", "<p><em>fine</em></p>"),
    ("$x^2$", '<p><span class="maths">x^2</span></p>'),
    ("$$a<b$$", '<p><span class="maths maths--display">a&lt;b</span></p>'),
    ("costs $5", "<p>costs $5</p>"),
    ("from $5 to $6", "<p>from $5 to $6</p>"),
    ("a\nb", "<p>a<br>\nb</p>"),
    ("![x](http://a/b.png)", "<p></p>"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "shown"), CASES)
def test_texts_read_as_they_were_meant(text, shown):
    assert html(text) == shown


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        "$<script>alert(1)</script>$",
        '$$"><img src=x onerror=alert(1)>$$',
        "\ue0000\ue001 $a$",
    ],
)
def test_nothing_that_could_run_is_left(hostile):
    shown = html(hostile)

    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


@given(st.text(max_size=200))
def test_any_text_is_shown(text):
    html(text)


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("Ten signs.", "Ten signs."),
        ("More than ten signs", "More than…"),
        ("One $$x^2 + y^2$$ more", "One…"),
        ("$x$ is in $$the way$$", "$x$ is in…"),
        ("$$x^2 + y^2$$ alone", "$$x^2 + y…"),
        ("It is $5 or so, or $6.", "It is $5…"),
    ],
)
def test_the_beginning_of_a_text_has_no_formula_in_two(text, beginning):
    assert begins(text, 10) == beginning
