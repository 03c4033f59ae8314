"""The action server speaks the SDK's language, leaves nothing in the engine, and logs no words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

import dialogue
from settings.config import get_settings
from tests.dialogue.conftest import NOW


@pytest.fixture
def client(services, monkeypatch, tmp_path) -> Iterator[TestClient]:
    monkeypatch.setenv("RIENTRO_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    monkeypatch.setattr("dialogue.services.build", lambda settings: services)
    from actions.server import app

    with TestClient(app) as client:
        yield client
    get_settings.cache_clear()


@pytest.fixture
def case_id(services) -> str:
    record = services.cases.open("cittadino", NOW)
    dialogue.opening(record, services.cases, NOW)
    return record.id


def call(case_id: str, action: str, intent: str, text: str = "", number: str = "1") -> dict[str, Any]:
    """What the engine sends; the domain is left out, as our configuration does."""
    message = {
        "intent": {"name": intent, "confidence": 0.9},
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "entities": [],
        "text": text,
        "message_id": number,
    }
    tracker = {
        "sender_id": case_id,
        "slots": {},
        "latest_message": message,
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    return {"next_action": action, "sender_id": case_id, "tracker": tracker, "version": "3.6.21"}


def test_alive(client) -> None:
    assert client.get("/health").json() == {"status": "ok", "actions": len(dialogue.TOPICS)}


def test_an_answer_comes_with_texts_and_buttons_and_leaves_nothing_in_the_engine(client, case_id) -> None:
    answer = client.post("/webhook", json=call(case_id, "action_risposta", "affirm", "/affirm")).json()
    assert answer["responses"][-1]["buttons"]
    assert answer["events"] == []


def test_a_lost_tracker_does_no_harm(client, case_id, services) -> None:
    client.post("/webhook", json=call(case_id, "action_risposta", "affirm", "/affirm"))
    asked = dialogue.open_question(services.cases.get(case_id))
    # The engine restarted: no events. The conversation goes on from the case.
    client.post("/webhook", json=call(case_id, "action_risposta", "dont_know", "boh", number="2"))
    assert dialogue.open_question(services.cases.get(case_id)) not in (asked, None)


def test_acts_safety_and_doubts_reach_the_dialogue(client, case_id, services) -> None:
    sent = call(case_id, "action_risposta", "inform", "ho paura, forse sto a Roma")
    sent["tracker"]["latest_message"] |= {
        "acts": [{"kind": "feel", "value": {"feeling": "paura"}, "confidence": 0.9, "span": [0, 8]}],
        "safety": "none",
        "uncertain": [{"fact": "comune", "value": "Roma", "confidence": 0.4, "span": [20, 24]}],
    }
    answer = client.post("/webhook", json=sent).json()
    said = " ".join(response["text"] for response in answer["responses"])
    assert "paura" in said
    assert "Roma" in said
    assert services.cases.get(case_id).facts == {}


def test_an_erased_case_is_said_to_be_erased(client, case_id) -> None:
    client.post("/webhook", json=call(case_id, "action_cancella_dati", "delete_data", "/delete_data"))
    answer = client.post("/webhook", json=call(case_id, "action_risposta", "affirm", "/affirm", "2")).json()
    assert answer["responses"][0]["custom"] == {"erased": True}


@pytest.mark.parametrize(
    ("body", "status"), [("{", 400), ('{"next_action": "action_che_non_esiste", "tracker": {}}', 404)]
)
def test_a_wrong_call_gets_a_clear_error(client, body: str, status: int) -> None:
    assert client.post("/webhook", content=body).status_code == status


def test_a_failure_is_told_to_the_engine_and_no_word_is_logged(client, case_id, services, monkeypatch, capsys) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("ho il parolasegreta")

    monkeypatch.setattr(services.cases, "update_in", fail)
    response = client.post("/webhook", json=call(case_id, "action_risposta", "inform", "ho il parolasegreta"))
    assert response.status_code == 500
    printed = capsys.readouterr()
    assert "action failed" in printed.out
    assert "parolasegreta" not in json.dumps(response.json()) + printed.out + printed.err
