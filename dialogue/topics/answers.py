"""A question answered for this person now: the short answer, what the rules say of them, and the fact that decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import eligibility
from dialogue import measure_facts, measure_names, nearby, offers, outcome, today
from dialogue.turn import Turn
from dialogue.understood import LIKELY, SURE, Act
from eligibility import answers
from eligibility.answers import Answer, UnknownAnswer

CHOICE = "domanda"
# At most so many questions of one message are answered: the rest can be asked again.
MOST = 2
# From this confidence on a question is answered also where the intent says something else.
CLEAR = 0.8
# Intents that say little about what is asked.
_OPEN_TO_QUESTIONS = frozenset(
    "ask_measure_info check_eligibility nlu_fallback inform affirm deny dont_know greet thank".split()
)
_TELLING = frozenset({"inform", "affirm", "deny", "dont_know"})
# What may be asked of a measure, and the intent that asks the same.
_ASPECTS = {
    "importo": "ask_amount",
    "documenti": "ask_documents",
    "come": "ask_how_to_apply",
    "scadenza": "ask_deadline_or_open",
    "incompatibilita": "ask_incompatibility",
    "requisiti": "ask_measure_info",
    "generale": "ask_measure_info",
}
# Intents that say which point of a measure is asked: the rule data hold the answer.
_PLAIN = frozenset({*_ASPECTS.values(), "ask_services", "ask_contacts"}) - _OPEN_TO_QUESTIONS


def answer(turn: Turn) -> bool:
    """Answer the questions of the message; False when it asks none that we know."""
    chosen = turn.understood.choices.get(CHOICE)
    if isinstance(chosen, str):
        return _known(turn, chosen)
    if measure := _plainly_about(turn):
        _about(turn, turn.understood.intent, measure)
        return True
    told = False
    for act in _heard(turn):
        if not told and act.confidence < SURE and _either(turn, act.value):
            return True
        if told and act.confidence < CLEAR:
            break
        told = _one(turn, act.value) or told
    return told


def _plainly_about(turn: Turn) -> str | None:
    """The measure that the message names, or calls the one at hand, where its intent says plainly what is asked of it.

    The rules' own data answer that, unless the question recognised speaks of the same measure and is as clear as the intent.
    """
    understood = turn.understood
    if understood.is_button or not understood.is_sure or understood.intent not in _PLAIN:
        return None
    named = measure_names.wanted(turn)
    if named is None and measure_names.speaks_of_the_one_at_hand(understood.text):
        named = nearby.measure(turn)
    asked = [act for act in understood.acts if act.kind == "ask"]
    if named not in turn.ruleset.measures or any(_is_about(act, named, understood.confidence) for act in asked):
        return None
    return named


def _is_about(act: Act, measure: str | None, least: float) -> bool:
    if act.confidence < least:
        return False
    try:
        return measure in answers.get(str(act.value.get("question"))).measures
    except UnknownAnswer:
        return False


def _heard(turn: Turn) -> list[Act]:
    """The questions worth answering, the clearest first.

    A plain request is carried out, not answered; where the intent is plain, only a clear question comes before it.
    """
    understood = turn.understood
    if understood.requests_surely:
        return []
    plain = understood.is_sure and (understood.intent not in _OPEN_TO_QUESTIONS or _only_tells(turn))
    least = CLEAR if plain else LIKELY
    asked = [act for act in understood.acts if act.kind == "ask" and act.confidence >= least]
    return sorted(asked, key=lambda act: -act.confidence)[:MOST]


def _only_tells(turn: Turn) -> bool:
    """Whether the message surely is a story or an answer: words near a question's are no question."""
    return turn.understood.intent in _TELLING and bool(turn.understood.facts)


def _one(turn: Turn, asked: Mapping[str, Any]) -> bool:
    if isinstance(asked.get("question"), str):
        return _known(turn, asked["question"])
    measure = asked.get("measure")
    if measure not in turn.ruleset.measures:
        return False
    _about(turn, _ASPECTS.get(str(asked.get("aspect")), "ask_measure_info"), str(measure))
    return True


def _about(turn: Turn, intent: str, measure: str) -> None:
    turn.conversation.topic = measure
    measure_facts.say_about(turn, intent, measure)
    _say_for_you(turn, (measure,))


def _either(turn: Turn, asked: Mapping[str, Any]) -> bool:
    """Two candidates become two buttons; False where there is only one."""
    found: list[Answer] = []
    for id_ in (asked.get("question"), *(asked.get("alternatives") or ())):
        try:
            found.append(answers.get(str(id_)))
        except UnknownAnswer:
            continue
    if len(found) < 2:
        return False
    buttons = [
        {"title": one.question, "payload": offers.payload("ask_measure_info", domanda=one.id)} for one in found[:2]
    ]
    turn.say("piano.quale_domanda", buttons=[*buttons, turn.button("persona", "/ask_human")])
    turn.question_put = True
    return True


def _known(turn: Turn, id_: str) -> bool:
    try:
        found = answers.get(id_)
    except UnknownAnswer:
        return False
    shown = found.to_dict(turn.today, turn.ruleset)
    card = {"kind": "risposta", **{name: shown[name] for name in ("id", "certain", "office", "sources", "updated")}}
    turn.say_text(found.text, card=card)
    if found.measures and found.measures[0] in turn.ruleset.measures:
        turn.conversation.topic = found.measures[0]
    _say_for_you(turn, found.measures)
    return True


def _say_for_you(turn: Turn, named: tuple[str, ...]) -> None:
    """What the rules say on the facts known; a single fact that would decide it is asked next."""
    known = [m for m in named if m in turn.ruleset.measures and turn.ruleset.edition(m, turn.today).kind != "employer"]
    if not known or not turn.facts:
        return
    result = eligibility.assess(turn.facts, turn.today, measures=known[:1], audience=turn.audience)
    [assessment] = result.to_dict()["assessments"]
    missing = outcome.unknown_facts(turn, assessment)
    if told := today.for_you(turn, known[0], assessment, missing):
        turn.say_text(told)
    if len(missing) == 1 and missing[0] not in turn.facts:
        turn.conversation.wanted = missing[0]
