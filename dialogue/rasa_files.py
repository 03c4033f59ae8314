"""Rasa's domain and rules, made from the intents and the catalogue of facts: ``python -m dialogue.rasa_files`` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import eligibility
from dialogue.intents import INTENTS, action_of

ROOT = Path(__file__).resolve().parents[1]
_MADE = "# Made by `python -m dialogue.rasa_files` from dialogue/intents.yaml and eligibility/facts.yaml; a test compares.\n"
CONTACT_DATA = ("nome", "telefono", "email", "codice_fiscale")
#: What a button may carry besides a fact.
CHOICES = (
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


def domain() -> str:
    """The text of ``domain.yml``."""
    intents = "".join(f"  - {intent}:\n      use_entities: []\n" for intent in INTENTS)
    actions = dict.fromkeys(action_of(intent.topic) for intent in INTENTS.values())
    return f"""{_MADE}version: "3.1"

# What Rasa knows of the conversation. The facts themselves live in the case record (see docs/dialogue.md);
# `use_entities: []` keeps them out of the policy, so that a rule depends on the intent alone.

session_config:
  session_expiration_time: 0  # a pause of days is still the same conversation
  carry_over_slots_to_new_session: true

intents:
{intents}
entities:
  # facts of eligibility/facts.yaml
{_items(eligibility.load().facts)}  # contact data of a referral
{_items(CONTACT_DATA)}  # what a button may carry besides a fact
{_items(CHOICES)}
actions:
{_items(actions)}"""


def rules() -> str:
    """The text of ``data/rules/intents.yml``: one rule for each intent."""
    written = "\n".join(
        f"  - rule: {intent.rule}\n    steps:\n      - intent: {name}\n      - action: {action_of(intent.topic)}\n"
        for name, intent in INTENTS.items()
    )
    return f"""{_MADE}version: "3.1"

# What is open is known to the dialogue, not to the rules: an answer is read there in the light of its question.
rules:
{written}"""


def _items(names: Iterable[str]) -> str:
    return "".join(f"  - {name}\n" for name in names)


FILES = {"domain.yml": domain, "data/rules/intents.yml": rules}


if __name__ == "__main__":
    for name, make in FILES.items():
        (ROOT / name).write_text(make(), encoding="utf-8")
