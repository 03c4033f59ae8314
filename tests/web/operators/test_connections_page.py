"""Entering by link, and the page of keys and webhook."""

from __future__ import annotations

import re

from referrals import links, webhooks
from referrals.connections import Connections
from referrals.directory_models import OperatorRow
from settings import clock
from tests.web.operators.conftest import OURS, Desk, hidden


def test_a_key_made_here_opens_the_api_and_is_shown_once(ours: Desk) -> None:
    side = Connections(ours.services.referrals)
    for old in side.keys(OURS, clock.now()):
        side.revoke_key(OURS, old.id, clock.now())
    made = ours.post("/operatore/collegamenti/chiave").text
    key = re.search(r'<code class="secret">([^<]+)</code>', made).group(1)
    api = ours.browser.get("/api/v1/operator/referrals", headers={"Authorization": f"Bearer {key}"})
    assert api.status_code == 200
    page = ours.browser.get("/operatore/collegamenti").text
    assert key not in page and "Ultimo uso il" in page
    key_id = re.search(r'name="revoca" value="([^"]+)"', page).group(1)
    assert "La chiave non vale più" in ours.post("/operatore/collegamenti/chiave", revoca=key_id).text
    api = ours.browser.get("/api/v1/operator/referrals", headers={"Authorization": f"Bearer {key}"})
    assert api.status_code == 401


def test_the_webhook_signs_with_the_secret_shown(ours: Desk) -> None:
    url = "https://gestionale.example.org/eventi"
    page = ours.post("/operatore/collegamenti/eventi", indirizzo=url, azione="imposta").text
    secret = re.search(r'<code class="secret">([0-9a-f]{64})</code>', page).group(1)
    with ours.services.cases.session_factory() as session:
        row = session.get_one(OperatorRow, OURS)
        kept = ours.services.cases.keyring.cipher("sistema").open(
            "operator", "webhook_secret", OURS, row.webhook_secret_sealed
        )
    assert kept == secret and row.webhook_url == url
    headers = webhooks.sign(bytes.fromhex(secret), "id", b"{}", clock.now())
    assert webhooks.verify(bytes.fromhex(secret), headers, b"{}", clock.now()) == "id"
    assert secret not in ours.browser.get("/operatore/collegamenti").text
    wrong = ours.post("/operatore/collegamenti/eventi", indirizzo="http://example.org", azione="imposta")
    assert wrong.status_code == 422 and "https://" in wrong.text
    assert "Non inviamo più eventi" in ours.post("/operatore/collegamenti/eventi", azione="togli").text
    assert Connections(ours.services.referrals).webhook(OURS) is None


def test_a_log_in_link_works_once(desk: Desk) -> None:
    with desk.services.cases.session_factory() as session:
        token = links.create_in(session, links.OPERATOR_LOGIN, clock.now(), OURS)
        session.commit()
    fields = hidden(desk.browser.get("/operatori/entra").text)
    assert desk.browser.get("/operatore").status_code == 303  # to the door
    assert desk.browser.post("/operatori/entra", data=fields | {"link": token}).headers["location"] == "/operatore"
    assert desk.browser.get("/operatore").status_code == 200
    again = desk.browser.post("/operatori/entra", data=fields | {"link": token})
    assert again.status_code == 403 and "non vale più" in again.text
    assert desk.post("/operatore/esci").status_code == 303
    assert desk.browser.get("/operatore").status_code == 303


def test_a_referral_s_link_opens_that_referral_only(desk: Desk) -> None:
    mine, another = desk.referral(), desk.referral()
    desk.enter(code=mine.code)
    card = f"/operatore/segnalazioni/{mine.code}"
    assert desk.browser.get(card).status_code == 200
    for address in (
        "/operatore",
        "/operatore/segnalazioni.csv",
        "/operatore/progetti",
        "/operatore/collegamenti",
        f"/operatore/segnalazioni/{another.code}",
    ):
        answer = desk.browser.get(address)
        assert answer.status_code == 303 and answer.headers["location"].startswith(card), address
    assert "apre solo questa segnalazione" in desk.browser.get(answer.headers["location"]).text
    assert desk.post(f"/operatore/segnalazioni/{another.code}/prendi").status_code == 303
    assert desk.state(another.code) == "inviata"
    assert desk.post(f"{card}/prendi").headers["location"] == f"{card}?fatto=presa"


def test_a_visit_ends_when_the_operator_is_no_longer_active(desk: Desk) -> None:
    desk.enter("OPD12")
    assert desk.browser.get("/operatore").status_code == 200
    with desk.services.cases.session_factory() as session:
        session.get_one(OperatorRow, "OPD12").active = False
        session.commit()
    assert desk.browser.get("/operatore").status_code == 403


def test_a_forged_visit_is_nobody_s(desk: Desk) -> None:
    desk.browser.cookies.set("rientro_operatore", "gAAAAA" + "x" * 80, path="/operatore")
    assert desk.browser.get("/operatore").status_code == 303


def test_asking_for_a_link_tells_nobody_who_is_there(desk: Desk) -> None:
    known = desk.post("/operatori/link", email="aurora.01@example.org").text
    unknown = desk.post("/operatori/link", email="nessuno@example.org").text
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", known) == strip.sub("", unknown) and "arriva un&#39;e-mail" in known
