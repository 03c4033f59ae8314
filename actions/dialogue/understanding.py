"""What was understood of one message, as the dialogue receives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

CONTACT_KEYS = ("nome", "telefono", "email", "codice_fiscale")
CHOICE_KEYS = (
    "consenso_salute",
    "consenso_invio",
    "operatore",
    "recapito",
    "conferma",
    "measure",
    "fact",
    "richiamo",
    "foglio",
    "gruppo",
)

# Below this confidence an intent that would set something in motion is confirmed first.
SURE = 0.55
# Below this one, a question is not even answered before asking what was meant.
LIKELY = 0.4


@dataclass(frozen=True)
class Understood:
    """One message of a person, read.

    ``facts``: typed values by fact id, None where the person said not to know. ``contacts``: contact data.
    ``choices``: what a button carried besides facts. ``ranking``: (intent, confidence), best first.
    """

    intent: str
    confidence: float = 1.0
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)
    ranking: tuple[tuple[str, float], ...] = ()

    @property
    def is_button(self) -> bool:
        """Whether it came from a button: then it is certain, and its text is no prose."""
        return self.text.startswith("/")

    @property
    def is_likely(self) -> bool:
        """Whether the intent is worth answering."""
        return self.is_button or self.confidence >= LIKELY

    @property
    def is_sure(self) -> bool:
        """Whether the intent may be acted upon without asking back."""
        return self.is_button or self.confidence >= SURE


def sort_entities(
    entities: Iterable[tuple[str, Any]], fact_ids: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
    """Split what was found in a message into facts, contact data and choices; the last value of a name wins.

    :param entities: (name, value) in the order of the message.
    :param fact_ids: the catalogue of facts.
    """
    facts: dict[str, Any] = {}
    contacts: dict[str, str] = {}
    choices: dict[str, Any] = {}
    for name, value in entities:
        if name in fact_ids:
            facts[name] = value
        elif name in CONTACT_KEYS:
            if value is not None and str(value).strip():
                contacts[name] = str(value).strip()
        elif name in CHOICE_KEYS:
            choices[name] = value
    return facts, contacts, choices
