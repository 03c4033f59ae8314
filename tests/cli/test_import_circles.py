"""No module imports another that, by whatever way, imports it back. Imports inside functions count too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.cli.import_circles import circles, imports_of

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(
    folder.name
    for folder in ROOT.iterdir()
    if (folder / "__init__.py").is_file() and folder.name not in ("tests", "benchmarks")
)


def test_no_module_is_in_a_circle() -> None:
    assert circles(imports_of(ROOT, PACKAGES)) == []


def test_every_package_of_ours_is_looked_at() -> None:
    assert {"accounts", "bot", "cases", "eligibility", "hotline", "referrals", "web"} <= set(PACKAGES)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a": "import p.b", "b": "import p.a"}, [["p.a", "p.b"]]),
        ({"a": "from p import b", "b": "def f():\n    from p.a import x"}, [["p.a", "p.b"]]),
        ({"a": "from . import b", "b": "from .c import x", "c": "from p import a"}, [["p.a", "p.b", "p.c"]]),
        ({"a": "import p.b", "b": "import json"}, []),
    ],
)
def test_circles_are_found(tmp_path: Path, files: dict[str, str], found: list[list[str]]) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name, text in files.items():
        ast.parse(text)
        (folder / f"{name}.py").write_text(text)
    assert circles(imports_of(tmp_path, ["p"])) == found
