"""When what stands behind the gateway fails: an apology with the telephone number, and nothing lost."""

from __future__ import annotations

import pytest

from tests.web.conftest import Chat, Site, start_chat
from tests.web.engine import Server


def apology_in(answer: dict, site: Site) -> bool:
    last = answer["messages"][-1]
    return site.settings.help_phone in last["text"] and last["buttons"][0]["payload"] == "/riprova"


@pytest.mark.parametrize("behaviour", ["broken", "garbled", "unhandled"])
def test_a_failing_engine_gives_an_apology_and_keeps_the_message(site: Site, chat: Chat, behaviour: str) -> None:
    site.engine.behaviour = behaviour
    answer = chat.say("ho il 75%")
    assert answer.status_code == 200
    assert apology_in(answer.json(), site)
    assert answer.json()["state"]["waiting"] == 1
    site.engine.behaviour = "ok"
    again = chat.say(payload="/riprova").json()
    assert [message["text"] for message in again["messages"]] == ["Ho letto."]
    assert again["state"]["waiting"] == 0
    assert site.engine.received[0]["message_id"] == site.engine.received[-1]["message_id"]


def test_a_dead_engine_and_its_return(own_site: Site) -> None:
    site, chat = own_site, start_chat(own_site.client())
    port = site.engine_server.port
    site.engine_server.stop()
    assert apology_in(chat.say("primo").json(), site)
    assert apology_in(chat.say("secondo").json(), site)
    back = Server(site.engine.application(), port).start()
    try:
        answer = chat.say("terzo").json()
    finally:
        back.stop()
    assert [told["text"] for told in site.engine.received] == ["primo", "secondo", "terzo"]
    assert len(answer["messages"]) == 3
    assert answer["state"]["waiting"] == 0


def test_a_slow_engine_is_not_waited_for_ever(site: Site, chat: Chat) -> None:
    site.engine.delay = 3
    answer = chat.say("ci sei?")
    assert answer.elapsed.total_seconds() < 2.5
    assert apology_in(answer.json(), site)


def test_a_waiting_message_is_read_in_the_light_of_its_own_question(site: Site, chat: Chat) -> None:
    site.engine.behaviour = "broken"
    chat.say("sì")
    asked = site.engine.received[-1]["metadata"]["question"]
    from settings import clock

    site.services.cases.update(chat.session, clock.now(), "bot", dialogue={"question": {"fact": "eta", "times": 1}})
    site.engine.behaviour = "ok"
    chat.say(payload="/riprova")
    assert site.engine.received[-1]["metadata"]["question"] == asked


def test_a_message_that_can_never_be_answered_does_not_block_the_others(site: Site, chat: Chat) -> None:
    site.engine.behaviour = "unhandled"
    for _ in range(2):
        answer = chat.say("parola maledetta", key="sempre-la-stessa").json()
        assert apology_in(answer, site)
    given_up = chat.say(payload="/riprova").json()
    assert "altre parole" in given_up["messages"][-1]["text"]
    assert given_up["state"]["waiting"] == 0
    site.engine.behaviour = "ok"
    assert chat.say("ciao").json()["messages"][0]["text"] == "Ho letto."


def test_while_parts_are_down_no_message_is_given_up(site: Site, chat: Chat) -> None:
    site.engine.behaviour = "unhandled"
    site.engine.actions_healthy = False
    chat.say("importante")
    for _ in range(6):
        answer = chat.say(payload="/riprova").json()
        assert apology_in(answer, site)
        assert answer["state"]["waiting"] == 1


def test_retry_without_anything_waiting_is_harmless(chat: Chat) -> None:
    answer = chat.say(payload="/riprova").json()
    assert answer["messages"] == []


def test_readiness_tells_which_part_is_missing(site: Site, chat: Chat) -> None:
    assert chat.client.get("/health/ready").status_code == 200
    site.engine.actions_healthy = False
    response = chat.client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["components"] == {"database": True, "actions": False, "bot": True}
    assert chat.client.get("/health/live").status_code == 200
