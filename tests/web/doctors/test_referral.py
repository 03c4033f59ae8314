"""A referral with the consent given in the surgery, and the doctor's own list."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update

import texts
from accounts import people
from accounts.models import AccountRow
from cases.db import writing
from cases.models import CaseRow, JournalRow
from settings import clock
from tests.web.doctors.conftest import MEASURE, PERSON, Doctor, codes_of, hidden, plain


@pytest.fixture
def colleague(enter, site) -> Doctor:
    """Another doctor."""
    services = site.services
    with writing(services.cases.session_factory) as session:
        row = people.by_email_in(session, services.cases.keyring, "medico2@example.org")
        if row is None:
            keyring, now = services.cases.keyring, clock.now()
            first = people.by_email_in(session, keyring, "medico@example.org")
            row = people.create_in(
                session, keyring, name="Mario Medico (di prova)", email="medico2@example.org", role="medico",
                actor="sistema", now=now, demo=True,
            )  # fmt: skip
            session.execute(update(AccountRow).where(AccountRow.id == row.id).values(password_hash=first.password_hash))
    return enter("medico2@example.org")


def cases_of(site) -> int:
    with site.services.cases.session_factory() as session:
        return session.scalar(select(func.count()).select_from(CaseRow)) or 0


def test_with_the_consent_the_referral_goes(doctor: Doctor, site) -> None:
    fields = doctor.second_step()
    page = doctor.post("/medici/segnalazione", **{name: fields[name] for name in ("stato", "misura", "sede")}).text
    site_row = site.services.directory.site(fields["sede"])
    words = texts.say("consensi.invio", "medico", operatore=site_row.operator)
    assert words in plain(page) and texts.say("consensi.salute", "medico") in plain(page)
    done = doctor.send(fields, consenso_invio="si", consenso_salute="si")
    code, pin = codes_of(done.text)
    referral = site.services.referrals.get(code)
    assert (referral.measure, referral.site.site_id) == (MEASURE, fields["sede"])
    assert site.services.referrals.check_pin(code, pin)
    record = site.services.cases.get(referral.case_id)
    assert record.facts["invalidita_percento"] == 80 and record.consents["invio"].text.startswith(words)
    assert record.consents["salute"].active
    assert 'aria-label="Codice QR che apre la pagina della richiesta"' in done.text


def test_without_the_consent_nothing_goes_and_nothing_is_kept(doctor: Doctor, site) -> None:
    before = cases_of(site)
    refused = doctor.send(doctor.second_step())
    assert refused.status_code == 422 and "Senza il consenso" in refused.text
    assert PERSON["nome"] in refused.text, "what was typed is still there"
    refused = doctor.send(doctor.second_step(), avvisato="si")
    assert refused.status_code == 422, "agreeing to a link is not agreeing to be sent"
    assert cases_of(site) == before


def test_without_the_consent_to_health_data_those_are_not_kept(doctor: Doctor, site) -> None:
    code, _ = doctor.refer()
    record = site.services.cases.get(site.services.referrals.get(code).case_id)
    assert record.facts == {"occupazione": "disoccupato", "eta": 50, "provincia": "LO", "comune": "Lodi"}
    assert "salute" not in record.consents


def test_a_check_without_health_facts_asks_no_consent_for_them(doctor: Doctor) -> None:
    state = doctor.state(occupazione="disoccupato", provincia="LO")
    page = doctor.post("/medici/segnalazione", stato=state, misura=MEASURE).text
    chosen = re.search(r'id="sede-1" name="sede" value="([^"]+)"', page).group(1)
    page = doctor.post("/medici/segnalazione", stato=state, misura=MEASURE, sede=chosen).text
    assert 'name="consenso_invio"' in page and 'name="consenso_salute"' not in page


def test_a_double_click_is_one_referral(doctor: Doctor, site) -> None:
    fields, before = doctor.second_step(), cases_of(site)
    pages = [doctor.send(fields, consenso_invio="si") for _ in range(3)]
    assert len({codes_of(page.text) for page in pages}) == 1
    assert cases_of(site) == before + 1
    changed = doctor.send(fields, consenso_invio="si", nome="Altra Persona")
    assert changed.status_code == 409 and "già partita con altri dati" in changed.text
    assert cases_of(site) == before + 1


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"nome": ""}, 422, "Scriva il nome"),
        ({"nome": "<script>alert(1)</script>"}, 422, "Scriva il nome"),
        ({"telefono": "", "email": ""}, 422, "Serve un numero di telefono"),
        ({"telefono": "1"}, 422, "non sembra giusto"),
        ({"codice_fiscale": "ABC"}, 422, "codice fiscale non sembra giusto"),
        ({"canale": "piccione"}, 422, "Scelga telefono"),
        ({"sede": "NON-ESISTE"}, 409, "non è più disponibile"),
        ({"sede": ""}, 409, "non è più disponibile"),
    ],
)
def test_what_is_wrong_is_said(doctor: Doctor, site, change: dict[str, str], status: int, words: str) -> None:
    before = cases_of(site)
    answer = doctor.send(doctor.second_step(), **({"consenso_invio": "si"} | change))
    assert answer.status_code == status and words in answer.text
    assert "<script>alert" not in answer.text
    assert cases_of(site) == before


def test_the_same_patient_twice_for_a_measure_is_refused(doctor: Doctor) -> None:
    cf = "RSSMRA80A01F205X"
    doctor.refer(codice_fiscale=cf)
    again = doctor.send(doctor.second_step(), consenso_invio="si", codice_fiscale=cf)
    assert again.status_code == 409 and "già una richiesta aperta" in again.text


def test_operators_are_the_nearest_and_a_strange_town_is_told(doctor: Doctor) -> None:
    state = doctor.state(occupazione="disoccupato")
    page = doctor.post("/medici/segnalazione", stato=state, misura=MEASURE, luogo="Bergamo").text
    first = page[page.index('for="sede-1"') :][:300]
    assert "(BG)" in first and "vicino a Bergamo" in page
    strange = doctor.post("/medici/segnalazione", stato=state, misura=MEASURE, luogo="Atlantide<b>")
    assert strange.status_code == 422 and "Non troviamo questo comune" in strange.text and "<b>" not in strange.text


def test_a_measure_that_is_excluded_is_not_offered(doctor: Doctor) -> None:
    state = doctor.state(occupazione="dipendente_tempo_indeterminato", eta="70", categoria_art18="false")
    page = doctor.post("/medici/segnalazione", stato=state, misura="collocamento_mirato").text
    assert 'value="collocamento_mirato"' not in page


def test_the_letter_carries_code_pin_and_qr_and_nothing_about_health_or_name(doctor: Doctor, site) -> None:
    done = doctor.send(doctor.second_step(), consenso_invio="si", consenso_salute="si")
    code, pin = codes_of(done.text)
    answer = doctor.post("/medici/lettera", foglio=hidden(done.text, "foglio"))
    assert answer.headers["content-type"] == "application/pdf" and answer.headers["cache-control"] == "no-store"
    text = read(answer.content)
    assert code in text and pin in text and site.services.referrals.get(code).operator in text
    plain = text.replace(code, "").replace(pin, "").replace("800", "")
    assert "Zenobia" not in plain and "333" not in plain and "80" not in plain
    assert "Marta Medico" in text


def test_the_letter_after_a_check_only(doctor: Doctor) -> None:
    answer = doctor.post("/medici/lettera", stato=doctor.state())
    text = read(answer.content)
    assert "Lavoro e aiuti in Lombardia" in text and "Che cosa preparare" in text
    assert "Chiusa il 31/12/2020" in text
    assert not re.search("80%|disoccupat|50 anni|Lodi", text.replace("Lavoro", "")), "no fact of the patient"


def read(content: bytes) -> str:
    """The text of a PDF that is tagged, has a title and a language."""
    pdf = PdfReader(io.BytesIO(content))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("it") and root["/StructTreeRoot"]
    assert pdf.metadata.title
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_a_letter_cannot_be_forged_nor_taken_over(doctor: Doctor, colleague: Doctor) -> None:
    done = doctor.send(doctor.second_step(), consenso_invio="si")
    paper = hidden(done.text, "foglio")
    assert colleague.post("/medici/lettera", foglio=paper).status_code == 403
    assert doctor.post("/medici/lettera", foglio=paper[:-4] + "AAAA").status_code == 403
    assert doctor.post("/medici/lettera", foglio=doctor.state()).status_code == 403


def test_the_list_shows_one_s_own_with_state_and_next_step(doctor: Doctor, colleague: Doctor, site) -> None:
    code, _ = doctor.refer()
    site.services.referrals.transition(code, "inviata", "sistema", clock.now())
    page = plain(doctor.get("/medici/segnalazioni").text)
    assert code in page and "Zenobia Quattrocchi" in page and "L'operatore deve rispondere" in page
    assert code not in colleague.get("/medici/segnalazioni").text
    own = doctor.get(f"/medici/segnalazioni/{code}")
    assert own.status_code == 200 and "Inviata all'operatore" in plain(own.text)
    assert colleague.get(f"/medici/segnalazioni/{code}").status_code == 404
    for strange in ("RT-0000-0000-0000-0", "x" * 40, "%00", "..%2f..%2fetc"):
        assert doctor.get(f"/medici/segnalazioni/{strange}").status_code in (404, 422)
    with site.services.cases.session_factory() as session:
        referral_id = site.services.referrals.get(code).id
        rows = session.scalars(select(JournalRow).where(JournalRow.subject == referral_id))
        assert [row.actor.partition(":")[0] for row in rows if row.event == "scheda_letta"] == ["medico"]


def test_filters_and_addresses_cut_short(doctor: Doctor, site) -> None:
    code, _ = doctor.refer()
    site.services.referrals.cancel(code, "persona", clock.now())
    assert code in doctor.get("/medici/segnalazioni?stato=annullata").text
    assert code not in doctor.get("/medici/segnalazioni?stato=conclusa").text
    assert "Nessuna segnalazione qui" in doctor.get("/medici/segnalazioni?stato=conclusa").text
    assert code not in doctor.get("/medici/segnalazioni?misura=tirocinio").text
    for query in ("stato=inventato", "misura=%3Cb%3E", "dopo=xx", "dopo=WzEsMl0="):
        answer = doctor.get(f"/medici/segnalazioni?{query}")
        assert answer.status_code == 200 and "<b>" not in answer.text


def test_an_empty_list_says_what_to_do(colleague: Doctor) -> None:
    assert "Ancora nessuna segnalazione" in colleague.get("/medici/segnalazioni").text
    assert "Nessun link in attesa" in colleague.get("/medici/consensi").text


def test_no_log_line_holds_a_name_a_code_or_a_fact(doctor: Doctor, log_lines) -> None:
    code, pin = doctor.refer()
    doctor.get(f"/medici/segnalazioni/{code}")
    written = log_lines.getvalue()
    assert "/medici/segnalazioni" in written
    for word in ("Zenobia", "Quattrocchi", code, pin, "zenobia@example.org"):
        assert word not in written
