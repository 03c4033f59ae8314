"""docs/security/crypto.md names every use of cryptography, and none is of a weak kind."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.evidence import ROOT

PACKAGES = (
    "accounts",
    "actions",
    "bot",
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
CRYPTOGRAPHY = {
    "cryptography",
    "hashlib",
    "hmac",
    "pwdlib",
    "pyotp",
    "authlib",
    "ssl",
    "Crypto",
    "nacl",
    "jwt",
    "jose",
    "pyrage",
}
ALLOWED = {"cryptography", "hashlib", "hmac", "pwdlib", "pyotp", "authlib", "ssl", "pyrage"}
WEAK = {"md5", "sha1", "new", "DES", "TripleDES", "ARC4", "Blowfish", "ECB", "CBC"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_every_module_with_cryptography_is_in_the_inventory() -> None:
    inventory = (ROOT / "docs" / "security" / "crypto.md").read_text(encoding="utf-8")
    using = {str(path.relative_to(ROOT)): imported(tree) & CRYPTOGRAPHY for path, tree in modules()}
    using = {name: packages for name, packages in using.items() if packages}
    assert len(using) > 20
    assert {name for name in using if f"`{name}`" not in inventory} == set()
    assert set().union(*using.values()) <= ALLOWED


def test_no_weak_algorithm_is_called() -> None:
    weak = []
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id in ("hashlib", "modes", "algorithms") and node.attr in WEAK:
                    weak.append(f"{path.name}:{node.lineno} {node.value.id}.{node.attr}")
    assert weak == []


def test_nothing_secret_comes_from_random() -> None:
    """`random` may shuffle test data; whoever imports it beside cryptography is looked at by hand."""
    both = [path.name for path, tree in modules() if {"random"} & imported(tree) and CRYPTOGRAPHY & imported(tree)]
    assert both == []
