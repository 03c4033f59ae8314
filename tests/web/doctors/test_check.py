"""The check of requirements: it shrinks, it is the engine's, it stores nothing, it asks no diagnosis."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from sqlalchemy import func, select

import eligibility
from cases.models import CaseRow, JournalRow
from settings import clock
from tests.web.doctors.conftest import FACTS, Doctor, hidden, plain

ALL = {
    "occupazione": "dipendente_tempo_indeterminato",
    "provincia": "MI",
    "eta": "50",
    "residenza_lombardia": "true",
    "sede_lavoro_lombardia": "true",
    "rientrato_al_lavoro": "true",
    "causa_assenza": "oncologica",
    "assenza_continuativa": "true",
    "mesi_assenza": "7,5",
    "invalidita_percento": "75",
    "legge_68_iscritto": "false",
    "categoria_art18": "false",
    "cieco_sordo_invalido_guerra": "false",
}


def asked(page: str) -> list[str]:
    """The facts that the form asks."""
    return list(dict.fromkeys(re.findall(r'name="d\.(\w+)"', page)))


def count(site, table) -> int:
    with site.services.cases.session_factory() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_form_asks_only_what_can_still_change_a_verdict(doctor: Doctor) -> None:
    today, state, known = clock.today(), "", {}
    page = doctor.get("/medici").text
    before = len(asked(page))
    for fact, value in ALL.items():
        result = eligibility.assess(eligibility.load().validate(known), today, list(eligibility.CONVERSATION_MEASURES))
        missing = {fact for item in result.to_dict()["assessments"] for fact in item["missing_facts"]}
        assert set(asked(page)) == missing
        if fact not in missing:
            continue
        known[fact] = value
        answer = doctor.check(state, **{fact: value})
        assert answer.status_code == 200, answer.text
        page, state = answer.text, hidden(answer.text, "stato")
        assert len(asked(page)) < before
        before = len(asked(page))


def test_all_at_once_gives_the_engine_s_verdicts_with_reasons_sources_and_closing(doctor: Doctor) -> None:
    page = doctor.check(**ALL).text
    given = eligibility.load().validate(ALL)
    result = eligibility.assess(given, clock.today(), list(eligibility.CONVERSATION_MEASURES), "medico").to_dict()
    text = plain(page)
    for item in result["assessments"]:
        assert item["title"] in text
        for criterion in item["criteria"]:
            assert " ".join(criterion["text"].split()) in text
            assert all(source["title"] in text for source in criterion["sources"])
    closed = next(item for item in result["assessments"] if item["measure"] == "dote_ritorno_al_lavoro")
    assert (closed["status"], closed["verdict"]) == ("chiusa", "ammissibile")
    assert "Chiusa il 31/12/2020" in text and closed["status_text"] in text
    assert result["ruleset"] in text
    assert "Documenti da preparare" in text


def test_the_questions_speak_of_the_patient_and_never_of_a_diagnosis(doctor: Doctor) -> None:
    page = doctor.get("/medici").text
    form = page[page.index('id="modulo"') : page.index("</form>", page.index('id="modulo"'))]
    assert "paziente" in form
    assert "diagnos" not in form.lower() and "<textarea" not in page
    fields = set(re.findall(r'<input type="text"[^>]*name="([^"]+)"', page))
    numbers = {f"d.{id}" for id, fact in eligibility.load().facts.items() if fact.type in ("int", "number", "string")}
    assert fields <= numbers, "no field takes words about a person"


def test_nothing_is_stored_by_a_check(doctor: Doctor, site) -> None:
    doctor.get("/medici")
    before = count(site, CaseRow), count(site, JournalRow)
    page = doctor.check(**FACTS)
    state = hidden(page.text, "stato")
    doctor.post("/medici/lettera", stato=state)
    doctor.post("/medici/segnalazione", stato=state)
    assert (count(site, CaseRow), count(site, JournalRow)) == before
    assert "disoccupato" not in state + str(page.url), "sealed, and in no address"


def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(doctor: Doctor) -> None:
    page = doctor.check(occupazione="disoccupato", eta="mille", invalidita_percento="<b>300</b>")
    assert page.status_code == 422
    known = page.text[page.text.index("Dati inseriti") :]
    assert "Disoccupato" in known
    assert page.text.count('aria-invalid="true"') == 2
    assert 'value="mille"' in page.text and "<b>300" not in page.text


def test_one_may_not_know_and_change_one_s_mind(doctor: Doctor) -> None:
    page = doctor.post("/medici", **{"azione": "aggiorna", "ns.eta": "si", "d.occupazione": "disoccupato"})
    assert "eta" not in asked(page.text)
    state = hidden(page.text, "stato")
    page = doctor.check(state, action="togli:eta")
    assert "eta" in asked(page.text) and "Disoccupato" in page.text
    assert doctor.check(state, action="nuovo").headers["location"] == "/medici"


def test_other_measures_can_be_checked(doctor: Doctor) -> None:
    page = doctor.post("/medici", azione="misure", misure=["dote_ricollocazione", "inventata"]).text
    assert re.findall(r'name="misure" value="(\w+)" checked', page) == ["dote_ricollocazione"]
    assert page.count("doctor-verdict") == 1
    assert page.count('name="misure" value="dote_impresa"') == 0, "that one is for employers"
    page = doctor.post("/medici", azione="misure", stato=hidden(page, "stato")).text
    assert page.count("doctor-verdict") == len(eligibility.CONVERSATION_MEASURES)


def test_contradictions_are_told(doctor: Doctor) -> None:
    facts = {"giorni_assenza_6_mesi": 120, "giorni_assenza_12_mesi": 80}
    found = eligibility.contradictions(facts)
    assert found
    page = doctor.check(**{fact: str(value) for fact, value in facts.items()}).text
    assert found[0].text in plain(page)


def test_the_script_gets_only_the_part_that_changes(doctor: Doctor) -> None:
    fields = {"d.eta": "50", "gettone": doctor.browser.token("/medici")}
    part = doctor.browser.http.post("/medici", data=fields, headers={"x-parte": "verifica"}).text
    assert "<html" not in part and 'id="modulo"' in part and "50" in part


@pytest.mark.parametrize("state", ["x", "gAAAA" + "A" * 300, "à" * 50])
def test_a_forged_state_is_refused(doctor: Doctor, state: str) -> None:
    for path in ("/medici", "/medici/lettera", "/medici/segnalazione", "/medici/segnalazione/invia"):
        assert doctor.post(path, stato=state).status_code == 403, path


def test_a_state_of_another_doctor_or_page_is_refused(doctor: Doctor, site) -> None:
    sealer = site.services.sealer
    foreign = sealer.seal("doctor-check", {"account": "altro", "facts": {"eta": 50}, "measures": []})
    other_page = sealer.seal("requirements", {"facts": {}, "measures": []})
    strange = sealer.seal("doctor-check", ["non", "un", "oggetto"])
    for state in (foreign, other_page, strange):
        assert doctor.check(state).status_code == 403


def test_an_uploaded_file_is_no_answer(doctor: Doctor) -> None:
    page = doctor.post("/medici", files={"d.comune": ("a.txt", b"Lodi")}, azione="aggiorna")
    assert page.status_code < 500


def test_a_page_left_open_for_hours_says_so(doctor: Doctor, site) -> None:
    sealer = site.services.sealer
    content = sealer.open("doctor-check", doctor.state())
    with time_machine.travel(clock.now() - dt.timedelta(hours=3), tick=False):
        recent = sealer.seal("doctor-check", content)
    with time_machine.travel(clock.now() - dt.timedelta(hours=5), tick=False):
        old = sealer.seal("doctor-check", content)
    assert doctor.check(recent).status_code == 200
    assert doctor.check(old).status_code == 403


def test_an_answer_no_reads_as_no(doctor: Doctor) -> None:
    page = plain(doctor.check(occupazione="disoccupato", azienda_in_crisi="false").text)
    assert "crisi: no" in page and "False" not in page
