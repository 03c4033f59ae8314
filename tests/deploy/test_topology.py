"""Several gateways, engines, action servers and workers are one product."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from accounts import demo
from tests.deploy.collector import Collector
from tests.deploy.conftest import MESSAGES_A_MINUTE
from tests.deploy.topology import Topology

A, B = 0, 1
PERSON = "ho il 75% di invalidità, sono a tempo indeterminato e sono stata in malattia sette mesi di fila"


class Conversation:
    """A person whose messages go now to one gateway, now to the other."""

    def __init__(self, service: Topology) -> None:
        self._service = service
        self.http = httpx.Client(timeout=60)
        opened = self.http.post(f"{service.gateway(A)}/api/v1/chat/sessions", json={"role": "cittadino"})
        assert opened.status_code == 201, opened.text
        self.http.cookies.clear()
        self.id, self.token = opened.json()["session"], opened.json()["token"]
        self.path = f"/api/v1/chat/sessions/{self.id}"
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def send(self, gateway: int, key: str | None = None, **body: Any) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.http.post(f"{self._service.gateway(gateway)}{self.path}/messages", json=body, headers=headers)

    def say(self, gateway: int, **body: Any) -> dict[str, Any]:
        answer = self.send(gateway, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tell(self, gateway: int, consent: int) -> dict[str, Any]:
        """Tell a story with health facts at one gateway; say yes, where it is asked for, at another."""
        asked = self.say(gateway, text=PERSON)["state"]
        assert "invalidita_percento" not in asked["facts"], "kept before the consent"
        return self.say(consent, payload="/affirm")

    def read(self, gateway: int) -> dict[str, Any]:
        return self.http.get(f"{self._service.gateway(gateway)}{self.path}", headers=self.headers).json()


def follow(service: Topology, gateway: int, path: str, client: httpx.Client, headers: dict[str, str]) -> list[str]:
    """Names of the events heard at a gateway from now on, growing as they come; returns after the first."""
    heard: list[str] = []
    client = httpx.Client(cookies=client.cookies, headers=headers, timeout=30)

    def listen() -> None:
        # The gateway may be killed under us.
        with (
            contextlib.suppress(httpx.HTTPError),
            client,
            client.stream("GET", f"{service.gateway(gateway)}{path}") as stream,
        ):
            for line in stream.iter_lines():
                if line.startswith("event:"):
                    heard.append(line.partition(":")[2].strip())
                if len(heard) > 5:
                    return

    threading.Thread(target=listen, daemon=True).start()
    wait_for(lambda: bool(heard), 10)
    return heard


def wait_for(found: Callable[[], Any], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def colleague(service: Topology, gateway: int) -> tuple[httpx.Client, Callable[..., httpx.Response]]:
    """Somebody of the hotline who has entered at a gateway."""
    client = httpx.Client(headers={"accept": "text/html"}, timeout=60, base_url=service.gateway(gateway))

    def post(path: str, page: str = "/sportello/cerca", **fields: str) -> httpx.Response:
        found = re.search(r'name="gettone" value="([^"]+)"', client.get(page).text)
        assert found
        return client.post(path, data=fields | {"gettone": found.group(1)})

    entered = post("/accesso", page="/accesso", email="sportello@example.org", password=demo.PASSWORD)
    assert entered.status_code == 303, entered.text
    return client, post


def test_every_gateway_is_ready_and_one_port_reaches_them(topology: Topology) -> None:
    for number in range(topology.scale.gateways):
        assert httpx.get(f"{topology.gateway(number)}/health/ready").json()["status"] == "ok"
    assert httpx.get(f"{topology.base_url}/health/ready").status_code == 200
    for kind, count in {"web": "gateways", "actions": "actions", "bot": "bots", "worker": "workers"}.items():
        assert len(topology.pids(kind)) == getattr(topology.scale, count)


def test_a_conversation_goes_on_at_another_gateway(topology: Topology) -> None:
    person = Conversation(topology)
    person.say(A, payload="/affirm")
    facts = person.tell(A, B)["state"]["facts"]
    assert facts["invalidita_percento"] == 75
    there, here = person.read(A), person.read(B)
    assert there["messages"] == here["messages"]
    corrected = person.say(A, text="no scusi, era il 67")["state"]["facts"]
    assert corrected["invalidita_percento"] == 67


def test_a_key_holds_across_gateways(topology: Topology) -> None:
    person = Conversation(topology)
    person.say(A, payload="/affirm")
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(person.send, number % 2, "stessa-chiave", text=PERSON) for number in range(8)]
    answers = [answer.result() for answer in sent]
    assert {answer.status_code for answer in answers} == {200}
    assert len({json.dumps(answer.json()["messages"]) for answer in answers}) == 1
    said = [message for message in person.read(B)["messages"] if message.get("text") == PERSON]
    assert len(said) == 1
    assert person.send(B, "stessa-chiave", text="altro").status_code == 409


def test_messages_that_arrive_together_are_answered_one_after_the_other(topology: Topology) -> None:
    person = Conversation(topology)
    person.say(A, payload="/affirm")
    before = len(person.read(A)["messages"])
    with ThreadPoolExecutor(6) as pool:
        texts = [f"quanto danno in tutto? {number}" for number in range(6)]
        sent = [pool.submit(person.send, number % 2, None, text=text) for number, text in enumerate(texts)]
    assert {answer.result().status_code for answer in sent} == {200}
    authors = [message["author"] for message in person.read(A)["messages"][before:]]
    assert authors.count("persona") == 6
    # No person's message is followed by another one: each was answered before the next was taken.
    assert all({one, two} != {"persona"} for one, two in zip(authors, authors[1:], strict=False))


def test_a_colleague_at_one_gateway_silences_the_assistant_at_the_other(topology: Topology) -> None:
    person = Conversation(topology)
    client, post = colleague(topology, A)
    queue = follow(topology, A, "/sportello/events", client, {})
    began = len(queue)
    person.say(B, payload="/ask_human")
    wait_for(lambda: len(queue) > began, 5)  # the page of the queue at A hears of a request made at B
    tab = follow(topology, B, f"{person.path}/events", person.http, person.headers)
    heard, started = len(tab), time.monotonic()
    assert post(f"/sportello/casi/{person.id}/prendi", canale="chat").status_code == 303
    wait_for(lambda: len(tab) > heard, 5)
    assert time.monotonic() - started < 5
    answer = person.say(B, text="c'è qualcuno?")
    assert answer["messages"] == [] and answer["state"]["mode"] == "person"
    page = client.get(f"/sportello/casi/{person.id}")
    assert "qualcuno?" in page.text


def test_tabs_at_another_gateway_are_woken_at_once(topology: Topology) -> None:
    person = Conversation(topology)
    tab = follow(topology, B, f"{person.path}/events", person.http, person.headers)
    delays = []
    for _ in range(5):
        heard = len(tab)
        person.say(A, text="quanto danno?")
        answered = time.monotonic()
        wait_for(lambda: len(tab) > heard, 5)  # noqa: B023
        delays.append(time.monotonic() - answered)
        if len(tab) > 4:
            break
    # The look at the database comes every two seconds: being told is what makes all of them quick.
    assert max(delays) < 1.0


def test_limits_are_shared(topology: Topology) -> None:
    person = Conversation(topology)
    # «Riprova» with nothing to try again is the cheapest message that counts; the window begins with the first one.
    started = time.monotonic()
    sent = [person.send(number % 2, payload="/riprova") for number in range(MESSAGES_A_MINUTE + 6)]
    assert time.monotonic() - started < 60, "too slow a machine to fill one window"
    assert [answer.status_code for answer in sent] == [200] * MESSAGES_A_MINUTE + [429] * 6
    for gateway in (A, B):
        assert int(person.send(gateway, payload="/riprova").headers["Retry-After"]) > 0


def held_by(topology: Topology, case_id: str) -> list[int]:
    """The engines that remember a conversation."""
    found = []
    for number in range(topology.scale.bots):
        with sqlite3.connect(topology.data_dir / "bot" / str(number) / "trackers.sqlite") as database:
            if database.execute("SELECT 1 FROM trackers WHERE conversation = ?", (case_id,)).fetchone():
                found.append(number)
    return found


def kill_engine(topology: Topology, number: int) -> None:
    folder = str(topology.data_dir / "bot" / str(number))
    for pid in topology.pids("bot"):
        if psutil.Process(pid).environ().get("RIENTRO_BOT_DIR") == folder:
            os.kill(pid, signal.SIGKILL)


def test_a_conversation_stays_with_one_engine_moves_when_it_dies_and_is_erased_in_both(topology: Topology) -> None:
    person = Conversation(topology)
    person.say(A, payload="/affirm")
    person.tell(B, A)
    before = held_by(topology, person.id)
    assert len(before) == 1
    kill_engine(topology, before[0])
    moved = person.say(A, text="quanto danno in tutto?")
    assert moved["state"]["facts"]["invalidita_percento"] == 75 and moved["messages"]
    assert not moved["state"]["waiting"]  # no apology: another engine answered
    assert held_by(topology, person.id) == [0, 1]
    url = f"http://127.0.0.1:{topology.port + 20 + before[0]}/webhooks/rientro/health"

    def is_back() -> bool:
        try:
            return httpx.get(url, timeout=1).status_code == 200
        except httpx.HTTPError:
            return False

    wait_for(is_back, 90)
    again = person.say(B, text="no scusi, era il 67")  # back at the first engine, whose memory is older
    assert again["state"]["facts"]["invalidita_percento"] == 67
    erased = person.http.delete(f"{topology.gateway(B)}{person.path}", headers=person.headers)
    assert erased.status_code == 204
    assert held_by(topology, person.id) == []


def test_several_workers_deliver_each_message_once(topology: Topology) -> None:
    codes = []
    for number in range(12):
        person = Conversation(topology)
        url = topology.gateway(number % 2)
        chosen = {"comune": "Lodi", "measure": "collocamento_mirato"}
        site = person.http.get(f"{url}/api/v1/operators", params=chosen).json()[0]["site_id"]
        consent = person.http.get(f"{url}/api/v1/referrals/consent", params={"site_id": site}).json()
        body = {
            "site_id": site,
            "measure": "collocamento_mirato",
            "contact": {"nome": "Zenobia Quattrocchi", "telefono": f"333 12345{number:02d}"},
            "consent": {"accepted": True, "version": consent["version"]},
        }
        headers = person.headers | {"Idempotency-Key": "una-volta"}
        for gateway in (A, B):  # the answer got lost: the person's page sends it again, elsewhere
            opened = person.http.post(f"{topology.gateway(gateway)}/api/v1/referrals", json=body, headers=headers)
            assert opened.status_code == 201, opened.text
        codes.append(opened.json()["code"])
    assert len(set(codes)) == 12
    with psycopg.connect(topology.database_url) as connection:
        query = "SELECT count(*) FROM referral WHERE state = 'inviata' AND code = ANY(%s)"
        wait_for(lambda: connection.execute(query, (codes,)).fetchone() == (12,), 60)
        mails = connection.execute("SELECT count(*), max(copies) FROM mailbox").fetchone()
        sent = connection.execute("SELECT count(*) FROM outbox WHERE state = 'consegnato'").fetchone()
    assert mails == (sent[0], 1)


def test_one_id_names_a_turn_in_the_logs_of_all_processes(topology: Topology) -> None:
    person = Conversation(topology)
    answer = person.send(B, text="ciao")
    request_id = answer.headers["X-Request-Id"]
    for kind in ("web", "bot", "actions"):
        wait_for(lambda: request_id in topology.log(kind), 5)  # noqa: B023
    forged = topology.gateway(A) + person.path + "/messages"
    sent = person.http.post(forged, json={"text": "ciao"}, headers=person.headers | {"X-Request-Id": "f" * 16})
    assert sent.headers["X-Request-Id"] != "f" * 16


def test_figures_tell_how_turns_went_and_nothing_of_people(topology: Topology) -> None:
    person = Conversation(topology)
    person.say(A, text=PERSON)
    person.say(A, payload="/ask_human")
    figures = topology.figures(A)
    for kind in ("testo", "pulsante"):
        assert re.search(rf'rientro_turn_seconds_count{{kind="{kind}"}} [1-9]', figures)
    for name in ("rientro_engine_seconds_count", "rientro_understanding_seconds_count", "rientro_hotline_waiting"):
        assert re.search(rf"^{name} [1-9]", figures, re.MULTILINE), name
    worker = httpx.get(f"http://127.0.0.1:{topology.port + 40}/metrics").text
    assert 'rientro_outbox_messages{state="fallito"} 0.0' in worker
    assert 'rientro_job_last_success_timestamp_seconds{job="expire"}' in worker
    actions = [httpx.get(f"http://127.0.0.1:{topology.port + 50 + number}/metrics").text for number in range(2)]
    assert any("rientro_action_seconds_count{" in text for text in actions)
    for text in (figures, worker, *actions):
        assert person.id not in text and "invalidit" not in text


def test_a_trace_follows_a_turn_and_carries_nothing_of_people(topology: Topology, collector: Collector) -> None:
    person = Conversation(topology)
    person.say(A, text="mi chiamo Zenobia Quattrocchi, ho il 75% di invalidità")
    person.http.get(f"{topology.gateway(A)}/segnalazioni/RT-INVENTATO")

    def both() -> bool:
        services: dict[str, set[str]] = {}
        for span in collector.spans():
            services.setdefault(span.trace, set()).add(span.service)
        return any({"rientro-web", "rientro-actions"} <= found for found in services.values())

    wait_for(both, 15)
    everything = b"".join(collector.bodies)
    for secret in (person.id, person.token, "Zenobia", "75%", "INVENTATO", "127.0.0.1"):
        assert secret.encode() not in everything, secret
    names = {span.name for span in collector.spans()}
    assert any("{session}/messages" in name for name in names) and "SELECT" in names


def test_a_dead_gateway_is_replaced(topology: Topology) -> None:
    person = Conversation(topology)
    person.say(A, payload="/affirm")
    port = topology.port + 10
    for pid in topology.pids("web"):
        if str(port) in psutil.Process(pid).cmdline():
            os.kill(pid, signal.SIGKILL)
    assert person.tell(B, B)["state"]["facts"]["invalidita_percento"] == 75

    def is_back() -> bool:
        try:
            return httpx.get(f"{topology.gateway(A)}/health/ready", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    wait_for(is_back, 90)
    assert person.read(A)["state"]["facts"]["invalidita_percento"] == 75


@pytest.mark.parametrize("missing", ["RIENTRO_REDIS_URL", "RIENTRO_DATABASE_URL"])
def test_without_stores_it_says_what_to_set(missing: str, tmp_path: Any) -> None:
    import subprocess
    import sys

    given = {"RIENTRO_DATABASE_URL": "postgresql://postgres@127.0.0.1/x", "RIENTRO_REDIS_URL": "redis://127.0.0.1"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIENTRO_")}
    environment |= {name: value for name, value in given.items() if name != missing}
    environment["RIENTRO_DATA_DIR"] = str(tmp_path / "dati")
    done = subprocess.run(
        [sys.executable, "-m", "cli", "up", "--scaled"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1 and missing in done.stderr.replace("\n", "")
    assert not (tmp_path / "dati").exists()
