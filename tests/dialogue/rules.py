"""The rules of data/rules, read as data."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def all_rules() -> tuple[dict[str, Any], ...]:
    """Every rule of the conversation."""
    files = sorted((ROOT / "data" / "rules").glob("*.yml"))
    return tuple(rule for path in files for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"])


@functools.cache
def domain() -> dict[str, Any]:
    """The domain file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return found


@functools.cache
def intents() -> tuple[str, ...]:
    """Every intent of the domain."""
    return tuple(next(iter(entry)) if isinstance(entry, dict) else entry for entry in domain()["intents"])


def rules_for(intent: str) -> list[dict[str, Any]]:
    """The rules that begin with ``intent``."""
    return [rule for rule in all_rules() if rule["steps"][0].get("intent") == intent]


@functools.cache
def topic_of(intent: str) -> str:
    """The topic of the dialogue that answers ``intent``."""
    action = rules_for(intent)[0]["steps"][1]["action"]
    return "ricomincia" if action == "action_restart" else action.removeprefix("action_")
