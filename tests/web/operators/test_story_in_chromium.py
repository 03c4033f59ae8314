"""In a real Chromium: the operator takes charge from the e-mail's link, the person sees it; axe on every page."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from referrals import links
from settings import clock
from tests.web.operators.conftest import Desk
from tests.web.operators.test_projects import ELIGIBLE
from web import account_session

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[3] / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 375, "height": 812}
DESKTOP = {"width": 1280, "height": 900}
#: Where to keep pictures of the pages, to look at; none unless asked for.
PICTURES = os.environ.get("RIENTRO_TEST_PICTURES")


def browser_of(browser: Browser, desk: Desk, size: dict) -> tuple[Page, list[str]]:
    complaints: list[str] = []
    context = browser.new_context(viewport=size, locale="it-IT", base_url=desk.site.url, accept_downloads=True)
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def examine(page: Page, name: str) -> None:
    """axe without violations, nothing wider than the screen."""
    page.evaluate(AXE.read_text("utf-8"))
    result = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))"
        ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | '))"
    )
    assert result == [], (name, result)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, (name, wide)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def link_for(desk: Desk, code: str) -> str:
    with desk.services.cases.session_factory() as session:
        row = desk.services.referrals.writer.row_in(session, code)
        token = links.create_in(session, links.OPERATOR_REFERRAL, clock.now(), "OPD01", row.id, row.case_id)
        session.commit()
    return links.operator_url(desk.site.url, token)


def test_the_operator_takes_charge_and_the_person_sees_it(browser: Browser, desk: Desk) -> None:
    opened = desk.referral(contact_after_taking=True)
    person, heard_person = browser_of(browser, desk, PHONE)
    person.goto("/segnalazione")
    person.fill("#codice", opened.code)
    person.fill("#pin", opened.pin)
    person.get_by_role("button", name="Vedi a che punto è").click()
    assert "Inviata" in person.locator("[aria-current=step]").inner_text()
    examine(person, "persona-inviata")

    operator, heard_operator = browser_of(browser, desk, PHONE)
    operator.goto(link_for(desk, opened.code))
    assert operator.url.endswith("/operatori/entra"), "the secret must leave the address"
    examine(operator, "operatore-entra")
    operator.get_by_role("button", name="Entra").click()
    assert "Ada Prova" not in operator.content()
    examine(operator, "operatore-scheda-inviata")
    operator.get_by_role("button", name="Prendo in carico").click()
    operator.get_by_text("Ora può vedere i recapiti").wait_for()
    assert "Ada Prova" in operator.content()
    examine(operator, "operatore-scheda-in-carico")
    soon = clock.today() + dt.timedelta(days=9)
    operator.fill("#giorno1", soon.isoformat())
    operator.fill("#ora1", "10:30")
    operator.get_by_role("button", name="Invia").click()
    operator.get_by_text("La proposta è registrata").wait_for()

    person.get_by_role("button", name="Aggiorna la pagina").click()
    person.get_by_role("heading", name="Scelga il giorno").wait_for()
    assert "Presa in carico" in person.locator("[aria-current=step]").inner_text()
    examine(person, "persona-sceglie")
    person.get_by_role("button", name="Va bene").click()
    person.get_by_text("Ha confermato l'appuntamento").wait_for()
    examine(person, "persona-appuntamento")
    with person.expect_download() as file:
        person.get_by_role("button", name="Mettilo nel calendario").click()
    assert file.value.suggested_filename.endswith(".ics")
    person.get_by_role("button", name="Cambia recapiti e preferenze").click()
    examine(person, "persona-recapiti")

    operator.reload()
    operator.get_by_text("Con appuntamento").first.wait_for()
    assert desk.state(opened.code) == "appuntamento_fissato"
    assert heard_person == heard_operator == []


def test_the_rest_of_the_portal_and_its_live_checks(browser: Browser, desk: Desk) -> None:
    code = desk.referral("appuntamento_fissato", measure="azioni_di_rete", facts=ELIGIBLE).code
    page, heard = browser_of(browser, desk, DESKTOP)
    desk.enter_with_account()
    token = desk.browser.cookies[account_session.NAME]
    page.context.add_cookies([{"name": account_session.NAME, "value": token, "url": desk.site.url}])
    page.goto("/operatore")
    for stop in ("/operatore?stato=tutte", "/operatore/collegamenti", f"/operatore/segnalazioni/{code}"):
        page.goto(stop)
        examine(page, "operatore" + stop.partition("?")[0].removeprefix("/operatore").replace("/", "-")[:20])
    page.goto(f"/operatore/segnalazioni/{code}/piano")
    examine(page, "operatore-piano-vuoto")
    page.check("[name='servizio:coaching']")
    page.fill("[name='ore:coaching']", "11")
    page.locator("#controllo").get_by_text("sono 11 ore").wait_for()
    examine(page, "operatore-piano-controllo")
    page.goto("/operatore/progetti")
    page.fill("#titolo", "Rete di prova")
    page.get_by_role("button", name="Crea il progetto").click()
    page.fill("#previste", "25")
    page.locator("#controllo").get_by_text("Contributo massimo: 110.000 euro").wait_for()
    examine(page, "operatore-progetto")
    page.set_viewport_size(PHONE)
    for stop in ("/operatore?stato=tutte", "/operatore/progetti", f"/operatore/segnalazioni/{code}/piano"):
        page.goto(stop)
        examine(page, "telefono" + stop.partition("?")[0].removeprefix("/operatore").replace("/", "-")[:20])
    page.goto("/operatori?provincia=MI")
    examine(page, "pubblica-operatori")
    page.get_by_role("link", name="LO 2 sedi, Lodi").click()
    page.wait_for_url("**provincia=LO**")
    assert heard == []
