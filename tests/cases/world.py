"""A small world for tests: a database, its keys, a clock that the test moves, and people in it."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cases.db import make_engine, make_session_factory, writing
from cases.keys import Keyring
from cases.record import CaseRecord
from cases.service import Cases
from referrals import confirmations, mailbox
from referrals.appointments import Appointments
from referrals.contact import Contact
from referrals.directory import Directory
from referrals.jobs import Jobs
from referrals.models import OutboxRow
from referrals.operators import OperatorSide
from referrals.person import PersonSide
from referrals.service import Referrals
from referrals.views import Opened
from referrals.worker import Worker
from settings.config import Settings

MEASURE = "dote_ritorno_al_lavoro"
CONSENT = "Sono d'accordo: inviate i miei recapiti a questo operatore."
OPERATORS = """\
operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,telefono,email,misure,posti,aggiornato_il,dimostrativo
ALFA,Operatore dimostrativo Alfa,ALFA-1,Alfa Milano,Via Prova 1,Milano,MI,02 0000001,alfa@example.org,dote_ritorno_al_lavoro;azioni_di_rete,3,2025-05-01,sì
BETA,Operatore dimostrativo Beta,BETA-1,Beta Monza,Via Prova 2,Monza,MB,,beta@example.org,dote_ritorno_al_lavoro;azioni_di_rete,2,2025-05-01,sì
GAMMA,Operatore dimostrativo Gamma,GAMMA-1,Gamma Lodi,Via Prova 3,Lodi,LO,,gamma@example.org,dote_ritorno_al_lavoro,1,2025-05-01,sì
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class World:
    """Everything a test needs, on one database. Tuesday 3 June 2025, noon in Italy, until moved."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.now = datetime(2025, 6, 3, 10, tzinfo=UTC)
        self.settings = Settings(data_dir=folder, database_url=database, public_url="https://rientro.example.org")
        self.engine = make_engine(database, pool_size=20)
        self.factory = make_session_factory(self.engine)
        self.keyring = Keyring.open(folder / "keys")
        self.cases = Cases(self.factory, self.keyring)
        self.directory = Directory(self.factory)
        self.referrals = Referrals(self.factory, self.keyring, lambda: self.settings)
        self.person = PersonSide(self.referrals)
        self.operators = OperatorSide(self.referrals)
        self.appointments = Appointments(self.referrals)
        self.jobs = Jobs(self.factory, self.keyring, self.settings)
        self.mailbox = mailbox.Mailbox(self.factory, self.keyring)
        self._smtp = None
        self._keys = 0

    def later(self, **time: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**time)
        return self.now

    @property
    def today(self) -> date:
        """The day it is."""
        return self.now.date()

    def with_operators(self) -> "World":
        """Fill the directory with three operators."""
        report = self.directory.import_csv(OPERATORS, self.now)
        assert report.ok, report.text()
        return self

    def a_case(self, **facts: object) -> CaseRecord:
        """A new case of a citizen."""
        record = self.cases.open("cittadino", self.now)
        return self.cases.update(record.id, self.now, "persona", facts=facts) if facts else record

    def a_referral(self, case_id: str | None = None, site: str = "ALFA-1", key: str | None = None, **more) -> Opened:
        """A referral just opened, for Ada, who confirmed her address."""
        self._keys += 1
        confirmed = more.pop("confirmed", True)
        contact = more.pop("contact", None) or Contact("Ada Prova", "333 1234567", "ada@example.org")
        case_id = case_id or self.a_case().id
        if confirmed and contact.email:
            with writing(self.factory) as session:
                confirmations.mark_in(session, self.keyring, case_id, contact.email, self.now)
        return self.referrals.open(
            case_id,
            site,
            more.pop("measure", MEASURE),
            contact,
            more.pop("consent", CONSENT),
            "1",
            key or f"key {self._keys}",
            self.now,
            **more,
        )

    def sent(self, **more) -> Opened:
        """A referral in state ``inviata``."""
        opened = self.a_referral(**more)
        self.referrals.transition(opened.code, "inviata", "sistema", self.now)
        return opened

    def at_state(self, state: str, site: str = "ALFA-1", **more) -> Opened:
        """A referral that went the permitted way to ``state``."""
        operator = "operatore:" + site.partition("-")[0]
        ways = {
            "aperta": [],
            "inviata": ["inviata"],
            "presa_in_carico": ["inviata", "presa_in_carico"],
            "rifiutata": ["inviata", "rifiutata"],
            "scaduta": ["inviata", "scaduta"],
            "appuntamento_fissato": ["inviata", "presa_in_carico", "appuntamento_fissato"],
            "pip_sottoscritto": ["inviata", "presa_in_carico", "appuntamento_fissato", "pip_sottoscritto"],
            "conclusa": ["inviata", "presa_in_carico", "appuntamento_fissato", "pip_sottoscritto", "conclusa"],
            "annullata": ["annullata"],
            "riassegnata": ["inviata", "scaduta", "riassegnata"],
        }
        by_system = {"inviata": None, "scaduta": "nessuna_risposta"}
        opened = self.a_referral(site=site, **more)
        for step in ways[state]:
            if step in by_system:
                self.referrals.transition(opened.code, step, "sistema", self.now, by_system[step])
            elif step in ("annullata", "riassegnata"):
                self.referrals.transition(opened.code, step, "persona", self.now)
            else:
                reason = "nessun_posto" if step == "rifiutata" else None
                self.referrals.transition(opened.code, step, operator, self.now, reason)
        return opened

    def deliver(self) -> int:
        """Let the worker deliver all that is due, into the local mailbox over real SMTP."""
        if self._smtp is None:
            self._smtp = mailbox.serve(self.factory, self.keyring, free_port(), lambda: self.now)
        return asyncio.run(self._drain())

    async def _drain(self) -> int:
        worker = Worker(self.factory, self.keyring, self.settings, lambda: self.now, self._smtp.port)
        try:
            return await worker.drain()
        finally:
            await worker.close()

    def run_jobs(self) -> dict[str, int]:
        """Run every job at the present moment."""
        return {name: job(self.now) for name, job in self.jobs.all()}

    def mails(self, to: str | None = None) -> list[mailbox.Mail]:
        """Mails caught so far, oldest first: by arrival, then by when they were written."""
        with self.factory() as session:
            written = dict(session.execute(select(OutboxRow.id, OutboxRow.created_at)).all())
        never = datetime.max.replace(tzinfo=UTC)
        found = self.mailbox.list(limit=1000)
        found.sort(key=lambda mail: (mail.received_at, written.get(mail.id, never), mail.id))
        return [mail for mail in found if to in (None, mail.to)]

    def close(self) -> None:
        """Let go of ports and connections."""
        if self._smtp is not None:
            self._smtp.stop()
        self.engine.dispose()
        self.keyring.close()


@pytest.fixture
def world(database: str, tmp_path: Path) -> Iterator[World]:
    """An empty world."""
    folder = tmp_path / "dati"
    folder.mkdir(exist_ok=True)
    made = World(database, folder)
    yield made
    made.close()
