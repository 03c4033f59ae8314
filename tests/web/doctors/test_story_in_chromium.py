"""The doctors' portal in a real Chromium: keyboard alone, no scripts, small screens, and a patient who arrives."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from accounts import demo
from referrals import mailbox
from referrals.directory_models import OperatorRow
from referrals.worker import Worker
from settings import clock
from tests.cases.world import free_port
from tests.web.browser.conftest import DESKTOP, PHONE, axe, no_sideways_scroll
from tests.web.conftest import Site
from tests.web.doctors.conftest import MARTA, mails

pytestmark = pytest.mark.browser
#: 200% zoom of a 1280 pixel screen.
ZOOMED = {"width": 640, "height": 450}
SMALLEST = {"width": 320, "height": 640}
#: Where to keep pictures of the pages, to look at; none unless asked for.
PICTURES = os.environ.get("RIENTRO_TEST_PICTURES")
OPERATOR = "operatore@example.org"
Contexts = Callable[..., BrowserContext]


@pytest.fixture
def open_context(browser: Browser, site: Site) -> Iterator[Contexts]:
    """Browser profiles on the site; no page may complain in its console or ask for anything elsewhere."""
    services = site.services
    demo.create(services.cases.session_factory, services.cases.keyring, clock.now())
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "it-IT", "base_url": site.url, **options})
        context.set_default_timeout(20_000)
        context.on(
            "request",
            lambda r: None if r.url.startswith((site.url, "data:")) else complaints.append(f"asked for {r.url}"),
        )
        context.on(
            "console",
            lambda m: (
                complaints.append(m.text) if m.type == "error" and "Failed to load resource" not in m.text else None
            ),
        )
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
    assert complaints == []


def look(page: Page, name: str) -> None:
    """axe without faults, nothing wider than the screen; a picture if wanted."""
    axe(page)
    no_sideways_scroll(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/medici-{name}.png", full_page=True)


def enter(open_context: Contexts, email: str = MARTA, home: str = "/medici", **options: Any) -> Page:
    """Somebody who has logged in."""
    page = open_context(**options).new_page()
    page.goto(f"/accesso?dopo={home}")
    page.fill("#email", email)
    page.fill("#password", demo.PASSWORD)
    page.get_by_role("button", name="Entra", exact=True).click()
    page.wait_for_url(f"**{home}")
    return page


def deliver(site: Site) -> None:
    """Let the worker send what waits, into the local mailbox; in a thread, because Playwright has a loop in this one."""
    services = site.services
    factory, keyring = services.cases.session_factory, services.cases.keyring
    smtp = mailbox.serve(factory, keyring, free_port(), clock.now)

    async def drain() -> None:
        worker = Worker(factory, keyring, site.settings, clock.now, smtp.port)
        try:
            await worker.drain()
        finally:
            await worker.close()

    thread = threading.Thread(target=lambda: asyncio.run(drain()))
    thread.start()
    thread.join(60)
    smtp.stop()


def answered(page: Page, fact: str) -> None:
    """The fact was taken: it is not asked any more."""
    expect(page.locator(f'#modulo [name="d.{fact}"]')).to_have_count(0)


def fill_by_keyboard(page: Page, answers: dict[str, str]) -> int:
    """Answer what is asked with the keyboard alone; how many answers it took."""
    taken = 0
    for _ in range(40):
        if page.locator("#modulo [data-riga]").count() == 0:
            return taken
        name = page.evaluate("document.activeElement.name ?? ''")
        assert name.startswith("d."), f"the focus is on {page.evaluate('document.activeElement.outerHTML')[:200]}"
        fact = name.removeprefix("d.")
        value = answers.get(fact, "0")
        kind = page.evaluate("document.activeElement.type")
        if kind == "radio":
            page.keyboard.press(value)
        elif kind == "select-one":
            page.keyboard.type(value)
            page.keyboard.press("Tab")
        else:
            page.keyboard.type(value)
            page.keyboard.press("Enter")
        answered(page, fact)
        page.wait_for_function("document.activeElement !== document.body")
        taken += 1
    raise AssertionError("the form does not end")


ANSWERS = {
    "occupazione": "Disocc",
    "provincia": "Milano",
    "eta": "50",
    "invalidita_percento": "80",
    "invalidita_inail_percento": "0",
    "legge_68_iscritto": "s",
    "cieco_sordo_invalido_guerra": "n",
    "categoria_art18": "n",
    "residenza_lombardia": "s",
    "azienda_in_crisi": "n",
}


def test_a_check_with_the_keyboard_alone_in_under_a_minute(open_context: Contexts) -> None:
    page = enter(open_context)
    look(page, "verifica-vuota")
    expect(page.locator("#modulo [data-riga]").first).to_be_visible()
    before = page.locator("#modulo [data-riga]").count()
    page.goto("/medici")
    started = time.monotonic()
    taken = fill_by_keyboard(page, ANSWERS)
    seconds = time.monotonic() - started
    assert taken < before, "the form shrank: fewer answers than questions at the start"
    assert seconds < 60
    expect(page.locator("#domande")).to_have_text("Non ci sono altre domande")
    expect(page.locator("#detto")).to_contain_text("Collocamento mirato")
    verdicts = page.locator(".doctor-verdict")
    expect(verdicts).to_have_count(6)
    expect(verdicts.filter(has_text="Collocamento mirato").first).to_contain_text("I requisiti ci sono")
    expect(page.locator(".check-result")).to_contain_text("Chiusa il 31/12/2020")
    look(page, "verifica-finita")

    # One fact is changed: it is asked again, with the focus on it.
    page.locator('button[value="togli:eta"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#d-eta")).to_be_focused()
    page.keyboard.type("mille")
    page.keyboard.press("Enter")
    expect(page.locator("#d-eta")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#d-eta")).to_be_focused()
    look(page, "verifica-errore")


#: A network that takes its time, so that somebody can go on typing.
SLOW = "const fast = fetch; window.fetch = async (...a) => { await new Promise(r => setTimeout(r, 700)); return fast(...a); }"


def test_what_is_typed_while_the_form_is_on_its_way_is_not_lost(open_context: Contexts) -> None:
    page = enter(open_context)
    page.add_init_script(SLOW)
    page.goto("/medici")
    expect(page.locator('[name="d.occupazione"]')).to_be_focused()
    page.keyboard.type("Disocc")
    page.keyboard.press("Tab")  # the answer leaves now, without what follows
    expect(page.locator("#d-eta")).to_be_focused()
    page.keyboard.type("5")
    answered(page, "occupazione")
    expect(page.locator("#d-eta")).to_be_focused()
    expect(page.locator("#d-eta")).to_have_value("5")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    answered(page, "eta")
    expect(page.locator(".answers").first).to_contain_text("50 anni")
    expect(page.locator("#detto")).to_contain_text("Collocamento mirato")

    # Keys pressed faster than the network: each of them counts.
    rows = page.locator("#modulo input[type=radio]")
    names = list(dict.fromkeys(rows.evaluate_all("all => all.map(radio => radio.name)")))[:2]
    page.locator(f'[name="{names[0]}"]').first.focus()
    page.keyboard.press("0")
    page.locator(f'[name="{names[1]}"]').first.focus()
    page.keyboard.press("0")
    for name in names:
        answered(page, name.removeprefix("d."))
    expect(page.locator(".answers").first.get_by_text("Non lo so")).to_have_count(2)


def test_a_finger_works_too(open_context: Contexts) -> None:
    page = enter(open_context, viewport=PHONE, has_touch=True, is_mobile=True)
    page.select_option('#modulo [name="d.occupazione"]', "disoccupato")
    page.locator("#domande").tap()
    answered(page, "occupazione")
    radio = page.locator("#modulo [data-riga] input[type=radio][value=true]").first
    name = radio.get_attribute("name")
    radio.tap()
    expect(page.locator(f'#modulo [name="{name}"]')).to_have_count(0)
    look(page, "verifica-telefono")


def test_the_check_without_scripts(open_context: Contexts) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/accesso?dopo=/medici")
    page.fill("#email", MARTA)
    page.fill("#password", demo.PASSWORD)
    page.get_by_role("button", name="Entra", exact=True).click()
    page.select_option('[name="d.occupazione"]', "disoccupato")
    page.select_option('[name="d.provincia"]', "MI")
    page.fill("#d-eta", "50")
    page.press("#d-eta", "Enter")
    expect(page.locator(".answers").first).to_contain_text("Disoccupato")
    expect(page.locator(".answers").first).to_contain_text("50 anni")
    answered(page, "occupazione")
    page.get_by_role("button", name="Segnala a un operatore").click()
    page.locator('[type=radio][name="sede"]').first.check()
    page.get_by_role("button", name="Scegli questo operatore").click()
    expect(page.get_by_role("heading", name="2. Recapiti e consenso")).to_be_visible()


def test_a_doctor_refers_the_operator_takes_charge_both_see_it(open_context: Contexts, site: Site) -> None:
    doctor = enter(open_context)
    with site.services.cases.session_factory() as session:
        first = select(OperatorRow.id).where(OperatorRow.demo, OperatorRow.active).order_by(OperatorRow.id).limit(1)
        operator_id = session.scalar(first)
    near = site.services.directory.nearest(measure="collocamento_mirato", limit=100, on=clock.today())
    offered = [place for place in near if place.operator_id == operator_id] or near
    chosen = offered[0]
    doctor.select_option('[name="d.occupazione"]', "disoccupato")
    doctor.get_by_role("button", name="Aggiorna", exact=True).click()
    answered(doctor, "occupazione")
    doctor.get_by_role("button", name="Segnala a un operatore").click()
    doctor.select_option("#misura", "collocamento_mirato")
    doctor.fill("#luogo", chosen.comune)
    doctor.get_by_role("button", name="Cerca").click()
    look(doctor, "segnalazione-1")
    doctor.locator(f'[name="sede"][value="{chosen.site_id}"]').check()
    doctor.get_by_role("button", name="Scegli questo operatore").click()
    doctor.fill("#nome", "Ofelia Trovata")
    doctor.fill("#telefono", "333 1234567")
    look(doctor, "segnalazione-2")
    doctor.get_by_role("button", name="Apri la segnalazione").click()
    expect(doctor.get_by_role("alert")).to_contain_text("Senza il consenso")
    look(doctor, "segnalazione-errore")
    expect(doctor.locator("#nome")).to_have_value("Ofelia Trovata")
    doctor.check("#consenso-invio")
    # Twice, as impatient people do: one referral.
    doctor.evaluate(
        "() => { const b = document.querySelector('[value=apri]'); b.form.requestSubmit(b); b.form.requestSubmit(b); }"
    )
    expect(doctor.locator(".dictate dd").first).to_be_visible()
    code, pin = (doctor.locator(".dictate dd").nth(n).inner_text() for n in (0, 1))
    look(doctor, "fatta")
    doctor.goto("/medici/segnalazioni")
    expect(doctor.locator(".sent-row", has_text=code)).to_contain_text("In partenza")
    assert doctor.locator(".sent-row", has_text="Ofelia").count() == 1

    deliver(site)
    assert chosen.operator_id == operator_id, "the demo operator offers the measure"
    operator = enter(open_context, OPERATOR, "/operatore")
    operator.get_by_role("link", name=code).click()
    operator.get_by_role("button", name=re.compile("[Pp]rend")).first.click()
    expect(operator.locator("main")).to_contain_text("Ofelia Trovata")
    look(operator, "operatore")

    doctor.reload()
    row = doctor.locator(".sent-row", has_text=code)
    expect(row).to_contain_text("Presa in carico")
    expect(row).to_contain_text("L'operatore chiama il paziente")
    look(doctor, "elenco")
    row.get_by_role("link").click()
    expect(doctor.locator(".timeline [aria-current]")).to_contain_text("Presa in carico")
    look(doctor, "una")

    patient = open_context(viewport=PHONE).new_page()
    patient.goto(f"/segnalazioni/{code}")
    patient.fill("#pin", pin)
    patient.keyboard.press("Enter")
    expect(patient.locator("main")).to_contain_text("Presa in carico")
    look(patient, "paziente-stato")


def test_a_patient_confirms_the_link_on_a_telephone(open_context: Contexts, site: Site) -> None:
    doctor = enter(open_context)
    doctor.select_option('[name="d.occupazione"]', "disoccupato")
    doctor.get_by_role("button", name="Aggiorna", exact=True).click()
    answered(doctor, "occupazione")
    doctor.get_by_role("button", name="Segnala a un operatore").click()
    doctor.locator('[type=radio][name="sede"]').first.check()
    doctor.get_by_role("button", name="Scegli questo operatore").click()
    doctor.fill("#nome", "Ines Confermata")
    doctor.fill("#email", "ines@example.org")
    doctor.check("#avvisato")
    doctor.get_by_role("button", name="Manda il link per e-mail").click()
    expect(doctor.get_by_role("status").first).to_contain_text("parte per e-mail")
    look(doctor, "link-email")
    doctor.get_by_role("link", name="Consensi in attesa").first.click()
    expect(doctor.locator(".sent-row", has_text="Ines")).to_contain_text("Aspetta il paziente")
    look(doctor, "consensi")

    secret = re.search(r"/consenso#(\S+)", mails(site, "persona_consenso")[-1]["text"]).group(1)
    patient = open_context(viewport=PHONE).new_page()
    patient.goto(f"/consenso#{secret}")
    expect(patient.locator("main")).to_contain_text("Ines Confermata")
    assert secret not in patient.url
    look(patient, "consenso")
    patient.set_viewport_size(SMALLEST)
    look(patient, "consenso-piccolo")
    patient.get_by_role("button", name="Sì, inviate la richiesta").click()
    expect(patient.get_by_role("alert")).to_contain_text("segni la casella")
    look(patient, "consenso-errore")
    patient.check("#accordo")
    patient.get_by_role("button", name="Sì, inviate la richiesta").click()
    expect(patient.get_by_role("heading", name="La sua richiesta parte")).to_be_visible()
    look(patient, "consenso-si")
    patient.get_by_role("button", name="Vedi a che punto è").click()
    expect(patient.locator("main")).to_contain_text("Registrata")
    doctor.goto("/medici/segnalazioni")
    expect(doctor.locator(".sent-row", has_text="Ines Confermata")).to_be_visible()

    again = open_context(viewport=PHONE).new_page()
    again.goto(f"/consenso#{secret}")
    expect(again.get_by_role("alert")).to_contain_text("già stato usato")
    look(again, "consenso-usato")


def test_the_pages_on_small_screens_and_zoomed(open_context: Contexts) -> None:
    page = enter(open_context)
    for size, name in ((PHONE, "telefono"), (ZOOMED, "zoom"), (SMALLEST, "piccolo")):
        page.set_viewport_size(size)
        for address, kind in (
            ("/medici", "verifica"),
            ("/medici/segnalazioni", "elenco"),
            ("/medici/consensi", "consensi"),
            ("/medici/materiali?territorio=ats-milano", "materiali"),
        ):
            page.goto(address)
            look(page, f"{kind}-{name}")
        page.goto("/medici")
        page.select_option('[name="d.occupazione"]', "disoccupato")
        page.get_by_role("button", name="Aggiorna", exact=True).click()
        answered(page, "occupazione")
        page.get_by_role("button", name="Segnala a un operatore").click()
        page.locator('[type=radio][name="sede"]').first.check()
        page.get_by_role("button", name="Scegli questo operatore").click()
        look(page, f"segnalazione-{name}")
    page.set_viewport_size(DESKTOP)
    page.goto("/medici/materiali")
    look(page, "materiali")
