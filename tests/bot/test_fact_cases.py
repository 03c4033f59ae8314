"""Every sentence of ``data/facts/read_by_grammar`` is read as written there, and nothing more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.evaluate import _count
from bot.evaluation_result import Line, Result
from bot.facts.catalogue import facts
from bot.facts.context import Context
from bot.facts.extract import read

CASES = [
    pytest.param(json.loads(line), id=f"{path.stem}-{number}")
    for path in sorted((Path(__file__).parents[2] / "data" / "facts" / "read_by_grammar").glob("*.jsonl"))
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    if line.strip()
]

# Facts that no case tells yet; the rights are asked for them with buttons and forms.
UNTOLD = {
    "anni_da_fine_cure",
    "unita_produttiva_lombardia",
    "situazione",
    "data_cessazione",
    "motivo_cessazione",
    "settimane_contributi_4_anni",
    "dimissioni_ultimi_12_mesi",
    "settimane_contributi_5_anni",
    "settimane_contributi_totali",
    "anni_contributi",
    "cure_in_corso_o_recenti",
    "disabilita_grave_104",
    "capacita_ridotta_certificata",
    "terapia_salvavita",
    "sorveglianza_sanitaria",
    "data_giudizio_idoneita",
    "assunzione_legge_68",
    "ccnl",
    "anzianita_mesi",
    "giorni_malattia_nel_periodo",
    "reddito_personale_annuo",
    "isee",
    "accordo_sindacale_con_corsi",
    "committente_stabile",
}


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict) -> None:
    found = {item.fact: item.value for item in read(case["text"], Context.from_metadata(case)).facts}
    assert _count(Result([]), Line(case["text"], None, case["facts"], {"facts": found})), (
        f"{case['text']!r}: expected {case['facts']}, read {found}"
    )


def test_there_are_cases_of_every_kind() -> None:
    named = {fact for param in CASES for fact in param.values[0]["facts"]}
    assert set(facts()) <= named | UNTOLD
