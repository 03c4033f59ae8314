"""What was understood of one message, as the dialogue receives it."""

from __future__ import annotations

import json
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
    "domanda",
)

# Below this confidence an intent that would set something in motion is confirmed first.
SURE = 0.55
# Below this one, a question is not even answered before asking what was meant.
LIKELY = 0.4


@dataclass(frozen=True)
class Act:
    """One of the things a message does. ``value``: see the contract, section 4; ``span``: where it stands in the text."""

    kind: str
    value: Mapping[str, Any] = field(default_factory=dict)
    confidence: float = 1.0
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Doubt:
    """A value that may have been told and may not: asked back, never taken. ``span``: where it stands in the text."""

    fact: str
    value: Any
    confidence: float = 0.0
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Understood:
    """One message of a person, read.

    ``facts``: typed values by fact id, None where the person said not to know. ``contacts``: contact data.
    ``choices``: what a button carried besides facts. ``ranking``: (intent, confidence), best first.
    ``acts``: everything the message does; empty where the reader does not tell. ``safety``: ``none``, ``concern`` or
    ``emergency``. ``uncertain``: values that the reader would not vouch for.
    """

    intent: str
    confidence: float = 1.0
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)
    ranking: tuple[tuple[str, float], ...] = ()
    acts: tuple[Act, ...] = ()
    safety: str = "none"
    uncertain: tuple[Doubt, ...] = ()

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

    @property
    def asks(self) -> tuple[Mapping[str, Any], ...]:
        """What is asked, in the order of the message: ``{"question": ...}`` or ``{"measure": ..., "aspect": ...}``."""
        return tuple(act.value for act in self.acts if act.kind == "ask" and act.confidence >= LIKELY)

    @property
    def requests_surely(self) -> bool:
        """Whether something is asked to be done, beyond doubt."""
        return any(act.kind == "request" and act.confidence >= SURE for act in self.acts)

    @property
    def feelings(self) -> tuple[str, ...]:
        """Feelings told, each once."""
        found = (act.value.get("feeling") for act in self.acts if act.kind == "feel" and act.confidence >= LIKELY)
        return tuple(dict.fromkeys(str(feeling) for feeling in found if feeling))

    @property
    def language(self) -> str | None:
        """The language of the message where it is not Italian."""
        found = (act.value.get("language") for act in self.acts if act.kind == "other_language")
        return next((str(language) for language in found if language), None)

    @property
    def polarity(self) -> str | None:
        """``yes``, ``no``, ``unknown`` or ``not_applicable`` as the reader of the acts tells it; None where it does not."""
        found = (act.value.get("polarity") for act in self.acts if act.kind == "answer")
        return next((str(polarity) for polarity in found if polarity), None)

    @property
    def says_yes(self) -> bool:
        """Whether the message is a yes."""
        return self.intent == "affirm" or self.polarity == "yes"

    @property
    def says_no(self) -> bool:
        """Whether the message is a no."""
        return self.intent == "deny" or self.polarity == "no"

    @property
    def knows_not(self) -> bool:
        """Whether the person says not to know."""
        return self.intent == "dont_know" or self.polarity == "unknown"


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


def from_payload(payload: str, fact_ids: Mapping[str, Any]) -> Understood:
    """What a button says.

    :param payload: ``/intent`` or ``/intent{json}``, as the gateway lets it through.
    """
    intent, brace, values = payload.removeprefix("/").partition("{")
    entities = json.loads(brace + values) if brace else {}
    return Understood(intent, 1.0, payload, *sort_entities(entities.items(), fact_ids))


def read_acts(given: Iterable[Mapping[str, Any]] | None) -> tuple[Act, ...]:
    """The acts as the engine writes them; whatever is not of their shape is left out."""
    found = []
    for act in given or ():
        value, span = act.get("value"), act.get("span") or (0, 0)
        if isinstance(act.get("kind"), str):
            found.append(
                Act(
                    act["kind"],
                    value if isinstance(value, Mapping) else {},
                    float(act.get("confidence") or 0.0),
                    (int(span[0]), int(span[1])),
                )
            )
    return tuple(found)


def read_doubts(given: Iterable[Mapping[str, Any]] | None, fact_ids: Mapping[str, Any]) -> tuple[Doubt, ...]:
    """The uncertain values as the engine writes them, of known facts only."""
    found = []
    for one in given or ():
        if one.get("fact") in fact_ids:
            start, end = one.get("span") or (0, 0)
            found.append(
                Doubt(str(one["fact"]), one.get("value"), float(one.get("confidence") or 0.0), (int(start), int(end)))
            )
    return tuple(found)
