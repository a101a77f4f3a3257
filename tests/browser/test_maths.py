"""Formulas that somebody wrote to harm: students write some, and graders read them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONGEST = 2000  # of a reason for a regrade


def nested(before: str, after: str = "}") -> str:
    times = (LONGEST - 6) // len(before + after)
    return f"$${before * times}x{after * times}$$"


AS_TYPED = {
    # Each of the first three took the tab down.
    "powers": nested("^{"),
    "fractions": nested(r"\frac{", "}1"),
    "roots": nested(r"\sqrt{"),
    "sizes": "$$" + r"\tiny" * 380 + " x$$",
    "tall": r"$$\rule{1em}{9999em}$$",
    "low": r"$$\raisebox{-9999em}{x}$$",
    "left": r"$$\kern-9999em x$$",
    "rows": r"$$\begin{array}{c}" + r"a\\" * 300 + r"\end{array}$$",
    "macros": r"$$\def\a{\a\a}\a$$",
    "unread": r"costs $\frac$, not $$\frac$$",
    "unbalanced": "$$ x^2 and then nothing",
    "tags": "<script>document.title = 'caught'</script><img src=x onerror=document.title='caught'>",
}


@pytest.fixture
def shown(visit):
    """A text in a <math-text> of a page, when everything in it is typeset that will be."""
    tab = visit("gus", "/")

    def show(text):
        tab.evaluate(
            """(text) => {
              document.querySelector("#here")?.remove();
              const box = document.createElement("math-text");
              box.id = "here";
              box.innerHTML = "<p></p><p>$\\\\ast$</p>";
              box.firstChild.textContent = text;
              document.querySelector("main").append(box);
            }""",
            text,
        )
        expect(tab.locator("#here > p:last-child .katex")).to_be_attached()
        return tab.locator("#here > p").first

    return show


def test_what_would_burst_the_page_stays_as_it_was_typed(shown):
    for name, text in AS_TYPED.items():
        box = shown(text)

        assert box.locator(".katex").count() == 0, name
        assert box.text_content() == text
        assert box.bounding_box()["height"] < 2000, name
    expect(box.page).not_to_have_title("caught")


def test_a_formula_leads_nowhere_and_fetches_nothing(shown):
    box = shown(
        r"$$\href{javascript:document.title=1}{x}$$ $$\url{https://a.example}$$ "
        r"$$\includegraphics{https://a.example/x.png}$$ $$\htmlStyle{position:fixed}{x}$$ "
        r"$$\htmlId{main}{x}$$ $$\text{<img src=x onerror=alert(1)>}$$"
    )

    expect(box.locator("a, img, script, [href], [src], [id]")).to_have_count(0)
    assert "fixed" not in box.inner_html().replace(r"\htmlStyle{position:fixed}{x}", "")


def test_what_people_do_write_is_typeset(shown):
    rows = r"1 & x \\ " * 12
    box = shown(
        rf"$$\begin{{pmatrix}}{rows}\end{{pmatrix}}$$, $$\frac{{1}}{{1+\sqrt{{x}}}}$$, "
        r"$$\hat{\theta} = \arg\max_\theta \sum_{i=1}^{n} \log p(x_i \mid \theta)$$, $5 and $6"
    )

    expect(box.locator(".katex")).to_have_count(3)
    expect(box).to_contain_text("$5 and $6")
