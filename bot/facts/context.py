"""What is known about the conversation when a message is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

ROLES = frozenset({"cittadino", "medico", "sportello"})


@dataclass(frozen=True)
class Context:
    """The circumstances of one message.

    :ivar question: id of the fact (or step of the referral) that was asked last, None when nothing is open.
    :ivar role: who writes: ``cittadino``, ``medico`` or ``sportello``.
    :ivar today: the day of the conversation, None when unknown; then nothing is computed from "today".
    :ivar result_shown: whether a verdict was just shown; None when unknown.
    """

    question: str | None = None
    role: str = "cittadino"
    today: date | None = None
    result_shown: bool | None = None

    @property
    def reported(self) -> bool:
        """Whether first-person words are the writer's own even where no patient is named.

        So for doctors. At the hotline "abito a Lodi" is typed as the caller says it.
        """
        return self.role == "medico"

    @classmethod
    def from_metadata(cls, metadata: dict[str, Any] | None) -> Context:
        """Read Rasa's message metadata; whatever is missing or malformed counts as unknown."""
        data = metadata if isinstance(metadata, dict) else {}
        question, role, today, shown = (data.get(key) for key in ("question", "role", "today", "result_shown"))
        try:
            day = date.fromisoformat(today) if isinstance(today, str) else None
        except ValueError:
            day = None
        return cls(
            question=question if isinstance(question, str) and question else None,
            role=role if isinstance(role, str) and role in ROLES else "cittadino",
            today=day,
            result_shown=shown if isinstance(shown, bool) else None,
        )
