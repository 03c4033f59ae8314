"""Take in the facts of a message: check them, wait for consent where it is needed, notice what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import eligibility
from dialogue import offers, words
from dialogue.turn import Turn


@dataclass
class Intake:
    """What became of the facts of one message."""

    new: list[str] = field(default_factory=list)
    changed: dict[str, Any] = field(default_factory=dict)  # fact -> the value before
    same: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def taken(self) -> list[str]:
        """Facts that were kept, in the order they came."""
        return [*self.new, *self.changed]

    @property
    def anything(self) -> bool:
        """Whether the message held at least one fact, good or bad."""
        return bool(self.taken or self.same or self.errors or self.held or self.refused)


def take(turn: Turn, facts: Mapping[str, Any]) -> Intake:
    """Bring facts into the turn.

    Health facts wait in the conversation until the consent is answered; after a refusal they are dropped.
    """
    conversation, intake = turn.conversation, Intake()
    for fact, raw in facts.items():
        try:
            given = turn.ruleset.validate({fact: raw})[fact]
        except eligibility.FactErrors as error:
            intake.errors.update(error.errors)
            continue
        if turn.may_use(fact):
            _keep(turn, fact, given, intake)
        elif conversation.health is None:
            conversation.held[fact] = given
            intake.held.append(fact)
        else:
            intake.refused.append(fact)
    return intake


def _keep(turn: Turn, fact: str, given: Any, intake: Intake) -> None:
    known = fact in turn.facts
    before = turn.facts.get(fact)
    turn.facts[fact] = given
    conversation = turn.conversation
    conversation.told = [*(f for f in conversation.told if f != fact), fact]
    conversation.closed = [f for f in conversation.closed if f != fact]
    conversation.reopened = [f for f in conversation.reopened if f != fact]
    if not known or (before is None and given is not None):
        intake.new.append(fact)
    elif before == given:
        intake.same.append(fact)
    else:
        intake.changed[fact] = before


def release_held(turn: Turn) -> Intake:
    """Bring in what was told before the consent, now that the answer is known; what may not be used is dropped."""
    held, turn.conversation.held = turn.conversation.held, {}
    return take(turn, held)


def report(turn: Turn, intake: Intake, *, corrected: bool = False, asked: str | None = None) -> None:
    """Tell the person what was noted, changed or could not be used.

    :param asked: the fact that was asked: its plain answer needs no echo, everything else is said back.
    """
    for problem in intake.errors.values():
        turn.say("colloquio.numero_fuori", errore=problem)
    if intake.refused:
        button = turn.button("consenso_si", offers.payload("inform", consenso_salute=True))
        turn.say("apertura.consenso_senza_dato", buttons=[button])
    if corrected:
        if intake.taken:
            turn.say("colloquio.corretto", dati=words.pairs(turn, intake.taken))
        elif intake.same:
            turn.say("colloquio.corretto_uguale", dati=words.pairs(turn, intake.same))
        return
    for fact, before in intake.changed.items():
        turn.say(
            "colloquio.cambiato",
            che_cosa=words.label(turn, fact),
            prima=words.value(turn, fact, before),
            dopo=words.value(turn, fact, turn.facts[fact]),
        )
    unasked = [fact for fact in intake.new if fact != asked]
    if unasked and not turn.understood.is_button:
        turn.say("colloquio.ho_capito", variant=len(turn.facts), dati=words.pairs(turn, intake.new))
        turn.echo = turn.messages[-1]
