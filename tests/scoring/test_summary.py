from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gradebook.points import points_text, signed_text
from rubrics.words import MATHS
from scoring.copies.emoji import leading_emoji
from scoring.copies.maths import formula
from scoring.copies.summary import A4, draw_summary, language, leaves, view
from scoring.copies.texts import blocks, inline
from scoring.results import Line, Part, Result
from tests.scoring.papers import midterm, pypdf_text, text_of


@pytest.fixture(scope="module")
def drawn():
    return draw_summary(midterm())


def paper(*items: Line, shown="all", comments=(), **fields) -> Result:
    part = Part("1", "", "Only question", 300, 200, items=items, comments=comments)
    return replace(midterm(), questions=(replace(part, **fields),), rubric_shown=shown)


def test_the_total_stands_as_people_write_it(drawn):
    assert "101.5 / 124" in text_of(drawn)


def test_there_is_one_check_mark_for_every_applied_item(drawn):
    assert text_of(drawn).count("✓") == 54


def test_all_of_it_is_read_in_order(drawn):
    """Every part with its score, every item with its check mark and points, every comment."""
    text = " ".join(text_of(drawn).split())
    wanted = list(words_in_order(midterm()))
    place = 0
    for words in wanted:
        found = text.find(words, place)
        assert found >= 0, words
        place = found + len(words)
    assert len(wanted) > 190 - 20 + 50


def words_in_order(result: Result) -> Iterator[str]:
    """What is to be read; a formula, which is drawn, by its source."""
    yield "101.5 / 124"
    for part in leaves(result.questions):
        label = part.label if part.label != part.number else ""
        yield f"{part.number} {label} {part.title}" if label else part.title
        yield f"{points_text(part.score)} / {points_text(part.points)}"
        for item in part.items:
            check = "✓ " if item.applied else ""
            said = " ".join(item.text.split()) or "(no description yet)"
            yield f"{check}{signed_text(item.points, result.scoring)} {sources(said)}"
        for comment in part.comments:
            yield from (sources(line.strip()) for line in comment.split("\n") if line)


def sources(text: str) -> str:
    """The text as it is extracted: its formulae without their dollar signs."""
    return MATHS.sub(lambda found: found[0].strip("$").strip(), text)


MIXED = (
    r"Right, in terms of $\theta$ or of $\frac{a}{b} + \alpha x$, and $$\sum_{i=1}^n x_i$$ after"
)


@pytest.mark.parametrize("read", [text_of, pypdf_text])
def test_a_formula_is_read_in_its_line_by_its_source(read):
    drawn = draw_summary(paper(Line(1, MIXED, -50, True), comments=(MIXED,)))

    lines = read(drawn).splitlines()

    assert f"✓ −0.5 {sources(MIXED)}" in lines
    assert sum(line.endswith(sources(MIXED)) for line in lines) == 2


def test_a_formula_is_tagged_as_one_and_says_its_source():
    drawn = draw_summary(paper(Line(1, r"So $x^2$", -50, True)))

    with pikepdf.open(BytesIO(drawn)) as pdf:
        (one,) = (
            thing
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and "/Alt" in thing
        )
        assert (str(one.S), str(one.Alt)) == ("/Formula", "x^2")


def test_a_check_mark_its_points_and_its_words_are_read_as_one_line(drawn):
    lines = text_of(drawn).splitlines()

    assert "✓ −0 True, as it should be" in lines
    assert "✓ −0.5 (iii) not circled" in lines
    assert "−2 False, or nothing circled" in lines


def test_a_comments_own_emoji_takes_the_place_of_the_speech_mark(drawn):
    text = text_of(drawn)

    assert "💡 Draw at random on a log scale" in text
    assert text.count("💬") == 1


def test_a_question_without_parts_stands_alone(drawn):
    assert "QUESTION 3\nConvolutional architectures 12 / 12" in text_of(drawn)


def test_it_is_tagged_and_says_its_language_and_title(drawn):
    with pikepdf.open(BytesIO(drawn)) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.MarkInfo.Marked
        assert "Avery Rhodes" in str(pdf.docinfo["/Title"])
        assert b"pdfuaid:part" in pdf.Root.Metadata.read_bytes()


def test_the_same_result_gives_the_same_bytes(drawn):
    draw_summary(paper())

    assert draw_summary(midterm()) == drawn


def test_the_exam_says_which_items_are_shown():
    items = (Line(1, "Sound", 0, True), Line(2, "Sloppy", -100, False))

    assert "Sloppy" in text_of(draw_summary(paper(*items)))
    applied = text_of(draw_summary(paper(*items, shown="applied")))
    assert "Sound" in applied
    assert "Sloppy" not in applied
    assert "Sound" not in text_of(draw_summary(paper(*items, shown="none")))


def test_what_nobody_graded_says_so():
    text = text_of(draw_summary(paper(score=None)))

    assert "not graded yet / 3" in text
    assert "1 answer is not graded yet" in text


def test_an_adjustment_has_its_line_even_without_a_rubric():
    assert "−0.5 Adjustment" in text_of(draw_summary(paper(adjustment=-50, shown="none")))


def test_an_item_nobody_described_shows_its_points_where_it_moved_some_and_is_left_out_elsewhere():
    items = (Line(1, " ", 0, True), Line(2, "", -50, True), Line(3, "\n", -100, False))
    text = text_of(draw_summary(paper(*items)))

    assert "description" not in text
    assert [line for line in text.splitlines() if "✓" in line or "−" in line] == ["✓ −0.5"]


def test_a_group_is_named_once_above_its_items():
    items = [Line(n, f"Case {n}", 0, False, group="Shapes") for n in (1, 2)]

    assert text_of(draw_summary(paper(*items))).count("Shapes") == 1


def test_every_script_is_read_back():
    words = "Żółć 你好 مرحبا שלום नमस्ते 🎉"
    text = text_of(draw_summary(paper(Line(1, words, 0, True), comments=("再见 🙂",))))

    for word in ("Żółć", "你好", "🎉", "再见", "🙂"):
        assert word in text


def test_words_are_never_read_as_markup():
    attack = '#read("/etc/passwd") #{panic()} *bold* $#x$ "quotes" \\ @ref <label> #image("a")'
    text = text_of(draw_summary(paper(Line(1, attack, 0, True), title="#panic() = [x]")))

    assert '#read("/etc/passwd") #{panic()}' in text
    assert "#panic() = [x]" in text


def test_long_words_wrap_and_long_rubrics_break_across_pages():
    items = [Line(n, f"Number {n} " + "a long remark " * 30, -100, False) for n in range(40)]
    pdf = draw_summary(paper(*items))

    assert "Number 39" in text_of(pdf)
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert len(opened.pages) > 2


def test_a_pages_foot_says_that_it_counts_the_summarys_pages():
    pages = text_of(draw_summary(paper(*(Line(n, "Slip", 0, False) for n in range(90)))))

    feet = re.findall(r"Summary, page (\d) of (\d)", pages)
    assert feet == [(str(n), str(len(feet))) for n in range(1, len(feet) + 1)]
    assert len(feet) > 1


def test_no_page_ends_with_a_heading():
    remarks = tuple(Line(n, "Long remark", 0, False) for n in range(30))
    inner = Part("2.1", "a", "Inner", 100, 100, items=remarks)
    second = Part("2", "", "Second", 100, 100, parts=(inner,))
    turned = set()
    for filler in range(48, 57):
        lines = tuple(Line(n, "x", 0, False) for n in range(filler))
        first = Part("1", "", "First", 0, 0, items=lines)
        pages = text_of(draw_summary(replace(midterm(), questions=(first, second)))).split("\f")
        number = next(n for n, page in enumerate(pages) if "Second" in page)
        assert "Inner" in pages[number], filler
        assert "Long remark" in pages[number], filler
        turned.add(number)

    assert turned == {0, 1}


def test_maths_is_drawn_and_keeps_its_source_as_alternative_text():
    words = r"Factor $\frac{1}{m}$ missing, $$\sum_i x_i$$ too"
    pdf = draw_summary(paper(Line(1, words, -100, True), comments=(r"See $$x^2$$",)))

    assert "$" not in text_of(pdf)
    assert set(alternatives(pdf)) == {r"\frac{1}{m}", r"\sum_i x_i", "x^2"}


def test_a_links_address_is_written_out():
    text = text_of(draw_summary(paper(comments=("[notes](https://example.org/a)",))))

    assert "notes (https://example.org/a)" in text


@pytest.mark.parametrize("latex", [r"\frac{1}", "{a", "a}b", r"\foo{x}", r"\begin{foo}", "", "x^"])
def test_malformed_latex_shows_its_source(latex):
    assert formula(latex) is None
    text = text_of(draw_summary(paper(Line(1, f"See ${latex}$ here", 0, True))))
    assert latex in text


@pytest.mark.parametrize(
    ("before", "after"),
    [("{", "}"), (r"\sqrt{", "}"), (r"\frac{1}{", "}"), ("x_{", "}"), (r"\left(", r"\right)")],
)
def test_a_formula_nested_without_end_shows_its_source_and_six_deep_is_drawn(before, after):
    assert formula(before * 20 + "x" + after * 20) is None
    assert formula(before * 6 + "x" + after * 6)


def test_a_long_formula_is_drawn():
    assert formula("x^2 + y_1 " * 100)


def test_a_lone_dollar_stays_text():
    for text in ("costs $5", "between $5 and $6", "$5/$6"):
        assert inline(text) == [["t", text]] or "m" not in [piece[0] for piece in inline(text)]


def test_light_markdown_is_understood():
    assert inline("a **b** `c`") == [["t", "a "], ["b", [["t", "b"]]], ["t", " "], ["c", "c"]]
    assert [block[0] for block in blocks("one\n\n- two\n- three\n\n> four")] == ["p", "ul", "q"]
    assert inline("<b>x</b>")[0][0] == "t"


def test_underscores_in_maths_are_no_emphasis():
    assert inline("$z_1$ and $z_2$")[0] == ["m", "$z_1", "z_1"]


def test_a_leading_emoji_may_be_joined_of_several():
    assert leading_emoji("👩‍🏫 Well done") == ("👩‍🏫", "Well done")
    assert leading_emoji("Well done 🙂") == ("💬", "Well done 🙂")


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("en", ("en", None)),
        ("pt-BR", ("pt", "BR")),
        ("zh-Hant-TW", ("zh", "TW")),
        ("?", ("en", None)),
    ],
)
def test_a_language_tag_is_taken_apart(tag, found):
    assert language(tag) == found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(), max_size=60))
@example("\ud800\x00\ufffe\u202e")
@example("$$$ $\\$ **_`[](")
@example("1. - > - 1. > # x")
def test_no_words_make_it_fail(words):
    result = paper(Line(1, words, -50, True, words), comments=(words, f"$${words}$$"), title=words)
    result = replace(result, student=words, exam=words, sid=words, language=words)

    assert draw_summary(result).startswith(b"%PDF")


def test_the_view_decides_everything_as_strings():
    line = view(paper(Line(1, "Off by one", -50, True)), A4)["questions"][0]["lines"][0]

    assert (line["points"], line["sign"], line["applied"]) == ("−0.5", "minus", True)


def alternatives(pdf: bytes) -> list[str]:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return [
            str(thing.Alt)
            for thing in opened.objects
            if isinstance(thing, pikepdf.Dictionary) and "/Alt" in thing
        ] + [str(a) for a in _nested(opened.Root.StructTreeRoot)]


def _nested(element):
    if isinstance(element, pikepdf.Dictionary):
        if "/Alt" in element:
            yield element.Alt
        if "/K" in element:
            yield from _nested(element.K)
    elif isinstance(element, pikepdf.Array):
        for child in element:
            yield from _nested(child)
