"""Erasing from the chat, from the person's page and from the console: afterwards no byte at rest tells who it was.

Every file is searched: database, write-ahead log, keys, and copies of the database made before the erasure.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from accounts import demo
from cases.errors import CaseNotFound
from cli.backup import backup, restore
from referrals.contact import Contact
from settings import clock
from settings.config import Settings
from tests.web.access.conftest import Browser
from tests.web.conftest import DEMO_OPERATORS, Chat, Site, start_chat
from tests.web.operators.conftest import CONSENT, Desk
from tests.web.referral_status.test_person_page import Person

MEASURE = "dote_ritorno_al_lavoro"
WORDS = ("Zenobia", "Quasimodini", "zenobia@example.org", "3912345678", "ocarinista", "Zibido San Giacomo")
PLAIN = "Mi chiamo Zenobia Quasimodini, sono ocarinista"


@dataclass
class Known:
    """A person of whom much is held."""

    site: Site
    chat: Chat
    code: str
    pin: str
    before: bytes


def found(*places: bytes) -> set[str]:
    """The person's words in any of the places."""
    return {word for place in places for word in WORDS if word.encode() in place}


def at_rest(site: Site) -> dict[str, bytes]:
    """Every byte of the data folder."""
    return {str(path): path.read_bytes() for path in site.settings.data_dir.rglob("*") if path.is_file()}


@pytest.fixture
def known(own_site: Site, tmp_path: Path) -> Known:
    """Somebody who told much, agreed, and has an open referral; then a copy of the database is made."""
    chat, services, now = start_chat(own_site.client()), own_site.services, clock.now()
    services.directory.import_csv(DEMO_OPERATORS, now)
    chat.say(PLAIN)
    case_id = chat.session
    services.cases.update(case_id, now, "persona", facts={"comune": "Zibido San Giacomo", "invalidita_percento": 83})
    services.cases.grant_consent(case_id, "salute", "Sono d'accordo.", "1", now)
    contact = Contact("Zenobia Quasimodini", "391 2345678", "zenobia@example.org")
    opened = services.referrals.open(case_id, "OPD01-01", MEASURE, contact, CONSENT, "1", case_id, now)
    services.referrals.transition(opened.code, "inviata", "sistema", now)
    archive = tmp_path / "prima.tar"
    backup(own_site.settings, archive, None, now)
    assert found(*at_rest(own_site).values(), archive.read_bytes()) == set()  # sealed even while it lives
    assert services.cases.get(case_id).facts["comune"] == "Zibido San Giacomo"
    return Known(own_site, chat, opened.code, opened.pin, archive.read_bytes())


def from_the_chat(known: Known) -> None:
    """The button under «I suoi dati»."""
    answer = known.chat.client.delete(known.chat.path, headers=known.chat.headers)
    assert answer.status_code == 204


def from_the_persons_page(known: Known) -> None:
    """Code, PIN, «Cancella i miei dati», yes."""
    person = Person(Desk(known.site, known.site.client()), known)
    asked = person.post("dati/cancella")
    assert "Cancellare tutto?" in asked.text and known.site.services.referrals.get(known.code).case_id
    done = person.post("dati/cancella", conferma="si")
    assert done.status_code == 200 and "Abbiamo cancellato i suoi dati" in done.text


def from_the_console(known: Known) -> None:
    """An administrator, by the code of the referral."""
    services = known.site.services
    demo.create(services.cases.session_factory, services.cases.keyring, clock.now())
    browser = Browser(known.site.url)
    browser.enter("amministratore@example.org")
    address = "/amministrazione/conservazione/persona"
    assert browser.post(address, codice=known.code).status_code == 422  # not confirmed
    assert browser.post(address, codice="RT-0000", conferma="si").status_code == 422
    assert services.referrals.get(known.code).case_id
    assert browser.post(address, codice=known.code.lower(), conferma="si").status_code == 303
    assert "ovunque" in browser.get("/amministrazione/conservazione?fatto=persona").text
    assert browser.post(address, codice=known.code, conferma="si").status_code == 422  # nobody is left
    register = browser.get("/amministrazione/registro?evento=caso_cancellato").text
    assert known.chat.session in register
    browser.http.close()


@pytest.mark.parametrize("erase", [from_the_chat, from_the_persons_page, from_the_console])
def test_after_erasing_no_byte_at_rest_tells_who_it_was(
    known: Known, erase: Callable[[Known], None], tmp_path: Path, log_lines: io.StringIO
) -> None:
    site, case_id = known.site, known.chat.session
    wrapped = site.services.cases.keyring._store.get([case_id])[case_id][1]
    assert any(wrapped in content for content in at_rest(site).values())

    erase(known)

    with pytest.raises(CaseNotFound):
        site.services.cases.get(case_id)
    after = at_rest(site)
    assert not [place for place, content in after.items() if wrapped in content]  # the key is nowhere
    assert found(*after.values(), known.before, log_lines.getvalue().encode()) == set()
    closed = site.services.referrals.get(known.code)
    assert (closed.state, closed.case_id) == ("annullata", None)

    # A copy of the database made before, put back with today's keys: the person is not in it any more.
    (tmp_path / "prima.tar").write_bytes(known.before)
    elsewhere = Settings(data_dir=tmp_path / "altrove")
    shutil.copytree(site.settings.keys_dir, elsewhere.keys_dir)
    restored = restore(elsewhere, tmp_path / "prima.tar", None, clock.now() + dt.timedelta(minutes=1))
    assert restored.erased_again == 1
    content = b"".join(path.read_bytes() for path in elsewhere.data_dir.rglob("*") if path.is_file())
    assert found(content) == set() and wrapped not in content


def test_a_consent_is_taken_back_alone_from_the_persons_page(known: Known) -> None:
    services, case_id = known.site.services, known.chat.session
    person = Person(Desk(known.site, known.site.client()), known)
    page = person.post("dati").text
    assert "Usare i dati sulla salute" in page and "Inviare i suoi recapiti" in page
    assert found(page.encode()) == set()  # who holds code and PIN reads nothing of what is held

    health = person.post("dati/consenso", scopo="salute").text
    assert "Le risposte sulla salute sono cancellate" in health
    record = services.cases.get(case_id)
    assert record.facts == {"comune": "Zibido San Giacomo"} and not record.consented("salute")
    assert record.consented("invio") and services.referrals.get(known.code).state == "inviata"

    assert person.post("dati/consenso", scopo="altro").status_code == 200  # unknown: nothing happens
    sending = person.post("dati/consenso", scopo="invio").text
    assert "non deve più contattarla" in sending
    assert not services.cases.get(case_id).consented("invio")
    assert services.referrals.get(known.code).state == "annullata"


def test_a_signed_plan_is_not_undone_by_taking_back_the_consent(known: Known) -> None:
    services, operator = known.site.services, "operatore:OPD01"
    for state in ("presa_in_carico", "appuntamento_fissato", "pip_sottoscritto"):
        services.referrals.transition(known.code, state, operator, clock.now())
    person = Person(Desk(known.site, known.site.client()), known)
    assert "annullo la richiesta" not in person.post("dati").text
    told = person.post("dati/consenso", scopo="invio").text
    assert "Lo dica anche all&#39;operatore" in told
    assert not services.cases.get(known.chat.session).consented("invio")
    assert services.referrals.get(known.code).state == "pip_sottoscritto"


def test_the_export_is_for_machines_and_for_people(known: Known, log_lines: io.StringIO) -> None:
    address = f"{known.chat.path}/export"
    machine = known.chat.client.get(address, headers=known.chat.headers)
    content = json.loads(machine.text)
    people = known.chat.client.get(f"{address}.html", headers=known.chat.headers)
    assert people.status_code == 200, log_lines.getvalue()[-1500:]
    assert people.headers["content-type"].startswith("text/html")
    assert found(machine.content) == set(WORDS)
    assert found(people.content) == found(machine.content)
    for words in ("Usare i dati sulla salute", "Inviare i recapiti", known.code, "La conversazione", "83"):
        assert words in people.text
    assert content["facts"]["invalidita_percento"] == 83
    other = start_chat(known.site.client())
    assert other.client.get(f"{address}.html", headers=other.headers).status_code in (401, 403, 404)
