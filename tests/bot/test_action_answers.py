"""The prepared schema refuses and accepts what Rasa's own check does."""

from __future__ import annotations

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction

from bot import action_answers

ANSWERS = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "risposta", "value": None}], "responses": [{"text": "Buongiorno"}]},
    {},
    {"events": "nothing", "responses": []},
    {"events": [{"name": "no kind"}], "responses": []},
    [],
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_same_verdict_as_rasa(answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    rasa_own = RemoteAction._validate_action_result
    action = RemoteAction("action_x", None)
    try:
        before = rasa_own(action, answer)
    except jsonschema.ValidationError:
        before = False
    monkeypatch.setattr(RemoteAction, "_validate_action_result", rasa_own)
    action_answers.install()
    try:
        after = action._validate_action_result(answer)
    except jsonschema.ValidationError:
        after = False
    assert after == before


def test_the_answers_tell_both_apart() -> None:
    action_answers.install()
    action = RemoteAction("action_x", None)
    assert action._validate_action_result(ANSWERS[1])
    with pytest.raises(jsonschema.ValidationError):
        action._validate_action_result(ANSWERS[3])
