"""The annotated messages that the learned layer is taught with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bot.facts.context import Context
from bot.training_data import annotated

GRAMMAR = "read_by_grammar"
NEIGHBOURS = 10  # lines that one hand wrote in one go, where nobody is named


@dataclass(frozen=True)
class Example:
    """:ivar facts: everything the message states. :ivar also: what may be read in it as well.

    :ivar writer: whose words they are; validation holds whole writers out.
    :ivar tuned: whether the grammar was written with it in sight: it shows no errors of the grammar to learn from.
    """

    text: str
    question: str | None
    role: str
    facts: dict[str, Any]
    writer: str
    also: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    tuned: bool = False
    today: str | None = None

    @property
    def context(self) -> Context:
        """The circumstances of the message."""
        return Context.from_metadata({"question": self.question, "role": self.role, "today": self.today})


def read_examples() -> list[Example]:
    """Every row of ``data/facts/*.jsonl`` and of the sentences that the grammar reads, in a fixed order."""
    found, folder = [], annotated("facts")
    for file in (*sorted(folder.glob("*.jsonl")), *sorted((folder / GRAMMAR).glob("*.jsonl"))):
        tuned = file.parent.name == GRAMMAR
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            row = json.loads(line) if line.strip() else {}
            if "facts" in row:
                writer = row.get("writer") or f"{file.stem}-{number // NEIGHBOURS}"
                found.append(_example(row, writer, tuned))
    return found


def _example(row: dict[str, Any], writer: str, tuned: bool) -> Example:
    return Example(
        row["text"],
        row.get("question"),
        row.get("role") or "cittadino",
        row["facts"],
        writer,
        row.get("also", {}),
        row.get("kind", ""),
        tuned,
        row.get("today"),
    )
