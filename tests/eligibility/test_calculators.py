"""The calculators: worked examples from the sheets, both sides of each limit, and never a number nobody read."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

import eligibility
from eligibility.calculators import NAMES, CalculatorError, run
from eligibility.calculators.comporto import contracts
from eligibility.calculators.figures import data
from eligibility.months import months_between
from eligibility.readability import gulpease

ON = dt.date(2026, 11, 30)
GOOD = {
    "naspi": {"settimane": 104, "retribuzione_media": 1400, "data_cessazione": "2026-11-27", "eta": 40},
    "comporto": {"ccnl": "commercio_confcommercio", "periodi": [{"dal": "2026-06-10", "al": None}]},
    "absence": {"periodi": [{"dal": "2025-09-01", "al": "2026-02-28"}]},
    "deadlines": {"fine_lavoro": "2026-11-27", "lettera_licenziamento": "2026-11-20"},
    "thresholds": {"invalidita_percento": 60},
}


def answer(name: str, on: dt.date = ON, **values: object) -> dict:
    return run(name, values, on).to_dict(on)


def test_months_are_counted_as_the_examples_say() -> None:
    with (Path(__file__).parents[1] / "months_between.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            first, last = dt.date.fromisoformat(row["first"]), dt.date.fromisoformat(row["last"])
            assert months_between(first, last) == float(row["months"]), row
    assert answer("absence", **GOOD["absence"])["result"]["mesi_assenza"] == 6


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_plain_explained_and_easy(name: str) -> None:
    found = answer(name, **GOOD[name])
    json.dumps(found)
    assert found == answer(name, **GOOD[name]), "the same values give the same answer"
    assert found["calculator"] == name and found["steps"] and found["outcome"] in ("calcolato", "da_verificare")
    for step in found["steps"]:
        assert gulpease(step["text"]) >= 60, step["text"]
        assert all({"id", "title", "url"} == set(source) for source in step["sources"])
    assert all(gulpease(text) >= 60 for text in found["warnings"])
    assert any(step["sources"] for step in found["steps"]) or name == "absence"


def test_naspi_follows_the_sheet() -> None:
    found = answer("naspi", settimane=104, retribuzione_media=1400, data_cessazione="2026-11-27", eta=40)
    result = found["result"]
    assert found["outcome"] == "calcolato" and result["settimane_pagate"] == 52 and result["mesi"] == 12
    assert result["ultimo_giorno"] == "2027-02-03"
    amounts = [row["importo"] for row in result["importi"]]
    assert len(amounts) == 12 and amounts[:5] == [1050.0] * 5
    assert amounts[5] == round(1050 * 0.97, 2) and amounts[6] == round(1050 * 0.97**2, 2)


@pytest.mark.parametrize(("pay", "first"), [(1456.72, 1092.54), (1556.72, 1117.54), (10_000, 1584.70), (0, 0)])
def test_naspi_has_two_shares_and_a_ceiling(pay: float, first: float) -> None:
    assert answer("naspi", settimane=60, retribuzione_media=pay, eta=30)["result"]["importi"][0]["importo"] == first


def test_naspi_says_what_is_not_certain() -> None:
    few = answer("naspi", settimane=12)
    assert few["result"]["requisito_settimane"] is False and few["result"]["importi"] == []
    assert answer("naspi", settimane=13)["result"]["requisito_settimane"] is True
    assert answer("naspi", settimane=209)["result"]["mesi"] <= 24.2
    for age, outcome in ((54, "calcolato"), (55, "da_verificare"), (None, "da_verificare")):
        assert answer("naspi", settimane=60, retribuzione_media=1000, eta=age)["outcome"] == outcome
    next_year = answer("naspi", on=dt.date(2027, 1, 1), settimane=60, retribuzione_media=1000, eta=30)
    assert next_year["outcome"] == "da_verificare" and "2026" in next_year["warnings"][0]
    late = answer("naspi", settimane=60, data_cessazione="2026-09-01")
    assert late["outcome"] == "da_verificare" and any("passato" in step["text"] for step in late["steps"])


def test_every_contract_is_there_and_those_not_read_give_no_number() -> None:
    assert set(contracts()) == set(eligibility.load().facts["ccnl"].options) - {"altro"}
    unread = {id_ for id_, contract in contracts().items() if not contract["bands"]}
    assert unread == {"cooperative_sociali", "chimico_farmaceutico", "gomma_plastica", "legno_arredo", "sanita_privata"}
    for ccnl in (*unread, "altro", None):
        found = answer("comporto", ccnl=ccnl, anzianita_mesi=50, giorni=100)
        assert found["outcome"] == "da_verificare" and found["result"]["limite"] is None
        assert found["result"]["stato"] == "non_calcolabile" and "personale" in found["ask"]


@pytest.mark.parametrize(
    ("ccnl", "months", "more", "limit"),
    [
        ("commercio_confcommercio", 500, {}, 180), ("metalmeccanica_industria", 36, {}, 183),
        ("metalmeccanica_industria", 37, {}, 274), ("metalmeccanica_industria", 73, {}, 365),
        ("metalmeccanica_artigianato", 10, {}, 270), ("metalmeccanica_artigianato", 60, {"impiegato": True}, 180),
        ("metalmeccanica_artigianato", 61, {"impiegato": True}, 240), ("multiservizi", 1, {}, 360),
        ("logistica", 60, {}, 245), ("logistica", 61, {}, 365), ("turismo_pubblici_esercizi", 9, {}, 180),
        ("edilizia_industria", 42, {}, 270), ("edilizia_industria", 43, {}, 365), ("alimentare_industria", 60, {}, 186),
        ("alimentare_industria", 61, {}, 365), ("alimentare_industria", 60, {"disabilita_certificata": True}, 276),
        ("alimentare_industria", 99, {"disabilita_certificata": True}, 455), ("studi_professionali", 9, {}, 180),
        ("credito", 60, {}, 240), ("credito", 61, {}, 300), ("credito", 61, {"oncologica": True}, 600),
        ("credito", 400, {"oncologica": True}, 1080), ("sanita_pubblica", 9, {}, 540), ("funzioni_locali", 9, {}, 540),
        ("scuola", 9, {}, 540), ("scuola", 9, {"tipo_contratto_scuola": "annuale"}, 270),
        ("scuola", 9, {"tipo_contratto_scuola": "breve"}, 30), ("lavoro_domestico", 6, {}, 10),
        ("lavoro_domestico", 7, {}, 45), ("lavoro_domestico", 25, {}, 180), ("lavoro_domestico", 25, {"oncologica": True}, 270),
        ("lavoro_domestico", 24, {"oncologica": True}, 68), ("commercio_confcommercio", 5, {"oncologica": True}, 180),
    ],
)  # fmt: skip
def test_the_limit_follows_contract_and_seniority(ccnl: str, months: int, more: dict, limit: int) -> None:
    assert answer("comporto", ccnl=ccnl, anzianita_mesi=months, giorni=0, **more)["result"]["limite"] == limit


def test_days_are_calendar_days_of_the_window_weekends_between_certificates_too() -> None:
    def used(*spells: tuple[str, str | None, bool], ccnl: str = "commercio_confcommercio", on: dt.date = ON) -> int:
        periods = [{"dal": a, "al": b, "conta": c} for a, b, c in spells]
        return answer("comporto", on, ccnl=ccnl, anzianita_mesi=50, periodi=periods)["result"]["usati"]

    assert used(("2026-11-02", "2026-11-06", True)) == 5
    assert used(("2026-11-02", "2026-11-06", True), ("2026-11-09", "2026-11-10", True)) == 9, (
        "the weekend between counts"
    )
    assert used(("2026-11-02", "2026-11-05", True), ("2026-11-09", "2026-11-10", True)) == 6, (
        "a Friday at work breaks it"
    )
    assert used(("2026-11-02", "2026-11-06", True), ("2026-11-04", "2026-11-08", True)) == 7, "a day is counted once"
    assert used(("2026-11-02", "2026-11-06", False)) == 0
    assert used(("2025-11-01", "2025-12-10", True)) == 10, "only from 1 December 2025"
    assert used(("2025-12-01", "2026-01-10", True), ccnl="turismo_pubblici_esercizi") == 10, "from 1 January"
    assert used(("2026-11-25", None, True)) == 6, "still sick: up to today"
    assert used(("2026-01-01", "2026-02-10", True), ("2026-11-25", None, True), ccnl="studi_professionali") == 6


@pytest.mark.parametrize(
    ("days", "state"), [(119, "verde"), (120, "giallo"), (149, "giallo"), (150, "rosso"), (179, "rosso"), (180, "oltre"), (400, "oltre")]
)  # fmt: skip
def test_the_state_of_what_is_left(days: int, state: str) -> None:
    found = answer("comporto", ccnl="commercio_confcommercio", giorni=days)
    assert found["result"]["stato"] == state
    assert ("scadenze" in found["result"]) and (found["result"]["scadenze"] == {}) == (state == "oltre")


def test_the_dates_to_remember_and_a_contract_that_ends_before() -> None:
    dates = answer("comporto", ccnl="commercio_confcommercio", giorni=120)["result"]["scadenze"]
    assert dates == {
        "ultimo_giorno_protetto": "2027-01-29", "chiedere_il_conteggio": "2026-12-30", "ultima_richiesta": "2027-01-28",
    }  # fmt: skip
    short = answer("comporto", ccnl="commercio_confcommercio", giorni=120, fine_contratto="2026-12-15")
    assert short["result"]["scadenze"] == {"fine_contratto": "2026-12-15"}


def test_disability_in_a_contract_with_unread_days_raises_no_alarm() -> None:
    alone = answer("comporto", ccnl="metalmeccanica_industria", anzianita_mesi=10, giorni=180)
    told = answer(
        "comporto", ccnl="metalmeccanica_industria", anzianita_mesi=10, giorni=180, disabilita_certificata=True
    )
    assert alone["result"]["stato"] == "rosso" and told["result"]["stato"] == "non_calcolabile"
    assert told["outcome"] == "da_verificare" and any("più lungo" in text for text in told["warnings"])


def test_no_answer_says_what_only_a_judge_can() -> None:
    for ccnl in contracts():
        for days in (0, 150, 900):
            text = json.dumps(answer("comporto", ccnl=ccnl, anzianita_mesi=70, giorni=days), ensure_ascii=False).lower()
            assert "illegittim" not in text and "legittim" not in text and "tranquill" not in text
            assert "stima" in text or "conteggio scritto" in text


def test_thresholds_reached_and_next() -> None:
    found = answer("thresholds", invalidita_percento=60, invalidita_inail_percento=0)["result"]
    assert [item["soglia"] for item in found["raggiunte"]] == [46, 51, 60]
    assert [item["soglia"] for item in found["prossime"]] == [67, 74, 80, 100, 34]
    for percent in (45, 46, 50, 51, 73, 74):
        got = [i["soglia"] for i in answer("thresholds", invalidita_percento=percent)["result"]["raggiunte"]]
        assert got == [limit for limit in (46, 51, 60, 67, 74, 80, 100) if limit <= percent]


def test_deadlines_nearest_first_and_general_knowledge_is_told_as_such() -> None:
    found = answer(
        "deadlines", fine_lavoro="2026-11-27", lettera_licenziamento="2026-11-20", giudizio_idoneita="2026-10-01"
    )
    rows = found["result"]["scadenze"]
    assert [(row["id"], row["ultimo_giorno"], row["passata"]) for row in rows] == [
        ("contestare", "2027-01-19", False), ("naspi", "2027-02-03", False), ("idoneita", "2026-10-31", True),
    ]  # fmt: skip
    assert "Va verificato con: sindacato" in rows[0]["testo"] and "Va verificato" not in rows[1]["testo"]
    assert found["outcome"] == "da_verificare"
    assert answer("deadlines", fine_lavoro="2026-11-27")["outcome"] == "calcolato"


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("naspi", {}, "settimane"), ("naspi", {"settimane": 210}, "settimane"), ("naspi", {"settimane": 1.5}, "settimane"),
        ("naspi", {"settimane": True}, "settimane"), ("naspi", {"settimane": 20, "data_cessazione": "ieri"}, "data_cessazione"),
        ("naspi", {"settimane": 20, "retribuzione_media": float("nan")}, "retribuzione_media"),
        ("comporto", {"ccnl": "gatto"}, "ccnl"), ("comporto", {"ccnl": "logistica", "giorni": 1}, "anzianita_mesi"),
        ("comporto", {"ccnl": "commercio_confcommercio"}, "giorni"), ("comporto", {"gatto": 1}, "values"),
        ("comporto", {"ccnl": "commercio_confcommercio", "giorni": 3, "part_time": "x"}, "part_time"),
        ("comporto", {"ccnl": "commercio_confcommercio", "giorni": 3, "in_prova": "sì"}, "in_prova"),
        ("comporto", {"ccnl": "commercio_confcommercio", "periodi": [{"dal": "2026-02-01", "al": "2026-01-01"}]}, "periodi"),
        ("absence", {"periodi": []}, "periodi"), ("absence", {"periodi": [3]}, "periodi"),
        ("absence", {"periodi": [{"dal": "2027-01-01", "al": None}]}, "periodi"),
        ("deadlines", {}, "date"), ("deadlines", {"gatto": "2026-01-01"}, "values"),
        ("thresholds", {}, "invalidita_percento"), ("thresholds", {"invalidita_percento": 101}, "invalidita_percento"),
        ("naspi", [], "values"),
    ],
)  # fmt: skip
def test_wrong_values_are_refused_with_the_name_of_the_field(name: str, values: object, field: str) -> None:
    with pytest.raises(CalculatorError) as refused:
        run(name, values, ON)  # type: ignore[arg-type]
    assert refused.value.field == field and str(refused.value)


def test_the_figures_have_a_year_a_last_day_and_sources() -> None:
    assert data()["naspi"]["year"] == 2026 and data()["naspi"]["expires"] == dt.date(2026, 12, 31)
    for group in data()["thresholds"].values():
        assert all(limit["sources"] and gulpease(limit["text"]) >= 60 for limit in group)


def test_the_rule_and_the_calculator_say_the_same() -> None:
    for ccnl in contracts():
        for months in (3, 6, 7, 24, 25, 36, 37, 42, 43, 60, 61, 72, 73, 121, 181, 241, 301):
            for days in (0, 9, 10, 44, 45, 179, 180, 183, 186, 240, 245, 269, 270, 274, 359, 360, 365, 539, 540, 720):
                facts = {
                    "occupazione": "dipendente_tempo_indeterminato", "ccnl": ccnl, "anzianita_mesi": months,
                    "giorni_malattia_nel_periodo": days,
                }  # fmt: skip
                verdict = eligibility.assess(facts, ON, ["comporto"]).of("comporto").verdict
                result = run("comporto", {"ccnl": ccnl, "anzianita_mesi": months, "giorni": days}, ON).result
                left = result["restano"]
                expected = "da_verificare" if left is None else "ammissibile" if left > 0 else "non_ammissibile"
                assert verdict == expected, (ccnl, months, days)
