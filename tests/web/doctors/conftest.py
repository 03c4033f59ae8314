"""The doctors' pages over real HTTP, scripts off: a doctor, and a patient with a link."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from accounts import demo
from referrals.models import OutboxRow
from settings import clock
from tests.web.access.conftest import Browser, visit  # noqa: F401  (fixture)
from tests.web.conftest import Site

MARTA = "medico@example.org"
MEASURE = "collocamento_mirato"
FACTS = {"occupazione": "disoccupato", "eta": "50", "invalidita_percento": "80", "provincia": "LO", "comune": "Lodi"}
PERSON = {"nome": "Zenobia Quattrocchi", "telefono": "333 1234567", "email": "zenobia@example.org"}


def hidden(page: str, name: str) -> str:
    """The value of the last hidden field of that name."""
    return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', page)[-1])


def plain(page: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


class Doctor:
    """A doctor who has entered."""

    def __init__(self, site: Site, email: str = MARTA) -> None:
        self.site = site
        self.browser = Browser(site.url)
        assert self.browser.enter(email).status_code == 303

    def get(self, path: str) -> httpx.Response:
        return self.browser.get(path)

    def post(self, path: str, files: Any = None, **fields: Any) -> httpx.Response:
        return self.browser.post(path, page="/medici", files=files, **fields)

    def check(self, state: str = "", action: str = "aggiorna", **facts: str) -> httpx.Response:
        """Fill in some facts."""
        return self.post("/medici", stato=state, azione=action, **{f"d.{fact}": value for fact, value in facts.items()})

    def state(self, **facts: str) -> str:
        """The sealed check of a patient."""
        return hidden(self.check(**(facts or FACTS)).text, "stato")

    def second_step(self, measure: str = MEASURE, **facts: str) -> dict[str, str]:
        """Go to the second step of a referral; the fields of its form."""
        first = {"stato": self.state(**facts), "misura": measure}
        page = self.post("/medici/segnalazione", **first).text
        site = re.search(r'type="radio" id="sede-1" name="sede" value="([^"]+)"', page).group(1)
        page = self.post("/medici/segnalazione", **first, sede=site, chiave=hidden(page, "chiave")).text
        assert "2. Recapiti e consenso" in page
        return {name: hidden(page, name) for name in ("stato", "misura", "sede", "chiave")}

    def send(self, fields: dict[str, str], action: str = "apri", **more: str) -> httpx.Response:
        """Press a button of the second step."""
        return self.post("/medici/segnalazione/invia", **(fields | PERSON | more), azione=action)

    def refer(self, **more: str) -> tuple[str, str]:
        """A referral with the consent given there; its code and PIN."""
        page = self.send(self.second_step(), consenso_invio="si", **more)
        assert page.status_code == 200, page.text
        return codes_of(page.text)

    def link(self, action: str = "link_email", **more: str) -> httpx.Response:
        """Prepare a patient's link."""
        return self.send(self.second_step(), action, avvisato="si", **more)


def codes_of(page: str) -> tuple[str, str]:
    """Code and PIN of a receipt."""
    return re.search(r"RT-[\w-]+", page).group(), re.search(r">(\d{6})<", page).group(1)


def mails(site: Site, kind: str) -> list[dict[str, str]]:
    """E-mails of a kind that wait to be sent, oldest first."""
    keyring = site.services.cases.keyring
    with site.services.cases.session_factory() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.created_at))
        return [keyring.cipher(row.scope).open("outbox", "payload", row.id, row.payload_sealed) for row in rows]


@pytest.fixture
def enter(site: Site) -> Iterator[Callable[..., Doctor]]:
    """Let a demo person in."""
    demo.create(site.services.cases.session_factory, site.services.cases.keyring, clock.now())
    opened: list[Doctor] = []

    def make(email: str = MARTA) -> Doctor:
        opened.append(Doctor(site, email))
        return opened[-1]

    yield make
    for doctor in opened:
        doctor.browser.http.close()


@pytest.fixture
def doctor(enter: Callable[..., Doctor]) -> Doctor:
    return enter()


@pytest.fixture
def patient(site: Site) -> Iterator[Browser]:
    """A browser of nobody in particular."""
    browser = Browser(site.url)
    yield browser
    browser.http.close()
