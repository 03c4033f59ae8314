"""The personal plan: checked by the rules, recorded once signed."""

from __future__ import annotations

from settings import clock
from tests.web.operators.conftest import Desk

MEASURE = "azioni_di_rete"
GOOD = {
    "servizio:colloquio_specialistico": "si",
    "ore:colloquio_specialistico": "1",
    "servizio:inserimento_lavoro": "si",
}
TOO_LONG = GOOD | {"ore:colloquio_specialistico": "7,5"}


def _address(desk: Desk, state: str = "appuntamento_fissato", **more) -> str:
    facts = {"occupazione": "disoccupato", "azienda_in_crisi": True, "ex_subordinato": True}
    opened = desk.referral(state, measure=MEASURE, facts=facts, **more)
    return f"/operatore/segnalazioni/{opened.code}"


def test_the_plan_is_checked_before_it_is_signed(ours: Desk) -> None:
    address = _address(ours)
    page = ours.browser.get(f"{address}/piano")
    assert page.status_code == 200 and "Colloquio specialistico" in page.text
    good = ours.post(f"{address}/piano", azione="controlla", **GOOD)
    assert "Il piano rispetta le regole" in good.text
    bad = ours.post(f"{address}/piano", azione="controlla", **TOO_LONG)
    assert "sono 7.5 ore. Il massimo è 1." in bad.text and 'value="7,5"' in bad.text
    assert "Scelga almeno un servizio" in ours.post(f"{address}/piano", azione="controlla").text
    assert "non è un numero" in ours.post(f"{address}/piano", **GOOD | {"ore:colloquio_specialistico": "due"}).text


def test_with_scripts_only_the_check_comes_back(ours: Desk) -> None:
    address = _address(ours)
    token = ours.post(f"{address}/piano", azione="controlla", **GOOD)
    from tests.web.operators.conftest import hidden

    fields = {"gettone": hidden(token.text)["gettone"], **GOOD}
    part = ours.browser.post(f"{address}/piano", data=fields, headers={"X-Frammento": "si"})
    assert "Il piano rispetta le regole" in part.text and "<html" not in part.text


def test_a_signed_plan_moves_the_referral_and_shows_on_its_card(ours: Desk) -> None:
    address = _address(ours)
    unsigned = ours.post(f"{address}/piano", azione="registra", **GOOD)
    assert unsigned.status_code == 422 and "il giorno della firma" in unsigned.text
    future = ours.post(f"{address}/piano", azione="registra", firmato_il="2999-01-01", **GOOD)
    assert future.status_code == 422
    today = clock.today().isoformat()
    done = ours.post(f"{address}/piano", azione="registra", firmato_il=today, **GOOD)
    assert done.status_code == 303 and done.headers["location"].endswith("?fatto=piano")
    code = address.rpartition("/")[2]
    assert ours.state(code) == "pip_sottoscritto"
    assert "Colloquio specialistico, 1 ore" in ours.browser.get(address).text
    again = ours.browser.get(f"{address}/piano").text
    assert f'value="{today}"' in again and "Il piano rispetta le regole" in again


def test_a_plan_against_the_rules_needs_a_second_yes(ours: Desk) -> None:
    address = _address(ours)
    fields = {"azione": "registra", "firmato_il": clock.today().isoformat(), **TOO_LONG}
    refused = ours.post(f"{address}/piano", **fields)
    assert refused.status_code == 422 and "lo_stesso" in refused.text
    assert ours.post(f"{address}/piano", lo_stesso="si", **fields).status_code == 303
    code = address.rpartition("/")[2]
    plan = ours.side().card(code, "operatore:OPD01", clock.now()).plan
    assert plan["despite_remarks"] is True and plan["outcome"] == "da_correggere"


def test_no_plan_before_the_meeting(ours: Desk) -> None:
    address = _address(ours, "inviata")
    assert ours.browser.get(f"{address}/piano").headers["location"] == address
    answer = ours.post(f"{address}/piano", azione="registra", firmato_il=clock.today().isoformat(), **GOOD)
    assert answer.status_code == 422 and "Nel frattempo" in answer.text
