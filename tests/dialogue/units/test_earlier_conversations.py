"""Conversations that an earlier version stored go on."""

from __future__ import annotations

from typing import Any

import pytest

from dialogue.conversation import VERSION, Conversation
from tests.dialogue.conftest import NOW
from tests.dialogue.people import WORKER
from tests.dialogue.talk import DirectTalk

# As version 0.1 wrote them, with every key it had.
NEW: dict[str, Any] = {
    "phase": "consenso", "question": {"fact": "consenso_salute", "times": 1}, "health": None, "held": {},
    "asked": {"consenso_salute": 1}, "missed": {}, "trail": [], "told": [], "closed": [], "measures": None, "topic": None,
    "confirm": None, "misunderstood": 0, "draft": {}, "drafts": 0, "summary_seen": False, "result_seen": False,
    "wants_operator": False, "sheet": None, "mails": 0, "counted": {"domanda": ["consenso_salute"]},
}  # fmt: skip
INTERVIEW = NEW | {
    "phase": "raccolta", "health": True, "question": {"fact": "provincia", "times": 1}, "asked": {"provincia": 1},
    "trail": ["occupazione", "provincia"], "told": ["occupazione"],
    "last": {"id": "x", "messages": [{"text": "In quale provincia vive?"}], "awaiting": True},
}  # fmt: skip
SUMMARY = NEW | {"phase": "riepilogo", "health": True, "question": {"fact": "riepilogo", "times": 1}}
RESULT = NEW | {
    "phase": "esito", "health": True, "question": None, "summary_seen": True, "result_seen": True,
    "verdicts": {"dote_ritorno_al_lavoro": "ammissibile"}, "mails": 2, "topic": "dote_ritorno_al_lavoro",
}  # fmt: skip
SENDING = RESULT | {
    "phase": "invio", "question": {"fact": "nome", "times": 1}, "drafts": 1, "asked": {"nome": 1},
    "draft": {
        "measure": "dote_ritorno_al_lavoro", "title": "Dote Ritorno al Lavoro", "site_id": "OPD14-02",
        "operator": "Operatore dimostrativo", "site": "Sede", "site_phone": None, "room_asked": "OPD14-02",
    },
}  # fmt: skip
CALLING = RESULT | {
    "question": {"fact": "recapito", "times": 1, "callback": True},
    "callback": {"at": "2026-11-23T09:00:00+00:00", "before": None, "misses": 0},
}
CONFIRMING = RESULT | {"confirm": "restart"}


@pytest.fixture
def going_on(services):
    """A conversation stored by the earlier version."""

    def start(stored: dict[str, Any], facts: dict[str, Any] | None = None) -> DirectTalk:
        conversation = DirectTalk(services, "cittadino", NOW)
        if stored["health"]:
            services.cases.grant_consent(conversation.case_id, "salute", "testo", "2026-1", NOW)
        services.cases.update(conversation.case_id, NOW, "bot", facts=facts or {}, dialogue=stored)
        return conversation

    return start


@pytest.mark.parametrize(
    ("stored", "facts", "pending"),
    [
        (NEW, {}, "consenso_salute"),
        (INTERVIEW, {"occupazione": "disoccupato"}, "provincia"),
        (SUMMARY, WORKER, "riepilogo"),
        (RESULT, WORKER, None),
        (SENDING, WORKER, "nome"),
        (CALLING, WORKER, "recapito"),
        (CONFIRMING, WORKER, "conferma"),
    ],
    ids=["new", "interview", "summary", "result", "sending", "calling", "confirming"],
)
def test_what_was_open_is_open(going_on, stored, facts, pending) -> None:
    conversation = going_on(stored, facts)
    question = conversation.state()["pending_question"]
    assert (question["fact"] if question else None) == pending


def test_the_consent_that_was_shown_is_given_with_a_yes(going_on, services) -> None:
    conversation = going_on(NEW)
    heard = conversation.press("/affirm")
    assert services.cases.get(conversation.case_id).consented("salute")
    assert heard.pending not in ("consenso_salute", None)


def test_the_interview_goes_on(going_on) -> None:
    heard = going_on(INTERVIEW, {"occupazione": "disoccupato"}).say("Lodi", facts={"provincia": "LO"})
    assert heard.state["facts"]["provincia"] == "LO"
    assert heard.pending not in ("provincia", None)


def test_the_name_goes_into_the_referral_that_was_prepared(going_on) -> None:
    assert going_on(SENDING, WORKER).say("Maria Rossi", facts={"nome": "Maria Rossi"}).pending == "recapito"


def test_what_was_done_is_remembered(going_on, services) -> None:
    conversation = going_on(RESULT, WORKER)
    conversation.press("/ask_documents")
    kept = services.cases.get(conversation.case_id).dialogue
    assert kept["version"] == VERSION
    assert Conversation.of(kept).mails == 2


def test_a_deed_that_waited_is_done_with_a_yes(going_on) -> None:
    assert going_on(CONFIRMING, WORKER).press("/affirm").state["facts"] == {}


def test_what_is_written_is_read_back_the_same(going_on) -> None:
    kept = Conversation.of(SENDING)
    assert Conversation.of(kept.to_dict()) == kept
