"""The patient's link: read, agree or refuse; expired, used, withdrawn or invented."""

from __future__ import annotations

import datetime as dt
import re

import httpx
import pytest
import time_machine
from sqlalchemy import func, select

import texts
from cases.models import CaseRow
from referrals.jobs import Jobs
from referrals.models import ReferralRow
from settings import clock
from tests.web.access.conftest import Browser
from tests.web.doctors.conftest import MEASURE, Doctor, codes_of, hidden, mails, plain


def send_link(doctor: Doctor, **more: str) -> str:
    """Prepare a link by e-mail; its secret as the patient finds it."""
    answer = doctor.link(**more)
    assert answer.status_code == 200, answer.text
    return re.search(r"/consenso#(\S+)", mails(doctor.site, "persona_consenso")[-1]["text"]).group(1)


def open_link(patient: Browser, token: str, **fields: str) -> httpx.Response:
    return patient.post("/consenso", page="/consenso", link=token, **fields)


def rows(site, table) -> int:
    with site.services.cases.session_factory() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_patient_reads_who_gets_what_and_agrees(doctor: Doctor, patient: Browser, site) -> None:
    before = rows(site, ReferralRow)
    token = send_link(doctor)
    assert rows(site, ReferralRow) == before, "nothing goes before the yes"
    page = open_link(patient, f"https://rientro.example.org/consenso#{token}")
    words = plain(page.text)
    assert page.status_code == 200 and "Marta Medico" in words and "Zenobia Quattrocchi" in words
    assert "1234567" not in words and "zenobia@" not in words, "contact data only as far as one recognises them"
    operator = re.search(r"inviati a (.+?)\. L'operatore", words).group(1)
    assert texts.say("consensi.invio", "cittadino", operatore=operator) in words
    assert texts.say("consensi.medico_segue", "cittadino") in words
    key = hidden(page.text, "chiave")
    unticked = open_link(patient, token, risposta="si", chiave=key)
    assert unticked.status_code == 422 and "segni la casella" in unticked.text
    assert rows(site, ReferralRow) == before
    done = open_link(patient, token, risposta="si", accordo="si", chiave=key)
    code, pin = codes_of(done.text)
    referral = site.services.referrals.get(code)
    assert site.services.referrals.check_pin(code, pin) and referral.measure == MEASURE
    record = site.services.cases.get(referral.case_id)
    assert record.consents["invio"].text.startswith("Sono d'accordo") and "salute" not in record.consents
    assert "invalidita_percento" not in record.facts
    status = patient.post("/segnalazione/stato", page="/consenso", aperta=hidden(done.text, "aperta"))
    assert status.status_code == 200 and code in status.text
    assert code in doctor.get("/medici/segnalazioni").text
    assert referral.site.operator == operator


def test_a_double_click_gives_the_same_code_and_a_later_visit_gives_none(doctor, patient, site) -> None:
    token = send_link(doctor)
    key = hidden(open_link(patient, token).text, "chiave")
    first = open_link(patient, token, risposta="si", accordo="si", chiave=key)
    second = open_link(patient, token, risposta="si", accordo="si", chiave=key)
    assert codes_of(first.text) == codes_of(second.text)
    for again in (
        open_link(patient, token),
        open_link(patient, token, risposta="si", accordo="si", chiave="un'altra pagina"),
        open_link(patient, token, risposta="no"),
    ):
        assert again.status_code == 410 and not re.search(r">\d{6}<", again.text)
    assert "già stato usato" in open_link(patient, token).text
    assert site.services.referrals.get(codes_of(first.text)[0]).state == "aperta", "a no after the yes undoes nothing"


def test_a_no_erases_everything_and_the_doctor_sees_only_that(doctor, patient, site) -> None:
    cases, referrals = rows(site, CaseRow), rows(site, ReferralRow)
    token = send_link(doctor, nome="Ottavia Contraria")
    assert "Ottavia Contraria" in doctor.get("/medici/consensi").text
    done = open_link(patient, token, risposta="no")
    assert done.status_code == 200 and "Abbiamo cancellato" in plain(done.text)
    assert (rows(site, CaseRow), rows(site, ReferralRow)) == (cases, referrals)
    page = plain(doctor.get("/medici/consensi").text)
    assert "Ottavia" not in page and "Il paziente ha detto no" in page
    assert open_link(patient, token).status_code == 410


def test_an_expired_link_says_so_and_is_erased(doctor, patient, site) -> None:
    cases = rows(site, CaseRow)
    token = send_link(doctor)
    with time_machine.travel(clock.now() + dt.timedelta(days=7, minutes=1), tick=True):
        patient.http.cookies.clear()
        late = open_link(patient, token, risposta="si", accordo="si", chiave="chiave")
        assert late.status_code == 410 and "Può essere scaduto" in plain(late.text)
        jobs = Jobs(site.services.cases.session_factory, site.services.cases.keyring, site.settings)
        assert jobs.consent_requests(clock.now()) >= 1
    assert rows(site, CaseRow) == cases
    assert "Link scaduto" in doctor.get("/medici/consensi").text


def test_the_doctor_withdraws_once_however_often_pressed(doctor, patient, site, enter) -> None:
    token = send_link(doctor)
    request_id = re.search(r"/medici/consensi/([0-9a-f]{32})/ritira", doctor.get("/medici/consensi").text).group(1)
    first, second = (doctor.post(f"/medici/consensi/{request_id}/ritira") for _ in range(2))
    assert first.headers["location"].endswith("?fatto=ritirata") and second.headers["location"] == "/medici/consensi"
    assert open_link(patient, token).status_code == 410
    for strange in ("x", "0" * 32, "%2e%2e"):
        assert doctor.post(f"/medici/consensi/{strange}/ritira").status_code in (303, 404, 422)


def test_a_double_click_prepares_one_link(doctor: Doctor, site) -> None:
    fields, before = doctor.second_step(), len(mails(site, "persona_consenso"))
    answers = [doctor.send(fields, "link_email", avvisato="si") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(mails(site, "persona_consenso")) == before + 1


def test_the_patient_must_have_agreed_to_the_link_too(doctor: Doctor, site) -> None:
    before = rows(site, CaseRow)
    for action in ("link_email", "link_carta"):
        refused = doctor.send(doctor.second_step(), action, consenso_invio="si")
        assert refused.status_code == 422 and "Prima del link" in refused.text
    no_mail = doctor.link(email="")
    assert no_mail.status_code == 422 and "serve l'indirizzo e-mail" in plain(no_mail.text)
    assert rows(site, CaseRow) == before


def test_a_link_on_paper_sends_nothing_and_works(doctor: Doctor, patient: Browser, site) -> None:
    before = len(mails(site, "persona_consenso"))
    answer = doctor.link("link_carta", email="")
    assert answer.status_code == 200 and len(mails(site, "persona_consenso")) == before
    assert 'aria-label="Codice QR che apre la richiesta da confermare"' in answer.text
    paper = site.services.sealer.open("doctor-letter", hidden(answer.text, "foglio"))
    token = paper["letter"]["url"].partition("#")[2]
    assert open_link(patient, token).status_code == 200
    letter = doctor.post("/medici/lettera", foglio=hidden(answer.text, "foglio"))
    assert letter.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize("link", ["", "inventato", "x" * 400, "' OR 1=1 --", "<script>", "\x00", "#", "à#é"])
def test_strange_links_open_nothing(patient: Browser, link: str) -> None:
    for answer in ({}, {"risposta": "si", "accordo": "si", "chiave": "k"}, {"risposta": "no"}, {"risposta": "boh"}):
        page = open_link(patient, link, **answer)
        assert page.status_code == 410 and "<script>" not in page.text.replace("<script type", "")


def test_the_secret_is_in_no_address_and_no_log(doctor, patient, log_lines) -> None:
    token = send_link(doctor)
    page = open_link(patient, token)
    assert token not in str(page.url) + str(page.headers)
    assert token not in patient.get(f"/consenso?link={token}").text
    open_link(patient, token, risposta="no")
    assert token not in log_lines.getvalue()


def test_an_answer_without_the_form_s_token_does_nothing(doctor, patient) -> None:
    token = send_link(doctor)
    patient.get("/consenso")
    assert patient.http.post("/consenso", data={"link": token, "risposta": "no"}).status_code == 403
    assert open_link(patient, token).status_code == 200


def test_an_operator_that_left_leaves_the_patient_free(doctor, patient, site) -> None:
    token = send_link(doctor)
    key = hidden(open_link(patient, token).text, "chiave")
    table = ReferralRow.metadata.tables["site"]
    chosen = site.services.directory.nearest("Lodi", "LO", MEASURE, 1, clock.today(), key)
    with site.services.cases.session_factory() as session:
        session.execute(table.update().values(active=False))
        session.commit()
    try:
        gone = open_link(patient, token, risposta="si", accordo="si", chiave=key)
        assert gone.status_code == 409 and "non è più disponibile" in plain(gone.text)
    finally:
        with site.services.cases.session_factory() as session:
            session.execute(table.update().values(active=True))
            session.commit()
    assert chosen and open_link(patient, token, risposta="si", accordo="si", chiave=key).status_code == 200
