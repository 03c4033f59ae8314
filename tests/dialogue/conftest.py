"""Real stores for the dialogue: SQLite, keys, the demonstration operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cases.db import make_engine, make_session_factory, upgrade
from cases.keys import Keyring
from cases.service import Cases
from dialogue.services import HelpDesk, Services
from referrals.directory import Directory
from referrals.service import Referrals
from tests.dialogue.people import WORKER, answer_all
from tests.dialogue.talk import DirectTalk, Heard

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
OPERATORS = Path(__file__).resolve().parents[2] / "referrals" / "demo" / "operatori.csv"


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The stores behind the dialogue."""
    folder = tmp_path_factory.mktemp("dialogo")
    engine = make_engine(f"sqlite:///{folder / 'prova.db'}")
    upgrade(engine)
    sessions = make_session_factory(engine)
    keyring = Keyring.open(folder / "keys")
    directory = Directory(sessions)
    directory.import_csv(OPERATORS, NOW)
    desk = HelpDesk("800 318 318", "gratuito", "dal lunedì al venerdì, 9-17")
    return Services(Cases(sessions, keyring), directory, Referrals(sessions, keyring), desk)


@pytest.fixture
def talk(services: Services) -> Callable[..., DirectTalk]:
    """Start a conversation."""

    def start(role: str = "cittadino") -> DirectTalk:
        return DirectTalk(services, role, NOW)

    return start


@pytest.fixture
def consented(talk: Callable[..., DirectTalk]) -> Callable[..., DirectTalk]:
    """Start a conversation where the consent on health data was given and the first fact is asked."""

    def start(role: str = "cittadino") -> DirectTalk:
        conversation = talk(role)
        conversation.press('/inform{"consenso_salute": true}')
        conversation.press("/check_eligibility")
        return conversation

    return start


@pytest.fixture
def result(consented: Callable[..., DirectTalk]) -> Callable[..., tuple[DirectTalk, Heard]]:
    """Bring a conversation to its result."""

    def start(facts: dict[str, Any] = WORKER, role: str = "cittadino") -> tuple[DirectTalk, Heard]:
        conversation = consented(role)
        heard = answer_all(conversation, conversation.say("", facts=facts), facts)
        assert heard.pending == "riepilogo"
        return conversation, conversation.press("/affirm")

    return start
