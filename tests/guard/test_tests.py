"""Every test can fail: it checks something itself or through a helper of the tests, and no function hides another."""

from __future__ import annotations

import ast
import functools
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
Function = ast.FunctionDef | ast.AsyncFunctionDef
#: Calls that raise when what they look at is not so; the last part of their name.
CHECKING = frozenset(
    """raises warns fail expect raise_for_status assert_outcomes assert_allclose fnmatch_lines validate
    wait_for wait_for_url wait_for_function wait_for_selector run_state_machine_as_test strict_mode""".split()
)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function of a file, those inside others included."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def called(function: Function) -> set[str]:
    """The last part of the name of whatever is called in a function."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            target = node.func
            names.add(target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", ""))
    return names


def called_of_tests(function: Function, modules: set[str]) -> set[str]:
    """Names of the functions of the tests that a function calls: by name, or of one of the tests' own modules.

    :param modules: names under which its file imports modules of the tests.
    """
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            target = node.func
            if isinstance(target, ast.Name):
                names.add(target.id)
            elif isinstance(target, ast.Attribute) and getattr(target.value, "id", None) in modules:
                names.add(target.attr)
    return names


def modules_of_tests(tree: ast.AST) -> set[str]:
    """Names under which a file imports from the tests."""
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        alias.asname or alias.name
        for node in imported
        if (node.module or "").split(".")[0] == "tests"
        for alias in node.names
    }


def checks_by_itself(function: Function) -> bool:
    """Whether a function holds an assertion, raises one, or runs a command that must succeed."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Raise) and node.exc is not None:
            return True
        if isinstance(node, ast.keyword) and node.arg == "check" and getattr(node.value, "value", None) is True:
            return True
    return bool(called(function) & CHECKING)


def cannot_fail(trees: dict[str, ast.AST]) -> list[str]:
    """Tests that check nothing, neither themselves nor through a function of these files: ``file:line name``."""
    calls = {
        function: called_of_tests(function, modules_of_tests(tree))
        for tree in trees.values()
        for function in functions(tree)
    }
    checking = {function.name for function in calls if checks_by_itself(function)}
    while more := {f.name for f, names in calls.items() if f.name not in checking and names & checking}:
        checking |= more
    return [
        f"{name}:{function.lineno} {function.name}"
        for name, tree in trees.items()
        for function in functions(tree)
        if function.name.startswith("test_") and not checks_by_itself(function) and not calls[function] & checking
    ]


def hidden(tree: ast.AST) -> list[str]:
    """Functions that a later one of the same name in the same body replaces: ``line name``."""
    found = []
    for node in ast.walk(tree):
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            seen: dict[str, Function] = {}
            for child in body if isinstance(body, list) else ():
                if isinstance(child, Function) and not child.decorator_list:
                    if child.name in seen:
                        found.append(f"{seen[child.name].lineno} {child.name}")
                    seen[child.name] = child
                elif isinstance(child, Function) and child.name.startswith("test_"):
                    if child.name in seen:
                        found.append(f"{seen[child.name].lineno} {child.name}")
                    seen[child.name] = child
    return found


@functools.cache
def parsed(pattern: str) -> dict[str, ast.AST]:
    """The files of the tests."""
    return {str(path.relative_to(TESTS)): ast.parse(path.read_text(encoding="utf-8")) for path in TESTS.rglob(pattern)}


def test_every_test_checks_something() -> None:
    assert cannot_fail(parsed("*.py")) == []


def test_no_function_hides_another() -> None:
    assert {name: lines for name, tree in parsed("*.py").items() if (lines := hidden(tree))} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_a():\n    work()", True),
        ("def test_a():\n    work()\n\ndef work():\n    more()\n\ndef more():\n    assert 1", False),
        ("def test_a():\n    world.work()\n\ndef work():\n    assert 1", True),
        ("from tests import world\ndef test_a():\n    world.work()\n\ndef work():\n    assert 1", False),
        ("def test_a():\n    with pytest.raises(ValueError):\n        work()", False),
        ("def test_a():\n    try:\n        work()\n    except ValueError:\n        pass", True),
    ],
)
def test_one_that_checks_nothing_is_found(source: str, found: bool) -> None:
    assert bool(cannot_fail({"f.py": ast.parse(source)})) == found


def test_a_function_that_hides_another_is_found() -> None:
    source = """
        def _ask(): return 1
        def _ask(): return 2
        class A:
            def _ask(self): return 3
        """
    assert hidden(ast.parse(textwrap.dedent(source))) == ["2 _ask"]
