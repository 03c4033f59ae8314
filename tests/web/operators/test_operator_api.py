"""The API of an operator's own system."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from referrals import links
from referrals.connections import Connections
from referrals.directory_models import OperatorRow
from settings import clock
from tests.web.operators.conftest import OURS, THEIRS, Desk
from tests.web.test_openapi_fuzz import fuzz

BASE = "/api/v1/operator"


@pytest.fixture
def key(desk: Desk) -> str:
    """A key of operator ``OURS``."""
    side = Connections(desk.services.referrals)
    for old in side.keys(OURS, clock.now()):
        side.revoke_key(OURS, old.id, clock.now())
    return side.new_key(OURS, clock.now())


@pytest.fixture
def system(desk: Desk, key: str) -> Iterator[httpx.Client]:
    """The operator's own system."""
    with httpx.Client(base_url=desk.site.url + BASE, timeout=30, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_only_a_key_opens(desk: Desk, system: httpx.Client) -> None:
    assert system.get("/referrals").status_code == 200
    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": "Basic x"}):
        answer = httpx.get(f"{desk.site.url}{BASE}/referrals", headers=headers)
        assert answer.status_code == 401 and answer.json()["type"] == "/problemi/chiave-operatore"
        assert answer.headers["www-authenticate"] == "Bearer"
    with desk.services.cases.session_factory() as session:
        other_purpose = links.create_in(session, links.OPERATOR_REFERRAL, clock.now(), OURS)
        session.commit()
    assert system.get("/referrals", headers={"Authorization": f"Bearer {other_purpose}"}).status_code == 401


def test_the_key_of_an_operator_no_longer_active_stops(desk: Desk) -> None:
    key = Connections(desk.services.referrals).new_key("OPD13", clock.now())
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{desk.site.url}{BASE}/referrals"
    assert httpx.get(url, headers=headers).status_code == 200
    with desk.services.cases.session_factory() as session:
        session.get_one(OperatorRow, "OPD13").active = False
        session.commit()
    assert httpx.get(url, headers=headers).status_code == 401


def test_listing_page_by_page(desk: Desk, system: httpx.Client) -> None:
    mine = {desk.referral().code for _ in range(5)}
    foreign = desk.referral(site_id="OPD02-01").code
    seen: list[str] = []
    after = None
    while True:
        page = system.get("/referrals", params={"limit": 2, "state": "inviata"} | ({"after": after} if after else {}))
        seen += [item["code"] for item in page.json()["items"]]
        after = page.json()["after"]
        if after is None:
            break
    assert mine <= set(seen) and foreign not in seen and len(seen) == len(set(seen))
    assert page.json()["counts"]["inviata"] == len(seen)


def test_another_operator_s_referral_is_not_there(desk: Desk, system: httpx.Client) -> None:
    code = desk.referral(site_id="OPD02-01").code
    assert system.get(f"/referrals/{code}").status_code == 404
    assert system.post(f"/referrals/{code}/state", json={"state": "presa_in_carico"}).status_code == 404
    assert system.get(f"/referrals/{code}/appointments").status_code == 404
    assert desk.state(code) == "inviata"


def test_from_taking_charge_to_the_outcome(desk: Desk, system: httpx.Client) -> None:
    facts = {"occupazione": "disoccupato"}
    code = desk.referral(measure="azioni_di_rete", contact_after_taking=True, facts=facts).code
    card = system.get(f"/referrals/{code}").json()
    assert card["contact"] is None and card["contact_hidden"] and card["screening"]["verdict"] == "da_verificare"
    taken = system.post(f"/referrals/{code}/state", json={"state": "presa_in_carico"})
    assert taken.json()["contact"]["nome"] == "Ada Prova"
    soon = (clock.now() + dt.timedelta(days=9)).isoformat()
    offered = system.post(f"/referrals/{code}/appointments", json={"slots": [{"starts_at": soon}]})
    assert offered.status_code == 200
    agreed = {"slots": [{"starts_at": soon, "minutes": 30, "place": "telefono"}], "agreed": True}
    assert system.post(f"/referrals/{code}/appointments", json=agreed).json()["state"] == "appuntamento_fissato"
    statuses = {m["place"]: m["status"] for m in system.get(f"/referrals/{code}/appointments").json()}
    assert statuses == {"sede": "annullato", "telefono": "confermato"}
    plan = {"services": {"coaching": {"hours": 99}, "inserimento_lavoro": {}}}
    checked = system.post(f"/referrals/{code}/plan/check", json=plan).json()
    assert checked["outcome"] == "da_correggere"
    signed = plan | {"signed_on": clock.today().isoformat()}
    assert system.post(f"/referrals/{code}/plan", json=signed).status_code == 422
    assert system.post(f"/referrals/{code}/plan", json=signed | {"signed_on": "2999-01-01"}).status_code == 422
    kept = system.post(f"/referrals/{code}/plan", json=signed | {"despite_remarks": True})
    assert kept.json()["state"] == "pip_sottoscritto" and kept.json()["plan"]["despite_remarks"]
    ended = system.post(f"/referrals/{code}/outcome", json={"outcome": "nuovo_lavoro"})
    assert ended.json()["state"] == "conclusa" and ended.json()["contact"] is None


def test_what_is_refused(desk: Desk, system: httpx.Client) -> None:
    code = desk.referral().code
    refused = [
        ("state", {"state": "rifiutata"}, 422, "motivo-mancante"),
        ("state", {"state": "rifiutata", "reason": "altro"}, 200, None),
        ("state", {"state": "presa_in_carico"}, 409, "stato-non-ammesso"),
        ("state", {"state": "conclusa"}, 422, "richiesta-non-valida"),
        ("appointments", {"slots": [{"starts_at": "2001-01-01T10:00:00Z"}]}, 422, "richiesta-non-valida"),
        ("appointments", {"slots": [{"starts_at": "2099-01-01T10:00:00"}]}, 422, "richiesta-non-valida"),
        ("appointments", {"slots": [{"starts_at": "2099-01-01T10:00:00Z"}]}, 409, "stato-non-ammesso"),
        ("plan/check", {"services": {"astrologia": {}}}, 422, "richiesta-non-valida"),
        ("outcome", {"outcome": "nuovo_lavoro"}, 409, "stato-non-ammesso"),
    ]
    for path, body, status, problem in refused:
        answer = system.post(f"/referrals/{code}/{path}", json=body)
        assert answer.status_code == status, (path, body, answer.text)
        assert problem is None or answer.json()["type"] == f"/problemi/{problem}"


def test_keys_change_without_a_gap(desk: Desk, system: httpx.Client, key: str) -> None:
    new = system.post("/keys").json()["key"]
    with httpx.Client(base_url=desk.site.url + BASE, headers={"Authorization": f"Bearer {new}"}) as later:
        assert later.get("/referrals").status_code == 200
        old = later.get("/keys").json()[-1]
        assert old["used_at"] and key not in later.get("/keys").text
        assert later.delete(f"/keys/{old['id']}").status_code == 204
        assert system.get("/referrals").status_code == 401
        assert later.delete(f"/keys/{old['id']}").status_code == 404
        theirs = Connections(desk.services.referrals)
        theirs.new_key(THEIRS, clock.now())
        foreign = theirs.keys(THEIRS, clock.now())[0].id
        assert later.delete(f"/keys/{foreign}").status_code == 404
        assert [later.post("/keys").status_code for _ in range(5)] == [201] * 4 + [409]


def test_the_webhook_s_secret_is_shown_once_and_changes(desk: Desk, system: httpx.Client) -> None:
    address = {"url": "https://gestionale.example.org/eventi"}
    first = system.put("/webhook", json=address).json()
    again = system.put("/webhook", json=address).json()
    assert len(first["secret"]) == 64 and first["secret"] != again["secret"]
    assert system.get("/webhook").json() == address
    for url in (
        "http://gestionale.example.org/",
        "https://10.0.0.1/x",
        "ftp://example.org/",
        "https://u:p@example.org/",
    ):
        assert system.put("/webhook", json={"url": url}).status_code == 422, url
    assert system.delete("/webhook").status_code == 204
    assert system.get("/webhook").json() == {"url": None}


def test_the_csv(desk: Desk, system: httpx.Client) -> None:
    code = desk.referral("presa_in_carico").code
    answer = system.get("/referrals.csv")
    assert answer.headers["content-type"].startswith("text/csv") and code in answer.text


@pytest.mark.long
def test_the_operators_api_is_what_it_says(desk: Desk, key: str, tmp_path: Path) -> None:
    code = desk.referral("presa_in_carico").code
    (tmp_path / "schemathesis.toml").write_text(f'[parameters]\n"path.code" = "{code}"\n')
    # Names of services, and an address where events may go, are more than a schema can say. Revoking keys would
    # revoke this one.
    options = ("--include-path-regex", "/(operator|fhir)/", "--exclude-path-regex", "/keys")
    fuzz(desk.site, tmp_path, key, *options, "--exclude-checks", "positive_data_acceptance")


def test_the_reference_check_of_a_signature_is_the_one_of_the_guide() -> None:
    """The shell lines of the operators' guide accept what we sign."""
    import json

    from referrals import webhooks

    body = json.dumps({"code": "RT-1"}).encode()
    headers = webhooks.sign(bytes.fromhex("ab" * 32), "id1", body, clock.now())
    text = f"{headers[webhooks.TIMESTAMP]}.{headers[webhooks.ID]}.".encode() + body
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:" + "ab" * 32]
    done = subprocess.run(command, input=text, capture_output=True, check=True)
    assert headers[webhooks.SIGNATURE] == "v1=" + done.stdout.decode().split()[-1]
