"""Events go to the world: not to us, not to a private network, whatever a name says and however an address is written."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from referrals import egress
from referrals.delivery import Message, Permanent, Temporary
from referrals.senders import WebhookSender

PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.5"
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "2001:db8::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_world(address: str) -> None:
    assert not egress.is_global(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_addresses_of_the_world(address: str) -> None:
    assert egress.is_global(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x", "https://127.1/x", "https://2130706433/x", "https://0x7f000001/x", "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x", "https://localhost/x", "https://a:b@example.org/", "https:///x",
        "https://example.org:99999/", "https://[zz]/", "http://example.org/", "gopher://example.org/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("demo", [False, True])
def test_forms_that_are_refused(url: str, demo: bool) -> None:
    with pytest.raises(egress.NotAllowed):
        egress.check(url, demo)


def test_plain_http_to_this_machine_is_for_demonstrations_only() -> None:
    assert egress.check("http://127.0.0.1:9/x", demo=True)
    with pytest.raises(egress.NotAllowed):
        egress.check("http://127.0.0.1:9/x", demo=False)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """Let names resolve to these addresses, one list after the other."""
    waiting = list(answers)

    async def getaddrinfo(_loop, _host, port, **_options):
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)


def test_every_address_of_a_name_must_be_of_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, [PUBLIC, PRIVATE])
    with pytest.raises(egress.NotAllowed):
        asyncio.run(egress.target("https://gestionale.example.org/eventi", demo=True))


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers with a private address the second time gains nothing."""
    resolving(monkeypatch, [PUBLIC], [PRIVATE])
    found = asyncio.run(egress.target("https://gestionale.example.org:8443/eventi?a=1", demo=False))
    assert found == egress.Target(
        f"https://{PUBLIC}:8443/eventi?a=1", "gestionale.example.org:8443", "gestionale.example.org"
    )


class _Elsewhere(HTTPServer):
    """Sends every request on to another address, and counts."""

    def __init__(self, onward: str = "") -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(self.headers["Host"])
                self.send_response(307 if onward else 204)
                if onward:
                    self.send_header("Location", onward)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/eventi"


def post(url: str, demo: bool) -> None:
    """Deliver one event there, with the sender as the worker has it."""

    async def run() -> None:
        sender = WebhookSender(None, None, lambda: NOW, demo)  # type: ignore[arg-type]
        sender._target = lambda _operator: (url, b"secret")  # type: ignore[method-assign]
        try:
            await sender.send(Message("id", "webhook", "webhook", 1, NOW, {"operator_id": "ALFA", "event": {}}))
        finally:
            await sender.close()

    asyncio.run(run())


def test_a_redirection_is_not_followed() -> None:
    inside = _Elsewhere()
    outside = _Elsewhere(inside.url)
    with pytest.raises(Permanent, match="http_307"):
        post(outside.url, demo=True)
    assert inside.asked == [] and len(outside.asked) == 1
    inside.shutdown()
    outside.shutdown()


def test_nothing_reaches_this_machine_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = _Elsewhere()
    port = inside.server_address[1]
    with pytest.raises(Permanent, match="address_not_public"):
        post(inside.url, demo=False)
    resolving(monkeypatch, ["127.0.0.1"])
    with pytest.raises(Permanent, match="address_not_public"):
        post(f"https://gestionale.example.org:{port}/eventi", demo=False)
    assert inside.asked == []
    inside.shutdown()


def test_a_name_that_does_not_resolve_now_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object, **__: object) -> list[object]:
        raise socket.gaierror("no")

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", nothing)
    with pytest.raises(Temporary):
        post("https://gestionale.example.org/eventi", demo=False)
