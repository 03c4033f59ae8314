"""Names of cookies that browsers protect, where people come over TLS."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import Site
from web.security.cookies import _plain, _protected

ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def secure(make_site: Callable[..., Site]) -> Site:
    return make_site(public_url="https://rientro.example")


def opened(site: Site) -> tuple[str, str]:
    """A conversation, and the value of its cookie."""
    with site.client() as client:
        answer = client.post("/api/v1/chat/sessions", json={})
    (value,) = re.findall(r"^__Host-rientro_sessione=([^;]+);", answer.headers["set-cookie"])
    return answer.json()["session"], value


def read(site: Site, session: str, cookie: str) -> int:
    return httpx.get(f"{site.url}/api/v1/chat/sessions/{session}", headers={"Cookie": cookie, **ORIGIN}).status_code


def test_over_tls_the_names_are_protected(secure: Site) -> None:
    with secure.client() as client:
        for answer in (client.post("/api/v1/chat/sessions", json={}), client.get("/accesso")):
            for cookie in answer.headers.get_list("set-cookie"):
                assert cookie.startswith("__Host-rientro_")
                attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
                assert {"secure", "path=/"} <= attributes
                assert not [attribute for attribute in attributes if attribute.startswith("domain")]
    session, value = opened(secure)
    assert read(secure, session, f"__Host-rientro_sessione={value}") == 200


def test_a_cookie_that_a_neighbour_set_is_not_ours(secure: Site) -> None:
    session, value = opened(secure)
    assert read(secure, session, f"rientro_sessione={value}") == 401
    assert read(secure, session, f"rientro_sessione=altro; __Host-rientro_sessione={value}") == 200


def test_without_tls_the_names_are_plain(site: Site) -> None:
    with site.client() as client:
        assert client.post("/api/v1/chat/sessions", json={}).headers["set-cookie"].startswith("rientro_sessione=")


def test_a_deleted_cookie_keeps_what_its_name_asks_for() -> None:
    assert _protected(b'rientro_oidc=""; Max-Age=0; Path=/accesso/oidc').startswith(b"__Secure-rientro_oidc=")
    assert _protected(b'rientro_oidc=""; Max-Age=0; Path=/accesso/oidc').endswith(b"; Secure")
    assert _protected(b"altro=1; Path=/") == b"altro=1; Path=/"


_pieces = st.sampled_from([b"rientro_", b"__Host-", b"__Secure-", b"rientro_sessione=x", b";", b"; ", b" ", b"a=b"])


@given(st.lists(_pieces | st.binary(max_size=4), max_size=12).map(b"".join))
def test_whatever_a_browser_sends_only_protected_names_become_ours(header: bytes) -> None:
    for pair in _plain(header).split(b"; "):
        if pair.startswith(b"rientro_"):
            assert b"__Host-" + pair in header or b"__Secure-" + pair in header
