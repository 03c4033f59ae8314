"""A colleague takes a chat over, speaks with the person, and hands it back."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import update

from cases.db import writing
from hotline.models import HandlingRow, PresenceRow
from settings import clock
from tests.web.hotline.conftest import ask, consented, events


def test_the_queue_shows_who_waits(sandro, citizen) -> None:
    page = sandro.get("/sportello")
    assert f"Caso {citizen.session[:6].upper()}" in page.text
    assert "Aspetta da" in page.text and "3 min" in page.text
    assert "Sandro Sportello" in page.text


def test_taking_over_tells_the_person_and_silences_the_assistant(site, sandro, citizen) -> None:
    answer = sandro.take(citizen.session)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/sportello/casi/{citizen.session}")
    told = citizen.read()
    assert told["state"]["mode"] == "person"
    assert "Sandro" in told["messages"][-1]["text"]
    site.engine.received.clear()
    said = citizen.say("C'è qualcuno?").json()
    assert said["messages"] == [] and site.engine.received == []
    page = sandro.get(f"/sportello/casi/{citizen.session}")
    assert "C&#39;è qualcuno?" in page.text and "Parla lei." in page.text
    assert f'data-caso="{citizen.session}"' not in sandro.get("/sportello").text


def test_a_colleague_who_comes_second_is_told_who_was_first(sandro, silvia, citizen) -> None:
    assert sandro.take(citizen.session).status_code == 303
    late = silvia.take(citizen.session)
    assert late.status_code == 409
    assert "già in mano a Sandro Sportello" in late.text
    assert "Scriva alla persona" not in late.text


def test_an_answer_that_was_on_its_way_is_dropped(site, sandro, citizen) -> None:
    """The assistant must not speak once the person was told that somebody else does."""
    site.engine.delay = 0.8
    asking = threading.Thread(target=citizen.say, args=("mi sente?",))
    asking.start()
    while not site.engine.received:
        threading.Event().wait(0.01)
    assert sandro.take(citizen.session).status_code == 303
    asking.join()
    messages = citizen.read()["messages"]
    assert "Sandro" in messages[-1]["text"]
    assert [message["text"] for message in messages].count("Ho letto.") == 0
    assert citizen.read()["state"]["waiting"] == 0


def test_an_apology_that_was_on_its_way_is_dropped_too(site, sandro, citizen) -> None:
    site.engine.delay, site.engine.behaviour = 0.8, "broken"
    asking = threading.Thread(target=citizen.say, args=("mi sente?",))
    asking.start()
    while not site.engine.received:
        threading.Event().wait(0.01)
    sandro.take(citizen.session)
    asking.join()
    assert "Sandro" in citizen.read()["messages"][-1]["text"]


def test_both_write_in_the_same_chat(sandro, citizen) -> None:
    sandro.take(citizen.session)
    assert sandro.case(citizen.session, "messaggi", testo="Buongiorno,\nsono Sandro", chiave="k1").status_code == 303
    assert sandro.case(citizen.session, "messaggi", testo="Buongiorno,\nsono Sandro", chiave="k1").status_code == 303
    citizen.say("Buongiorno a lei")
    said = [(m["author"], m["text"]) for m in citizen.read()["messages"]][-2:]
    assert said == [("operatore", "Buongiorno,\nsono Sandro"), ("persona", "Buongiorno a lei")]
    part = sandro.get(f"/sportello/casi/{citizen.session}/parte/dialogo").text
    assert "Buongiorno a lei" in part and "<html" not in part


@pytest.mark.parametrize(("text", "status"), [("", 422), ("   ", 422), ("a" * 4001, 422)])
def test_what_cannot_be_sent_is_said_and_kept(sandro, citizen, text: str, status: int) -> None:
    sandro.take(citizen.session)
    answer = sandro.case(citizen.session, "messaggi", testo=text)
    assert answer.status_code == status
    assert "Scriva prima" in answer.text or "troppo lungo" in answer.text
    assert not text.strip() or text in answer.text


def test_what_a_colleague_or_a_person_writes_is_text_and_nothing_else(sandro, citizen) -> None:
    sandro.take(citizen.session)
    citizen.say("<script>alert(1)</script>")
    sandro.case(citizen.session, "messaggi", testo="<b>ciao</b>")
    page = sandro.get(f"/sportello/casi/{citizen.session}").text
    assert "<script>alert" not in page and "<b>ciao" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_handing_back_lets_the_assistant_ask_where_it_was(site, sandro, citizen) -> None:
    consented(site, citizen.session, provincia="LO")
    sandro.take(citizen.session)
    back = sandro.case(citizen.session, "restituisci", esito="informazioni", nota="chiarito")
    assert back.status_code == 303
    assert "Risponde di nuovo" in sandro.get(back.headers["location"]).text
    conversation = citizen.read()
    texts = [m["text"] for m in conversation["messages"][-3:]]
    assert "Sandro ha finito" in texts[-3] and "assistente automatico" in texts[-2]
    assert conversation["state"]["mode"] == "bot"
    assert conversation["state"]["pending_question"]["fact"] == "eta"  # not what happened, as if nothing were known
    site.engine.received.clear()
    citizen.say("sono disoccupata")
    assert len(site.engine.received) == 1
    assert {"sportello_presa", "sportello_nota", "sportello_fine"} <= set(events(site, citizen.session))


def test_an_outcome_is_needed(sandro, citizen) -> None:
    sandro.take(citizen.session)
    assert sandro.case(citizen.session, "restituisci", esito="").status_code == 422
    assert sandro.case(citizen.session, "restituisci", esito="abbandonata").status_code == 422
    assert citizen.read()["state"]["mode"] == "person"


def test_passing_on(sandro, silvia, citizen) -> None:
    sandro.take(citizen.session)
    assert sandro.case(citizen.session, "passa", nota="vuole parlare di pensione").status_code == 303
    assert "Passata da un collega" in silvia.get("/sportello").text
    assert silvia.take(citizen.session).status_code == 303
    assert "vuole parlare di pensione" in silvia.get(f"/sportello/casi/{citizen.session}").text


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("messaggi", {"testo": "ciao"}),
        ("restituisci", {"esito": "informazioni"}),
        ("passa", {}),
        ("consenso", {"risposta": "true"}),
        ("dati", {"dato": "eta", "valore": "50"}),
        ("togli", {"dato": "eta"}),
        ("riga", {"riga": "50 anni"}),
        ("recapito", {"nome": "Ada Prova"}),
        ("note", {"nota": "x"}),
        ("richiamo", {"quando": "annulla"}),
        ("chiedi-consenso", {}),
        ("richiesta", {"misura": "collocamento_mirato"}),
        ("richiesta/invia", {"misura": "collocamento_mirato", "sede": "x", "chiave": "12345678", "letto": "true"}),
    ],
)
def test_only_who_has_the_case_acts_on_it(site, sandro, silvia, citizen, act: str, fields: dict) -> None:
    consented(site, citizen.session, eta=40)
    sandro.take(citizen.session)
    before = citizen.read()["messages"]
    answer = silvia.case(citizen.session, act, **fields)
    assert answer.status_code == 409
    assert "non è in mano sua" in answer.text
    assert citizen.read()["messages"] == before
    assert site.services.cases.get(citizen.session).facts == {"eta": 40}


def test_a_chat_whose_colleague_is_gone_is_rescued_when_the_person_writes(site, sandro, silvia, citizen) -> None:
    sandro.take(citizen.session)
    long_ago = clock.now() - dt.timedelta(minutes=20)
    with writing(site.services.cases.session_factory) as session:
        session.execute(update(PresenceRow).values(seen_at=long_ago))
        session.execute(update(HandlingRow).where(HandlingRow.ended_at.is_(None)).values(started_at=long_ago))
    answer = citizen.say("c'è ancora?").json()
    assert "non è più collegata" in answer["messages"][0]["text"]
    assert answer["messages"][1]["text"] == "Ho letto."
    assert answer["state"]["mode"] == "bot"
    assert silvia.take(citizen.session).status_code == 303


def test_every_opening_is_journalled(site, sandro, citizen) -> None:
    before = events(site, citizen.session).count("caso_visto")
    for _ in range(2):
        sandro.get(f"/sportello/casi/{citizen.session}")
    sandro.get(f"/sportello/casi/{citizen.session}/parte/scheda")
    assert events(site, citizen.session).count("caso_visto") == before + 2


def test_a_part_fetched_without_opening_the_page_is_journalled_too(site, sandro, citizen) -> None:
    sandro.get(f"/sportello/casi/{citizen.session}/parte/dialogo")
    assert events(site, citizen.session).count("caso_visto") == 1


def test_a_case_that_is_gone_is_said_plainly(sandro, citizen) -> None:
    sandro.take(citizen.session)
    citizen.client.delete(citizen.path, headers=citizen.headers)
    for path in ("", "/parte/scheda", "/richiesta"):
        assert sandro.get(f"/sportello/casi/{citizen.session}{path}").status_code == 404
    assert sandro.case(citizen.session, "messaggi", testo="ciao").status_code == 404
    assert sandro.take("0" * 32).status_code == 404
    assert sandro.get("/sportello/casi/nonunid").status_code == 422


def test_emergencies_stand_out_and_come_first(site, sandro, citizen) -> None:
    from tests.web.conftest import start_chat

    with site.client() as client:
        other = start_chat(client)
        ask(site, other.session, urgent=True)
        page = sandro.get("/sportello").text
    assert "Emergenza" in page
    assert page.index(f'data-caso="{other.session}"') < page.index(f'data-caso="{citizen.session}"')


def test_a_long_conversation_starts_from_its_end(site, sandro, citizen) -> None:
    for number in range(70):
        site.services.cases.add_turn(citizen.session, "persona", {"text": f"riga {number}."}, clock.now())
    page = sandro.get(f"/sportello/casi/{citizen.session}").text
    assert "riga 69." in page and "riga 3." not in page and "messaggi precedenti" in page
    assert "riga 3." in sandro.get(f"/sportello/casi/{citizen.session}?tutto=true").text
