"""Questions about network projects are answered from the rule data."""

from __future__ import annotations

import pytest

from eligibility.network_rules import find_project
from eligibility.ruleset import load
from tests.dialogue.conftest import NOW


@pytest.mark.parametrize("role", ["cittadino", "medico", "sportello"])
def test_the_answer_holds_every_figure_of_the_rules(consented, role) -> None:
    heard = consented(role).say("quanti partner servono per le azioni di rete?", "ask_network_project")
    project = find_project(load(), "azioni_di_rete", NOW.date())
    assert "È chiusa dal 28 marzo 2025" in heard.text
    assert project.partners["text"]["soddisfatto"] in heard.text
    assert f"da {project.recipients['minimum']} a {project.recipients['maximum']}" in heard.text
    for bracket in project.contribution["brackets"]:
        assert (
            f"Da {bracket['from']} a {bracket['to']} persone: fino a {bracket['amount'] // 1000}.000 euro" in heard.text
        )
    for duty in project.per_worker:
        assert duty.data["text"]["soddisfatto"] in heard.text
    for kind in project.partners["kinds"]:
        assert kind["label"] in heard.text
    assert "/operatore/progetti" in heard.text


def test_the_partnership_of_2012_when_it_is_named(consented) -> None:
    heard = consented().say("chi entra nei partenariati territoriali?", "ask_network_project")
    assert "dote ricollocazione" in heard.text
    assert "70.000" not in heard.text


def test_the_open_question_comes_back(consented) -> None:
    conversation = consented()
    before = conversation.state()["pending_question"]["fact"]
    assert conversation.say("quanto prende un progetto di rete?", "ask_network_project").pending == before
