"""Whatever arrives, the answer is clear Italian and never a stack trace."""

from __future__ import annotations

import httpx
import pytest

from benchmarks.adversarial_text import growth
from tests.web.conftest import Chat, Site
from web.chat import payloads


def is_problem(response: httpx.Response, status: int, kind: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert content["type"] == f"/problemi/{kind}"
    assert content["status"] == status
    assert content["title"] and content["detail"]
    assert "Traceback" not in response.text


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u200e", "\x00\x07"])
def test_empty_messages(chat: Chat, text: str) -> None:
    is_problem(chat.say(text), 422, "messaggio-vuoto")


def test_ten_kilobytes(chat: Chat) -> None:
    response = chat.say("a" * 10_000)
    is_problem(response, 422, "messaggio-troppo-lungo")
    assert "4000" in response.json()["detail"]
    assert chat.read()["messages"][-1]["author"] == "bot"


def test_four_thousand_characters_are_fine(chat: Chat) -> None:
    assert chat.say("à" * 4000).status_code == 200
    is_problem(chat.say("à" * 4001), 422, "messaggio-troppo-lungo")


def test_the_limit_counts_what_is_left_when_the_text_is_cleaned(chat: Chat) -> None:
    hidden = "\u200b\u202e\x07"
    assert chat.say((hidden + "a") * 4000).status_code == 200  # three of four characters are not seen
    is_problem(chat.say((hidden + "a") * 4000 + "a"), 422, "messaggio-troppo-lungo")
    for character, expanded in (("\ufdfa", 18), ("\u0958", 2), ("\U0001d160", 3), ("…", 3)):
        assert chat.say(character * (4000 // expanded)).status_code == 200
        is_problem(chat.say(character * (4000 // expanded + 1)), 422, "messaggio-troppo-lungo")


def test_rows_of_combining_marks_are_cut_before_they_are_put_in_order() -> None:
    cleaned = payloads.clean_text("e" + "\u0301\u0316" * 50_000 + " ciao")
    assert len(cleaned) < 50 and cleaned.endswith(" ciao")
    assert payloads.clean_text("perche\u0301 no, piu\u0300 tardi") == "perché no, più tardi"


def test_cleaning_grows_with_the_length_of_the_text() -> None:
    for part in ("\u0301\u0316", "a\u200b", "\ufdfa", "\r\n", "e\u0301"):
        short, long, power = growth.power(payloads.clean_text, part * 1000, part * 8000)
        assert power < growth.STEEP, (part, short, long)


def test_a_body_beyond_measure(chat: Chat) -> None:
    is_problem(chat.say("a" * 200_000), 413, "corpo-troppo-grande")


def test_a_body_that_does_not_say_how_long_it_is(site: Site, chat: Chat) -> None:
    pieces = (b"x" * 10_000 for _ in range(20))
    response = chat.client.post(f"{chat.path}/messages", content=pieces, headers=chat.headers)
    is_problem(response, 413, "corpo-troppo-grande")


@pytest.mark.parametrize(
    "text",
    [
        "👍🏽 👨‍👩‍👧",
        "<script>alert(1)</script>",
        "'; DROP TABLE turn;--",
        "{{7*7}}",
        "ciao\x00mondo",
        "\u202eabc",
        "﷽ ﷺ",
    ],
)
def test_strange_but_harmless_text_is_taken(site: Site, chat: Chat, text: str) -> None:
    assert chat.say(text).status_code == 200
    kept = chat.read()["messages"][-2]["text"]
    assert "\x00" not in kept and "\u202e" not in kept
    assert kept


def test_an_emoji_family_is_not_torn_apart(chat: Chat) -> None:
    chat.say("👨‍👩‍👧")
    assert chat.read()["messages"][-2]["text"] == "👨‍👩‍👧"


@pytest.mark.parametrize("text", ["/restart", '/inform{"eta": 3}', "  /affirm", "\u200b/deny", "//session_start", "/"])
def test_typed_text_is_never_a_payload(site: Site, chat: Chat, text: str) -> None:
    assert chat.say(text).status_code == 200
    assert not site.engine.received[-1]["text"].lstrip().startswith("/")


@pytest.mark.parametrize(
    "payload",
    [
        "ciao",
        "/session_start",
        "/restart_everything",
        "/inform{",
        "/inform[1]",
        '/inform{"colore": "blu"}',
        '/inform{"invalidita_percento": 900}',
        '/inform{"operatore": {"a": 1}}',
        "/affirm\n/deny",
        "/inform" + "{" * 900,
        "",
    ],
)
def test_payloads_outside_the_grammar_are_refused(site: Site, chat: Chat, payload: str) -> None:
    is_problem(chat.say(payload=payload), 422, "scelta-non-ammessa")
    assert site.engine.received == []


@pytest.mark.parametrize(
    "payload",
    [
        "/affirm",
        '/inform{"invalidita_percento": 70}',
        '/inform{"eta": null}',
        '/correct_answer{"fact": "nome"}',
        '/correct_answer{"fact": "recapito"}',
        '/correct_answer{"fact": "operatore"}',
    ],
)
def test_payloads_of_our_buttons_pass(site: Site, chat: Chat, payload: str) -> None:
    assert chat.say(payload=payload).status_code == 200
    assert site.engine.received[-1]["text"] == payload


def test_the_transcript_shows_the_words_of_the_button(chat: Chat) -> None:
    button = chat.opening[-1]["buttons"][0]
    chat.say(payload=button["payload"])
    assert chat.read()["messages"][-2]["text"] == button["title"]


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b"{", 400, "json-non-valido"),
        (b"\xff\xfe", 400, "json-non-valido"),
        (b"[]", 422, "richiesta-non-valida"),
        (b"{}", 422, "richiesta-non-valida"),
        (b'{"text": 7}', 422, "richiesta-non-valida"),
        (b'{"text": "a", "payload": "/affirm"}', 422, "richiesta-non-valida"),
        (b'{"text": "a", "colore": "b"}', 422, "richiesta-non-valida"),
    ],
)
def test_wrong_bodies(chat: Chat, content: bytes, status: int, kind: str) -> None:
    headers = chat.headers | {"Content-Type": "application/json"}
    is_problem(chat.client.post(f"{chat.path}/messages", content=content, headers=headers), status, kind)


def test_a_lone_surrogate_is_not_a_crash(chat: Chat) -> None:
    headers = chat.headers | {"Content-Type": "application/json"}
    response = chat.client.post(f"{chat.path}/messages", content=b'{"text": "a\\ud800b"}', headers=headers)
    assert response.status_code in (200, 400, 422)


def test_short_idempotency_keys_are_refused(chat: Chat) -> None:
    is_problem(chat.say("ciao", key="abc"), 422, "richiesta-non-valida")


def test_unknown_addresses_and_methods(client: httpx.Client) -> None:
    is_problem(client.get("/api/v1/nulla"), 404, "non-trovato")
    is_problem(client.put("/api/v1/facts"), 405, "metodo-non-ammesso")


def test_an_unexpected_failure_says_nothing_of_itself(site: Site, client: httpx.Client, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("la signora Zenobia ha il 75%")

    monkeypatch.setattr(site.services.directory, "nearest", fail)
    response = client.get("/api/v1/operators", params={"comune": "Lodi"})
    is_problem(response, 500, "errore-interno")
    assert "Zenobia" not in response.text
    page = client.get("/operatori", params={"comune": "Lodi"}, headers={"Accept": "text/html"})
    assert page.status_code == 500
    assert site.settings.help_phone in page.text and "Zenobia" not in page.text
