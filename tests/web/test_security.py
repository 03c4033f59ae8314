"""Headers, forged requests, limits, logs."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Callable

import httpx
import pytest

from tests.web.conftest import Site, start_chat

PAGES = [
    "/", "/requisiti", "/misure", "/misure/dote_ritorno_al_lavoro", "/operatori?comune=Lodi", "/segnalazione",
    "/privacy", "/accessibilita", "/posta", "/api/docs", "/non-esiste",
]  # fmt: skip


@pytest.mark.parametrize("address", [*PAGES, "/api/v1/facts", "/static/css/rientro.css"])
def test_every_answer_carries_the_security_headers(client: httpx.Client, address: str) -> None:
    headers = client.get(address, headers={"Accept": "text/html"}).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["x-request-id"]


@pytest.mark.parametrize("address", PAGES)
def test_pages_hold_no_inline_script_or_style_and_load_nothing_from_elsewhere(
    client: httpx.Client, address: str
) -> None:
    html = client.get(address, headers={"Accept": "text/html"}).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)
    for tag in re.findall(r"<script[^>]*>", html):
        assert "src=" in tag or 'type="application/json"' in tag
    for address_loaded in re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', html):
        assert address_loaded.startswith("/")


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_never_kept_on_a_shared_computer(client: httpx.Client, address: str) -> None:
    assert client.get(address, headers={"Accept": "text/html"}).headers["cache-control"] == "no-store"


def test_static_files_are_kept_and_every_linked_one_exists(client: httpx.Client) -> None:
    html = client.get("/").text
    linked = re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
    assert len(linked) >= 5
    for address in linked:
        response = client.get(address)
        assert response.status_code == 200, address
        assert "immutable" in response.headers["cache-control"]


def test_modules_import_only_files_that_exist(client: httpx.Client) -> None:
    seen: set[str] = set()
    waiting = ["chat.js", "exit.js", "apidocs.js"]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        response = client.get(f"/static/js/{name}")
        assert response.status_code == 200, name
        waiting += re.findall(r'from "\./([^"]+)"', response.text)
    assert "transcript.js" in seen


def test_another_site_cannot_speak_in_the_persons_name(client: httpx.Client) -> None:
    chat = start_chat(client)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://altro.example"},
    ):
        response = client.post(f"{chat.path}/messages", json={"text": "ciao"}, headers=headers)
        assert response.status_code == 403
        assert response.json()["type"] == "/problemi/origine-non-ammessa"
        assert client.delete(chat.path, headers=headers).status_code == 403
    assert client.post(
        f"{chat.path}/messages", json={"text": "ciao"}, headers={"Sec-Fetch-Site": "same-origin"}
    ).is_success


def test_a_form_of_another_site_cannot_send_json(client: httpx.Client) -> None:
    chat = start_chat(client)
    response = client.post(f"{chat.path}/messages", content=b'{"text": "ciao"}', headers={"Content-Type": "text/plain"})
    assert response.status_code in (415, 422)


def test_forms_need_the_token_of_this_browser(site: Site, client: httpx.Client) -> None:
    page = client.get("/requisiti").text
    token = re.search(r'name="gettone" value="([^"]+)"', page)
    assert token
    assert client.post("/requisiti", data={"gettone": token[1]}).status_code == 200
    assert client.post("/requisiti", data={"gettone": token[1] + "x"}).status_code == 403
    assert client.post("/requisiti", data={}).status_code == 403
    with site.client() as other:
        assert other.post("/requisiti", data={"gettone": token[1]}).status_code == 403
        other.get("/requisiti")
        assert other.post("/requisiti", data={"gettone": token[1]}).status_code == 403


def test_a_conversation_that_writes_too_much_is_told_when_to_go_on(make_site: Callable[..., Site]) -> None:
    site = make_site(rate_session="3/minute")
    with site.client() as client:
        chat = start_chat(client)
        other = start_chat(client)
        for _ in range(3):
            assert chat.say("ciao").status_code == 200
        refused = chat.say("ciao")
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["retry-after"] in refused.json()["detail"]
        assert site.settings.help_phone in refused.json()["detail"]
        assert other.say("ciao").status_code == 200


def test_an_address_that_asks_too_much_gets_a_page_it_can_read(make_site: Callable[..., Site]) -> None:
    site = make_site(rate_address="5/minute")
    with site.client() as client:
        for _ in range(5):
            client.get("/privacy")
        page = client.get("/misure", headers={"Accept": "text/html"})
        assert page.status_code == 429 and "Troppe richieste" in page.text
        assert client.get("/api/v1/facts").json()["type"] == "/problemi/troppe-richieste"
        assert client.get("/health/live").status_code == 200
        assert client.get("/static/css/rientro.css").status_code == 200


def test_limits_are_shared_through_redis(make_site: Callable[..., Site]) -> None:
    redis = pytest.importorskip("redis").Redis()
    try:
        redis.ping()
    except Exception:
        pytest.skip("no Redis on this machine: shared limits were not tried")
    for key in redis.scan_iter("LIMITS*"):
        redis.delete(key)
    first = make_site(redis_url="redis://127.0.0.1:6379/0", rate_address="4/minute")
    second = make_site(redis_url="redis://127.0.0.1:6379/0", rate_address="4/minute")
    statuses = []
    with first.client() as one, second.client() as two:
        for client in (one, two, one, two, one, two):
            statuses.append(client.get("/privacy").status_code)
    assert statuses == [200, 200, 200, 200, 429, 429]


def test_without_redis_people_are_still_answered(make_site: Callable[..., Site]) -> None:
    site = make_site(redis_url="redis://127.0.0.1:1/0")
    with site.client() as client:
        assert start_chat(client).say("ciao").json()["messages"][0]["text"] == "Ho letto."


@pytest.mark.personal_data_in_address
def test_logs_name_routes_and_never_words_or_codes(site: Site, client: httpx.Client, log_lines: io.StringIO) -> None:
    before = len(log_lines.getvalue())
    chat = start_chat(client)
    chat.say("mi chiamo Zenobia Quattrocchi e ho il 83%")
    site.engine.behaviour = "broken"
    chat.say("Zenobia di nuovo")
    client.get("/operatori", params={"comune": "Quattrocchi"})
    client.get("/api/v1/referrals/RT-SEGRETISSIMO", headers={"X-PIN": "123456"})
    lines = [line for line in log_lines.getvalue()[before:].splitlines() if line.startswith("{")]
    assert any(json.loads(line).get("event") == "turn not answered" for line in lines)
    everything = "\n".join(lines)
    for secret in ("Zenobia", "Quattrocchi", "83%", "SEGRETISSIMO", "123456", chat.token):
        assert secret not in everything


def test_the_mailbox_is_for_this_machine_only(site: Site, client: httpx.Client) -> None:
    from starlette.requests import Request

    from web.pages.mailbox import _only_at_home
    from web.problems import Problem

    assert client.get("/posta").status_code == 200
    stranger = Request({"type": "http", "client": ("203.0.113.9", 1234), "headers": []})
    with pytest.raises(Problem, match="non-trovato"):
        _only_at_home(stranger, site.services)


def test_the_mailbox_is_closed_where_mail_really_leaves(make_site: Callable[..., Site]) -> None:
    with make_site(smtp_host="smtp.example.org").client() as client:
        assert client.get("/posta").status_code == 404


def test_sealed_state_opens_only_here_for_its_purpose_and_in_time(site: Site, make_site: Callable[..., Site]) -> None:
    from web.security.sealing import SealBroken

    sealer = site.services.sealer
    sealed = sealer.seal("requirements", {"eta": 50})
    assert sealer.open("requirements", sealed) == {"eta": 50}
    assert "50" not in sealed
    for purpose, value, age in (
        ("csrf", sealed, 60),
        ("requirements", sealed[:-2] + "xx", 60),
        ("requirements", "", 60),
    ):
        with pytest.raises(SealBroken):
            sealer.open(purpose, value, age)
    with pytest.raises(SealBroken):
        make_site().services.sealer.open("requirements", sealed)


def test_security_txt_says_where_to_report_a_vulnerability(make_site: Callable[..., Site]) -> None:
    site = make_site(security_contact="mailto:sicurezza@ente.example", public_url="https://rientro.ente.example")
    with site.client() as client:
        answer = client.get("/.well-known/security.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == "mailto:sicurezza@ente.example"
    assert fields["Canonical"] == "https://rientro.ente.example/.well-known/security.txt"
    expires = dt.datetime.fromisoformat(fields["Expires"].replace("Z", "+00:00"))
    assert dt.timedelta(0) < expires - dt.datetime.now(dt.UTC) < dt.timedelta(days=366)


def test_without_an_address_the_help_telephone_takes_reports(client: httpx.Client, site: Site) -> None:
    digits = site.settings.help_phone.replace(" ", "")
    assert f"Contact: tel:+39{digits}" in client.get("/.well-known/security.txt").text


def test_the_privacy_page_names_the_controller_only_when_there_is_one(make_site: Callable[..., Site]) -> None:
    named = make_site(
        controller_name="Ente di prova", controller_contact="via Prova 1, Milano", dpo_contact="02 0000002"
    )
    with named.client() as client:
        page = client.get("/privacy").text
        assert "Ente di prova" in page and "via Prova 1, Milano" in page and "02 0000002" in page
    with make_site().client() as client:
        assert "non è ancora stato indicato" in client.get("/privacy").text
