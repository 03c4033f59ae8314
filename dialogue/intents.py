"""The intents that the reader tells apart, and the topic that answers each: read from ``intents.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Intent:
    """An intent.

    :ivar topic: a key of ``dialogue.routing.TABLE``.
    :ivar rule: why it is answered so, an English sentence; the name of Rasa's rule.
    """

    topic: str
    rule: str


def _read() -> Mapping[str, Intent]:
    content = yaml.safe_load(Path(__file__).with_name("intents.yaml").read_text(encoding="utf-8"))
    return {name: Intent(**entry) for name, entry in content.items()}


#: By name, in the order of the file.
INTENTS = _read()
#: Those that a button may send: all but what the reader says when it did not understand.
SPOKEN = frozenset(INTENTS) - {FALLBACK}


def topic_of(intent: str) -> str:
    """The topic that answers an intent; one that is not known is a question about a measure."""
    return INTENTS[intent].topic if intent in INTENTS else "domanda_laterale"


def action_of(topic: str) -> str:
    """The name of a topic's action. Rasa ties the intent ``restart`` to an action of its own name, which ours replaces."""
    return "action_restart" if topic == "ricomincia" else f"action_{topic}"
