"""What a message becomes: acts with their confidence and the words that carry them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KINDS = ("tell", "answer", "correct", "ask", "request", "feel", "courtesy", "other_language")


@dataclass(frozen=True)
class Act:
    """One thing that a message does.

    :ivar kind: one of :data:`KINDS`.
    :ivar confidence: 0 to 1.
    :ivar start: first character of the message that carries it.
    :ivar end: one past the last.
    :ivar value: what is told, asked, requested or felt, in the shape of the contract; empty for a courtesy.
    """

    kind: str
    confidence: float
    start: int
    end: int
    value: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The act as JSON."""
        shown: dict[str, Any] = {"kind": self.kind}
        if self.value:
            shown["value"] = self.value
        return shown | {"confidence": round(float(self.confidence), 4), "span": [self.start, self.end]}
