"""What was not understood, kept for a reviewer without what would tell who wrote it.

It lives in the case's own dialogue: encrypted with the case's key, and gone with the case.
"""

from __future__ import annotations

import re

from dialogue import counting
from dialogue.turn import Turn

MOST_KEPT = 10
_LONGEST = 300
# Steps where people write who they are: nothing of them is kept.
_PRIVATE_STEPS = frozenset({"nome", "recapito", "conferma", "operatore"})

_MASKS = (
    (re.compile(r"(?<!\S)\S+@\S+"), "[email]"),
    (re.compile(r"\b[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z]\b"), "[codice]"),
    (re.compile(r"\+?\d(?:[\s./-]?\d){5,}"), "[numero]"),
    (re.compile(r"\d+"), "[n]"),
    # A capital inside a sentence is a name of a person or a place.
    (re.compile(r"(?<=[\w,;:)] )[A-ZÀ-Ý][\w'’]+(?: [A-ZÀ-Ý][\w'’]+)*"), "[nome]"),
    (re.compile(r"(?i)\b((?:mi chiamo|si chiama|sono (?:il|la) signora?)) [\w'’]+(?: [\w'’]+)?"), r"\1 [nome]"),
)


def anonymous(text: str) -> str:
    """The text without addresses, numbers and names."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text[:_LONGEST]


def keep(turn: Turn) -> None:
    """Count the message; keep it for review if it is prose and no step where people say who they are."""
    counting.missed(turn)
    if turn.understood.is_button or turn.conversation.open in _PRIVATE_STEPS or not turn.understood.text.strip():
        return
    entry = {
        "at": turn.now.isoformat(),
        "question": turn.conversation.open,
        "text": anonymous(turn.understood.text),
        "ranking": [intent for intent, _ in turn.understood.ranking[:3]],
    }
    turn.conversation.unread = [*turn.conversation.unread, entry][-MOST_KEPT:]
