"""The house keeps its word: locks, documents, the compose file and `run` tell the same story."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from config import checks
from config.storage import storages

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]
RUN = (ROOT / "run").read_text()
DOCS = "\n".join(
    path.read_text()
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if path.name != "CHANGELOG.md"
)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def requirements(lock: str) -> list[str]:
    """Return the requirements of a lock file, each with its hashes on one line."""
    return (ROOT / lock).read_text().replace("\\\n", " ").splitlines()


def run_functions(*calls: str, **environment: str) -> str:
    """Call functions of `run` without letting it do what its arguments say."""
    functions = RUN.partition("\ncommand=${1:-help}\n")[0].replace('"${BASH_SOURCE[0]}"', "run")
    return subprocess.run(
        ["bash", "-c", "\n".join([functions, *calls])],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
    ).stdout


# Locks


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock):
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock):
    pinned = re.compile(r"[\w.-]+==\S+( ; [^\\]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")

    assert [line for line in requirements(lock) if not pinned.fullmatch(line)] == []


def test_the_development_lock_holds_all_of_the_other():
    # `run` relies on it: one .venv, and no second look after the larger lock went in.
    runtime, dev = (set(requirements(lock)) for lock in LOCKS)

    assert runtime <= dev


def test_lock_files_with_addresses_stay_out():
    names = ["uv.lock", "pylock.toml"]

    assert set(names) <= set((ROOT / ".gitignore").read_text().split())
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = ["git", "-c", f"safe.directory={ROOT}", "ls-files", *names]
        assert subprocess.check_output(listed, cwd=ROOT) == b""


# Documents


def environment_read() -> set[str]:
    """Return the variables that config asks the environment for."""
    return {
        node.args[0].value
        for path in (ROOT / "config").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def commands_of_run() -> list[str]:
    return re.findall(r"^cmd_(\w+)\(\)", RUN, re.MULTILINE)


def test_every_variable_is_documented():
    assert len(environment_read()) > 20
    assert {name for name in environment_read() if f"`{name}`" not in DOCS} == set()


def test_every_variable_of_run_is_documented():
    names = set(re.findall(r"\$\{([A-Z_]+):-", RUN)) - {"BASH_SOURCE"}

    assert {"PORT", "WEB_THREADS"} <= names
    assert {name for name in names if f"`{name}`" not in DOCS} == set()


def test_every_command_of_run_is_documented():
    assert "demo" in commands_of_run()
    assert [name for name in commands_of_run() if f"./run {name}" not in DOCS] == []


def test_every_command_of_run_is_in_its_help():
    lines = run_functions("cmd_help").splitlines()[1:]

    assert [line.split()[0] for line in lines] == commands_of_run()


def test_every_management_command_is_documented():
    names = {path.stem for path in ROOT.glob("*/management/commands/[!_]*.py")}

    assert "runjobs" in names
    assert {name for name in names if f"`{name}`" not in DOCS} == set()


def test_every_check_is_documented_and_has_its_own_id():
    ids = re.findall(r'id="(marginalia\.[EW]\d+)"', Path(checks.__file__).read_text())

    assert len(ids) == len(set(ids)) > 5
    assert [name for name in ids if f"`{name}`" not in DOCS] == []


def test_no_document_names_a_run_command_that_is_not_there():
    named = set(re.findall(r"\./run ([a-z]+)", DOCS))

    assert named - set(commands_of_run()) == set()


# The compose file


def with_defaults(words: list[str]) -> str:
    """Return a compose command as it runs when .env sets nothing."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", " ".join(words))


def test_compose_serves_as_run_does():
    command = run_functions("web_command", HOST="0.0.0.0").strip()

    assert with_defaults(COMPOSE["services"]["web"]["command"]) == f"python {command}"


def test_compose_works_as_run_does():
    command = run_functions("worker_command", REDIS_URL="redis://redis").strip()

    assert with_defaults(COMPOSE["services"]["worker"]["command"]) == f"python {command}"


def test_every_service_that_stays_says_how_it_is():
    stays = {"web", "worker", "db", "redis"}

    assert all("healthcheck" in COMPOSE["services"][name] for name in stays)
    assert COMPOSE["services"]["migrate"]["restart"] == "no"


def test_secrets_have_no_default():
    text = (ROOT / "docker-compose.yml").read_text()

    for name in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}(:.)", text)) == {":?"}


def test_every_variable_of_compose_is_documented():
    names = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))

    assert {name for name in names if name not in DOCS} == set()


def test_the_image_holds_the_packages_that_run_asks_for():
    packages = run_functions('echo "${RUNTIME[@]}"').split()
    image = (ROOT / "docker" / "Dockerfile").read_text().split()

    assert set(packages) - set(image) == {"python3-venv"}


def test_static_files_are_collected_as_run_does(settings, tmp_path):
    # Every address in a css file and every import in a module leads to a file that is there.
    flags = re.findall(r"--ignore '([^']+)'", RUN)
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = storages("", tmp_path)

    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=[*flags])

    assert (tmp_path / "staticfiles.json").exists()
    assert flags == re.findall(r"--ignore '([^']+)'", (ROOT / "docker/Dockerfile").read_text())


def test_a_missing_font_is_asked_for_by_the_package_that_run_installs():
    assert set(checks.FONTS.values()) <= set(run_functions('echo "${RUNTIME[@]}"').split())


# run


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_a_script_is_bash_and_may_be_started(script):
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)

    assert os.access(ROOT / script, os.X_OK)


def test_an_unknown_command_is_refused_in_words():
    done = subprocess.run([ROOT / "run", "fly"], capture_output=True, text=True)

    assert done.returncode == 1
    assert "no 'fly' here" in done.stderr


def test_what_is_missing_is_said_with_the_command_to_type():
    said = run_functions(
        "has() { [ $1 != poppler-utils ]; }",
        "can_be_root() { false; }",
        "(needs python3-venv poppler-utils 2>&1) || true",
    )

    assert said.startswith("Missing: poppler-utils. Type: ")
    assert said.rstrip().endswith("apt-get install --no-install-recommends poppler-utils")


def test_the_demo_leaves_real_data_alone():
    said = run_functions(
        "port_is_free() { :; }; ready_to_serve() { :; }; keep_running() { :; }",
        'python() { echo "$DATA_DIR ${DATABASE_URL:-none} ${STORAGE_URL:-none} $HTTPS"; }',
        "cmd_demo",
        DATABASE_URL="postgres://real/grades",
        STORAGE_URL="s3://real/scans",
        DATA_DIR="/srv/real",
    )

    assert said.split() == [str(ROOT / "data" / "demo"), "none", "none", "no"]


def page_names() -> set[str]:
    """Every name of an address that is a page, not the API's."""

    def under(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
        for one in patterns:
            address = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from under(one.url_patterns, address)
            elif one.name and not address.startswith("api/"):
                yield one.name

    return set(under(get_resolver().url_patterns))


def test_the_page_table_names_every_page_and_no_other():
    table = (ROOT / "docs/design.md").read_text().partition("\n## Pages\n")[2]
    rows = [row.split(" | ") for row in table.splitlines() if row.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row[1])}

    assert told == page_names()


@pytest.mark.parametrize("app", ["jobs", "gradebook", "submissions", "rubrics", "scoring"])
def test_the_design_names_every_noun_and_only_modules_that_are_there(app):
    design = (ROOT / "docs/design.md").read_text()
    (row,) = (line for line in design.splitlines() if line.startswith(f"| {app} | "))
    nouns, modules = row.strip("| ").split(" | ")[1:]
    nouns_told = set(nouns.split(", "))
    stems = {path.stem for path in (ROOT / app).glob("*.py")} | {
        path.name for path in (ROOT / app).iterdir() if path.is_dir()
    }

    assert {model.__name__ for model in apps.get_app_config(app).get_models()} == nouns_told
    told = {Path(name).name.removesuffix(".py") for name in re.findall(r"`([^`]+)`", modules)}
    assert told <= stems | {"models", "runner"}
