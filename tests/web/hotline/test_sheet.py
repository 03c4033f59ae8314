"""The sheet of a case: consent, facts, contact, notes, callback, ready answers."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from settings import clock
from tests.web.hotline.conftest import consented, events


def question(page: str) -> str:
    """The question to read aloud."""
    found = re.search(r'<p class="read-aloud">(.*?)</p>', page)
    return found.group(1) if found else ""


def test_a_call_begins_with_the_consent_and_goes_on_with_the_engines_questions(site, sandro) -> None:
    case_id = sandro.call()
    page = sandro.get(f"/sportello/casi/{case_id}").text
    assert "Ho letto questo testo alla persona" in question(page)
    page = sandro.case(case_id, "consenso", part="scheda", risposta="true").text
    assert "Consenso registrato." in page and "<html" not in page
    first = question(page)
    assert first and 'data-tasto="1"' in page and 'data-tasto="0"' in page
    fact = re.search(r'name="dato" value="(\w+)"', page).group(1)
    value = re.search(r'name="valore" value="([^"]+)" data-tasto="1"', page).group(1)
    page = sandro.case(case_id, "dati", part="scheda", dato=fact, valore=value).text
    assert question(page) not in ("", first)
    assert site.services.cases.get(case_id).facts[fact] == value
    consent = site.services.cases.get(case_id).consents["salute"]
    assert "Ho letto questo testo alla persona" in consent.text
    assert events(site, case_id).index("consenso_chiesto") < events(site, case_id).index("consenso_dato")


def test_without_consent_health_data_are_neither_asked_nor_kept(site, sandro) -> None:
    case_id = sandro.call()
    sandro.case(case_id, "consenso", risposta="false")
    answer = sandro.case(case_id, "dati", dato="invalidita_percento", valore="70")
    assert "Senza consenso non tengo: Invalidità civile" in answer.text
    assert site.services.cases.get(case_id).facts == {}
    facts = site.services.cases
    for _ in range(40):
        page = sandro.get(f"/sportello/casi/{case_id}/parte/scheda").text
        asked = re.search(r'name="dato" value="(\w+)">\s*<button class="key-button" name="valore" value="non_so"', page)
        if not asked:
            break
        assert asked.group(1) not in ("invalidita_percento", "causa_assenza", "mesi_assenza", "legge_68_iscritto")
        sandro.case(case_id, "dati", dato=asked.group(1), valore="non_so")
    assert "Non ci sono altre domande" in page
    assert facts.get(case_id).consented("salute") is False


def test_a_wrong_value_is_explained_and_the_question_stays(sandro) -> None:
    case_id = sandro.call()
    sandro.case(case_id, "consenso", risposta="true")
    answer = sandro.case(case_id, "dati", part="scheda", dato="eta", valore="duecento")
    assert "Età" in answer.text and "tone-warning" in answer.text
    assert sandro.case(case_id, "dati", part="scheda", dato="eta", valore="  ").status_code == 422
    assert sandro.case(case_id, "dati", dato="non_esiste", valore="1").status_code == 422


def test_several_facts_in_one_line(site, sandro) -> None:
    case_id = sandro.call()
    sandro.case(case_id, "consenso", risposta="true")
    site.engine.read = {"eta": 52, "provincia": "LO", "nome": "Ada Prova", "telefono": "+393331234567", "strano": 1}
    answer = sandro.case(case_id, "riga", part="scheda", riga="52 anni, Lodi, Ada Prova 333 1234567", dato="eta")
    assert "Ho capito: età: 52" in answer.text and "Ho segnato anche il recapito" in answer.text
    assert site.services.cases.get(case_id).facts == {"eta": 52, "provincia": "LO"}
    sent = site.engine.received[-1]
    assert sent["metadata"]["role"] == "sportello" and sent["metadata"]["question"] == "eta"
    assert "333 123 4567" in sandro.get(f"/sportello/casi/{case_id}").text


@pytest.mark.parametrize(
    ("line", "behaviour", "words"),
    [
        ("", "ok", "Scriva prima i dati"),
        ("buongiorno", "ok", "non ho trovato dati"),
        ("50 anni", "broken", "non riesco a leggere"),
        ("51 anni", "stopped", "non riesco a leggere"),
    ],
)
def test_a_line_that_gives_nothing_says_so(site, sandro, line: str, behaviour: str, words: str) -> None:
    case_id = sandro.call()
    sandro.case(case_id, "consenso", risposta="true")
    site.engine.behaviour = behaviour
    assert words in sandro.case(case_id, "riga", part="scheda", riga=line).text


def test_health_told_before_the_consent_waits_for_it(site, sandro) -> None:
    case_id = sandro.call()
    site.engine.read = {"eta": 52, "invalidita_percento": 80}
    sandro.case(case_id, "riga", riga="52 anni, 80%")
    assert site.services.cases.get(case_id).facts == {"eta": 52}
    sandro.case(case_id, "consenso", risposta="true")
    assert site.services.cases.get(case_id).facts == {"eta": 52, "invalidita_percento": 80}


def test_a_fact_can_be_taken_back_and_any_missing_one_asked(site, sandro, citizen) -> None:
    consented(site, citizen.session, eta=40, provincia="MI")
    sandro.take(citizen.session)
    sandro.case(citizen.session, "togli", dato="eta")
    assert site.services.cases.get(citizen.session).facts == {"provincia": "MI"}
    page = sandro.get(f"/sportello/casi/{citizen.session}?domanda=invalidita_percento").text
    assert 'name="dato" value="invalidita_percento"' in page


def test_verdicts_missing_facts_and_other_ways_are_shown(site, sandro, citizen) -> None:
    consented(site, citizen.session, occupazione="disoccupato", eta=50, invalidita_percento=80, provincia="MI")
    page = sandro.get(f"/sportello/casi/{citizen.session}").text
    assert "Collocamento mirato" in page and "I requisiti ci sono" in page
    assert "Che cosa manca" in page and "Altri uffici" in page
    assert "<strong>80%</strong>" in page


def test_when_nothing_fits_the_other_ways_are_open(site, sandro) -> None:
    case_id = sandro.call()
    sandro.case(case_id, "consenso", risposta="true")
    facts = {
        "occupazione": "autonomo", "eta": 70, "invalidita_percento": 0, "invalidita_inail_percento": 0,
        "cieco_sordo_invalido_guerra": False, "categoria_art18": False, "legge_68_iscritto": False,
        "residenza_lombardia": False, "sede_lavoro_lombardia": False, "provincia": "TO", "causa_assenza": "altra",
        "unita_produttiva_lombardia": False, "ammortizzatore": "nessuno",
    }  # fmt: skip
    site.engine.read = facts
    page = sandro.case(case_id, "riga", part="scheda", riga="tutto").text
    assert "Nessuna misura va bene: altre strade" in page
    assert re.search(r'<details class="panel" open>\s*<summary>Nessuna', page)


def test_name_and_number_are_checked(sandro) -> None:
    case_id = sandro.call()
    bad = sandro.case(case_id, "recapito", part="scheda", nome="Ada Prova", telefono="12")
    assert "Il numero di telefono non sembra giusto" in bad.text
    good = sandro.case(case_id, "recapito", part="scheda", nome="ada  prova", telefono="333/1234567")
    assert "Recapito segnato." in good.text and "Non lasci messaggi ad altri" in good.text
    may = sandro.case(case_id, "recapito", part="scheda", nome="", telefono="", messaggi="true")
    assert "Non lasci messaggi ad altri" not in may.text and "ada prova" in may.text


def test_notes_for_the_next_colleague(sandro, silvia) -> None:
    case_id = sandro.call()
    assert "La nota è vuota" in sandro.case(case_id, "note", part="scheda", nota=" ").text
    assert "Nota salvata" in sandro.case(case_id, "note", part="scheda", nota="meglio al mattino").text
    assert "meglio al mattino" in silvia.get(f"/sportello/casi/{case_id}").text


def test_a_callback_from_the_call_to_the_list_and_back(site, sandro, silvia) -> None:
    case_id = sandro.call()
    sandro.case(case_id, "recapito", nome="Zita Richiamo")
    page = sandro.get(f"/sportello/casi/{case_id}").text
    slot = re.search(r'<option value="(20[^"]+)">', page).group(1)
    assert "Serve il numero" in sandro.case(case_id, "richiamo", part="scheda", quando=slot).text
    booked = sandro.case(case_id, "richiamo", part="scheda", quando=slot, telefono="333 1234567")
    assert "Richiamo fissato" in booked.text
    assert "Scelga quando" in sandro.case(case_id, "richiamo", part="scheda", quando="domani").text
    sandro.case(case_id, "restituisci", esito="richiamo_fissato")
    listed = silvia.get("/sportello/richiami").text
    assert "Zita Richiamo" in listed and "333 123 4567" in listed and "Non lasci messaggi" in listed
    assert silvia.take(case_id, "telefono").status_code == 303
    assert "Il richiamo è tolto" in silvia.case(case_id, "richiamo", part="scheda", quando="annulla").text
    assert site.services.hotline.callbacks.of_case(case_id) is None


def test_an_hour_that_is_gone(site, sandro) -> None:
    case_id = sandro.call()
    past = (clock.now() - dt.timedelta(hours=1)).isoformat()
    answer = sandro.case(case_id, "richiamo", part="scheda", quando=past, telefono="333 1234567")
    assert "non è più libera" in answer.text


@pytest.mark.parametrize("topic", ["che_cos_e", "date", "come", "documenti", "servizi", "importi", "contatti"])
def test_ready_answers_come_from_the_rules(sandro, topic: str) -> None:
    case_id = sandro.call()
    path = f"/sportello/casi/{case_id}/risposta?misura=collocamento_mirato&argomento={topic}"
    script = sandro.get(path, headers={"x-parte": "testo"})
    assert script.headers["content-type"].startswith("text/plain")
    assert script.text.startswith("Collocamento mirato") and "800 318 318" not in script.text
    first_line = script.text.splitlines()[0].replace("'", "&#39;")
    assert first_line in sandro.get(path).text  # without a script: on the page


@pytest.mark.parametrize("query", ["misura=boh&argomento=date", "misura=collocamento_mirato&argomento=boh"])
def test_a_ready_answer_that_does_not_exist(sandro, query: str) -> None:
    assert sandro.get(f"/sportello/casi/{sandro.call()}/risposta?{query}").status_code == 404


def test_the_consent_can_be_asked_in_the_chat(site, sandro, citizen) -> None:
    sandro.take(citizen.session)
    sandro.case(citizen.session, "chiedi-consenso")
    asked = citizen.read()["messages"][-1]
    assert asked["author"] == "operatore" and asked["card"]["purpose"] == "salute"
    citizen.say(payload="/affirm")
    assert citizen.read()["messages"][-1]["text"] == "Sì, sono d'accordo"
    sandro.case(citizen.session, "consenso", risposta="true")
    consent = site.services.cases.get(citizen.session).consents["salute"]
    assert consent.text == asked["card"]["text"]
