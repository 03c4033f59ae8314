"""Promises that only the whole running service can keep."""

from __future__ import annotations

import concurrent.futures
import json

import httpx
import pytest

from tests.dialogue.people import WORKER
from tests.dialogue.script import answer_by_button
from tests.dialogue.talk import ApiTalk

pytestmark = pytest.mark.stack


@pytest.fixture
def talk(stack):
    """A conversation with the running service."""
    conversation = ApiTalk(stack.base_url, "cittadino")
    yield conversation
    conversation.close()


def forget_tracker(stack, session: str) -> None:
    """Make the engine forget a conversation, as a restart with an empty memory would."""
    token = (stack.data_dir / "keys" / "bot-token").read_text(encoding="ascii").strip()
    answer = httpx.delete(
        f"http://127.0.0.1:{stack.port + 2}/webhooks/rientro/conversations/{session}",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 204


def test_the_conversation_goes_on_when_the_engine_forgets_it(stack, talk) -> None:
    talk.press("/affirm")
    asked = talk.press('/inform{"occupazione": "disoccupato"}').pending
    forget_tracker(stack, talk.session)
    heard = talk.say("quanto vale la dote?")
    assert heard.pending == asked
    forget_tracker(stack, talk.session)
    heard = talk.say("non lo so")
    assert heard.state["facts"][asked] is None
    assert heard.state["facts"]["occupazione"] == "disoccupato"


def to_confirmation(talk: ApiTalk) -> None:
    """Bring a conversation to the last yes of a referral."""
    facts = {**WORKER, "comune": "Monza", "provincia": "MB"}
    talk.press('/inform{"consenso_salute": true}')
    heard = talk.press("/inform" + json.dumps({"comune": "Monza"}))
    answer_by_button(talk, heard, facts)
    talk.press("/affirm")
    heard = talk.press("/open_referral")
    talk.press(heard.cards[-1]["sites"][0]["payload"])
    talk.say("Maria Rossi")
    talk.say("333 1234567")
    assert talk.press("/affirm").pending == "conferma"


def test_a_double_clicked_confirmation_makes_one_referral(talk) -> None:
    to_confirmation(talk)
    with concurrent.futures.ThreadPoolExecutor(4) as clicks:
        heard = [click.result() for click in [clicks.submit(talk.press, "/affirm") for _ in range(4)]]
    codes = {h.state["referral"]["code"] for h in heard if h.state}
    assert len(codes) == 1
    assert sum("PIN" in h.text and "Fatto" in h.text for h in heard) == 1


def test_two_hundred_turns_stay_answered(talk) -> None:
    talk.press("/affirm")
    for number in range(200):
        heard = talk.press(("/ask_amount", "/ask_services", "/ask_why", "/ask_privacy")[number % 4])
        assert heard.pending == "occupazione"


@pytest.mark.parametrize("text", ["", " ", "\x00", "a" * 10_001, "\u202e\u202d", "null", "﷽" * 200])
def test_bad_input_is_answered_or_refused_clearly(stack, talk, text) -> None:
    answer = talk._http.post(f"/chat/sessions/{talk.session}/messages", json={"text": text})
    assert answer.status_code in (200, 413, 422)
    assert "Traceback" not in answer.text
    assert talk.press("/affirm").pending
