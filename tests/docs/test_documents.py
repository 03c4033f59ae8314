"""What the documents name exists: links, files, headings, commands, modules, settings, folders; generated pages are current."""

from __future__ import annotations

import functools
import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from cli.main import app
from settings.config import Settings
from tests.docs import generated

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    if path.name != "licenses.md"  # made by a command, of other projects' names
)
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
# Files that exist only in a running service, not in the repository.
OF_THE_SERVICE = frozenset({"keys/master.json", "master.json", "master.key", "keys/journal-anchors.jsonl"})
_SUFFIXES = (".py", ".md", ".yaml", ".yml", ".sh", ".toml", ".html", ".js", ".css", ".typ", ".csv", ".jsonl", ".lock")


@functools.cache
def files() -> frozenset[str]:
    """Every file of the repository and every folder that holds one."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    names = listed.stdout.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    there = {name for name in names if (ROOT / name).is_file()}
    return frozenset(there | {f"{parent}/" for name in there for parent in Path(name).parents if str(parent) != "."})


@functools.cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def quoted(name: str) -> list[str]:
    """What stands between backticks, in code blocks too, line by line."""
    content = text(name)
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", content, re.S | re.M)
    rest = re.sub(r"^```.*?^```", "", content, flags=re.S | re.M)
    return re.findall(r"`([^`\n]+)`", rest) + [
        line.partition("#")[0] for block in blocks for line in block.splitlines()
    ]


def anchor(heading: str) -> str:
    """A heading's address within its page, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("name", NAMES)
def test_its_links_lead_somewhere(name: str) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text(name)):
        if re.match(r"[a-z]+:|/", target):
            continue
        file, _, place = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        if not path.exists():
            dead.append(target)
        elif place and path.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
            if place not in {anchor(heading) for heading in headings}:
                dead.append(target)
    assert dead == []


@pytest.mark.parametrize("name", NAMES)
def test_the_files_it_names_exist(name: str) -> None:
    missing = []
    for word in quoted(name):
        if not re.fullmatch(r"[\w./-]+", word) or word in OF_THE_SERVICE or word.startswith(("/", ".rientro", ".venv")):
            continue
        if word.endswith(_SUFFIXES) or (word.endswith("/") and word.count("/") > 1):
            if not any(file == word or file.endswith(f"/{word}") for file in files()):
                missing.append(word)
    assert missing == []


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_it_names_exist(name: str) -> None:
    known = {f"RIENTRO_{field.upper()}" for field in Settings.model_fields}
    code = "\n".join(
        (ROOT / file).read_text(encoding="utf-8", errors="ignore")
        for file in files()
        if file.startswith(("bot/", "tests/", "benchmarks/", "cli/", "deploy/")) and file.endswith((".py", ".sh"))
    )
    assert [
        word for word in set(re.findall(r"RIENTRO_[A-Z_]*[A-Z]", text(name))) if word not in known and word not in code
    ] == []


def commands() -> set[str]:
    """Every command of ``rientro``, as typed after it."""
    group = typer.main.get_command(app)
    found = set()
    for name, command in group.commands.items():
        found.add(name)
        found |= {f"{name} {inner}" for inner in getattr(command, "commands", {})}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_commands_it_names_exist(name: str) -> None:
    known, targets = commands(), set(re.findall(r"^([a-z]+):", text_of_makefile(), re.M))
    wrong = []
    for line in quoted(name):
        if match := re.match(r"\s*(?:\.venv/bin/)?rientro ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", line):
            first, second = match.groups()
            groups = {command.split()[0] for command in known if " " in command}
            if first not in known or (first in groups and second and f"{first} {second}" not in known):
                wrong.append(line)
        if (match := re.match(r"\s*make ([a-z]+)", line)) and match[1] not in targets:
            wrong.append(line)
        for module in re.findall(r"python -m ([a-z_.]+[a-z_])", line):
            if module != "pytest" and not is_runnable(module):
                wrong.append(line)
    assert wrong == []


def is_runnable(module: str) -> bool:
    """Whether ``python -m`` finds a file of ours to run."""
    path = ROOT / module.replace(".", "/")
    return (
        path.with_suffix(".py").is_file()
        or (path / "__main__.py").is_file()
        or (not path.exists() and importlib.util.find_spec(module.partition(".")[0]) is not None)
    )


@functools.cache
def text_of_makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", generated.PAGES)
def test_a_generated_page_is_current(page: str) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == generated.PAGES[page](), (
        "python -m tests.docs.generated writes it anew"
    )


def test_the_map_names_every_package() -> None:
    packages = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["root_packages"]
    for page in ("README.md", "README.it.md", "docs/architecture.md", "CONTRIBUTING.md"):
        assert [package for package in packages if f"`{package}/" not in text(page)] == [], page


def test_the_map_names_no_folder_that_is_gone() -> None:
    for page in ("README.md", "README.it.md"):
        named = [
            word for row in re.findall(r"^\| (`[^|]+) \|", text(page), re.M) for word in re.findall(r"`([^`]+)`", row)
        ]
        assert len(named) > 10
        assert [word for word in named if word not in files()] == [], page


def test_every_package_is_in_the_wheel_and_in_the_check_of_types() -> None:
    tool = tomllib.loads(text("pyproject.toml"))["tool"]
    packages = set(tool["importlinter"]["root_packages"]) - {"bot"}  # its environment is Rasa's
    assert packages == set(tool["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(tool["mypy"]["packages"])
    here = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks", "deploy", "migrations"}
    assert here - {"bot"} == packages


def test_versions_agree() -> None:
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert re.search(r"^## (\S+)", text("CHANGELOG.md"), re.M)[1] == version
    images = yaml.safe_load(text("deploy/kubernetes/overlays/production/kustomization.yaml"))["images"]
    assert {image["newTag"] for image in images} == {version}


def test_decisions_are_listed_and_dated() -> None:
    listed = set(re.findall(r"\]\((\d{4}-[^)]+)\)", text("docs/decisions/README.md")))
    records = {path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    assert listed == records and len(records) >= 5
    for record in records:
        content = text(f"docs/decisions/{record}")
        assert re.search(r"^20\d\d-\d\d-\d\d · ", content, re.M), record
        assert all(f"**{part}.**" in content for part in ("Decision", "Why", "Cost", "Again when")), record
