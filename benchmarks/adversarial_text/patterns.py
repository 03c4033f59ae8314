"""All patterns of our packages, wherever they are compiled: when a module loads, when a list is read, in a function.

What is compiled while something runs is noted as it happens. What stands in a function that did not run is found in
its source, and evaluated with the names of its module.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = (
    "accounts",
    "actions",
    "cases",
    "cli",
    "dialogue",
    "eligibility",
    "hotline",
    "monitoring",
    "papers",
    "referrals",
    "settings",
    "texts",
    "web",
)
BOT = ("bot",)
_READERS = frozenset({"compile", "match", "search", "fullmatch", "split", "sub", "subn", "findall", "finditer"})
# Run as programs of their own, or in the other environment.
_NOT_IMPORTED = frozenset({"web.assets.build", "referrals.data.build_comuni"})


@dataclass
class Patterns:
    """:ivar found: place (``file:line``) of each pattern."""

    found: dict[re.Pattern[str], str] = field(default_factory=dict)


@contextlib.contextmanager
def noting(packages: Iterable[str], into: Patterns) -> Iterator[None]:
    """Note the patterns that `packages` compile or use inside the block, also those made as they run."""
    folders = tuple(str(ROOT / package) + "/" for package in packages)
    usual = re._compile  # type: ignore[attr-defined]

    def compile_noting(pattern: Any, flags: Any) -> Any:
        compiled = usual(pattern, flags)
        caller = sys._getframe(2)
        if caller.f_code.co_filename.startswith(folders) and isinstance(compiled.pattern, str):
            into.found.setdefault(compiled, f"{_short(caller.f_code.co_filename)}:{caller.f_lineno}")
        return compiled

    re._compile = compile_noting  # type: ignore[attr-defined]
    try:
        yield
    finally:
        re._compile = usual  # type: ignore[attr-defined]


def collect(packages: Iterable[str], into: Patterns) -> None:
    """Import every module of `packages` and note its patterns."""
    for package in packages:
        for name in _modules(package):
            module = importlib.import_module(name)
            _in_source(module, into)
            if getattr(module, "re", None) is re:
                _read_lists(module)


def _modules(package: str) -> Iterator[str]:
    yield package
    for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
        if module.name not in _NOT_IMPORTED and not module.name.endswith("__main__"):
            yield module.name


def _read_lists(module: Any) -> None:
    """Call what makes its patterns when they are first needed: past what it kept, for it may have run before."""
    for value in list(vars(module).values()):
        if getattr(value, "cache_info", None) and getattr(value, "__module__", "") == module.__name__:
            if not inspect.signature(value).parameters:
                value.__wrapped__()


def _in_source(module: Any, into: Patterns) -> None:
    file = getattr(module, "__file__", None)
    if not file or not file.endswith(".py"):
        return
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _READERS):
            continue
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "re" and call.args):
            continue
        place = f"{_short(file)}:{call.lineno}"
        try:
            pattern = _value(call.args[0], module)
            flags = [_value(word.value, module) for word in call.keywords if word.arg == "flags"]
            if call.func.attr == "compile" and len(call.args) > 1:
                flags.append(_value(call.args[1], module))
            compiled = re.compile(pattern, *flags[:1])
        except NameError:
            # Given to the function: any text of the module that could be meant.
            for text in _texts(tree):
                into.found.setdefault(re.compile(text), place)
            continue
        if isinstance(compiled.pattern, str):
            into.found.setdefault(compiled, place)


def _texts(tree: ast.AST) -> Iterator[str]:
    """The texts in a module that are patterns and not just words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and set(node.value) & set("[(\\+*"):
            with contextlib.suppress(re.error):
                re.compile(node.value)
                yield node.value


def _value(node: ast.expr, module: Any) -> Any:
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), vars(module))


def _short(file: str) -> str:
    return str(Path(file).resolve().relative_to(ROOT))
