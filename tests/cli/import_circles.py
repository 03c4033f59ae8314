"""Which modules import each other, and the circles among them (strongly connected components)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path


def imports_of(root: Path, packages: Iterable[str]) -> dict[str, set[str]]:
    """For each module below ``root/<package>``, the modules of these packages that it imports, anywhere in its text."""
    files = {}
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {name: _imported(name, path, files) for name, path in files.items()}


def _imported(module: str, path: Path, known: Mapping[str, Path]) -> set[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            named = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
        else:
            continue
        for name in named:
            while name and name not in known:
                name = name.rpartition(".")[0]
            if name and name != module:
                found.add(name)
    return found


def circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules that reach each other, each sorted; modules in no circle are left out."""
    reached = {start: _reached(start, imports) for start in imports}
    found = {tuple(sorted({n for n in reached[m] if m in reached[n]})) for m in imports if m in reached[m]}
    return sorted(map(list, found))


def _reached(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(imports[start])
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting.extend(imports[module])
    return seen
