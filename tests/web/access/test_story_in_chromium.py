"""A real Chromium, real e-mails: the first administrator, an invitation, the app's code, sessions, revocation."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyotp
import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts import demo, first_start
from referrals import mailbox
from referrals.worker import Worker
from settings import clock
from settings.config import Settings
from tests.web.browser.conftest import DESKTOP, PHONE, axe, no_sideways_scroll
from tests.web.conftest import DEMO_OPERATORS
from tests.web.engine import Engine, Server
from web.app import create_app

pytestmark = pytest.mark.browser
#: Set it to a folder to keep pictures of every page of the story.
PICTURES = os.environ.get("RIENTRO_TEST_PICTURES")
PASSWORD = "sette mele verdi e tre pere"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """A running application with its mailbox."""

    def __init__(self, folder: Path, mode: str, **more: str) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._behind = Server(Engine().application()).start()
        self.settings = Settings(
            data_dir=folder / "dati",
            mode=mode,
            public_url=self.url,
            bot_url=self._behind.url,
            actions_url=self._behind.url,
            rate_address="100000/minute",
            **more,
        )
        application = create_app(self.settings)
        self._server = Server(application, port).start()
        self.services = application.state.services
        self._smtp: Any = None

    @property
    def stores(self) -> tuple:
        return self.services.cases.session_factory, self.services.cases.keyring

    def way_in(self) -> str:
        """What the terminal prints at the first start."""
        return first_start(self.settings, *self.stores, clock.now())

    def mail(self) -> str:
        """Deliver over SMTP; the link in the newest e-mail."""
        if self._smtp is None:
            self._smtp = mailbox.serve(*self.stores, _free_port(), clock.now)
        with ThreadPoolExecutor(1) as pool:  # Playwright holds the event loop of this thread
            pool.submit(lambda: asyncio.run(self._deliver())).result()
        return re.search(r"http\S+/accesso/invito#\S+", mailbox.Mailbox(*self.stores).list(limit=1)[0].text).group(0)

    async def _deliver(self) -> None:
        worker = Worker(*self.stores, self.settings, clock.now, self._smtp.port)
        try:
            await worker.drain()
        finally:
            await worker.close()

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.stop()
        self._server.stop()
        self._behind.stop()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Start an application in a mode."""
    opened: list[House] = []

    def make(mode: str, **more: str) -> House:
        opened.append(House(tmp_path, mode, **more))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Browsers of different people; scripts and the content policy must never complain."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(url: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "it-IT", "base_url": url, **options})
        context.set_default_timeout(20_000)
        context.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def good(page: Page, name: str) -> None:
    """The page is accessible, fits the screen, and has one heading."""
    axe(page)
    no_sideways_scroll(page)
    assert page.locator("h1").count() == 1
    if PICTURES:
        size = "telefono" if page.viewport_size and page.viewport_size["width"] < 500 else "computer"
        page.screenshot(path=f"{PICTURES}/{name}-{size}.png", full_page=True)


def set_up(page: Page, link: str, prefix: str, **identity: str) -> pyotp.TOTP:
    """From a link to the first page: password, app, recovery codes."""
    page.goto(link)
    expect(page.get_by_role("heading", name="Scelga la password")).to_be_visible()
    assert "#" not in page.url, "the secret does not stay in the address"
    for label, value in identity.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    good(page, f"{prefix}-password")
    page.get_by_label("Password nuova").fill("password1234")
    page.get_by_label("Scriva di nuovo").fill("password1234")
    page.get_by_role("button", name="Continua").click()
    expect(page.get_by_role("alert")).to_contain_text("password rubate")
    good(page, f"{prefix}-password-rifiutata")
    page.get_by_label("Password nuova").fill(PASSWORD)
    page.get_by_label("Scriva di nuovo").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Colleghi il telefono")).to_be_visible()
    drawing = page.get_by_role("img", name="Codice QR").bounding_box()
    assert drawing
    assert drawing["width"] > 150
    page.get_by_text("Non può inquadrarlo?").click()
    good(page, f"{prefix}-telefono")
    app = pyotp.TOTP(page.locator(".secret-key").inner_text().replace(" ", ""))
    page.get_by_label("Codice di sei cifre").fill(app.now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Salvi i codici")).to_be_visible()
    assert page.locator(".recovery-codes li").count() == 10
    good(page, f"{prefix}-codici")
    return app


def test_from_the_first_start_to_a_session_ended(house: Callable[[str], House], person: Callable[..., Page]) -> None:
    home = house("production")
    boss = person(home.url)
    set_up(boss, home.way_in(), "primo", Nome_e_cognome="Ada Prova", Indirizzo="ada@example.org")
    boss.get_by_role("link", name="Li ho salvati").click()
    assert home.way_in() is None

    boss.goto("/amministrazione/account/nuovo")
    good(boss, "invita")
    boss.get_by_label("Nome e cognome").fill("Bice Prova")
    boss.get_by_label("Indirizzo e-mail").fill("bice@example.org")
    boss.get_by_label("Medico", exact=True).check()
    boss.get_by_label("MI", exact=True).check()
    boss.get_by_role("button", name="Manda l'invito").click()
    expect(boss.get_by_role("status")).to_contain_text("L'invito è partito")
    good(boss, "account")

    doctor = person(home.url, viewport=PHONE)
    app = set_up(doctor, home.mail(), "medico")
    codes = doctor.locator(".recovery-codes li").all_inner_texts()
    doctor.get_by_role("link", name="Li ho salvati").click()
    doctor.goto("/accesso/profilo")
    expect(doctor.get_by_role("heading", name="Il suo accesso")).to_be_visible()
    good(doctor, "profilo")

    office = person(home.url)
    office.goto("/accesso/profilo")
    good(office, "entra")
    office.get_by_label("Indirizzo e-mail").fill("bice@example.org")
    office.get_by_label("Password").fill("sbagliata")
    office.keyboard.press("Enter")
    expect(office.get_by_role("alert")).to_contain_text("non sono giusti")
    good(office, "entra-errore")
    office.get_by_label("Password").fill(PASSWORD)
    office.keyboard.press("Enter")
    expect(office.get_by_role("heading", name="Codice dell'app")).to_be_visible()
    good(office, "codice")
    office.get_by_label("Codice di sei cifre").fill("000000")
    office.keyboard.press("Enter")
    expect(office.get_by_role("alert")).to_be_visible()
    # The code of this half minute was used on the telephone: who cannot wait uses a recovery code.
    office.get_by_role("link", name="Non ho il telefono").click()
    good(office, "recupero")
    office.get_by_label("Codice di recupero").fill(codes[4])
    office.keyboard.press("Enter")
    expect(office).to_have_url(f"{home.url}/accesso/profilo")
    expect(office.locator("#sessioni + p + ul > li")).to_have_count(2)
    good(office, "profilo-due-sessioni")
    office.get_by_role("button", name="Chiudi la sessione").click()
    expect(office.get_by_role("status")).to_contain_text("Sessione chiusa")
    doctor.reload()
    expect(doctor.get_by_role("heading", name="Area professionale")).to_be_visible()

    boss.goto("/amministrazione/sessioni")
    good(boss, "sessioni")
    boss.get_by_role("button", name="Chiudi la sessione di Bice Prova").click()
    expect(boss.get_by_role("status")).to_be_visible()
    office.reload()
    expect(office.get_by_role("heading", name="Area professionale")).to_be_visible()
    assert app.secret not in boss.content()

    boss.get_by_role("button", name="Esci").click()
    expect(boss.get_by_role("heading", name="Area professionale")).to_be_visible()
    boss.goto("/accesso/profilo")
    expect(boss.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_administration_is_accessible(
    house: Callable[[str], House], person: Callable[..., Page], size: dict[str, int], tmp_path: Path
) -> None:
    home = house("demo")
    home.services.directory.import_csv(DEMO_OPERATORS, clock.now())
    demo.create(*home.stores, clock.now())
    page = person(home.url, viewport=size)
    page.goto("/accesso")
    expect(page.get_by_role("heading", name="Persone di prova")).to_be_visible()
    good(page, "prova-entra")
    page.get_by_role("button", name=re.compile("Aldo Amministratore")).click()
    expect(page.get_by_role("region", name="Avviso")).to_contain_text("persona inventata")
    for name in (
        "",
        "/account",
        "/account?ruolo=supervisore",
        "/operatori",
        "/messaggi",
        "/conservazione",
        "/registro",
        "/testi",
    ):
        page.goto(f"/amministrazione{name}")
        good(page, "amministrazione" + re.sub(r"\W", "-", name))
    page.goto("/amministrazione/account")
    page.get_by_label("Nome o indirizzo e-mail intero").fill("nessuno@example.org")
    page.get_by_role("button", name="Cerca").click()
    expect(page.get_by_text("Nessun account corrisponde alla ricerca.")).to_be_visible()
    good(page, "account-nessuno")
    page.get_by_label("Nome o indirizzo e-mail intero").fill("medico@example.org")
    page.get_by_role("button", name="Cerca").click()
    page.get_by_role("link", name="Marta Medico").click()
    page.get_by_text("Cambia ruolo").click()
    good(page, "account-medico")
    page.get_by_role("button", name="Cancella", exact=True).click()
    good(page, "account-cancella")
    page.get_by_role("link", name="No, torna indietro").click()
    page.goto("/amministrazione/registro")
    page.get_by_role("button", name="Controlla l'integrità").click()
    expect(page.get_by_role("status")).to_contain_text("integro")
    good(page, "registro-integro")
    file = tmp_path / "sedi.csv"
    file.write_text(
        "operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia\n"
        "PROVA1,Operatore di prova,PROVA1-1,Sede,Via Prova 1,Lodi,LO\n"
        "PROVA1,Operatore di prova,PROVA1-2,Sede,Via Prova 2,Paese Inventato,LO\n",
        encoding="utf-8",
    )
    page.goto("/amministrazione/operatori/importa")
    good(page, "importa")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Fai la prova").click()
    expect(page.get_by_role("heading", name="niente è stato scritto")).to_be_visible()
    good(page, "importa-prova")
    page.get_by_role("button", name="Importa davvero").click()
    expect(page.get_by_role("heading", name="Importazione finita")).to_be_visible()
    good(page, "importa-esito")
    page.goto("/medici-inesistente")
    page.goto("/accesso/profilo")
    good(page, "profilo-prova")


def test_a_log_in_by_keyboard_alone_at_twice_the_size(
    house: Callable[[str], House], person: Callable[..., Page]
) -> None:
    home = house("demo")
    demo.create(*home.stores, clock.now())
    # 200% zoom of a 1280 pixel window is a 640 pixel one.
    page = person(home.url, viewport={"width": 640, "height": 450})
    page.goto("/accesso")
    no_sideways_scroll(page)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "email":
            break
    page.keyboard.type("supervisore@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(demo.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/accesso"))
    page.goto("/accesso/profilo")
    expect(page.get_by_role("heading", name="Il suo accesso")).to_be_visible()
    no_sideways_scroll(page)
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Esci":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Area professionale")).to_be_visible()


def test_an_invitation_without_javascript(house: Callable[[str], House], person: Callable[..., Page]) -> None:
    home = house("production")
    link = home.way_in()
    page = person(home.url, java_script_enabled=False)
    page.goto(link)
    page.get_by_label("Indirizzo o codice dell'invito").fill(link)
    page.get_by_role("button", name="Continua").click()
    expect(page.get_by_role("heading", name="Scelga la password")).to_be_visible()


def test_through_the_identity_provider_and_back(house: Callable[..., House], person: Callable[..., Page]) -> None:
    doctor = User(sub="medico", claims={"email": "medico@example.org", "email_verified": True})
    stranger = User(sub="estranea", claims={"email": "nessuno@example.org", "email_verified": True})
    with run_server_in_thread(require_nonce=True, user_claims=[doctor, stranger]) as server:
        issuer = f"http://localhost:{server.server_port}"
        home = house("demo", oidc_issuer=issuer, oidc_client_id="rientro", oidc_client_secret="segreto")
        demo.create(*home.stores, clock.now())
        page = person(home.url)
        page.goto("/accesso/profilo")
        good(page, "entra-con-spid")
        page.get_by_role("link", name="Entra con SPID o CIE").click()
        page.wait_for_url(f"{issuer}/**")
        page.get_by_role("button", name="estranea").click()
        expect(page.get_by_role("heading", name="Accesso non riuscito")).to_be_visible()
        good(page, "spid-senza-accesso")
        page.get_by_role("link", name="Torna all'accesso").click()
        page.goto("/accesso/profilo")
        page.get_by_role("link", name="Entra con SPID o CIE").click()
        page.wait_for_url(f"{issuer}/**")
        page.get_by_role("button", name="medico").click()
        expect(page).to_have_url(f"{home.url}/accesso/profilo")
        expect(page.get_by_text("con SPID o CIE").first).to_be_visible()
