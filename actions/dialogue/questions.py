"""Ask what the engine wants to know next, and read the answers."""

from __future__ import annotations

import json
from typing import Any

from actions.dialogue import contradictions, option_groups, wording
from actions.dialogue import intake as facts_intake
from actions.dialogue.turn import Button, Turn

# After this many answers that were not understood, a question is given up: the point stays to be verified.
PATIENCE = 4
# Numbers where a plain "none" is a frequent answer.
_NONE_IS_ZERO = ("invalidita_percento", "invalidita_inail_percento")


def proceed(turn: Turn, before: str = "") -> None:
    """Go on: the next question (after the words ``before``), else the summary, else the result."""
    from actions.dialogue import summary, verdict

    if clash(turn):
        return
    question = turn.next_question()
    if question is not None:
        turn.phase = "raccolta"
        ask(turn, question.fact, before)
    elif not turn.dialogue["summary_seen"]:
        summary.show(turn)
    else:
        verdict.show(turn)


def inform(fact: str, given: Any) -> str:
    """The payload of a button that answers ``fact``."""
    return "/inform" + json.dumps({fact: given}, ensure_ascii=False)


def buttons(turn: Turn, fact: str) -> list[Button]:
    """The buttons of a question, with a way out for who does not know."""
    described = turn.ruleset.facts[fact]
    found: list[Button] = []
    if described.type == "bool":
        found = [
            {"title": turn.words("pulsanti.si"), "payload": inform(fact, True)},
            {"title": turn.words("pulsanti.no"), "payload": inform(fact, False)},
        ]
    elif fact in option_groups.GROUPS:
        found = option_groups.first_step(turn, fact)
    elif described.type == "enum":
        found = [{"title": title, "payload": inform(fact, given)} for given, title in described.options.items()]
    elif fact in _NONE_IS_ZERO:
        found = [{"title": turn.words("pulsanti.nessuna_invalidita"), "payload": inform(fact, 0)}]
    return [*found, turn.button("non_so", "/dont_know")]


def text(turn: Turn, fact: str, times: int) -> str:
    """The question in words; other words each time it is asked again."""
    described = turn.ruleset.facts[fact]
    wordings = (described.question[turn.audience], *described.variants.get(turn.audience, ()))
    return wordings[times % len(wordings)]


def ask(turn: Turn, fact: str, before: str = "") -> None:
    """Ask ``fact`` and remember that it was asked; ``before`` is said in the same breath."""
    times = turn.open_question(fact)
    trail = turn.dialogue["trail"]
    if not trail or trail[-1] != fact:
        trail.append(fact)
    turn.say_text(f"{before} {text(turn, fact, times)}".strip(), buttons(turn, fact))


def ask_again(turn: Turn) -> None:
    """Come back to whatever is open: after a side question, a greeting, a pause."""
    from actions.dialogue import callback, consent, referral_flow, summary, takeaway

    fact = turn.question
    if callback.is_pending(turn):
        callback.ask_number(turn)
    elif takeaway.is_pending(turn):
        takeaway.ask_address(turn)
    elif fact == consent.HEALTH:
        consent.ask(turn)
    elif fact == summary.QUESTION:
        summary.show(turn)
    elif turn.phase == "invio":
        referral_flow.ask_step(turn)
    elif turn.phase == "raccolta":
        times = int(turn.dialogue["asked"].get(fact or "", 0))
        proceed(turn, turn.words("colloquio.torniamo", times) if times else "")


def clash(turn: Turn) -> bool:
    """Report two facts that cannot both be true and reopen one of them; False when all is well."""
    found = contradictions.find(turn)
    if found is None:
        return False
    first, second, reason = found
    reported = turn.dialogue.setdefault("clashes", [])
    signature = f"{first}={turn.facts[first]!r} {second}={turn.facts[second]!r}"
    if signature in reported:
        return False  # said once; the person confirmed both, a human will look at it
    reported.append(signature)
    turn.say(
        "colloquio.contrasto",
        motivo=reason,
        buttons=[
            {
                "title": turn.words("pulsanti.cambia", che_cosa=wording.label(turn, fact)),
                "payload": "/correct_answer" + json.dumps({"fact": fact}),
            }
            for fact in (first, second)
        ],
    )
    turn.dialogue["reopened"] = [first, second]
    turn.phase = "raccolta"
    turn.open_question(second)
    return True


def answer(turn: Turn) -> None:
    """Read a message while a fact is open (phase ``raccolta``)."""
    if option_groups.open_group(turn):
        return
    understood, fact = turn.understood, turn.question
    given = dict(understood.facts)
    described = turn.ruleset.facts.get(fact) if fact else None
    if fact and described and fact not in given:
        if understood.intent == "dont_know":
            given[fact] = None
        elif described.type == "bool" and understood.intent in ("affirm", "deny") and not given:
            given[fact] = understood.intent == "affirm"
        elif fact in _NONE_IS_ZERO and understood.intent == "deny" and not given:
            given[fact] = 0
        elif fact == "comune" and not given and not understood.is_button and understood.intent == "inform":
            given["comune"] = understood.text
    taken = facts_intake.take(turn, given)
    if not taken.anything and understood.contacts:
        turn.say("colloquio.recapito_dopo")
        ask_again(turn)
        return
    if not taken.anything:
        _nothing_usable(turn)
        return
    turn.dialogue["misunderstood"] = 0
    facts_intake.report(turn, taken)
    if fact and given.get(fact, "") is None and fact in taken.new:
        turn.say("colloquio.non_lo_sa", variant=len(turn.dialogue["trail"]))
    if turn.dialogue.pop("after_place", None) and fact in taken.taken:
        _operators_then_back(turn)
    else:
        proceed(turn)


def _operators_then_back(turn: Turn) -> None:
    """The place was asked only to look for operators: show them and return to where we were."""
    from actions.dialogue import nearby, side_questions

    turn.open_question(None)
    nearby.show(turn)
    side_questions.come_back(turn)


def _nothing_usable(turn: Turn) -> None:
    from actions.dialogue import fallback

    fallback.not_understood(turn)


def give_up(turn: Turn) -> bool:
    """Leave the open fact to be verified once patience is over; False while it is worth asking again."""
    fact = turn.question
    if fact not in turn.ruleset.facts:
        return False
    missed = turn.dialogue["missed"][fact] = int(turn.dialogue["missed"].get(fact, 0)) + 1
    if missed < PATIENCE:
        return False
    turn.dialogue["closed"].append(fact)
    turn.open_question(None)
    turn.say("colloquio.risposta_chiusa")
    return True
