"""The channel, against a real Rasa server and a real action server."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.server


def test_a_message_is_understood_and_answered(bot_server, action_server) -> None:
    body = bot_server.say("c-1", "ho il 75% e abito a Monza", question=None, role="cittadino", today="2025-11-22")
    assert body["messages"] == [{"text": "Prova.\n\nSeconda riga."}]
    assert body["handled"] is True
    assert body["understood"]["facts"] == {
        "invalidita_percento": 75,
        "comune": "Monza",
        "provincia": "MB",
        "residenza_lombardia": True,
    }
    assert body["understood"]["intent"] == "inform"
    assert 0 < len(body["understood"]["ranking"]) <= 3


def test_the_open_question_reaches_understanding(bot_server, action_server) -> None:
    assert bot_server.say("c-2", "54", question="eta")["understood"]["facts"] == {"eta": 54}
    assert bot_server.say("c-2", "sì", question="part_time")["understood"]["facts"] == {"part_time": True}
    assert bot_server.say("c-2", "boh", question="eta")["understood"]["facts"] == {"eta": None}


def test_facts_reach_the_action_as_typed_entities_and_the_domain_does_not(bot_server, action_server) -> None:
    bot_server.say("c-3", "no", question="part_time")
    call = action_server.calls[-1]
    entities = {e["entity"]: e["value"] for e in call["tracker"]["latest_message"]["entities"]}
    assert entities == {"part_time": False}
    assert call["tracker"]["latest_message"]["metadata"]["question"] == "part_time"
    assert not call.get("domain")


def test_a_payload_keeps_its_typed_values(bot_server, action_server) -> None:
    body = bot_server.say("c-4", '/inform{"eta": 54, "part_time": true, "invalidita_percento": null}', question="eta")
    assert body["understood"]["intent"] == "inform"
    assert body["understood"]["facts"] == {"eta": 54, "part_time": True, "invalidita_percento": None}


def test_an_emergency_comes_before_everything(bot_server, action_server) -> None:
    assert bot_server.say("c-5", "non voglio più vivere", question="eta")["understood"]["intent"] == "emergency"


def test_buttons_and_cards_stay_in_one_message(bot_server, action_server) -> None:
    sent = {"text": "Scelga.", "buttons": [{"title": "Sì", "payload": "/affirm"}], "custom": {"kind": "esito"}}
    action_server.answer = (200, {"events": [], "responses": [sent]})
    assert bot_server.say("c-6", "ciao")["messages"] == [sent]


@pytest.mark.parametrize(
    "answer", [(500, {"error": "x"}), (200, {"events": "nonsense"}), (200, {"events": [], "responses": []})]
)
def test_a_failed_or_silent_action_is_not_handled(bot_server, action_server, answer) -> None:
    action_server.answer = answer
    body = bot_server.say("c-7", "ciao")
    assert body["handled"] is False
    assert body["understood"]["intent"] == "greet"


def test_the_bot_goes_on_after_a_failure(bot_server, action_server) -> None:
    action_server.answer = (500, {})
    bot_server.say("c-8", "ciao")
    action_server.answer = (200, {"events": [], "responses": [{"text": "Eccomi."}]})
    assert bot_server.say("c-8", "ciao")["handled"] is True


def test_without_the_token_nothing_is_answered(bot_server) -> None:
    for token in (None, "wrong"):
        assert bot_server.request("POST", "/messages", {"sender": "c", "text": "ciao"}, token=token)[0] == 401
        assert bot_server.request("DELETE", "/conversations/c", token=token)[0] == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"text": "ciao"}',
        b'{"sender": "", "text": "ciao"}',
        b'{"sender": "c", "text": 5}',
        b'{"sender": "c", "text": "' + b"x" * 30_000 + b'"}',
    ],
)
def test_a_malformed_message_is_refused(bot_server, body: bytes) -> None:
    assert bot_server.request("POST", "/messages", body)[0] == 400


@pytest.mark.parametrize(
    "text",
    ["", " ", "ﷺ" * 1_100, "😀" * 3000, "\x00\x07", "<b>ciao</b>", "a" * 15_000, "/", "/{", "/inform{", "//", "‮"],
)
def test_odd_texts_are_answered(bot_server, action_server, text: str) -> None:
    body = bot_server.say("c-9", text, question="comune")
    assert body["handled"] is True


@pytest.mark.parametrize(
    ("text", "status"),
    [("a" * 20_000, 200), ("a" * 20_001, 400), ("ﷺ" * 1_111, 200), ("ﷺ" * 1_112, 400), ("a" * 19_982 + "ﷺﷺ", 400)],
    ids=["letters within", "letters beyond", "ligatures within", "ligatures beyond", "both beyond"],
)
def test_a_text_longer_than_the_limit_once_normalised_is_refused(
    bot_server, action_server, text: str, status: int
) -> None:
    body = {"sender": "c-14", "text": text, "metadata": {}}
    assert bot_server.request("POST", "/messages", body)[0] == status
    assert bot_server.request("POST", "/understand", {"text": text, "metadata": {}})[0] == status
    assert bool(action_server.calls) is (status == 200)


def test_odd_metadata_is_ignored(bot_server, action_server) -> None:
    for metadata in ({"question": 5, "role": [], "today": "never", "result_shown": "yes"}, {"x": {}}, {"today": 3}):
        assert bot_server.say("c-10", "ciao", **metadata)["handled"] is True


def test_deleting_a_conversation_forgets_it(bot_server, action_server) -> None:
    bot_server.say("c-11", "parola rarissima")
    assert bot_server.request("DELETE", "/conversations/c-11")[0] == 204
    bot_server.say("c-11", "ciao")
    texts = [event.get("text") for event in action_server.calls[-1]["tracker"]["events"]]
    assert "parola rarissima" not in texts


def test_no_word_of_a_person_is_in_log_or_files(bot_server, action_server) -> None:
    for text in ("mi chiamo Ildegonda Distintivi e ho il 75%", "/qualcosa di Ildegonda", "/inform{Ildegonda"):
        bot_server.say("c-12", text)
    action_server.answer = (500, {"error": "Ildegonda"})
    bot_server.say("c-12", "sono sempre Ildegonda")
    for path in bot_server.directory.rglob("*"):
        if path.is_file():
            assert b"ldegonda" not in path.read_bytes(), path


def test_the_server_listens_on_loopback_only(bot_server) -> None:
    listening = []
    for line in open("/proc/net/tcp").read().splitlines()[1:]:
        fields = line.split()
        address, port = fields[1].split(":")
        if fields[3] == "0A" and int(port, 16) == bot_server.port:
            listening.append(address)
    assert listening == ["0100007F"]


def test_memory_stays_below_700_megabytes(bot_server, action_server) -> None:
    status = open(f"/proc/{bot_server.process.pid}/status").read()
    kilobytes = int(status.split("VmRSS:")[1].split()[0])
    assert kilobytes < 700 * 1024


def test_the_hundredth_turn_costs_what_the_tenth_did(bot_server, action_server) -> None:
    times = []
    for i in range(100):
        started = time.perf_counter()
        bot_server.say("c-13", f"ho {20 + i % 50} anni")
        times.append(time.perf_counter() - started)
    early, late = sorted(times[5:25])[10], sorted(times[80:])[10]
    assert late < 2.5 * early + 0.01


def test_a_text_is_understood_without_a_conversation(bot_server, action_server) -> None:
    body = {"text": "ho 54 anni", "metadata": {"question": "eta", "role": "cittadino"}}
    status, answer = bot_server.request("POST", "/understand", body)
    assert status == 200
    assert answer["understood"]["facts"] == {"eta": 54}
    assert action_server.calls == []
    assert bot_server.request("POST", "/understand", body, token=None)[0] == 401
    assert bot_server.request("POST", "/understand", b"{")[0] == 400


def test_understanding_a_text_keeps_nothing(bot_server, action_server) -> None:
    marker = "Zenobia Pallavicini"
    body = {"text": f"mi chiamo {marker} e ho 61 anni", "metadata": {"question": "eta"}}
    assert bot_server.request("POST", "/understand", body)[1]["understood"]["facts"]["eta"] == 61
    kept = [path for path in bot_server.directory.rglob("*") if path.is_file()]
    assert bot_server.log.is_file()
    assert all(marker.encode() not in path.read_bytes() for path in [*kept, bot_server.log])
    assert action_server.calls == []


@pytest.mark.parametrize("text", ["/affirm", '/inform{"eta": 30}', "//deny", "/"])
def test_a_typed_payload_is_only_text_there(bot_server, text) -> None:
    status, answer = bot_server.request("POST", "/understand", {"text": text, "metadata": {}})
    assert status == 200
    assert answer["understood"]["confidence"] < 1.0
    assert answer["understood"]["facts"] == {}


@pytest.mark.parametrize(
    "body",
    [{}, {"text": 5}, {"text": None}, [], ["text"], {"text": "a" * 20_001}, "ciao"],
    ids=["nothing", "number", "null", "list", "list of text", "too long", "string"],
)
def test_what_is_no_text_is_refused(bot_server, body) -> None:
    assert bot_server.request("POST", "/understand", body)[0] == 400


@pytest.mark.parametrize(
    "text",
    ["", "😭" * 200, "\u202e\u200b", "a" * 4000, "\ufdfa" * 50],
    ids=["empty", "tears", "invisible", "long", "ligatures"],
)
def test_any_text_gets_an_answer_there(bot_server, text) -> None:
    started = time.perf_counter()
    status, answer = bot_server.request("POST", "/understand", {"text": text, "metadata": {"question": 7, "role": []}})
    assert status == 200
    assert set(answer["understood"]) >= {"intent", "confidence", "ranking", "facts"}
    assert time.perf_counter() - started < 5


def test_the_channel_counts_what_a_text_expands_to(bot_server) -> None:
    assert bot_server.request("POST", "/messages", {"sender": "c", "text": "\ufdfa" * 1_112})[0] == 400
    assert bot_server.request("POST", "/understand", {"text": "\ufdfa" * 1_112})[0] == 400
    assert bot_server.request("POST", "/understand", {"text": "\ufdfa" * 1_111})[0] == 200
