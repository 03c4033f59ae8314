"""What the person sees and does with code and PIN, over real HTTP and a real database."""

from __future__ import annotations

import datetime as dt
import re

import httpx
import icalendar
import pytest
from sqlalchemy import update

from referrals import slots
from referrals.contact import Contact, Preferences
from referrals.models import ReferralRow
from referrals.person import PersonSide
from referrals.views import Opened
from settings import clock
from tests.web.operators.conftest import Desk, hidden


class Person:
    """The person's browser on their referral's page."""

    def __init__(self, desk: Desk, opened: Opened) -> None:
        self.desk = desk
        self.opened = opened
        self.browser = desk.site.client(headers={"Accept": "text/html"})
        self.page = self.browser.get("/segnalazione").text
        answer = self.browser.post("/segnalazione", data=hidden(self.page) | {"codice": opened.code, "pin": opened.pin})
        assert answer.status_code == 200, answer.text
        self.page = answer.text

    def post(self, act: str, **fields: str) -> httpx.Response:
        keep = {name: value for name, value in hidden(self.page).items() if name in ("gettone", "aperta")}
        return self.browser.post(f"/segnalazione/{act}", data=keep | fields)

    def known(self) -> tuple[Contact, Preferences]:
        found = PersonSide(self.desk.services.referrals).contact(self.opened.code)
        assert found is not None
        return found


def current_step(html: str) -> str:
    return re.search(r'aria-current="step">.*?<strong>([^<]+)</strong>', html, re.S).group(1)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("aperta", "Registrata"),
        ("inviata", "Inviata all&#39;operatore"),
        ("presa_in_carico", "Presa in carico"),
        ("appuntamento_fissato", "Appuntamento fissato"),
        ("pip_sottoscritto", "Piano personale firmato"),
    ],
)
def test_the_line_of_steps_says_where_it_stands(desk: Desk, state: str, words: str) -> None:
    person = Person(desk, desk.referral(state))
    assert current_step(person.page) == words
    assert "Che cosa succede ora" in person.page
    assert "Ada Prova" not in person.page and "ada@example.org" not in person.page


def test_an_end_off_the_way_is_told_with_its_reason(desk: Desk) -> None:
    opened = desk.referral()
    desk.services.referrals.transition(opened.code, "rifiutata", "operatore:OPD01", clock.now(), "nessun_posto")
    page = Person(desk, opened).page
    assert 'class="is-fine"' in page and "Motivo: Al momento non ci sono posti." in page
    assert 'aria-current="step"' not in page


def test_choosing_one_of_the_times_on_offer(desk: Desk) -> None:
    opened = desk.referral("presa_in_carico")
    first = (clock.now() + dt.timedelta(days=9)).replace(second=0, microsecond=0)
    times = [slots.Slot(first), slots.Slot(first + dt.timedelta(days=1), 30, "telefono")]
    slots.propose(desk.services.referrals, opened.code, "operatore:OPD01", times, clock.now())
    person = Person(desk, opened)
    ids = list(dict.fromkeys(re.findall(r'name="appuntamento" value="(\w+)"', person.page)))
    assert "Scelga il giorno" in person.page and len(ids) == 2
    file = person.post("calendario", appuntamento=ids[0])
    event = icalendar.Calendar.from_ical(file.content).walk("VEVENT")[0]
    assert event["STATUS"] == "TENTATIVE" and event.decoded("DTSTART") == first
    assert "Ada" not in file.text and "dote" not in file.text.lower()
    no = person.post("appuntamento", appuntamento=ids[0], risposta="no")
    assert "Ha detto di no" in no.text
    yes = person.post("appuntamento", appuntamento=ids[1], risposta="si")
    assert "Ha confermato l&#39;appuntamento" in yes.text and current_step(yes.text) == "Appuntamento fissato"
    assert desk.state(opened.code) == "appuntamento_fissato"
    again = person.post("appuntamento", appuntamento=ids[0], risposta="si")
    assert again.status_code == 409
    assert person.post("calendario", appuntamento="altro").status_code == 404


def test_the_summary_is_a_tagged_pdf(desk: Desk) -> None:
    person = Person(desk, desk.referral())
    file = person.post("riepilogo")
    assert file.headers["content-type"] == "application/pdf" and file.content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in file.content and b"Ada" not in file.content
    assert person.opened.code in file.headers["content-disposition"]


def test_changing_contact_data_and_preferences(desk: Desk) -> None:
    preferences = Preferences(channel="email", helper="Bruna, 333 7654321")
    person = Person(desk, desk.referral("presa_in_carico", preferences=preferences))
    form = person.post("recapiti").text
    assert "••• 567" in form and "a•••@example.org" in form
    assert "Ada Prova" not in form and "1234567" not in form and "Bruna" not in form
    saved = person.post(
        "recapiti",
        azione="salva",
        telefono="345 9998887",
        canale="telefono",
        orari="dopo le 17",
        messaggi="si",
        lingua="ar",
        interprete="si",
        accessibilita="nessun gradino",
    )
    assert "I suoi dati sono cambiati" in saved.text
    contact, wishes = person.known()
    assert contact == Contact("Ada Prova", "+393459998887", "ada@example.org")
    assert wishes == Preferences("telefono", "dopo le 17", True, "ar", True, "nessun gradino", "Bruna, 333 7654321")
    person.post("recapiti", azione="salva", canale="nessuno", togli_aiuto="si", togli_email="si")
    contact, wishes = person.known()
    assert contact.email is None and wishes.helper == "" and wishes.channel == "nessuno"
    assert not wishes.may_leave_message


def test_wrong_contact_data_are_explained_and_nothing_is_lost(desk: Desk) -> None:
    person = Person(desk, desk.referral())
    for field, value in (("telefono", "12"), ("email", "ada@"), ("nome", "A")):
        answer = person.post("recapiti", azione="salva", canale="sms", orari="la sera", **{field: value})
        assert answer.status_code == 422 and f'id="{field}-errore"' in answer.text
        assert f'value="{value}"' in answer.text and 'value="la sera"' in answer.text
    nothing_left = person.post("recapiti", azione="salva", canale="sms", togli_telefono="si", togli_email="si")
    assert nothing_left.status_code == 422 and "Serve un numero" in nothing_left.text
    assert person.post("recapiti", azione="salva", canale="piccione").status_code == 422
    assert person.known()[0].telefono == "+393331234567"


def test_a_closed_referral_does_not_change(desk: Desk) -> None:
    person = Person(desk, desk.referral())
    person.post("annulla", conferma="si")
    assert person.post("recapiti").status_code == 409
    assert person.post("chiamata", risposta="si").status_code == 409


def _sent_days_ago(desk: Desk, code: str, days: float) -> None:
    moment = clock.now() - dt.timedelta(days=days)
    with desk.services.cases.session_factory() as session:
        session.execute(update(ReferralRow).where(ReferralRow.code == code).values(sent_at=moment))
        session.commit()


def test_did_anyone_call_you_is_asked_after_ten_days(desk: Desk) -> None:
    opened = desk.referral("presa_in_carico")
    assert "Qualcuno l'ha chiamata?" not in Person(desk, opened).page
    _sent_days_ago(desk, opened.code, 9.9)
    assert "Qualcuno l'ha chiamata?" not in Person(desk, opened).page
    _sent_days_ago(desk, opened.code, 10)
    person = Person(desk, opened)
    assert "Qualcuno l'ha chiamata?" in person.page
    assert "Lo segnaliamo" in person.post("chiamata", risposta="no").text
    assert "Grazie" in person.post("chiamata", risposta="si").text


@pytest.mark.parametrize("end", ["rifiutata", "scaduta"])
def test_the_next_operator_is_proposed_and_needs_a_new_consent(desk: Desk, end: str) -> None:
    opened = desk.referral()
    actor, reason = ("sistema", "nessuna_risposta") if end == "scaduta" else ("operatore:OPD01", "nessun_posto")
    desk.services.referrals.transition(opened.code, end, actor, clock.now(), reason)
    person = Person(desk, opened)
    sites = re.findall(r'name="sede" value="([\w-]+)"', person.page)
    assert len(sites) == 3 and not any(site.startswith("OPD01") for site in sites)
    asked = person.post("altro-operatore", sede=sites[0])
    name = desk.services.directory.site(sites[0]).operator
    assert f"siano inviati a {name}" in asked.text and desk.state(opened.code) == end
    sent = person.post("altro-operatore", sede=sites[0], conferma="si")
    assert "La richiesta nuova è partita" in sent.text and current_step(sent.text) == "Registrata"
    old = desk.services.referrals.get(opened.code)
    assert old.state == "riassegnata" and old.next_code and old.next_code in sent.text
    # the same PIN opens the new one; the old page tells where it went; a second click makes no second attempt
    new = Person(desk, Opened(old.next_code, opened.pin, "", "", opened.site))
    assert new.opened.code in new.page
    assert old.next_code in Person(desk, opened).page
    assert person.post("altro-operatore", sede=sites[0], conferma="si").status_code == 422
    contact = PersonSide(desk.services.referrals).contact(old.next_code)
    assert contact is not None and contact[0].nome == "Ada Prova"


def test_a_site_that_was_not_offered_is_refused(desk: Desk) -> None:
    opened = desk.referral()
    person = Person(desk, opened)
    assert person.post("altro-operatore", sede="OPD02-01", conferma="si").status_code == 422
    assert desk.state(opened.code) == "inviata"


def test_nothing_opens_without_the_page_s_own_form(desk: Desk) -> None:
    person = Person(desk, desk.referral())
    acts = ("stato", "recapiti", "riepilogo", "calendario", "appuntamento", "chiamata", "altro-operatore", "annulla")
    for act in acts:
        assert person.post(act, aperta="gAAAA").status_code == 403, act
        assert person.post(act, gettone="x").status_code == 403, act
    assert person.post("stato").status_code == 200


def test_the_operator_s_act_shows_when_the_page_is_refreshed(ours: Desk) -> None:
    opened = ours.referral()
    person = Person(ours, opened)
    assert current_step(person.page) == "Inviata all&#39;operatore"
    ours.post(f"/operatore/segnalazioni/{opened.code}/prendi")
    assert current_step(person.post("stato").text) == "Presa in carico"


def test_the_services_of_the_signed_plan_are_shown(desk: Desk) -> None:
    opened = desk.referral("appuntamento_fissato")
    line = {"service": "tutoring", "title": "Tutoraggio", "hours": 10.5, "amount": 300.0, "sources": []}
    plan = {"lines": [line], "hours": 10.5, "amount": 300.0, "signed_on": "2026-01-09"}
    assert "Il suo piano personale" not in Person(desk, opened).page
    desk.side().sign_plan(opened.code, "operatore:OPD01", plan, clock.now())
    page = Person(desk, opened).page
    assert "Il suo piano personale" in page and "Tutoraggio, 10,5 ore" in page
    assert "Lo ha firmato il 9/01/2026" in page or "09/01/2026" in page
