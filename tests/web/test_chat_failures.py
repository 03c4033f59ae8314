"""When what stands behind the gateway fails: an apology with the telephone number, and nothing lost."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from dataclasses import replace

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


def gives_up(answer: dict, site: Site) -> bool:
    """Whether the last message is the apology for one that is not tried again, with the number to call."""
    last = answer["messages"][-1]
    return site.settings.help_phone in last["text"] and "buttons" not in last and answer["state"]["waiting"] == 0


@pytest.mark.parametrize(("behaviour", "delay"), [("ok", 3), ("stopped", 0)])
def test_what_takes_too_long_to_read_never_meets_an_engine_again(
    make_site: Callable[..., Site], behaviour: str, delay: float
) -> None:
    site = make_site()
    chat = start_chat(site.client())
    site.engine.behaviour, site.engine.delay = behaviour, delay
    answer = chat.say("parola maledetta", key="la-stessa")
    assert answer.elapsed.total_seconds() < 2.5
    assert gives_up(answer.json(), site)
    site.engine.behaviour, site.engine.delay = "ok", 0
    assert chat.say(payload="/riprova").json()["messages"] == []  # not by its button
    assert gives_up(chat.say("parola maledetta", key="la-stessa").json(), site)  # not by the client's second try
    assert len(chat.say("ciao").json()["messages"]) == 1  # not with the next message
    assert [told["text"] for told in site.engine.received] == ["parola maledetta", "ciao"]
    later = make_site(data_dir=site.settings.data_dir)  # another gateway and another engine, on the same database
    assert len(replace(chat, client=later.client()).say("eccomi").json()["messages"]) == 1
    assert [told["text"] for told in later.engine.received] == ["eccomi"]


def test_others_are_answered_while_one_message_takes_too_long(own_site: Site) -> None:
    site = own_site
    poisoned, others = start_chat(site.client()), [start_chat(site.client()) for _ in range(4)]
    site.engine.slow_texts, site.engine.delay = {"parola maledetta"}, 3
    with concurrent.futures.ThreadPoolExecutor(5) as people:
        bad = people.submit(poisoned.say, "parola maledetta")
        answers = [told for _ in range(3) for told in people.map(lambda chat: chat.say("ciao"), others)]
        assert all(told.json()["messages"][0]["text"] == "Ho letto." for told in answers)
        assert gives_up(bad.result().json(), site)


def test_a_message_in_flight_when_the_engine_hangs_is_tried_once_more_when_all_is_well(site: Site, chat: Chat) -> None:
    site.engine.delay, site.engine.actions_healthy = 3, False
    answer = chat.say("ci sei?").json()
    assert apology_in(answer, site) and answer["state"]["waiting"] == 1
    for _ in range(3):
        assert apology_in(chat.say(payload="/riprova").json(), site)
    assert len(site.engine.received) == 1  # nothing is handed over while a part is away
    site.engine.actions_healthy = True
    assert gives_up(chat.say(payload="/riprova").json(), site)
    assert chat.say(payload="/riprova").json()["messages"] == []
    assert len(site.engine.received) == 2

    site.engine.delay, site.engine.actions_healthy = 3, False
    chat.say("e ora?")
    site.engine.delay, site.engine.actions_healthy = 0, True
    assert [told["text"] for told in chat.say(payload="/riprova").json()["messages"]] == ["Ho letto."]


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
