"""Draft projects of networks and partnerships."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest
import yaml

import eligibility
from eligibility.errors import RuleError, UnknownMeasure
from eligibility.network import DraftError, check_project
from eligibility.network_rules import parse_project

ON = dt.date(2021, 6, 1)
DRAFT: dict[str, Any] = {
    "partners": [
        {"name": "Alfa", "kind": "operatore_accreditato_lavoro", "lead": True},
        {"name": "Beta", "kind": "azienda"},
        {"name": "Gamma", "kind": "universita"},
    ],
    "recipients": {"count": 25, "services_for_all": ["coaching", "inserimento_lavoro"]},
    "months": 12,
    "requested": 110_000,
}


def check(measure: str = "azioni_di_rete", on: dt.date = ON, **changes: Any) -> Any:
    draft = {**copy.deepcopy(DRAFT), **changes}
    return check_project(measure, {key: value for key, value in draft.items() if value is not None}, on)


def outcomes(result: Any) -> dict[str, str]:
    return {found.id: found.outcome for found in result.checks}


def people(*persons: tuple[dict | None, list | None]) -> dict[str, Any]:
    listed = [{key: v for key, v in (("facts", f), ("services", s)) if v is not None} for f, s in persons]
    return {"people": listed}


def test_a_good_project_is_fundable() -> None:
    result = check()
    assert (result.verdict, result.status, result.missing, result.max_contribution) == (
        "finanziabile",
        "aperta",
        (),
        110_000,
    )
    assert all(found.sources for found in result.checks)
    assert result.to_dict()["verdict"] == "finanziabile"


@pytest.mark.parametrize(
    ("count", "most"),
    [(9, None), (10, 70_000), (20, 70_000), (21, 110_000), (30, 110_000), (31, 180_000), (50, 180_000), (51, 250_000), (100, 250_000), (101, None)],
)  # fmt: skip
def test_brackets_of_contribution(count: int, most: int | None) -> None:
    recipients = {**DRAFT["recipients"], "count": count}
    result = check(recipients=recipients, requested=most)
    assert result.max_contribution == most
    assert result.verdict == ("non_finanziabile" if most is None else "finanziabile")
    if most is not None:
        over = check(recipients=recipients, requested=most + 1)
        assert over.verdict == "non_finanziabile" and over.missing == ("contributo",)


def partner(kind: str | None = "azienda", **more: Any) -> dict[str, Any]:
    return {"name": f"{kind}{len(more)}", **({"kind": kind} if kind else {}), **more}


LEAD = partner("operatore_accreditato_lavoro", lead=True)


@pytest.mark.parametrize(
    ("partners", "check_id", "outcome"),
    [
        ([LEAD, partner("azienda")], "soggetti", "non_soddisfatto"),
        ([LEAD, partner("azienda"), {"name": " AZIENDA0 ", "kind": "azienda"}], "soggetti", "non_soddisfatto"),
        ([LEAD, {"kind": "azienda"}, {"kind": "azienda"}], "soggetti", "soddisfatto"),
        (None, "soggetti", "sconosciuto"), (None, "capofila", "sconosciuto"), (None, "tipi_di_soggetto", "sconosciuto"),
        ([partner("azienda", lead=True)], "capofila", "non_soddisfatto"),
        ([LEAD, {**LEAD, "name": "Due"}], "capofila", "non_soddisfatto"),
        ([partner("azienda")], "capofila", "sconosciuto"), ([partner(None, lead=True)], "capofila", "sconosciuto"),
        ([{"name": "x", "kinds": ["azienda", "operatore_accreditato_lavoro"], "lead": True}], "capofila", "soddisfatto"),
        ([LEAD, partner("circo")], "tipi_di_soggetto", "non_soddisfatto"), ([LEAD, partner(None)], "tipi_di_soggetto", "sconosciuto"),
        ([LEAD, partner("agenzia_lavoro")], "tipi_di_soggetto", "soddisfatto"),
    ],
)  # fmt: skip
def test_partners(partners: list | None, check_id: str, outcome: str) -> None:
    assert outcomes(check(partners=partners))[check_id] == outcome


@pytest.mark.parametrize(
    ("months", "outcome"),
    [(12, "soddisfatto"), (12.5, "non_soddisfatto"), (0, "non_soddisfatto"), (None, "sconosciuto")],
)
def test_duration(months: float | None, outcome: str) -> None:
    result = check(months=months)
    assert outcomes(result)["durata"] == outcome
    assert result.verdict == {"soddisfatto": "finanziabile", "sconosciuto": "da_verificare"}.get(
        outcome, "non_finanziabile"
    )


ADR = {"occupazione": "sospeso_cig", "assegno_ricollocazione": True}
FREE = {"occupazione": "disoccupato"}
BOTH = ["coaching", "avvio_impresa"]


@pytest.mark.parametrize(
    ("recipients", "orientation", "intensive", "gap"),
    [
        ({"count": 12}, "sconosciuto", "sconosciuto", None),
        ({"count": 12, "services_for_all": ["coaching"]}, "soddisfatto", "non_soddisfatto", None),
        (people(*[(None, BOTH)] * 12), "soddisfatto", "soddisfatto", None),
        (people(*[(None, BOTH)] * 11, (FREE, ["coaching"])), "soddisfatto", "non_soddisfatto", None),
        (people(*[(None, BOTH)] * 11, (None, ["coaching"])), "soddisfatto", "sconosciuto", None),
        (people(*[(FREE, BOTH)] * 11, (FREE, None)), "sconosciuto", "sconosciuto", None),
        (people(*[(FREE, BOTH)] * 11, (ADR, ["formazione"])), "soddisfatto", "soddisfatto", "AR-42"),
        ({**people(*[(FREE, ["avvio_impresa"])] * 12), "services_for_all": ["coaching"]}, "soddisfatto", "soddisfatto", None),
        ({"people": [], "count": 12}, "sconosciuto", "sconosciuto", None),
    ],
)  # fmt: skip
def test_every_worker_needs_both_services(recipients: dict, orientation: str, intensive: str, gap: str | None) -> None:
    result = check(recipients=recipients, requested=None)
    found = outcomes(result)
    assert (found["orientamento"], found["assistenza_intensiva"]) == (orientation, intensive)
    assert {c.gap for c in result.checks if c.id in ("orientamento", "assistenza_intensiva")} == {gap}
    if gap:
        assert result.verdict in ("da_verificare", "non_finanziabile")


ELIGIBLE = {
    "unita_produttiva_lombardia": True, "occupazione": "disoccupato", "residenza_lombardia": True, "azienda_in_crisi": True,
    "ex_subordinato": True, "altra_politica_attiva": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [(ELIGIBLE, "soddisfatto"), ({**ELIGIBLE, "ex_subordinato": False}, "non_soddisfatto"), (FREE, "sconosciuto")],
)
def test_the_people_of_the_list_are_assessed(facts: dict, outcome: str) -> None:
    result = check(recipients=people(*[(ELIGIBLE, BOTH)] * 11, (facts, BOTH)), requested=None)
    assert outcomes(result)["requisiti_delle_persone"] == outcome


OPERATOR = {"name": "A", "kind": "operatore_accreditato_lavoro", "flags": {"ha_persone_dote_ricollocazione": True}}
HELD = people(*[({"dote_ricollocazione_attiva": True}, None)] * 3)


def partnership(partners: list | None = None, recipients: Any = None) -> Any:
    partners = (
        [OPERATOR, {"name": "B", "kind": "ente_locale"}, {"name": "C", "kind": "azienda"}]
        if partners is None
        else partners
    )
    return check_project(
        "partenariati_territoriali", {"partners": partners, "recipients": recipients or HELD}, dt.date(2012, 9, 1)
    )


def test_the_partnership_of_2012_stays_to_be_verified_where_sources_are_silent() -> None:
    result = partnership()
    assert (result.verdict, result.status, result.max_contribution) == ("da_verificare", "da_verificare", None)
    assert {c.id: c.gap for c in result.checks if c.gap} == {"persone": "PT-11", "contributo": "PT-11"}
    assert outcomes(result)["operatore_con_doti"] == "soddisfatto"


@pytest.mark.parametrize(
    ("first", "outcome"),
    [
        ({"flags": {"ha_persone_dote_ricollocazione": False}}, "non_soddisfatto"), ({"flags": {}}, "sconosciuto"),
        ({"flags": None}, "sconosciuto"), ({"kind": "azienda"}, "non_soddisfatto"), ({"kind": None}, "sconosciuto"),
    ],
)  # fmt: skip
def test_the_operator_that_already_has_the_doti(first: dict, outcome: str) -> None:
    others = [{"name": "B", "kind": "ente_locale"}, {"name": "C", "kind": "azienda"}]
    assert outcomes(partnership([{**OPERATOR, **first}, *others]))["operatore_con_doti"] == outcome


def test_an_open_list_of_kinds_is_not_a_no() -> None:
    result = partnership([OPERATOR, {"name": "B", "kind": "circo"}, {"name": "C", "kind": "azienda"}])
    (kinds,) = (c for c in result.checks if c.id == "tipi_di_soggetto")
    assert (kinds.outcome, kinds.gap) == ("sconosciuto", "PT-05")


@pytest.mark.parametrize(
    ("held", "outcome"), [(True, "soddisfatto"), (False, "non_soddisfatto"), (None, "sconosciuto")]
)
def test_who_takes_part_must_hold_the_dote(held: bool | None, outcome: str) -> None:
    listed = people(({"dote_ricollocazione_attiva": True}, None), ({"dote_ricollocazione_attiva": held}, None))
    assert outcomes(partnership(recipients=listed))["persone"] == outcome


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (None, "voci"), ({"soci": []}, "voci"), ({"partners": "molti"}, "partners"), ({"partners": ["x"]}, "partners"),
        ({"recipients": "tanti"}, "recipients"), ({"recipients": {"quanti": 3}}, "recipients"), ({"recipients": {"count": -1}}, "persone"),
        ({"recipients": {"count": True}}, "recipients|persone"), ({"recipients": {"count": 2.5}}, "persone"),
        ({"recipients": {"people": [1]}}, "people"), ({"recipients": {"count": 3, "people": [{}]}}, "non è quello"),
        ({"months": "un anno"}, "durata"), ({"requested": float("nan")}, "contributo"), ({"requested": -5}, "contributo"),
    ],
)  # fmt: skip
def test_unreadable_drafts_are_refused(draft: object, words: str) -> None:
    with pytest.raises(DraftError, match=words):
        check_project("azioni_di_rete", draft, ON)


def test_the_status_follows_the_date() -> None:
    days = {
        "2021-02-18": "non_ancora_aperta",
        "2021-02-19": "aperta",
        "2022-04-01": "da_verificare",
        "2025-03-29": "chiusa",
    }
    assert {day: check(on=dt.date.fromisoformat(day)).status for day in days} == days


def test_measures_without_a_project_are_refused() -> None:
    with pytest.raises(UnknownMeasure):
        check("tirocinio")
    with pytest.raises(UnknownMeasure):
        check_project("azioni_di_rete", DRAFT, ON, edition="fase_9")


@pytest.mark.parametrize(
    ("change", "words"),
    [({"schema": 3}, "chiavi"), ({"title": ""}, "title"), ({"extra": 1}, "chiavi"), ({"partners": {"minimum": 3, "text": {"soddisfatto": "x"}}}, "testo"),
     ({"contribution": {"sources": ["ZZ"]}}, "ZZ"), ({"recipients": {**{"text": {}}, "minimum": 1}}, "testo")],
)  # fmt: skip
def test_wrong_files_are_refused(change: dict, words: str) -> None:
    rules = eligibility.load()
    data = yaml.safe_load(rules.data_files["network/azioni_di_rete_fase_2_2021.yaml"])
    with pytest.raises(RuleError, match=words):
        parse_project({**data, **change}, rules, "prova.yaml")
