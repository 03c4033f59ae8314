"""The messages that the model of safety learns from."""

from __future__ import annotations

import json
from pathlib import Path

from bot.safety.levels import NONE

DATA = Path(__file__).resolve().parents[2] / "data"


def safety_examples(data: Path = DATA) -> list[tuple[str, str]]:
    """Text and level of every row of ``data/safety``; what people tell of themselves in ``data/facts`` is no cry."""
    cries = [(row["text"], row["safety"]) for row in _rows(data / "safety") if "safety" in row]
    return cries + [(row["text"], row.get("safety", NONE)) for row in _rows(data / "facts")]


def _rows(folder: Path) -> list[dict]:
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        found += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return found
