"""From everything that is known about a message to a ranking of intents."""

from __future__ import annotations

import numpy as np

from bot.facts.context import Context
from bot.facts.extract import Expected
from bot.intents import emergency
from bot.intents.encoder import Memo
from bot.intents.focus import cap_length
from bot.intents.fusion import FusedClassifier
from bot.intents.linear import log_softmax
from bot.safety.levels import CONCERN, EMERGENCY, NONE, Level

SURE = 0.99
LEAST_KNOWN = 0.2  # the lowest of some 1200 real messages kept apart is above, but for abbreviations of ours
Ranking = list[tuple[str, float]]

# How much likelier (in log-odds) the conversation makes an intent. Nothing is added where the context is unknown.
FACTS_WITHOUT_QUESTION = 1.0  # the message states facts and asks nothing
RESULT_SHOWN = {"ask_explain_result": 2.5, "check_eligibility": -0.7, "ask_why": -3.0}
RESULT_AND_QUESTION = {"ask_explain_result": 0.7}  # "why?" may ask about either
QUESTION_OPEN = {"ask_why": 0.7, "ask_explain_result": -0.7}
NEITHER = {"ask_why": -0.5, "ask_explain_result": -0.3}


def decide(
    model: FusedClassifier,
    text: str,
    context: Context,
    expected: Expected | None,
    level: Level | None = None,
    memo: Memo | None = None,
) -> tuple[Ranking, Level]:
    """Intents from the likeliest down, with calibrated confidence, and the level of safety.

    Only an emergency has the intent of that name. Where the classifier alone sees one, a concern is said.

    :param text: the message as the person wrote it.
    :param expected: what the facts of the message say about the intent.
    :param level: what the safety model says; None where there is no such model, then the list alone decides.
    """
    alarm = emergency.look_for_emergency(text)
    if level is None:
        level = Level(EMERGENCY, SURE, True) if alarm.kind else Level(NONE, 0.5)
    if level.name == EMERGENCY:
        return _sure(emergency.INTENT), level
    if expected and expected.certain:
        return _sure(expected.intent), level
    # While a question is open, what is not certain here states no fact: "asdf qwer" is no answer to it either.
    if (expected is None or context.question is not None) and _gibberish(model, text):
        return [(intent, 1 / len(model.intents)) for intent in model.intents], level  # nothing is likely: ask again
    scores = model.scores(alarm.text, memo) + _leaning(model.intents, context, expected)
    probabilities = np.exp(log_softmax(scores))
    order = np.argsort(-probabilities, kind="stable")
    ranking = [(model.intents[i], float(probabilities[i])) for i in order]
    return _without_emergency(ranking, level)


def _gibberish(model: FusedClassifier, text: str) -> bool:
    """Whether nothing in `text` resembles words: the classifier would be sure of anything."""
    share = model.vectorizer.known_share(cap_length(text))
    return share is not None and share < LEAST_KNOWN


def _sure(intent: str) -> Ranking:
    return [(intent, SURE)]


def _leaning(intents: list[str], context: Context, expected: Expected | None) -> np.ndarray:
    extra: dict[str, float] = {}
    if context.result_shown:
        extra = dict(RESULT_AND_QUESTION if context.question else RESULT_SHOWN)
    elif context.result_shown is False:
        extra = dict(QUESTION_OPEN if context.question else NEITHER)
    if expected:
        extra[expected.intent] = extra.get(expected.intent, 0.0) + FACTS_WITHOUT_QUESTION
    return np.array([extra.get(intent, 0.0) for intent in intents], dtype=np.float32)


def _without_emergency(ranking: Ranking, level: Level) -> tuple[Ranking, Level]:
    """The other intents, their probabilities made whole again; a likely emergency is at least a concern."""
    chance = dict(ranking).get(emergency.INTENT, 0.0)
    if level.name == NONE and chance >= emergency.CLASSIFIER_THRESHOLD:
        level = Level(CONCERN, chance, level.listed)
    rest = [(intent, value / max(1 - chance, 1e-6)) for intent, value in ranking if intent != emergency.INTENT]
    return rest, level
