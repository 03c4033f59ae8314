"""Questions about a measure, and about the operators near the person."""

from __future__ import annotations

import eligibility
from dialogue import measure_facts, measure_names, nearby
from dialogue.turn import Turn


def answer(turn: Turn) -> None:
    """Answer for the measure at hand."""
    intent = turn.understood.intent
    if intent == "ask_operator_near":
        _operators(turn)
    elif not _signpost(turn):
        measure_facts.say_about(turn, intent, topic(turn))


def topic(turn: Turn) -> str:
    """The measure a question is about: named, else the one at hand."""
    named = measure_names.wanted(turn)
    if named in turn.ruleset.measures:
        turn.conversation.topic = str(named)
    return nearby.measure(turn)


def _operators(turn: Turn) -> None:
    draft = turn.conversation.draft
    if draft and turn.conversation.open == "operatore":
        draft["page"] = int(draft.get("page", 0)) + 1
        turn.conversation.asked["operatore"] = 0  # another list is another question
    elif nearby.is_place_wanted(turn):
        turn.conversation.place_for_operators = True
    else:
        nearby.show(turn, topic(turn))


def _signpost(turn: Turn) -> bool:
    named = measure_names.wanted(turn)
    if named in turn.ruleset.measures:
        return False  # a right that the engine assesses says more than its signpost
    for item in eligibility.signposts(turn.facts, turn.today, turn.audience):
        if item["id"] == named:
            turn.say("misure.segnavia", titolo=item["title"], testo=item["text"])
            return True
    return False
