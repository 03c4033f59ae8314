"""Long lists of answers are asked in two steps."""

from __future__ import annotations

import json

import pytest

import eligibility
from dialogue.offers import GROUPS


@pytest.mark.parametrize("fact", GROUPS)
def test_every_answer_of_the_catalogue_is_in_one_group(fact) -> None:
    grouped = [given for answers in GROUPS[fact].values() for given in answers]
    assert sorted(grouped) == sorted(eligibility.load().facts[fact].options)


@pytest.mark.parametrize("role", ["cittadino", "medico", "sportello"])
def test_work_is_asked_with_few_buttons_and_then_in_detail(consented, role) -> None:
    conversation = consented(role)
    conversation.press("/restart") and conversation.press("/affirm")
    heard = conversation.press("/check_eligibility")
    assert heard.pending == "occupazione"
    assert 3 <= len(heard.buttons) <= 6
    opened = {}
    for button in heard.buttons:
        values = json.loads(button["payload"].partition("{")[1] + button["payload"].partition("{")[2] or "{}")
        if "gruppo" in values:
            second = conversation.press(button["payload"])
            assert second.pending == "occupazione"
            assert len(second.buttons) <= 8
            opened[values["gruppo"]] = second
    assert set(opened) == {"dipendente", "non_lavora", "in_proprio"}
    heard = conversation.press(opened["in_proprio"].buttons[0]["payload"])
    assert heard.state["facts"]["occupazione"] == "autonomo"


def test_a_stale_group_button_of_another_question_harms_nothing(consented) -> None:
    conversation = consented()
    heard = conversation.press('/inform{"gruppo": "cassa"}')
    assert heard.pending == "occupazione"
    assert heard.text
