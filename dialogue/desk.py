"""What a person of the hotline notes on a case, kept so that the assistant can go on from there.

No word of the assistant is said here: the person at the desk speaks. Each function writes the case once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import closing as ending
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import eligibility
from dialogue import consents, conversing, intake, measure_facts, words
from dialogue.conversation import HEALTH, Conversation
from dialogue.effects import GrantConsent, WithdrawConsent
from dialogue.turn import Turn
from dialogue.understood import Understood

if TYPE_CHECKING:
    from cases.record import CaseRecord
    from dialogue.services import Services

AUDIENCE = "sportello"
#: Topics of the ready answers, and the question of a person that each one answers.
TOPICS: Mapping[str, str] = {
    "che_cos_e": "ask_measure_info",
    "date": "ask_deadline_or_open",
    "come": "ask_how_to_apply",
    "documenti": "ask_documents",
    "servizi": "ask_services",
    "importi": "ask_amount",
    "incompatibilita": "ask_incompatibility",
    "contatti": "ask_contacts",
    "progetto": "ask_network_project",
}


@dataclass(frozen=True)
class Noted:
    """What became of the facts: ids of those kept, Italian words for those that were not."""

    kept: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    needs_consent: tuple[str, ...] = ()


def _turn(record: CaseRecord, services: Services, now: dt.datetime, today: dt.date, intent: str = "inform") -> Turn:
    turn = Turn(record, Understood(intent), services, now, today)
    turn.audience = AUDIENCE
    return turn


def measures_of(record: CaseRecord) -> list[str]:
    """The measures in play."""
    return list(Conversation.of(record.dialogue).measures or eligibility.CONVERSATION_MEASURES)


def next_question(record: CaseRecord, services: Services, now: dt.datetime, today: dt.date) -> Any:
    """What the engine wants to know next in the words of the desk (``eligibility.Question``), or None."""
    return _turn(record, services, now, today).next_question()


def health_answer(record: CaseRecord) -> bool | None:
    """What the person said to the use of health data; None when nobody asked yet."""
    if record.consented("salute"):
        return True
    return False if Conversation.of(record.dialogue).health is False else None


def answer_health(
    record: CaseRecord,
    services: Services,
    yes: bool,
    audience: str,
    actor: str,
    now: dt.datetime,
    today: dt.date,
) -> None:
    """The text was read (or sent), the person said yes or no.

    A yes brings in what had waited for it; a no forgets the health data.

    :param audience: whose words were agreed to: ``sportello`` when read aloud, the case's role when sent in the chat.
    :raises cases.errors.StaleCase: the case changed meanwhile.
    """
    with ending(_turn(record, services, now, today, "affirm" if yes else "deny")) as turn:
        if yes and not record.consented("salute"):
            turn.do(GrantConsent("salute", consents.health_text(audience), consents.version()))
        if not yes and record.consented("salute"):
            turn.do(WithdrawConsent("salute"))
        turn.conversation.health = yes
        turn.conversation.consent_wanted = False
        if not yes:
            consents.forget_health(turn)
        intake.release_held(turn)
        _go_on(turn, changed=True)
        conversing.write(turn, actor)


def note_facts(
    record: CaseRecord,
    services: Services,
    facts: Mapping[str, Any],
    actor: str,
    now: dt.datetime,
    today: dt.date,
) -> Noted:
    """Keep what the person told; values are checked, health data wait for the consent.

    :raises cases.errors.StaleCase: the case changed meanwhile.
    """
    with ending(_turn(record, services, now, today)) as turn:
        taken = intake.take(turn, facts)
        if taken.taken or taken.held or taken.same:
            _go_on(turn, changed=bool(taken.taken))
            conversing.write(turn, actor)
    return Noted((*taken.taken, *taken.same, *taken.held), dict(taken.errors), tuple(taken.refused))


def forget_fact(
    record: CaseRecord, services: Services, fact: str, actor: str, now: dt.datetime, today: dt.date
) -> None:
    """Take a noted fact back, so that it is asked again.

    :raises cases.errors.StaleCase: the case changed meanwhile.
    """
    with ending(_turn(record, services, now, today)) as turn:
        if fact in turn.facts:
            del turn.facts[fact]
            turn.conversation.told = [told for told in turn.conversation.told if told != fact]
            _go_on(turn, changed=True)
            conversing.write(turn, actor)


def note_referral(
    record: CaseRecord, services: Services, code: str, operator: str, actor: str, now: dt.datetime, today: dt.date
) -> None:
    """The desk opened a referral: what was being prepared is left, and no other is offered."""
    with ending(_turn(record, services, now, today)) as turn:
        turn.conversation.draft = {}
        turn.conversation.confirm = None
        turn.conversation.question = None
        conversing.write(turn, actor)


def ready_answer(
    record: CaseRecord, services: Services, measure: str, topic: str, audience: str, now: dt.datetime, today: dt.date
) -> str:
    """The answer to a frequent question about a measure, from the rule data.

    :param topic: a key of :data:`TOPICS`.
    :param audience: ``cittadino`` to send it in the chat, ``sportello`` to read it aloud.
    :raises KeyError: unknown topic.
    :raises eligibility.UnknownMeasure: unknown measure.
    """
    with ending(_turn(record, services, now, today, TOPICS[topic])) as turn:
        turn.audience = audience
        turn.conversation.result_seen = False  # the measure is named: not "what is open today", but this one's dates
        measure_facts.say_about(turn, TOPICS[topic], measure)
    ours = turn.services.help.phone  # who asks the hotline need not be sent to the hotline
    return "\n".join(message["text"] for message in turn.messages if ours not in message["text"])


def _go_on(turn: Turn, changed: bool) -> None:
    """Leave the conversation where the assistant, when it comes back, asks what is still to be asked."""
    conversation = turn.conversation
    conversation.opened = True
    if conversation.draft or turn.referral_open:
        return
    if conversation.health is None and conversation.held:
        conversation.question = {"step": "health", "fact": HEALTH, "times": 1}
        return  # the consent comes first
    if not changed and conversation.result_seen:
        return
    conversation.confirm = None
    question = turn.next_question()
    conversation.question = {"step": "fact", "fact": question.fact, "times": 1} if question else None
    if question is None:
        conversation.summary_seen = True  # the person at the desk has gone through the data
        conversation.result_seen = False  # and has not seen what the assistant makes of them


@dataclass(frozen=True)
class Row:
    """A fact as the desk reads it. ``value`` is None while it is not known."""

    fact: str
    label: str
    value: str | None = None
    sensitive: bool = False


def noted_rows(record: CaseRecord, services: Services, now: dt.datetime, today: dt.date) -> list[Row]:
    """What is noted, in the order of the catalogue, values in words."""
    turn = _turn(record, services, now, today)
    found = turn.ruleset.facts
    return [
        Row(fact, found[fact].label, words.value(turn, fact, turn.facts[fact]), found[fact].sensitive)
        for fact in words.known(turn)
    ]


def missing_rows(record: CaseRecord, services: Services, now: dt.datetime, today: dt.date) -> list[Row]:
    """What could still change a verdict, in the order of the questions."""
    turn = _turn(record, services, now, today)
    wanted = {fact for item in turn.assess().to_dict()["assessments"] for fact in item["missing_facts"]}
    facts = turn.ruleset.facts
    return [Row(fact, facts[fact].label, None, facts[fact].sensitive) for fact in facts if fact in wanted]


def question_about(record: CaseRecord, fact: str) -> Any:
    """The question about one fact in the words of the desk (``eligibility.Question``)."""
    return eligibility.question_for(eligibility.load().facts[fact], AUDIENCE)


def in_words(services: Services, record: CaseRecord, facts: Mapping[str, Any], now: dt.datetime, today: dt.date) -> str:
    """Facts with their values in one line."""
    turn = _turn(record, services, now, today)
    turn.facts.update(facts)
    return words.pairs(turn, facts)
