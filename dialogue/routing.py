"""Which part of the dialogue hears a message: a table, and the order in which it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from dialogue import intake, offers
from dialogue.counting import OPENING
from dialogue.intents import topic_of
from dialogue.steps import order, situation
from dialogue.topics import (
    answers,
    astray,
    corrections,
    courtesy,
    feelings,
    languages,
    measures,
    people,
    privacy,
    referrals,
    requirements,
    result,
    safety,
    told,
    why,
)
from dialogue.turn import Turn
from dialogue.understood import Doubt, from_payload

Topic = Callable[[Turn], None]

# Facts of where a person lives, the narrowest first: each one tells those after it.
_HOME = ("comune", "provincia", "residenza_lombardia")


@dataclass(frozen=True)
class Route:
    """How a topic is heard.

    ``answer``: what it does; None for what only tells or answers. ``always``: heard whatever is open. ``surely``: acted
    upon only when the reader is fairly sure, else asked back. ``facts``: facts of the message are taken before it.
    """

    answer: Topic | None = None
    always: bool = False
    surely: bool = True
    facts: bool = True


# By the name of the action that Rasa's rules choose from the intent.
TABLE: Mapping[str, Route] = {
    "risposta": Route(surely=False),
    "non_capito": Route(surely=False),
    "emergenza": Route(safety.emergency, always=True),
    "persona": Route(people.ask, always=True),
    "reclamo": Route(people.complain, always=True),
    "cancella_dati": Route(privacy.erase, always=True),
    "requisiti": Route(requirements.answer),
    "domanda_laterale": Route(measures.answer),
    "spiega_domanda": Route(why.answer),
    "spiega_risultato": Route(result.explain),
    "correggi": Route(corrections.correct, surely=False, facts=False),
    "indietro": Route(corrections.go_back),
    "ricomincia": Route(corrections.restart),
    "apri_segnalazione": Route(referrals.request),
    "stato_segnalazione": Route(referrals.status),
    "annulla_segnalazione": Route(referrals.cancel),
    "segnala_paziente": Route(referrals.from_doctor),
    "riservatezza": Route(privacy.explain),
    "identita": Route(privacy.identity),
    "saluti": Route(courtesy.answer, surely=False),
    "fuori_tema": Route(astray.out_of_scope),
}
# Topics that a question recognised by its meaning answers better than they do by themselves.
_QUESTIONS = frozenset({"domanda_laterale", "fuori_tema", "non_capito", "spiega_risultato", "requisiti", "saluti"})
# Steps whose yes, no and numbers are theirs alone.
_OF_THEIR_OWN = ("confirm", "callback", "sheet")
# Steps that gather facts: what was told there by the way and is not sure is asked back too.
_INTERVIEW = ("situation", "fact")
# Topics that stray from the open question without answering it.
_NO_DIGRESSION = frozenset({"risposta", "non_capito", "correggi", "indietro", "ricomincia"})


def hear(turn: Turn, topic: str) -> None:
    """Let the right parts of the dialogue hear the message: they change the state and speak.

    :param topic: a key of :data:`TABLE`.
    """
    topic = _pressed(turn, topic)
    turn.step = order.asked(turn)
    if turn.understood.safety == "emergency":
        topic = "emergenza"
    route = TABLE[topic]
    if route.always:
        turn.conversation.confirm = None
        turn.digressed = True
        _answer(turn, route)
        return
    if turn.understood.safety == "concern":
        safety.concern(turn)
    taken_back = topic in ("risposta", "non_capito") and corrections.is_meant(turn)
    if taken_back and (turn.step is None or turn.step.name not in _OF_THEIR_OWN):
        _other(turn, "correggi", TABLE["correggi"])
    elif not _read(turn, topic, route) and not _in_another_language(turn):
        _other(turn, topic, route)


def _in_another_language(turn: Turn) -> bool:
    language = turn.understood.language
    return bool(language and not turn.understood.facts and languages.answer(turn, language))


def _pressed(turn: Turn, topic: str) -> str:
    """Typing the words of a visible button is pressing it."""
    if turn.understood.is_button:
        return topic
    # The first question's situations stay on the screen: whoever types one later means it.
    shown = [*((turn.conversation.last or {}).get("messages") or []), {"buttons": offers.situations(turn)}]
    payload = offers.typed(turn.understood.text, shown)
    if payload is None:
        return topic
    contacts = turn.understood.contacts
    turn.understood = replace(from_payload(payload, turn.ruleset.facts), contacts=contacts)
    return topic_of(turn.understood.intent)


def _read(turn: Turn, topic: str, route: Route) -> bool:
    """Whether the message was read as the answer to what is open; then feelings and questions in it are heard too."""
    chosen = OPENING in turn.understood.facts and turn.step is not situation.STEP and situation.STEP.read(turn, topic)
    if not chosen and (turn.step is None or not turn.step.read(turn, topic)):
        return False
    if not turn.erased:
        if chosen or (turn.step is not None and turn.step.name in _INTERVIEW):
            _doubt(turn)
        _feel(turn)
        answers.answer(turn)
    return True


def _other(turn: Turn, topic: str, route: Route) -> None:
    """The message is about something else than what is open."""
    if choice := result.wanted(turn):
        turn.digressed = True
        result.take_away(turn, choice)
        return
    if told.names_operator(turn):
        return
    turn.digressed = topic not in _NO_DIGRESSION
    known = bool(turn.understood.facts or turn.understood.asks)
    if turn.understood.safety == "concern" and not known:
        return  # a dark thought was met: no guess at what else it may mean, the open question comes by itself
    if route.surely and not turn.understood.is_likely and not known and astray.what_did_you_mean(turn):
        return
    taken = intake.Intake()
    if route.facts:
        taken = intake.take(turn, turn.understood.facts)
        if taken.anything:
            turn.conversation.opened = True
        intake.report(turn, taken)
        _doubt(turn)
    _feel(turn)
    if (topic in _QUESTIONS or not taken.anything) and answers.answer(turn):
        turn.digressed = True
        turn.conversation.opened = turn.conversation.opened or bool(turn.facts)
        turn.conversation.misunderstood = 0
    elif route.answer is None:
        told.answer(turn, taken)
        answers.answer(turn)
    else:
        _answer(turn, route)
    if turn.missed:
        astray.not_understood(turn)


def _answer(turn: Turn, route: Route) -> None:
    assert route.answer is not None  # noqa: S101 (asked by the callers)
    if route.answer is not astray.out_of_scope:
        turn.conversation.misunderstood = 0
    route.answer(turn)


def _feel(turn: Turn) -> None:
    if feelings.meet(turn):
        turn.digressed = True


def _doubt(turn: Turn) -> None:
    """What may have been told waits to be asked back, one thing at a time.

    What the same words tell of where the person lives stands or falls together: the narrowest place is asked. Words that are surely a request tell nothing by the way: a guess on them would only be in the way.
    """
    conversation = turn.conversation
    if turn.understood.requests_surely:
        return
    heard = [d for d in turn.understood.uncertain if d.fact not in turn.facts and d.value is not None]
    if conversation.doubt is not None or not heard:
        return
    asked, *along = _same_home(heard[0], heard) or heard[:1]
    conversation.doubt = {"fact": asked.fact, "value": asked.value}
    if along:
        conversation.doubt["along"] = {doubt.fact: doubt.value for doubt in along}
    conversation.opened = True
    turn.digressed = True


def _same_home(first: Doubt, heard: list[Doubt]) -> list[Doubt]:
    """What the words of ``first`` tell of where the person lives, the narrowest place first; empty for other facts."""
    if first.fact not in _HOME:
        return []
    return sorted((d for d in heard if d.fact in _HOME and d.span == first.span), key=lambda d: _HOME.index(d.fact))
