"""A referral on the person's behalf, and finding the case again."""

from __future__ import annotations

import re

import pytest

from referrals.contact import Contact
from settings import clock
from tests.web.hotline.conftest import consented, events

FACTS = {"occupazione": "disoccupato", "eta": 50, "invalidita_percento": 80, "provincia": "MI", "comune": "Milano"}
MEASURE = "collocamento_mirato"


def site_of(page: str) -> str:
    return re.search(r'name="sede" value="([^"]+)"', page).group(1)


def second_step(colleague, case_id: str, measure: str = MEASURE) -> dict[str, str]:
    """Go to the second step; the fields of its form."""
    page = colleague.case(case_id, "richiesta", misura=measure).text
    page = colleague.case(case_id, "richiesta", misura=measure, sede=site_of(page)).text
    fields = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page).group(1) for name in ("misura", "sede", "chiave")
    }
    assert '<p class="read-aloud">' in page
    return fields


@pytest.fixture
def case_id(site, sandro) -> str:
    """A guided call in which everything was told."""
    opened = sandro.call()
    sandro.case(opened, "consenso", risposta="true")
    site.services.cases.update(opened, clock.now(), "bot", facts=FACTS)
    return opened


def test_with_the_spoken_consent_the_referral_goes(site, sandro, case_id) -> None:
    fields = second_step(sandro, case_id)
    person = {"nome": "Ada Prova", "telefono": "333 1234567", "orari": "al mattino"}
    unread = sandro.case(case_id, "richiesta/invia", **fields, **person)
    assert unread.status_code == 422 and "Manca il consenso" in unread.text and "al mattino" in unread.text
    assert site.services.referrals.for_case(case_id) is None
    done = sandro.case(case_id, "richiesta/invia", **fields, **person, letto="true")
    assert done.status_code == 200
    referral = site.services.referrals.for_case(case_id)
    pin = re.search(r"<dd>(\d{6})</dd>", done.text).group(1)
    assert referral.code in done.text and site.services.referrals.check_pin(referral.code, pin)
    consent = site.services.cases.get(case_id).consents["invio"]
    assert consent.text.startswith("Ho letto questo testo alla persona") and referral.operator in consent.text
    happened = events(site, case_id)
    assert happened.index("consenso_dato") < len(happened) - 1 and "consenso_chiesto" in happened
    assert referral.code in sandro.get(f"/sportello/casi/{case_id}").text


def test_sending_twice_is_one_referral(site, sandro, case_id) -> None:
    fields = second_step(sandro, case_id) | {"nome": "Ada Prova", "telefono": "333 1234567", "letto": "true"}
    first, second = (sandro.case(case_id, "richiesta/invia", **fields) for _ in range(2))
    codes = [re.search(r"RT-[\w-]+", answer.text).group() for answer in (first, second)]
    assert codes[0] == codes[1]
    assert len(site.services.referrals.all_for_case(case_id)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nome": ""}, "Scriva il nome"),
        ({"telefono": ""}, "Serve un numero di telefono"),
        ({"telefono": "1"}, "non sembra giusto"),
        ({"codice_fiscale": "ABC"}, "codice fiscale non sembra giusto"),
        ({"canale": "piccione"}, "Scelga telefono"),
        ({"sede": "NON-ESISTE"}, "non è più disponibile"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(site, sandro, case_id, change: dict, words: str) -> None:
    person = {"nome": "Ada Prova", "telefono": "333 1234567", "letto": "true"}
    answer = sandro.case(case_id, "richiesta/invia", **second_step(sandro, case_id) | person | change)
    assert answer.status_code in (409, 422) and words in answer.text
    assert site.services.referrals.for_case(case_id) is None


def test_in_the_chat_the_person_gets_code_and_pin(site, sandro, citizen) -> None:
    consented(site, citizen.session, **FACTS)
    sandro.take(citizen.session)
    fields = second_step(sandro, citizen.session)
    sandro.case(citizen.session, "richiesta/invia", **fields, nome="Ada Prova", telefono="333 1234567", letto="true")
    last = citizen.read()["messages"][-1]
    assert last["card"]["kind"] == "segnalazione" and re.fullmatch(r"\d{6}", last["card"]["pin"])
    assert citizen.read()["state"]["referral"]["code"] == last["card"]["code"]
    assert site.services.cases.get(citizen.session).consents["invio"].text.startswith("Sono d'accordo")
    sandro.case(citizen.session, "restituisci", esito="richiesta_inviata")
    assert "A che punto è?" in [b["title"] for b in citizen.read()["messages"][-1]["buttons"]]


def test_a_second_open_referral_for_the_same_measure_is_refused(site, sandro, case_id) -> None:
    person = {"nome": "Ada Prova", "telefono": "333 1234567", "letto": "true"}
    sandro.case(case_id, "richiesta/invia", **second_step(sandro, case_id), **person)
    again = sandro.case(case_id, "richiesta/invia", **second_step(sandro, case_id), **person)
    assert again.status_code == 409 and "già una richiesta aperta" in again.text


def test_search_by_code_number_and_name(site, sandro) -> None:
    services, now = site.services, clock.now()
    case = services.cases.open("cittadino", now)
    place = services.directory.nearest(provincia="MI", measure=MEASURE, limit=1)[0]
    contact = Contact("Ermenegilda Cercata", "347 7654321")
    opened = services.referrals.open(case.id, place.site_id, MEASURE, contact, "sì", "1", case.id, now)
    for words in (opened.code, "3477654321", "cercata ermenegilda"):
        page = sandro.post("/sportello/cerca", testo=words)
        assert page.status_code == 200
        assert "Un caso trovato" in page.text and "Ermenegilda Cercata" in page.text
        assert f"/sportello/casi/{case.id}" in page.text
    assert "Nessun caso trovato" in sandro.post("/sportello/cerca", testo="Nessuno Conosciuto").text
    assert sandro.post("/sportello/cerca", testo="!!").status_code == 422
    assert sandro.get("/sportello/cerca?testo=cercata").text.count("Ermenegilda") == 0  # never from an address


def test_recent_cases(sandro, silvia) -> None:
    case_id = sandro.call()
    sandro.case(case_id, "recapito", nome="Ugo Recente")
    assert "Ugo Recente" not in silvia.get("/sportello/recenti").text
    sandro.get(f"/sportello/casi/{case_id}")
    assert "Ugo Recente" in sandro.get("/sportello/recenti").text
