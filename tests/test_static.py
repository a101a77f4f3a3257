"""What no build step watches: names with hashes, modules, colours, policy, and the guide."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.urls import path

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
SHEETS = sorted((STATIC / "css").rglob("*.css"))
PARTIALS = sorted((TEMPLATES / "components").glob("_*.html"))
PAGES = sorted(TEMPLATES.rglob("*.html"))
LOOK = (ROOT / "docs" / "look.md").read_text()

Collected = tuple[Path, dict[str, str]]


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """Every static file, as an installation serves it; and the manifest."""
    folder = tmp_path_factory.mktemp("static")
    storages = {"staticfiles": {"BACKEND": "config.storage.StaticFiles"}}
    with override_settings(STATIC_ROOT=folder, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder, json.loads((folder / "staticfiles.json").read_text())["paths"]


def test_every_module_imports_its_neighbours_under_hashed_names(collected: Collected) -> None:
    folder, paths = collected
    for script in SCRIPTS:
        name = str(script.relative_to(STATIC))
        served = (folder / paths[name]).read_text()
        imported = re.findall(r"""\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""", served)
        for target in imported:
            assert re.search(r"\.[0-9a-f]{12}\.js$", target), f"{name} imports {target}"


def test_every_sheet_is_imported_under_a_hashed_name(collected: Collected) -> None:
    folder, paths = collected
    served = (folder / paths["css/app.css"]).read_text()

    names = re.findall(r'url\("([^"]+)"\)', served)

    assert len(names) > 30
    assert all(re.search(r"\.[0-9a-f]{12}\.css$", name) for name in names)


def test_the_main_sheet_brings_every_component() -> None:
    names = set(re.findall(r'url\("([^".]+\.css)"\)', (STATIC / "css" / "app.css").read_text()))

    ours = {str(file.relative_to(STATIC / "css")) for file in SHEETS}

    assert names == {name for name in ours if name != "app.css" and not name.startswith("pages/")}


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_imports_are_relative_and_end_with_a_semicolon(script: Path) -> None:
    statements = re.findall(
        r"^(?:import|export)\b[^;({=]*?[\"'][^\"']+[\"'];?", script.read_text(), re.M
    )
    statements += re.findall(
        r"^import\s*\{[^}]*\}\s*from\s*[\"'][^\"']+[\"'];?", script.read_text(), re.M
    )
    for statement in statements:
        assert statement.endswith(";"), statement
        assert re.search(r"[\"']\.{1,2}/", statement), statement


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_scripts_make_no_code_of_text(script: Path) -> None:
    text = script.read_text()

    assert not re.search(r"\beval\(|new Function\(|setAttribute\(\"style\"", text)


@pytest.mark.parametrize(
    "script",
    [script for script in SCRIPTS if "customElements.define" in script.read_text()],
    ids=named,
)
def test_an_element_shows_its_markup_on_top_of_its_file(script: Path) -> None:
    text = script.read_text()
    comment = "\n".join(re.findall(r"^//.*", text, re.M))

    for element in re.findall(r'customElements\.define\("([^"]+)"', text):
        assert f"<{element}>" in comment or f"<{element} " in comment


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_templates_keep_to_the_content_policy(page: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", page.read_text())

    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"<[^>]+\son[a-z]+=", text)
    assert not re.search(r"\bhx-on|javascript:", text)
    for trigger in re.findall(r"""\bhx-trigger=("[^"]*"|'[^']*')""", text):
        assert "[" not in trigger, "htmx runs a filter as code"
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
        assert "src=" in tag or 'nonce="{{ request.csp_nonce }}"' in tag, tag


@pytest.mark.parametrize("partial", PARTIALS, ids=named)
def test_a_partial_says_what_it_needs(partial: Path) -> None:
    assert re.match(r"\{# .*Needs: .+ #\}\n", partial.read_text())


def test_the_guide_names_every_part() -> None:
    sheets = [file.name for file in (STATIC / "css" / "components").glob("*.css")]
    modules = [f"lib/{file.name}" for file in (STATIC / "js" / "lib").glob("*.js")]

    for part in [*sheets, *modules, *(file.name for file in PARTIALS)]:
        assert part in LOOK, part


def test_the_guide_names_only_tokens_that_exist() -> None:
    tokens = set(
        re.findall(r"^\s+(--[a-z0-9-]+):", (STATIC / "css" / "tokens.css").read_text(), re.M)
    )

    for sheet in SHEETS:
        text = sheet.read_text()
        own = set(re.findall(r"(--[a-z0-9-]+):", text)) | {"--desk-side", "--desk-panel"}
        # One with a fallback may be set by a script, or not at all.
        used = set(re.findall(r"var\((--[a-z0-9-]+)\)", text))
        assert used <= tokens | own, f"{named(sheet)}: {used - tokens - own}"


@pytest.mark.parametrize("folder", sorted((STATIC / "vendor").iterdir()), ids=named)
def test_vendored_files_stand_beside_their_version_and_licence(folder: Path) -> None:
    if folder.is_dir():
        row = re.search(
            rf"^\| `{folder.name}/` .*", (STATIC / "vendor" / "README.md").read_text(), re.M
        )
        assert row
        assert re.search(r"\d+\.\d+\.\d+", row[0])
        assert (folder / "LICENSE").exists()


def colours(theme: int) -> dict[str, str]:
    """The colour tokens of the light (0) or dark (1) theme."""
    text = (STATIC / "css" / "tokens.css").read_text()
    both = re.findall(r"(--[a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", text)
    one = re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", text)
    return {name: pair[theme] for name, *pair in both} | dict(one)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


GROUNDS = ["--ground", "--panel", "--sunken", "--raised"]
TEXT_PAIRS = [
    *((text, ground) for text in ("--ink", "--quiet", "--accent") for ground in GROUNDS),
    *((text, ground) for text in ("--good", "--bad", "--look") for ground in GROUNDS),
    *((f"--{kind}", f"--{kind}-soft") for kind in ("good", "bad", "look", "plain", "accent")),
    ("--plain", "--accent-soft"),
    ("--ink", "--accent-soft"),
    ("--ink", "--plain-soft"),
    ("--on-fill", "--accent-fill"),
    ("--on-fill", "--accent-deep"),
    ("--on-bar", "--bar"),
]
SHAPE_PAIRS = [
    *(("--edge", ground) for ground in ("--panel", "--ground")),
    *((f"--{kind}-fill", "--panel") for kind in ("accent", "good", "look")),
    *((f"--{kind}-fill", "--track") for kind in ("accent", "good")),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read(theme: int, text: str, ground: str) -> None:
    tokens = colours(theme)

    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_that_mean_something_can_be_seen(theme: int, shape: str, ground: str) -> None:
    tokens = colours(theme)

    assert contrast(tokens[shape], tokens[ground]) >= (2 if ground == "--track" else 3)


class Addresses:
    """The addresses the top bar and the pages for trouble may count on."""

    named = ("home", "login", "logout", "password_change", "password_reset")
    urlpatterns = [path(f"{name}/", HttpResponse, name=name) for name in named]


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "registration/locked"])
def test_a_page_for_trouble_draws_with_nobody_signed_in(name: str, settings: Any) -> None:
    settings.ROOT_URLCONF = Addresses
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    html = render_to_string(f"{name}.html", request=request)

    assert "<h1>" in html
    assert 'class="button button--primary"' in html


def test_the_last_page_needs_neither_request_nor_addresses() -> None:
    html = render_to_string("500.html")

    assert "Something broke on our side" in html
    assert "{% url" not in (TEMPLATES / "500.html").read_text()
