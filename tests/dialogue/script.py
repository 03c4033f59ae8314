"""Run the conversations written as data in ``scripts/``; see scripts/README.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

import eligibility
from tests.dialogue.talk import Heard, Talk

FOLDER = Path(__file__).parent / "scripts"
# What `stop` among the answers means: do not answer this one.
STOP = "stop"
LONG = "La mia storia comincia molti anni fa in un paese di montagna. " * 50
_MOST_QUESTIONS = 40


def conversations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every conversation with a name that says where it is written."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for conversation in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield f"{path.stem}: {conversation['name']}", conversation


def play(conversation: dict[str, Any], talk: Talk, opening: Heard) -> None:
    """Hold a conversation and check every expectation."""
    heard = opening
    for number, step in enumerate(conversation["steps"], start=1):
        heard = _do(step, talk, heard)
        _check(step, heard, f"{conversation['name']}, step {number}: {step}\nheard: {heard.text}")


def _do(step: dict[str, Any], talk: Talk, heard: Heard) -> Heard:
    if "begin" in step:
        talk.press('/inform{"consenso_salute": true}')
        return talk.press("/check_eligibility")
    if "press" in step:
        return talk.press(step["press"])
    if "site" in step:
        sites = next(card["sites"] for card in reversed(heard.cards) if card.get("kind") == "operatori")
        return talk.press(sites[step["site"] - 1]["payload"])
    if "answers" in step:
        return answer_by_button(talk, heard, step["answers"])
    means = step["means"]
    text = LONG if step["says"] == "&LONG" else step["says"]
    return talk.say(text, means["intent"], means["facts"])


def answer_by_button(talk: Talk, heard: Heard, answers: dict[str, Any]) -> Heard:
    """Answer the engine's questions by button until none is open; what is not in ``answers`` is not known."""
    import json

    for _ in range(_MOST_QUESTIONS):
        fact = heard.pending
        if heard.state is None:
            heard = talk.press("/check_eligibility")
            continue
        if fact not in eligibility.load().facts or answers.get(fact) == STOP:
            return heard
        value = answers.get(fact)
        heard = talk.press("/dont_know" if value is None else "/inform" + json.dumps({fact: value}))
    raise AssertionError(f"still asking {heard.pending} after {_MOST_QUESTIONS} answers")


def _check(step: dict[str, Any], heard: Heard, where: str) -> None:
    if step.get("erased"):
        assert heard.state is None or any(card.get("erased") for card in heard.cards), where
        return
    assert heard.texts, where
    state = heard.state or {}
    facts = state.get("facts", {})
    if "pending" in step:
        assert heard.pending == step["pending"], where
    for fact, value in step.get("facts", {}).items():
        assert facts.get(fact) == value, f"{fact} is {facts.get(fact)!r}\n{where}"
    for fact in step.get("absent", ()):
        assert fact not in facts, where
    for measure, verdict in step.get("verdicts", {}).items():
        assert heard.verdicts[measure] == verdict, f"{measure} is {heard.verdicts[measure]}\n{where}"
    for fragment in step.get("text", ()):
        assert fragment in heard.text, where
    for fragment in step.get("no_text", ()):
        assert fragment not in heard.text, where
    offered = {button["payload"] for button in heard.buttons}
    for payload in step.get("button", ()):
        assert payload in offered, where
    if "referral" in step:
        assert state.get("referral"), where
        assert step["referral"] in ("*", state["referral"]["state"]), where
