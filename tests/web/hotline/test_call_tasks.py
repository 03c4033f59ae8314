"""People with a telephone only: the operator says no, the hotline calls, every page says exactly what happened."""

from __future__ import annotations

import re

import pytest

from cases.db import writing
from referrals import calls
from referrals.contact import Contact, Preferences
from referrals.directory_models import SiteRow
from referrals.told import violations
from settings import clock
from tests.web.hotline.conftest import events

PHONE = "02 7654321"


@pytest.fixture
def refused(site) -> str:
    """Code of a referral that its operator refused, for somebody without e-mail."""
    services, now = site.services, clock.now()
    record = services.cases.open("cittadino", now)
    sites = services.directory.nearest(comune="Milano", measure="collocamento_mirato", on=clock.today())
    opened = services.referrals.open(
        record.id,
        sites[0].site_id,
        "collocamento_mirato",
        Contact("Ada Prova", PHONE),
        "Sì",
        "1",
        f"prova-{record.id}",
        now,
        preferences=Preferences(hours="al mattino"),
    )
    services.referrals.transition(opened.code, "inviata", "sistema", now)
    with services.cases.session_factory() as session:
        operator = session.get_one(SiteRow, sites[0].site_id).operator_id
    services.referrals.transition(opened.code, "rifiutata", f"operatore:{operator}", now, "nessun_posto")
    return opened.code


def task_of(site, code: str) -> str:
    """The call owed for a referral, if it is still to be made."""
    with site.services.cases.session_factory() as session:
        row = site.services.referrals.writer.row_in(session, code)
        task = calls.open_of_in(session, row.id)
        return task.id if task else ""


def test_the_call_is_in_the_list_with_its_script(site, sandro, refused) -> None:
    page = sandro.get("/sportello/da-chiamare").text
    assert "Ada Prova" in page and "Serve un altro operatore" in page and "al mattino" in page
    assert f"/sportello/da-chiamare/{task_of(site, refused)}" in page
    call = sandro.get(f"/sportello/da-chiamare/{task_of(site, refused)}").text
    assert refused in call and "tel:+39027654321" in call
    assert "non può seguire la sua richiesta" in call and "Non lasci messaggi" in call
    assert "In segreteria" not in call and 'value="messaggio"' not in call
    assert "telefonata_vista" in events(site, site.services.referrals.get(refused).case_id)


def test_three_attempts_then_the_pages_say_not_reached(site, sandro, refused) -> None:
    for number in range(3):
        sent = sandro.post(f"/sportello/da-chiamare/{task_of(site, refused)}", esito="nessuna_risposta")
        assert sent.status_code == 303, number
    assert task_of(site, refused) == ""
    last = site.services.referrals.told(refused)[-1]
    assert last.status == "non_raggiunta" and not last.is_told
    with site.services.cases.session_factory() as session:
        assert [v for v in violations(session) if v.code == refused] == []


def test_speaking_closes_the_call_and_a_second_click_changes_nothing(site, sandro, silvia, refused) -> None:
    task = task_of(site, refused)
    assert sandro.post(f"/sportello/da-chiamare/{task}", esito="parlato").status_code == 303
    again = silvia.post(f"/sportello/da-chiamare/{task}", esito="parlato")
    assert again.headers["location"].endswith("avviso=chiusa")
    assert "non è più da fare" in silvia.get(again.headers["location"]).text
    assert [told.status for told in site.services.referrals.told(refused)] == ["fatta", "fatta"]


@pytest.mark.parametrize("outcome", ["", "messaggio", "inventato"])
def test_a_wrong_outcome_is_explained(site, sandro, refused, outcome: str) -> None:
    task = task_of(site, refused)
    answer = sandro.post(f"/sportello/da-chiamare/{task}", esito=outcome)
    assert answer.status_code == 422 and "Com'è andata" in answer.text.replace("&#39;", "'")


def test_the_person_s_page_says_the_same(site, sandro, refused) -> None:
    services = site.services
    with site.client() as http:
        http.headers["accept"] = "text/html"
        token = re.search(r'name="gettone" value="([^"]+)"', http.get("/segnalazione").text).group(1)
        with writing(services.cases.session_factory) as session:
            row = services.referrals.writer.row_in(session, refused)
            pin = services.referrals.writer.pin(row.pin_seed)
        form = {"codice": refused, "pin": pin, "gettone": token}
        page = http.post("/segnalazione", data=form).text
        assert "Lo sportello deve ancora telefonare" in page
        sandro.post(f"/sportello/da-chiamare/{task_of(site, refused)}", esito="parlato")
        assert "Detto al telefono il " in http.post("/segnalazione", data=form).text


def test_a_new_pin_is_given_after_the_right_answers(site, sandro, refused) -> None:
    place = site.services.referrals.get(refused).site.comune
    wrong = sandro.post("/sportello/pin", page="/sportello/pin", codice=refused, nome="Eva", luogo=place)
    assert wrong.status_code == 422 and "non tornano" in wrong.text
    right = sandro.post("/sportello/pin", page="/sportello/pin", codice=refused, nome="Ada Prova", luogo=place)
    pin = re.search(r'<p class="read-aloud">(\d{6})</p>', right.text).group(1)
    assert site.services.referrals.check_pin(refused, pin)
