"""When the message was not understood: other words, then choices, then a person. Never a guess."""

from __future__ import annotations

import texts
from actions.dialogue import choices, people, questions, unread
from actions.dialogue.turn import Button, Turn

# Intents that make no sense as a choice to tap, or that would answer a question by guessing.
_NOT_OFFERED = frozenset({"inform", "nlu_fallback", "out_of_scope", "greet", "thank", "affirm", "deny", "dont_know"})
_LEAST_CONFIDENCE = 0.05


def not_understood(turn: Turn) -> None:
    """Change strategy at each misunderstanding in a row: rephrase, offer choices, call a person."""
    unread.keep(turn)
    turn.dialogue["misunderstood"] += 1
    times = turn.dialogue["misunderstood"]
    if times >= 3:
        _person(turn)
    elif times == 2 or turn.question is None:
        _choices(turn, "fraintesi.intendeva" if times == 2 else "fraintesi.non_capito_libero")
    else:
        turn.say("fraintesi.non_capito")
        _again(turn)


def _again(turn: Turn) -> None:
    if questions.give_up(turn):
        questions.proceed(turn)
    elif turn.question in turn.ruleset.facts and turn.phase == "raccolta":
        questions.ask(turn, turn.question)
    else:
        questions.ask_again(turn)


def what_did_you_mean(turn: Turn) -> None:
    """A doubtful question is not answered by guessing: offer what it resembles."""
    unread.keep(turn)
    guesses = did_you_mean(turn)
    if not guesses:
        not_understood(turn)
        return
    turn.say("fraintesi.non_capito_libero", buttons=[*guesses, turn.button("persona", "/ask_human")])


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


def _choices(turn: Turn, key: str) -> None:
    guesses = did_you_mean(turn)
    if not guesses:
        turn.say("fraintesi.non_capito")
        if turn.question is None:
            choices.offer(turn)
            return
    else:
        turn.say(key, buttons=[*guesses, turn.button("persona", "/ask_human")])
    if turn.question is not None:
        _again(turn)


def _person(turn: Turn) -> None:
    people.mark_waiting(turn)
    turn.dialogue["misunderstood"] = 0
    turn.say(
        "fraintesi.basta_tentativi",
        telefono=turn.services.help.phone,
        orario=turn.services.help.hours,
        buttons=[turn.button("persona", "/ask_human")],
    )
    if turn.question is None:
        choices.offer(turn)
    else:
        _again(turn)


def out_of_scope(turn: Turn) -> None:
    """Say what this service is for and come back."""
    from actions.dialogue import side_questions

    turn.dialogue["misunderstood"] += 1
    if turn.dialogue["misunderstood"] >= 3:  # struggling, not straying
        _person(turn)
        return
    times = int(turn.dialogue.get("off_topic", 0))
    turn.dialogue["off_topic"] = times + 1
    turn.say("fraintesi.fuori_tema", times)
    side_questions.come_back(turn)
