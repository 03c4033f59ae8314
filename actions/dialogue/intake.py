"""Take in the facts of a message: check them, wait for consent where it is needed, notice what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import eligibility
from actions.dialogue import wording
from actions.dialogue.turn import Turn


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

    Before the health consent everything waits in the dialogue; after a refusal health facts are dropped.
    """
    intake = Intake()
    for fact, raw in facts.items():
        try:
            given = turn.ruleset.validate({fact: raw})[fact]
        except eligibility.FactErrors as error:
            intake.errors.update(error.errors)
            continue
        if turn.dialogue["health"] is None:
            turn.dialogue["held"][fact] = given
            intake.held.append(fact)
        elif not turn.may_use(fact):
            intake.refused.append(fact)
        else:
            _keep(turn, fact, given, intake)
    return intake


def _keep(turn: Turn, fact: str, given: Any, intake: Intake) -> None:
    known = fact in turn.facts
    before = turn.facts.get(fact)
    turn.facts[fact] = given
    turn.dialogue["told"] = [*(f for f in turn.dialogue["told"] if f != fact), fact]
    if fact in turn.dialogue["closed"]:
        turn.dialogue["closed"].remove(fact)
    if not known or (before is None and given is not None):
        intake.new.append(fact)
    elif before == given:
        intake.same.append(fact)
    else:
        intake.changed[fact] = before


def release_held(turn: Turn) -> Intake:
    """Bring in what was told before the consent, now that the answer is known; what may not be used is dropped."""
    held, turn.dialogue["held"] = turn.dialogue["held"], {}
    return take(turn, held)


def report(turn: Turn, intake: Intake, *, corrected: bool = False) -> None:
    """Tell the person what was noted, changed or could not be used."""
    for problem in intake.errors.values():
        turn.say("colloquio.numero_fuori", errore=problem)
    if intake.refused:
        payload = '/inform{"consenso_salute": true}'
        turn.say("apertura.consenso_senza_dato", buttons=[turn.button("consenso_si", payload)])
    if corrected:
        if intake.taken:
            turn.say("colloquio.corretto", dati=wording.pairs(turn, intake.taken))
        elif intake.same:
            turn.say("colloquio.corretto_uguale", dati=wording.pairs(turn, intake.same))
        return
    for fact, before in intake.changed.items():
        turn.say(
            "colloquio.cambiato",
            che_cosa=wording.label(turn, fact),
            prima=wording.value(turn, fact, before),
            dopo=wording.value(turn, fact, turn.facts[fact]),
        )
    # One plain answer to one plain question needs no echo; several facts in one message do.
    if len(intake.new) > 1:
        turn.say("colloquio.ho_capito", variant=len(turn.facts), dati=wording.pairs(turn, intake.new))
        turn.echo = turn.messages[-1]
