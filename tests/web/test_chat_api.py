"""Conversations over HTTP: opening, messages, reading again, export, erasure."""

from __future__ import annotations

import threading

import httpx
import pytest

from tests.web.conftest import Chat, Site, start_chat


def test_opening_needs_no_dialogue_engine_and_says_who_speaks(own_site: Site) -> None:
    own_site.engine_server.stop()
    with own_site.client() as client:
        response = client.post("/api/v1/chat/sessions", json={"role": "cittadino"})
    assert response.status_code == 201
    content = response.json()
    assert "automatico" in content["messages"][0]["text"]
    assert content["state"]["mode"] == "bot"
    assert content["state"]["pending_question"]["fact"] == "situazione"
    assert response.headers["location"].endswith(content["session"])


def test_the_browser_gets_a_cookie_that_scripts_cannot_read(client: httpx.Client) -> None:
    cookie = client.post("/api/v1/chat/sessions", json={}).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


def test_the_cookie_is_secure_where_people_come_over_tls(make_site) -> None:
    with make_site(public_url="https://rientro.example").client() as client:
        response = client.post("/api/v1/chat/sessions", json={})
    assert "secure" in response.headers["set-cookie"].lower()
    assert response.headers["strict-transport-security"]


def test_a_message_is_answered_and_kept(site: Site, chat: Chat) -> None:
    answer = chat.say("ho il 75%").json()
    assert [message["text"] for message in answer["messages"]] == ["Ho letto."]
    assert answer["state"]["understood"]["intent"] == "inform"
    messages = chat.read()["messages"]
    assert [message["author"] for message in messages[-2:]] == ["persona", "bot"]
    assert messages[-2]["id"] == answer["turn"]


def test_the_engine_is_told_the_open_question_and_the_day(site: Site, chat: Chat) -> None:
    chat.say("sì")
    told = site.engine.received[-1]
    assert told["sender"] == chat.session
    assert told["metadata"]["question"] == "situazione"
    assert told["metadata"]["role"] == "cittadino"
    assert told["metadata"]["result_shown"] is False
    assert len(told["metadata"]["today"]) == 10
    assert site.engine.tokens == {f"Bearer {site.settings.bot_bearer()}"}


def test_the_same_key_gives_the_same_answer_once(site: Site, chat: Chat) -> None:
    first = chat.say("ho il 75%", key="chiave-numero-1").json()
    second = chat.say("ho il 75%", key="chiave-numero-1").json()
    assert first["messages"] == second["messages"]
    assert first["turn"] == second["turn"]
    assert first["state"]["understood"] == second["state"]["understood"]
    assert len(site.engine.received) == 1


def test_concurrent_doubles_make_one_turn(site: Site, chat: Chat) -> None:
    site.engine.delay = 0.2
    answers: list[dict] = []

    def say() -> None:
        with httpx.Client(base_url=site.url, timeout=30) as client:
            copy = Chat(client, chat.session, chat.token, [])
            answers.append(copy.say("confermo", key="doppio-clic-1").json())

    threads = [threading.Thread(target=say) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(site.engine.received) == 1
    assert len({str(answer["messages"]) for answer in answers}) == 1


def test_two_tabs_are_put_in_order(site: Site, chat: Chat) -> None:
    site.engine.delay = 0.1

    def say(number: int) -> None:
        with httpx.Client(base_url=site.url, timeout=30) as client:
            Chat(client, chat.session, chat.token, []).say(f"messaggio {number}")

    threads = [threading.Thread(target=say, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert site.engine.most_at_once == 1
    said = [message for message in chat.read()["messages"] if message["author"] == "persona"]
    assert sorted(message["text"] for message in said) == [f"messaggio {number}" for number in range(5)]


def test_a_key_cannot_be_used_for_another_message(chat: Chat) -> None:
    chat.say("uno", key="chiave-numero-1")
    response = chat.say("due", key="chiave-numero-1")
    assert response.status_code == 409
    assert response.json()["type"] == "/problemi/chiave-riusata"


@pytest.mark.parametrize("role", ["cittadino", "medico", "sportello"])
def test_each_role_is_greeted_in_its_own_words(client: httpx.Client, role: str) -> None:
    assert start_chat(client, role).opening[0]["text"]


def test_unknown_session_and_missing_token(site: Site, chat: Chat) -> None:
    with site.client() as stranger:
        unknown = stranger.get("/api/v1/chat/sessions/nonesiste")
        assert unknown.status_code == 404
        assert unknown.json()["type"] == "/problemi/sessione-non-trovata"
        without = stranger.get(chat.path)
        assert without.status_code == 401
        assert without.headers["www-authenticate"] == "Bearer"
        wrong = stranger.post(
            f"{chat.path}/messages", json={"text": "ciao"}, headers={"Authorization": "Bearer sbagliato"}
        )
        assert wrong.status_code == 401


def test_one_person_cannot_open_the_conversation_of_another(site: Site, chat: Chat) -> None:
    with site.client() as other:
        start_chat(other)  # has a good cookie, for its own conversation
        assert other.get(chat.path).status_code == 401
        assert other.delete(chat.path).status_code == 401


def test_export_has_everything_and_no_internal_notes(chat: Chat) -> None:
    chat.say("mi chiamo Zenobia")
    export = chat.client.get(f"{chat.path}/export", headers=chat.headers)
    assert export.headers["content-disposition"].startswith("attachment")
    turns = export.json()["turns"]
    assert any(turn["text"] == "mi chiamo Zenobia" for turn in turns)
    assert not any("asked" in turn or "reply_to" in turn for turn in turns)


def test_erasure_reaches_the_database_and_the_engine(site: Site, chat: Chat) -> None:
    chat.say("cancellami")
    assert chat.client.delete(chat.path, headers=chat.headers).status_code == 204
    assert site.engine.forgotten == [chat.session]
    assert chat.client.get(chat.path, headers=chat.headers).status_code == 404
    assert chat.client.delete(chat.path, headers=chat.headers).status_code == 404


def test_an_erasure_inside_the_chat_drops_the_cookie(site: Site, client: httpx.Client) -> None:
    chat = start_chat(client)
    site.engine.messages = [{"text": "Ho cancellato tutto.", "custom": {"erased": True}}]
    response = client.post(f"{chat.path}/messages", json={"text": "sì, cancella"})
    assert response.json()["state"]["erased"] is True
    assert response.json()["messages"][0]["text"] == "Ho cancellato tutto."
    assert 'rientro_sessione=""' in response.headers["set-cookie"]
    assert site.engine.forgotten == [chat.session]


def test_when_a_person_is_in_charge_the_bot_is_silent(site: Site, chat: Chat) -> None:
    from settings import clock

    site.services.cases.update(chat.session, clock.now(), "sportello:1", mode="person")
    answer = chat.say("c'è qualcuno?").json()
    assert answer["messages"] == []
    assert answer["state"]["mode"] == "person"
    assert site.engine.received == []
    assert chat.read()["messages"][-1]["text"] == "c'è qualcuno?"
