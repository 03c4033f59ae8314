"""When the message was not understood: other words, then choices, then a person. Never a guess."""

from __future__ import annotations

import texts
from dialogue import people, unread
from dialogue.turn import Button, Turn

# Intents that make no sense as a choice to tap, or that would answer a question by guessing.
_NOT_OFFERED = frozenset({"inform", "nlu_fallback", "out_of_scope", "greet", "thank", "affirm", "deny", "dont_know"})
_LEAST_CONFIDENCE = 0.05
_STRUGGLING = 3


def not_understood(turn: Turn) -> None:
    """Change strategy at each misunderstanding in a row: rephrase, offer choices, call a person."""
    unread.keep(turn)
    conversation = turn.conversation
    conversation.misunderstood += 1
    times = conversation.misunderstood
    if times >= _STRUGGLING:
        _person(turn)
        return
    guesses = did_you_mean(turn) if times > 1 or conversation.question is None else []
    if guesses:
        key = "fraintesi.intendeva" if times > 1 else "fraintesi.non_capito_libero"
        turn.say(key, buttons=[*guesses, turn.button("persona", "/ask_human")])
    else:
        turn.say("fraintesi.non_capito", times - 1)


def what_did_you_mean(turn: Turn) -> bool:
    """A doubtful question is not answered by guessing: offer what it resembles; False where it resembles nothing."""
    guesses = did_you_mean(turn)
    if not guesses:
        return False
    unread.keep(turn)
    turn.say("fraintesi.non_capito_libero", buttons=[*guesses, turn.button("persona", "/ask_human")])
    return True


def did_you_mean(turn: Turn) -> list[Button]:
    """Buttons for the likeliest intents of the ranking."""
    found: list[Button] = []
    for intent, confidence in turn.understood.ranking:
        if intent in _NOT_OFFERED or confidence < _LEAST_CONFIDENCE:
            continue
        try:
            found.append({"title": turn.words(f"intenti.{intent}"), "payload": f"/{intent}"})
        except texts.TextMissing:
            continue
    return found[:3]


def _person(turn: Turn) -> None:
    people.mark_waiting(turn)
    turn.conversation.misunderstood = 0
    turn.say(
        "fraintesi.basta_tentativi",
        telefono=turn.services.help.phone,
        orario=turn.services.help.hours,
        buttons=[turn.button("persona", "/ask_human")],
    )


def out_of_scope(turn: Turn) -> None:
    """Say what this service is for."""
    conversation = turn.conversation
    conversation.misunderstood += 1
    if conversation.misunderstood >= _STRUGGLING:  # struggling, not straying
        _person(turn)
        return
    times, conversation.off_topic = conversation.off_topic, conversation.off_topic + 1
    turn.say("fraintesi.fuori_tema", times)
