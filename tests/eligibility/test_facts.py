"""What is accepted as a fact, and what is said of what is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eligibility
from eligibility.errors import FactErrors, RuleError
from eligibility.facts import parse_catalogue
from tests.eligibility.support import DAY, examples, fact

RULES = eligibility.load()


@pytest.mark.parametrize(
    ("id_", "given_", "kept"),
    [
        ("residenza_lombardia", "sì", True), ("residenza_lombardia", "SI", True), ("residenza_lombardia", "true", True),
        ("residenza_lombardia", "no", False), ("residenza_lombardia", "False", False), ("residenza_lombardia", True, True),
        ("residenza_lombardia", "1", True), ("residenza_lombardia", "0", False),
        ("invalidita_percento", 70, 70), ("invalidita_percento", "70%", 70), ("invalidita_percento", " 70 % ", 70),
        ("invalidita_percento", 70.0, 70), ("invalidita_percento", "70,0", 70), ("invalidita_percento", 0, 0),
        ("invalidita_percento", 100, 100), ("mesi_assenza", "6,5", 6.5), ("mesi_assenza", 6.0, 6),
        ("occupazione", "Sospeso CIG", "sospeso_cig"), ("occupazione", "disoccupato", "disoccupato"),
        ("provincia", "mi", "MI"), ("provincia", "Novara", "NO"), ("provincia", "Monza e Brianza", "MB"),
        ("comune", "  Sesto San Giovanni ", "Sesto San Giovanni"), ("eta", None, None),
        ("data_cessazione", "2026-11-27", "2026-11-27"), ("data_cessazione", "27/11/2026", "2026-11-27"),
        ("data_cessazione", "1° gennaio 2026", "2026-01-01"), ("data_cessazione", " 3.2.2027 ", "2027-02-03"),
    ],
)  # fmt: skip
def test_values_are_coerced(id_: str, given_: object, kept: object) -> None:
    got = RULES.validate({id_: given_})[id_]
    assert got == kept and type(got) is type(kept)


WRONG = [
    ("residenza_lombardia", 1), ("residenza_lombardia", "forse"), ("residenza_lombardia", []),
    ("invalidita_percento", True), ("invalidita_percento", 101), ("invalidita_percento", -1),
    ("invalidita_percento", 70.5), ("invalidita_percento", "settanta"), ("invalidita_percento", float("nan")),
    ("invalidita_percento", float("inf")), ("invalidita_percento", 10**400), ("invalidita_percento", -(10**400)),
    ("invalidita_percento", "1e309"), ("invalidita_percento", {}), ("mesi_assenza", json.loads("1e309")),
    ("mesi_assenza", "1" * 5000), ("mesi_assenza", 240.01), ("occupazione", "astronauta"), ("occupazione", 3),
    ("occupazione", ""), ("provincia", "XX"), ("comune", ""), ("comune", "   "), ("comune", "123"), ("comune", "a" * 81),
    ("comune", "Mi\x00lano"), ("comune", "Mi\nlano"), ("comune", 5),
    ("data_cessazione", "30/02/2026"), ("data_cessazione", "ieri"), ("data_cessazione", 20261127),
    ("data_cessazione", "1026-11-27"), ("data_cessazione", "27 novembre"), ("data_cessazione", True),
]  # fmt: skip


@pytest.mark.parametrize(("id_", "value"), WRONG)
def test_wrong_values_are_refused_in_italian_without_repeating_them(id_: str, value: object) -> None:
    with pytest.raises(FactErrors) as refused:
        RULES.validate({id_: value})
    (message,) = refused.value.errors.values()
    assert message.startswith(RULES.facts[id_].label)
    for word in (str(value)[:40],) if isinstance(value, str) and len(value.strip()) > 3 else ():
        assert word not in message
    with pytest.raises(FactErrors):
        eligibility.assess({id_: value}, DAY)


def test_every_mistake_is_told_at_once_and_names_are_suggested() -> None:
    with pytest.raises(FactErrors) as refused:
        eligibility.assess({"invalidita_percent": 70, "eta": "x", "part_time": True, 5: 1}, DAY)
    assert set(refused.value.errors) == {"invalidita_percent", "eta", "5"}
    assert "invalidita_percento" in refused.value.errors["invalidita_percent"]


@pytest.mark.parametrize("facts", [None, [], "x", 3])
def test_facts_must_be_an_object(facts: object) -> None:
    with pytest.raises(FactErrors):
        RULES.validate(facts)
    with pytest.raises(FactErrors):
        eligibility.assess(facts, DAY)


@given(
    st.dictionaries(
        st.sampled_from([*RULES.facts, "altro"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=3,
        ),
        max_size=4,
    )
)
@examples(300)
def test_anything_is_either_assessed_or_refused_politely(facts: dict) -> None:
    refused: dict[str, str] = {}
    try:
        known = RULES.validate(facts)
    except FactErrors as problem:
        refused = problem.errors
    if refused:
        assert all(text.endswith((".", "?")) for text in refused.values())
        with pytest.raises(FactErrors):
            eligibility.assess(facts, DAY)
    else:
        assert RULES.validate(known) == known, "coercing twice is the same as once"
        assert eligibility.assess(facts, DAY).codes == eligibility.assess(known, DAY).codes


def test_the_catalogue_has_what_the_contract_names() -> None:
    expected = {
        "residenza_lombardia", "comune", "provincia", "sede_lavoro_lombardia", "unita_produttiva_lombardia",
        "occupazione", "part_time", "ammortizzatore", "esuberi_previsti", "azienda_in_crisi", "ex_subordinato",
        "altra_politica_attiva", "assegno_ricollocazione", "cigs_motivo", "dote_ricollocazione_attiva",
        "invalidita_percento", "invalidita_inail_percento", "cieco_sordo_invalido_guerra", "categoria_art18",
        "legge_68_iscritto", "causa_assenza", "rientrato_al_lavoro", "mesi_assenza", "assenza_continuativa",
        "giorni_assenza_12_mesi", "giorni_assenza_6_mesi", "eta", "situazione", "data_cessazione", "motivo_cessazione",
        "settimane_contributi_4_anni", "dimissioni_ultimi_12_mesi", "settimane_contributi_5_anni",
        "settimane_contributi_totali", "anni_contributi", "cure_in_corso_o_recenti", "disabilita_grave_104",
        "capacita_ridotta_certificata", "terapia_salvavita", "sorveglianza_sanitaria", "data_giudizio_idoneita",
        "assunzione_legge_68", "ccnl", "anzianita_mesi", "giorni_malattia_nel_periodo", "reddito_personale_annuo", "isee",
        "accordo_sindacale_con_corsi", "committente_stabile",
        "anni_da_fine_cure",  # ours, for the oncological oblivion
    }  # fmt: skip
    assert set(RULES.facts) == expected
    assert len(RULES.facts["provincia"].values) == 107
    for known in RULES.facts.values():
        assert set(known.question) == set(known.why) == set(known.variants) == set(eligibility.AUDIENCES)
        json.dumps(known.to_dict())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "data"}, "il tipo"), ({"sensitive": "no"}, "sensitive"), ({"label": 3}, "label"),
        ({"question": ""}, "manca il testo"), ({"why": {"cittadino": "Sì."}}, "manca il testo per «medico»"),
        ({"nuovo": 1}, "chiavi non previste: nuovo"), ({"type": "enum"}, "options"), ({"type": "int"}, "minimum"),
        ({"question": {"cittadino": "a", "medico": "b", "sportello": "c", "gatto": "d"}}, "gatto"), ({"why": 5}, "testo"),
    ],
)  # fmt: skip
def test_a_wrong_catalogue_is_refused_with_the_place(change: dict, words: str) -> None:
    with pytest.raises(RuleError, match=r"facts\.yaml: dato") as refused:
        parse_catalogue({"schema": 1, "facts": {"dato": {**fact("bool"), **change}}})
    assert words in str(refused.value)


@pytest.mark.parametrize("data", [None, {}, {"schema": 2, "facts": {}}, {"schema": 1, "facts": []}])
def test_a_catalogue_of_another_shape_is_refused(data: object) -> None:
    with pytest.raises(RuleError, match="schema: 1"):
        parse_catalogue(data)


def test_a_choice_that_yaml_reads_as_something_else_is_refused() -> None:
    with pytest.raises(RuleError, match="tra virgolette"):
        parse_catalogue({"schema": 1, "facts": {"f": fact("enum", options={"computo": "Computo", False: "No"})}})


@pytest.mark.parametrize("choice", ["nulla_osta", "computo", "no"])
def test_every_choice_of_the_contract_is_taken_as_written(choice: str) -> None:
    assert RULES.validate({"assunzione_legge_68": choice}) == {"assunzione_legge_68": choice}
