"""Dates: which edition, which status, which version of the law."""

from __future__ import annotations

import datetime as dt

import pytest

import eligibility
from eligibility.errors import RuleError, UnknownMeasure
from tests.eligibility.support import criterion, rule, ruleset

YES = [criterion("c", {"fact": "a", "is": True})]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def window(start: str | None, end: str | None, **more: object) -> dict:
    return {"window": {"from": start and day(start), "to": end and day(end), "sources": ["S"], **more}}


@pytest.mark.parametrize(
    ("on", "status"),
    [("2019-03-20", "non_ancora_aperta"), ("2019-03-21", "aperta"), ("2020-12-31", "aperta"), ("2021-01-01", "chiusa")],
)
def test_the_window_includes_its_first_and_last_day(on: str, status: str) -> None:
    assert eligibility.assess({}, day(on), ["dote_ritorno_al_lavoro"]).assessments[0].status == status


@pytest.mark.parametrize(
    ("on", "status"),
    [
        ("2021-02-18", "non_ancora_aperta"), ("2021-02-19", "aperta"), ("2022-03-31", "aperta"),
        ("2022-04-01", "da_verificare"), ("2025-03-28", "da_verificare"), ("2025-03-29", "chiusa"),
    ],
)  # fmt: skip
def test_where_sources_disagree_the_status_is_to_be_verified(on: str, status: str) -> None:
    answer = eligibility.assess({}, day(on), ["azioni_di_rete"]).assessments[0]
    assert answer.status == status and answer.status_text


def test_an_open_end_and_an_open_start() -> None:
    rules = ruleset(
        rule(YES, "senza_fine", **window("2020-01-01", None)), rule(YES, "senza_inizio", **window(None, "2020-01-01"))
    )
    statuses = lambda on: [a.status for a in eligibility.assess({}, day(on), ruleset=rules).assessments]  # noqa: E731
    assert statuses("1990-01-01") == ["non_ancora_aperta", "aperta"]
    assert statuses("2020-01-01") == ["aperta", "aperta"]
    assert statuses("2900-01-01") == ["aperta", "chiusa"]


EDITIONS = [
    rule(YES, edition="prima", **window("2010-01-01", "2010-12-31")),
    rule(YES, edition="terza", **window("2020-01-01", None)),
    rule(YES, edition="seconda", **window("2012-01-01", "2012-12-31")),
]


@pytest.mark.parametrize(
    ("on", "edition", "status"),
    [
        ("2009-06-01", "prima", "non_ancora_aperta"), ("2010-06-01", "prima", "aperta"), ("2011-06-01", "prima", "chiusa"),
        ("2012-06-01", "seconda", "aperta"), ("2019-12-31", "seconda", "chiusa"), ("2020-01-01", "terza", "aperta"),
    ],
)  # fmt: skip
def test_the_edition_in_force_or_the_last_one_before(on: str, edition: str, status: str) -> None:
    answer = eligibility.assess({}, day(on), ruleset=ruleset(*EDITIONS)).assessments[0]
    assert (answer.edition, answer.status) == (edition, status)


def test_a_future_edition_can_be_tried() -> None:
    rules = ruleset(*EDITIONS)
    answer = eligibility.assess({"a": True}, day("2010-06-01"), ruleset=rules, editions={"m": "terza"}).assessments[0]
    assert (answer.edition, answer.status, answer.verdict) == ("terza", "non_ancora_aperta", "ammissibile")
    with pytest.raises(UnknownMeasure, match="prima, seconda, terza"):
        eligibility.assess({}, day("2010-06-01"), ruleset=rules, editions={"m": "quarta"})


@pytest.mark.parametrize(
    ("first", "second"),
    [(("2010-01-01", "2010-12-31"), ("2010-12-31", None)), (("2010-01-01", None), ("2015-01-01", None)), ((None, None), ("2015-01-01", None))],
)  # fmt: skip
def test_two_editions_of_a_measure_never_overlap(first: tuple, second: tuple) -> None:
    with pytest.raises(RuleError, match="negli stessi giorni"):
        ruleset(rule(YES, edition="a", **window(*first)), rule(YES, edition="b", **window(*second)))
    ruleset(rule(YES, "m", **window(*first)), rule(YES, "altra", **window(*second)))


def test_an_edition_may_not_appear_twice() -> None:
    with pytest.raises(RuleError, match="due volte"):
        ruleset(rule(YES, **window("2010-01-01", "2010-12-31")), rule(YES, **window("2011-01-01", None)))


def test_real_editions_of_one_measure_follow_each_other() -> None:
    for editions in eligibility.load().measures.values():
        for earlier, later in zip(editions, editions[1:], strict=False):
            assert not earlier.window.overlaps(later.window)


def test_links_to_the_law_are_pinned_to_the_reference_date() -> None:
    answer = eligibility.assess({}, day("2024-05-06"), ["collocamento_mirato"]).assessments[0]
    links = {s["id"]: s["url"] for c in answer.criteria for s in c.sources}
    assert links["L68-art1"].endswith("!vig=2024-05-06") and "normattiva" in links["L68-art1"]
    assert not any("!vig" in (url or "") for id_, url in links.items() if not id_.startswith(("L", "D")))
    later = eligibility.assess({}, day("2025-05-06"), ["collocamento_mirato"]).assessments[0]
    assert "!vig=2025-05-06" in {s["id"]: s["url"] for c in later.criteria for s in c.sources}["L68-art1"]


def test_unknown_measures_and_audiences_are_refused() -> None:
    with pytest.raises(UnknownMeasure, match="dote_ritorno_al_lavoro"):
        eligibility.assess({}, day("2024-05-06"), ["dote_magica"])
    with pytest.raises(UnknownMeasure):
        eligibility.describe("dote_magica", day("2024-05-06"))
    with pytest.raises(ValueError, match="cittadino"):
        eligibility.assess({}, day("2024-05-06"), audience="gatto")


def test_the_measures_of_the_contract_are_all_there() -> None:
    # A measure more is no matter of this test; one less, or an edition renamed, breaks other people's programs.
    held = {m: [e.edition for e in editions] for m, editions in eligibility.load().measures.items()}
    doti = {
        "dote_ritorno_al_lavoro": ["2019"], "azioni_di_rete": ["fase_2_2021"], "dote_riqualificazione": ["2012"],
        "dote_ricollocazione": ["2012"], "partenariati_territoriali": ["2012"],
        "dote_lavoro_ammortizzatori": ["2009_deroga", "2010_integrazione"], "collocamento_mirato": ["legge_68_1999"],
        "dote_lavoro_disabilita": ["emergo_milano"], "tirocinio": ["emergo_milano"],
        "segnalazione_ricerche": ["emergo_milano"], "dote_impresa": ["2025_2026"],
    }  # fmt: skip
    rights = {
        "congedo_l106_2025", "permessi_l106_2025", "congedo_cure_invalidi", "permessi_l104", "part_time_oncologico",
        "lavoro_agile_priorita", "accomodamento_ragionevole", "visita_rientro", "esonero_reperibilita",
        "malattia_gestione_separata", "accertamento_invalidita", "assegno_ordinario_invalidita",
        "assegno_mensile_invalidita", "pensione_inabilita_civile", "ape_sociale", "computo_l68", "naspi", "dis_coll",
        "patto_di_servizio", "sfl", "adi", "cigs_diritti_doveri", "incentivo_assunzione_l68", "oblio_oncologico",
    }  # fmt: skip
    assert {measure: held.get(measure) for measure in doti} == doti
    assert rights <= set(held)
    assert all(edition.kind == "diritto" for right in rights for edition in eligibility.load().measures[right])
    assert set(eligibility.load().signposts) == {
        "congedo_l106_2025", "part_time_oncologico", "permessi_l104", "oblio_oncologico", "dote_unica_lavoro", "gol",
    }  # fmt: skip
