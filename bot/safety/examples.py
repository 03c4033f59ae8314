"""The messages that the model of safety learns from."""

from __future__ import annotations

import json
from pathlib import Path

from bot.safety.levels import NONE
from bot.training_data import annotated


def safety_examples() -> list[tuple[str, str]]:
    """Text and level of every row of ``data/safety``; what people tell of themselves in ``data/facts`` is no cry."""
    cries = [(row["text"], row["safety"]) for row in _rows(annotated("safety")) if "safety" in row]
    return cries + [(row["text"], row.get("safety", NONE)) for row in _rows(annotated("facts"))]


def _rows(folder: Path) -> list[dict]:
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        found += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return found
