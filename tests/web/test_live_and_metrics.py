"""The stream that keeps tabs in step, and the figures for those who run the service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from settings import clock
from tests.web.conftest import Chat, Site
from web import metrics


def events_of(
    site: Site, chat: Chat, wanted: int, heard: list[tuple[str, str]], headers: dict | None = None
) -> threading.Thread:
    """Listen in a thread until ``wanted`` events came."""

    def listen() -> None:
        with httpx.Client(base_url=site.url, timeout=20) as client:
            with client.stream("GET", f"{chat.path}/events", headers=chat.headers | (headers or {})) as stream:
                event: dict[str, str] = {}
                for line in stream.iter_lines():
                    name, _, value = line.partition(":")
                    if name:
                        event[name] = value.strip()
                    elif not line and "event" in event:
                        heard.append((event["event"], event.get("id", "")))
                        event = {}
                    if len(heard) >= wanted:
                        return

    thread = threading.Thread(target=listen)
    thread.start()
    return thread


def test_a_turn_wakes_the_other_tabs_at_once(site: Site, chat: Chat) -> None:
    heard: list[tuple[str, str]] = []
    thread = events_of(site, chat, 2, heard)
    while not heard:
        time.sleep(0.05)
    started = time.monotonic()
    chat.say("ciao")
    thread.join(10)
    assert [kind for kind, _ in heard] == ["changed", "changed"]
    assert heard[0][1] != heard[1][1]
    assert time.monotonic() - started < 1.5


def test_what_another_process_writes_is_noticed(site: Site, chat: Chat) -> None:
    heard: list[tuple[str, str]] = []
    thread = events_of(site, chat, 2, heard)
    while not heard:
        time.sleep(0.05)
    site.services.cases.add_turn(chat.session, "operatore", {"text": "Buongiorno, sono Anna."}, clock.now())
    thread.join(10)
    assert len(heard) == 2
    assert chat.read()["messages"][-1]["author"] == "operatore"


def test_an_erased_conversation_says_so(site: Site, chat: Chat) -> None:
    heard: list[tuple[str, str]] = []
    thread = events_of(site, chat, 2, heard)
    while not heard:
        time.sleep(0.05)
    chat.client.delete(chat.path, headers=chat.headers)
    thread.join(10)
    assert heard[-1][0] == "gone"


def test_the_stream_is_for_its_owner(site: Site, chat: Chat) -> None:
    with site.client() as stranger:
        assert stranger.get(f"{chat.path}/events").status_code == 401


def test_figures_are_on_a_loopback_port_of_their_own(make_site: Callable[..., Site], unused_port: int) -> None:
    metrics.listen(unused_port)
    site = make_site()
    with site.client() as client:
        client.get("/api/v1/facts")
        assert client.get("/metrics").status_code == 404
    figures = httpx.get(f"http://127.0.0.1:{unused_port}/metrics").text
    assert 'rientro_requests_total{method="GET"' in figures
    assert "rientro_request_seconds_bucket" in figures
    metrics.listen(unused_port)  # a busy port is reported, not fatal


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_figures_never_hold_an_address_asked_for(site: Site, chat: Chat) -> None:
    chat.client.get("/api/v1/referrals/RT-INVENTATO")
    chat.client.get("/pagina/inventata")
    from prometheus_client import generate_latest

    figures = generate_latest(metrics.REGISTRY).decode()
    assert "INVENTATO" not in figures and "inventata" not in figures and chat.session not in figures
