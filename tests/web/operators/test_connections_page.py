"""Entering by link, and the page of keys and webhook."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import update

from accounts.models import AccountSessionRow
from accounts.service import Accounts
from cases.db import writing
from referrals import links, webhooks
from referrals.connections import Connections
from referrals.directory_models import OperatorRow
from settings import clock
from tests.web.operators.conftest import OURS, Desk
from web import account_session
from web.permissions import RECENT


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


def test_a_link_opens_a_visit_that_administrators_see_and_end(desk: Desk) -> None:
    mine = desk.referral()
    desk.enter(code=mine.code)
    card = f"/operatore/segnalazioni/{mine.code}"
    accounts = Accounts(desk.services.cases.session_factory, desk.services.cases.keyring, desk.site.settings)
    [seen] = [entry for entry in accounts.open_sessions(clock.now())[0] if entry.code == mine.code]
    assert seen.account is None and seen.operator and seen.session.method == "link"
    assert desk.browser.get(card).status_code == 200
    assert accounts.visits.end(seen.session.id)
    assert desk.browser.get(card).headers["location"].startswith("/accesso")


def test_leaving_a_visit_ends_it_for_copies_of_its_cookie_too(desk: Desk) -> None:
    mine = desk.referral()
    desk.enter(code=mine.code)
    card = f"/operatore/segnalazioni/{mine.code}"
    copied = desk.browser.cookies["rientro_operatore"]
    assert desk.post("/operatore/esci").status_code == 303
    desk.browser.cookies.set("rientro_operatore", copied, path="/")
    assert desk.browser.get(card).status_code == 303


def test_where_somebody_has_an_account_a_link_leads_to_the_log_in(desk: Desk) -> None:
    mine = desk.referral()
    desk.enter(code=mine.code)
    card = f"/operatore/segnalazioni/{mine.code}"
    visit = dict(desk.browser.cookies)
    desk.enter_with_account()
    desk.browser.cookies.delete(account_session.NAME)
    with desk.services.cases.session_factory() as session:
        token = links.create_in(session, links.OPERATOR_REFERRAL, clock.now(), OURS, *_row(desk, mine.code))
        session.commit()
    assert desk.use(token).headers["location"] == f"/accesso?dopo={card}"
    assert visit["rientro_operatore"] == desk.browser.cookies["rientro_operatore"]
    assert desk.browser.get(card).headers["location"].startswith("/accesso"), "an open visit ends too"


def _row(desk: Desk, code: str) -> tuple[str, str | None]:
    with desk.services.cases.session_factory() as session:
        row = desk.services.referrals.writer.row_in(session, code)
        return row.id, row.case_id


def test_keys_webhooks_and_exports_ask_for_a_second_factor_just_given(desk: Desk) -> None:
    account_id = desk.enter_with_account()
    assert desk.browser.get("/operatore/collegamenti").status_code == 200
    with writing(desk.services.cases.session_factory) as session:
        long_ago = clock.now() - RECENT - dt.timedelta(seconds=1)
        session.execute(
            update(AccountSessionRow).where(AccountSessionRow.account_id == account_id).values(strong_at=long_ago)
        )
    assert desk.browser.get("/operatore").status_code == 200
    for answer in (
        desk.browser.get("/operatore/collegamenti"),
        desk.post("/operatore/collegamenti/chiave"),
        desk.post("/operatore/collegamenti/eventi", indirizzo="https://example.org", azione="imposta"),
        desk.browser.get("/operatore/segnalazioni.csv"),
    ):
        assert answer.status_code == 303 and answer.headers["location"].startswith("/accesso/conferma?dopo=/operatore")
    assert desk.browser.get("/accesso/conferma?dopo=/operatore/collegamenti").status_code == 200
    assert Connections(desk.services.referrals).webhook(OURS) is None


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
    desk.browser.cookies.set("rientro_operatore", "x" * 43, path="/")
    assert desk.browser.get("/operatore").status_code == 303


def test_asking_for_a_link_tells_nobody_who_is_there(desk: Desk) -> None:
    known = desk.post("/operatori/link", email="aurora.01@example.org").text
    unknown = desk.post("/operatori/link", email="nessuno@example.org").text
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", known) == strip.sub("", unknown) and "arriva un&#39;e-mail" in known
