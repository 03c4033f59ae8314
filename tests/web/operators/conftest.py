"""The real application on a database with two operators and a person's referrals."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from accounts import people, sessions
from accounts.models import AccountRow
from cases.db import writing
from referrals import links
from referrals.contact import Contact
from referrals.operators import OperatorSide
from referrals.views import Opened
from settings import clock
from tests.web.conftest import Site
from web import account_session

MEASURE = "dote_ritorno_al_lavoro"
CONSENT = "Sono d'accordo: inviate i miei recapiti a questo operatore."
PHONE = "+393331234567"
OURS, THEIRS = "OPD01", "OPD02"


@dataclass
class Desk:
    """An operator's browser and what stands behind the application."""

    site: Site
    browser: httpx.Client

    @property
    def services(self) -> Any:
        return self.site.services

    def referral(
        self, state: str = "inviata", site_id: str = "OPD01-01", measure: str = MEASURE, **more: Any
    ) -> Opened:
        """A referral of Ada Prova, taken to ``state`` by the permitted way."""
        cases, referrals, now = self.services.cases, self.services.referrals, clock.now()
        case = cases.open("cittadino", now)
        cases.update(case.id, now, "persona", facts=more.pop("facts", {"provincia": "MI", "invalidita_percento": 80}))
        contact = more.pop("contact", None) or Contact("Ada Prova", "333 1234567", "ada@example.org")
        opened = referrals.open(case.id, site_id, measure, contact, CONSENT, "1", case.id, now, **more)
        operator = f"operatore:{site_id.partition('-')[0]}"
        for step, actor in {
            "inviata": "sistema",
            "presa_in_carico": operator,
            "appuntamento_fissato": operator,
            "pip_sottoscritto": operator,
        }.items():
            if state == "aperta":
                break
            referrals.transition(opened.code, step, actor, now)
            if step == state:
                break
        return opened

    def enter(self, operator: str = OURS, code: str | None = None) -> None:
        """Come in with an account of the operator, or by the link that an e-mail gives to one referral."""
        if code is None:
            self.enter_with_account(operator)
            return
        with self.services.cases.session_factory() as session:
            referral = self.services.referrals.writer.row_in(session, code)
            token = links.create_in(
                session, links.OPERATOR_REFERRAL, clock.now(), operator, referral.id, referral.case_id
            )
            session.commit()
        response = self.use(token)
        assert response.status_code == 303, response.text

    def use(self, token: str) -> httpx.Response:
        """Press the button of the page that a link opens."""
        page = self.browser.get("/operatori/entra")
        url = links.operator_url(self.site.url, token)
        return self.browser.post("/operatori/entra", data=hidden(page.text) | {"link": url})

    def enter_with_account(self, operator: str = OURS) -> str:
        """A colleague of the operator, just come in with both factors; their account's id."""
        services = self.services
        with writing(services.cases.session_factory) as session:
            row = people.create_in(
                session,
                services.cases.keyring,
                name="Olga Prova",
                email=f"{uuid.uuid4().hex}@example.org",
                role="operatore",
                operator_id=operator,
                actor="sistema",
                now=clock.now(),
            )
            row.password_hash = "x"
            session.flush()
            lives = sessions.Lives(dt.timedelta(hours=10), dt.timedelta(hours=1))
            token = sessions.open_in(session, row.id, sessions.FULL, "password", "Firefox", clock.now(), lives)
            self.browser.cookies.set(account_session.NAME, token, path="/")
            return row.id

    def post(self, address: str, **fields: Any) -> httpx.Response:
        """Send a form of a page that was just read."""
        token = hidden(self.browser.get("/operatori/entra").text)["gettone"]
        return self.browser.post(address, data={"gettone": token, **fields})

    def state(self, code: str) -> str:
        """The state of a referral now."""
        return str(self.services.referrals.get(code).state)

    def side(self) -> OperatorSide:
        return OperatorSide(self.services.referrals)


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))


@pytest.fixture
def desk(site: Site) -> Iterator[Desk]:
    """A browser of nobody yet."""
    with site.client(headers={"Accept": "text/html"}) as browser:
        yield Desk(site, browser)
    with writing(site.services.cases.session_factory) as session:
        # Where an operator has accounts its links open nothing by themselves: the next test begins without.
        session.execute(delete(AccountRow).where(AccountRow.operator_id.is_not(None), AccountRow.demo.is_(False)))


@pytest.fixture
def ours(desk: Desk) -> Desk:
    """A browser in which a colleague of operator ``OURS`` entered."""
    desk.enter()
    return desk
