"""Eligibility, measures, facts and operators over HTTP."""

from __future__ import annotations

import httpx
import pytest

import eligibility

QUALIFIED = {
    "residenza_lombardia": True, "sede_lavoro_lombardia": True, "occupazione": "dipendente_tempo_indeterminato",
    "invalidita_percento": 75, "causa_assenza": "oncologica", "rientrato_al_lavoro": True,
    "assenza_continuativa": True, "mesi_assenza": 7,
}  # fmt: skip


def assess(client: httpx.Client, **body: object) -> httpx.Response:
    return client.post("/api/v1/eligibility/assess", json=body)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "ammissibile"),
        ({"invalidita_percento": 70}, "ammissibile"),
        ({"invalidita_percento": 69}, "non_ammissibile"),
        ({"invalidita_percento": None}, "da_verificare"),
        ({"mesi_assenza": 6}, "ammissibile"),
    ],
)
def test_the_engine_answers_over_http(client: httpx.Client, change: dict, verdict: str) -> None:
    content = assess(client, facts=QUALIFIED | change, measures=["dote_ritorno_al_lavoro"], date="2020-06-01").json()
    assessment = content["assessments"][0]
    assert assessment["verdict"] == verdict
    assert assessment["status"] == "aperta"
    assert content["date"] == "2020-06-01"
    assert content["ruleset"] == eligibility.load().version
    assert all(criterion["sources"] for criterion in assessment["criteria"])


def test_without_measures_all_are_assessed_and_today_is_used(client: httpx.Client) -> None:
    content = assess(client, facts={}).json()
    assert {a["measure"] for a in content["assessments"]} == set(eligibility.load().measures)
    assert content["next_question"]["fact"] in eligibility.load().facts


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"facts": {"invalidita_percento": 101}}, "facts.invalidita_percento"),
        ({"facts": {"invalidita_percento": "settanta"}}, "facts.invalidita_percento"),
        ({"facts": {"invalidita_percento": True}}, "facts.invalidita_percento"),
        ({"facts": {"residenza_lombardia": "forse"}}, "facts.residenza_lombardia"),
        ({"facts": {"occupazione": "astronauta"}}, "facts.occupazione"),
        ({"facts": {"diagnosi": "segreta"}}, "facts"),
        ({"facts": []}, "facts"),
        ({}, "facts"),
        ({"facts": {}, "date": "domani"}, "date"),
        ({"facts": {}, "measures": ["inventata"]}, "measures.0"),
    ],
)
def test_wrong_facts_are_named_and_never_repeated(client: httpx.Client, body: dict, field: str) -> None:
    response = assess(client, **body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in response.json()["errors"]]
    for value in ("settanta", "forse", "astronauta", "segreta", "diagnosi", "inventata"):
        assert value not in response.text


def test_measures_and_facts_are_listed(client: httpx.Client) -> None:
    measures = client.get("/api/v1/measures").json()
    assert {measure["measure"] for measure in measures} == set(eligibility.load().measures)
    one = client.get("/api/v1/measures/dote_ritorno_al_lavoro", params={"date": "2020-01-01"}).json()
    assert one["status"] == "aperta"
    assert (
        client.get("/api/v1/measures/dote_ritorno_al_lavoro", params={"date": "2021-01-01"}).json()["status"]
        == "chiusa"
    )
    facts = client.get("/api/v1/facts").json()
    assert {fact["id"] for fact in facts} == set(eligibility.load().facts)
    unknown = client.get("/api/v1/measures/inventata")
    assert unknown.status_code == 404 and unknown.json()["type"] == "/problemi/misura-non-trovata"


def test_operators_come_nearest_first(client: httpx.Client) -> None:
    sites = client.get("/api/v1/operators", params={"comune": "Lodi", "limit": 4}).json()
    assert 1 <= len(sites) <= 4
    assert sites[0]["km"] <= sites[-1]["km"]
    assert all(site["demo"] for site in sites)
    for wrong in ({"limit": 0}, {"provincia": "Milano"}, {"measure": "inventata"}, {"comune": ""}):
        assert client.get("/api/v1/operators", params=wrong).status_code == 422


FIRED = {
    "occupazione": "disoccupato", "ex_subordinato": True, "provincia": "BS", "motivo_cessazione": "licenziamento",
    "data_cessazione": "2026-11-27", "settimane_contributi_4_anni": 90,
}  # fmt: skip


def test_the_answer_says_the_situation_and_what_can_be_done_that_day(client: httpx.Client) -> None:
    content = assess(client, facts=FIRED, date="2026-11-30").json()
    assert content["situation"] == "perso_lavoro"
    first = content["plan"][0]
    assert first["measure"] == "naspi" and first["deadline"]["date"] == "2027-02-03" and first["channel"] == "patronato"
    assert {"measure", "action", "verdict", "status", "missing_facts", "channel", "documents", "why"} <= set(first)
    assert content["help"]
    only = assess(client, facts=FIRED, date="2026-11-30", measures=["tirocinio"]).json()
    assert {entry["measure"] for entry in only["plan"]} <= {"tirocinio"}


@pytest.mark.parametrize("day", ["27/11/2026", "2026-02-30", "1020-01-01", 20261127, ""])
def test_a_date_among_the_facts_is_iso_or_refused(client: httpx.Client, day: object) -> None:
    answer = assess(client, facts={"data_cessazione": day})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "facts.data_cessazione"


@pytest.mark.parametrize(
    ("name", "values", "key"),
    [
        ("naspi", {"settimane_contributi_4_anni": 100, "data_cessazione": "2026-11-27"}, "ultimo_giorno"),
        ("comporto", {"ccnl": "commercio_confcommercio", "giorni_malattia_nel_periodo": 100}, "restano"),
        ("absence", {"periodi": [{"dal": "2025-09-01", "al": "2026-02-28"}]}, "mesi_assenza"),
        ("deadlines", {"data_cessazione": "2026-11-27"}, "scadenze"),
        ("thresholds", {"invalidita_percento": 60}, "raggiunte"),
    ],
)
def test_the_calculators_explain_each_step(client: httpx.Client, name: str, values: dict, key: str) -> None:
    content = client.post(f"/api/v1/calculators/{name}", json=values | {"date": "2026-11-30"}).json()
    assert content["date"] == "2026-11-30" and content["result"][key] is not None
    assert all(step["text"] for step in content["steps"])


@pytest.mark.parametrize(
    ("name", "values", "status", "field"),
    [
        ("naspi", {}, 422, "settimane"), ("naspi", {"settimane": 5, "date": "domani"}, 422, "date"),
        ("comporto", {"segreto": "x"}, 422, "values"), ("oroscopo", {}, 404, None),
    ],
)  # fmt: skip
def test_wrong_values_of_a_calculator_are_named(
    client: httpx.Client, name: str, values: dict, status: int, field: str | None
) -> None:
    answer = client.post(f"/api/v1/calculators/{name}", json=values)
    assert answer.status_code == status and "segreto" not in answer.text
    if field:
        assert answer.json()["errors"][0]["field"] == field
