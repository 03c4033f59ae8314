"""What an operator sees and does in a browser, over real HTTP and a real database."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from referrals.contact import Preferences
from settings import clock
from tests.web.operators.conftest import THEIRS, Desk, hidden


def test_the_inbox_shows_what_waits(ours: Desk) -> None:
    waiting, taken = ours.referral(), ours.referral("presa_in_carico")
    page = ours.browser.get("/operatore")
    assert page.status_code == 200
    assert waiting.code in page.text and taken.code not in page.text
    assert taken.code in ours.browser.get("/operatore?stato=presa_in_carico").text
    everything = ours.browser.get("/operatore?stato=tutte").text
    assert waiting.code in everything and taken.code in everything
    assert "Ada" not in everything


def test_what_expires_first_comes_first_unless_the_newest_are_asked_for(desk: Desk) -> None:
    desk.enter("OPD05")
    first, second = (desk.referral(site_id="OPD05-01") for _ in range(2))
    with desk.services.cases.session_factory() as session:
        row = desk.services.referrals.writer.row_in(session, second.code)
        row.expires_at -= dt.timedelta(days=2)
        session.commit()

    def order(address: str) -> list[str]:
        return re.findall(r'segnalazioni/(RT-[^"]+)">RT', desk.browser.get(address).text)

    assert order("/operatore") == [second.code, first.code]
    page = desk.browser.get("/operatore").text
    newest = re.search(r'href="([^"]+)">Metta prima le più recenti', page).group(1).replace("&amp;", "&")
    desk.services.referrals.transition(first.code, "presa_in_carico", "operatore:OPD05", clock.now())
    third = desk.referral(site_id="OPD05-01")
    assert order(newest) == [third.code, second.code]
    assert "Prima le più recenti" in desk.browser.get(newest).text
    assert "ordine" not in desk.browser.get("/operatore?stato=tutte").text


def test_a_code_typed_in_the_search_opens_the_card(ours: Desk) -> None:
    opened = ours.referral()
    typed = opened.code.lower().replace("-", " ")
    found = ours.browser.get("/operatore", params={"codice": typed})
    assert found.headers["location"] == f"/operatore/segnalazioni/{opened.code}"
    wrong = ours.browser.get("/operatore", params={"codice": "RT-12"})
    assert "Il codice non è completo" in wrong.text


def test_an_operator_sees_only_its_own(ours: Desk) -> None:
    other = ours.referral(site_id="OPD02-01")
    assert other.code not in ours.browser.get("/operatore?stato=tutte").text
    address = f"/operatore/segnalazioni/{other.code}"
    assert ours.browser.get(address).status_code == 404
    for act, fields in (
        ("prendi", {}),
        ("rifiuta", {"motivo": "nessun_posto"}),
        ("chiudi", {"motivo": "richiesta_doppia"}),
        ("appuntamenti", {"giorno1": "2099-01-07", "ora1": "10:00"}),
        ("appuntamenti/annulla", {"appuntamento": "x"}),
        ("esito", {"esito": "nuovo_lavoro"}),
        ("piano", {"azione": "registra"}),
    ):
        assert ours.post(f"{address}/{act}", **fields).status_code == 404, act
    assert ours.browser.get(f"{address}/piano").status_code == 404
    assert ours.state(other.code) == "inviata"
    assert other.code not in ours.browser.get("/operatore/segnalazioni.csv").text


def test_taking_charge_shows_the_contact_the_person_kept_back(ours: Desk) -> None:
    preferences = Preferences(channel="telefono", hours="la mattina", helper="Bruna, 333 7654321")
    opened = ours.referral(contact_after_taking=True, preferences=preferences)
    address = f"/operatore/segnalazioni/{opened.code}"
    before = ours.browser.get(address).text
    assert "Ada Prova" not in before and "333" not in before.partition("La persona")[2].partition("La misura")[0]
    assert "la mattina" in before and "Bruna" not in before
    done = ours.post(f"{address}/prendi")
    assert done.status_code == 303
    after = ours.browser.get(done.headers["location"]).text
    assert "Ada Prova" in after and "tel:+393331234567" in after and "Bruna" in after
    assert "Non lasci messaggi" in after
    assert ours.state(opened.code) == "presa_in_carico"


def test_without_that_wish_the_contact_shows_at_once_and_never_after_the_end(ours: Desk) -> None:
    opened = ours.referral()
    address = f"/operatore/segnalazioni/{opened.code}"
    assert "Ada Prova" in ours.browser.get(address).text
    ours.post(f"{address}/rifiuta", motivo="nessun_posto")
    assert "Ada Prova" not in ours.browser.get(address).text


def test_a_preference_that_was_not_given_is_not_shown(ours: Desk) -> None:
    page = ours.browser.get(f"/operatore/segnalazioni/{ours.referral().code}").text
    assert "Come vuole essere cercata" in page
    assert "<dt>Mezzo</dt>" not in page


def test_no_answer_of_the_person_is_shown(ours: Desk) -> None:
    opened = ours.referral("presa_in_carico", facts={"invalidita_percento": 83, "causa_assenza": "oncologica"})
    page = ours.browser.get(f"/operatore/segnalazioni/{opened.code}").text
    shown = re.sub(r"<[^>]*>", " ", page.partition("La misura")[2].partition("I passi fatti")[0])
    assert "83" not in re.findall(r"\w+", shown)
    assert "oncologica" not in page and "esito del controllo" in page


@pytest.mark.parametrize("act", ["rifiuta", "chiudi"])
def test_saying_no_needs_a_reason(ours: Desk, act: str) -> None:
    opened = ours.referral("inviata" if act == "rifiuta" else "presa_in_carico")
    address = f"/operatore/segnalazioni/{opened.code}/{act}"
    for fields in ({}, {"motivo": "inventato"}, {"motivo": "altro", "altro": "  "}):
        answer = ours.post(address, **fields)
        assert answer.status_code == 422 and "Scelga un motivo" in answer.text
    assert ours.post(address, motivo="altro", altro="Cambio di sede").status_code == 303
    ended = ours.services.referrals.get(opened.code)
    assert ended.state == ("rifiutata" if act == "rifiuta" else "annullata")
    assert ended.reason == "Altro motivo"


def test_the_person_cancels_while_the_card_is_open(ours: Desk) -> None:
    opened = ours.referral()
    ours.services.referrals.cancel(opened.code, "persona", dt.datetime.now(dt.UTC))
    answer = ours.post(f"/operatore/segnalazioni/{opened.code}/prendi")
    assert answer.status_code == 409 and "Nel frattempo la segnalazione è cambiata" in answer.text


def test_a_second_click_changes_nothing(ours: Desk) -> None:
    opened = ours.referral()
    address = f"/operatore/segnalazioni/{opened.code}/prendi"
    assert [ours.post(address).status_code for _ in range(3)] == [303] * 3
    states = [step.state for step in ours.services.referrals.get(opened.code).steps]
    assert states.count("presa_in_carico") == 1


def test_offering_times_then_calling_one_off(ours: Desk) -> None:
    opened = ours.referral("presa_in_carico")
    address = f"/operatore/segnalazioni/{opened.code}"
    soon = (clock.today() + dt.timedelta(days=9)).isoformat()
    offered = {"giorno1": soon, "ora1": "10:00", "giorno2": soon, "ora2": "15:30", "luogo": "telefono", "minuti": "30"}
    assert ours.post(f"{address}/appuntamenti", **offered).status_code == 303
    page = ours.browser.get(address).text
    assert "alle 10:00" in page and "alle 15:30" in page and page.count("Proposto.") == 2
    assert ours.post(f"{address}/appuntamenti", **offered).status_code == 303  # the same again adds nothing
    page = ours.browser.get(address).text
    assert page.count("Proposto.") == 2
    meeting = hidden(page)["appuntamento"]
    assert ours.post(f"{address}/appuntamenti/annulla", appuntamento=meeting).status_code == 303
    assert ours.browser.get(address).text.count("Proposto.") == 1


def test_bad_times_are_explained(ours: Desk) -> None:
    opened = ours.referral("presa_in_carico")
    address = f"/operatore/segnalazioni/{opened.code}/appuntamenti"
    for fields in (
        {},
        {"giorno1": "2001-01-01", "ora1": "10:00"},
        {"giorno1": "2099-01-01"},
        {"giorno1": "domani", "ora1": "presto"},
        {"giorno1": "2099-01-07", "ora1": "10:00", "luogo": "luna"},
        {"giorno1": "2099-01-07", "ora1": "10:00", "minuti": "abc"},
    ):
        answer = ours.post(address, **fields)
        assert answer.status_code == 422 and "giorno e un&#39;ora futuri" in answer.text, fields


def test_a_time_agreed_by_telephone_moves_on_and_the_outcome_ends(ours: Desk) -> None:
    opened = ours.referral("presa_in_carico")
    address = f"/operatore/segnalazioni/{opened.code}"
    soon = (clock.today() + dt.timedelta(days=9)).isoformat()
    assert ours.post(f"{address}/appuntamenti", giorno1=soon, ora1="10:00", accordo="si").status_code == 303
    assert ours.state(opened.code) == "appuntamento_fissato"
    assert ours.post(f"{address}/esito", esito="nuovo_lavoro").status_code == 409  # the plan comes first
    signed = ours.referral("pip_sottoscritto")
    address = f"/operatore/segnalazioni/{signed.code}"
    assert ours.post(f"{address}/esito", esito="chissà").status_code == 422
    assert ours.post(f"{address}/esito", esito="rientro_al_lavoro").status_code == 303
    assert ours.state(signed.code) == "conclusa"


def test_a_form_without_its_token_is_refused(ours: Desk) -> None:
    opened = ours.referral()
    answer = ours.browser.post(f"/operatore/segnalazioni/{opened.code}/prendi", data={"gettone": "no"})
    assert answer.status_code == 403 and ours.state(opened.code) == "inviata"


def test_the_csv_holds_contacts_only_while_in_charge(ours: Desk) -> None:
    taken = ours.referral("presa_in_carico")
    hidden_one = ours.referral(contact_after_taking=True)
    answer = ours.browser.get("/operatore/segnalazioni.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"] and answer.content.startswith(b"\xef\xbb\xbf")
    lines = {line.split(";")[0]: line for line in answer.text.lstrip("\ufeff").splitlines()}
    assert "Ada Prova" in lines[taken.code] and "Ada Prova" not in lines[hidden_one.code]


def test_reading_a_card_is_journalled(ours: Desk) -> None:
    from sqlalchemy import select

    from cases.models import JournalRow

    opened = ours.referral("presa_in_carico")
    ours.browser.get(f"/operatore/segnalazioni/{opened.code}")
    subject = ours.services.referrals.get(opened.code).id
    with ours.services.cases.session_factory() as session:
        events = session.scalars(select(JournalRow.event).where(JournalRow.subject == subject)).all()
    assert "scheda_letta" in events


def test_an_operator_without_referrals_is_told_what_will_come(desk: Desk) -> None:
    desk.enter("OPD14")
    page = desk.browser.get("/operatore").text
    assert "Ancora nessuna segnalazione" in page


def test_entering_as_somebody_else(desk: Desk) -> None:
    opened = desk.referral()
    desk.enter(THEIRS)
    assert desk.browser.get(f"/operatore/segnalazioni/{opened.code}").status_code == 404
